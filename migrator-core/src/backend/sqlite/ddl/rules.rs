//! The constraints of a column and of a table, after SQLite's own grammar (`parse.y`: `ccons`, `tcons`).

use super::cursor::Cursor;
use super::table::{Constraint, Rule};
use crate::error::Result;
use crate::sql::TokenKind;

/// The next constraint of a column, where one follows.
pub(super) fn of_column(cursor: &mut Cursor<'_>, column: &str) -> Result<Option<Constraint>> {
    named(cursor, |cursor| column_rule(cursor, column))
}

/// The next constraint of the table, where one follows.
pub(super) fn of_table(cursor: &mut Cursor<'_>) -> Result<Option<Constraint>> {
    named(cursor, table_rule)
}

fn named(
    cursor: &mut Cursor<'_>,
    rule: impl FnOnce(&mut Cursor<'_>) -> Result<Option<Rule>>,
) -> Result<Option<Constraint>> {
    let start = cursor.start();
    let name = match cursor.take_words(&["CONSTRAINT"]) {
        true => Some(cursor.name()?),
        false => None,
    };
    let rule = rule(cursor)?.or_else(|| name.is_some().then_some(Rule::Nothing));
    Ok(rule.map(|rule| Constraint { name, span: start..cursor.end(), rule }))
}

fn column_rule(cursor: &mut Cursor<'_>, column: &str) -> Result<Option<Rule>> {
    let own = || vec![column.to_owned()];
    Ok(Some(if cursor.take_words(&["PRIMARY", "KEY"]) {
        cursor.take_any_word(&["ASC", "DESC"]);
        on_conflict(cursor);
        Rule::PrimaryKey { columns: own(), autoincrement: cursor.take_any_word(&["AUTOINCREMENT"]) }
    } else if cursor.take_words(&["NOT", "NULL"]) {
        on_conflict(cursor);
        Rule::NotNull
    } else if cursor.take_words(&["NULL"]) {
        on_conflict(cursor);
        Rule::Null
    } else if cursor.take_words(&["UNIQUE"]) {
        on_conflict(cursor);
        Rule::Unique(own())
    } else if cursor.take_words(&["CHECK"]) {
        check(cursor)?
    } else if cursor.take_words(&["DEFAULT"]) {
        default(cursor)?
    } else if cursor.take_words(&["COLLATE"]) {
        Rule::Collate(cursor.name()?)
    } else if cursor.take_words(&["REFERENCES"]) {
        foreign_key(cursor, own())?
    } else if cursor.take_words(&["GENERATED", "ALWAYS", "AS"]) || cursor.take_words(&["AS"]) {
        let expression = cursor.parentheses()?;
        cursor.take_any_word(&["STORED", "VIRTUAL"]);
        Rule::Generated(expression)
    } else if deferral(cursor) {
        Rule::Deferral
    } else {
        return Ok(None);
    }))
}

fn table_rule(cursor: &mut Cursor<'_>) -> Result<Option<Rule>> {
    Ok(Some(if cursor.take_words(&["PRIMARY", "KEY"]) {
        primary_key(cursor)?
    } else if cursor.take_words(&["UNIQUE"]) {
        let columns = cursor.names()?;
        on_conflict(cursor);
        Rule::Unique(columns)
    } else if cursor.take_words(&["CHECK"]) {
        check(cursor)?
    } else if cursor.take_words(&["FOREIGN", "KEY"]) {
        let columns = cursor.names()?;
        if !cursor.take_words(&["REFERENCES"]) {
            return Err(cursor.fault("REFERENCES"));
        }
        foreign_key(cursor, columns)?
    } else {
        return Ok(None);
    }))
}

/// Whether `GENERATED ALWAYS` stands here; SQLite's grammar reads the two words as part of the type.
pub(super) fn at_generated(cursor: &Cursor<'_>) -> bool {
    cursor.is_word("GENERATED") && cursor.clone().take_words(&["GENERATED", "ALWAYS", "AS"])
}

/// `(a, b AUTOINCREMENT)`
fn primary_key(cursor: &mut Cursor<'_>) -> Result<Rule> {
    let mut ahead = cursor.clone();
    let columns = cursor.names()?;
    let mut autoincrement = false;
    while ahead.start() < cursor.end() {
        autoincrement |= ahead.take().is_some_and(|token| token.is_word("AUTOINCREMENT"));
    }
    on_conflict(cursor);
    Ok(Rule::PrimaryKey { columns, autoincrement })
}

fn check(cursor: &mut Cursor<'_>) -> Result<Rule> {
    let expression = cursor.parentheses()?;
    on_conflict(cursor);
    Ok(Rule::Check(expression))
}

fn foreign_key(cursor: &mut Cursor<'_>, columns: Vec<String>) -> Result<Rule> {
    let table = cursor.name()?;
    let referenced = if cursor.is_punct("(") { cursor.names()? } else { Vec::new() };
    let (mut on_delete, mut on_update) = ("NO ACTION", "NO ACTION");
    while let Some((event, action)) = reference_argument(cursor)? {
        match event {
            "DELETE" => on_delete = action,
            "UPDATE" => on_update = action,
            _ => {}
        }
    }
    deferral(cursor);
    Ok(Rule::ForeignKey { columns, table, referenced, on_delete, on_update })
}

/// `ON DELETE SET NULL`; `MATCH name`, which says nothing of an event.
fn reference_argument(cursor: &mut Cursor<'_>) -> Result<Option<(&'static str, &'static str)>> {
    if cursor.take_words(&["MATCH"]) {
        return cursor.name().map(|_| Some(("", "")));
    }
    let Some(event) = ["DELETE", "UPDATE", "INSERT"].into_iter().find(|event| cursor.take_words(&["ON", event])) else {
        return Ok(None);
    };
    let actions = ["SET NULL", "SET DEFAULT", "NO ACTION", "CASCADE", "RESTRICT"];
    let action = actions.into_iter().find(|action| match action.split_once(' ') {
        Some((first, second)) => cursor.take_words(&[first, second]),
        None => cursor.take_words(&[action]),
    });
    action.map(|action| Some((event, action))).ok_or_else(|| cursor.fault("what happens then"))
}

fn deferral(cursor: &mut Cursor<'_>) -> bool {
    let found = cursor.take_words(&["NOT", "DEFERRABLE"]) || cursor.take_words(&["DEFERRABLE"]);
    let _ = found && (cursor.take_words(&["INITIALLY", "DEFERRED"]) || cursor.take_words(&["INITIALLY", "IMMEDIATE"]));
    found
}

fn on_conflict(cursor: &mut Cursor<'_>) {
    if cursor.take_words(&["ON", "CONFLICT"]) {
        cursor.take();
    }
}

/// One value with its sign, or an expression in brackets.
fn default(cursor: &mut Cursor<'_>) -> Result<Rule> {
    let start = cursor.start();
    if cursor.is_punct("(") {
        cursor.parentheses()?;
        return Ok(Rule::Default(start..cursor.end()));
    }
    let _ = cursor.take_punct("-") || cursor.take_punct("+");
    let Some(first) = cursor.take() else { return Err(cursor.fault("a value")) };
    if first.kind == TokenKind::Number || first.is_punct(".") {
        rest_of_number(cursor);
    }
    Ok(Rule::Default(start..cursor.end()))
}

/// `.5`, `5.` and `1.e-5` are one number to SQLite and several tokens to the lexer.
fn rest_of_number(cursor: &mut Cursor<'_>) {
    let mut exponent = false;
    while let Some(token) = cursor.peek().copied().filter(|token| token.start == cursor.end()) {
        let sign = exponent && (token.is_punct("-") || token.is_punct("+"));
        let part = matches!(token.kind, TokenKind::Number | TokenKind::Word);
        if !(sign || part || token.is_punct(".")) {
            return;
        }
        exponent = token.kind == TokenKind::Word && token.text.ends_with(['e', 'E']);
        cursor.take();
    }
}
