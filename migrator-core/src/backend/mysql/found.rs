//! What the catalogue will print of a column that is only planned.

use super::renderer::Renderer;
use crate::dialect::{Dialect, SqlRenderer};
use crate::operation::{ColumnDef, Default};
use crate::schema::Column;

impl Renderer {
    pub(super) fn printed_column(&self, definition: &ColumnDef, in_key: bool) -> Column {
        let sql_type = self.printed_type(&self.column_type(&definition.column_type));
        let mut found = Column::new(&definition.name, sql_type, !(definition.not_null || in_key));
        found.default = definition.default.as_ref().map(|default| self.printed_default(definition, default));
        found.auto_increment = definition.auto_increment;
        found.comment.clone_from(&definition.comment);
        found
    }

    /// MariaDB tells the width that whole numbers once had.
    fn printed_type(&self, sql_type: &str) -> String {
        let printed = sql_type.to_lowercase();
        match (self.dialect(), printed.as_str()) {
            (Dialect::MariaDb, "bigint") => "bigint(20)".to_owned(),
            (Dialect::MariaDb, "int" | "integer") => "int(11)".to_owned(),
            (Dialect::MariaDb, "smallint") => "smallint(6)".to_owned(),
            _ => printed,
        }
    }

    fn printed_default(&self, column: &ColumnDef, default: &Default) -> String {
        let written = self.default(column, default);
        match default {
            Default::Now if self.dialect() == Dialect::MariaDb => without_brackets(&written).to_lowercase(),
            Default::Value(_) | Default::Sql(_) => without_brackets(&written).to_owned(),
            Default::Now => written,
        }
    }
}

fn without_brackets(expression: &str) -> &str {
    expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(expression)
}
