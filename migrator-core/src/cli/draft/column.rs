//! A column as it is said on the command line: `email:string:255:not_null`.

use crate::cli::failure::{Failure, Result};

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
        let mut column = Self { name: name.to_owned(), call: base(text, name, kind, *takes, numbers)?, indexed: false };
        modifiers.iter().try_for_each(|modifier| column.modify(text, kind, modifier))?;
        Ok(column)
    }

    fn modify(&mut self, text: &str, kind: &str, modifier: &str) -> Result<()> {
        let call = match modifier.split_once('=') {
            None if modifier == "not_null" => ".not_null()".to_owned(),
            None if modifier == "unique" => ".unique()".to_owned(),
            None if modifier == "index" => {
                self.indexed = true;
                return Ok(());
            }
            Some(("default", value)) => default(text, kind, value)?,
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

fn base(text: &str, name: &str, kind: &str, takes: usize, numbers: &[&str]) -> Result<String> {
    let numbers = match (kind, numbers) {
        ("string", []) => &["255"],
        (_, numbers) if numbers.len() == takes => numbers,
        _ => return Err(wrong(text, &format!("{kind} takes {takes} numbers"))),
    };
    let arguments: String = numbers.iter().map(|number| format!(", {number}")).collect();
    Ok(format!("t.{kind}({name:?}{arguments})"))
}

fn default(text: &str, kind: &str, value: &str) -> Result<String> {
    let value = match kind {
        "string" | "text" => format!("{value:?}"),
        "boolean" if matches!(value, "true" | "false") => value.to_owned(),
        "small_integer" | "integer" | "big_integer" if value.parse::<i64>().is_ok() => value.to_owned(),
        "timestamp" | "timestamp_tz" if value == "now" => return Ok(".default_now()".to_owned()),
        _ => return Err(wrong(text, &format!("{value} is no default that can be said here; write it into the file"))),
    };
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
        ] {
            assert_eq!(Column::parse(text).unwrap().call, call);
        }
        assert!(Column::parse("email:string:index").unwrap().indexed);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["email", ":string", "email:str", "price:decimal:10", "n:integer:default=x", "n:text:nullable", ""]
        {
            assert_eq!(Column::parse(text).unwrap_err().exit_code(), 2, "{text}");
        }
    }
}
