//! What a backup and a restore ask of a database: copies of tables, digests of their rows, and a table made again.

use std::fmt;
use std::path::Path;

use crate::count::counted;
use crate::error::{Error, Result};
use crate::name::TableName;

/// Copies of tables, and what is needed to put them back.
#[doc(hidden)]
pub trait Copies {
    /// The tables that are copied when all are: each row once, so that no partition comes besides its table.
    fn copied_tables(&mut self) -> Result<Vec<TableName>>;

    /// What the table is made of, told so that it can be made again when nothing of it is left.
    fn dissect(&mut self, table: &TableName) -> Result<Anatomy>;

    /// The schema that copies of the table go to, made when it is missing; none where a copy stands beside its original.
    fn place_of_copies(&mut self, _table: &TableName) -> Result<Option<String>> {
        Ok(None)
    }

    /// Opens the transaction that copies are made in, where the database has such: rows stand still in it, or are made to
    /// by [`make_copy`](Copies::make_copy).
    fn begin_copies(&mut self) -> Result<()>;

    /// Opens the transaction that a table is put back in; nobody else writes to the table from here on.
    fn begin_restore(&mut self, table: &TableName) -> Result<()>;

    /// Lets writers go on that [`make_copy`](Copies::make_copy) stopped, where no transaction's end does.
    fn release_tables(&mut self) -> Result<()> {
        Ok(())
    }

    /// Keeps everybody else from these tables until they are released, also while a statement defines, where nothing that
    /// defines can be rolled back. What is written to them is kept or not by [`settle_held`](Copies::settle_held).
    fn hold_tables(&mut self, _tables: &[TableName]) -> Result<()> {
        Ok(())
    }

    /// Keeps what was written to tables that are held, or takes it back; they are still held.
    fn settle_held(&mut self, _keep: bool) -> Result<()> {
        Ok(())
    }

    /// Whether the statement was refused because tables are held.
    fn is_refused_while_held(&self, _error: &Error) -> bool {
        false
    }

    /// Begins a transaction in which rows can be held.
    fn begin_holding(&mut self) -> Result<()>;

    /// Keeps others from changing the table's rows, and from adding to them, until the transaction ends.
    fn hold_rows(&mut self, _table: &TableName) -> Result<()> {
        Ok(())
    }

    /// Fills a copy with the rows that the original has now.
    fn refill_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<()>;

    /// Makes the copy, which nobody may look into who may not look into the original, and fills it; with how many rows.
    fn make_copy(&mut self, anatomy: &Anatomy, copy: &TableName) -> Result<u64>;

    /// The number of rows and the sum of their digests, over the values as they are kept in a copy.
    fn contents(&mut self, table: &TableName, columns: &[KeptColumn]) -> Result<Contents>;

    /// Those of an original and of its copy, into which so many rows went.
    fn contents_of_both(&mut self, anatomy: &Anatomy, copy: &TableName, _rows: u64) -> Result<[Contents; 2]> {
        Ok([self.contents(&anatomy.table, &anatomy.columns)?, self.contents(copy, &anatomy.columns)?])
    }

    /// A column of a table or of its copy as a text that is equal where the values are.
    fn as_compared(&self, column: &KeptColumn) -> String;

    /// Writes the whole database into a new file; how many bytes.
    fn copy_database(&mut self, path: &Path) -> Result<u64>;

    /// Whether two are made of the same things, but for how far they have counted.
    fn are_alike(&self, one: &Anatomy, other: &Anatomy) -> bool {
        one == other
    }

    /// Makes the table what it was, with the rows of the copy: nothing of it may be left, or something else in its place.
    /// Where no transaction takes it back, it is made under the other name first.
    fn put_back(
        &mut self,
        anatomy: &Anatomy,
        copy: &TableName,
        contents: &Contents,
        stand_in: &TableName,
    ) -> Result<()>;
}

/// What a table is made of.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anatomy {
    /// Its full name.
    pub table: TableName,
    /// The columns that hold values of their own; generated ones are left to the database.
    pub columns: Vec<KeptColumn>,
    /// The primary key.
    pub key: Vec<String>,
    /// The rest in the database's own words, in the order it is made in.
    pub parts: Vec<Part>,
}

impl Anatomy {
    /// The parts of a kind, in order.
    pub(crate) fn parts_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Part> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }
}

/// A column of a table and of its copy.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptColumn {
    /// Its name.
    pub name: String,
    /// Its type in the original.
    pub sql_type: String,
    /// Its type in the copy: another one where the original's may go.
    pub kept_type: String,
}

/// One thing that a table is made of.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `table`, `index`, `trigger` and the like.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// A statement, or what else the database needs to make it again.
    pub text: String,
    /// A statement that takes it away, where it may have to go by itself.
    pub undo: String,
}

impl Part {
    pub(crate) fn new(kind: &str, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), name: name.into(), text: text.into(), undo: String::new() }
    }
}

/// The rows of a table: how many, and a sum over the digests of each, so that their order does not matter.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// How many.
    pub rows: u64,
    /// How it was made, a colon, hexadecimal digits.
    pub digest: String,
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with digest {}", counted(self.rows, "row"), self.digest)
    }
}
