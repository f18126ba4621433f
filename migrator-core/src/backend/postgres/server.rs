//! What the server is, and what it lets this session do.

use crate::backend::postgres::session::Session;
use crate::connection::{Database, Record, ServerInfo};
use crate::dialect::Dialect;
use crate::error::{Error, Result};

const SERVER: &str = "SELECT version(), current_setting('server_version'), current_setting('server_version_num'), \
     current_database(), current_user, pg_is_in_recovery(), current_setting('transaction_read_only'), \
     current_setting('default_transaction_read_only'), has_schema_privilege(current_schema(), 'CREATE')";

pub(super) fn info(conn: &mut impl Session) -> Result<ServerInfo> {
    let rows = match conn.query(SERVER, &[]) {
        Ok(rows) => rows,
        // A product that only speaks the protocol may lack one of the functions; its name says more than that failure.
        Err(error) => {
            let version = conn.query("SELECT version()", &[]);
            let impostor = version.ok().and_then(|rows| impostor(&rows.first()?.text(0)));
            return Err(impostor.unwrap_or(error));
        }
    };
    let row = rows.first().ok_or_else(|| Error::unsupported("the server says nothing of itself", "use PostgreSQL"))?;
    match impostor(&row.text(0)).or_else(|| too_old(row)) {
        Some(error) => Err(error),
        None => Ok(described(row)),
    }
}

fn described(row: &Record) -> ServerInfo {
    let reason = read_only_reason(row);
    ServerInfo {
        dialect: Dialect::Postgres,
        version: row.text(1),
        database: row.text(3),
        user: row.optional_text(4),
        writable: reason.is_none(),
        can_create_tables: reason.is_none() && row.flag(8),
        read_only_reason: reason,
    }
}

fn read_only_reason(row: &Record) -> Option<String> {
    let reason = if row.flag(5) {
        "the server is a standby, in recovery"
    } else if row.text(7) == "on" {
        "default_transaction_read_only is on"
    } else if row.text(6) == "on" {
        "the transaction is read-only"
    } else {
        return None;
    };
    Some(reason.to_owned())
}

/// What `version()` of products contains that speak the protocol and are not the database.
const IMPOSTORS: [(&str, &str); 5] = [
    ("CockroachDB", "CockroachDB"),
    ("Redshift", "Amazon Redshift"),
    ("-YB-", "YugabyteDB"),
    ("Materialize", "Materialize"),
    ("RisingWave", "RisingWave"),
];

/// Their advisory locks or their transactional DDL are missing or mean less, and both are what the promises stand on.
fn impostor(version: &str) -> Option<Error> {
    let (_, name) = IMPOSTORS.iter().find(|(mark, _)| version.contains(mark))?;
    let message = format!("{name} speaks PostgreSQL's protocol and is not PostgreSQL: {version}");
    Some(Error::unsupported(message, "migrate it with its own tools, or use PostgreSQL"))
}

fn too_old(row: &Record) -> Option<Error> {
    let message = format!("PostgreSQL {} is too old: 12 is the oldest that migrations run on", row.text(1));
    (row.integer(2) < 120_000).then(|| Error::unsupported(message, "upgrade the server"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_product_that_only_speaks_the_protocol_is_unsupported_by_name() {
        for (version, name) in [
            ("CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27)", "CockroachDB"),
            ("PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.54321", "Redshift"),
            ("PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu", "YugabyteDB"),
        ] {
            let error = impostor(version).expect("an impostor");
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(impostor("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu").is_none());
    }
}
