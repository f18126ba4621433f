//! SQLite takes any word for a type; these are read as Diesel's own tool reads them.

use super::renderer::Renderer;
use crate::dialect::{DieselType, DieselTypes, standard_column};
use crate::operation::ColumnType;

impl DieselTypes for Renderer {
    fn readings(&self, canonical: &str, in_key: bool) -> Option<Vec<DieselType>> {
        let has = |words: &[&str]| words.iter().any(|word| canonical.contains(word));
        Some(if has(&["bool"]) {
            vec![DieselType::Bool]
        } else if has(&["smallint", "int2"]) {
            vec![DieselType::Small]
        } else if has(&["bigint", "big int", "int8"]) {
            vec![DieselType::Big]
        } else if canonical == "integer" && in_key {
            vec![DieselType::Integer, DieselType::Big]
        } else if has(&["int"]) && !has(&["point", "interval"]) {
            vec![DieselType::Integer]
        } else if has(&["char", "clob", "text"]) {
            vec![DieselType::Text]
        } else if canonical.is_empty() || has(&["blob", "binary"]) {
            vec![DieselType::Binary, DieselType::Uuid]
        } else if has(&["real"]) {
            vec![DieselType::Float, DieselType::Double]
        } else if has(&["float"]) {
            vec![DieselType::Float]
        } else if has(&["double"]) {
            vec![DieselType::Double]
        } else if has(&["num", "dec"]) {
            vec![DieselType::Numeric, DieselType::Double]
        } else if has(&["timestamptz"]) {
            vec![DieselType::Moment]
        } else if has(&["timestamp", "datetime"]) {
            vec![DieselType::Timestamp]
        } else if has(&["date"]) {
            vec![DieselType::Date]
        } else if has(&["time"]) {
            vec![DieselType::Time]
        } else if has(&["json"]) {
            vec![DieselType::Json, DieselType::Jsonb]
        } else {
            return None;
        })
    }

    fn column_of(&self, wanted: &DieselType, length: Option<u32>, _in_key: bool) -> Option<ColumnType> {
        match wanted {
            DieselType::Jsonb => Some(ColumnType::Custom("JSONB".to_owned())),
            _ => standard_column(wanted, length),
        }
    }

    fn is_id(&self, wanted: &DieselType) -> bool {
        matches!(wanted, DieselType::Integer | DieselType::Big)
    }
}
