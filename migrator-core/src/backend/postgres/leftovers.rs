//! Temporary tables, and invalid indexes.

use std::collections::BTreeSet;

use super::renderer::Renderer;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Leftovers};
use crate::dialect::{Dialect, SqlRenderer};
use crate::error::Result;
use crate::name::TableName;
use crate::sql::{Token, TokenKind, tokens};

/// Invalid, and nobody is building it now.
const BROKEN: &str = "SELECT n.nspname FROM pg_catalog.pg_index i \
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace \
     WHERE NOT i.indisvalid AND x.relkind = 'i' AND x.relname = $1 \
     AND i.indrelid = to_regclass($2) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)";

impl<C: Session> Leftovers for C {
    fn temporary_tables(&mut self) -> Result<BTreeSet<String>> {
        let sql = "SELECT relname FROM pg_catalog.pg_class \
                   WHERE pg_my_temp_schema() <> 0 AND relnamespace = pg_my_temp_schema() AND relkind IN ('r', 'p')";
        Ok(self.query(sql, &[])?.iter().map(|row| row.text(0)).collect())
    }

    fn drop_temporary(&mut self, name: &str) -> Result<()> {
        self.batch(&format!("DROP TABLE IF EXISTS pg_temp.{} CASCADE", Renderer.quote(name)))
    }

    fn broken_build(&mut self, sql: &str) -> Result<Option<(TableName, String)>> {
        let Some((index, table)) = built_concurrently(sql) else { return Ok(None) };
        let rows = self.query(BROKEN, &[index.as_str().into(), table.into()])?;
        Ok(rows.first().map(|row| {
            let index = TableName::from((row.text(0).as_str(), index.as_str()));
            let drop = format!("DROP INDEX CONCURRENTLY {}", Renderer.table(&index));
            (index, drop)
        }))
    }
}

/// The name of the index that a statement builds concurrently, and the table as it is said there.
fn built_concurrently(sql: &str) -> Option<(String, String)> {
    let mut words =
        tokens(sql, Dialect::Postgres).filter(|token| !token.is_any_word(&["UNIQUE", "IF", "NOT", "EXISTS", "ONLY"]));
    let mut next_is = |word: &str| words.next().is_some_and(|token| token.is_word(word));
    if !(next_is("CREATE") && next_is("INDEX") && next_is("CONCURRENTLY")) {
        return None;
    }
    let index = folded(&words.next()?)?;
    if !words.next()?.is_word("ON") {
        return None;
    }
    let said = words.take_while(|token| !token.is_punct("(") && !token.is_word("USING"));
    let said: String = said.map(|token| token.text.to_owned()).collect();
    Some((index, said))
}

/// As the server keeps it.
fn folded(token: &Token<'_>) -> Option<String> {
    let name = token.name()?.into_owned();
    Some(if token.kind == TokenKind::Word { name.to_lowercase() } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_that_a_statement_builds_is_read_from_it() {
        let read = |sql| built_concurrently(sql).map(|(index, table)| format!("{index} on {table}"));
        assert_eq!(read("create index concurrently A on t (b)").as_deref(), Some("a on t"));
        let said = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"A b\" ON ONLY s.\"T\" USING btree (b)";
        assert_eq!(read(said).as_deref(), Some("A b on s.\"T\""));
        assert_eq!(read("create index a on t (b)"), None);
        assert_eq!(read("create index concurrently on t (b)"), None);
    }
}
