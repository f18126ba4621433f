//! The tables that a statement holds, by the words that say what it does, never by a word that is a name.

use super::actions;
use super::hold::{Hold, Mode, Work};
use crate::dialect::Dialect;
use crate::name::TableName;
use crate::sql::{Cursor, spoken};

pub(super) fn holds(sql: &str) -> Vec<Hold> {
    let tokens = spoken(sql, Dialect::Postgres);
    let mut cursor = Cursor::new(sql, Dialect::Postgres, &tokens);
    let word = cursor.next().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    match word.as_str() {
        "ALTER" => altered(&mut cursor),
        "CREATE" => created(&mut cursor),
        "DROP" => dropped(&mut cursor),
        "TRUNCATE" => truncated(&mut cursor),
        "REINDEX" => reindexed(&mut cursor),
        "CLUSTER" => clustered(&mut cursor),
        "VACUUM" => vacuumed(&mut cursor),
        "REFRESH" => refreshed(&mut cursor),
        "LOCK" => locked(&mut cursor),
        _ => Vec::new(),
    }
}

fn altered(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    if cursor.take(&["TRIGGER", "POLICY", "RULE"]) {
        return on_table(cursor, Mode::AccessExclusive, Work::Moment);
    }
    if !cursor.take(&["TABLE"]) {
        return Vec::new();
    }
    cursor.skip_if_exists();
    cursor.skip(&["ONLY"]);
    let Some(table) = cursor.table() else { return Vec::new() };
    cursor.take_punct("*");
    actions::holds(cursor, &table)
}

/// `.. ON t`
fn on_table(cursor: &mut Cursor<'_>, mode: Mode, work: Work) -> Vec<Hold> {
    cursor.pass_behind("ON");
    cursor.skip(&["ONLY"]);
    cursor.table().map(|table| Hold::new(&table, mode, work)).into_iter().collect()
}

fn created(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    cursor.take_all(&["OR", "REPLACE"]);
    cursor.skip(&["UNIQUE", "CONSTRAINT", "UNLOGGED"]);
    match () {
        () if cursor.take(&["INDEX"]) => index(cursor),
        () if cursor.take(&["TRIGGER"]) => on_table(cursor, Mode::ShareRowExclusive, Work::Moment),
        () if cursor.take(&["POLICY"]) => on_table(cursor, Mode::AccessExclusive, Work::Moment),
        () if cursor.take(&["RULE"]) => {
            cursor.pass_behind("TO");
            cursor.table().map(|table| Hold::all(&table, Work::Moment)).into_iter().collect()
        }
        () if cursor.take(&["TABLE"]) => table(cursor),
        () => Vec::new(),
    }
}

fn index(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    if cursor.take(&["CONCURRENTLY"]) {
        return Vec::new();
    }
    let advice = "concurrently() in a migration with `transaction = false` lets writers go on";
    on_table(cursor, Mode::Share, Work::Index).into_iter().map(|hold| hold.with(advice)).collect()
}

/// A new table holds nobody up; what it references or becomes a part of is another matter.
fn table(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    cursor.skip_if_exists();
    let Some(new) = cursor.table() else { return Vec::new() };
    let mut holds = Vec::new();
    if cursor.take_all(&["PARTITION", "OF"]) {
        holds.extend(cursor.table().map(|whole| Hold::all(&whole, Work::Moment)));
    }
    holds.extend(referenced(cursor).filter(|table| *table != new).map(|table| referencing(&table, Work::Moment)));
    holds
}

/// The tables behind each REFERENCES from here on, but for those where an action of ALTER TABLE ends.
pub(super) fn referenced<'c>(cursor: &'c mut Cursor<'_>) -> impl Iterator<Item = TableName> + 'c {
    std::iter::from_fn(move || {
        while let Some(token) = cursor.next() {
            if token.is_word("REFERENCES") {
                return cursor.table();
            }
        }
        None
    })
}

/// The table at the other end of a new foreign key.
pub(super) fn referencing(table: &TableName, work: Work) -> Hold {
    Hold::new(table, Mode::ShareRowExclusive, work)
}

fn dropped(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    if cursor.take(&["TRIGGER", "POLICY", "RULE"]) {
        return on_table(cursor, Mode::AccessExclusive, Work::Moment);
    }
    if cursor.take(&["INDEX"]) {
        if cursor.take(&["CONCURRENTLY"]) {
            return Vec::new();
        }
        cursor.skip_if_exists();
        let advice = "DROP INDEX CONCURRENTLY in a migration with `transaction = false` lets others go on";
        let of = |index: &TableName| Hold::of_index(index, Mode::AccessExclusive, Work::Moment).with(advice);
        return cursor.tables().iter().map(of).collect();
    }
    if !cursor.take(&["TABLE"]) {
        return Vec::new();
    }
    cursor.skip_if_exists();
    let gone = |table: &TableName| Hold::all(table, Work::Moment).and(", and so is every table it references");
    cursor.tables().iter().map(gone).collect()
}

fn truncated(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    cursor.skip(&["TABLE"]);
    cursor.tables().iter().map(|table| Hold::all(table, Work::Moment)).collect()
}

fn reindexed(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    options(cursor);
    let advice = "REINDEX .. CONCURRENTLY in a migration with `transaction = false` lets writers go on";
    let is_table = cursor.take(&["TABLE"]);
    if !is_table && !cursor.take(&["INDEX"]) || cursor.take(&["CONCURRENTLY"]) {
        return Vec::new();
    }
    let hold = |name: TableName| match is_table {
        true => Hold::new(&name, Mode::Share, Work::Index),
        false => Hold::of_index(&name, Mode::Share, Work::Index),
    };
    cursor.table().map(|name| hold(name).with(advice)).into_iter().collect()
}

/// `(VERBOSE, ..)`
fn options(cursor: &mut Cursor<'_>) {
    if cursor.is_at_punct("(") {
        cursor.pass();
    }
}

fn clustered(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    options(cursor);
    cursor.skip(&["VERBOSE"]);
    cursor.table().map(|table| Hold::all(&table, Work::Rewrite)).into_iter().collect()
}

fn vacuumed(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    if !cursor.tokens().iter().any(|token| token.is_word("FULL")) {
        return Vec::new();
    }
    options(cursor);
    cursor.skip(&["FULL", "FREEZE", "VERBOSE", "ANALYZE", "ANALYSE"]);
    cursor.tables().iter().map(|table| Hold::all(table, Work::Rewrite)).collect()
}

fn refreshed(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    if !cursor.take_all(&["MATERIALIZED", "VIEW"]) {
        return Vec::new();
    }
    let goes_on = cursor.take(&["CONCURRENTLY"]);
    let Some(view) = cursor.table() else { return Vec::new() };
    vec![match goes_on {
        true => Hold::of_view(&view, Mode::Exclusive, Work::Validation),
        false => Hold::of_view(&view, Mode::AccessExclusive, Work::Rewrite)
            .with("with a unique index, CONCURRENTLY lets readers go on"),
    }]
}

/// `LOCK TABLE a, b IN .. MODE`
fn locked(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    cursor.skip(&["TABLE"]);
    let tables = cursor.tables();
    let mode = match () {
        () if !cursor.take(&["IN"]) || cursor.take(&["ACCESS"]) && cursor.take(&["EXCLUSIVE"]) => Mode::AccessExclusive,
        () if cursor.take(&["EXCLUSIVE"]) => Mode::Exclusive,
        () if cursor.take_all(&["SHARE", "ROW", "EXCLUSIVE"]) => Mode::ShareRowExclusive,
        () if cursor.take_all(&["SHARE", "MODE"]) => Mode::Share,
        () => return Vec::new(),
    };
    tables.iter().map(|table| Hold::new(table, mode, Work::Moment)).collect()
}
