//! Diesel's SQL types and the databases' own: which is which.

use std::collections::BTreeMap;

use super::schema_rs::Imports;
use crate::dialect::{Dialect, SqlRenderer};
use crate::nearest::nearest;
use crate::operation::ColumnType;

/// An SQL type as Diesel knows it, its several names as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SqlType {
    Tiny,
    Small,
    Integer,
    Big,
    Unsigned(Box<SqlType>),
    Text,
    Bool,
    Float,
    Double,
    Numeric,
    Date,
    Time,
    Timestamp,
    Moment,
    Binary,
    Json,
    Jsonb,
    Uuid,
    Array(Box<SqlType>),
    /// A type that the file declares, by the database's name.
    Named(String),
    /// Another type of Diesel's.
    Other(String),
    /// One that a table imports, or names by a path.
    Elsewhere(String),
    /// None of these.
    Unknown(String),
}

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

impl SqlType {
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
            Self::Other(_) | Self::Elsewhere(_) | Self::Unknown(_) => true,
            Self::Array(inner) => match canonical.strip_suffix("[]") {
                Some(item) => inner.agrees(item, false, renderer),
                None => false,
            },
            Self::Named(name) => match renderer.dialect() {
                Dialect::Postgres => last_name(sql_type).eq_ignore_ascii_case(name),
                _ => true,
            },
            known => match readings(&canonical, in_key, renderer.dialect()) {
                Some(readings) => readings.contains(known),
                None => true,
            },
        }
    }

    /// The type of a new column; what a key or a foreign key is on must have a length on MySQL.
    pub(super) fn column_type(&self, length: Option<u32>, in_key: bool, renderer: &dyn SqlRenderer) -> ColumnType {
        let dialect = renderer.dialect();
        let inner = |inner: &Self| renderer.column_type(&inner.column_type(None, false, renderer));
        let custom = |sql: &str| ColumnType::Custom(sql.to_owned());
        let is_mysql = matches!(dialect, Dialect::MySql | Dialect::MariaDb);
        match self {
            Self::Tiny if is_mysql => custom("TINYINT"),
            Self::Tiny | Self::Small => ColumnType::SmallInteger,
            Self::Integer => ColumnType::Integer,
            Self::Big => ColumnType::BigInteger,
            Self::Unsigned(of) => ColumnType::Custom(format!("{} UNSIGNED", inner(of))),
            Self::Text => match length {
                Some(length) => ColumnType::String(length),
                None if in_key && is_mysql => ColumnType::String(255),
                None => ColumnType::Text,
            },
            Self::Bool => ColumnType::Boolean,
            Self::Float => ColumnType::Float,
            Self::Double => ColumnType::Double,
            Self::Numeric if is_mysql => ColumnType::Decimal(30, 10),
            Self::Numeric => custom("NUMERIC"),
            Self::Date => ColumnType::Date,
            Self::Time => ColumnType::Time,
            Self::Timestamp => ColumnType::Timestamp,
            Self::Moment => ColumnType::TimestampTz,
            Self::Binary if in_key && is_mysql => custom(&format!("VARBINARY({})", length.unwrap_or(255))),
            Self::Binary => ColumnType::Binary,
            Self::Json if dialect == Dialect::Postgres => custom("JSON"),
            Self::Jsonb if dialect == Dialect::Sqlite => custom("JSONB"),
            Self::Json | Self::Jsonb => ColumnType::Json,
            Self::Uuid => ColumnType::Uuid,
            Self::Array(of) => ColumnType::Custom(format!("{}[]", inner(of))),
            Self::Named(name) if dialect == Dialect::Postgres => ColumnType::Custom(renderer.quote(name)),
            Self::Named(name) | Self::Other(name) | Self::Elsewhere(name) | Self::Unknown(name) => {
                ColumnType::Custom(name.clone())
            }
        }
    }

    /// The type of a key of one column that the database counts up, where that is not `t.id()`.
    pub(super) fn counted(&self, renderer: &dyn SqlRenderer) -> Option<ColumnType> {
        let sql = match (renderer.dialect(), self) {
            (Dialect::Postgres, Self::Small) => "SMALLSERIAL".to_owned(),
            (Dialect::Postgres, Self::Integer) => "SERIAL".to_owned(),
            (Dialect::MySql | Dialect::MariaDb, Self::Small | Self::Integer | Self::Unsigned(_)) => {
                format!("{} AUTO_INCREMENT", renderer.column_type(&self.column_type(None, true, renderer)))
            }
            _ => return None,
        };
        Some(ColumnType::Custom(sql))
    }

    /// Whether `t.id()` makes a column that agrees.
    pub(super) fn is_id(&self, dialect: Dialect) -> bool {
        *self == Self::Big || (dialect == Dialect::Sqlite && *self == Self::Integer)
    }
}

/// `"app"."mood"` is `mood`.
fn last_name(sql_type: &str) -> &str {
    sql_type.rsplit('.').next().unwrap_or(sql_type).trim_matches('"')
}

/// The types that a column of that canonical type can be read as; none where that is not known.
fn readings(canonical: &str, in_key: bool, dialect: Dialect) -> Option<Vec<SqlType>> {
    let word = canonical.split('(').next().unwrap_or_default();
    let readings = match dialect {
        Dialect::Sqlite => of_sqlite(canonical, in_key)?,
        Dialect::Postgres => of_postgres(word)?,
        Dialect::MySql | Dialect::MariaDb => of_mysql(canonical, word)?,
    };
    Some(readings)
}

fn of_postgres(word: &str) -> Option<Vec<SqlType>> {
    Some(vec![match word {
        "smallint" => SqlType::Small,
        "integer" => SqlType::Integer,
        "bigint" => SqlType::Big,
        "varchar" | "char" | "text" | "name" => SqlType::Text,
        "boolean" => SqlType::Bool,
        "real" => SqlType::Float,
        "double" => SqlType::Double,
        "numeric" => SqlType::Numeric,
        "date" => SqlType::Date,
        "time" => SqlType::Time,
        "timestamp" => SqlType::Timestamp,
        "timestamptz" => SqlType::Moment,
        "bytea" => SqlType::Binary,
        "json" => SqlType::Json,
        "jsonb" => SqlType::Jsonb,
        "uuid" => SqlType::Uuid,
        _ => return None,
    }])
}

fn of_mysql(canonical: &str, word: &str) -> Option<Vec<SqlType>> {
    if canonical.contains("unsigned") {
        let plain = canonical.replace(" unsigned", "").replace("unsigned", "").replace(" zerofill", "");
        let word = plain.split('(').next().unwrap_or_default().trim().to_owned();
        let of = of_mysql(&word, &word)?;
        return Some(of.into_iter().map(|one| SqlType::Unsigned(Box::new(one))).collect());
    }
    Some(match word {
        "boolean" => vec![SqlType::Bool, SqlType::Tiny],
        "tinyint" => vec![SqlType::Tiny, SqlType::Bool],
        "smallint" => vec![SqlType::Small],
        "int" | "integer" | "mediumint" => vec![SqlType::Integer],
        "bigint" => vec![SqlType::Big],
        "varchar" | "char" | "text" | "tinytext" | "mediumtext" | "longtext" | "enum" | "set" => {
            vec![SqlType::Text, SqlType::Json]
        }
        "float" | "real" => vec![SqlType::Float],
        "double" => vec![SqlType::Double],
        "numeric" => vec![SqlType::Numeric],
        "date" => vec![SqlType::Date],
        "time" => vec![SqlType::Time],
        "datetime" | "timestamp" => vec![SqlType::Timestamp, SqlType::Moment],
        "blob" | "tinyblob" | "mediumblob" | "longblob" | "binary" | "varbinary" => {
            vec![SqlType::Binary, SqlType::Uuid]
        }
        "json" => vec![SqlType::Json, SqlType::Jsonb, SqlType::Text],
        _ => return None,
    })
}

/// SQLite takes any word for a type; these are read as Diesel's own tool reads them.
fn of_sqlite(canonical: &str, in_key: bool) -> Option<Vec<SqlType>> {
    let has = |words: &[&str]| words.iter().any(|word| canonical.contains(word));
    Some(if has(&["bool"]) {
        vec![SqlType::Bool]
    } else if has(&["smallint", "int2"]) {
        vec![SqlType::Small]
    } else if has(&["bigint", "big int", "int8"]) {
        vec![SqlType::Big]
    } else if canonical == "integer" && in_key {
        vec![SqlType::Integer, SqlType::Big]
    } else if has(&["int"]) && !has(&["point", "interval"]) {
        vec![SqlType::Integer]
    } else if has(&["char", "clob", "text"]) {
        vec![SqlType::Text]
    } else if canonical.is_empty() || has(&["blob", "binary"]) {
        vec![SqlType::Binary, SqlType::Uuid]
    } else if has(&["real"]) {
        vec![SqlType::Float, SqlType::Double]
    } else if has(&["float"]) {
        vec![SqlType::Float]
    } else if has(&["double"]) {
        vec![SqlType::Double]
    } else if has(&["num", "dec"]) {
        vec![SqlType::Numeric, SqlType::Double]
    } else if has(&["timestamptz"]) {
        vec![SqlType::Moment]
    } else if has(&["timestamp", "datetime"]) {
        vec![SqlType::Timestamp]
    } else if has(&["date"]) {
        vec![SqlType::Date]
    } else if has(&["time"]) {
        vec![SqlType::Time]
    } else if has(&["json"]) {
        vec![SqlType::Json, SqlType::Jsonb]
    } else {
        return None;
    })
}
