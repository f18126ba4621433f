//! Locks on tables: `lock_timeout`, how its refusal is known, and who holds them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::renderer::Renderer;
use crate::backend::driver;
use crate::backend::postgres::session::Session;
use crate::connection::{Database, Limits, Record, Room, Settings, Value, Waits};
use crate::dialect::{Dialect, SqlRenderer};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::tokens;

/// As long as a lock refusal takes above its limit, at most, before its error is here.
const SLACK: Duration = Duration::from_secs(1);

/// Sets what is stricter than what is set, for the session or for the transaction. 0 is no limit; a setting's words, `5s`
/// or `1min`, are an interval's too.
pub(super) fn limiting(limits: &Limits, in_transaction: bool) -> String {
    let mut wanted = vec![format!("('lock_timeout', '{}ms')", milliseconds(limits.lock))];
    wanted.extend(limits.statement.map(|limit| format!("('statement_timeout', '{}ms')", milliseconds(limit))));
    format!(
        "SELECT set_config(name, wanted, {in_transaction}) FROM (VALUES {}) AS limits (name, wanted) \
         WHERE current_setting(name)::interval = interval '0' OR current_setting(name)::interval > wanted::interval",
        wanted.join(", ")
    )
}

impl<C: Session> Waits for C {
    fn limit_statements(&mut self, limits: &Limits) -> Result<bool> {
        Ok(!self.query(&limiting(limits, false), &[])?.is_empty())
    }

    fn limits_transactions(&self) -> bool {
        true
    }

    /// The lock that a concurrent build waits for lets readers and writers by.
    fn wait_for_it(&mut self, sql: &str, caller: &Settings) -> Result<bool> {
        let concurrent = tokens(sql, Dialect::Postgres).take(5).any(|token| token.is_word("CONCURRENTLY"));
        if concurrent {
            let before = caller.0.get("lock_timeout").map_or("0", String::as_str);
            self.batch(&format!("SET lock_timeout = {}", Renderer.text_literal(before)))?;
        }
        Ok(concurrent)
    }

    /// By its words where the server speaks English; else by how long it took.
    fn is_lock_refusal(&mut self, error: &Error, took: Duration, limits: &Limits) -> Result<bool> {
        if driver::is_busy::<Self>(error) {
            return Ok(true);
        }
        if error.kind() != ErrorKind::Database || took.is_zero() {
            return Ok(false);
        }
        let rows = self.query(LANGUAGE, &[])?;
        let (language, limit) = rows.first().map(|row| (row.text(0), row.integer(1))).unwrap_or_default();
        // The session's own, unless that of the transaction was stricter, which has ended with it.
        let limit = Some(Duration::from_millis(limit.unsigned_abs())).filter(|limit| !limit.is_zero());
        Ok(!speaks_english(&language) && took_its_limit(took, limit.unwrap_or(limits.lock).min(limits.lock)))
    }

    fn room_for_locks(&mut self) -> Result<Option<(Room, &'static str)>> {
        let rows = self.query(ROOM, &[])?;
        let number = |at| rows.first().map_or(0, |row| row.integer(at).unsigned_abs());
        Ok(Some((Room { locks: number(0) * number(1), per_unit: number(1) }, "max_locks_per_transaction")))
    }

    fn blockers(&mut self, sql: &str) -> Result<Vec<String>> {
        let names = names_in(sql);
        let numbers = (1..=names.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
        let binds: Vec<Value> = names.into_iter().map(Value::from).collect();
        let named = match binds.is_empty() {
            true => Vec::new(),
            false => self.query(&holders(&format!("c.relname IN ({numbers})")), &binds)?,
        };
        let rows = if named.is_empty() { self.query(&holders(NOT_THE_CATALOGUE), &[])? } else { named };
        Ok(rows.iter().map(|row: &Record| row.text(0)).collect())
    }
}

const ROOM: &str = "SELECT current_setting('max_locks_per_transaction')::bigint, \
     current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint";

const LANGUAGE: &str = "SELECT current_setting('lc_messages'), \
     (extract(epoch FROM current_setting('lock_timeout')::interval) * 1000)::bigint";

const NOT_THE_CATALOGUE: &str = "c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)";

/// Who else holds locks on relations, the strongest first. A role without `pg_read_all_stats` sees less of others.
fn holders(which: &str) -> String {
    format!(
        "SELECT concat('process ', l.pid, ', application ' || nullif(a.application_name, ''), ', role ' || a.usename, \
         ' at ' || host(a.client_addr), ', in a transaction since ' || to_char(a.xact_start AT TIME ZONE 'UTC', \
         'YYYY-MM-DD HH24:MI:SS') || ' UTC', ', holds ', l.held, ': ' || nullif(left(regexp_replace(a.query, '\\s+', ' ', 'g'), 200), '')) \
         FROM (SELECT l.pid, string_agg(DISTINCT concat(l.mode, ' on ', c.relname), ', ') AS held, \
         max(CASE l.mode WHEN 'AccessExclusiveLock' THEN 3 WHEN 'AccessShareLock' THEN 1 ELSE 2 END) AS strength \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation \
         WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid() \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
         AND {which} GROUP BY l.pid) l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         ORDER BY l.strength DESC, a.xact_start, l.pid LIMIT 5"
    )
}

/// Every word that could be a relation's name.
fn names_in(sql: &str) -> BTreeSet<String> {
    let name = |token: crate::sql::Token<'_>| {
        let name = token.name()?.into_owned();
        Some(if token.text.starts_with('"') { name } else { name.to_lowercase() })
    };
    tokens(sql, Dialect::Postgres).filter_map(name).take(200).collect()
}

fn milliseconds(limit: Duration) -> u128 {
    Limits::milliseconds(limit).min(i32::MAX.unsigned_abs().into())
}

/// `en_GB.UTF-8`, and the two that have no translation.
fn speaks_english(language: &str) -> bool {
    language.is_empty() || ["C", "POSIX", "en"].iter().any(|english| language.split(['_', '.']).next() == Some(english))
}

/// A statement that waits for a lock does so before its work: what fails later failed for another reason.
fn took_its_limit(took: Duration, limit: Duration) -> bool {
    !limit.is_zero() && took >= limit && took < limit + SLACK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_names_is_read_from_its_words() {
        let names = names_in("ALTER TABLE public.\"A b\" ADD x text DEFAULT 'users'");
        assert!(names.contains("A b") && names.contains("public") && !names.contains("users"), "{names:?}");
    }

    #[test]
    fn a_refusal_in_another_language_is_known_by_its_time() {
        assert!(["C", "C.UTF-8", "POSIX", "en_US.UTF-8", ""].into_iter().all(speaks_english));
        assert!(!["de_DE.UTF-8", "ja_JP", "eno"].into_iter().any(speaks_english));
        let limit = Duration::from_secs(5);
        let told = |took: u64, limit| took_its_limit(Duration::from_millis(took), limit);
        assert!(told(5_000, limit) && told(5_400, limit));
        assert!(!told(4_900, limit) && !told(6_100, limit) && !told(5_000, Duration::ZERO));
    }
}
