//! The server's own spelling of types and defaults, by a temporary table: it commits nothing, and nobody else sees it.

use diesel::mysql::MysqlConnection;

use super::renderer::MARIADB;
use crate::connection::{Database, Record, Spellings};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::operation::ColumnDef;
use crate::schema::Column;

const PROBE: &str = "__migrator_probe";

impl Spellings for MysqlConnection {
    fn spelled(&mut self, columns: &[ColumnDef]) -> Result<Option<Vec<Column>>> {
        let columns: Vec<_> = columns.iter().map(|column| MARIADB.column(&column.bare())).collect();
        if self.batch(&format!("CREATE TEMPORARY TABLE {PROBE} ({})", columns.join(", "))).is_err() {
            return Ok(None);
        }
        let told = told(self);
        self.batch(&format!("DROP TEMPORARY TABLE {PROBE}"))?;
        Ok(told.ok())
    }
}

/// The catalogue's tables do not list temporary ones: what SHOW says is put together as they would.
fn told(conn: &mut MysqlConnection) -> Result<Vec<Column>> {
    let columns = conn.query(&format!("SHOW FULL COLUMNS FROM {PROBE}"), &[])?;
    let created = conn.query(&format!("SHOW CREATE TABLE {PROBE}"), &[])?;
    let created = created.first().map(|row| row.text(1)).unwrap_or_default();
    let usual = created.rsplit_once("COLLATE=").map(|(_, rest)| rest.split(' ').next().unwrap_or_default());
    Ok(columns.iter().zip(created.lines().skip(1)).map(|(row, line)| column(row, line, usual)).collect())
}

fn column(row: &Record, line: &str, usual_collation: Option<&str>) -> Column {
    let (name, sql_type) = (row.text(0), row.text(1));
    let line = line.trim().trim_end_matches(',');
    let is_json = line.contains(" CHECK (json_valid(");
    let line = line.split(" CHECK (json_valid(").next().unwrap_or_default();
    let said = line.strip_prefix(&format!("{} {sql_type}", MARIADB.quote(&name))).unwrap_or_default();
    let mut column = Column::new(name, if is_json { "json" } else { &sql_type }, row.text(3) == "YES");
    column.generated = generated(said);
    column.default = default(said).filter(|_| column.generated.is_none());
    column.auto_increment = row.text(6).contains("auto_increment");
    column.collation = row.optional_text(2).filter(|collation| !is_json && Some(collation.as_str()) != usual_collation);
    column
}

fn generated(said: &str) -> Option<String> {
    let (_, rest) = said.split_once(" GENERATED ALWAYS AS (")?;
    rest.rsplit_once(')').map(|(expression, _)| expression.to_owned())
}

fn default(said: &str) -> Option<String> {
    let (_, default) = said.split_once(" DEFAULT ")?;
    Some(default.replace(" ON UPDATE ", " on update ")).filter(|default| default != "NULL")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Value;

    fn told(name: &str, sql_type: &str, line: &str) -> Column {
        let row = [name, sql_type, "utf8mb4_bin", "YES", "", "", ""].map(Value::from);
        column(&Record(row.into()), line, Some("utf8mb4_bin"))
    }

    #[test]
    fn a_line_of_a_definition_is_read() {
        let number = told("a", "int(10) unsigned", "  `a` int(10) unsigned DEFAULT 7,");
        assert_eq!((number.sql_type.as_str(), number.default.as_deref()), ("int(10) unsigned", Some("7")));
        let moment = told("a", "timestamp", "`a` timestamp NULL DEFAULT NULL ON UPDATE current_timestamp()");
        assert_eq!(moment.default.as_deref(), Some("NULL on update current_timestamp()"));
        let text = told("a", "text", "`a` text COLLATE utf8mb4_bin DEFAULT NULL,");
        assert_eq!((text.default, text.collation), (None, None));
        let sum = told("a", "int(11)", "`a` int(11) GENERATED ALWAYS AS (abs(`b`)) STORED");
        assert_eq!(sum.generated.as_deref(), Some("abs(`b`)"));
        let json = told("a", "longtext", "`a` longtext DEFAULT '{}' CHECK (json_valid(`a`))");
        assert_eq!((json.sql_type.as_str(), json.default.as_deref()), ("json", Some("'{}'")));
    }
}
