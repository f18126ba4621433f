//! The actions of ALTER TABLE.

use super::hold::{Hold, Mode, Work};
use super::read::{referenced, referencing};
use crate::name::TableName;
use crate::sql::Cursor;

/// What stands behind the table's name, between commas that stand in no brackets.
pub(super) fn holds(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    let mut holds = Vec::new();
    loop {
        holds.extend(action(cursor, table));
        if !cursor.pass_comma() {
            return holds;
        }
    }
}

fn action(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    let word = cursor.next().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    let exclusive = || vec![Hold::all(table, Work::Moment)];
    let beside = |work: Work| vec![Hold::new(table, Mode::ShareUpdateExclusive, work)];
    match word.as_str() {
        "ADD" => added(cursor, table),
        "ALTER" => altered(cursor, table),
        "DROP" if cursor.is_at(&["CONSTRAINT"]) => {
            vec![Hold::all(table, Work::Moment).and(", and so is what it references where it is a foreign key")]
        }
        "VALIDATE" => beside(Work::Validation),
        "CLUSTER" => beside(Work::Moment),
        "SET" | "RESET" if cursor.is_at_punct("(") => beside(Work::Moment),
        "SET" if cursor.take_all(&["WITHOUT", "CLUSTER"]) => beside(Work::Moment),
        "SET" if cursor.is_at(&["LOGGED", "UNLOGGED", "TABLESPACE", "ACCESS"]) => vec![Hold::all(table, Work::Rewrite)],
        "ENABLE" | "DISABLE" => {
            cursor.skip(&["REPLICA", "ALWAYS"]);
            let mode = if cursor.is_at(&["TRIGGER"]) { Mode::ShareRowExclusive } else { Mode::AccessExclusive };
            vec![Hold::new(table, mode, Work::Moment)]
        }
        "ATTACH" if cursor.take(&["PARTITION"]) => attached(cursor),
        "DETACH" if cursor.take(&["PARTITION"]) => detached(cursor, table),
        _ => exclusive(),
    }
}

fn added(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    let start = cursor.at();
    if cursor.take(&["CONSTRAINT"]) {
        cursor.name();
    }
    let is_constraint = cursor.at() > start || cursor.is_at(&["FOREIGN", "UNIQUE", "PRIMARY", "CHECK", "EXCLUDE"]);
    if is_constraint { constraint(cursor, table) } else { column(cursor, table) }
}

/// The words of this action, none that stands in brackets.
fn outer_words<'a>(cursor: Cursor<'a>) -> Vec<Cursor<'a>> {
    let mut words = Vec::new();
    let mut ahead = cursor;
    while !ahead.is_over() && !ahead.is_at_punct(",") {
        words.push(ahead);
        ahead.pass();
    }
    words
}

fn constraint(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    let words = outer_words(*cursor);
    let says = |phrase: &[&str]| words.iter().any(|at| at.clone().take_all(phrase));
    let checked = |work: Work| if says(&["NOT", "VALID"]) { Work::Moment } else { work };
    if cursor.take_all(&["FOREIGN", "KEY"]) {
        let work = checked(Work::Keys);
        let advice = "online() in a migration with `transaction = false` checks them while writers go on";
        let hold = Hold::new(table, Mode::ShareRowExclusive, work);
        let hold = if work == Work::Keys { hold.with(advice) } else { hold };
        let other = referenced(cursor).next().filter(|other| other != table);
        return std::iter::once(hold).chain(other.map(|other| referencing(&other, work))).collect();
    }
    if cursor.is_at(&["CHECK"]) {
        let hold = Hold::all(table, checked(Work::Check));
        let advice = "NOT VALID, then VALIDATE CONSTRAINT, with `transaction = false`: others go on meanwhile";
        return vec![if hold.work == Work::Check { hold.with(advice) } else { hold }];
    }
    if says(&["USING", "INDEX"]) && !says(&["INDEX", "TABLESPACE"]) {
        return vec![Hold::all(table, Work::Moment)];
    }
    vec![Hold::all(table, Work::Unique).with("a unique index built concurrently does the same for writers")]
}

/// What has another value in each row, so that the rows are written.
const SERIAL: [&str; 6] = ["SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL2", "SERIAL4", "SERIAL8"];

/// What has one value for all rows of a statement.
const STABLE: [&str; 10] = [
    "ARRAY",
    "NOW",
    "TRANSACTION_TIMESTAMP",
    "STATEMENT_TIMESTAMP",
    "CURRENT_SETTING",
    "CURRENT_DATABASE",
    "TO_TIMESTAMP",
    "COALESCE",
    "JSONB_BUILD_OBJECT",
    "MAKE_INTERVAL",
];

fn column(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    cursor.skip(&["COLUMN"]);
    cursor.skip_if_exists();
    cursor.name();
    let words = outer_words(*cursor);
    let says = |word: &str| words.iter().skip(1).any(|at| at.is_at(&[word]));
    let is_written = cursor.is_at(&SERIAL) || says("GENERATED") || words.iter().any(|at| is_computed(*at));
    let work = match () {
        () if is_written => Work::Rewrite,
        () if says("UNIQUE") || says("PRIMARY") => Work::Unique,
        () if says("CHECK") => Work::Check,
        () => Work::Moment,
    };
    let hold = Hold::all(table, work);
    let hold = match work {
        Work::Rewrite => hold.with("add it without the default, set the default, and fill the rows in batches"),
        _ => hold,
    };
    let other = words.iter().find_map(|at| {
        let mut at = *at;
        at.take(&["REFERENCES"]).then(|| at.table()).flatten()
    });
    let other = other.filter(|other| other != table).map(|other| referencing(&other, Work::Keys));
    std::iter::once(hold).chain(other).collect()
}

/// Whether a DEFAULT stands here that calls a function of which it is not known that all rows get one value.
fn is_computed(mut at: Cursor<'_>) -> bool {
    if !at.take(&["DEFAULT"]) {
        return false;
    }
    let start = at.at();
    at.pass_to(&["NOT", "NULL", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "CONSTRAINT", "COLLATE", ","]);
    let default = &at.tokens()[start..at.at()];
    (1..default.len()).any(|at| {
        let (name, opens) = (&default[at - 1], default[at].is_punct("("));
        // `'x'::varchar(20)` is a type with its length
        let is_type = at > 1 && default[at - 2].is_punct(":");
        opens && !is_type && name.name().is_some() && !name.is_any_word(&STABLE)
    })
}

/// `ALTER [COLUMN] c ..`
fn altered(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    cursor.skip(&["COLUMN"]);
    cursor.name();
    let is_set = cursor.take(&["SET"]);
    vec![match () {
        () if is_set && cursor.take_all(&["NOT", "NULL"]) => {
            Hold::all(table, Work::NotNull).with("with `transaction = false` they are read while others go on")
        }
        () if cursor.take(&["TYPE"]) || cursor.take_all(&["DATA", "TYPE"]) => {
            Hold::all(table, Work::Rewrite).with("on a large table: a new column, filled in batches, then a rename")
        }
        () if is_set && cursor.is_at(&["STATISTICS"]) || cursor.is_at_punct("(") || cursor.take(&["RESET"]) => {
            Hold::new(table, Mode::ShareUpdateExclusive, Work::Moment)
        }
        () => Hold::all(table, Work::Moment),
    }]
}

/// The rows of what becomes a part are read, and those of a default partition.
fn attached(cursor: &mut Cursor<'_>) -> Vec<Hold> {
    let advice = "a CHECK of the same bounds, validated before, saves the reading";
    cursor.table().map(|part| Hold::all(&part, Work::Check).with(advice)).into_iter().collect()
}

fn detached(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Hold> {
    let Some(part) = cursor.table() else { return Vec::new() };
    if cursor.take(&["CONCURRENTLY"]) {
        return vec![Hold::all(&part, Work::Moment)];
    }
    let advice = "DETACH PARTITION .. CONCURRENTLY in a migration with `transaction = false` lets others go on";
    vec![Hold::all(table, Work::Moment).with(advice), Hold::all(&part, Work::Moment)]
}
