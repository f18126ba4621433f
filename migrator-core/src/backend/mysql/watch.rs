//! How much stands, and what a change of rows reaches.

use diesel::mysql::MysqlConnection;

use super::catalog;
use crate::connection::{
    ColumnTally, Columns, Database, Manner, Mark, Moved, Reach, Routine, Sight, Tally, Wanted, Watch,
};
use crate::error::Result;
use crate::name::TableName;
use crate::operation::ColumnType;

impl Watch for MysqlConnection {
    fn has_user_tables(&mut self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() \
                   AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_name <> '__diesel_schema_migrations' \
                   AND LEFT(table_name, 11) <> '__migrator_')";
        Ok((self as &mut dyn Database).count(sql, &[])? > 0)
    }

    fn tally(&mut self, wanted: &Wanted) -> Result<Option<Tally>> {
        let Some(place) = catalog::locate(self, &wanted.table)? else { return Ok(None) };
        let renderer = self.shared_renderer();
        let is_wanted = |name: &str| match &wanted.columns {
            Columns::All => true,
            Columns::Named(names) => names.iter().any(|wanted| renderer.same_name(wanted, name)),
        };
        let mut columns: Vec<ColumnTally> = Vec::new();
        let all = catalog::column_types(self, &wanted.table)?;
        let known = all.iter().map(|(name, _)| name.clone()).collect();
        for (number, (name, sql_type)) in (1..).zip(all) {
            if is_wanted(&name) {
                columns.push(ColumnTally { number, name, sql_type, values: 0, digest: None });
            }
        }
        let values: String =
            columns.iter().map(|column| format!(", COUNT({})", renderer.quote(&column.name))).collect();
        let filter = Wanted::filter(wanted.within.as_deref());
        let counts = self.query(&format!("SELECT COUNT(*){values} FROM {}{filter}", renderer.table(&place)), &[])?;
        let count = |position: usize| counts.first().map_or(0, |row| row.integer(position));
        for (at, column) in columns.iter_mut().enumerate() {
            column.values = count(1 + at);
        }
        let (table, identity) = (wanted.table.clone(), place.to_string());
        let within = wanted.within.clone();
        Ok(Some(Tally {
            table,
            identity,
            rows: count(0),
            old_rows: count(0),
            since: None,
            columns,
            known,
            within,
            exact: false,
        }))
    }

    fn tally_again(&mut self, before: &Tally) -> Result<Option<Tally>> {
        self.tally(&Wanted::of(before))
    }

    fn reach(&mut self, table: &TableName, only_brings: bool) -> Result<Reach> {
        let Some(place) = catalog::locate(self, table)? else {
            let views = "SELECT EXISTS (SELECT 1 FROM information_schema.views \
                         WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?)";
            let opaque = (self as &mut dyn Database).count(views, &[table.schema().into(), table.name().into()])? > 0;
            return Ok(Reach { opaque, ..Reach::default() });
        };
        let binds = [place.schema().into(), place.name().into()];
        let mut reach = Reach::default();
        let triggers = "SELECT action_statement FROM information_schema.triggers \
                        WHERE event_object_schema = ? AND event_object_table = ?";
        reach.bodies = self.query(triggers, &binds)?.iter().map(|row| row.text(0)).collect();
        let engine = "SELECT e.transactions FROM information_schema.tables t JOIN information_schema.engines e \
                      ON e.engine = t.engine WHERE t.table_schema = ? AND t.table_name = ?";
        reach.lasting = self.query(engine, &binds)?.first().is_none_or(|row| row.text(0) != "YES");
        if !only_brings && (self as &mut dyn Database).count("SELECT @@foreign_key_checks", &[])? != 0 {
            for row in self.query(CHILDREN, &binds)? {
                let child = match row.text(0) == row.text(3) {
                    true => TableName::from(row.text(1)),
                    false => (row.text(0).as_str(), row.text(1).as_str()).into(),
                };
                match reach.children.iter_mut().find(|(known, _)| *known == child) {
                    Some((_, columns)) => columns.push(row.text(2)),
                    None => reach.children.push((child, vec![row.text(2)])),
                }
            }
        }
        Ok(reach)
    }

    fn routine(&mut self, name: &TableName) -> Result<Routine> {
        let sql = "SELECT routine_definition FROM information_schema.routines \
                   WHERE routine_schema = COALESCE(?, DATABASE()) AND routine_name = ?";
        let rows = self.query(sql, &[name.schema().into(), name.name().into()])?;
        Ok(match rows.first() {
            None => Routine::None,
            Some(row) => row.optional_text(0).map_or(Routine::Opaque, Routine::Body),
        })
    }

    fn rows_in(&mut self, table: &TableName, partitions: &[String]) -> Result<i64> {
        let renderer = self.renderer()?;
        let (table, partitions) = (renderer.table(table), renderer.columns(partitions));
        (self as &mut dyn Database).count(&format!("SELECT COUNT(*) FROM {table} PARTITION ({partitions})"), &[])
    }

    fn tables_in(&mut self, schema: &str) -> Result<Vec<TableName>> {
        let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? \
                   AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1";
        let rows = self.query(sql, &[schema.into()])?;
        Ok(rows.iter().map(|row| (schema, row.text(0).as_str()).into()).collect())
    }

    /// Nothing is rolled back here: what cannot be read is not sent.
    fn mark(&mut self, _manner: &Manner<'_>) -> Result<Mark> {
        Ok(Mark::default())
    }

    fn moved(&mut self, _mark: &Mark, _sight: Option<Sight>) -> Result<Moved> {
        Ok(Moved::default())
    }

    fn narrowed(&mut self, table: &TableName, column: &str, to: &str, _using: Option<&str>) -> Result<i64> {
        let renderer = self.renderer()?;
        let columns = catalog::column_types(self, table)?;
        let Some((name, old)) = columns.iter().find(|(name, _)| renderer.same_name(name, column)) else {
            return Ok(0);
        };
        match renderer.values_changed_by(table, name, old, &ColumnType::Custom(to.to_owned())) {
            None => Ok(0),
            Some(sql) => (self as &mut dyn Database).count(&sql, &[]),
        }
    }
}

/// Whose rows go, or lose a value, with those of the table.
const CHILDREN: &str = "SELECT k.table_schema, k.table_name, k.column_name, k.referenced_table_schema \
    FROM information_schema.key_column_usage k JOIN information_schema.referential_constraints r \
    ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name \
    WHERE k.referenced_table_schema = ? AND k.referenced_table_name = ? \
    AND (r.delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR r.update_rule IN ('SET NULL', 'SET DEFAULT'))";
