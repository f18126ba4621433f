//! Diesel's types as PostgreSQL calls them.

use super::renderer::Renderer;
use crate::dialect::{DieselType, DieselTypes, SqlRenderer, standard_column};
use crate::operation::ColumnType;

/// Types that Diesel has for PostgreSQL alone, and what they are called in the database.
const OWN: [(&str, &str); 26] = [
    ("Bit", "bit"),
    ("CChar", "\"char\""),
    ("Cidr", "cidr"),
    ("Citext", "citext"),
    ("Datemultirange", "datemultirange"),
    ("Daterange", "daterange"),
    ("Inet", "inet"),
    ("Int4multirange", "int4multirange"),
    ("Int4range", "int4range"),
    ("Int8multirange", "int8multirange"),
    ("Int8range", "int8range"),
    ("Interval", "interval"),
    ("MacAddr", "macaddr"),
    ("Macaddr", "macaddr"),
    ("MacAddr8", "macaddr8"),
    ("Macaddr8", "macaddr8"),
    ("Money", "money"),
    ("PgMoney", "money"),
    ("Nummultirange", "nummultirange"),
    ("Numrange", "numrange"),
    ("Oid", "oid"),
    ("PgLsn", "pg_lsn"),
    ("Tsmultirange", "tsmultirange"),
    ("Tsrange", "tsrange"),
    ("Tstzmultirange", "tstzmultirange"),
    ("Tstzrange", "tstzrange"),
];

impl DieselTypes for Renderer {
    fn readings(&self, canonical: &str, _in_key: bool) -> Option<Vec<DieselType>> {
        let own = || {
            let same = OWN.iter().filter(|(_, name)| *name == canonical);
            let readings: Vec<DieselType> = same.map(|(word, _)| DieselType::Other((*word).to_owned())).collect();
            (!readings.is_empty()).then_some(readings)
        };
        let reading = match canonical.split('(').next().unwrap_or_default() {
            "smallint" => DieselType::Small,
            "integer" => DieselType::Integer,
            "bigint" => DieselType::Big,
            "varchar" | "char" | "text" | "name" => DieselType::Text,
            "boolean" => DieselType::Bool,
            "real" => DieselType::Float,
            "double" => DieselType::Double,
            "numeric" => DieselType::Numeric,
            "date" => DieselType::Date,
            "time" => DieselType::Time,
            "timestamp" => DieselType::Timestamp,
            "timestamptz" => DieselType::Moment,
            "bytea" => DieselType::Binary,
            "json" => DieselType::Json,
            "jsonb" => DieselType::Jsonb,
            "uuid" => DieselType::Uuid,
            "citext" => return Some(vec![DieselType::Text, DieselType::Other("Citext".to_owned())]),
            _ => return own(),
        };
        Some(vec![reading])
    }

    fn column_of(&self, wanted: &DieselType, length: Option<u32>, _in_key: bool) -> Option<ColumnType> {
        let custom = |sql: &str| Some(ColumnType::Custom(sql.to_owned()));
        match wanted {
            DieselType::Json => custom("JSON"),
            DieselType::Array(of) => custom(&format!("{}[]", self.column_type(&self.column_of(of, None, false)?))),
            DieselType::Named(name) => Some(ColumnType::Custom(self.quote(name))),
            DieselType::Other(word) => custom(OWN.iter().find(|(own, _)| own == word)?.1),
            _ => standard_column(wanted, length),
        }
    }

    fn counted_of(&self, wanted: &DieselType) -> Option<ColumnType> {
        match wanted {
            DieselType::Small => Some(ColumnType::Custom("SMALLSERIAL".to_owned())),
            DieselType::Integer => Some(ColumnType::Custom("SERIAL".to_owned())),
            _ => None,
        }
    }

    /// `"app"."mood"` is `mood`.
    fn is_named(&self, sql_type: &str, name: &str) -> bool {
        sql_type.rsplit('.').next().unwrap_or(sql_type).trim_matches('"').eq_ignore_ascii_case(name)
    }
}
