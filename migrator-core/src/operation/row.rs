//! Rows to be inserted.

/// One value of a row to be inserted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Datum {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Double(f64),
    /// Text; also a date, a time, a number with many digits, a document or a UUID, as the database reads them.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! datum_from {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl From<$from> for Datum {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

datum_from!(
    bool => Boolean, i8 => Integer, i16 => Integer, i32 => Integer, i64 => Integer, u8 => Integer, u16 => Integer,
    u32 => Integer, f32 => Double, f64 => Double, &str => Text, String => Text, Vec<u8> => Bytes, &[u8] => Bytes,
);

impl From<&String> for Datum {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<const N: usize> From<&[u8; N]> for Datum {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Datum {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Datum {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Datum {
    /// Roughly how many bytes it is on its way to the database.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Double(_) => 8,
        }
    }
}

/// One row to be inserted: what [`row!`](crate::row) makes, or an array of values of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(crate) Vec<Datum>);

impl From<Vec<Datum>> for Row {
    fn from(values: Vec<Datum>) -> Self {
        Self(values)
    }
}

impl<T: Into<Datum>, const N: usize> From<[T; N]> for Row {
    fn from(values: [T; N]) -> Self {
        Self(values.into_iter().map(Into::into).collect())
    }
}

/// A row of values of several types, for [`insert_rows`](crate::Operations::insert_rows).
///
/// ```
/// use migrator_core::{operation::Row, row};
/// let mail: Option<&str> = None;
/// let ada: Row = row![1, "Ada", 1.5, true, b"\x00\xff", mail];
/// # assert_eq!(ada, row![1_i64, "Ada".to_owned(), 1.5_f32, true, vec![0_u8, 255], None::<i32>]);
/// ```
#[macro_export]
macro_rules! row {
    ($($value:expr),* $(,)?) => {
        $crate::operation::Row::from(::std::vec![$($crate::operation::Datum::from($value)),*])
    };
}
