//! Foreign keys that the server is told not to check are checked here.

use std::collections::BTreeMap;

use diesel::mysql::MysqlConnection;

use super::super::renderer::MYSQL;
use crate::connection::{Database, Value};
use crate::count::counted;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// A foreign key.
#[derive(Debug, PartialEq)]
pub(super) struct Key {
    child: TableName,
    columns: Vec<String>,
    parent: TableName,
    referenced: Vec<String>,
}

/// Those of other tables that reference the table, whether it is there or not.
const REFERENCING: &str = "SELECT table_schema, table_name, constraint_name, column_name, referenced_column_name \
    FROM information_schema.key_column_usage WHERE referenced_table_schema = ? AND referenced_table_name = ? \
    ORDER BY table_schema, table_name, constraint_name, ordinal_position";

pub(super) fn referencing(conn: &mut MysqlConnection, table: &TableName) -> Result<Vec<Key>> {
    let binds: Vec<Value> = table.parts().map(Value::from).collect();
    let mut keys = BTreeMap::<[String; 3], Key>::new();
    for row in conn.query(REFERENCING, &binds)? {
        let name = [row.text(0), row.text(1), row.text(2)];
        let key = keys.entry(name).or_insert_with(|| Key {
            child: (row.text(0).as_str(), row.text(1).as_str()).into(),
            columns: Vec::new(),
            parent: table.clone(),
            referenced: Vec::new(),
        });
        key.columns.push(row.text(3));
        key.referenced.push(row.text(4));
    }
    Ok(keys.into_values().filter(|key| key.child != *table).collect())
}

/// What a printed constraint says, where it is a foreign key: ``CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`x`)``.
pub(super) fn printed(table: &TableName, constraint: &str) -> Option<Key> {
    let (_, rest) = names(constraint);
    let (columns, rest) = names(rest.trim_start().strip_prefix("FOREIGN KEY (")?);
    let (parent, rest) = names(rest.strip_prefix(')')?);
    let (referenced, _) = names(rest.trim_start().strip_prefix('(')?);
    let parent = match parent.as_slice() {
        [name] => table.sibling(name),
        [schema, name] => (schema.as_str(), name.as_str()).into(),
        _ => return None,
    };
    Some(Key { child: table.clone(), columns, parent, referenced })
}

/// The quoted names up to the next bracket or word behind the first of them, and what follows.
fn names(text: &str) -> (Vec<String>, &str) {
    let mut names = Vec::new();
    let Some(start) = text.find('`') else { return (names, text) };
    let mut rest = &text[start..];
    while let Some(quoted) = rest.strip_prefix('`') {
        let mut name = String::new();
        let mut from = 0;
        while let Some(at) = quoted[from..].find('`') {
            name.push_str(&quoted[from..from + at]);
            from += at + 1;
            if !quoted[from..].starts_with('`') {
                break;
            }
            name.push('`');
            from += 1;
        }
        names.push(name);
        rest = quoted[from..].trim_start_matches([',', '.', ' ']);
    }
    (names, rest)
}

impl Key {
    /// The same key with another table in the place of one.
    pub(super) fn with(mut self, table: &TableName, stand_in: &TableName) -> Self {
        for side in [&mut self.child, &mut self.parent] {
            if side == table {
                side.clone_from(stand_in);
            }
        }
        self
    }

    /// Refuses rows whose key names nothing.
    pub(super) fn check(&self, conn: &mut MysqlConnection) -> Result<()> {
        let pairs: Vec<_> = self.columns.iter().zip(&self.referenced).collect();
        let quote = |name: &String| MYSQL.quote(name);
        let joined: Vec<String> =
            pairs.iter().map(|(own, other)| format!("p.{} = c.{}", quote(other), quote(own))).collect();
        let given: Vec<String> = self.columns.iter().map(|own| format!("c.{} IS NOT NULL", quote(own))).collect();
        let sql = format!(
            "SELECT COUNT(*) FROM {} c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
            MYSQL.table(&self.child),
            given.join(" AND "),
            MYSQL.table(&self.parent),
            joined.join(" AND ")
        );
        let orphans = conn.query(&sql, &[])?.first().map_or(0, |row| row.integer(0));
        if orphans == 0 {
            return Ok(());
        }
        let (child, parent) = (&self.child, &self.parent);
        let message =
            format!("{} of {child} would be left whose foreign key names no row of {parent}", counted(orphans, "row"));
        Err(Error::new(ErrorKind::IntegrityFailed, message)
            .remedy("restore the tables that they name first, or mend the rows"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_foreign_key_is_read() {
        let text = "CONSTRAINT `f``k` FOREIGN KEY (`a`, `b``c`) REFERENCES `o`.`p` (`x`, `y`) ON DELETE CASCADE";
        let key = printed(&("d", "t").into(), text).unwrap();
        assert_eq!(key.child, ("d", "t").into());
        assert_eq!(key.columns, ["a", "b`c"]);
        assert_eq!(key.parent, ("o", "p").into());
        assert_eq!(key.referenced, ["x", "y"]);
        let short = printed(&("d", "t").into(), "CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p` (`x`)").unwrap();
        assert_eq!(short.parent, ("d", "p").into());
        assert_eq!(printed(&("d", "t").into(), "CONSTRAINT `c` CHECK (`a` > 0)"), None);
    }
}
