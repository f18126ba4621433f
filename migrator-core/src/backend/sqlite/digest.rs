//! A digest of every row, made here of the values as SQLite holds them.
//!
//! Rows come on one thread and are digested on another: of a large table each takes its time.

use std::ops::Range;
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};

use diesel::connection::LoadConnection;
use diesel::row::{Field, Row};
use diesel::sql_query;
use diesel::sqlite::{Sqlite, SqliteConnection, SqliteType, SqliteValue};
use siphasher::sip128::{Hash128, SipHasher13};

use super::handed;
use crate::backend::driver::refused;
use crate::connection::Database;
use crate::connection::copies::Contents;
use crate::error::{Error, ErrorKind, Result};

/// So many bytes of rows are handed over at once, and so many such pieces wait at most.
const PIECE: usize = 1 << 16;
const WAITING: usize = 4;

/// The number of rows, and the sum of the digests of these columns: expressions, and what follows them in a query.
pub(super) fn of_rows(conn: &mut SqliteConnection, columns: &[String], from: &str) -> Result<Contents> {
    match handed::call(conn, columns) {
        Some(call) => of_handed(conn, &format!("SELECT {call} {from}")),
        None => of_read(conn, &format!("SELECT {} {from}", columns.join(", "))),
    }
}

fn of_handed(conn: &mut SqliteConnection, sql: &str) -> Result<Contents> {
    let answer = conn.query(sql, &[])?.first().and_then(|row| row.optional_text(0));
    let (rows, digest) = answer.as_deref().and_then(|text| text.split_once(' ')).ok_or_else(untold)?;
    Ok(Contents { rows: rows.parse().map_err(|_| untold())?, digest: digest.to_owned() })
}

fn of_read(conn: &mut SqliteConnection, sql: &str) -> Result<Contents> {
    let refused = |error| refused::<SqliteConnection>(error, sql);
    let mut digesting = Digesting::default();
    for row in LoadConnection::load(conn, sql_query(sql)).map_err(refused)? {
        let row = row.map_err(refused)?;
        digesting.add(|bytes| write_all(bytes, &row, 0..row.field_count()));
    }
    digesting.finish()
}

/// A value stays where it was made: to move it took as long as to read it.
pub(super) fn write_all<'a>(bytes: &mut Vec<u8>, row: &impl Row<'a, Sqlite>, positions: Range<usize>) {
    for position in positions {
        let field = row.get(position);
        let Some(field) = &field else { continue };
        match &mut field.value() {
            Some(value) => write(bytes, value),
            None => bytes.push(0),
        }
    }
}

fn untold() -> Error {
    Error::new(ErrorKind::Database, "SQLite did not tell the digest of the rows")
}

/// Rows on their way to a sum: full pieces of them are digested on a thread of their own.
#[derive(Default)]
pub(super) struct Digesting {
    rows: u64,
    piece: Piece,
    others: Option<(SyncSender<Piece>, JoinHandle<u128>)>,
}

impl Digesting {
    /// Adds a row, which is written behind what is there.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.piece.bytes);
        self.piece.ends.push(self.piece.bytes.len());
        self.rows += 1;
        if self.piece.bytes.len() >= PIECE {
            let full = std::mem::take(&mut self.piece);
            let (others, _) = self.others.get_or_insert_with(others);
            // A thread that broke down says so when it is joined.
            let _ = others.send(full);
        }
    }

    pub(super) fn finish(self) -> Result<Contents> {
        let others = self.others.map_or(Ok(0), |(full, others)| {
            drop(full);
            others.join()
        });
        let sum = others.map_err(|_| untold())?.wrapping_add(self.piece.sum());
        Ok(Contents { rows: self.rows, digest: format!("sqlite1:{sum:032x}") })
    }
}

/// A thread that digests what it is sent.
fn others() -> (SyncSender<Piece>, JoinHandle<u128>) {
    let (full, waiting) = mpsc::sync_channel::<Piece>(WAITING);
    (full, thread::spawn(move || sum(waiting.iter().map(|piece| piece.sum()))))
}

fn sum(digests: impl Iterator<Item = u128>) -> u128 {
    digests.fold(0, u128::wrapping_add)
}

/// Some rows: each value with its storage class and its length, so that `1`, `1.0` and `'1'` are three, and so are 0.0 and
/// -0.0.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Piece {
    fn sum(&self) -> u128 {
        let starts = std::iter::once(&0).chain(&self.ends);
        let rows = starts.zip(&self.ends).map(|(start, end)| &self.bytes[*start..*end]);
        sum(rows.map(digest))
    }
}

fn digest(row: &[u8]) -> u128 {
    let Hash128 { h1, h2 } = SipHasher13::new().hash(row);
    u128::from(h1) << 64 | u128::from(h2)
}

fn write(bytes: &mut Vec<u8>, value: &mut SqliteValue<'_, '_, '_>) {
    match value.value_type() {
        None => bytes.push(0),
        Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
            bytes.extend_from_slice(&classed(1, value.read_long() as u64));
        }
        Some(SqliteType::Float | SqliteType::Double) => {
            bytes.extend_from_slice(&classed(2, value.read_double().to_bits()));
        }
        Some(SqliteType::Binary) => write_bytes(bytes, 4, value.read_blob()),
        Some(_) => {
            let text = value.read_text();
            // What is no UTF-8 is read with this letter in its place.
            let doubtful = !text.is_ascii() && text.contains('\u{fffd}');
            write_bytes(bytes, 3, text.as_bytes());
            if doubtful {
                write_bytes(bytes, 3, value.read_blob());
            }
        }
    }
}

fn write_bytes(bytes: &mut Vec<u8>, class: u8, value: &[u8]) {
    bytes.extend_from_slice(&classed(class, value.len() as u64));
    bytes.extend_from_slice(value);
}

fn classed(class: u8, number: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
    [class, a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use diesel::Connection;

    use super::*;

    /// Values of every class, one column after the other.
    fn expressions(number: usize) -> Vec<String> {
        let values = ["1", "1.0", "'1'", "x'31'", "NULL", "''", "x''", "-0.0", "'\u{e9}'", "CAST(x'ff' AS TEXT)"];
        values.iter().cycle().take(number).map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn what_is_handed_over_and_what_is_read_have_one_digest_however_many_columns_there_are() {
        let mut conn = SqliteConnection::establish(":memory:").expect("a database");
        for number in [1, 8, 9, 16, 17, 32, 33, 64, 65, 126, 127] {
            let (columns, from) = (expressions(number), "FROM (SELECT 1 UNION ALL SELECT 2)");
            let sql = format!("SELECT {} {from}", columns.join(", "));
            let read = of_read(&mut conn, &sql).expect("a digest");
            assert_eq!(read, of_rows(&mut conn, &columns, from).expect("a digest"), "{number} columns");
            assert_eq!(handed::call(&mut conn, &columns).is_some(), number < 127);
        }
    }

    #[test]
    fn a_digest_is_what_it_always_was() {
        let mut conn = SqliteConnection::establish(":memory:").expect("a database");
        let contents = of_rows(&mut conn, &expressions(10), "").expect("a digest");
        assert_eq!(contents.digest, "sqlite1:c30429ffb36bfcb3bfdfabac993c2932");
    }

    #[test]
    fn what_broke_off_is_not_in_the_next_digest() {
        let mut conn = SqliteConnection::establish(":memory:").expect("a database");
        let (columns, from) = (expressions(3), "FROM (SELECT 1 UNION ALL SELECT 2)");
        let whole = of_rows(&mut conn, &columns, from).expect("a digest");
        let breaks = "FROM (SELECT 1 AS i UNION ALL SELECT -9223372036854775808) WHERE abs(i) > 0";
        of_rows(&mut conn, &columns, breaks).expect_err("an overflow");
        assert_eq!(of_rows(&mut conn, &columns, from).expect("a digest"), whole);
    }
}
