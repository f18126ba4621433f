//! SQL as SQLite reads it.

use super::ddl::{converted, differs_cast_back, type_in};
use crate::dialect::{Capabilities, Dialect, LockAdvisor, NameLimit, SqlRenderer};
use crate::name::TableName;
use crate::operation::{ColumnDef, ColumnType, Datum};
use crate::schema::Table;

pub(super) struct Renderer;

static CAPABILITIES: Capabilities = Capabilities {
    transactional_ddl: true,
    texts_are_transactions: false,
    schemas: false,
    name_limit: NameLimit::None,
    trailing_space_in_names: true,
    reserved_prefix: Some("sqlite_"),
    anonymous_blocks: false,
    partial_indexes: true,
    concurrent_indexes: false,
    index_methods: false,
    column_comments: false,
    enum_types: false,
    set_default_action: true,
    unbounded_keys: true,
    unbounded_primary_keys: true,
    unique_is_index: false,
    unique_names: false,
    unique_in_definition: true,
    types_as_written: true,
    foreign_keys_have_indexes: false,
    referenced_keys_checked: false,
};

impl LockAdvisor for Renderer {}

impl SqlRenderer for Renderer {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    /// One that reads first and then writes would be refused at once when somebody else writes.
    fn begin(&self) -> &'static str {
        "BEGIN IMMEDIATE"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn column_type(&self, column_type: &ColumnType) -> String {
        match column_type {
            ColumnType::SmallInteger => "SMALLINT".to_owned(),
            ColumnType::Integer => "INTEGER".to_owned(),
            ColumnType::BigInteger => "BIGINT".to_owned(),
            ColumnType::String(length) => format!("VARCHAR({length})"),
            ColumnType::Text => "TEXT".to_owned(),
            ColumnType::Boolean => "BOOLEAN".to_owned(),
            ColumnType::Float => "FLOAT".to_owned(),
            ColumnType::Double => "DOUBLE".to_owned(),
            ColumnType::Decimal(precision, scale) => format!("NUMERIC({precision},{scale})"),
            ColumnType::Date => "DATE".to_owned(),
            ColumnType::Time => "TIME".to_owned(),
            ColumnType::Timestamp => "TIMESTAMP".to_owned(),
            ColumnType::TimestampTz => "TIMESTAMPTZ".to_owned(),
            ColumnType::Binary => "BLOB".to_owned(),
            ColumnType::Json => "JSON".to_owned(),
            ColumnType::Uuid => "BINARY".to_owned(),
            ColumnType::Custom(sql) => sql.clone(),
        }
    }

    fn counted_column(&self) -> &'static str {
        "INTEGER PRIMARY KEY AUTOINCREMENT"
    }

    fn last_number_lost(&self) -> Option<(&'static str, &'static str)> {
        Some(("LAST_INSERT_ROWID", "look the row up by a key of its own"))
    }

    /// AUTOINCREMENT keeps its counter in a table of its own, which every insert writes to.
    fn numbered_column(&self) -> Option<&'static str> {
        Some("INTEGER PRIMARY KEY")
    }

    fn plain_name(&self, table: TableName) -> TableName {
        if table.schema().is_some_and(is_of_file) { TableName::from(table.name()) } else { table }
    }

    /// In two steps where only the case of letters changes: to SQLite the new name is taken then, by the table itself.
    fn rename_table(&self, table: &TableName, new: &str) -> Vec<String> {
        let rename = |old: &str, new: &str| format!("ALTER TABLE {} RENAME TO {}", self.quote(old), self.quote(new));
        if !self.same_name(table.name(), new) {
            return vec![rename(table.name(), new)];
        }
        let between = format!("__migrator_r_{new}");
        vec![rename(table.name(), &between), rename(&between, new)]
    }

    fn drop_index(&self, _table: &TableName, name: &str) -> String {
        format!("DROP INDEX {}", self.quote(name))
    }

    /// What the catalogue shows of a column that is counted up is INTEGER, not the type that was asked for.
    fn shape_type(&self, column: &ColumnDef) -> String {
        if column.auto_increment { "INTEGER".to_owned() } else { self.column_type(&column.column_type) }
    }

    /// A STRICT table knows only five types, and a number of the row stays one whatever whole number it is to be.
    fn type_kept(&self, table: &Table, column: &str, wanted: &ColumnType) -> String {
        let whole = matches!(wanted, ColumnType::SmallInteger | ColumnType::Integer | ColumnType::BigInteger);
        let is_key = matches!(table.primary_key.as_slice(), [only] if self.same_name(only, column));
        let numbers_rows = is_key
            && !table.options.contains_key("without rowid")
            && table.column(column).is_some_and(|found| found.sql_type.eq_ignore_ascii_case("INTEGER"));
        match numbers_rows && whole {
            true => "INTEGER".to_owned(),
            false => type_in(table.options.contains_key("strict"), wanted),
        }
    }

    /// Letter by letter, whatever the column's collation takes for one.
    fn holds(&self, column: &str, datum: &Datum, sql_type: &str, binds: &mut Vec<Datum>) -> String {
        let column = self.quote(column);
        if *datum == Datum::Null {
            return format!("{column} IS NULL");
        }
        format!("{column} = {} COLLATE BINARY", self.bound(datum, sql_type, binds))
    }

    /// Those that cannot be had back from what the new type makes of them.
    fn values_changed_by(&self, table: &TableName, column: &str, old: &str, new: &ColumnType) -> Option<String> {
        let column = self.quote(column);
        let new = converted(&column, old, &self.column_type(new))?;
        let differs = differs_cast_back(&column, &format!("({new})"));
        Some(format!("SELECT count(*) FROM {} WHERE {differs}", self.table(table)))
    }

    fn joined(&self, parts: &[&str], table: &str) -> Option<String> {
        let value = parts.join(" || char(31) || ");
        Some(format!("(SELECT group_concat({value}, char(30)) FROM {table})"))
    }

    fn same_name(&self, one: &str, other: &str) -> bool {
        one.eq_ignore_ascii_case(other)
    }
}

/// `main` is what SQLite calls the file that was opened.
pub(super) fn is_of_file(schema: &str) -> bool {
    schema.eq_ignore_ascii_case("main")
}
