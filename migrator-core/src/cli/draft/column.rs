//! A column as it is said on the command line: `email:string:255:not_null`.

use crate::autogenerate::default_in_rust;
use crate::cli::failure::{Failure, Result};
use crate::operation::ColumnType;

/// A column of a new migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Column {
    pub(super) name: String,
    /// The call that adds it: `t.string("email", 255).not_null()`.
    pub(super) call: String,
    pub(super) indexed: bool,
}

/// The types, and how many numbers each takes.
const TYPES: [(&str, usize); 16] = [
    ("small_integer", 0),
    ("integer", 0),
    ("big_integer", 0),
    ("string", 1),
    ("text", 0),
    ("boolean", 0),
    ("float", 0),
    ("double", 0),
    ("decimal", 2),
    ("date", 0),
    ("time", 0),
    ("timestamp", 0),
    ("timestamp_tz", 0),
    ("binary", 0),
    ("json", 0),
    ("uuid", 0),
];

impl Column {
    /// `name:type[:number..][:not_null][:unique][:index][:default=value][:references=table[.column]]`.
    pub(in crate::cli) fn parse(text: &str) -> Result<Self> {
        let mut words = text.split(':');
        let name = words.next().unwrap_or_default();
        let Some(kind) = words.next().filter(|_| !name.is_empty()) else {
            return Err(wrong(text, "it is written name:type, as in email:string:255"));
        };
        let Some((kind, takes)) = TYPES.iter().find(|(known, _)| *known == kind) else {
            let known: Vec<&str> = TYPES.iter().map(|(known, _)| *known).collect();
            return Err(wrong(text, &format!("{kind} is no type; there are {}", known.join(", "))));
        };
        let words: Vec<&str> = words.collect();
        let given = words.iter().take_while(|word| word.parse::<u32>().is_ok()).count();
        let (numbers, modifiers) = words.split_at(given);
        let numbers = numbers_of(text, kind, *takes, numbers)?;
        let arguments: String = numbers.iter().map(|number| format!(", {number}")).collect();
        let call = format!("t.{kind}({name:?}{arguments})");
        let mut column = Self { name: name.to_owned(), call, indexed: false };
        let column_type = column_type(kind, &numbers);
        whole(modifiers).iter().try_for_each(|modifier| column.modify(text, &column_type, modifier))?;
        Ok(column)
    }

    fn modify(&mut self, text: &str, column_type: &ColumnType, modifier: &str) -> Result<()> {
        let call = match modifier.split_once('=') {
            None if modifier == "not_null" => ".not_null()".to_owned(),
            None if modifier == "unique" => ".unique()".to_owned(),
            None if modifier == "index" => {
                self.indexed = true;
                return Ok(());
            }
            Some(("default", value)) => default(text, column_type, value)?,
            Some(("references", target)) => {
                let (table, column) = target.split_once('.').unwrap_or((target, "id"));
                format!(".references({table:?}, {column:?})")
            }
            _ => {
                let known = "not_null, unique, index, default=value, references=table";
                return Err(wrong(text, &format!("{modifier} is not known; there are {known}")));
            }
        };
        self.call.push_str(&call);
        Ok(())
    }
}

/// A default may have colons of its own: `default=08:30:00`.
fn whole(words: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        let is_known = matches!(*word, "not_null" | "unique" | "index") || word.starts_with("references=");
        match all.last_mut() {
            Some(last) if last.starts_with("default=") && !is_known => *last += &format!(":{word}"),
            _ => all.push((*word).to_owned()),
        }
    }
    all
}

fn numbers_of(text: &str, kind: &str, takes: usize, numbers: &[&str]) -> Result<Vec<u32>> {
    let given: Vec<u32> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    match (kind, &given[..]) {
        ("string", []) => Ok(vec![255]),
        (_, given) if given.len() == takes => Ok(given.to_vec()),
        _ => Err(wrong(text, &format!("{kind} takes {takes} numbers"))),
    }
}

fn column_type(kind: &str, numbers: &[u32]) -> ColumnType {
    match (kind, numbers) {
        ("string", [length]) => ColumnType::String(*length),
        ("decimal", [precision, scale]) => ColumnType::Decimal(*precision, *scale),
        ("small_integer", _) => ColumnType::SmallInteger,
        ("integer", _) => ColumnType::Integer,
        ("big_integer", _) => ColumnType::BigInteger,
        ("boolean", _) => ColumnType::Boolean,
        ("float", _) => ColumnType::Float,
        ("double", _) => ColumnType::Double,
        ("date", _) => ColumnType::Date,
        ("time", _) => ColumnType::Time,
        ("timestamp", _) => ColumnType::Timestamp,
        ("timestamp_tz", _) => ColumnType::TimestampTz,
        ("binary", _) => ColumnType::Binary,
        ("json", _) => ColumnType::Json,
        ("uuid", _) => ColumnType::Uuid,
        _ => ColumnType::Text,
    }
}

fn default(text: &str, column_type: &ColumnType, value: &str) -> Result<String> {
    use ColumnType as T;
    if value == "now" && matches!(column_type, T::Date | T::Time | T::Timestamp | T::TimestampTz) {
        return Ok(".default_now()".to_owned());
    }
    let value = default_in_rust(value, column_type)
        .map_err(|taken| wrong(text, &format!("{value:?} is no default of that type: give it {taken}")))?;
    Ok(format!(".default({value})"))
}

fn wrong(text: &str, why: &str) -> Failure {
    Failure::usage(format!("column {text:?}: {why}"), "say it like email:string:255:not_null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_becomes_the_call_that_adds_it() {
        for (text, call) in [
            ("email:string:255", "t.string(\"email\", 255)"),
            ("email:string", "t.string(\"email\", 255)"),
            ("price:decimal:10:2:not_null", "t.decimal(\"price\", 10, 2).not_null()"),
            ("on:boolean:not_null:default=true", "t.boolean(\"on\").not_null().default(true)"),
            ("org_id:big_integer:references=orgs", "t.big_integer(\"org_id\").references(\"orgs\", \"id\")"),
            ("name:text:default=a\"b", "t.text(\"name\").default(\"a\\\"b\")"),
            ("at:timestamp_tz:default=now", "t.timestamp_tz(\"at\").default_now()"),
            ("x:decimal:10:2:default=0", "t.decimal(\"x\", 10, 2).default(0)"),
            ("x:decimal:10:2:default=0.5:not_null", "t.decimal(\"x\", 10, 2).default(0.5).not_null()"),
            ("on:boolean:default=1", "t.boolean(\"on\").default(true)"),
            ("at:time:default=08:30:00:not_null", "t.time(\"at\").default(\"08:30:00\").not_null()"),
            ("born:date:default=2000-01-01", "t.date(\"born\").default(\"2000-01-01\")"),
        ] {
            assert_eq!(Column::parse(text).unwrap().call, call);
        }
        assert!(Column::parse("email:string:index").unwrap().indexed);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "email",
            ":string",
            "email:str",
            "price:decimal:10",
            "n:integer:default=x",
            "n:text:nullable",
            "",
            "n:decimal:4:2:default=123",
            "on:boolean:default=2",
            "at:time:default=8",
        ] {
            assert_eq!(Column::parse(text).unwrap_err().exit_code(), 2, "{text}");
        }
    }
}
