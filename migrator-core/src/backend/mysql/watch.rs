//! How much stands.

use diesel::mysql::MysqlConnection;

use super::catalog;
use crate::connection::{ColumnTally, Columns, Database, Mark, Moved, Reach, Tally, Wanted, Watch};
use crate::error::Result;
use crate::name::TableName;

impl Watch for MysqlConnection {
    fn has_user_tables(&mut self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() \
                   AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_name <> '__diesel_schema_migrations' \
                   AND table_name NOT LIKE '\\_\\_migrator\\_%')";
        Ok((self as &mut dyn Database).count(sql, &[])? > 0)
    }

    fn tally(&mut self, wanted: &Wanted) -> Result<Option<Tally>> {
        let Some(place) = catalog::locate(self, &wanted.table)? else { return Ok(None) };
        let mut columns = catalog::column_types(self, &wanted.table)?;
        if let Columns::Named(names) = &wanted.columns {
            columns.retain(|(name, _)| names.iter().any(|wanted| wanted.to_lowercase() == name.to_lowercase()));
        }
        let renderer = self.renderer()?;
        let values: String = columns.iter().map(|(name, _)| format!(", COUNT({})", renderer.quote(name))).collect();
        let counts = self.query(&format!("SELECT COUNT(*){values} FROM {}", renderer.table(&place)), &[])?;
        let count = |position: usize| counts.first().map_or(0, |row| row.integer(position));
        let columns = columns.into_iter().enumerate().map(|(at, (name, sql_type))| ColumnTally {
            number: 0,
            name,
            sql_type,
            values: count(1 + at),
            digest: None,
        });
        Ok(Some(Tally {
            table: wanted.table.clone(),
            identity: place.to_string(),
            rows: count(0),
            old_rows: count(0),
            since: None,
            columns: columns.collect(),
        }))
    }

    fn tally_again(&mut self, before: &Tally) -> Result<Option<Tally>> {
        self.tally(&Wanted::of(before))
    }

    fn reach(&mut self, _table: &TableName) -> Result<Reach> {
        Ok(Reach::default())
    }

    fn tables_in(&mut self, _schema: &str) -> Result<Vec<TableName>> {
        Ok(Vec::new())
    }

    fn mark(&mut self, _closely: bool) -> Result<Mark> {
        Ok(Mark::default())
    }

    fn moved(&mut self, _mark: &Mark) -> Result<Moved> {
        Ok(Moved::default())
    }

    fn narrowed(&mut self, _table: &TableName, _column: &str, _to: &str, _using: Option<&str>) -> Result<i64> {
        Ok(0)
    }
}
