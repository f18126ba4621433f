//! Values on their way to a database and back.

use crate::operation::Datum;

/// A value on its way to a database or back.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number or a boolean.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<&Datum> for Value {
    fn from(datum: &Datum) -> Self {
        match datum {
            Datum::Null => Self::Null,
            Datum::Boolean(value) => Self::Integer((*value).into()),
            Datum::Integer(value) => Self::Integer(*value),
            Datum::Double(value) => Self::Real(*value),
            Datum::Text(text) => Self::Text(text.clone()),
            Datum::Bytes(bytes) => Self::Bytes(bytes.clone()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

/// A row, its values by position.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub struct Record(pub Vec<Value>);

impl Record {
    /// The text at a position, numbers as digits; none for NULL.
    pub(crate) fn optional_text(&self, position: usize) -> Option<String> {
        match self.0.get(position)? {
            Value::Null => None,
            Value::Integer(number) => Some(number.to_string()),
            Value::Real(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// The text at a position, empty for NULL.
    pub(crate) fn text(&self, position: usize) -> String {
        self.optional_text(position).unwrap_or_default()
    }

    /// The text at a position, as it lies there; empty where none does.
    pub(crate) fn as_text(&self, position: usize) -> &str {
        match self.0.get(position) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The text at a position, which is taken out; none for NULL.
    pub(crate) fn take_text(&mut self, position: usize) -> Option<String> {
        match self.0.get_mut(position) {
            Some(Value::Text(text)) => Some(std::mem::take(text)),
            _ => self.optional_text(position),
        }
    }

    /// The number at a position; 0 for NULL.
    pub(crate) fn integer(&self, position: usize) -> i64 {
        match self.0.get(position) {
            Some(Value::Integer(number)) => *number,
            Some(Value::Real(number)) => *number as i64,
            Some(Value::Text(text)) => text.parse().unwrap_or(0),
            _ => 0,
        }
    }

    /// Whether the number at a position is not 0.
    pub(crate) fn flag(&self, position: usize) -> bool {
        self.integer(position) != 0
    }
}
