//! The commands that change the database's state.

use serde_json::{Value, json};

use super::consent;
use super::json;
use super::schema_file::SchemaFile;
use crate::cli::answer::Answer;
use crate::cli::args::{Copied, Downgrade, Lossy, Revision, Upgrade};
use crate::cli::failure::{Failure, Result};
use crate::cli::project::Project;
use crate::cli::session::{Connected, Session};
use crate::plan::Plan;
use crate::report::{Direction, RunReport, list};
use crate::runner::{Backups, Migrator};

pub(super) fn upgrade(session: &mut Session<'_>, asked: &Upgrade, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let migrator = copying(migrator, &asked.lossy);
    let plan = migrator.plan(&mut *connected.conn, &asked.target)?.on_command_line();
    // A target below where the database stands is nothing to do here, though a plan of it goes down.
    let upward = plan.steps().first().is_none_or(|step| step.direction() == Direction::Up);
    let migrator = if upward { agreed(session, migrator, &plan, &asked.lossy)? } else { migrator };
    let signals = session.hear();
    let migrator = session.watched(migrator, &signals);
    let report = migrator.upgrade(&mut *connected.conn, &asked.target)?;
    let mut answer = told(&connected, &report);
    if !report.is_empty() {
        verified(&mut answer, &migrator, &mut connected)?;
    }
    Ok(answer)
}

pub(super) fn downgrade(session: &mut Session<'_>, asked: &Downgrade, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let migrator = copying(migrator, &asked.lossy);
    let plan = migrator.plan_downgrade(&mut *connected.conn, &asked.target)?.on_command_line();
    let migrator = agreed(session, migrator, &plan, &asked.lossy)?;
    let signals = session.hear();
    let report = session.watched(migrator, &signals).downgrade(&mut *connected.conn, &asked.target)?;
    Ok(told(&connected, &report))
}

pub(super) fn redo(session: &mut Session<'_>, asked: &Lossy, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let before = migrator.current(&mut *connected.conn)?;
    let migrator = copying(migrator, asked);
    let plan = migrator.plan_redo(&mut *connected.conn)?.on_command_line();
    let migrator = agreed(session, migrator, &plan, asked)?;
    let signals = session.hear();
    let migrator = session.watched(migrator, &signals);
    let down = migrator.downgrade(&mut *connected.conn, "-1")?;
    let up = migrator.upgrade(&mut *connected.conn, &list(&before))?;
    let text = format!("{down}\n{up}");
    Ok(Answer::new(text, with_database(&connected, json!({"down": json::of(&down), "up": json::of(&up)}))))
}

pub(super) fn stamp(session: &mut Session<'_>, asked: &Revision, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let gone = migrator.unstamped(&mut *connected.conn, &asked.revision)?;
    if !gone.is_empty() {
        let question = format!("{} would no longer be recorded as applied. Go on?", list(&gone));
        session.screen.confirm(&question)?;
    }
    let signals = session.hear();
    let report = migrator.stop_when(signals.asked()).stamp(&mut *connected.conn, &asked.revision)?;
    Ok(told(&connected, &report))
}

/// What a look at the whole found after the run, beside what the run did.
fn verified(answer: &mut Answer, migrator: &Migrator, connected: &mut Connected) -> Result<()> {
    let found = migrator.verify(&mut *connected.conn)?;
    answer.text =
        format!("{}\n{}", answer.text, if found.is_clean() { "verified".to_owned() } else { found.to_string() });
    answer.json["verified"] = json::of(&found);
    let is_behind = !migrator.pending(&mut *connected.conn)?.is_empty();
    if let Some(schema) = Project::here().ok().and_then(|project| SchemaFile::of(&project, None)) {
        compared(answer, &schema, connected, is_behind);
    }
    Ok(())
}

/// What is different in schema.rs now. What cannot be read of it is no failure of the run.
fn compared(answer: &mut Answer, schema: &SchemaFile, connected: &mut Connected, is_behind: bool) {
    let (key, told) = match schema.difference(&mut *connected.conn, is_behind) {
        Ok(difference) => ("schema_difference", difference.told),
        Err(failure) => ("schema_not_compared", Some(not_compared(schema, &failure))),
    };
    if let Some(told) = told {
        answer.json[key] = json!(told);
        answer.text = format!("{}\n{told}", answer.text);
    }
}

fn not_compared(schema: &SchemaFile, failure: &Failure) -> String {
    let text = failure.text();
    format!("{} was not compared with the database: {}", schema.shown, text.lines().next().unwrap_or_default())
}

/// Says what would run, and asks for what would be lost.
fn agreed(session: &mut Session<'_>, migrator: Migrator, plan: &Plan, asked: &Lossy) -> Result<Migrator> {
    session.screen.say(&consent::summary(plan));
    consent::given_to_fail(&mut session.screen, plan)?;
    consent::given(&mut session.screen, migrator, plan, asked.allow_data_loss)
}

/// What is copied first, as the options say.
fn copying(migrator: Migrator, asked: &Lossy) -> Migrator {
    match asked.backup {
        None => migrator,
        Some(Copied::Destructive) => migrator.backup_before(Backups::Destructive),
        Some(Copied::All) => migrator.backup_before(Backups::AllTables),
    }
}

fn told(connected: &Connected, report: &RunReport) -> Answer {
    Answer::new(report.to_string(), with_database(connected, json::of(report)))
}

fn with_database(connected: &Connected, mut value: Value) -> Value {
    value["database"] = json::of(&connected.server);
    value
}
