//! What the catalogue will print of a column that is only planned.

use super::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::operation::{ColumnDef, Default, Literal};
use crate::schema::Column;
use crate::schema::spelling::canonical_type;

pub(super) fn column(definition: &ColumnDef, in_key: bool) -> Column {
    let sql_type = printed_type(&Renderer.column_type(&definition.column_type));
    let mut found = Column::new(&definition.name, &sql_type, !(definition.not_null || in_key));
    found.default = definition.default.as_ref().map(|default| printed_default(definition, default, &sql_type));
    found.auto_increment = definition.auto_increment;
    found.comment.clone_from(&definition.comment);
    found
}

fn printed_type(sql_type: &str) -> String {
    let canonical = canonical_type(sql_type);
    let (word, length) = canonical.split_at(canonical.find('(').unwrap_or(canonical.len()));
    match word {
        "varchar" => format!("character varying{length}"),
        "char" => format!("character{}", if length.is_empty() { "(1)" } else { length }),
        "double" => "double precision".to_owned(),
        "timestamp" => format!("timestamp{length} without time zone"),
        "timestamptz" => format!("timestamp{length} with time zone"),
        "time" => format!("time{length} without time zone"),
        "timetz" => format!("time{length} with time zone"),
        _ if sql_type.contains('"') => sql_type.replace('"', ""),
        _ => canonical,
    }
}

/// A literal with the cast that the server adds, where it adds one.
fn printed_default(column: &ColumnDef, default: &Default, sql_type: &str) -> String {
    let plain = Renderer.default(column, default);
    let base = match sql_type.split('(').next().unwrap_or_default() {
        "character" => "bpchar".to_owned(),
        _ => without_length(sql_type),
    };
    match default {
        Default::Value(Literal::Text(_)) => format!("{plain}::{base}"),
        Default::Value(Literal::Integer(number)) if *number < 0 => format!("'{plain}'::integer"),
        Default::Value(Literal::Boolean(_)) => plain.to_lowercase(),
        Default::Sql(expression) => expression.clone(),
        _ => plain,
    }
}

fn without_length(sql_type: &str) -> String {
    match (sql_type.find('('), sql_type.find(')')) {
        (Some(open), Some(close)) => format!("{}{}", &sql_type[..open], &sql_type[close + 1..]),
        _ => sql_type.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_printed_in_their_long_names() {
        for (written, printed) in [
            ("VARCHAR(80)", "character varying(80)"),
            ("TIMESTAMPTZ", "timestamp with time zone"),
            ("timestamp(3)", "timestamp(3) without time zone"),
            ("NUMERIC(10,2)", "numeric(10,2)"),
            ("DOUBLE PRECISION", "double precision"),
            ("CHAR(3)", "character(3)"),
            ("BIGINT", "bigint"),
        ] {
            assert_eq!(printed_type(written), printed);
        }
        assert_eq!(without_length("timestamp(3) without time zone"), "timestamp without time zone");
    }
}
