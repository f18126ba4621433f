//! A digest of every row, made here of the values as SQLite holds them.
//!
//! Rows are read on one thread and digested on another: of a large table each takes its time.

use std::sync::mpsc;
use std::thread;

use diesel::connection::LoadConnection;
use diesel::row::{Field, Row};
use diesel::sql_query;
use diesel::sqlite::{Sqlite, SqliteConnection, SqliteType, SqliteValue};
use siphasher::sip128::{Hash128, SipHasher13};

use crate::backend::driver::refused;
use crate::connection::copies::Contents;
use crate::error::{Error, ErrorKind, Result};

/// So many bytes of rows are handed over at once, and so many such pieces wait at most.
const PIECE: usize = 1 << 16;
const WAITING: usize = 4;

/// The number of rows that a query brings, and the sum of their digests.
pub(super) fn of_rows(conn: &mut SqliteConnection, sql: &str) -> Result<Contents> {
    let refused = |error| refused::<SqliteConnection>(error, sql);
    thread::scope(|scope| {
        let (full, waiting) = mpsc::sync_channel::<Piece>(WAITING);
        let (mut waiting, mut digesting) = (Some(waiting), None);
        let (mut rows, mut piece) = (0, Piece::default());
        for row in LoadConnection::load(conn, sql_query(sql)).map_err(refused)? {
            piece.add(&row.map_err(refused)?);
            rows += 1;
            if piece.bytes.len() >= PIECE {
                if let Some(waiting) = waiting.take() {
                    digesting = Some(scope.spawn(move || sum(waiting.iter().map(|piece| piece.sum()))));
                }
                full.send(std::mem::take(&mut piece)).map_err(|_| interrupted())?;
            }
        }
        drop(full);
        let others = digesting.map_or(Ok(0), thread::ScopedJoinHandle::join).map_err(|_| interrupted())?;
        Ok(Contents { rows, digest: format!("sqlite1:{:032x}", others.wrapping_add(piece.sum())) })
    })
}

fn sum(digests: impl Iterator<Item = u128>) -> u128 {
    digests.fold(0, u128::wrapping_add)
}

fn interrupted() -> Error {
    Error::new(ErrorKind::Database, "the rows that were read could not be digested")
}

/// Some rows: each value with its storage class and its length, so that `1`, `1.0` and `'1'` are three, and so are 0.0 and
/// -0.0.
#[derive(Default)]
struct Piece {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Piece {
    fn add<'a>(&mut self, row: &impl Row<'a, Sqlite>) {
        for position in 0..row.field_count() {
            let field = row.get(position);
            match field.as_ref().and_then(|field| field.value()) {
                Some(value) => write(&mut self.bytes, value),
                None => self.bytes.push(0),
            }
        }
        self.ends.push(self.bytes.len());
    }

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

fn write(bytes: &mut Vec<u8>, mut value: SqliteValue<'_, '_, '_>) {
    match value.value_type() {
        None => bytes.push(0),
        Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
            bytes.push(1);
            bytes.extend_from_slice(&value.read_long().to_le_bytes());
        }
        Some(SqliteType::Float | SqliteType::Double) => {
            bytes.push(2);
            bytes.extend_from_slice(&value.read_double().to_bits().to_le_bytes());
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
    bytes.push(class);
    bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
    bytes.extend_from_slice(value);
}
