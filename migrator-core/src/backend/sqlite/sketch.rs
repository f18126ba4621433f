//! The schema of a database again, in memory and without rows: a plan changes that one.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use diesel::sqlite::SqliteConnection;

use crate::connection::{Database, Planning, Record, SchemaConnection, Sketch};
use crate::error::{Error, ErrorKind, Result};

impl Planning for SqliteConnection {
    fn connection(&mut self) -> Option<&mut dyn SchemaConnection> {
        Some(self)
    }

    fn session_of_a_script(&mut self, foreign_keys_off: bool) -> Result<Vec<String>> {
        let enforced = self.settings()?.0.get("foreign_keys").is_some_and(|value| value == "1") && !foreign_keys_off;
        Ok(vec![format!("PRAGMA foreign_keys = {}", i32::from(enforced))])
    }

    fn sketch(&mut self) -> Result<Option<Sketch>> {
        let texts = self.query(TEXTS, &[])?;
        let counters = match texts.iter().any(|text| text.text(2).to_ascii_uppercase().contains("AUTOINCREMENT")) {
            true => self.query("SELECT name, seq FROM main.sqlite_sequence", &[])?,
            false => Vec::new(),
        };
        let settings = self.settings()?;
        let mut memory = Self::establish(":memory:")
            .map_err(|error| Error::new(ErrorKind::Connection, format!("no database in memory was got: {error}")))?;
        memory.batch("PRAGMA foreign_keys = 0")?;
        draw(&mut memory, &texts, &counters)?;
        memory.restore_settings(&settings)?;
        let written = Arc::new(Mutex::new(Vec::new()));
        note_writes(&mut memory, &written);
        Ok(Some(Sketch { database: Box::new(memory), written }))
    }
}

/// In the order they were created in, tables before what stands on them; what a virtual table makes for itself comes
/// with it.
const TEXTS: &str = "SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' \
     ESCAPE '\\' ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid";

fn draw(memory: &mut SqliteConnection, texts: &[Record], counters: &[Record]) -> Result<()> {
    for text in texts {
        let there = memory.query("SELECT 1 FROM main.sqlite_schema WHERE name = ?", &[text.text(1).into()])?;
        if there.is_empty() {
            memory.batch(&text.text(2)).map_err(|error| not_drawn(text, &error))?;
        }
    }
    for counter in counters {
        let sql = "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)";
        memory.execute(sql, &[counter.text(0).into(), counter.integer(1).into()])?;
    }
    Ok(())
}

fn not_drawn(text: &Record, error: &Error) -> Error {
    let message =
        format!("{} {} cannot be copied into memory to plan on: {}", text.text(0), text.text(1), error.what());
    Error::unsupported(
        message,
        "what only this connection knows (a function, a collation, a module of the program's own) stands in its text: \
         rehearse instead, or plan on a copy of the file",
    )
}

/// Notes what is sent as plain text and is no question; questions are sent with their values, which Diesel shows.
fn note_writes(memory: &mut SqliteConnection, written: &Arc<Mutex<Vec<String>>>) {
    let written = written.clone();
    memory.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            if writes(&text) {
                written.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            }
        }
    });
}

fn writes(sql: &str) -> bool {
    const OTHERS: [&str; 6] = ["SELECT", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"];
    let word: String = sql.chars().take_while(char::is_ascii_alphabetic).collect();
    let asks = word.eq_ignore_ascii_case("PRAGMA") && !sql.split('(').next().is_some_and(|sets| sets.contains('='));
    !asks && !OTHERS.iter().any(|other| word.eq_ignore_ascii_case(other))
}
