//! What the words of a statement tell of its reach, where nobody but the database knows all of it. Pure.

use crate::dialect::Dialect;
use crate::name::TableName;
use crate::sql::{Token, TokenKind, tokens};

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
        Reader { words: &words, at: 0, dialect }.read()
    }
}

struct Reader<'w, 'a> {
    words: &'w [Token<'a>],
    at: usize,
    dialect: Dialect,
}

impl Reader<'_, '_> {
    fn read(&mut self) -> Reach {
        let Some(first) = self.words.first() else { return Reach::Nothing };
        let first = first.text.to_ascii_uppercase();
        self.at = 1;
        match first.as_str() {
            "INSERT" | "REPLACE" => {
                self.skip(&["OR", "REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK", "LOW_PRIORITY", "DELAYED", "INTO"]);
                self.name().map_or(Reach::AnyRows, Reach::Rows)
            }
            "UPDATE" => self.updates(),
            "COPY" => self.name().map_or(Reach::AnyRows, Reach::Rows),
            // What references the rows may go with them.
            "DELETE" | "TRUNCATE" | "MERGE" | "LOAD" => Reach::AnyRows,
            "CREATE" => self.creates(),
            "ALTER" => self.alters(),
            "DROP" => self.drops(),
            "RENAME" => self.renames(),
            "COMMENT" | "GRANT" | "REVOKE" | "ANALYZE" | "VACUUM" | "REINDEX" | "OPTIMIZE" | "LOCK" | "UNLOCK"
            | "PRAGMA" | "BEGIN" | "START" | "COMMIT" | "SAVEPOINT" | "RELEASE" | "END" | "SHOW" => Reach::Nothing,
            "SET" | "RESET" if !self.moves() => Reach::Nothing,
            _ => Reach::Anything,
        }
    }

    /// Rows stay as many as they were, unless some make room for others.
    fn updates(&mut self) -> Reach {
        let replaces = self.words.get(self.at + 1).is_some_and(|word| word.is_any_word(&["REPLACE"]));
        self.skip(&["ONLY", "LOW_PRIORITY", "IGNORE", "OR", "REPLACE", "ABORT", "FAIL", "ROLLBACK"]);
        let Some(table) = self.name() else { return Reach::AnyRows };
        if replaces {
            return Reach::Rows(table);
        }
        let is_set = |word: &Token<'_>| word.is_any_word(&["SET"]);
        let is_several = |word: &Token<'_>| word.is_punct(",") || word.is_any_word(&["JOIN"]);
        match self.words[self.at..].iter().position(is_set) {
            Some(0) => Reach::Values(table, self.assigned()),
            // Under another name.
            Some(until @ 1..=2) if !self.words[self.at..][..until].iter().any(is_several) => Reach::Values(table, None),
            _ => Reach::AnyRows,
        }
    }

    /// The columns of `SET a = 1, b = f(2, 3) WHERE ..`.
    fn assigned(&mut self) -> Option<Vec<String>> {
        let mut columns = Vec::new();
        loop {
            self.at += 1;
            columns.push(self.part()?);
            self.words.get(self.at).filter(|word| word.is_punct("="))?;
            self.pass_expression();
            if !self.words.get(self.at).is_some_and(|word| word.is_punct(",")) {
                return Some(columns);
            }
        }
    }

    /// To the next comma that is in no parentheses, or to the end.
    fn pass_expression(&mut self) {
        let mut depth = 0_usize;
        while let Some(word) = self.words.get(self.at) {
            match word {
                word if word.is_punct("(") => depth += 1,
                word if word.is_punct(")") => depth = depth.saturating_sub(1),
                word if depth == 0 && (word.is_punct(",") || word.is_any_word(&["WHERE", "FROM"])) => break,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Whether names mean other tables from then on.
    fn moves(&self) -> bool {
        self.words.iter().any(|word| word.is_any_word(&["SEARCH_PATH", "ROLE", "SESSION", "SCHEMA", "AUTHORIZATION"]))
    }

    fn creates(&mut self) -> Reach {
        self.skip(&["OR", "REPLACE", "UNIQUE", "FULLTEXT", "SPATIAL", "UNLOGGED", "GLOBAL", "LOCAL"]);
        if self.takes(&["TEMP", "TEMPORARY"]) {
            return Reach::Nothing;
        }
        if self.takes(&["TABLE"]) {
            self.skip(&["IF", "NOT", "EXISTS"]);
            return self.named();
        }
        if self.takes(&["INDEX"]) {
            while self.at < self.words.len() && !self.takes(&["ON"]) {
                self.at += 1;
            }
            self.skip(&["ONLY"]);
            return self.named();
        }
        if self.takes(&HARMLESS) { Reach::Nothing } else { Reach::Anything }
    }

    fn alters(&mut self) -> Reach {
        if self.takes(&["TABLE"]) {
            self.skip(&["IF", "EXISTS", "ONLY", "IGNORE"]);
            let Some(table) = self.name() else { return Reach::Anything };
            return match self.renamed_to() {
                Some(new) => Reach::Renames(vec![(table, new.name().to_owned())]),
                None => Reach::Tables(vec![table]),
            };
        }
        if self.takes(&HARMLESS) { Reach::Nothing } else { Reach::Anything }
    }

    fn renamed_to(&mut self) -> Option<TableName> {
        if !self.takes(&["RENAME"]) {
            return None;
        }
        if self.takes(&["TO", "AS"]) { self.name() } else { None }
    }

    fn drops(&mut self) -> Reach {
        if self.takes(&["TABLE"]) {
            self.skip(&["IF", "EXISTS"]);
            let names = self.listed();
            return if names.is_empty() { Reach::Anything } else { Reach::Drops(names) };
        }
        if self.takes(&HARMLESS) { Reach::Nothing } else { Reach::Anything }
    }

    fn named(&mut self) -> Reach {
        self.name().map_or(Reach::Anything, |table| Reach::Tables(vec![table]))
    }

    fn listed(&mut self) -> Vec<TableName> {
        let mut names: Vec<TableName> = self.name().into_iter().collect();
        while self.words.get(self.at).is_some_and(|word| word.is_punct(",")) {
            self.at += 1;
            names.extend(self.name());
        }
        names
    }

    /// RENAME TABLE a TO b, c TO d.
    fn renames(&mut self) -> Reach {
        let names = self.all_names();
        if !names.len().is_multiple_of(2) || self.words.iter().any(|word| word.is_punct(".")) {
            return Reach::Anything;
        }
        Reach::Renames(names.chunks(2).map(|pair| (pair[0].clone(), pair[1].name().to_owned())).collect())
    }

    fn all_names(&self) -> Vec<TableName> {
        let names = self.words[self.at..].iter().filter(|word| !word.is_any_word(&["TABLE", "TO"]));
        names.filter_map(Token::name).map(|name| TableName::from(name.as_ref())).collect()
    }

    fn takes(&mut self, words: &[&str]) -> bool {
        let taken = self.words.get(self.at).is_some_and(|word| word.is_any_word(words));
        self.at += usize::from(taken);
        taken
    }

    fn skip(&mut self, words: &[&str]) {
        while self.takes(words) {}
    }

    /// A name, with its schema where it has one.
    fn name(&mut self) -> Option<TableName> {
        let first = self.part()?;
        if self.words.get(self.at).is_some_and(|word| word.is_punct(".")) {
            self.at += 1;
            let second = self.part()?;
            return Some(TableName::from((first.as_str(), second.as_str())));
        }
        Some(TableName::from(first))
    }

    fn part(&mut self) -> Option<String> {
        let name = self.words.get(self.at)?.kept_name(self.dialect)?;
        self.at += 1;
        Some(name)
    }
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
