//! Changes to a table that is there, as PostgreSQL makes them.

use super::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::{ColumnChange, ColumnDef, ColumnType, Default, ForeignKey, derived_name};
use crate::schema::conversion::Kind;
use crate::schema::{Check, Column, Table};

/// ALTER COLUMN, all of a change in one statement so that the table is written and read once; then its comment.
pub(super) fn column(found: &Table, name: &str, change: &ColumnChange) -> Vec<String> {
    let parts = parts(found, name, change);
    let table = Renderer.table(&found.name);
    let alter = (!parts.is_empty()).then(|| format!("ALTER TABLE {table} {}", parts.join(", ")));
    alter.into_iter().chain(comment(found, name, change)).collect()
}

/// The same, NOT NULL by way of a check: proving it reads the whole table, and a check is proved while others write.
pub(super) fn column_in_steps(found: &Table, name: &str, change: &ColumnChange) -> Vec<String> {
    if change.not_null != Some(true) {
        return column(found, name, change);
    }
    let (table, column_name) = (Renderer.table(&found.name), Renderer.quote(name));
    let check = Renderer.quote(&free_check_name(found, name));
    let alter = |what: String| format!("ALTER TABLE {table} {what}");
    let before = ColumnChange { not_null: None, ..change.clone() };
    let left = is_half_altered(found, name).then(|| alter(format!("DROP CONSTRAINT {check}")));
    let steps = [
        format!("ADD CONSTRAINT {check} CHECK ({column_name} IS NOT NULL) NOT VALID"),
        format!("VALIDATE CONSTRAINT {check}"),
        format!("ALTER COLUMN {column_name} SET NOT NULL"),
        format!("DROP CONSTRAINT {check}"),
    ];
    left.into_iter().chain(column(found, name, &before)).chain(steps.map(alter)).collect()
}

/// Whether the check of [`column_in_steps`] was left behind.
pub(super) fn is_half_altered(found: &Table, column: &str) -> bool {
    let name = free_check_name(found, column);
    found.checks.iter().any(|check| check.name.as_ref() == Some(&name))
}

/// The name of our check, past one of the user's own that says something else.
fn free_check_name(found: &Table, column: &str) -> String {
    let limit = Renderer.capabilities().name_limit.safe_bytes();
    let name = |what| derived_name(&found.name, &[column.to_owned()], what, limit);
    let usual = name("not_null");
    let of_user = |check: &Check| check.name.as_ref() == Some(&usual) && !says_not_null(&check.expression, column);
    if found.checks.iter().any(of_user) { name("not_null_check") } else { usual }
}

/// Whether a printed expression is just that the column is not NULL.
fn says_not_null(expression: &str, column: &str) -> bool {
    let expression = expression.strip_suffix(" NOT VALID").unwrap_or(expression);
    let inner = expression.trim_start_matches('(').trim_end_matches(')');
    let said = inner.strip_suffix(" IS NOT NULL");
    said == Some(column) || said == Some(&Renderer.quote(column))
}

/// An online one is checked against the rows in a statement of its own, while others write.
pub(super) fn foreign_key(table: &TableName, key: &ForeignKey) -> Vec<String> {
    let add = format!("ALTER TABLE {} ADD {}", Renderer.table(table), Renderer.foreign_key(table, key));
    if !key.online {
        return vec![add];
    }
    let name = key.name_on(table, Renderer.capabilities().name_limit.safe_bytes());
    vec![format!("{add} NOT VALID"), Renderer.check_constraint_now(table, &name)]
}

fn parts(found: &Table, name: &str, change: &ColumnChange) -> Vec<String> {
    let column = format!("ALTER COLUMN {}", Renderer.quote(name));
    let there = found.column(name);
    let old_type = there.map(|there| there.sql_type.clone()).unwrap_or_default();
    let mut parts = Vec::new();
    if let Some(new_type) = &change.column_type {
        let using = change.using.clone().or_else(|| conversion(name, &old_type, new_type));
        let using = using.map(|using| format!(" USING {using}")).unwrap_or_default();
        let new = Renderer.column_type(new_type);
        let collate = there.map(|there| kept_collation(there, &new)).unwrap_or_default();
        let kept = there.and_then(|there| there.default.clone()).filter(|_| !using.is_empty());
        parts.extend(kept.as_ref().map(|_| format!("{column} DROP DEFAULT")));
        parts.push(format!("{column} TYPE {new}{collate}{using}"));
        let kept = kept.filter(|_| change.default.is_none());
        parts.extend(kept.map(|default| format!("{column} SET DEFAULT ({default})::{new}")));
    }
    match change.not_null {
        Some(true) => parts.push(format!("{column} SET NOT NULL")),
        Some(false) => parts.push(format!("{column} DROP NOT NULL")),
        None => {}
    }
    match &change.default {
        Some(Some(default)) => parts.push(format!("{column} SET DEFAULT {}", expression(change, &old_type, default))),
        Some(None) => parts.push(format!("{column} DROP DEFAULT")),
        None => {}
    }
    parts
}

/// A type that is said anew takes its own collation.
fn kept_collation(there: &Column, new: &str) -> String {
    let is_text = matches!(Kind::of(&Renderer.canonical_type(new), super::USUAL_FRACTION), Kind::Letters(_));
    let kept = there.collation.as_deref().filter(|_| is_text && !new.to_ascii_uppercase().contains("COLLATE"));
    kept.map(|collation| format!(" COLLATE {}", Renderer.quote(collation))).unwrap_or_default()
}

fn expression(change: &ColumnChange, old_type: &str, default: &Default) -> String {
    let column_type = change.column_type.clone().unwrap_or(ColumnType::Custom(old_type.to_owned()));
    Renderer.default(&ColumnDef::new("", column_type), default)
}

fn comment(found: &Table, name: &str, change: &ColumnChange) -> Option<String> {
    Renderer.comment_statement(&found.name, name, change.comment.as_deref()?)
}

/// How old values become new ones where PostgreSQL does not know by itself, or would ask the session's time zone: a
/// moment without a zone is one of UTC here, as it is on the other databases.
fn conversion(name: &str, old_type: &str, new_type: &ColumnType) -> Option<String> {
    let (column, new) = (Renderer.quote(name), Renderer.column_type(new_type));
    let kind = |sql_type: &str| Kind::of(&Renderer.canonical_type(sql_type), super::USUAL_FRACTION);
    match (kind(old_type), kind(&new)) {
        (Kind::Moment { zoned: old, .. }, Kind::Moment { zoned: new, .. }) if old != new => {
            Some(format!("{column} AT TIME ZONE 'UTC'"))
        }
        (Kind::Moment { zoned: true, .. }, Kind::Day | Kind::Time(_)) => {
            Some(format!("({column} AT TIME ZONE 'UTC')::{new}"))
        }
        (Kind::Day, Kind::Moment { zoned: true, .. }) => Some(format!("{column}::TIMESTAMP AT TIME ZONE 'UTC'")),
        // Only INTEGER and BOOLEAN know each other.
        (Kind::Whole(_) | Kind::Exact(_), Kind::Truth) => Some(format!("{column} <> 0")),
        (Kind::Truth, Kind::Whole(_) | Kind::Exact(_) | Kind::Floating(_)) => Some(format!("{column}::INTEGER")),
        (old, new) if is_assigned(&old, &new) => None,
        _ => Some(format!("{column}::{new}")),
    }
}

/// Whether values go from one to the other without being told.
fn is_assigned(old: &Kind, new: &Kind) -> bool {
    let is_number = |kind: &Kind| matches!(kind, Kind::Whole(_) | Kind::Exact(_) | Kind::Floating(_));
    let is_time = |kind: &Kind| matches!(kind, Kind::Day | Kind::Moment { .. });
    matches!(new, Kind::Letters(_))
        || is_number(old) && is_number(new)
        || is_time(old) && is_time(new)
        || matches!((old, new), (Kind::Time(_), Kind::Time(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::AlterColumn;

    fn found() -> Table {
        let mut table = Table::named("t".into());
        let mut text = Column::new("a", "character varying(20)", true);
        text.default = Some("'7'::character varying".to_owned());
        table.columns = vec![text, Column::new("at", "timestamp without time zone", true)];
        table
    }

    fn altered(name: &str, describe: impl FnOnce(&AlterColumn)) -> Vec<String> {
        let builder = AlterColumn::default();
        describe(&builder);
        column(&found(), name, &builder.change())
    }

    #[test]
    fn a_change_is_one_statement() {
        let sql = altered("a", |c| drop(c.set_type(ColumnType::Text).set_not_null().drop_default().comment("it's")));
        assert_eq!(
            sql,
            [
                "ALTER TABLE \"t\" ALTER COLUMN \"a\" TYPE TEXT, ALTER COLUMN \"a\" SET NOT NULL, ALTER COLUMN \"a\" DROP DEFAULT",
                "COMMENT ON COLUMN \"t\".\"a\" IS 'it''s'",
            ]
        );
    }

    #[test]
    fn a_default_goes_along_to_a_type_that_does_not_know_it() {
        let sql = altered("a", |c| drop(c.set_type(ColumnType::Integer)));
        assert_eq!(
            sql,
            [
                "ALTER TABLE \"t\" ALTER COLUMN \"a\" DROP DEFAULT, ALTER COLUMN \"a\" TYPE INTEGER USING \"a\"::INTEGER, \
              ALTER COLUMN \"a\" SET DEFAULT ('7'::character varying)::INTEGER"
            ]
        );
    }

    #[test]
    fn a_moment_without_a_zone_is_one_of_utc() {
        let sql = altered("at", |c| drop(c.set_type(ColumnType::TimestampTz)));
        assert_eq!(sql, ["ALTER TABLE \"t\" ALTER COLUMN \"at\" TYPE TIMESTAMPTZ USING \"at\" AT TIME ZONE 'UTC'"]);
    }

    #[test]
    fn not_null_in_steps_begins_again_where_it_was_left() {
        let change = ColumnChange { not_null: Some(true), ..ColumnChange::default() };
        let steps = column_in_steps(&found(), "a", &change);
        assert_eq!(steps[0], "ALTER TABLE \"t\" ADD CONSTRAINT \"t_a_not_null\" CHECK (\"a\" IS NOT NULL) NOT VALID");
        assert_eq!(steps.len(), 4);

        let mut left = found();
        let check =
            |expression: &str| Check { expression: expression.to_owned(), name: Some("t_a_not_null".to_owned()) };
        left.checks = vec![check("(a <> ''::text)")];
        let steps = column_in_steps(&left, "a", &change);
        assert!(steps.len() == 4 && steps[3].ends_with("DROP CONSTRAINT \"t_a_not_null_check\""), "{steps:?}");
        left.checks = vec![check("a IS NOT NULL NOT VALID")];
        assert_eq!(column_in_steps(&left, "a", &change)[0], "ALTER TABLE \"t\" DROP CONSTRAINT \"t_a_not_null\"");
    }
}
