//! Reading a statement for what it may do.

use std::collections::BTreeSet;

use super::calls;
use super::effect::Effect;
use super::{alter, drops, rows};
use crate::dialect::Dialect;
use crate::sql::Token;
use crate::sql::{Cursor, spoken};

/// What a statement may do to what is there, names in the order in which they change; nothing for a harmless one.
pub(crate) fn read(sql: &str, dialect: Dialect) -> Vec<Effect> {
    let tokens = spoken(sql, dialect);
    let mut cursor = Cursor::new(sql, dialect, &tokens);
    while cursor.take_punct("(") {}
    let mut effects = statement(&mut cursor);
    if dialect == Dialect::Postgres && reads_rows(&tokens) {
        effects.push(Effect::Reads);
    }
    // Names change hands in the order that is said.
    let (renames, mut others): (Vec<_>, Vec<_>) =
        effects.into_iter().partition(|effect| matches!(effect, Effect::Renames { .. }));
    others.sort();
    others.dedup();
    renames.into_iter().chain(others).collect()
}

/// Whether what is read may be a view, and what is computed may be somebody's operator, cast or function. That is looked
/// for where it costs next to nothing.
fn reads_rows(tokens: &[Token<'_>]) -> bool {
    const READS: [&str; 8] = ["SELECT", "FROM", "TABLE", "VALUES", "FETCH", "MOVE", "REFRESH", "CHECK"];
    const DEFINES: [&str; 7] = ["FUNCTION", "PROCEDURE", "TRIGGER", "RULE", "POLICY", "VIEW", "DOMAIN"];
    let Some(first) = tokens.first() else { return false };
    let defines = || tokens.iter().take(4).any(|token| token.is_any_word(&DEFINES));
    let materialized = || tokens.iter().take(2).any(|token| token.is_word("MATERIALIZED"));
    match first.text.to_ascii_uppercase().as_str() {
        "CREATE" => materialized() || (!defines() && tokens.iter().any(|token| token.is_any_word(&["SELECT", "AS"]))),
        "ALTER" => {
            tokens.iter().any(|token| token.is_any_word(&["CHECK", "DEFAULT", "USING", "GENERATED", "VALIDATE"]))
        }
        "DROP" | "GRANT" | "REVOKE" | "COMMENT" | "SET" | "RESET" | "SHOW" | "DO" => false,
        "INSERT" => {
            !tokens.iter().any(|token| token.is_word("VALUES")) || tokens.iter().any(|token| token.is_word("FROM"))
        }
        "UPDATE" => tokens.iter().any(|token| token.is_word("FROM")) || has_own_operator(tokens),
        _ => tokens.iter().any(|token| token.is_any_word(&READS)),
    }
}

/// Whether a sign stands there that few operators of SQL's own have.
fn has_own_operator(tokens: &[Token<'_>]) -> bool {
    const SIGNS: [&str; 6] = ["!", "@", "#", "&", "~", "^"];
    tokens.iter().any(|token| SIGNS.iter().any(|sign| token.is_punct(sign)))
}

/// The same of a body that holds several statements: of a trigger or of a routine.
pub(crate) fn read_inside(sql: &str, dialect: Dialect) -> Vec<Effect> {
    let tokens = spoken(sql, dialect);
    let cursor = Cursor::new(sql, dialect, &tokens);
    let effects: BTreeSet<Effect> = within(cursor, 0).into_iter().collect();
    effects.into_iter().collect()
}

/// Words behind which a statement may start inside another one.
const OPENING: [&str; 12] =
    ["AS", "BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "ROW", "MATERIALIZED", "ANALYZE", "ATOMIC", "VERBOSE"];

const VERBS: [&str; 12] = [
    "DELETE", "UPDATE", "INSERT", "REPLACE", "MERGE", "TRUNCATE", "DROP", "ALTER", "CALL", "EXECUTE", "PREPARE", "LOAD",
];

/// Every statement that starts somewhere in these tokens.
fn within(cursor: Cursor<'_>, from: usize) -> Vec<Effect> {
    let tokens = cursor.tokens();
    let starts = (from..tokens.len()).filter(|&at| tokens[at].is_any_word(&VERBS) && may_start(cursor, at));
    let mut effects: Vec<Effect> = starts.flat_map(|at| statement(&mut cursor.starting_at(at))).collect();
    effects.extend(calls::in_expressions(cursor));
    effects
}

fn may_start(cursor: Cursor<'_>, at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| cursor.tokens()[before]) else { return true };
    let opens = before.is_punct("(") || before.is_punct(")") || before.is_semicolon() || before.is_punct(":");
    let is_function = cursor.tokens().get(at + 1).is_some_and(|token| token.is_punct("("));
    (opens || before.is_any_word(&OPENING)) && !is_function
}

fn statement(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let Some(first) = cursor.peek() else { return Vec::new() };
    let word = first.text.to_ascii_uppercase();
    match word.as_str() {
        "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "MERGE" | "LOAD" | "COPY" => rows::read(cursor),
        "TRUNCATE" => drops::truncate(cursor),
        "DROP" => drops::drop(cursor),
        "ALTER" => alter::read(cursor),
        "RENAME" => alter::rename(cursor),
        "CREATE" => create(cursor),
        "SELECT" => selected(*cursor),
        "VALUES" | "TABLE" => calls::in_expressions(*cursor),
        "SET" => set(cursor),
        "RESET" | "DISCARD" | "USE" => vec![Effect::Elsewhere],
        "WITH" => within(*cursor, cursor.at()),
        "EXPLAIN" | "DESCRIBE" | "DESC" | "ANALYZE" => explained(*cursor),
        // MariaDB's BEGIN NOT ATOMIC is a block.
        "BEGIN" if cursor.tokens().get(cursor.at() + 1).is_some_and(|token| token.is_word("NOT")) => {
            within(*cursor, cursor.at())
        }
        "CALL" => called(cursor),
        "DO" if matches!(cursor.dialect, Dialect::MySql | Dialect::MariaDb) => calls::in_expressions(*cursor),
        "PRAGMA" => pragma(cursor),
        // What is no statement at all is for the database to refuse.
        _ if OPAQUE.contains(&word.as_str()) => vec![Effect::Opaque],
        _ => Vec::new(),
    }
}

/// Statements that do what their words do not tell.
const OPAQUE: [&str; 14] = [
    "DO",
    "EXECUTE",
    "IMPORT",
    "HANDLER",
    "XA",
    "IF",
    "CASE",
    "LOOP",
    "REPEAT",
    "WHILE",
    "FOR",
    "FLASHBACK",
    "RESTORE",
    "PURGE",
];

/// A function may set what `SET` does.
fn selected(cursor: Cursor<'_>) -> Vec<Effect> {
    let mut effects = calls::in_expressions(cursor);
    let is_path = |text: &str| text.eq_ignore_ascii_case("search_path");
    if cursor.tokens().iter().any(|token| token.quoted_text().is_some_and(|text| is_path(&text))) {
        effects.push(Effect::Elsewhere);
    }
    effects.extend(made_by_select(cursor));
    effects
}

/// `SELECT .. INTO a FROM ..`
fn made_by_select(mut cursor: Cursor<'_>) -> Option<Effect> {
    cursor.pass_to(&["INTO"]);
    if cursor.dialect != Dialect::Postgres || !cursor.take(&["INTO"]) || cursor.is_at(&["TEMP", "TEMPORARY", "LOCAL"]) {
        return None;
    }
    cursor.skip(&["UNLOGGED", "TABLE"]);
    cursor.table().map(|table| Effect::Makes { table, unless_there: false })
}

/// `SET STATEMENT a = 1 FOR ..` runs a statement; others say where names are looked for.
fn set(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let mut effects = calls::in_expressions(*cursor);
    cursor.next();
    if cursor.take(&["STATEMENT"]) {
        cursor.pass_to(&["FOR"]);
        cursor.next();
        effects.extend(statement(cursor));
    } else if cursor.tokens().iter().any(|token| token.is_any_word(&["SEARCH_PATH", "SCHEMA"])) {
        effects.push(Effect::Elsewhere);
    }
    effects
}

/// Only what is run is looked at: a plan alone takes nothing.
fn explained(cursor: Cursor<'_>) -> Vec<Effect> {
    let runs = cursor.tokens().iter().any(|token| token.is_any_word(&["ANALYZE", "ANALYSE"]));
    if !runs {
        return Vec::new();
    }
    let effects = within(cursor, cursor.at());
    let tokens = cursor.tokens();
    let is_verb =
        |at: &usize| tokens[*at].is_any_word(&VERBS) && !tokens.get(at + 1).is_some_and(|token| token.is_punct("("));
    // Behind words that are not known here (FORMAT = JSON) stands one all the same.
    if effects.is_empty() && (0..tokens.len()).any(|at| is_verb(&at)) { vec![Effect::Opaque] } else { effects }
}

fn called(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.next();
    let mut effects = calls::in_expressions(*cursor);
    effects.push(cursor.table().map_or(Effect::Opaque, Effect::Calls));
    effects
}

/// Writing to the schema's own table is beyond what can be read.
fn pragma(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let writable = cursor.tokens().iter().any(|token| token.is_word("writable_schema"));
    if writable { vec![Effect::Opaque] } else { Vec::new() }
}

/// `CREATE TABLE`; everything else that is made takes nothing away.
fn create(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.next();
    let replaces = cursor.take_all(&["OR", "REPLACE"]);
    let is_temporary =
        cursor.is_at(&["TEMP", "TEMPORARY"]) && !matches!(cursor.dialect, Dialect::MySql | Dialect::MariaDb);
    cursor.skip(&["TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL", "FOREIGN", "VIRTUAL"]);
    if !cursor.take(&["TABLE"]) {
        return Vec::new();
    }
    // A temporary table hides another one of its name, which is not made by that.
    let unless_there = cursor.skip_if_exists() || is_temporary;
    let Some(table) = cursor.table() else { return vec![Effect::Opaque] };
    let mut effects = if replaces { vec![Effect::Drops(table.clone())] } else { Vec::new() };
    effects.push(Effect::Makes { table, unless_there });
    if cursor.tokens().iter().any(|token| token.is_word("SELECT")) {
        effects.extend(calls::in_expressions(*cursor));
    }
    effects
}
