//! `ALTER` and `RENAME`.

use super::calls;
use super::effect::Effect;
use crate::dialect::Dialect;
use crate::name::TableName;
use crate::sql::Cursor;

pub(super) fn read(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.next();
    cursor.skip(&["ONLINE"]);
    let ignores = cursor.take(&["IGNORE"]);
    cursor.skip(&["FOREIGN"]);
    if cursor.take(&["TYPE"]) {
        let drops = cursor.tokens().iter().any(|token| token.is_word("ATTRIBUTE"));
        return if drops { vec![Effect::Opaque] } else { Vec::new() };
    }
    if cursor.is_at(&["SCHEMA"]) {
        let renames = cursor.tokens().iter().any(|token| token.is_word("RENAME"));
        return if renames { vec![Effect::RenamesSchema] } else { Vec::new() };
    }
    if !cursor.take(&["TABLE"]) {
        return Vec::new();
    }
    cursor.skip_if_exists();
    cursor.skip(&["ONLY"]);
    let Some(table) = cursor.table() else { return vec![Effect::Opaque] };
    cursor.take_punct("*");
    if cursor.take(&["WAIT"]) {
        cursor.next();
    }
    cursor.skip(&["NOWAIT"]);
    let computes = cursor.tokens().iter().any(|token| token.is_any_word(&["DEFAULT", "USING", "GENERATED", "CHECK"]));
    let called = if computes { calls::in_expressions(*cursor) } else { Vec::new() };
    let mut effects = actions(cursor, &table);
    effects.extend(called);
    if ignores {
        effects.push(Effect::Empties { table, cascades: false });
    }
    effects
}

fn actions(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    let mut effects = Vec::new();
    loop {
        effects.extend(action(cursor, table));
        if !cursor.pass_comma() {
            return effects;
        }
    }
}

/// What `DROP` is said of besides columns.
const NO_COLUMN: [&str; 9] =
    ["CONSTRAINT", "PRIMARY", "INDEX", "KEY", "FOREIGN", "CHECK", "PERIOD", "SYSTEM", "PARTITION"];

fn action(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    let word = cursor.next().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
    let all_rows = || vec![Effect::Empties { table: table.clone(), cascades: false }];
    match word.as_str() {
        "DROP" => dropped(cursor, table),
        "ALTER" => altered(cursor, table),
        "MODIFY" => modified(cursor, table, false),
        "CHANGE" => modified(cursor, table, true),
        "RENAME" => renamed(cursor, table),
        "SET" if cursor.dialect == Dialect::Postgres && cursor.take(&["SCHEMA"]) => elsewhere(cursor, table),
        "EXCHANGE" => exchanged(cursor),
        "CONVERT" => recoded(cursor, table),
        "TRUNCATE" if cursor.take(&["PARTITION"]) => partitions(cursor, table),
        "DISCARD" => all_rows(),
        "ENGINE" if cursor.tokens().iter().any(|token| token.is_word("BLACKHOLE")) => all_rows(),
        _ => Vec::new(),
    }
}

/// `SET SCHEMA s`
fn elsewhere(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    let to = cursor.name().map(|schema| TableName::from((schema.as_str(), table.name())));
    to.into_iter().map(|to| Effect::Renames { from: table.clone(), to }).collect()
}

fn dropped(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    if cursor.take(&["PARTITION"]) {
        cursor.skip_if_exists();
        return partitions(cursor, table);
    }
    if cursor.take_all(&["SYSTEM", "VERSIONING"]) {
        return vec![Effect::Empties { table: table.clone(), cascades: false }];
    }
    let is_column = cursor.take(&["COLUMN"]);
    if !is_column && cursor.is_at(&NO_COLUMN) && cursor.dialect != Dialect::Sqlite {
        return Vec::new();
    }
    if !is_column && cursor.is_at(&["CONSTRAINT"]) {
        return Vec::new();
    }
    cursor.skip_if_exists();
    let column = cursor.name();
    column.into_iter().map(|column| Effect::DropsColumn { table: table.clone(), column }).collect()
}

/// `EXCHANGE PARTITION p WITH TABLE t`: the rows of each come to stand in the other.
fn exchanged(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.pass_to(&["TABLE", ","]);
    cursor.take(&["TABLE"]);
    cursor.table().map(Effect::Receives).into_iter().collect()
}

/// Letters that a character set lacks become question marks where the session is not strict.
const HOLDS_ALL: [&str; 6] = ["UTF8MB4", "UTF8", "UTF8MB3", "UTF16", "UTF32", "DEFAULT"];

/// `CONVERT TO CHARACTER SET x`, and `CONVERT PARTITION p TO TABLE t`.
fn recoded(cursor: &mut Cursor<'_>, _table: &TableName) -> Vec<Effect> {
    if cursor.take(&["PARTITION"]) {
        cursor.pass_to(&["TABLE", ","]);
        cursor.take(&["TABLE"]);
        return cursor.table().map(Effect::Receives).into_iter().collect();
    }
    let start = cursor.at();
    cursor.pass_to(&[","]);
    narrow_letters(cursor, start)
}

/// Whether what was passed names a character set that does not hold every letter.
fn narrow_letters(cursor: &Cursor<'_>, start: usize) -> Vec<Effect> {
    let passed = &cursor.tokens()[start.min(cursor.at())..cursor.at()];
    let set = passed.iter().position(|token| token.is_any_word(&["SET", "CHARSET"]));
    let named = set.and_then(|at| passed[at + 1..].iter().find(|token| !token.is_punct("=")));
    let narrow = named.is_some_and(|set| !set.is_any_word(&HOLDS_ALL));
    if narrow { vec![Effect::Opaque] } else { Vec::new() }
}

fn partitions(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    let mut partitions = Vec::new();
    loop {
        partitions.extend(cursor.name());
        if !cursor.take_punct(",") {
            return vec![Effect::DropsPartitions { table: table.clone(), partitions }];
        }
    }
}

/// `ALTER COLUMN c TYPE t USING e`
fn altered(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    cursor.skip(&["COLUMN"]);
    cursor.skip_if_exists();
    let Some(column) = cursor.name() else { return Vec::new() };
    cursor.take_all(&["SET", "DATA"]);
    if !cursor.take(&["TYPE"]) {
        return Vec::new();
    }
    let start = cursor.at();
    cursor.pass_to(&["USING", "COLLATE", ","]);
    let to = cursor.text_between(start, cursor.at()).to_owned();
    cursor.pass_to(&["USING", ","]);
    let using = cursor.take(&["USING"]).then(|| {
        let start = cursor.at();
        cursor.pass_to(&[","]);
        cursor.text_between(start, cursor.at()).to_owned()
    });
    vec![Effect::Retypes { table: table.clone(), column, to, using }]
}

/// `MODIFY c t ..` and `CHANGE c d t ..`
fn modified(cursor: &mut Cursor<'_>, table: &TableName, renamed: bool) -> Vec<Effect> {
    cursor.skip(&["COLUMN"]);
    cursor.skip_if_exists();
    let Some(column) = cursor.name() else { return Vec::new() };
    if renamed {
        cursor.name();
    }
    let start = cursor.at();
    cursor.pass();
    if cursor.is_at_punct("(") {
        cursor.pass();
    }
    cursor.skip(&["UNSIGNED", "VARYING", "PRECISION"]);
    let to = cursor.text_between(start, cursor.at()).to_owned();
    cursor.pass_to(&["AS", "GENERATED", ","]);
    if cursor.is_at(&["AS", "GENERATED"]) {
        // What is computed takes the place of what was stored.
        return vec![Effect::DropsColumn { table: table.clone(), column }];
    }
    let mut effects = narrow_letters(cursor, start);
    effects.push(Effect::Retypes { table: table.clone(), column, to, using: None });
    effects
}

fn renamed(cursor: &mut Cursor<'_>, table: &TableName) -> Vec<Effect> {
    if cursor.is_at(&["COLUMN", "CONSTRAINT", "INDEX", "KEY"]) {
        return Vec::new();
    }
    let said = cursor.take(&["TO", "AS"]);
    // PostgreSQL and SQLite leave COLUMN out: `RENAME a TO b`.
    let mut ahead = *cursor;
    ahead.name();
    if !said && ahead.is_at(&["TO"]) {
        return Vec::new();
    }
    let to = cursor.table().map(|to| if to.schema().is_some() { to } else { table.sibling(to.name()) });
    to.into_iter().map(|to| Effect::Renames { from: table.clone(), to }).collect()
}

/// `RENAME TABLE a TO b, c TO d`
pub(super) fn rename(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.next();
    if !cursor.take(&["TABLE", "TABLES"]) {
        return Vec::new();
    }
    cursor.skip_if_exists();
    let mut effects = Vec::new();
    loop {
        let from = cursor.table();
        cursor.pass_behind("TO");
        if let (Some(from), Some(to)) = (from, cursor.table()) {
            effects.push(Effect::Renames { from, to });
        }
        if !cursor.take_punct(",") {
            return effects;
        }
    }
}
