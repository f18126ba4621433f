//! Columns of a table that is there.

use super::column_types::no_column;
use super::tables::{both_there, malformed};
use super::{Done, Operations};
use crate::connection::{Asked, reaching_others};
use crate::count::counted;
use crate::diff;
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Loss;
use crate::name::TableName;
use crate::operation::{
    AlterColumn, Change, ColumnChange, ColumnDef, ColumnType, Default, ForeignKey, TableBuilder, TableDef, TableEdit,
};
use crate::schema::{Column, Table, spelling};

impl Operations<'_> {
    /// Adds a column, or several.
    ///
    /// ```sql
    /// -- op.add_column("users", |t| t.string("email", 255))
    /// -- SQLite
    /// ALTER TABLE "users" ADD COLUMN "email" VARCHAR(255);
    /// -- PostgreSQL
    /// ALTER TABLE "users" ADD COLUMN "email" VARCHAR(255);
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` ADD COLUMN `email` VARCHAR(255);
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there; `ShapeConflict` when a column of that name is there with another
    /// shape.
    pub fn add_column<R>(
        &mut self,
        table: impl Into<TableName>,
        describe: impl FnOnce(&mut TableBuilder) -> R,
    ) -> Result<Done> {
        let columns = self.described(table, describe);
        self.guarded(self.call("add_column", &columns.name, &columns), |op| op.add_described(&columns))
    }

    /// Columns, and whatever else was said of the table while they were described.
    fn add_described(&mut self, wanted: &TableDef) -> Result<Done> {
        let table = &wanted.name;
        if !wanted.primary_key.is_empty() {
            let message = format!("a primary key is described for {table}, which is there");
            return Err(malformed(message, "say primary_key in create_table"));
        }
        self.check_additions(wanted)?;
        let mut done = Done::Already;
        for column in &wanted.columns {
            done = done.and(self.add_described_column(table, column)?);
        }
        for columns in &wanted.uniques {
            done = done.and(self.add_described_unique(table, columns.clone())?);
        }
        for key in &wanted.foreign_keys {
            done = done.and(self.add_described_key(table, key.clone())?);
        }
        for check in &wanted.checks {
            let name = check.name.as_deref().unwrap_or_default();
            done = done.and(self.add_described_check(table, name, &check.expression)?);
        }
        for index in &wanted.indexes {
            let columns = self.expect_columns(table, &index.columns)?;
            done = done.and(self.create_described_index(table, &self.with_prefixes(index, &columns))?);
        }
        Ok(done)
    }

    /// All that can be said before the first of several columns is sent.
    fn check_additions(&mut self, wanted: &TableDef) -> Result<()> {
        self.check_names_once(wanted)?;
        wanted.columns.iter().try_for_each(|column| self.check_column(column))?;
        wanted.indexes.iter().try_for_each(|index| self.check_index(&wanted.name, index))?;
        wanted.columns.iter().try_for_each(|column| self.check_addition(&wanted.name, column))?;
        let keys = wanted.foreign_keys.iter();
        keys.clone().try_for_each(|key| self.check_referenced(&wanted.name, key, &wanted.columns))?;
        let named =
            keys.map(|key| &key.columns).chain(&wanted.uniques).chain(wanted.indexes.iter().map(|one| &one.columns));
        let described =
            |name: &&String| wanted.columns.iter().any(|column| self.renderer.same_name(&column.name, name));
        let others: Vec<String> = named.flatten().filter(|name| !described(name)).cloned().collect();
        self.expect_columns(&wanted.name, &others).map(|_| ())
    }

    fn check_addition(&mut self, table: &TableName, column: &ColumnDef) -> Result<()> {
        if self.has_column_like(table, column)? {
            return self.same_column(table, column).map(|_| ());
        }
        if let Some(key) = ForeignKey::of_column(column) {
            self.check_referenced(table, &key, std::slice::from_ref(column))?;
        }
        if column.unique {
            self.check_key_column(column)?;
        }
        self.refuse_rows_without_a_value(table, column)?;
        self.refuse_breakers_of_new(table, column)
    }

    fn has_column_like(&mut self, table: &TableName, column: &ColumnDef) -> Result<bool> {
        let there = self.columns_of(table)?;
        Ok(there.iter().any(|(name, _)| self.renderer.same_name(name, &column.name)))
    }

    fn add_described_column(&mut self, table: &TableName, column: &ColumnDef) -> Result<Done> {
        let is_there = self.has_column_like(table, column)?;
        self.context.memory.forget(table);
        if is_there {
            return Ok(Done::Already);
        }
        let edit = TableEdit::AddColumn(column.clone());
        let done = if self.database().needs_rebuild(table, &edit)? {
            self.rebuild(table, &edit)
        } else {
            let statements = self.renderer.add_column(table, column);
            self.make(&Change::Edit(table.clone(), edit), &statements)
        }?;
        self.context.memory.added(table, &column.name);
        Ok(done)
    }

    /// Most databases refuse; one fills in a value of its own.
    fn refuse_rows_without_a_value(&mut self, table: &TableName, column: &ColumnDef) -> Result<()> {
        let is_filled = !column.not_null || column.default.is_some() || column.auto_increment;
        if is_filled || !self.has_rows(table)? {
            return Ok(());
        }
        let message = format!("{table} has rows, and {} is to be not null without a default", column.name);
        Err(Error::new(ErrorKind::PreconditionFailed, message)
            .remedy("give it a default, or add it nullable, fill it, and forbid NULL with alter_column"))
    }

    fn same_column(&mut self, table: &TableName, wanted: &ColumnDef) -> Result<Done> {
        let found = self.found(table)?;
        let column = found.columns.iter().find(|column| self.renderer.same_name(&column.name, &wanted.name));
        let Some(column) = column else { return Ok(Done::Already) };
        let mut differences = diff::column_differences(wanted, &found, column, &[], self.renderer);
        if !differences.is_empty() {
            let told = self.spelled(std::slice::from_ref(wanted), &found)?;
            differences = diff::column_differences(wanted, &found, column, &told, self.renderer);
        }
        if differences.is_empty() {
            return Ok(Done::Already);
        }
        let message =
            format!("column {} of {table} is there with another shape{}", wanted.name, diff::told(&differences));
        Err(Error::new(ErrorKind::ShapeConflict, message)
            .remedy("name the new column differently, or bring the old one to this shape with alter_column"))
    }

    /// Drops a column. One with values in it must be named in `allow_loss(column(..))`.
    ///
    /// ```sql
    /// -- op.drop_column("users", "email")
    /// -- SQLite
    /// /* rebuild of "users" */
    /// -- PostgreSQL
    /// ALTER TABLE "users" DROP COLUMN "email";
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` DROP COLUMN `email`;
    /// ```
    ///
    /// # Errors
    /// `DataLoss` when it has values and nobody named it; `PreconditionFailed` when the table is not there.
    pub fn drop_column(&mut self, table: impl Into<TableName>, column: &str) -> Result<Done> {
        let table = self.named(table);
        self.guarded(self.call("drop_column", &table, &column), |op| {
            if !op.columns_of(&table)?.iter().any(|(name, _)| op.renderer.same_name(name, column)) {
                return Ok(Done::Already);
            }
            op.database().check_drop(&table, column)?;
            op.refuse_loss_of_column(&table, column)?;
            let found = op.found(&table)?;
            op.edit(&found, &TableEdit::DropColumn(column.to_owned()))
        })
    }

    /// Renames a column. Indexes, keys and checks follow.
    ///
    /// ```sql
    /// -- op.rename_column("users", "name", "full_name")
    /// -- SQLite
    /// ALTER TABLE "users" RENAME COLUMN "name" TO "full_name";
    /// -- PostgreSQL
    /// ALTER TABLE "users" RENAME COLUMN "name" TO "full_name";
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` RENAME COLUMN `name` TO `full_name`;
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there, or neither name is; `ShapeConflict` when both are.
    pub fn rename_column(&mut self, table: impl Into<TableName>, old: &str, new: &str) -> Result<Done> {
        let table = self.named(table);
        self.guarded(self.call("rename_column", &table, &(old, new)), |op| {
            op.renderer.check_name("column", new)?;
            let columns = op.columns_of(&table)?;
            let has = |name: &str| columns.iter().any(|(column, _)| op.renderer.same_name(column, name));
            let is = |name: &str| columns.iter().any(|(column, _)| column == name);
            op.context.memory.forget(&table);
            op.context.memory.forget_added(&table);
            if is(new) && !is(old) && op.renderer.same_name(old, new) {
                return Ok(Done::Already);
            }
            match (has(old), has(new)) {
                (false, true) => Ok(Done::Already),
                (true, true) if !op.renderer.same_name(old, new) => Err(both_there("column", old, new)),
                (true, _) => {
                    op.database().check_rename(&table, old, new)?;
                    op.context.watch.explain(Loss::column(&table, old));
                    let sql = op.renderer.rename_column(&table, old, new);
                    op.make(&Change::RenameColumn(table.clone(), old.to_owned(), new.to_owned()), &[sql])
                }
                (false, false) => Err(no_column(&table, old)),
            }
        })
    }

    /// Changes what is named about a column and nothing else: `|c| c.set_type(ColumnType::BigInteger).set_not_null()`.
    ///
    /// ```sql
    /// -- op.alter_column("users", "age", |c| c.set_type(ColumnType::BigInteger).set_not_null())
    /// -- SQLite
    /// /* rebuild of "users" */
    /// -- PostgreSQL
    /// ALTER TABLE "users" ALTER COLUMN "age" TYPE BIGINT, ALTER COLUMN "age" SET NOT NULL;
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` MODIFY COLUMN `age` BIGINT NOT NULL;
    /// ```
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
        let table = self.named(table);
        let mut builder = AlterColumn::default();
        describe(&mut builder);
        let change = builder.change();
        self.guarded(self.call("alter_column", &table, &(column, &change)), |op| {
            op.alter_described(&table, column, &change)
        })
    }

    fn alter_described(&mut self, table: &TableName, column: &str, change: &ColumnChange) -> Result<Done> {
        self.expect_table(table)?;
        let found = self.found(table)?;
        let Some(there) = found.columns.iter().find(|there| self.renderer.same_name(&there.name, column)) else {
            return Err(no_column(table, column));
        };
        if change.using.is_some() && change.column_type.is_none() && change.not_null != Some(true) {
            let message = format!("using says how values of {column} become new ones, and nothing asks for new ones");
            return Err(malformed(message, "say set_type or set_not_null too, or change the values with execute"));
        }
        if change.not_null == Some(false) && !there.nullable && found.primary_key.contains(&there.name) {
            let message = format!("{column} of {table} is in the primary key, which forbids NULL");
            return Err(malformed(message, "leave drop_not_null out"));
        }
        let (name, mut left) = (there.name.clone(), self.left_to_change(&found, there, change));
        left = self.without_other_spellings(&found, there, left)?;
        self.check_new_default(there, change)?;
        if change.not_null == Some(true) && self.renderer.is_half_altered(&found, &name) {
            left.not_null = Some(true);
        }
        if left == ColumnChange::default() {
            return Ok(Done::Already);
        }
        if left.not_null == Some(true) && left.column_type.is_none() && change.using.is_some() {
            left.column_type = Some(ColumnType::Custom(there.sql_type.clone()));
            left.using.clone_from(&change.using);
        }
        if left.using.is_some() {
            self.database().check_new_values(table, &name)?;
        }
        if left.not_null == Some(true) {
            self.refuse_nulls(table, &name, left.using.as_deref())?;
        }
        if let Some(column_type) = &left.column_type {
            self.refuse_loss_by_type(&found, &name, column_type, left.using.as_deref())?;
        }
        self.edit(&found, &TableEdit::AlterColumn(name, left))
    }

    /// What of the change is not so already.
    fn left_to_change(&self, table: &Table, found: &Column, change: &ColumnChange) -> ColumnChange {
        let mut left = change.clone();
        let found_type = self.renderer.canonical_type(&found.sql_type);
        let same_type = |wanted: &ColumnType| {
            let kept = self.renderer.type_kept(table, &found.name, wanted);
            self.renderer.canonical_type(&kept) == found_type
        };
        if left.column_type.as_ref().is_some_and(same_type) {
            left.column_type = None;
        }
        left.using = left.using.filter(|_| left.column_type.is_some());
        if left.not_null == Some(!found.nullable) {
            left.not_null = None;
        }
        if let Some(wanted) = &left.default {
            let differs = |default: Option<&Default>| match (default, &found.default) {
                (Some(Default::Sql(expression)), Some(printed)) => !spelling::same_expression(expression, printed),
                _ => false,
            };
            let mut column = ColumnDef::new(found.name.clone(), ColumnType::Custom(found.sql_type.clone()));
            column.default = wanted.clone();
            let text = wanted.as_ref().map(|default| self.renderer.default(&column, default));
            if diff::same_default(&column, text.as_deref(), found, self.renderer) && !differs(wanted.as_ref()) {
                left.default = None;
            }
        }
        let no_comments = !self.renderer.capabilities().column_comments;
        let kept_comment = left.comment.as_deref().map(|comment| self.renderer.kept_comment(comment));
        let same_comment = kept_comment.as_deref() == Some(found.comment.as_deref().unwrap_or_default());
        if no_comments || same_comment {
            left.comment = None;
        }
        left
    }

    /// Of the values as they will be: as they are, or what `using` makes of them.
    fn refuse_nulls(&mut self, table: &TableName, column: &str, using: Option<&str>) -> Result<()> {
        let value = using.map_or_else(|| self.renderer.quote(column), |expression| format!("({expression})"));
        let sql = format!("SELECT count(*) FROM {} WHERE {value} IS NULL", self.renderer.table(table));
        let asked = if using.is_some() { Asked::anything(table) } else { Asked::columns(table, [column]) };
        let nulls = self.ask(&[asked], &sql)?;
        if nulls == 0 {
            return Ok(());
        }
        let message = format!("{} of {table} without {column}, and NULL is to be forbidden", counted(nulls, "row"));
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
        self.context.watch.explain(loss.clone());
        if self.is_settled(&loss) || self.is_own_column(&found.name, column) {
            return Ok(());
        }
        if let Some(expression) = using {
            return self.refuse_values_made_null(found, column, expression);
        }
        let old_type = found.column(column).map(|column| column.sql_type.clone()).unwrap_or_default();
        let Some(changed) = self.renderer.values_changed_by(&found.name, column, &old_type, column_type) else {
            return Ok(());
        };
        let values = self.ask(&[Asked::columns(&found.name, [column])], &changed)?;
        self.refuse_as(
            &loss,
            values,
            &format!("what the new type of {column} in {} cannot hold: {}", found.name, counted(values, "value")),
        )
    }

    /// Who says `using` means the new values; not that there is none any more where there was one.
    fn refuse_values_made_null(&mut self, found: &Table, column: &str, expression: &str) -> Result<()> {
        let (table, quoted) = (self.renderer.table(&found.name), self.renderer.quote(column));
        let sql = format!("SELECT count(*) FROM {table} WHERE {quoted} IS NOT NULL AND ({expression}) IS NULL");
        let values = self.ask(&[Asked::anything(&found.name)], &sql)?;
        let what = format!("column {column} of {}: using makes NULL of {}", found.name, counted(values, "value"));
        self.refuse_as(&Loss::Column(found.name.clone(), column.to_owned()), values, &what)
    }

    /// Makes a change to a table that is there, by ALTER TABLE or by a rebuild.
    pub(super) fn edit(&mut self, found: &Table, edit: &TableEdit) -> Result<Done> {
        self.context.memory.forget(&found.name);
        if self.database().needs_rebuild(&found.name, edit)? {
            return self.rebuild(&found.name, edit);
        }
        let statements = match self.context.transactional {
            true => self.renderer.alter_table(found, edit)?,
            false => self.renderer.alter_table_in_steps(found, edit)?,
        };
        self.make(&Change::Edit(found.name.clone(), edit.clone()), &statements)
    }

    fn rebuild(&mut self, table: &TableName, edit: &TableEdit) -> Result<Done> {
        if self.database().rebuild_reaches_others(table)? {
            self.context.wants_foreign_keys_off = true;
            return Err(reaching_others(table));
        }
        self.context.announce(&self.renderer.rebuild_told(table))?;
        let rebuilt = self.database().rebuild(table, edit)?;
        self.database().told(&Change::Edit(table.clone(), edit.clone()))?;
        if rebuilt.changed_values > 0 {
            let changed = rebuilt.changed_values;
            let values = if changed == 1 { "1 value is" } else { &format!("{changed} values are") };
            self.context.notes.push(format!("rebuild of {table}: {values} not what the old type held"));
        }
        Ok(Done::Done)
    }
}
