//! PostgreSQL.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Array, Nullable, Text};
use diesel::{Connection, ConnectionResult, PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use migrator_core::SchemaConnection;

use super::Direct;

pub(super) fn open(url: &str) -> ConnectionResult<Box<dyn Direct>> {
    Ok(Box::new(PgConnection::establish(url)?))
}

pub(super) fn open_for_tests(url: &str) -> ConnectionResult<Box<dyn SchemaConnection>> {
    Ok(Box::new(PgConnection::establish(url)?))
}

#[derive(QueryableByName)]
struct Texts {
    #[diesel(sql_type = Array<Nullable<Text>>)]
    texts: Vec<Option<String>>,
}

impl Direct for PgConnection {
    fn batch(&mut self, statements: &str) -> QueryResult<()> {
        self.batch_execute(statements)
    }

    /// The server makes the texts, by way of JSON: a SELECT, VALUES, or something with RETURNING.
    fn rows(&mut self, query: &str) -> QueryResult<Vec<Vec<Option<String>>>> {
        let query = query.trim().trim_end_matches(';');
        let rows = sql_query(format!(
            "with migrator_rows as (\n{query}\n) select array(\
               select value from json_each_text(row_to_json(migrator_rows)) with ordinality as v (name, value, place) \
               order by place\
             ) as texts from migrator_rows"
        ))
        .load::<Texts>(self)?;
        Ok(rows.into_iter().map(|row| row.texts).collect())
    }
}
