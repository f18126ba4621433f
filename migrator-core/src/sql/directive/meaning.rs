//! What the words of a directive mean.

use super::Directive;
use super::error::Problem;
use super::expression::{Expression, Given, Item};
use super::nearest::nearest;
use crate::metadata::{Condition, Loss};
use crate::name::TableName;

/// The words a line can start with.
pub(super) const DIRECTIVES: [&str; 9] = [
    "allow_loss",
    "backup",
    "branch_label",
    "depends_on",
    "down_revision",
    "ensures",
    "replaces",
    "requires",
    "skip_if",
];

const CONDITIONS: [&str; 8] = ["table", "no_table", "column", "no_column", "index", "no_index", "empty", "not_empty"];

const LOSSES: [&str; 3] = ["table", "column", "rows"];

/// Words of the attribute that a SQL migration says in another way.
const SAID_ELSEWHERE: [(&str, &str); 5] = [
    ("revision", "it is the name of the migration's directory"),
    ("description", "it is the name of the migration's directory"),
    ("transaction", "write `run_in_transaction = false` in the migration's metadata.toml"),
    ("irreversible", "a SQL migration without down.sql is irreversible"),
    ("group", "SQL migrations belong to the migrator they are given to"),
];

pub(super) fn directive(item: &Item<'_>) -> Result<Directive, Problem> {
    Ok(match item.word {
        "allow_loss" => Directive::AllowLoss(each(item, loss)?),
        "requires" => Directive::Requires(each(item, condition)?),
        "ensures" => Directive::Ensures(each(item, condition)?),
        "skip_if" => Directive::SkipIf(each(item, condition)?),
        "backup" => Directive::Backup(each(item, table)?),
        "down_revision" => Directive::DownRevision(parents(item)?),
        "depends_on" => Directive::DependsOn(texts(item)?),
        "branch_label" => Directive::BranchLabel(texts(item)?),
        "replaces" => Directive::Replaces(texts(item)?),
        unknown => return Err(unknown_directive(unknown)),
    })
}

fn unknown_directive(word: &str) -> Problem {
    match SAID_ELSEWHERE.into_iter().find(|(elsewhere, _)| *elsewhere == word) {
        Some((word, instead)) => Problem::SaidElsewhere { word, instead },
        None => unknown("directive", word, &DIRECTIVES),
    }
}

fn unknown(kind: &'static str, word: &str, known: &'static [&'static str]) -> Problem {
    Problem::Unknown { kind, word: word.to_owned(), nearest: nearest(word, known), known }
}

/// How a directive is written, for whoever wrote it in another way.
fn malformed(item: &Item<'_>) -> Problem {
    let form = match item.word {
        "allow_loss" => r#"allow_loss(column("users", "name"), rows("logs"))"#,
        "requires" => r#"requires(table("users"), no_column("users", "email"))"#,
        "ensures" => r#"ensures(not_empty("users"))"#,
        "skip_if" => r#"skip_if(column("users", "email"))"#,
        "backup" => r#"backup("users") or backup(("schema", "users"))"#,
        "down_revision" => r#"down_revision = "a", ["a", "b"] or none"#,
        "depends_on" => r#"depends_on = "a" or ["a", "b"]"#,
        "branch_label" => r#"branch_label = "a" or ["a", "b"]"#,
        _ => r#"replaces = "a" or ["a", "b"]"#,
    };
    Problem::Malformed { word: item.word.to_owned(), form }
}

/// One or more arguments in parentheses.
fn each<T>(
    item: &Item<'_>,
    read: impl Fn(&Item<'_>, &Expression<'_>) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    match &item.given {
        Given::Arguments(arguments) if !arguments.is_empty() => {
            arguments.iter().map(|argument| read(item, argument)).collect()
        }
        _ => Err(malformed(item)),
    }
}

fn parents(item: &Item<'_>) -> Result<Option<Vec<String>>, Problem> {
    match &item.given {
        Given::Value(Expression::Word("none")) => Ok(None),
        Given::Arguments(arguments) if matches!(arguments[..], [Expression::Word("none")]) => Ok(None),
        _ => texts(item).map(Some),
    }
}

/// `= "a"` or `= ["a", "b"]`, and `("a", "b")` as the other words are written.
fn texts(item: &Item<'_>) -> Result<Vec<String>, Problem> {
    let text = |expression: &Expression<'_>| match expression {
        Expression::Text(text) => Ok(text.clone()),
        _ => Err(malformed(item)),
    };
    match &item.given {
        Given::Value(Expression::List(list)) | Given::Arguments(list) if !list.is_empty() => {
            list.iter().map(text).collect()
        }
        Given::Value(value) => Ok(vec![text(value)?]),
        _ => Err(malformed(item)),
    }
}

fn loss(item: &Item<'_>, expression: &Expression<'_>) -> Result<Loss, Problem> {
    let Expression::Call(word, arguments) = expression else {
        return Err(malformed(item));
    };
    Ok(match *word {
        "table" => Loss::table(only_table(word, arguments)?),
        "rows" => Loss::rows(only_table(word, arguments)?),
        "column" => {
            let (table, column) = table_and_name(word, arguments)?;
            Loss::column(table, column)
        }
        _ => return Err(unknown("loss", word, &LOSSES)),
    })
}

fn condition(item: &Item<'_>, expression: &Expression<'_>) -> Result<Condition, Problem> {
    let Expression::Call(word, arguments) = expression else {
        return Err(malformed(item));
    };
    let of_table = || only_table(word, arguments);
    let of_part = || table_and_name(word, arguments);
    Ok(match *word {
        "table" => Condition::table(of_table()?),
        "no_table" => Condition::no_table(of_table()?),
        "empty" => Condition::empty(of_table()?),
        "not_empty" => Condition::not_empty(of_table()?),
        "column" => of_part().map(|(table, column)| Condition::column(table, column))?,
        "no_column" => of_part().map(|(table, column)| Condition::no_column(table, column))?,
        "index" => of_part().map(|(table, index)| Condition::index(table, index))?,
        "no_index" => of_part().map(|(table, index)| Condition::no_index(table, index))?,
        _ => return Err(unknown("condition", word, &CONDITIONS)),
    })
}

fn table(item: &Item<'_>, expression: &Expression<'_>) -> Result<TableName, Problem> {
    table_name(expression).ok_or_else(|| malformed(item))
}

/// `"users"` or `("schema", "users")`
fn table_name(expression: &Expression<'_>) -> Option<TableName> {
    match expression {
        Expression::Text(table) => Some(TableName::from(table)),
        Expression::Tuple(parts) => match parts.as_slice() {
            [Expression::Text(schema), Expression::Text(table)] => {
                Some(TableName::from((schema.as_str(), table.as_str())))
            }
            _ => None,
        },
        _ => None,
    }
}

fn only_table(word: &str, arguments: &[Expression<'_>]) -> Result<TableName, Problem> {
    let table = match arguments {
        [table] => table_name(table),
        _ => None,
    };
    table.ok_or_else(|| Problem::WantsTable(word.to_owned()))
}

fn table_and_name<'e>(word: &str, arguments: &'e [Expression<'_>]) -> Result<(TableName, &'e str), Problem> {
    let pair = match arguments {
        [table, Expression::Text(name)] => table_name(table).map(|table| (table, name.as_str())),
        _ => None,
    };
    pair.ok_or_else(|| Problem::WantsTableAndName(word.to_owned()))
}
