//! CREATE TABLE in pieces.

use super::cursor::Cursor;
use super::{Span, rules, same_name};
use crate::error::{Error, Result};
use crate::sql::Token;

/// A CREATE TABLE statement, as SQLite keeps it, in pieces.
pub(in crate::backend::sqlite) struct CreateTable<'a> {
    pub(in crate::backend::sqlite) text: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    pub(in crate::backend::sqlite) name: String,
    /// From the name on: what follows `CREATE TABLE`.
    pub(in crate::backend::sqlite) name_start: usize,
    /// Behind the opening bracket.
    pub(super) open: usize,
    pub(in crate::backend::sqlite) columns: Vec<Column>,
    /// What is said of the table, not of one column.
    pub(in crate::backend::sqlite) constraints: Vec<Constraint>,
    pub(in crate::backend::sqlite) strict: bool,
    pub(in crate::backend::sqlite) without_rowid: bool,
}

/// One column.
pub(in crate::backend::sqlite) struct Column {
    pub(in crate::backend::sqlite) name: String,
    pub(super) span: Span,
    pub(super) name_end: usize,
    /// The type's words and its lengths, where a type is given.
    pub(super) type_span: Option<Span>,
    pub(in crate::backend::sqlite) constraints: Vec<Constraint>,
}

/// One constraint, of a column or of the table.
pub(in crate::backend::sqlite) struct Constraint {
    /// What CONSTRAINT calls it.
    pub(in crate::backend::sqlite) name: Option<String>,
    pub(super) span: Span,
    pub(in crate::backend::sqlite) rule: Rule,
}

/// What a constraint demands. Expressions are spans of the text between their brackets.
#[derive(Debug, PartialEq)]
pub(in crate::backend::sqlite) enum Rule {
    PrimaryKey {
        columns: Vec<String>,
        autoincrement: bool,
    },
    NotNull,
    /// `NULL`, which allows what is allowed anyway.
    Null,
    Unique(Vec<String>),
    Check(Span),
    Default(Span),
    Collate(String),
    ForeignKey {
        columns: Vec<String>,
        table: String,
        /// None where the other table's primary key is meant.
        referenced: Vec<String>,
        on_delete: &'static str,
        on_update: &'static str,
    },
    Generated(Span),
    /// `DEFERRABLE` that does not stand right behind its REFERENCES.
    Deferral,
    /// CONSTRAINT and a name, and no more.
    Nothing,
}

impl Rule {
    /// The columns it holds together.
    pub(in crate::backend::sqlite) fn columns(&self) -> &[String] {
        match self {
            Self::PrimaryKey { columns, .. } | Self::Unique(columns) | Self::ForeignKey { columns, .. } => columns,
            _ => &[],
        }
    }
}

impl<'a> CreateTable<'a> {
    pub(in crate::backend::sqlite) fn parse(text: &'a str) -> Result<Self> {
        let mut cursor = Cursor::new(text);
        if !cursor.take_words(&["CREATE", "TABLE"]) {
            let message = "only an ordinary table is rebuilt, and this is none";
            return Err(Error::unsupported(message, "drop it and create it anew").at_statement(text));
        }
        let name_start = cursor.start();
        let name = cursor.name()?;
        cursor.expect_punct("(")?;
        let open = cursor.end();
        let (columns, constraints) = items(&mut cursor)?;
        let (strict, without_rowid) = options(&mut cursor)?;
        let tokens = cursor.into_tokens();
        Ok(Self { text, tokens, name, name_start, open, columns, constraints, strict, without_rowid })
    }

    pub(in crate::backend::sqlite) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| same_name(&column.name, name))
    }

    /// The column, or an error that says it is not there.
    pub(super) fn expect_column(&self, name: &str) -> Result<&Column> {
        self.column(name).ok_or_else(|| {
            let message = format!("table {} has no column {name}", self.name);
            Error::new(crate::error::ErrorKind::PreconditionFailed, message).state("nothing was changed")
        })
    }

    /// Every constraint, in the order of the text.
    pub(in crate::backend::sqlite) fn all_constraints(&self) -> impl Iterator<Item = &Constraint> {
        self.columns.iter().flat_map(|column| &column.constraints).chain(&self.constraints)
    }

    pub(in crate::backend::sqlite) fn has_primary_key(&self) -> bool {
        self.all_constraints().any(|constraint| matches!(constraint.rule, Rule::PrimaryKey { .. }))
    }

    /// How people speak of the constraint: by its name, or by its text.
    pub(in crate::backend::sqlite) fn describe(&self, constraint: &Constraint) -> String {
        match &constraint.name {
            Some(name) => format!("constraint {name}, {}", &self.text[constraint.span.clone()]),
            None => format!("constraint {}", &self.text[constraint.span.clone()]),
        }
    }
}

impl Column {
    /// The type as it is written; empty without one.
    pub(in crate::backend::sqlite) fn sql_type<'t>(&self, text: &'t str) -> &'t str {
        self.type_span.clone().map_or("", |span| &text[span])
    }

    pub(super) fn constraint(&self, is: impl Fn(&Rule) -> bool) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| is(&constraint.rule))
    }

    /// The collation said of it; of several the last counts.
    pub(in crate::backend::sqlite) fn collation(&self) -> Option<&str> {
        self.constraints.iter().rev().find_map(|constraint| match &constraint.rule {
            Rule::Collate(name) => Some(name.as_str()),
            _ => None,
        })
    }

    pub(in crate::backend::sqlite) fn generated(&self) -> Option<Span> {
        self.constraints.iter().find_map(|constraint| match &constraint.rule {
            Rule::Generated(expression) => Some(expression.clone()),
            _ => None,
        })
    }
}

/// Columns, then constraints; between constraints the comma may be missing.
fn items(cursor: &mut Cursor<'_>) -> Result<(Vec<Column>, Vec<Constraint>)> {
    let (mut columns, mut constraints) = (Vec::new(), Vec::new());
    while !cursor.take_punct(")") {
        match rules::of_table(cursor)? {
            Some(constraint) => constraints.push(constraint),
            None if constraints.is_empty() => columns.push(column(cursor)?),
            None => return Err(cursor.fault("a constraint")),
        }
        let separated = cursor.take_punct(",");
        if !separated && constraints.is_empty() && !cursor.is_punct(")") {
            return Err(cursor.fault("`,` or `)`"));
        }
    }
    Ok((columns, constraints))
}

fn column(cursor: &mut Cursor<'_>) -> Result<Column> {
    let start = cursor.start();
    let name = cursor.name()?;
    let name_end = cursor.end();
    let type_span = column_type(cursor)?;
    let mut constraints = Vec::new();
    while let Some(constraint) = rules::of_column(cursor, &name)? {
        constraints.push(constraint);
    }
    Ok(Column { name, span: start..cursor.end(), name_end, type_span, constraints })
}

/// What ends the words of a type.
const BEHIND_TYPE: [&str; 10] =
    ["CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "AS"];

fn column_type(cursor: &mut Cursor<'_>) -> Result<Option<Span>> {
    let start = cursor.start();
    while cursor.at_name() && !cursor.is_any_word(&BEHIND_TYPE) && !rules::at_generated(cursor) {
        if cursor.is_word("DEFERRABLE") {
            break;
        }
        cursor.take();
    }
    let words = cursor.end() > start;
    if words && cursor.is_punct("(") {
        cursor.parentheses()?;
    }
    Ok(words.then(|| start..cursor.end()))
}

fn options(cursor: &mut Cursor<'_>) -> Result<(bool, bool)> {
    let (mut strict, mut without_rowid) = (false, false);
    while cursor.peek().is_some() {
        if cursor.take_words(&["WITHOUT", "ROWID"]) {
            without_rowid = true;
        } else if cursor.take_words(&["STRICT"]) {
            strict = true;
        } else if !cursor.take_punct(",") {
            return Err(cursor.fault("the end"));
        }
    }
    Ok((strict, without_rowid))
}
