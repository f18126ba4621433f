//! What only looks different from what is there, because the database spells it in its own way.

use super::Operations;
use crate::diff;
use crate::error::Result;
use crate::operation::{ColumnChange, ColumnDef, ColumnType};
use crate::schema::{Column, Table};

impl Operations<'_> {
    /// Columns as the database tells of them, where they are compared with those of a table; without the others of that
    /// table, an expression could not name them.
    pub(super) fn spelled(&mut self, wanted: &[ColumnDef], found: &Table) -> Result<Vec<Column>> {
        let is_wanted = |column: &&Column| wanted.iter().any(|one| self.renderer.same_name(&one.name, &column.name));
        let others = found.columns.iter().filter(|column| !is_wanted(column) && column.generated.is_none());
        let others = others.map(|column| ColumnDef::new(&column.name, ColumnType::Custom(column.sql_type.clone())));
        let columns: Vec<ColumnDef> = wanted.iter().cloned().chain(others).collect();
        Ok(self.database().spelled(&columns)?.unwrap_or_default())
    }

    /// What is left of a change without what is so already in the database's own words.
    pub(super) fn without_other_spellings(
        &mut self,
        found: &Table,
        there: &Column,
        mut left: ColumnChange,
    ) -> Result<ColumnChange> {
        let of_type = matches!(left.column_type, Some(ColumnType::Custom(_)));
        let of_default = there.default.is_some() && matches!(left.default, Some(Some(_)));
        if !of_type && !of_default {
            return Ok(left);
        }
        let column_type = left.column_type.clone().unwrap_or_else(|| ColumnType::Custom(there.sql_type.clone()));
        let mut wanted = ColumnDef::new(&there.name, column_type);
        wanted.default = left.default.clone().flatten();
        let told = self.spelled(std::slice::from_ref(&wanted), found)?;
        let Some(told) = told.first() else { return Ok(left) };
        if of_type && diff::is_told_type(told, there, self.renderer) {
            (left.column_type, left.using) = (None, None);
        }
        if of_default && left.column_type.is_none() && diff::is_told_default(told, there, self.renderer) {
            left.default = None;
        }
        Ok(left)
    }
}
