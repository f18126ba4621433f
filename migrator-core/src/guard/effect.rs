//! What a statement may do to what is there.

use crate::name::TableName;

/// What a statement may do to what is there. A statement without any effect is harmless.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Rows that stood in another table come into this one, which the run may have made.
    Receives(TableName),
    /// Gives a table another name.
    Renames { from: TableName, to: TableName },
    /// Rows come, which may fire triggers.
    Inserts(TableName),
    /// Values change; these columns may become NULL.
    Updates { table: TableName, columns: Vec<String> },
    /// Rows go.
    Deletes(TableName),
    /// Rows come, and others make room for them.
    Evicts(TableName),
    /// The table goes.
    Drops(TableName),
    /// All rows go; those of tables that reference it too, where it is said.
    Empties { table: TableName, cascades: bool },
    /// A column goes.
    DropsColumn { table: TableName, column: String },
    /// A column gets another type, each value by the expression where one is given.
    Retypes { table: TableName, column: String, to: String, using: Option<String> },
    /// The rows of these partitions go.
    DropsPartitions { table: TableName, partitions: Vec<String> },
    /// Every table in it goes.
    DropsSchema(String),
    /// A routine of the database's is called.
    Calls(TableName),
    /// Rows are read, and with them what views, operators and casts stand for is called.
    Reads,
    /// A name without a schema may be another table's from here on.
    Elsewhere,
    /// So may any name.
    RenamesSchema,
    /// What it does cannot be told from its words.
    Opaque,
    /// Makes a table; or finds one of that name. Last, for what it takes the place of goes first.
    Makes { table: TableName, unless_there: bool },
}

impl Effect {
    /// The table that it is about, where it is about one.
    pub(crate) fn table(&self) -> Option<&TableName> {
        match self {
            Self::Makes { table, .. }
            | Self::Receives(table)
            | Self::Renames { from: table, .. }
            | Self::Inserts(table)
            | Self::Updates { table, .. }
            | Self::Deletes(table)
            | Self::Evicts(table)
            | Self::Drops(table)
            | Self::Empties { table, .. }
            | Self::DropsColumn { table, .. }
            | Self::Retypes { table, .. }
            | Self::DropsPartitions { table, .. } => Some(table),
            Self::DropsSchema(_)
            | Self::Calls(_)
            | Self::Reads
            | Self::Elsewhere
            | Self::RenamesSchema
            | Self::Opaque => None,
        }
    }

    /// Whether rows may go, and others with them that follow by foreign keys.
    pub(crate) fn takes_rows(&self) -> bool {
        matches!(self, Self::Deletes(_) | Self::Evicts(_))
    }

    /// Whether it changes rows one by one, which triggers and foreign keys follow.
    pub(crate) fn changes_rows(&self) -> bool {
        matches!(self, Self::Inserts(_) | Self::Updates { .. } | Self::Deletes(_) | Self::Evicts(_))
    }
}
