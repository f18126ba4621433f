//! A node of a Galera cluster: whether it is one, whether it can be written to now, and what a session needs there.

use std::thread;
use std::time::Duration;

use diesel::mysql::MysqlConnection;

use super::renderer::MYSQL;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};

/// MySQL reads what stands in `/*!80000`, MariaDB what stands in `/*M!100000`.
const IS_NODE: &str =
    "SELECT /*!80000 0 */ /*M!100000 @@session.wsrep_on */, /*!80000 0 */ /*M!100000 @@global.wsrep_on */";

/// In the order of their names.
const CONDITION: &str = "SELECT variable_value FROM information_schema.global_status WHERE variable_name IN \
    ('WSREP_CLUSTER_STATUS', 'WSREP_GCOMM_UUID', 'WSREP_LOCAL_STATE_COMMENT') ORDER BY variable_name";

const SESSION: &str = "SELECT @@wsrep_node_name, @@wsrep_OSU_method, @@wsrep_sync_wait, @@wsrep_trx_fragment_size, \
    @@binlog_format, @@default_storage_engine, DATABASE()";

/// Reads and writes wait until the node has what the others committed before.
const CAUSAL: i64 = 15;

/// A node that has just seen another one leave is on its way to be in order again.
const LOOKS: usize = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// A node as a runner finds it.
pub(super) struct Node {
    /// Of the node, as long as its server runs.
    pub(super) id: String,
    pub(super) name: String,
    /// The database of the session.
    pub(super) database: String,
    osu_method: String,
    sync_wait: i64,
    fragment: i64,
}

/// Whether the server is a node of a cluster; one whose session is cut off from it is refused.
pub(super) fn is_node(conn: &mut MysqlConnection) -> Result<bool> {
    let rows = conn.query(IS_NODE, &[])?;
    let is_on = |position| rows.first().is_some_and(|row| !matches!(row.text(position).as_str(), "" | "0" | "OFF"));
    match (is_on(0), is_on(1)) {
        (false, true) => Err(Error::unsupported(
            "wsrep_on is off in this session: what it writes stays on this node of the Galera cluster",
            "SET SESSION wsrep_on = ON",
        )
        .state("nothing was changed")),
        (is_on, _) => Ok(is_on),
    }
}

/// What a node is called by, as long as its server runs.
pub(super) fn id(conn: &mut MysqlConnection) -> Result<String> {
    let sql = "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'WSREP_GCOMM_UUID'";
    Ok(conn.query(sql, &[])?.first().map(|row| row.text(0)).unwrap_or_default())
}

impl Node {
    /// The node, once it is in order; an error that says why not, where it does not get so.
    pub(super) fn in_order(conn: &mut MysqlConnection) -> Result<Self> {
        let mut looks = LOOKS;
        let id = loop {
            let rows = conn.query(CONDITION, &[])?;
            let text = |position: usize| rows.get(position).map(|row| row.text(0)).unwrap_or_default();
            let (status, id, state) = (text(0), text(1), text(2));
            if status == "Primary" && state == "Synced" {
                break id;
            }
            if looks == 0 {
                return Err(out_of_order(&status, &state));
            }
            looks -= 1;
            thread::sleep(BETWEEN_LOOKS);
        };
        Self::of(conn, id)
    }

    fn of(conn: &mut MysqlConnection, id: String) -> Result<Self> {
        let rows = conn.query(SESSION, &[])?;
        let text = |position| rows.first().map(|row| row.text(position)).unwrap_or_default();
        let number = |position| rows.first().map_or(0, |row| row.integer(position));
        refuse("binlog_format", &text(4), "ROW", "so that every node does the same")?;
        refuse("default_storage_engine", &text(5), "InnoDB", "the only engine whose rows reach the other nodes")?;
        let (name, osu_method, database) = (text(0), text(1), text(6));
        Ok(Self { id, name, database, osu_method, sync_wait: number(2), fragment: number(3) })
    }

    /// Gives the session what a run needs, and says what puts it back.
    pub(super) fn prepare(&self, conn: &mut MysqlConnection) -> Result<Option<String>> {
        let causal = self.sync_wait | CAUSAL;
        let wanted = [
            ("wsrep_OSU_method", "'TOI'".to_owned(), MYSQL.text_literal(&self.osu_method)),
            ("wsrep_sync_wait", causal.to_string(), self.sync_wait.to_string()),
            ("wsrep_trx_fragment_size", "0".to_owned(), self.fragment.to_string()),
        ];
        let differing: Vec<_> = wanted.iter().filter(|(_, wanted, now)| wanted != now).collect();
        if differing.is_empty() {
            return Ok(None);
        }
        let set = |values: Vec<String>| format!("SET SESSION {}", values.join(", "));
        conn.batch(&set(differing.iter().map(|(name, wanted, _)| format!("{name} = {wanted}")).collect()))?;
        Ok(Some(set(differing.iter().map(|(name, _, before)| format!("{name} = {before}")).collect())))
    }
}

fn refuse(setting: &str, value: &str, wanted: &str, why: &str) -> Result<()> {
    if value.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let message = format!("{setting} is {value} in this session, on a node of a Galera cluster");
    Err(Error::unsupported(message, format!("SET SESSION {setting} = {wanted}, {why}")).state("nothing was changed"))
}

fn out_of_order(status: &str, state: &str) -> Error {
    let message = format!("this node of the Galera cluster cannot be written to: it is {status} and {state}");
    Error::new(ErrorKind::Connection, message)
        .state("nothing was changed")
        .remedy("connect to a node that is Primary and Synced, or wait until this one is: SHOW STATUS LIKE 'wsrep_%'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_keeps_rows_from_other_nodes_is_refused_with_the_way_out() {
        assert!(refuse("binlog_format", "row", "ROW", "").is_ok());
        let error = refuse("default_storage_engine", "Aria", "InnoDB", "or else").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("SET SESSION default_storage_engine = InnoDB"), "{error}");
    }
}
