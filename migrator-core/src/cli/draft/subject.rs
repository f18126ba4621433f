//! What a new migration is about, from its message and the columns named.

use super::Column;
use crate::cli::failure::{Failure, Result};

/// What a new migration does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Subject {
    /// Nobody said: a template.
    Unknown,
    /// Operations, and the words of the attribute that guard them.
    Written { words: Vec<String>, up: Vec<String>, down: Vec<String> },
}

impl Subject {
    /// Columns make it a new table where the message says `create`, else new columns of the table.
    pub(in crate::cli) fn of(message: &str, table: Option<&str>, columns: &[Column]) -> Result<Self> {
        if columns.is_empty() {
            return match table {
                None => Ok(Self::Unknown),
                Some(table) => Err(Failure::usage(
                    format!("no column of {table} is named"),
                    "name columns as in email:string:255, or leave --table out and write the operations by hand",
                )),
            };
        }
        let words: Vec<&str> = message.split_whitespace().collect();
        let creates = words.first().is_some_and(|first| first.eq_ignore_ascii_case("create"));
        let table = table.map(str::to_owned).or_else(|| told(&words, creates)).ok_or_else(|| {
            Failure::usage("the message does not tell the table", "name it: --table users, or \"add .. to users\"")
        })?;
        Ok(if creates { create(&table, columns) } else { add(&table, columns) })
    }
}

/// The table in "create users", "create table users" and "add email to users".
fn told(words: &[&str], creates: bool) -> Option<String> {
    let table = if creates {
        words.iter().skip(1).find(|word| !matches!(word.to_lowercase().as_str(), "table" | "the" | "a"))
    } else {
        let to = words.iter().rposition(|word| word.eq_ignore_ascii_case("to"))?;
        words[to + 1..].iter().find(|word| !word.eq_ignore_ascii_case("the"))
    }?;
    let name = table.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    (!name.is_empty()).then(|| name.to_owned())
}

fn create(table: &str, columns: &[Column]) -> Subject {
    let calls: String = columns.iter().map(|column| format!("    {};\n", column.call)).collect();
    let made = format!("op.create_table({table:?}, |t| {{\n    t.id();\n{calls}}})?;");
    Subject::Written {
        words: vec![format!("ensures(table({table:?}))")],
        up: [made].into_iter().chain(indexes(table, columns)).collect(),
        down: vec![format!("op.drop_table({table:?})?;")],
    }
}

fn add(table: &str, columns: &[Column]) -> Subject {
    let added = columns.iter().map(|column| format!("op.add_column({table:?}, |t| {})?;", column.call));
    let dropped = columns.iter().rev().map(|column| format!("op.drop_column({table:?}, {:?})?;", column.name));
    let unindexed = columns.iter().rev().filter(|column| column.indexed).map(|column| {
        let index = format!("{table}_{}_idx", column.name);
        format!("op.drop_index({table:?}, {index:?})?;")
    });
    Subject::Written {
        words: vec![format!("requires(table({table:?}))"), format!("backup({table:?})")],
        up: added.chain(indexes(table, columns)).collect(),
        down: unindexed.chain(dropped).collect(),
    }
}

fn indexes(table: &str, columns: &[Column]) -> impl Iterator<Item = String> {
    let indexed = columns.iter().filter(|column| column.indexed);
    indexed.map(move |column| format!("op.create_index({table:?}, [{:?}])?;", column.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(message: &str, table: Option<&str>, columns: &[&str]) -> Result<Subject> {
        let columns: Vec<Column> = columns.iter().map(|column| Column::parse(column).unwrap()).collect();
        Subject::of(message, table, &columns)
    }

    #[test]
    fn the_downgrade_mirrors_the_upgrade() {
        let Subject::Written { words, up, down } =
            subject("add email to users", None, &["email:string:80:index", "age:integer"]).unwrap()
        else {
            panic!("columns were named")
        };
        assert_eq!(words, ["requires(table(\"users\"))", "backup(\"users\")"]);
        assert_eq!(
            up,
            [
                "op.add_column(\"users\", |t| t.string(\"email\", 80))?;",
                "op.add_column(\"users\", |t| t.integer(\"age\"))?;",
                "op.create_index(\"users\", [\"email\"])?;"
            ]
        );
        assert_eq!(
            down,
            [
                "op.drop_index(\"users\", \"users_email_idx\")?;",
                "op.drop_column(\"users\", \"age\")?;",
                "op.drop_column(\"users\", \"email\")?;"
            ]
        );
    }

    #[test]
    fn the_message_tells_the_table() {
        for (message, first) in [
            ("create users", "op.create_table(\"users\", |t| {"),
            ("Create table \"orders\"", "op.create_table(\"orders\", |t| {"),
            ("add a to b to the users", "op.add_column(\"users\", |t| t.text(\"a\"))?;"),
        ] {
            let Subject::Written { up, .. } = subject(message, None, &["a:text"]).unwrap() else { panic!("{message}") };
            assert_eq!(up[0].lines().next(), Some(first));
        }
        assert!(subject("more columns", None, &["a:text"]).is_err());
        assert_eq!(subject("more columns", None, &[]).unwrap(), Subject::Unknown);
    }
}
