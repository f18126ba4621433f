//! Long work seen going on: a bar at a terminal, lines elsewhere.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::count::counted;
use crate::event::Event;
use crate::name::RevisionId;
use crate::report::Direction;

/// What is on standard error while a run goes on.
#[derive(Default)]
pub(super) struct Progress {
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    pub(super) fn tell(&self, event: &Event) {
        match event {
            Event::WaitingForLock { holder } => self.line(&waiting(holder.as_deref())),
            Event::MigrationStarted { revision, direction } => self.start(revision, *direction),
            Event::Statement { sql, .. } => self.message(&short(sql)),
            Event::Progress { done, total } => self.advance(*done, *total),
            Event::BackupMade { table, rows, .. } => {
                self.message(&format!("backup of {table}: {}", counted(rows, "row")));
            }
            Event::MigrationEnded { .. } | Event::RunEnded { .. } => self.finish(),
            _ => {}
        }
    }

    fn start(&self, revision: &RevisionId, direction: Direction) {
        let doing = if direction == Direction::Up { "applying" } else { "reverting" };
        if !io::stderr().is_terminal() {
            return self.line(&format!("{doing} {revision}"));
        }
        self.spin(format!("{doing} {revision}"));
    }

    fn finish(&self) {
        self.replace(None);
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        let mut held = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *held, bar) {
            before.finish_and_clear();
        }
    }

    fn with_bar(&self, act: impl FnOnce(&ProgressBar)) -> bool {
        let held = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        held.as_ref().map(act).is_some()
    }

    /// Beside the bar; one of its own where nothing is being applied. The report says it again, and is enough elsewhere.
    fn message(&self, text: &str) {
        if !self.with_bar(|bar| bar.set_message(text.to_owned())) && io::stderr().is_terminal() {
            self.spin(String::new());
            self.with_bar(|bar| bar.set_message(text.to_owned()));
        }
    }

    fn spin(&self, doing: String) {
        let bar = ProgressBar::new_spinner().with_style(spinner()).with_prefix(doing);
        bar.enable_steady_tick(Duration::from_millis(120));
        self.replace(Some(bar));
    }

    fn advance(&self, done: u64, total: u64) {
        let shown = self.with_bar(|bar| {
            bar.set_style(counter());
            bar.set_length(total);
            bar.set_position(done);
        });
        if !shown {
            eprintln!("  {done} of {total}");
        }
    }

    fn line(&self, text: &str) {
        if !self.with_bar(|bar| bar.suspend(|| eprintln!("{text}"))) {
            eprintln!("{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn counter() -> ProgressStyle {
    let template = "{spinner} {prefix} {bar:30} {pos} of {len}, {eta} left";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn waiting(holder: Option<&str>) -> String {
    format!("waiting: {} is migrating this database", holder.unwrap_or("somebody else"))
}

/// The beginning of a statement, on one line.
fn short(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    words.join(" ").chars().take(80).collect()
}
