//! Rows that SQLite hands to an aggregate function of ours, which digests them.
//!
//! SQLite takes a lock for each value of a row that is read, and none for what it hands to a function.

use std::cell::RefCell;

use diesel::deserialize::{self, FromSqlRow, StaticallySizedRow};
use diesel::row::{Field, Row};
use diesel::sql_types::{Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteAggregateFunction, SqliteConnection};

use super::digest::{Digesting, write_all};

const NAME: &str = "__migrator_digest";

/// A call of the function for these columns; none where there are more than a function takes, or where none can be made.
///
/// The connection knows the function from then on, since Diesel takes none away. There is one for a few numbers of columns:
/// the first argument is how many there are, and the rest is filled with NULL.
pub(super) fn call(conn: &mut SqliteConnection, columns: &[String]) -> Option<String> {
    let (width, registered) = match columns.len() {
        0..=8 => (8, register::<9>(conn)),
        9..=16 => (16, register::<17>(conn)),
        17..=32 => (32, register::<33>(conn)),
        33..=64 => (64, register::<65>(conn)),
        65..=126 => (126, register::<127>(conn)),
        _ => return None,
    };
    SO_FAR.take();
    let rest = ", NULL".repeat(width - columns.len());
    registered.ok().map(|()| format!("{NAME}({}, {}{rest})", columns.len(), columns.join(", ")))
}

fn register<const N: usize>(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    conn.register_aggregate_function::<Handed<N>, Nullable<Text>, Handed<N>, Option<String>, Sum>(NAME)
}

thread_local! {
    /// What was handed over so far: what reads the arguments of a call knows nothing of the calls before it.
    static SO_FAR: RefCell<Digesting> = RefCell::default();
}

/// A row that was handed over.
struct Handed<const N: usize>;

impl<const N: usize> FromSqlRow<Self, Sqlite> for Handed<N> {
    fn build_from_row<'a>(row: &impl Row<'a, Sqlite>) -> deserialize::Result<Self> {
        let number = row.get(0).and_then(|field| field.value().map(|mut value| value.read_integer()));
        let columns = usize::try_from(number.unwrap_or_default())?;
        SO_FAR.with_borrow_mut(|digesting| digesting.add(|bytes| write_all(bytes, row, 1..columns + 1)));
        Ok(Self)
    }
}

impl<const N: usize> StaticallySizedRow<Self, Sqlite> for Handed<N> {
    const FIELD_COUNT: usize = N;
}

#[derive(Default)]
struct Sum;

impl<const N: usize> SqliteAggregateFunction<Handed<N>> for Sum {
    type Output = Option<String>;

    fn step(&mut self, _row: Handed<N>) {}

    /// Also called when a statement breaks off.
    fn finalize(_sum: Option<Self>) -> Option<String> {
        SO_FAR.take().finish().ok().map(|contents| format!("{} {}", contents.rows, contents.digest))
    }
}
