//! What was under way when a migration broke off, and how the database is asked what became of it.

use std::collections::BTreeSet;

use super::halfway::{asks_for_each, drops_several, leaves_some};
use super::{JournalRow, Place, Step};
use crate::connection::{Database, Scope};
use crate::dialect::Dialect;
use crate::digest;
use crate::error::{ErrorKind, Result};
use crate::name::TableName;
use crate::sql::{Token, tokens};

/// A step that was begun and has no end in the history.
#[derive(Debug, Clone)]
pub(crate) struct Doubt {
    pub(super) place: Place,
    pub(crate) step: Step,
    witness: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done.
    Done,
    /// It is not, or comes to the same when it is done again.
    NotDone,
    /// The database does not tell; why.
    Unknown(&'static str),
}

/// The step asks for itself what is there.
pub(super) const LOOKS_FOR_ITSELF: &str = "again";
/// Nor can it be asked: a temporary table is gone that it may have been for.
pub(super) const BEHIND_TEMPORARY: &str = "temporary";
/// As the catalogue has it.
const SCHEMA: &str = "schema ";
/// As the server prints it.
const PRINTED: &str = "printed ";
/// What the place follows that the names were looked for in.
const IN: &str = " in ";

/// Whether the text is what a step left before it was sent, and no answer.
pub(super) fn is_witness(text: &str) -> bool {
    text == LOOKS_FOR_ITSELF || text == BEHIND_TEMPORARY || text.starts_with(SCHEMA) || text.starts_with(PRINTED)
}

/// What to compare with later, before a statement is sent.
pub(super) fn witness(database: &mut dyn Database, dialect: Dialect, sql: &str, place: Option<&str>) -> Result<String> {
    let seen = match print(database, dialect, sql)? {
        Some(printed) => format!("{PRINTED}{printed}"),
        None => format!("{SCHEMA}{}", fingerprint(database, dialect, sql)?),
    };
    Ok(place.iter().fold(seen, |seen, place| format!("{seen}{IN}{place}")))
}

impl Doubt {
    pub(super) fn of(row: &JournalRow, part: usize) -> Self {
        Self { place: (row.call, part), step: row.step.clone(), witness: row.witness.clone() }
    }

    /// Looks; nothing is written.
    pub(crate) fn decide(&self, database: &mut dyn Database) -> Result<Verdict> {
        match self.witness.as_deref() {
            None => Ok(Verdict::Unknown("the schema does not show what it does")),
            Some(LOOKS_FOR_ITSELF) => Ok(Verdict::NotDone),
            Some(BEHIND_TEMPORARY) => {
                Ok(Verdict::Unknown("it stands behind a temporary table, which is gone and would be made anew"))
            }
            Some(before) => match before.split_once(IN) {
                Some((before, place)) => self.compare_at(place, database, before),
                None => self.compare(database, before),
            },
        }
    }

    /// Looks from where it was sent, and goes back.
    fn compare_at(&self, place: &str, database: &mut dyn Database, before: &str) -> Result<Verdict> {
        let here = match database.stand_at(place) {
            Ok(here) => here,
            Err(error) if error.kind() == ErrorKind::Connection => return Err(error),
            Err(_) => return Ok(Verdict::Unknown("the database that it was sent in cannot be gone to any more")),
        };
        let verdict = self.compare(database, before);
        let back = database.stand_at(&here);
        verdict.and_then(|verdict| back.map(|_| verdict))
    }

    fn compare(&self, database: &mut dyn Database, before: &str) -> Result<Verdict> {
        let sql = &self.step.words;
        // Begun, and not brought to its end: dropped before it is built again.
        if database.broken_build(sql)?.is_some() {
            return Ok(Verdict::NotDone);
        }
        let dialect = database.dialect()?;
        let as_before = match before.strip_prefix(PRINTED) {
            Some(printed) => print(database, dialect, sql)?.as_deref() == Some(printed),
            None => before.strip_prefix(SCHEMA) == Some(&fingerprint(database, dialect, sql)?),
        };
        if as_before {
            return Ok(Verdict::NotDone);
        }
        if !drops_several(sql, dialect) || !leaves_some(database, dialect, sql)? {
            return Ok(Verdict::Done);
        }
        Ok(match asks_for_each(sql, dialect) {
            true => Verdict::NotDone,
            false => Verdict::Unknown("some of what it drops is gone, and some is there"),
        })
    }
}

/// A digest of the tables that the statement names, as the server prints them now, where it is about tables and that is
/// had.
fn print(database: &mut dyn Database, dialect: Dialect, sql: &str) -> Result<Option<String>> {
    if !is_about_tables(sql, dialect) {
        return Ok(None);
    }
    let Some(printed) = database.printed(&named(sql, dialect))? else { return Ok(None) };
    let mut digest = digest::Digest::default();
    for table in &printed {
        digest.part(table);
    }
    Ok(Some(digest.finish()))
}

/// A digest of everything that the statement names, as it stands now.
fn fingerprint(database: &mut dyn Database, dialect: Dialect, sql: &str) -> Result<String> {
    let names = named(sql, dialect);
    let mut digest = digest::Digest::default();
    digest.part(&database.inspect(Scope::Tables(&names))?.fingerprint());
    for definition in database.definitions(&names)? {
        digest.part(&definition);
    }
    Ok(digest.finish())
}

fn is_about_tables(sql: &str, dialect: Dialect) -> bool {
    tokens(sql, dialect).take(4).any(|token| token.is_any_word(&["TABLE", "TABLES", "INDEX"]))
}

/// So many names at most: what a statement is about stands at its beginning.
const MOST: usize = 60;

/// No table has these names, unless they are quoted.
const RESERVED: [&str; 3] = ["TABLE", "ON", "NOT"];

/// Every name in front of the first bracket, behind the two words that such a statement begins with; that some are keywords
/// does no harm.
pub(super) fn named(sql: &str, dialect: Dialect) -> Vec<TableName> {
    let tokens: Vec<Token<'_>> = tokens(sql, dialect).take_while(|token| !token.is_punct("(")).collect();
    let mut names = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate().skip(2).filter(|(_, token)| !token.is_any_word(&RESERVED)) {
        let Some(name) = token.kept_name(dialect) else { continue };
        let qualifier = (at >= 2 && tokens[at - 1].is_punct(".")).then(|| tokens[at - 2].kept_name(dialect)).flatten();
        names.insert(match qualifier {
            Some(schema) => TableName::from((schema.as_str(), name.as_str())),
            None => TableName::from(name),
        });
        if names.len() >= MOST {
            break;
        }
    }
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sql: &str, dialect: Dialect) -> Vec<String> {
        named(sql, dialect).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_statement_is_about_is_among_its_names() {
        let alter = names("ALTER TABLE Users ADD COLUMN (age INT DEFAULT 1)", Dialect::MariaDb);
        assert!(alter.contains(&"Users".to_owned()) && !alter.contains(&"age".to_owned()), "{alter:?}");
        let index = names("create index concurrently I on Billing.\"Rows\" (a)", Dialect::Postgres);
        assert!(index.contains(&"i".to_owned()) && index.contains(&"billing.Rows".to_owned()), "{index:?}");
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod witnesses {
    use diesel::{Connection, SqliteConnection};

    use super::*;

    fn doubt(witness: Option<String>) -> Doubt {
        let sql = "alter table t add column b";
        Doubt { place: (1, 0), step: Step::statement(sql), witness }
    }

    #[test]
    fn what_is_in_doubt_is_seen_by_what_its_witness_saw() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        conn.batch("create table t (a)").unwrap();
        let sql = "alter table t add column b";
        let seen = Some(witness(&mut conn, Dialect::Sqlite, sql, Some("main")).unwrap());
        assert!(seen.as_deref().is_some_and(is_witness), "{seen:?}");
        assert_eq!(doubt(seen.clone()).decide(&mut conn).unwrap(), Verdict::NotDone);
        conn.batch(sql).unwrap();
        assert_eq!(doubt(seen).decide(&mut conn).unwrap(), Verdict::Done);
        assert_eq!(doubt(Some(LOOKS_FOR_ITSELF.to_owned())).decide(&mut conn).unwrap(), Verdict::NotDone);
        for nobody_knows in [None, Some(BEHIND_TEMPORARY.to_owned())] {
            assert!(matches!(doubt(nobody_knows).decide(&mut conn).unwrap(), Verdict::Unknown(_)));
        }
    }
}
