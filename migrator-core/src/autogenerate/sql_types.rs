//! Diesel's SQL types as a `schema.rs` writes them.

use std::collections::BTreeMap;

use super::schema_rs::Imports;
use crate::dialect::{DieselType, SqlRenderer};
use crate::nearest::nearest;

/// The types of Diesel's that are not one of those above.
const OTHERS: [&str; 32] = [
    "Bit",
    "CChar",
    "Cidr",
    "Citext",
    "Datemultirange",
    "Daterange",
    "Inet",
    "Int4multirange",
    "Int4range",
    "Int8multirange",
    "Int8range",
    "Interval",
    "MacAddr",
    "MacAddr8",
    "Macaddr",
    "Macaddr8",
    "Money",
    "Multirange",
    "Nummultirange",
    "Numrange",
    "Oid",
    "PgLsn",
    "PgMoney",
    "Range",
    "RangeBoundEnum",
    "Record",
    "Set",
    "Tsmultirange",
    "Tsrange",
    "Tstzmultirange",
    "Tstzrange",
    "Enum",
];

/// The names that people write, for whoever mistyped one.
const USUAL: [&str; 22] = [
    "BigInt",
    "Binary",
    "Bool",
    "Date",
    "Datetime",
    "Double",
    "Float",
    "Integer",
    "Int4",
    "Int8",
    "Json",
    "Jsonb",
    "Nullable",
    "Numeric",
    "SmallInt",
    "Text",
    "Time",
    "Timestamp",
    "Timestamptz",
    "TimestamptzSqlite",
    "Uuid",
    "Varchar",
];

/// A type as the words of a `schema.rs` say it.
impl DieselType {
    /// By its name in Rust.
    pub(super) fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "tinyint" => Self::Tiny,
            "smallint" | "int2" | "smallserial" => Self::Small,
            "integer" | "int4" | "serial" => Self::Integer,
            "bigint" | "int8" | "bigserial" => Self::Big,
            "text" | "varchar" | "char" | "bpchar" | "tinytext" | "mediumtext" | "longtext" => Self::Text,
            "bool" => Self::Bool,
            "float" | "float4" => Self::Float,
            "double" | "float8" => Self::Double,
            "numeric" | "decimal" => Self::Numeric,
            "date" => Self::Date,
            "time" => Self::Time,
            "timestamp" => Self::Timestamp,
            "timestamptz" | "timestamptzsqlite" | "datetime" => Self::Moment,
            "binary" | "bytea" | "blob" | "tinyblob" | "mediumblob" | "longblob" | "varbinary" => Self::Binary,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "uuid" => Self::Uuid,
            _ if OTHERS.contains(&word) => Self::Other(word.to_owned()),
            _ => Self::Unknown(word.to_owned()),
        }
    }

    /// The usual name that is nearest to one that is unknown.
    pub(super) fn nearest(word: &str) -> Option<&'static str> {
        nearest(word, USUAL.into_iter().chain(OTHERS), (word.len() / 3).min(3))
    }

    /// What nobody knows by that name is whatever the path to it leads to.
    pub(super) fn or_from_elsewhere(self) -> Self {
        match self {
            Self::Unknown(word) => Self::Elsewhere(word),
            known => known,
        }
    }

    /// The same for what the table imports.
    pub(super) fn be_from_elsewhere(&mut self, imports: &Imports) {
        match self {
            Self::Array(inner) | Self::Unsigned(inner) => inner.be_from_elsewhere(imports),
            Self::Unknown(word) if imports.has(word) => *self = Self::Elsewhere(std::mem::take(word)),
            _ => {}
        }
    }

    /// A type that the file declares has the database's name from then on.
    pub(super) fn resolve(&mut self, declared: &BTreeMap<String, String>) {
        match self {
            Self::Array(inner) => inner.resolve(declared),
            Self::Elsewhere(word) | Self::Unknown(word) => {
                if let Some(name) = declared.get(word) {
                    *self = Self::Named(name.clone());
                }
            }
            _ => {}
        }
    }

    /// The word that nobody knows.
    pub(super) fn unknown(&self) -> Option<&str> {
        match self {
            Self::Array(inner) | Self::Unsigned(inner) => inner.unknown(),
            Self::Unknown(word) => Some(word),
            _ => None,
        }
    }

    /// The word of a type whose name in the database is not known here.
    pub(super) fn elsewhere(&self) -> Option<&str> {
        match self {
            Self::Array(inner) | Self::Unsigned(inner) => inner.elsewhere(),
            Self::Elsewhere(word) => Some(word),
            _ => None,
        }
    }

    /// Whether a column of that type in the database may be read as this. What is not known is no difference.
    pub(super) fn agrees(&self, sql_type: &str, in_key: bool, renderer: &dyn SqlRenderer) -> bool {
        let canonical = renderer.canonical_type(sql_type);
        match self {
            Self::Elsewhere(_) | Self::Unknown(_) => true,
            Self::Array(inner) => match canonical.strip_suffix("[]") {
                Some(item) => inner.agrees(item, false, renderer),
                None => false,
            },
            Self::Named(name) => renderer.is_named(sql_type, name),
            Self::Other(_) => match renderer.readings(&canonical, in_key) {
                // Of ranges and the like more is written than is read here.
                Some(readings) => readings.contains(self) || renderer.column_of(self, None, false).is_none(),
                None => true,
            },
            known => renderer.readings(&canonical, in_key).is_none_or(|readings| readings.contains(known)),
        }
    }

    /// As it is written there.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Array(of) => format!("Array<{}>", of.told()),
            Self::Unsigned(of) => format!("Unsigned<{}>", of.told()),
            Self::Named(word) | Self::Other(word) | Self::Elsewhere(word) | Self::Unknown(word) => word.clone(),
            Self::Tiny => "TinyInt".to_owned(),
            Self::Small => "SmallInt".to_owned(),
            Self::Big => "BigInt".to_owned(),
            Self::Moment => "Timestamptz".to_owned(),
            plain => format!("{plain:?}"),
        }
    }
}
