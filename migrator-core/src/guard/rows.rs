//! Statements that change rows.

use super::effect::Effect;
use super::{calls, certain};
use crate::dialect::Dialect;
use crate::name::TableName;
use crate::sql::Cursor;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let called = calls::in_expressions(*cursor);
    let word = cursor.next().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    let mut effects = match word.as_str() {
        "INSERT" => insert(cursor),
        "REPLACE" => replace(cursor),
        "UPDATE" => update(cursor),
        "DELETE" => delete(cursor),
        "MERGE" => merge(cursor),
        "LOAD" => load(cursor),
        _ => copy(cursor),
    };
    effects.extend(called);
    effects
}

const HOW: [&str; 6] = ["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "QUICK", "IGNORE", "ONLY"];

fn insert(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let evicts = cursor.take_all(&["OR", "REPLACE"]);
    if cursor.take(&["OR"]) {
        cursor.next();
    }
    cursor.skip(&HOW);
    cursor.skip(&["INTO", "OVERWRITE"]);
    let Some(table) = cursor.table() else { return vec![Effect::Opaque] };
    if evicts {
        return vec![Effect::Evicts(table)];
    }
    let mut effects = vec![Effect::Inserts(table.clone())];
    cursor.pass_to(&["CONFLICT", "DUPLICATE"]);
    if cursor.next().is_some() {
        cursor.pass_to(&["UPDATE"]);
        if cursor.take(&["UPDATE"]) {
            cursor.skip(&["SET"]);
            effects.push(Effect::Updates { table, columns: assigned(cursor) });
        }
    }
    effects
}

fn replace(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.skip(&HOW);
    cursor.skip(&["INTO"]);
    cursor.table().map_or(vec![Effect::Opaque], |table| vec![Effect::Evicts(table)])
}

fn update(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let evicts = cursor.take_all(&["OR", "REPLACE"]);
    if cursor.take(&["OR"]) {
        cursor.next();
    }
    cursor.skip(&HOW);
    let start = cursor.at();
    cursor.pass_to(&["SET"]);
    let end = cursor.at();
    let tables = named(cursor.starting_at(start), end);
    cursor.take(&["SET"]);
    let columns = assigned(cursor);
    let evictions = tables.iter().filter(|_| evicts).cloned().map(Effect::Evicts).collect::<Vec<_>>();
    let updates = tables.into_iter().map(|table| Effect::Updates { table, columns: columns.clone() });
    updates.chain(evictions).collect()
}

/// The columns that are given something that may be NULL.
fn assigned(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut columns = Vec::new();
    loop {
        let named = targets(cursor);
        let certain = certain::is_never_null(cursor, &named);
        columns.extend(named.into_iter().filter(|_| !certain));
        cursor.pass_to(&[",", "WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"]);
        if !cursor.take_punct(",") {
            return columns;
        }
    }
}

/// `a`, `t.a` or `(a, b)`, and the sign behind.
fn targets(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if cursor.take_punct("(") {
        while !cursor.is_over() && !cursor.take_punct(")") {
            names.extend(cursor.table().map(|name| name.name().to_owned()));
            if !cursor.take_punct(",") && !cursor.is_at_punct(")") {
                cursor.pass();
            }
        }
    } else {
        names.extend(cursor.table().map(|name| name.name().to_owned()));
    }
    cursor.pass_to(&["=", ","]);
    cursor.take_punct("=");
    names
}

fn delete(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    if cursor.take(&["HISTORY"]) {
        return vec![Effect::Opaque];
    }
    cursor.skip(&HOW);
    if cursor.take(&["FROM"]) {
        cursor.skip(&["ONLY"]);
        let mut ahead = *cursor;
        let first = ahead.table();
        let several = ahead.is_at_punct(",") || ahead.is_at_punct(".") || ahead.is_at(&["USING"]);
        if cursor.dialect == Dialect::Postgres || cursor.dialect == Dialect::Sqlite || !several {
            return first.map_or(vec![Effect::Opaque], |table| vec![Effect::Deletes(table)]);
        }
    }
    // Of several tables: what is named to lose rows may be a short name, so all that are read count.
    let start = cursor.at();
    cursor.pass_to(&["FROM", "USING"]);
    let start = if cursor.next().is_some() { cursor.at() } else { start };
    cursor.pass_to(&["WHERE", "ORDER", "LIMIT", "RETURNING"]);
    let end = cursor.at();
    named(cursor.starting_at(start), end).into_iter().map(Effect::Deletes).collect()
}

/// Every table of a list with joins in it, up to that place.
fn named(mut cursor: Cursor<'_>, end: usize) -> Vec<TableName> {
    let mut tables: Vec<TableName> = Vec::new();
    let mut expected = true;
    while cursor.at() < end {
        if expected && !cursor.is_at_punct("(") {
            cursor.skip(&["ONLY", "LATERAL"]);
            tables.extend(cursor.table());
            expected = false;
            continue;
        }
        let Some(token) = cursor.next() else { break };
        let opens = token.is_punct(",") || token.is_any_word(&["JOIN", "STRAIGHT_JOIN"]);
        expected = opens || (expected && token.is_punct("("));
    }
    tables
}

fn merge(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.skip(&["INTO", "ONLY"]);
    let Some(table) = cursor.table() else { return vec![Effect::Opaque] };
    let mut effects = vec![Effect::Inserts(table.clone())];
    while let Some(token) = cursor.next() {
        if token.is_word("DELETE") {
            effects.push(Effect::Deletes(table.clone()));
        } else if token.is_word("UPDATE") {
            cursor.skip(&["SET"]);
            let columns = merged(cursor);
            effects.push(Effect::Updates { table: table.clone(), columns });
        }
    }
    effects
}

/// The columns of a MERGE's UPDATE, which ends at the next WHEN.
fn merged(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut columns = Vec::new();
    loop {
        columns.extend(targets(cursor));
        cursor.pass_to(&[",", "WHEN", "RETURNING"]);
        if !cursor.take_punct(",") {
            return columns;
        }
    }
}

/// `LOAD DATA INFILE .. REPLACE INTO TABLE t`
fn load(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.pass_to(&["REPLACE", "INTO"]);
    let evicts = cursor.take(&["REPLACE"]);
    cursor.pass_behind("TABLE");
    let Some(table) = cursor.table() else { return Vec::new() };
    vec![if evicts { Effect::Evicts(table) } else { Effect::Inserts(table) }]
}

/// `COPY t FROM ..`, and `COPY (DELETE .. RETURNING ..) TO ..`
fn copy(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    if cursor.take_punct("(") {
        let inner = *cursor;
        return super::read_inside(inner.text_between(inner.at(), inner.tokens().len()), inner.dialect);
    }
    cursor.table().map_or(vec![Effect::Opaque], |table| vec![Effect::Inserts(table)])
}
