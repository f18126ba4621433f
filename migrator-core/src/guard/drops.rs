//! `DROP` and `TRUNCATE`.

use super::effect::Effect;
use crate::dialect::Dialect;
use crate::sql::Cursor;

pub(super) fn drop(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.next();
    cursor.skip(&["TEMPORARY", "TEMP", "MATERIALIZED"]);
    if cursor.take(&["TABLE", "TABLES"]) {
        cursor.skip_if_exists();
        return cursor.tables().into_iter().map(Effect::Drops).collect();
    }
    if cursor.take(&["SCHEMA", "DATABASE"]) {
        cursor.skip_if_exists();
        return schemas(cursor);
    }
    if cursor.is_at(&["OWNED"]) {
        return vec![Effect::Opaque];
    }
    // A type takes the columns of that type with it, an extension its types.
    let cascades = cursor.tokens().iter().any(|token| token.is_word("CASCADE"));
    if cascades && cursor.dialect == Dialect::Postgres { vec![Effect::Opaque] } else { Vec::new() }
}

fn schemas(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    let mut schemas = Vec::new();
    loop {
        schemas.extend(cursor.name().map(Effect::DropsSchema));
        if !cursor.take_punct(",") {
            return schemas;
        }
    }
}

pub(super) fn truncate(cursor: &mut Cursor<'_>) -> Vec<Effect> {
    cursor.next();
    cursor.skip(&["TABLE"]);
    let tables = cursor.tables();
    let cascades = cursor.tokens().iter().any(|token| token.is_word("CASCADE"));
    tables.into_iter().map(|table| Effect::Empties { table, cascades }).collect()
}
