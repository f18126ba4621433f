//! Views and triggers that name a column: the server lets the column go, or change its name, and then refuses the view,
//! and every row that the trigger is to see. And what is on a column that another is to take the place of.

use diesel::mysql::MysqlConnection;

use super::catalog::{folds, locate};
use super::renderer::MARIADB;
use crate::connection::{Database, Dependents, Rebuilds, Record, Value};
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

impl Dependents for MysqlConnection {
    fn check_drop(&mut self, table: &TableName, column: &str) -> Result<()> {
        refuse_named(self, table, column, "dropped")
    }

    fn check_rename(&mut self, table: &TableName, old: &str, new: &str) -> Result<()> {
        match self.shared_renderer().same_name(old, new) {
            true => Ok(()),
            false => refuse_named(self, table, old, "renamed"),
        }
    }

    fn check_new_values(&mut self, table: &TableName, column: &str) -> Result<()> {
        let mut on_it = referencing(self, table, column)?;
        on_it.extend(particular_indexes(self, table, column)?);
        if on_it.is_empty() {
            return Ok(());
        }
        let dialect = self.renderer()?.dialect();
        let message = format!(
            "{dialect} does not change values of {column} in {table} by an expression while {} is on it",
            on_it.join(", ")
        );
        Err(Error::unsupported(message, "drop that first, change the column, add it again")
            .state("nothing was sent for it"))
    }

    /// Every primary key has this name.
    fn primary_key_name(&mut self, _table: &TableName) -> Result<Option<String>> {
        Ok(Some("PRIMARY".to_owned()))
    }
}

/// Nothing is lacking that a rebuild would make.
impl Rebuilds for MysqlConnection {}

/// Another schema's are not looked up: the catalogue would open every table of every schema for that.
const VIEWS: &str = "SELECT coalesce(?, DATABASE()), @@lower_case_table_names, table_name, view_definition \
    FROM information_schema.views WHERE table_schema = coalesce(?, DATABASE()) ORDER BY table_name";

const TRIGGERS: &str = "SELECT event_object_table, @@lower_case_table_names, trigger_name, action_statement \
    FROM information_schema.triggers WHERE trigger_schema = coalesce(?, DATABASE()) ORDER BY trigger_name";

fn refuse_named(conn: &mut MysqlConnection, table: &TableName, column: &str, what: &str) -> Result<()> {
    let schema = || Value::from(table.schema());
    let views = conn.query(VIEWS, &[schema(), schema()])?;
    let views = views.iter().filter(|row| view_names(&row.text(3), &row.text(0), table.name(), column));
    let mut found: Vec<String> = views.map(|row| format!("the view {}", row.text(2))).collect();
    let triggers = conn.query(TRIGGERS, &[schema()])?;
    let triggers = triggers.iter().filter(|row| trigger_names(row, table.name(), column));
    found.extend(triggers.map(|row| format!("the trigger {}", row.text(2))));
    if found.is_empty() {
        return Ok(());
    }
    let message =
        format!("{column} of {table} cannot be {what}: named by {}, which would not work any more", found.join(", "));
    Err(Error::new(ErrorKind::PreconditionFailed, message)
        .state("nothing was sent for it")
        .remedy("drop that first, with execute(..), and create it again afterwards without the old name"))
}

/// Foreign keys that reference the column.
fn referencing(conn: &mut MysqlConnection, table: &TableName, column: &str) -> Result<Vec<String>> {
    let Some(place) = locate(conn, table)? else { return Ok(Vec::new()) };
    let sql = "SELECT table_name, constraint_name FROM information_schema.key_column_usage \
               WHERE referenced_table_schema = ? AND referenced_table_name = ? AND referenced_column_name = ? \
               ORDER BY table_name, constraint_name";
    let rows = conn.query(sql, &[place.schema().into(), place.name().into(), column.into()])?;
    Ok(rows.iter().map(|row| format!("the foreign key {} of {}", row.text(1), row.text(0))).collect())
}

/// Indexes on the column of which more is said than their columns: a comment, a parser.
fn particular_indexes(conn: &mut MysqlConnection, table: &TableName, column: &str) -> Result<Vec<String>> {
    let created = conn.query(&format!("SHOW CREATE TABLE {}", MARIADB.table(table)), &[])?;
    let created = created.first().map(|row| row.text(1)).unwrap_or_default();
    let is_particular = |line: &&str| {
        let (columns, rest) = line.rsplit_once(')').unwrap_or((line, ""));
        let names = columns.to_lowercase().contains(&MARIADB.quote(column).to_lowercase());
        line.trim_start().contains("KEY `") && names && !["", " USING BTREE"].contains(&rest.trim_end_matches(','))
    };
    let name = |line: &str| line.split('`').nth(1).unwrap_or_default().to_owned();
    let lines = created.lines().filter(|line| !line.trim_start().starts_with(['`', 'C']));
    Ok(lines.filter(is_particular).map(|line| format!("the index {}", name(line))).collect())
}

/// A view is kept with full names: `` `db`.`t`.`a` ``, or by the name that the table has in it.
fn view_names(definition: &str, schema: &str, table: &str, column: &str) -> bool {
    let lower = |text: String| text.to_lowercase();
    let definition = definition.to_lowercase();
    let quoted = |name: &str| lower(MARIADB.quote(name));
    let source = format!("{}.{}", quoted(schema), quoted(table));
    let alias =
        |rest: &&str| rest.strip_prefix(" `").and_then(|rest| rest.split_once('`')).map(|(name, _)| quoted(name));
    let mut aliases: Vec<String> = definition.split(&source).skip(1).filter_map(|rest| alias(&rest)).collect();
    aliases.push(quoted(table));
    definition.contains(&source)
        && aliases.iter().any(|name| definition.contains(&format!("{name}.{}", quoted(column))))
}

/// By its own row, or by the table's name and the column's.
fn trigger_names(row: &Record, table: &str, column: &str) -> bool {
    let of_table =
        if folds(row.integer(1)) { row.text(0).to_lowercase() == table.to_lowercase() } else { row.text(0) == table };
    let words = words(&row.text(3));
    let is = |word: &String, name: &str| *word == name.to_lowercase();
    let of_row = |pair: &[String]| (is(&pair[0], "new") || is(&pair[0], "old")) && is(&pair[1], column);
    let has = |name: &str| words.iter().any(|word| is(word, name));
    of_table && words.windows(2).any(of_row) || has(table) && has(column)
}

/// Names and other words of a statement, without what stands between them; a name in backticks is one word.
fn words(statement: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in statement.split('`').enumerate() {
        match at % 2 {
            1 => words.push(part.to_lowercase()),
            _ => words.extend(
                part.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '$')
                    .filter(|word| !word.is_empty())
                    .map(str::to_lowercase),
            ),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_names_a_column_by_its_table_or_the_tables_other_name() {
        let names = |definition: &str| view_names(definition, "db", "t", "a");
        assert!(names("select `db`.`t`.`a` AS `x` from `db`.`t`"));
        assert!(names("select `o`.`A` AS `x` from `db`.`T` `o`"));
        assert!(!names("select `db`.`t`.`b` AS `a` from `db`.`t`"));
        assert!(!names("select `u`.`a` AS `a`,`o`.`b` AS `b` from (`db`.`t` `o` join `db`.`u`)"));
        assert!(!names("select `other`.`t`.`a` AS `a` from `other`.`t`"));
    }

    #[test]
    fn a_trigger_names_a_column_by_its_row_or_its_table() {
        let names = |of: &str, statement: &str| {
            trigger_names(&Record(vec![of.into(), 0.into(), "g".into(), statement.into()]), "t", "a")
        };
        assert!(names("t", "SET NEW . `a` = 1") && names("t", "insert into log values (old.a)"));
        assert!(names("u", "update t set a = 1"));
        assert!(!names("u", "insert into log (a) values (new.a)") && !names("t", "insert into log (a) values (new.b)"));
    }
}
