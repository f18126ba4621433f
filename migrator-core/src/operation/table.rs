//! A table to be created.

use super::column::{ColumnBuilder, ColumnDef, ColumnType};
use super::constraint::{CheckDef, ForeignKey};
use super::index::Index;
use crate::name::TableName;

/// A table to be created, as a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TableDef {
    /// Its name.
    pub name: TableName,
    /// In order.
    pub columns: Vec<ColumnDef>,
    /// A primary key of several columns; that of one column stands with the column.
    pub primary_key: Vec<String>,
    /// Indexes created with it.
    pub indexes: Vec<Index>,
    /// Unique constraints of several columns.
    pub uniques: Vec<Vec<String>>,
    /// Foreign keys said of the table; that of one column may stand with the column.
    pub foreign_keys: Vec<ForeignKey>,
    /// Checks said of the table.
    pub checks: Vec<CheckDef>,
}

impl TableDef {
    /// The primary key's columns, wherever they were named.
    pub fn key_columns(&self) -> Vec<&str> {
        if !self.primary_key.is_empty() {
            return self.primary_key.iter().map(String::as_str).collect();
        }
        self.columns.iter().filter(|column| column.primary_key).map(|column| column.name.as_str()).collect()
    }
}

/// A table being described: one call for each column, in order, then what concerns several.
#[derive(Debug)]
pub struct TableBuilder {
    name: TableName,
    columns: Vec<ColumnBuilder>,
    primary_key: Vec<String>,
    indexes: Vec<Index>,
    uniques: Vec<Vec<String>>,
    foreign_keys: Vec<ForeignKey>,
    checks: Vec<CheckDef>,
}

impl TableBuilder {
    pub(crate) fn new(name: TableName) -> Self {
        Self {
            name,
            columns: Vec::new(),
            primary_key: Vec::new(),
            indexes: Vec::new(),
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
        }
    }

    pub(crate) fn finish(self) -> TableDef {
        TableDef {
            name: self.name,
            columns: self.columns.iter().map(ColumnBuilder::definition).collect(),
            primary_key: self.primary_key,
            indexes: self.indexes,
            uniques: self.uniques,
            foreign_keys: self.foreign_keys,
            checks: self.checks,
        }
    }

    fn column(&mut self, name: impl Into<String>, column_type: ColumnType) -> ColumnBuilder {
        self.push(ColumnDef::new(name, column_type))
    }

    fn push(&mut self, column: ColumnDef) -> ColumnBuilder {
        let builder = ColumnBuilder::new(column);
        self.columns.push(builder.clone());
        builder
    }

    /// `id`: a 64-bit primary key that the database counts up.
    pub fn id(&mut self) -> ColumnBuilder {
        let mut column = ColumnDef::new("id", ColumnType::BigInteger);
        (column.not_null, column.primary_key, column.auto_increment) = (true, true, true);
        self.push(column)
    }

    /// 16 bits.
    pub fn small_integer(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::SmallInteger)
    }

    /// 32 bits.
    pub fn integer(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Integer)
    }

    /// 64 bits.
    pub fn big_integer(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::BigInteger)
    }

    /// Text of at most `length` letters.
    pub fn string(&mut self, name: impl Into<String>, length: u32) -> ColumnBuilder {
        self.column(name, ColumnType::String(length))
    }

    /// Text.
    pub fn text(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Text)
    }

    /// True or false.
    pub fn boolean(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Boolean)
    }

    /// 32 bits of floating point.
    pub fn float(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Float)
    }

    /// 64 bits of floating point.
    pub fn double(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Double)
    }

    /// `precision` digits, `scale` of them behind the point.
    pub fn decimal(&mut self, name: impl Into<String>, precision: u32, scale: u32) -> ColumnBuilder {
        self.column(name, ColumnType::Decimal(precision, scale))
    }

    /// A day.
    pub fn date(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Date)
    }

    /// A time of day.
    pub fn time(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Time)
    }

    /// A day and a time, without a zone.
    pub fn timestamp(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Timestamp)
    }

    /// A moment; kept in UTC where the database has no type for one.
    pub fn timestamp_tz(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::TimestampTz)
    }

    /// Bytes.
    pub fn binary(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Binary)
    }

    /// A JSON document.
    pub fn json(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Json)
    }

    /// A UUID.
    pub fn uuid(&mut self, name: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Uuid)
    }

    /// A type of the database's, sent as given.
    pub fn custom(&mut self, name: impl Into<String>, sql_type: impl Into<String>) -> ColumnBuilder {
        self.column(name, ColumnType::Custom(sql_type.into()))
    }

    /// A primary key of several columns.
    pub fn primary_key<S: Into<String>>(&mut self, columns: impl IntoIterator<Item = S>) {
        self.primary_key = columns.into_iter().map(Into::into).collect();
    }

    /// An index created with the table.
    pub fn index(&mut self, index: impl Into<Index>) {
        self.indexes.push(index.into());
    }

    /// A unique constraint of several columns.
    pub fn unique<S: Into<String>>(&mut self, columns: impl IntoIterator<Item = S>) {
        self.uniques.push(columns.into_iter().map(Into::into).collect());
    }

    /// A foreign key of several columns, or with a name.
    pub fn foreign_key(&mut self, key: ForeignKey) {
        self.foreign_keys.push(key);
    }

    /// A named check: an SQL expression that must hold for every row.
    pub fn check(&mut self, name: impl Into<String>, expression: impl Into<String>) {
        self.checks.push(CheckDef { name: Some(name.into()), expression: expression.into() });
    }
}
