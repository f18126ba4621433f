//! What a comparison gives: changes in order, what is left open, what a person should know.

use std::fmt;

use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::metadata::Condition;
use crate::name::TableName;
use crate::operation::{ColumnType, Literal};
use crate::schema::{self, Table};

use super::writing;

/// What brings a database to what a `schema.rs` says, in the order in which it can be done.
#[derive(Debug, Clone)]
pub struct Changes {
    pub(super) list: Vec<Change>,
    pub(super) questions: Vec<Question>,
    pub(super) notes: Vec<String>,
    /// What is different and no operation mends; among the notes too.
    by_hand: Vec<String>,
    /// What could not be compared; among the notes too.
    unread: Vec<String>,
    up: Vec<String>,
    down: Vec<String>,
}

/// What a comparison cannot know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case", tag = "kind"))]
#[non_exhaustive]
pub enum Question {
    /// One column is gone and one of the same type has come: is it the same?
    Renamed {
        /// The table.
        table: TableName,
        /// The column that is only in the database.
        old: String,
        /// The column that is only in `schema.rs`.
        new: String,
    },
    /// Rows are there, and the column may not be NULL: what do they get?
    Value {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
    },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Renamed { table, old, new } => write!(f, "is {table}.{new} what was {table}.{old}?"),
            Self::Value { table, column } => {
                write!(f, "what do the rows of {table} get in {column}, which may not be NULL?")
            }
        }
    }
}

impl Question {
    /// How it is answered on a command line.
    fn remedy(&self) -> String {
        match self {
            Self::Renamed { table, old, new } => {
                format!(
                    "--rename {table}.{old}={new} (or, if one goes and another comes: --separate {table}.{old}={new})"
                )
            }
            Self::Value { table, column } => format!("--default {table}.{column}=<value>"),
        }
    }
}

/// One operation and its way back.
#[derive(Debug, Clone)]
pub(super) enum Change {
    CreateTable(NewTable),
    /// Between two new tables that reference each other.
    AddForeignKey {
        table: TableName,
        column: String,
        references: (TableName, String),
    },
    RenameColumn {
        table: TableName,
        old: String,
        new: String,
    },
    AddColumn {
        table: TableName,
        column: NewColumn,
    },
    AlterColumn {
        table: TableName,
        column: String,
        alteration: Alteration,
    },
    /// With the table as it stood.
    DropColumn {
        column: schema::Column,
        of: Table,
    },
    DropTable(Table),
}

#[derive(Debug, Clone)]
pub(super) struct NewTable {
    pub(super) name: TableName,
    pub(super) columns: Vec<NewColumn>,
    /// Of several columns.
    pub(super) primary_key: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct NewColumn {
    pub(super) name: String,
    pub(super) column_type: ColumnType,
    /// Whether it is just what `t.id()` makes.
    pub(super) is_id: bool,
    pub(super) nullable: bool,
    pub(super) primary_key: bool,
    pub(super) references: Option<(TableName, String)>,
    pub(super) value: Option<Literal>,
}

impl NewColumn {
    pub(super) fn needs_value(&self) -> bool {
        !self.nullable && self.value.is_none()
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Alteration {
    /// The type as it stood, and the new one.
    pub(super) column_type: Option<(ColumnType, ColumnType)>,
    /// Whether NULL is allowed from now on.
    pub(super) nullable: Option<bool>,
    /// What rows get that are NULL.
    pub(super) value: Option<Literal>,
}

impl Alteration {
    pub(super) fn is_empty(&self) -> bool {
        self.column_type.is_none() && self.nullable.is_none()
    }

    pub(super) fn needs_value(&self) -> bool {
        self.nullable == Some(false) && self.value.is_none()
    }
}

impl Changes {
    pub(super) fn new(
        list: Vec<Change>,
        questions: Vec<Question>,
        notes: Vec<String>,
        renderer: &dyn SqlRenderer,
    ) -> Self {
        let up = list.iter().flat_map(|change| writing::up(change, renderer)).collect();
        let down = list.iter().rev().flat_map(|change| writing::down(change, renderer)).collect();
        Self { list, questions, notes, by_hand: Vec::new(), unread: Vec::new(), up, down }
    }

    pub(super) fn and_by_hand(self, by_hand: Vec<String>) -> Self {
        Self { by_hand, ..self }
    }

    pub(super) fn and_unread(self, unread: Vec<String>) -> Self {
        Self { unread, ..self }
    }

    /// Columns that could not be compared, for `schema.rs` does not say what their type is called in the database.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// A line for each difference, those among them that no operation mends: another primary key.
    pub fn differences(&self) -> Vec<String> {
        self.list.iter().map(ToString::to_string).chain(self.by_hand.iter().cloned()).collect()
    }

    /// Whether the database is as `schema.rs` says.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What is left open: answered by [`Options`](super::Options), and the comparison made again.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// What a person should know: tables that are only in the database, keys that differ.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Nothing, when nothing is left open.
    ///
    /// # Errors
    /// `Declined` with each question and the words that answer it.
    pub fn settled(&self) -> Result<()> {
        if self.questions.is_empty() {
            return Ok(());
        }
        let questions: Vec<String> = self.questions.iter().map(ToString::to_string).collect();
        let remedies: Vec<String> = self.questions.iter().map(Question::remedy).collect();
        Err(Error::new(ErrorKind::Declined, questions.join("\n  "))
            .state("no file was written")
            .remedy(remedies.join("\n")))
    }

    /// The conditions that a migration of these changes can say of itself: what must hold before, and what after.
    pub fn conditions(&self) -> (Vec<Condition>, Vec<Condition>) {
        let mut required: Vec<Condition> = Vec::new();
        for table in self.list.iter().filter_map(Change::altered_table) {
            let condition = Condition::Table(table.clone());
            if !required.contains(&condition) {
                required.push(condition);
            }
        }
        (required, self.list.iter().filter_map(Change::ensured).collect())
    }

    /// The statements of `upgrade`, in order; each may be several lines.
    pub fn up(&self) -> &[String] {
        &self.up
    }

    /// The statements of `downgrade`, in order: the way back.
    pub fn down(&self) -> &[String] {
        &self.down
    }
}

impl Change {
    /// The table that must be there.
    fn altered_table(&self) -> Option<&TableName> {
        match self {
            Self::RenameColumn { table, .. } | Self::AddColumn { table, .. } | Self::AlterColumn { table, .. } => {
                Some(table)
            }
            Self::DropColumn { of, .. } => Some(&of.name),
            Self::CreateTable(_) | Self::AddForeignKey { .. } | Self::DropTable(_) => None,
        }
    }

    fn ensured(&self) -> Option<Condition> {
        match self {
            Self::CreateTable(table) => Some(Condition::Table(table.name.clone())),
            Self::RenameColumn { table, new, .. } => Some(Condition::Column(table.clone(), new.clone())),
            Self::AddColumn { table, column } => Some(Condition::Column(table.clone(), column.name.clone())),
            Self::DropColumn { column, of } => Some(Condition::NoColumn(of.name.clone(), column.name.clone())),
            Self::DropTable(table) => Some(Condition::NoTable(table.name.clone())),
            Self::AddForeignKey { .. } | Self::AlterColumn { .. } => None,
        }
    }
}

/// A line for each change.
impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.list.iter().map(ToString::to_string).collect();
        if self.differences().is_empty() {
            lines.push("the database is as schema.rs says".to_owned());
        }
        lines.extend(self.notes.iter().cloned());
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable(table) => write!(f, "+ table {}", table.name),
            Self::AddForeignKey { table, column, references: (parent, _) } => {
                write!(f, "+ foreign key {table}.{column} to {parent}")
            }
            Self::RenameColumn { table, old, new } => write!(f, "~ column {table}.{old} is {new}"),
            Self::AddColumn { table, column } => write!(f, "+ column {table}.{}", column.name),
            Self::AlterColumn { table, column, alteration } => {
                write!(f, "~ column {table}.{column}")?;
                if let Some((old, new)) = &alteration.column_type {
                    write!(f, ", {old:?} to {new:?}")?;
                }
                match alteration.nullable {
                    Some(true) => f.write_str(", may be NULL"),
                    Some(false) => f.write_str(", may not be NULL"),
                    None => Ok(()),
                }
            }
            Self::DropColumn { column, of } => write!(f, "- column {}.{}", of.name, column.name),
            Self::DropTable(table) => write!(f, "- table {}", table.name),
        }
    }
}
