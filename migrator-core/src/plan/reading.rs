//! What the words of a statement tell of its reach, where nobody but the database knows all of it. Pure.

use crate::dialect::Dialect;
use crate::name::TableName;
use crate::sql::{Cursor, Token, TokenKind, tokens};

/// How far a statement of the user's own may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// Neither tables nor rows.
    Nothing,
    /// Rows of this table come or go.
    Rows(TableName),
    /// Values of its rows change: of these columns, of any where none is told.
    Values(TableName, Option<Vec<String>>),
    /// Rows of any table.
    AnyRows,
    /// The table goes.
    Drops(Vec<TableName>),
    /// Tables get other names.
    Renames(Vec<(TableName, String)>),
    /// These tables are not known any more.
    Tables(Vec<TableName>),
    /// Anything.
    Anything,
}

impl Reach {
    /// Of one statement.
    pub(super) fn of(sql: &str, dialect: Dialect) -> Self {
        let words: Vec<Token<'_>> = tokens(sql, dialect).take(400).collect();
        let mut cursor = Cursor::new(sql, dialect, &words);
        let first = cursor.next().map(|word| word.text.to_ascii_uppercase());
        first.map_or(Self::Nothing, |first| read(&first, &mut cursor))
    }
}

fn read(first: &str, cursor: &mut Cursor<'_>) -> Reach {
    match first {
        "INSERT" | "REPLACE" => {
            cursor.skip(&["OR", "REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK", "LOW_PRIORITY", "DELAYED", "INTO"]);
            cursor.table().map_or(Reach::AnyRows, Reach::Rows)
        }
        "UPDATE" => updates(cursor),
        "COPY" => cursor.table().map_or(Reach::AnyRows, Reach::Rows),
        // What references the rows may go with them.
        "DELETE" | "TRUNCATE" | "MERGE" | "LOAD" => Reach::AnyRows,
        "CREATE" => creates(cursor),
        "ALTER" => alters(cursor),
        "DROP" => drops(cursor),
        "RENAME" => renames(*cursor),
        "COMMENT" | "GRANT" | "REVOKE" | "ANALYZE" | "VACUUM" | "REINDEX" | "OPTIMIZE" | "LOCK" | "UNLOCK"
        | "PRAGMA" | "BEGIN" | "START" | "COMMIT" | "SAVEPOINT" | "RELEASE" | "END" | "SHOW" => Reach::Nothing,
        "SET" | "RESET" if !moves(cursor.tokens()) => Reach::Nothing,
        _ => Reach::Anything,
    }
}

/// Whether names mean other tables from then on.
fn moves(words: &[Token<'_>]) -> bool {
    words.iter().any(|word| word.is_any_word(&["SEARCH_PATH", "ROLE", "SESSION", "SCHEMA", "AUTHORIZATION"]))
}

/// Rows stay as many as they were, unless some make room for others.
fn updates(cursor: &mut Cursor<'_>) -> Reach {
    let replaces = cursor.take_all(&["OR", "REPLACE"]);
    cursor.skip(&["ONLY", "LOW_PRIORITY", "IGNORE", "OR", "ABORT", "FAIL", "ROLLBACK"]);
    let Some(table) = cursor.table() else { return Reach::AnyRows };
    if replaces {
        return Reach::Rows(table);
    }
    if cursor.take(&["SET"]) {
        return Reach::Values(table, assigned(cursor));
    }
    // Under another name, and no other table beside it.
    cursor.skip(&["AS"]);
    cursor.name();
    if cursor.is_at(&["SET"]) { Reach::Values(table, None) } else { Reach::AnyRows }
}

/// The columns of `SET a = 1, b = f(2, 3) WHERE ..`.
fn assigned(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut columns = Vec::new();
    loop {
        columns.push(cursor.name()?);
        if !cursor.take_punct("=") {
            return None;
        }
        cursor.pass_to(&[",", "WHERE", "FROM"]);
        if !cursor.take_punct(",") {
            return Some(columns);
        }
    }
}

fn creates(cursor: &mut Cursor<'_>) -> Reach {
    cursor.skip(&["OR", "REPLACE", "UNIQUE", "FULLTEXT", "SPATIAL", "UNLOGGED", "GLOBAL", "LOCAL"]);
    if cursor.take(&["TEMP", "TEMPORARY"]) {
        return Reach::Nothing;
    }
    if cursor.take(&["TABLE"]) {
        cursor.skip_if_exists();
        return named(cursor);
    }
    if cursor.take(&["INDEX"]) {
        cursor.pass_to(&["ON"]);
        cursor.skip(&["ON", "ONLY"]);
        return named(cursor);
    }
    besides(cursor)
}

fn alters(cursor: &mut Cursor<'_>) -> Reach {
    if !cursor.take(&["TABLE"]) {
        return besides(cursor);
    }
    cursor.skip(&["IF", "EXISTS", "ONLY", "IGNORE"]);
    let Some(table) = cursor.table() else { return Reach::Anything };
    let renames = cursor.take(&["RENAME"]) && cursor.take(&["TO", "AS"]);
    match cursor.table().filter(|_| renames) {
        Some(new) => Reach::Renames(vec![(table, new.name().to_owned())]),
        None => Reach::Tables(vec![table]),
    }
}

fn drops(cursor: &mut Cursor<'_>) -> Reach {
    if !cursor.take(&["TABLE"]) {
        return besides(cursor);
    }
    cursor.skip_if_exists();
    let names = cursor.tables();
    if names.is_empty() { Reach::Anything } else { Reach::Drops(names) }
}

fn named(cursor: &mut Cursor<'_>) -> Reach {
    cursor.table().map_or(Reach::Anything, |table| Reach::Tables(vec![table]))
}

/// What is neither a table nor an index.
fn besides(cursor: &mut Cursor<'_>) -> Reach {
    if cursor.take(&HARMLESS) { Reach::Nothing } else { Reach::Anything }
}

/// RENAME TABLE a TO b, c TO d.
fn renames(cursor: Cursor<'_>) -> Reach {
    let words = &cursor.tokens()[cursor.at()..];
    let names = words.iter().filter(|word| !word.is_any_word(&["TABLE", "TO"]));
    let names: Vec<TableName> = names.filter_map(Token::name).map(|name| TableName::from(name.as_ref())).collect();
    if !names.len().is_multiple_of(2) || words.iter().any(|word| word.is_punct(".")) {
        return Reach::Anything;
    }
    Reach::Renames(names.chunks(2).map(|pair| (pair[0].clone(), pair[1].name().to_owned())).collect())
}

/// What a table's shape and rows do not depend on.
const HARMLESS: [&str; 12] = [
    "VIEW",
    "MATERIALIZED",
    "FUNCTION",
    "PROCEDURE",
    "TRIGGER",
    "EXTENSION",
    "SEQUENCE",
    "POLICY",
    "ROLE",
    "USER",
    "PUBLICATION",
    "STATISTICS",
];

/// Whether the statement changes rows and no schema.
pub(super) fn is_about_rows(sql: &str, dialect: Dialect) -> bool {
    const WORDS: [&str; 8] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "SELECT", "VALUES", "MERGE"];
    let first = tokens(sql, dialect).next();
    first.is_some_and(|word| word.kind == TokenKind::Word && word.is_any_word(&WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(sql: &str) -> Reach {
        Reach::of(sql, Dialect::Postgres)
    }

    fn tables<const N: usize>(names: [&str; N]) -> Vec<TableName> {
        names.into_iter().map(TableName::from).collect()
    }

    #[test]
    fn rows_are_told_from_tables() {
        assert_eq!(reach("insert into users values (1)"), Reach::Rows("users".into()));
        let values = |table: TableName, columns: Option<&[&str]>| {
            Reach::Values(table, columns.map(|all| all.iter().map(|one| (*one).to_owned()).collect()))
        };
        assert_eq!(
            reach("UPDATE ONLY app.\"us ers\" SET a = f(1, 2), \"B\" = 2 WHERE c = 1, d"),
            values(("app", "us ers").into(), Some(&["a", "B"]))
        );
        assert_eq!(reach("update users u set a = 1"), values("users".into(), None));
        assert_eq!(reach("update users set (a, b) = (1, 2)"), values("users".into(), None));
        assert_eq!(reach("update users, orders set b = 1"), Reach::AnyRows);
        assert_eq!(reach("update or replace users set id = 1"), Reach::Rows("users".into()));
        assert_eq!(reach("delete from users"), Reach::AnyRows);
        assert_eq!(reach("WITH x AS (SELECT 1) DELETE FROM users"), Reach::Anything);
        assert_eq!(reach("SELECT f()"), Reach::Anything);
    }

    #[test]
    fn tables_that_are_named_are_found() {
        assert_eq!(reach("CREATE TABLE IF NOT EXISTS a (id int)"), Reach::Tables(tables(["a"])));
        assert_eq!(reach("CREATE UNIQUE INDEX CONCURRENTLY i ON ONLY a (b)"), Reach::Tables(tables(["a"])));
        assert_eq!(reach("ALTER TABLE A RENAME TO b"), Reach::Renames(vec![("a".into(), "b".to_owned())]));
        assert_eq!(reach("ALTER TABLE a RENAME COLUMN c TO b"), Reach::Tables(tables(["a"])));
        assert_eq!(reach("DROP TABLE IF EXISTS a, b CASCADE"), Reach::Drops(tables(["a", "b"])));
        assert_eq!(reach("DROP SCHEMA a CASCADE"), Reach::Anything);
    }

    #[test]
    fn much_touches_no_table() {
        for sql in
            ["CREATE OR REPLACE VIEW v AS SELECT 1", "COMMENT ON TABLE a IS 'b'", "CREATE TEMP TABLE t (a int)", ""]
        {
            assert_eq!(reach(sql), Reach::Nothing, "{sql}");
        }
    }
}
