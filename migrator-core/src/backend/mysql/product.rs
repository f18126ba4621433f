//! Which product answers: MySQL, MariaDB, or one that only speaks their protocol.

use super::renderer::{MARIADB, MYSQL, Renderer};
use crate::error::{Error, Result};

/// What a server is asked to know it by.
pub(super) const QUESTION: &str = "SELECT VERSION(), @@version_comment";

/// Products that speak the protocol without being the database, by what their version or its comment says.
const STRANGERS: [(&str, &str); 11] = [
    ("vitess", "Vitess"),
    ("planetscale", "PlanetScale"),
    ("tidb", "TiDB"),
    ("singlestore", "SingleStore"),
    ("memsql", "SingleStore"),
    ("oceanbase", "OceanBase"),
    ("starrocks", "StarRocks"),
    ("doris", "Apache Doris"),
    ("dolt", "Dolt"),
    ("matrixone", "MatrixOne"),
    ("xtradb cluster", "Percona XtraDB Cluster"),
];

/// The first MySQL that checks CHECK constraints; expressions as defaults came with 8.0.13.
const OLDEST_MYSQL: [u32; 3] = [8, 0, 16];
/// The first MariaDB that lists its CHECK constraints in the catalogue.
const OLDEST_MARIADB: [u32; 3] = [10, 3, 10];

/// How SQL is written for the server that says this of itself.
pub(super) fn recognise(version: &str, comment: &str) -> Result<&'static Renderer> {
    let words = format!("{version} {comment}").to_ascii_lowercase();
    if let Some((_, name)) = STRANGERS.iter().find(|(word, _)| words.contains(word)) {
        let message = format!("the server is {name}, which speaks MySQL's protocol without being MySQL ({version})");
        return Err(Error::unsupported(message, "run the migrations on MySQL or MariaDB").state("nothing was sent"));
    }
    let (renderer, name, oldest) = match is_mariadb(version) {
        true => (&MARIADB, "MariaDB", OLDEST_MARIADB),
        false => (&MYSQL, "MySQL", OLDEST_MYSQL),
    };
    if numbers(version) < oldest {
        let [major, minor, patch] = oldest;
        let message = format!("{name} {version} is too old: CHECK constraints need {major}.{minor}.{patch}");
        return Err(Error::unsupported(message, "update the server").state("nothing was sent"));
    }
    Ok(renderer)
}

/// Whether this is the version text of a MariaDB.
pub(super) fn is_mariadb(version: &str) -> bool {
    version.to_ascii_lowercase().contains("mariadb")
}

/// The three numbers that a version begins with. `5.5.5-` is what MariaDB says first to clients that expect MySQL.
fn numbers(version: &str) -> [u32; 3] {
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{Dialect, SqlRenderer};
    use crate::error::ErrorKind;

    #[test]
    fn each_product_is_known_by_what_it_says() {
        let dialect = |version, comment| recognise(version, comment).map(SqlRenderer::dialect).ok();
        assert_eq!(dialect("10.11.19-MariaDB-0+deb12u1", "Debian 12"), Some(Dialect::MariaDb));
        assert_eq!(dialect("5.5.5-10.6.12-MariaDB", "mariadb.org binary distribution"), Some(Dialect::MariaDb));
        assert_eq!(dialect("9.7.4", "(Debian)"), Some(Dialect::MySql));
        assert_eq!(dialect("8.0.36-28", "Percona Server (GPL), Release 28"), Some(Dialect::MySql));
        assert_eq!(dialect("8.0.28", "Source distribution (Amazon Aurora)"), Some(Dialect::MySql));
    }

    #[test]
    fn what_only_speaks_the_protocol_is_unsupported_by_name() {
        for (version, comment, name) in [
            ("8.0.11-TiDB-v7.5.0", "TiDB Server (Apache License 2.0)", "TiDB"),
            ("8.0.30-Vitess", "Version: 19.0.0", "Vitess"),
            ("5.7.32", "SingleStoreDB source distribution", "SingleStore"),
            ("8.0.33", "Dolt", "Dolt"),
            ("8.0.36-28.1", "Percona XtraDB Cluster (GPL), Release rel28", "Percona XtraDB Cluster"),
        ] {
            let error = recognise(version, comment).err().expect("refused");
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn what_ignores_checks_is_too_old() {
        for version in ["5.7.44-log", "8.0.15", "10.2.44-MariaDB"] {
            assert_eq!(
                recognise(version, "").err().map(|error| error.kind()),
                Some(ErrorKind::Unsupported),
                "{version}"
            );
        }
    }
}
