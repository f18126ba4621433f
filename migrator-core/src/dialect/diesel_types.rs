//! Diesel's SQL types and the database's own: which is which.

use crate::operation::ColumnType;

/// An SQL type as Diesel knows it, its several names as one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(hidden)]
pub enum DieselType {
    /// TinyInt.
    Tiny,
    /// SmallInt.
    Small,
    /// Integer.
    Integer,
    /// BigInt.
    Big,
    /// Without numbers below zero.
    Unsigned(Box<DieselType>),
    /// Text, of whatever length.
    Text,
    /// Bool.
    Bool,
    /// Float.
    Float,
    /// Double.
    Double,
    /// Numeric.
    Numeric,
    /// Date.
    Date,
    /// Time.
    Time,
    /// Timestamp.
    Timestamp,
    /// With a zone: Timestamptz, TimestamptzSqlite, Datetime.
    Moment,
    /// Binary.
    Binary,
    /// Json.
    Json,
    /// Jsonb.
    Jsonb,
    /// Uuid.
    Uuid,
    /// Several of one.
    Array(Box<DieselType>),
    /// A type that the file declares, by the database's name.
    Named(String),
    /// Another type of Diesel's.
    Other(String),
    /// One that a table imports, or names by a path.
    Elsewhere(String),
    /// None of these.
    Unknown(String),
}

/// How a database calls Diesel's types, and what of its own Diesel reads as which.
#[doc(hidden)]
pub trait DieselTypes {
    /// The types that a column of that canonical type can be read as; none where that is not known.
    fn readings(&self, canonical: &str, in_key: bool) -> Option<Vec<DieselType>>;

    /// The type of a new column, of at most so many letters, with a key on it or not; none where the database has no such
    /// type.
    fn column_of(&self, wanted: &DieselType, length: Option<u32>, _in_key: bool) -> Option<ColumnType> {
        standard(wanted, length)
    }

    /// The type of a key of one column that the database counts up, where that is not `t.id()`.
    fn counted_of(&self, _wanted: &DieselType) -> Option<ColumnType> {
        None
    }

    /// Whether `t.id()` makes a column that can be read so.
    fn is_id(&self, wanted: &DieselType) -> bool {
        *wanted == DieselType::Big
    }

    /// Whether a column of that type bears the name that the file declares.
    fn is_named(&self, _sql_type: &str, _name: &str) -> bool {
        true
    }
}

/// What most databases have.
pub(crate) fn standard(wanted: &DieselType, length: Option<u32>) -> Option<ColumnType> {
    Some(match wanted {
        DieselType::Tiny | DieselType::Small => ColumnType::SmallInteger,
        DieselType::Integer => ColumnType::Integer,
        DieselType::Big => ColumnType::BigInteger,
        DieselType::Text => length.map_or(ColumnType::Text, ColumnType::String),
        DieselType::Bool => ColumnType::Boolean,
        DieselType::Float => ColumnType::Float,
        DieselType::Double => ColumnType::Double,
        DieselType::Numeric => ColumnType::Custom("NUMERIC".to_owned()),
        DieselType::Date => ColumnType::Date,
        DieselType::Time => ColumnType::Time,
        DieselType::Timestamp => ColumnType::Timestamp,
        DieselType::Moment => ColumnType::TimestampTz,
        DieselType::Binary => ColumnType::Binary,
        DieselType::Json | DieselType::Jsonb => ColumnType::Json,
        DieselType::Uuid => ColumnType::Uuid,
        DieselType::Named(name) | DieselType::Elsewhere(name) => ColumnType::Custom(name.clone()),
        DieselType::Unsigned(_) | DieselType::Array(_) | DieselType::Other(_) | DieselType::Unknown(_) => return None,
    })
}
