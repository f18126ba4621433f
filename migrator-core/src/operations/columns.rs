//! Columns of a table that is there.

use super::tables::{both_there, malformed};
use super::{Done, Operations};
use crate::diff;
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Loss;
use crate::name::TableName;
use crate::operation::{AlterColumn, ColumnChange, ColumnDef, ColumnType, Default, Literal, TableBuilder, TableEdit};
use crate::schema::Table;

impl Operations<'_> {
    /// Adds a column, or several.
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there; `ShapeConflict` when a column of that name is there with another
    /// shape.
    pub fn add_column<R>(
        &mut self,
        table: impl Into<TableName>,
        describe: impl FnOnce(&mut TableBuilder) -> R,
    ) -> Result<Done> {
        let table = table.into();
        let mut builder = TableBuilder::new(table.clone());
        describe(&mut builder);
        let columns = builder.finish().columns;
        self.guarded(|op| {
            op.expect_table(&table)?;
            columns
                .iter()
                .try_fold(Done::Already, |done, column| Ok(done.and(op.add_described_column(&table, column)?)))
        })
    }

    fn add_described_column(&mut self, table: &TableName, column: &ColumnDef) -> Result<Done> {
        self.check_column(column)?;
        if self.find_column(table, &column.name)? {
            return self.same_column(table, column);
        }
        if let Some((referenced, _)) = &column.references {
            if referenced != table {
                self.expect_table(referenced)?;
            }
        }
        let edit = TableEdit::AddColumn(column.clone());
        if self.database().needs_rebuild(table, &edit)? {
            return self.rebuild(table, &edit);
        }
        let statements = self.renderer.add_column(table, column);
        self.send_all(&statements)
    }

    fn same_column(&mut self, table: &TableName, wanted: &ColumnDef) -> Result<Done> {
        let found = self.found(table)?;
        let column = found.columns.iter().find(|column| self.renderer.same_name(&column.name, &wanted.name));
        let differences =
            column.map(|column| diff::column_differences(wanted, column, self.renderer)).unwrap_or_default();
        if differences.is_empty() {
            return Ok(Done::Already);
        }
        let message =
            format!("column {} of {table} is there with another shape{}", wanted.name, diff::told(&differences));
        Err(Error::new(ErrorKind::ShapeConflict, message)
            .remedy("name the new column differently, or bring the old one to this shape with alter_column"))
    }

    /// What can be said of a column before anything is sent.
    pub(super) fn check_column(&self, column: &ColumnDef) -> Result<()> {
        self.renderer.check_name("column", &column.name)?;
        let Some(Default::Value(value)) = &column.default else { return Ok(()) };
        if fits(value, &column.column_type) {
            return Ok(());
        }
        let message = format!("the default of {} is {value:?}, and its type is {:?}", column.name, column.column_type);
        Err(malformed(message, "give a default of the column's type, or an expression with default_sql"))
    }

    /// Drops a column. One with values in it must be named in `allow_loss(column(..))`.
    ///
    /// # Errors
    /// `DataLoss` when it has values and nobody named it; `PreconditionFailed` when the table is not there.
    pub fn drop_column(&mut self, table: impl Into<TableName>, column: &str) -> Result<Done> {
        let table = table.into();
        self.guarded(|op| {
            op.expect_table(&table)?;
            if !op.find_column(&table, column)? {
                return Ok(Done::Already);
            }
            op.refuse_loss_of_column(&table, column)?;
            let edit = TableEdit::DropColumn(column.to_owned());
            if op.database().needs_rebuild(&table, &edit)? {
                return op.rebuild(&table, &edit);
            }
            let sql = op.renderer.drop_column(&table, column);
            op.send_all(&[sql])
        })
    }

    /// Renames a column. Indexes, keys and checks follow.
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there, or neither name is; `ShapeConflict` when both are.
    pub fn rename_column(&mut self, table: impl Into<TableName>, old: &str, new: &str) -> Result<Done> {
        let table = table.into();
        self.guarded(|op| {
            op.renderer.check_name("column", new)?;
            op.expect_table(&table)?;
            match (op.find_column(&table, old)?, op.find_column(&table, new)?) {
                (false, true) => Ok(Done::Already),
                (true, true) if !op.renderer.same_name(old, new) => Err(both_there("column", old, new)),
                (true, _) => {
                    op.database().check_rename(&table, old, new)?;
                    let sql = op.renderer.rename_column(&table, old, new);
                    op.send_all(&[sql])
                }
                (false, false) => Err(no_column(&table, old)),
            }
        })
    }

    /// Changes what is named about a column and nothing else: `|c| c.set_type(ColumnType::BigInteger).set_not_null()`.
    ///
    /// # Errors
    /// `PreconditionFailed` when the column is not there, or has NULLs that are to be forbidden; `DataLoss` when values
    /// would change and nobody named that.
    pub fn alter_column<R>(
        &mut self,
        table: impl Into<TableName>,
        column: &str,
        describe: impl FnOnce(&mut AlterColumn) -> R,
    ) -> Result<Done> {
        let table = table.into();
        let mut builder = AlterColumn::default();
        describe(&mut builder);
        let change = builder.change();
        self.guarded(|op| op.alter_described(&table, column, &change))
    }

    fn alter_described(&mut self, table: &TableName, column: &str, change: &ColumnChange) -> Result<Done> {
        self.expect_table(table)?;
        let found = self.found(table)?;
        let Some(there) = found.columns.iter().find(|there| self.renderer.same_name(&there.name, column)) else {
            return Err(no_column(table, column));
        };
        let (name, left) = (there.name.clone(), self.left_to_change(there, change));
        if left == ColumnChange::default() {
            return Ok(Done::Already);
        }
        if left.not_null == Some(true) {
            self.refuse_nulls(table, &name)?;
        }
        if let Some(column_type) = &left.column_type {
            self.refuse_loss_by_type(&found, &name, column_type, left.using.as_deref())?;
        }
        self.edit(&found, &TableEdit::AlterColumn(name, left))
    }

    /// What of the change is not so already.
    fn left_to_change(&self, found: &crate::schema::Column, change: &ColumnChange) -> ColumnChange {
        let mut left = change.clone();
        let found_type = self.renderer.canonical_type(&found.sql_type);
        let same_type =
            |wanted: &ColumnType| self.renderer.canonical_type(&self.renderer.column_type(wanted)) == found_type;
        if left.column_type.as_ref().is_some_and(same_type) {
            (left.column_type, left.using) = (None, None);
        }
        if left.not_null == Some(!found.nullable) {
            left.not_null = None;
        }
        if let Some(wanted) = &left.default {
            let mut column = ColumnDef::new(found.name.clone(), ColumnType::Custom(found.sql_type.clone()));
            column.default = wanted.clone();
            let text = wanted.as_ref().map(|default| self.renderer.default(&column, default));
            if diff::same_default(&column, text.as_deref(), found, self.renderer) && !is_expression(wanted.as_ref()) {
                left.default = None;
            }
        }
        if left.comment.is_some() && left.comment == found.comment {
            left.comment = None;
        }
        left
    }

    fn refuse_nulls(&mut self, table: &TableName, column: &str) -> Result<()> {
        let (name, quoted) = (self.renderer.table(table), self.renderer.quote(column));
        let nulls = self.database().count(&format!("SELECT count(*) FROM {name} WHERE {quoted} IS NULL"), &[])?;
        if nulls == 0 {
            return Ok(());
        }
        let message = format!("{nulls} rows of {table} have no {column}, and NULL is to be forbidden");
        Err(Error::new(ErrorKind::PreconditionFailed, message).remedy("fill the column first"))
    }

    /// A change of type that changes values, as the database itself would print them.
    fn refuse_loss_by_type(
        &mut self,
        found: &Table,
        column: &str,
        column_type: &ColumnType,
        using: Option<&str>,
    ) -> Result<()> {
        let loss = Loss::Column(found.name.clone(), column.to_owned());
        if using.is_some() || self.context.allows(&loss) {
            return Ok(());
        }
        let old_type = found.column(column).map(|column| column.sql_type.clone()).unwrap_or_default();
        let Some(changed) = self.renderer.values_changed_by(&found.name, column, &old_type, column_type) else {
            return Ok(());
        };
        let values = self.database().count(&changed, &[])?;
        self.refuse(
            &loss,
            values,
            &format!("what the new type of {column} in {} cannot hold: {values} values", found.name),
        )
    }

    /// Makes a change to a table that is there, by ALTER TABLE or by a rebuild.
    pub(super) fn edit(&mut self, found: &Table, edit: &TableEdit) -> Result<Done> {
        if self.database().needs_rebuild(&found.name, edit)? {
            return self.rebuild(&found.name, edit);
        }
        let statements = self.renderer.alter_table(found, edit)?;
        self.send_all(&statements)
    }

    pub(super) fn rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<Done> {
        if self.database().rebuild_reaches_others(table)? {
            self.context.wants_foreign_keys_off = true;
            let message = format!(
                "{table} must be rebuilt, and with foreign keys enforced that would delete or change rows that reference it"
            );
            return Err(Error::unsupported(
                message,
                "inside a transaction they cannot be switched off: run the migration outside of it, or switch them off \
                 before (PRAGMA foreign_keys = off)",
            ));
        }
        self.announce(&format!("-- rebuild of {}", self.renderer.table(table)));
        self.database().rebuild(table, edit)?;
        Ok(Done::Done)
    }
}

fn is_expression(default: Option<&Default>) -> bool {
    matches!(default, Some(Default::Sql(_)))
}

fn no_column(table: &TableName, column: &str) -> Error {
    Error::new(ErrorKind::PreconditionFailed, format!("table {table} has no column {column}"))
        .remedy("add it first, or name the column that is meant")
}

/// Whether a literal can be the default of a column of that type.
fn fits(value: &Literal, column_type: &ColumnType) -> bool {
    use ColumnType as T;
    match value {
        Literal::Null => true,
        Literal::Boolean(_) => matches!(column_type, T::Boolean | T::Custom(_)),
        Literal::Integer(number) => match column_type {
            T::SmallInteger => i16::try_from(*number).is_ok(),
            T::Integer => i32::try_from(*number).is_ok(),
            T::BigInteger | T::Float | T::Double | T::Decimal(..) | T::Custom(_) => true,
            _ => false,
        },
        Literal::Double(_) => matches!(column_type, T::Float | T::Double | T::Decimal(..) | T::Custom(_)),
        Literal::Text(text) => match column_type {
            T::String(length) => text.chars().count() <= *length as usize,
            T::SmallInteger | T::Integer | T::BigInteger | T::Float | T::Double | T::Boolean => false,
            _ => true,
        },
    }
}
