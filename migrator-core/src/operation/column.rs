//! A column to be created.

use std::cell::RefCell;
use std::rc::Rc;

use super::constraint::Action;
use crate::name::TableName;

/// The type of a column, before a database gives it a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnType {
    /// 16 bits.
    SmallInteger,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInteger,
    /// Text of at most so many letters.
    String(u32),
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// 32 bits of floating point.
    Float,
    /// 64 bits of floating point.
    Double,
    /// So many digits, so many of them behind the point.
    Decimal(u32, u32),
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time.
    Timestamp,
    /// A moment.
    TimestampTz,
    /// Bytes.
    Binary,
    /// A JSON document.
    Json,
    /// A UUID.
    Uuid,
    /// A type of the database's, as given.
    Custom(String),
}

/// A value written into a default.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Literal {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    Text(String),
}

macro_rules! literal_from {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl From<$from> for Literal {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

literal_from!(
    bool => Boolean, i8 => Integer, i16 => Integer, i32 => Integer, i64 => Integer, u8 => Integer, u16 => Integer,
    u32 => Integer, f32 => Double, f64 => Double, &str => Text, String => Text,
);

impl From<&String> for Literal {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl<T: Into<Self>> From<Option<T>> for Literal {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a column holds when nothing is said.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Default {
    /// A value.
    Value(Literal),
    /// An SQL expression, as given.
    Sql(String),
    /// The moment of the statement.
    Now,
}

/// A column to be created, as a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ColumnDef {
    /// Its name.
    pub name: String,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether NULL is forbidden.
    pub not_null: bool,
    /// The default.
    pub default: Option<Default>,
    /// Whether it is unique by itself.
    pub unique: bool,
    /// Whether it is the primary key by itself.
    pub primary_key: bool,
    /// Whether the database counts it up.
    pub auto_increment: bool,
    /// Table and column that it references.
    pub references: Option<(TableName, String)>,
    /// What a delete of the referenced row does.
    pub on_delete: Action,
    /// What a change of the referenced key does.
    pub on_update: Action,
    /// An SQL expression that must hold.
    pub check: Option<String>,
    /// A comment, where the database keeps one.
    pub comment: Option<String>,
}

impl ColumnDef {
    pub(crate) fn new(name: impl Into<String>, column_type: ColumnType) -> Self {
        Self {
            name: name.into(),
            column_type,
            not_null: false,
            default: None,
            unique: false,
            primary_key: false,
            auto_increment: false,
            references: None,
            on_delete: Action::default(),
            on_update: Action::default(),
            check: None,
            comment: None,
        }
    }
}

/// A column being described: its type stands, the rest is chained. Nullable unless said otherwise.
///
/// It may be returned from the closure that describes the table, or dropped.
#[derive(Debug, Clone)]
pub struct ColumnBuilder(pub(super) Rc<RefCell<ColumnDef>>);

impl ColumnBuilder {
    pub(super) fn new(column: ColumnDef) -> Self {
        Self(Rc::new(RefCell::new(column)))
    }

    fn set(self, change: impl FnOnce(&mut ColumnDef)) -> Self {
        change(&mut self.0.borrow_mut());
        self
    }

    /// Forbids NULL.
    pub fn not_null(self) -> Self {
        self.set(|column| column.not_null = true)
    }

    /// The value it holds when nothing is said.
    pub fn default(self, value: impl Into<Literal>) -> Self {
        let value = Default::Value(value.into());
        self.set(|column| column.default = Some(value))
    }

    /// An SQL expression as the default, sent as given.
    pub fn default_sql(self, expression: impl Into<String>) -> Self {
        let expression = Default::Sql(expression.into());
        self.set(|column| column.default = Some(expression))
    }

    /// The moment of the statement as the default.
    pub fn default_now(self) -> Self {
        self.set(|column| column.default = Some(Default::Now))
    }

    /// Forbids duplicates.
    pub fn unique(self) -> Self {
        self.set(|column| column.unique = true)
    }

    /// Makes it the primary key.
    pub fn primary_key(self) -> Self {
        self.set(|column| column.primary_key = true)
    }

    /// Makes it reference a column of another table.
    pub fn references(self, table: impl Into<TableName>, column: impl Into<String>) -> Self {
        let referenced = (table.into(), column.into());
        self.set(|column| column.references = Some(referenced))
    }

    /// What a delete of the referenced row does.
    pub fn on_delete(self, action: Action) -> Self {
        self.set(|column| column.on_delete = action)
    }

    /// What a change of the referenced key does.
    pub fn on_update(self, action: Action) -> Self {
        self.set(|column| column.on_update = action)
    }

    /// An SQL expression that must hold for every row.
    pub fn check(self, expression: impl Into<String>) -> Self {
        let expression = expression.into();
        self.set(|column| column.check = Some(expression))
    }

    /// A comment, kept where the database has a place for one.
    pub fn comment(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.set(|column| column.comment = Some(text))
    }

    pub(super) fn definition(&self) -> ColumnDef {
        self.0.borrow().clone()
    }
}
