//! The pure port to a database: which product it is, what it can do, how it writes SQL.

mod capabilities;
mod diesel_types;
mod keys;
mod locks;
mod standard;

use std::fmt;

use crate::error::{Error, Result};
use crate::name::TableName;
use crate::operation::{
    CheckDef, ColumnChange, ColumnDef, ColumnType, Datum, Default, ForeignKey, Index, Literal, TableDef, TableEdit,
};
use crate::schema::spelling::{canonical_default, canonical_type};
use crate::schema::{Column, Table};

pub use capabilities::{Capabilities, NameLimit};
pub(crate) use diesel_types::standard as standard_column;
pub use diesel_types::{DieselType, DieselTypes};
pub(crate) use keys::KeyRanges;
pub(crate) use locks::{LockAdvice, LockAdvisor};

/// The product on the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        })
    }
}

/// How a database writes what the operations say. Pure: text in, text out.
#[doc(hidden)]
pub trait SqlRenderer: Sync + DieselTypes + KeyRanges + LockAdvisor {
    /// The product.
    fn dialect(&self) -> Dialect;

    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// A collation's name behind COLLATE.
    fn collation(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The type's name.
    fn column_type(&self, column_type: &ColumnType) -> String;

    /// What follows the name of a column that the database counts up, its primary key included.
    fn counted_column(&self) -> &'static str;

    /// A column that has a greater number in each new row than stands in any, where that is had for less than one that
    /// never gives a number twice.
    fn numbered_column(&self) -> Option<&'static str> {
        None
    }

    /// A column's value as the database prints it, for a person to read.
    fn legible(&self, column: &str) -> String {
        column.to_owned()
    }

    /// The letter round a quoted name.
    fn name_quote(&self) -> char {
        '"'
    }

    /// A text as a literal.
    fn text_literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// Bytes as a literal.
    fn bytes_literal(&self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("X'{digits}'")
    }

    /// True and false.
    fn boolean_literal(&self, value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }

    /// The moment of the statement, fit for a column of that type.
    fn now(&self, _column_type: &ColumnType) -> &'static str {
        "CURRENT_TIMESTAMP"
    }

    /// A literal default of a column of that type.
    fn default_literal(&self, _column_type: &ColumnType, literal: String) -> String {
        literal
    }

    /// How a column's comment is kept: behind its definition, or by statements of their own.
    fn comment_clause(&self, _text: &str) -> Option<String> {
        None
    }

    /// What the catalogue keeps of a comment.
    fn kept_comment(&self, text: &str) -> String {
        text.to_owned()
    }

    /// The statement that keeps a column's comment.
    fn comment_statement(&self, _table: &TableName, _column: &str, _text: &str) -> Option<String> {
        None
    }

    /// DROP INDEX, in its several dialects.
    fn drop_index(&self, table: &TableName, name: &str) -> String {
        format!("DROP INDEX {}", self.table(&table.sibling(name)))
    }

    /// The same without blocking writers, where that can be.
    fn drop_index_concurrently(&self, table: &TableName, name: &str) -> String {
        self.drop_index(table, name)
    }

    /// How many letters of a column of that type are in an index, where it does not take the column whole.
    fn index_prefix(&self, _sql_type: &str) -> Option<u32> {
        None
    }

    /// An index's columns, as they are written between its brackets.
    fn index_columns(&self, index: &Index) -> String {
        let part = |column: &String| match index.prefixes.get(column) {
            Some(length) => format!("{}({length})", self.quote(column)),
            None => self.quote(column),
        };
        index.columns.iter().map(part).collect::<Vec<_>>().join(", ")
    }

    /// CREATE TYPE .. AS ENUM.
    fn create_enum(&self, name: &TableName, values: &[String]) -> String {
        let values = values.iter().map(|value| self.text_literal(value)).collect::<Vec<_>>().join(", ");
        format!("CREATE TYPE {} AS ENUM ({values})", self.table(name))
    }

    /// ALTER TYPE .. ADD VALUE.
    fn add_enum_value(&self, name: &TableName, value: &str) -> String {
        format!("ALTER TYPE {} ADD VALUE {}", self.table(name), self.text_literal(value))
    }

    /// DROP TYPE.
    fn drop_type(&self, name: &TableName) -> String {
        format!("DROP TYPE {}", self.table(name))
    }

    /// A value on its way into a column of that type: the expression, its binds pushed in the order it names them.
    fn bound(&self, datum: &Datum, _sql_type: &str, binds: &mut Vec<Datum>) -> String {
        binds.push(datum.clone());
        "?".to_owned()
    }

    /// The condition that a column of that type holds exactly the value.
    fn holds(&self, column: &str, datum: &Datum, sql_type: &str, binds: &mut Vec<Datum>) -> String {
        let column = self.quote(column);
        if *datum == Datum::Null {
            return format!("{column} IS NULL");
        }
        format!("{column} = {}", self.bound(datum, sql_type, binds))
    }

    /// The statements after rows with values for these columns were inserted: what counts up must go on behind them.
    fn after_insert(&self, _table: &TableName, _columns: &[(String, String)]) -> Vec<String> {
        Vec::new()
    }

    /// A quoted name.
    fn quote(&self, name: &str) -> String {
        let quote = self.name_quote();
        let doubled: String = [quote, quote].iter().collect();
        format!("{quote}{}{quote}", name.replace(quote, &doubled))
    }

    /// A table's name as it is kept here, where the database takes several for the same.
    fn plain_name(&self, table: TableName) -> TableName {
        table
    }

    /// A quoted table name, with its schema where it has one.
    fn table(&self, table: &TableName) -> String {
        table.parts().map(|part| self.quote(part)).collect::<Vec<_>>().join(".")
    }

    /// A type's name in one spelling for all that this product has for it.
    fn canonical_type(&self, sql_type: &str) -> String {
        canonical_type(sql_type)
    }

    /// A default's expression in one spelling, for a column of that canonical type.
    fn canonical_default(&self, expression: &str, canonical_type: &str) -> String {
        canonical_default(expression, canonical_type)
    }

    /// The type that the catalogue will show for a column made so.
    fn shape_type(&self, column: &ColumnDef) -> String {
        self.column_type(&column.column_type)
    }

    /// The type that a column of a table that is there will have when it is given this one.
    fn type_kept(&self, _table: &Table, _column: &str, wanted: &ColumnType) -> String {
        self.column_type(wanted)
    }

    /// Whether the database takes two names of columns for one.
    fn same_name(&self, one: &str, other: &str) -> bool {
        one == other
    }

    /// ALTER TABLE .. RENAME TO.
    fn rename_table(&self, table: &TableName, new: &str) -> Vec<String> {
        vec![format!("ALTER TABLE {} RENAME TO {}", self.table(table), self.quote(new))]
    }

    /// ALTER TABLE .. RENAME COLUMN.
    fn rename_column(&self, table: &TableName, old: &str, new: &str) -> String {
        format!("ALTER TABLE {} RENAME COLUMN {} TO {}", self.table(table), self.quote(old), self.quote(new))
    }

    /// The statements of a change to a table that is there, as it was found.
    ///
    /// # Errors
    /// `Unsupported` for what this product's ALTER TABLE lacks.
    fn alter_table(&self, found: &Table, edit: &TableEdit) -> Result<Vec<String>> {
        standard::alter_table(self, found, edit)
    }

    /// ALTER TABLE .. ADD FOREIGN KEY.
    fn add_foreign_key(&self, table: &TableName, key: &ForeignKey) -> Vec<String> {
        vec![format!("ALTER TABLE {} ADD {}", self.table(table), self.foreign_key(table, key))]
    }

    /// ALTER TABLE .. DROP CONSTRAINT.
    fn drop_constraint(&self, found: &Table, name: &str) -> Result<Vec<String>> {
        Ok(vec![format!("ALTER TABLE {} DROP CONSTRAINT {}", self.table(&found.name), self.quote(name))])
    }

    /// ALTER TABLE .. DROP COLUMN.
    fn drop_column(&self, found: &Table, column: &str) -> Vec<String> {
        vec![format!("ALTER TABLE {} DROP COLUMN {}", self.table(&found.name), self.quote(column))]
    }

    /// The same where each statement commits by itself: in more steps, none of which blocks writers for long.
    fn alter_table_in_steps(&self, found: &Table, edit: &TableEdit) -> Result<Vec<String>> {
        self.alter_table(found, edit)
    }

    /// Whether a change to this column in steps was begun and not ended.
    fn is_half_altered(&self, _found: &Table, _column: &str) -> bool {
        false
    }

    /// A count that is not 0 when the constraint is there and was never checked against the rows.
    fn unchecked_constraint(&self, _table: &TableName, _name: &str) -> Option<String> {
        None
    }

    /// A count of the rows that would break a new column's own check, where the column is added without a look at them.
    fn breakers_of_new(&self, _table: &TableName, _column: &ColumnDef) -> Option<String> {
        None
    }

    /// The statement that checks a constraint against the rows.
    fn check_constraint_now(&self, table: &TableName, name: &str) -> String {
        format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", self.table(table), self.quote(name))
    }

    /// The statements of a change to a column that is there.
    fn alter_column(&self, found: &Table, column: &str, _change: &ColumnChange) -> Result<Vec<String>> {
        let message = format!("{} cannot change {column} of {} in place", self.dialect(), found.name);
        Err(Error::unsupported(message, "add a new column, copy the values, drop the old one"))
    }

    /// A count of the values that a change of type would change; none where it cannot change any, or the product says so itself.
    fn values_changed_by(
        &self,
        _table: &TableName,
        _column: &str,
        _old_type: &str,
        _new_type: &ColumnType,
    ) -> Option<String> {
        None
    }

    /// All values of a text expression over a table in one text, with control characters between them; `None` where the
    /// product cuts such a text short. Unit separators stand between the parts of a value, record separators between values.
    fn joined(&self, _parts: &[&str], _table: &str) -> Option<String> {
        None
    }

    /// What came of [`joined`](Self::joined), as the text that it stands for.
    fn unwrapped(&self, text: String) -> String {
        text
    }

    /// An expression as text.
    fn text_cast(&self, expression: &str) -> String {
        format!("CAST({expression} AS TEXT)")
    }

    /// Quoted names with commas between them.
    fn columns(&self, columns: &[String]) -> String {
        columns.iter().map(|column| self.quote(column)).collect::<Vec<_>>().join(", ")
    }

    /// A value as a literal.
    fn literal(&self, literal: &Literal) -> String {
        standard::literal(self, literal)
    }

    /// The DEFAULT clause's expression.
    fn default(&self, column: &ColumnDef, default: &Default) -> String {
        match default {
            Default::Value(literal) => self.default_literal(&column.column_type, self.literal(literal)),
            Default::Sql(expression) => format!("({expression})"),
            Default::Now => self.now(&column.column_type).to_owned(),
        }
    }

    /// A column's definition without its foreign key.
    fn column(&self, column: &ColumnDef) -> String {
        standard::column(self, column)
    }

    /// `REFERENCES ..` with its actions.
    fn references(&self, table: &TableName, columns: &[String], key: &ForeignKey) -> String {
        standard::references(self, table, columns, key)
    }

    /// `CONSTRAINT name FOREIGN KEY ..`.
    fn foreign_key(&self, table: &TableName, key: &ForeignKey) -> String {
        let name = self.quote(&key.name_on(table, self.capabilities().name_limit.safe_bytes()));
        let references = self.references(&key.table, &key.referenced, key);
        format!("CONSTRAINT {name} FOREIGN KEY ({}) {references}", self.columns(&key.columns))
    }

    /// `[CONSTRAINT name] CHECK ..`.
    fn check(&self, check: &CheckDef) -> String {
        let name = check.name.as_deref().map(|name| format!("CONSTRAINT {} ", self.quote(name))).unwrap_or_default();
        format!("{name}CHECK ({})", check.expression)
    }

    /// CREATE TABLE, then its indexes and comments, a statement each.
    fn create_table(&self, table: &TableDef) -> Vec<String> {
        standard::create_table(self, table)
    }

    /// CREATE TABLE of one of the library's own tables, which takes every text.
    fn create_book(&self, table: &TableDef) -> Vec<String> {
        self.create_table(table)
    }

    /// The statement that keeps a column's comment, where it has one.
    fn comment_of(&self, table: &TableName, column: &ColumnDef) -> Option<String> {
        self.comment_statement(table, &column.name, column.comment.as_deref()?)
    }

    /// ALTER TABLE .. ADD COLUMN, then its comment.
    fn add_column(&self, table: &TableName, column: &ColumnDef) -> Vec<String> {
        let mut add = format!("ALTER TABLE {} ADD COLUMN {}", self.table(table), self.column(column));
        if let Some(key) = ForeignKey::of_column(column) {
            add += &self.added_reference(table, &key);
        }
        [add].into_iter().chain(self.comment_of(table, column)).collect()
    }

    /// How ADD COLUMN says the foreign key of the new column.
    fn added_reference(&self, _table: &TableName, key: &ForeignKey) -> String {
        format!(" {}", self.references(&key.table, &key.referenced, key))
    }

    /// DROP TABLE.
    fn drop_table(&self, table: &TableName) -> String {
        format!("DROP TABLE {}", self.table(table))
    }

    /// CREATE INDEX.
    fn create_index(&self, table: &TableName, index: &Index) -> String {
        standard::create_index(self, table, index)
    }

    /// What opens a transaction that writes.
    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    /// The text, after which the session tells the same number for the last row that was counted up as before it.
    fn keeping_last_number(&self, script: String) -> String {
        script
    }

    /// The function that tells the number of the last row, where nothing keeps it, and what to write instead.
    fn last_number_lost(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// One text of statements that stand or fall together.
    fn at_once(&self, statements: &[String]) -> String {
        let together = statements.join(";\n");
        match self.capabilities().texts_are_transactions || statements.len() < 2 {
            true => together,
            false => format!("{};\n{together};\nCOMMIT", self.begin()),
        }
    }

    /// How a change is told that this product's ALTER TABLE lacks.
    fn rebuild_told(&self, table: &TableName) -> String {
        format!("-- rebuild of {}", self.table(table))
    }

    /// A new column as the catalogue will tell of it.
    fn found_column(&self, column: &ColumnDef, in_key: bool) -> Column {
        standard::found_column(self, column, in_key)
    }

    /// Whether the database takes the name at all.
    fn check_name(&self, what: &str, name: &str) -> Result<()> {
        standard::check_name(self, what, name)
    }

    /// Whether the database takes every part of the table's name.
    fn check_table_name(&self, table: &TableName) -> Result<()> {
        if table.schema().is_some() && !self.capabilities().schemas {
            let message = format!("{} has no schemas, and {table} names one", self.dialect());
            return Err(Error::unsupported(message, "name the table alone"));
        }
        table.parts().try_for_each(|part| self.check_name("table", part))
    }
}
