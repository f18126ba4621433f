//! SQLite.

use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{Binary, Text};
use diesel::sqlite::{Sqlite, SqliteType};
use diesel::{Connection, ConnectionError, ConnectionResult, QueryResult, RunQueryDsl, SqliteConnection, sql_query};
use migrator_core::SchemaConnection;

use super::{Direct, text_or_hexadecimal};

pub(super) fn open(path: &str) -> ConnectionResult<Box<dyn Direct>> {
    let mut conn = SqliteConnection::establish(path)?;
    // An assertion may look while a runner writes.
    conn.batch_execute("pragma busy_timeout = 10000").map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(Box::new(conn))
}

pub(super) fn open_for_tests(path: &str) -> ConnectionResult<Box<dyn SchemaConnection>> {
    Ok(Box::new(SqliteConnection::establish(path)?))
}

impl Direct for SqliteConnection {
    fn batch(&mut self, statements: &str) -> QueryResult<()> {
        self.batch_execute(statements)
    }

    fn rows(&mut self, query: &str) -> QueryResult<Vec<Vec<Option<String>>>> {
        let rows = sql_query(query).load::<Texts>(self)?;
        Ok(rows.into_iter().map(|Texts(row)| row).collect())
    }
}

struct Texts(Vec<Option<String>>);

impl QueryableByName<Sqlite> for Texts {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let texts = (0..row.field_count()).map(|column| {
            let field = Row::get(row, column).ok_or("fewer columns than announced")?;
            let Some(value) = field.value() else { return Ok(None) };
            // SQLite makes a text of whatever it holds, but a blob need not be one.
            Ok(Some(match value.value_type() {
                Some(SqliteType::Binary) => {
                    text_or_hexadecimal(&<Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?)
                }
                _ => <String as FromSql<Text, Sqlite>>::from_sql(value)?,
            }))
        });
        texts.collect::<deserialize::Result<_>>().map(Self)
    }
}
