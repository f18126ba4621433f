//! Rows on their way into a table: every value is sent as text and cast to the type of its column, which reads it as it
//! reads a literal. Without the cast PostgreSQL would refuse a BIGINT bind for an INTEGER column.

use super::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::Datum;

/// Cast without the type's length: a cast to VARCHAR(5) cuts, where storing refuses.
pub(super) fn bound(datum: &Datum, sql_type: &str, binds: &mut Vec<Datum>) -> String {
    let base = without_length(sql_type);
    binds.push(as_text(datum, &base));
    let number = binds.len();
    match (datum, base.as_str()) {
        (Datum::Text(_), "bytea") => format!("convert_to(${number}, 'UTF8')"),
        _ => format!("CAST(${number} AS {base})"),
    }
}

/// Compared as it would be kept: rounded to the type's scale and precision.
pub(super) fn holds(column: &str, datum: &Datum, sql_type: &str, binds: &mut Vec<Datum>) -> String {
    if *datum == Datum::Null {
        return format!("{column} IS NULL");
    }
    let value = bound(datum, sql_type, binds);
    let base = without_length(sql_type);
    match base.as_str() {
        "text" | "bit varying" | "bytea" => format!("{column} = {value}"),
        // These have no operator for it.
        "json" | "xml" | "point" | "line" | "path" | "polygon" => format!("{column}::text = {value}::text"),
        _ => format!("{column} = {value}::{sql_type}"),
    }
}

/// Identity columns and serials go on behind the greatest value that was given.
pub(super) fn after_insert(table: &TableName, columns: &[(String, String)]) -> Vec<String> {
    let counts = |sql_type: &str| matches!(sql_type, "smallint" | "integer" | "bigint");
    let statement = |(column, _): &(String, String)| {
        let name = Renderer.table(table);
        let sequence =
            format!("pg_get_serial_sequence({}, {})", Renderer.text_literal(&name), Renderer.text_literal(column));
        format!(
            "SELECT setval(sequence, greatest) FROM (SELECT {sequence}::regclass AS sequence, \
             (SELECT max({}) FROM {name}) AS greatest) AS counted WHERE sequence IS NOT NULL \
             AND greatest > coalesce(pg_sequence_last_value(sequence), 0)",
            Renderer.quote(column)
        )
    };
    columns.iter().filter(|(_, sql_type)| counts(sql_type)).map(statement).collect()
}

fn as_text(datum: &Datum, base: &str) -> Datum {
    let text = match datum {
        Datum::Boolean(value) if base == "boolean" => value.to_string(),
        Datum::Boolean(value) => i32::from(*value).to_string(),
        Datum::Integer(value) => value.to_string(),
        Datum::Double(value) if value.is_infinite() => {
            if *value > 0.0 {
                "Infinity".to_owned()
            } else {
                "-Infinity".to_owned()
            }
        }
        Datum::Double(value) => value.to_string(),
        Datum::Bytes(bytes) if base == "uuid" => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Datum::Null | Datum::Text(_) | Datum::Bytes(_) => return datum.clone(),
    };
    Datum::Text(text)
}

/// `character varying(80)` is text, `numeric(10,2)` is numeric.
fn without_length(sql_type: &str) -> String {
    if sql_type.starts_with('"') {
        return sql_type.to_owned();
    }
    let base = match (sql_type.find('('), sql_type.find(')')) {
        (Some(from), Some(to)) => format!("{}{}", &sql_type[..from], &sql_type[to + 1..]),
        _ => sql_type.to_owned(),
    };
    match base.as_str() {
        "character varying" | "character" => "text".to_owned(),
        "bit" => "bit varying".to_owned(),
        _ => base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cast_to_the_type_without_its_length() {
        let mut binds = Vec::new();
        let mut sql = |value: Datum, sql_type: &str| bound(&value, sql_type, &mut binds);
        assert_eq!(sql(1.into(), "integer"), "CAST($1 AS integer)");
        assert_eq!(sql("Ada".into(), "character varying(5)"), "CAST($2 AS text)");
        assert_eq!(sql(1.5.into(), "numeric(10,2)"), "CAST($3 AS numeric)");
        assert_eq!(
            sql("2024-01-01".into(), "timestamp(3) without time zone"),
            "CAST($4 AS timestamp without time zone)"
        );
        assert_eq!(sql(b"\x01\xff".into(), "uuid"), "CAST($5 AS uuid)");
        assert_eq!(binds[0], Datum::Text("1".to_owned()));
        assert_eq!(binds[4], Datum::Text("01ff".to_owned()));
    }

    #[test]
    fn a_value_is_found_as_it_is_kept() {
        let sql = |value: Datum, sql_type: &str| holds("a", &value, sql_type, &mut Vec::new());
        assert_eq!(sql(1.005.into(), "numeric(10,2)"), "a = CAST($1 AS numeric)::numeric(10,2)");
        assert_eq!(sql("{}".into(), "json"), "a::text = CAST($1 AS json)::text");
        assert_eq!(sql(Datum::Null, "json"), "a IS NULL");
    }
}
