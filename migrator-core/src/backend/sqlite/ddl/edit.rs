//! A change to a table, made in the text of its CREATE TABLE.

use super::drop;
use super::patch::{inserted, replaced};
use super::same_name;
use super::table::{Column, Constraint, CreateTable, Rule};
use crate::backend::sqlite::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::operation::{ColumnChange, ColumnDef, ColumnType, Default, ForeignKey, Literal, TableEdit};

/// The text of the table after the change.
pub(in crate::backend::sqlite) fn edited(text: &str, edit: &TableEdit) -> Result<String> {
    let table = CreateTable::parse(text)?;
    match edit {
        TableEdit::AddColumn(column) => with_column(&table, column),
        TableEdit::DropColumn(column) => drop::without_column(&table, column),
        TableEdit::AlterColumn(column, change) => altered(&table, column, change),
        TableEdit::AddForeignKey(key) => {
            key.columns.iter().try_for_each(|column| table.expect_column(column).map(|_| ()))?;
            with_constraint(
                &table,
                Some(&key.name_on(&table.name.as_str().into(), usize::MAX)),
                &Renderer.foreign_key(&table.name.as_str().into(), key),
            )
        }
        TableEdit::AddUnique(name, columns) => {
            columns.iter().try_for_each(|column| table.expect_column(column).map(|_| ()))?;
            let text = format!("CONSTRAINT {} UNIQUE ({})", Renderer.quote(name), Renderer.columns(columns));
            with_constraint(&table, Some(name), &text)
        }
        TableEdit::AddCheck(check) => with_constraint(&table, check.name.as_deref(), &Renderer.check(check)),
        TableEdit::DropConstraint(name) => drop::without_constraint(&table, name),
    }
}

/// Whether ALTER TABLE ADD COLUMN would refuse the column, at least when the table has rows.
pub(in crate::backend::sqlite) fn add_needs_rebuild(table: &CreateTable<'_>, column: &ColumnDef) -> bool {
    let default = match &column.default {
        None | Some(Default::Value(Literal::Null)) => column.not_null,
        Some(Default::Value(_)) => column.references.is_some(),
        Some(Default::Sql(_) | Default::Now) => true,
    };
    column.primary_key || column.auto_increment || column.unique || default || table.strict
}

fn with_column(table: &CreateTable<'_>, column: &ColumnDef) -> Result<String> {
    if table.column(&column.name).is_some() {
        return Err(refused(format!("table {} has a column {} already", table.name, column.name)));
    }
    if (column.primary_key || column.auto_increment) && table.has_primary_key() {
        return Err(refused(format!("table {} has a primary key already", table.name)));
    }
    let mut column = column.clone();
    column.column_type = ColumnType::Custom(type_in(table.strict, &column.column_type));
    let mut definition = Renderer.column(&column);
    if let Some(key) = ForeignKey::of_column(&column) {
        definition += &Renderer.added_reference(&table.name.as_str().into(), &key);
    }
    let end = table.columns.last().map_or(table.open, |last| last.span.end);
    Ok(table.with_item(end, &definition))
}

fn with_constraint(table: &CreateTable<'_>, name: Option<&str>, constraint: &str) -> Result<String> {
    let known = |name| table.all_constraints().any(|constraint| constraint.is_named(name));
    if let Some(name) = name.filter(|name| known(name)) {
        return Err(refused(format!("table {} has a constraint {name} already", table.name)));
    }
    let last = table.constraints.last().map(|last| last.span.end);
    let end = last.or_else(|| table.columns.last().map(|last| last.span.end)).unwrap_or(table.open);
    Ok(table.with_item(end, constraint))
}

impl Constraint {
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| same_name(own, name))
    }
}

/// The type's name; a STRICT table knows only five.
pub(in crate::backend::sqlite) fn type_in(strict: bool, column_type: &ColumnType) -> String {
    if !strict {
        return Renderer.column_type(column_type);
    }
    match column_type {
        ColumnType::SmallInteger | ColumnType::Integer | ColumnType::BigInteger | ColumnType::Boolean => "INTEGER",
        ColumnType::Float | ColumnType::Double | ColumnType::Decimal(..) => "REAL",
        ColumnType::Binary | ColumnType::Uuid => "BLOB",
        ColumnType::Custom(given) => given,
        _ => "TEXT",
    }
    .to_owned()
}

fn altered(table: &CreateTable<'_>, name: &str, change: &ColumnChange) -> Result<String> {
    let column = table.expect_column(name)?;
    if column.generated().is_some() && (change.default.is_some() || change.using.is_some()) {
        let message =
            format!("column {name} of {} is generated: it has no default and no values of its own", table.name);
        return Err(refused(message));
    }
    let text = match &change.column_type {
        Some(column_type) => with_type(table, column, column_type)?,
        None => table.text.to_owned(),
    };
    let text = match change.not_null {
        Some(wanted) => with_nullability(&CreateTable::parse(&text)?, name, wanted)?,
        None => text,
    };
    match &change.default {
        Some(default) => with_default(&CreateTable::parse(&text)?, name, default.as_ref()),
        None => Ok(text),
    }
}

/// A type that is a whole number's leaves an INTEGER PRIMARY KEY as it is: it has 64 bits, and under another name it
/// would no longer be the row's number.
fn with_type(table: &CreateTable<'_>, column: &Column, column_type: &ColumnType) -> Result<String> {
    let whole = matches!(column_type, ColumnType::SmallInteger | ColumnType::Integer | ColumnType::BigInteger);
    let counted = |rule: &Rule| matches!(rule, Rule::PrimaryKey { autoincrement: true, .. });
    let key = table.all_constraints().find(|constraint| match &constraint.rule {
        Rule::PrimaryKey { columns, .. } => matches!(columns.as_slice(), [only] if same_name(only, &column.name)),
        _ => false,
    });
    let numbers_rows =
        key.is_some() && !table.without_rowid && column.sql_type(table.text).eq_ignore_ascii_case("INTEGER");
    if numbers_rows && whole {
        return Ok(table.text.to_owned());
    }
    if key.is_some_and(|key| counted(&key.rule)) {
        let message = format!(
            "column {} of {} is counted up by SQLite, which it does for INTEGER alone",
            column.name, table.name
        );
        return Err(refused(message).remedy("leave its type as it is"));
    }
    let words = type_in(table.strict, column_type);
    Ok(match &column.type_span {
        Some(span) => replaced(table.text, span.clone(), &words),
        None => inserted(table.text, column.name_end, &format!(" {words}")),
    })
}

impl Column {
    /// Where a clause is put that was not there: behind the type, or behind the name.
    fn type_end(&self) -> usize {
        self.type_span.as_ref().map_or(self.name_end, |span| span.end)
    }
}

fn with_nullability(table: &CreateTable<'_>, name: &str, not_null: bool) -> Result<String> {
    let column = table.expect_column(name)?;
    let refuses = column.constraint(|rule| *rule == Rule::NotNull);
    let allows = column.constraint(|rule| *rule == Rule::Null);
    Ok(match (not_null, refuses, allows) {
        (true, None, Some(allows)) => replaced(table.text, allows.span.clone(), "NOT NULL"),
        (true, None, None) => inserted(table.text, column.type_end(), " NOT NULL"),
        (false, Some(refuses), _) => table.without_clause(&refuses.span),
        _ => table.text.to_owned(),
    })
}

fn with_default(table: &CreateTable<'_>, name: &str, default: Option<&Default>) -> Result<String> {
    let column = table.expect_column(name)?;
    let found = column.constraints.iter().find_map(|constraint| match &constraint.rule {
        Rule::Default(value) => Some((constraint, value)),
        _ => None,
    });
    let sql_type = ColumnType::Custom(column.sql_type(table.text).to_owned());
    let value = default.map(|default| Renderer.default(&ColumnDef::new(name, sql_type), default));
    Ok(match (value, found) {
        (Some(value), Some((_, span))) => replaced(table.text, span.clone(), &value),
        (Some(value), None) => {
            let not_null = column.constraint(|rule| *rule == Rule::NotNull).map(|constraint| constraint.span.end);
            inserted(table.text, not_null.unwrap_or_else(|| column.type_end()), &format!(" DEFAULT {value}"))
        }
        (None, Some((constraint, _))) => table.without_clause(&constraint.span),
        (None, None) => table.text.to_owned(),
    })
}

pub(super) fn refused(message: String) -> Error {
    Error::new(ErrorKind::PreconditionFailed, message).state("nothing was changed")
}
