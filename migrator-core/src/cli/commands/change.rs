//! The commands that change the database's state.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::json;
use super::schema_file::SchemaFile;
use crate::cli::answer::Answer;
use crate::cli::args::{Copied, Downgrade, Lossy, Revision, Upgrade};
use crate::cli::failure::Result;
use crate::cli::project::Project;
use crate::cli::session::{Connected, Session};
use crate::cli::signals::Signals;
use crate::graph::Applied;
use crate::name::RevisionId;
use crate::report::{RunReport, list};
use crate::runner::{Backups, Migrator, Policy};

pub(super) fn upgrade(session: &mut Session<'_>, asked: &Upgrade, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let applied = applied(&migrator, &mut connected)?;
    let steps = migrator.graph()?.upgrade(&applied, &asked.target)?;
    let revisions: Vec<RevisionId> = steps.iter().map(|step| step.revision().clone()).collect();
    foretell(session, &migrator, "to apply", &revisions)?;
    let signals = Signals::hear();
    let migrator = session.watched(lossy(migrator, &asked.lossy, session), &signals);
    let report = migrator.upgrade(&mut *connected.conn, &asked.target)?;
    let mut answer = told(&connected, &report);
    if !report.is_empty() {
        verified(&mut answer, &migrator, &mut connected)?;
    }
    Ok(answer)
}

pub(super) fn downgrade(session: &mut Session<'_>, asked: &Downgrade, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let applied = applied(&migrator, &mut connected)?;
    let revisions = migrator.graph()?.downgrade(&applied, &asked.target)?;
    foretell(session, &migrator, "to undo", &revisions)?;
    let signals = Signals::hear();
    let migrator = session.watched(lossy(migrator, &asked.lossy, session), &signals);
    let report = migrator.downgrade(&mut *connected.conn, &asked.target)?;
    Ok(told(&connected, &report))
}

pub(super) fn redo(session: &mut Session<'_>, asked: &Lossy, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let before = migrator.current(&mut *connected.conn)?;
    let applied = applied(&migrator, &mut connected)?;
    let revisions = migrator.graph()?.downgrade(&applied, "-1")?;
    foretell(session, &migrator, "to undo and apply again", &revisions)?;
    let signals = Signals::hear();
    let migrator = session.watched(lossy(migrator, asked, session), &signals);
    let down = migrator.downgrade(&mut *connected.conn, "-1")?;
    let up = migrator.upgrade(&mut *connected.conn, &list(&before))?;
    let text = format!("{down}\n{up}");
    Ok(Answer::new(text, with_database(&connected, json!({"down": json::run(&down), "up": json::run(&up)}))))
}

pub(super) fn stamp(session: &mut Session<'_>, asked: &Revision, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let signals = Signals::hear();
    let report = migrator.stop_when(signals.asked()).stamp(&mut *connected.conn, &asked.revision)?;
    Ok(told(&connected, &report))
}

/// What a look at the whole found after the run, beside what the run did.
fn verified(answer: &mut Answer, migrator: &Migrator, connected: &mut Connected) -> Result<()> {
    let found = migrator.verify(&mut *connected.conn)?;
    answer.text =
        format!("{}\n{}", answer.text, if found.is_clean() { "verified".to_owned() } else { found.to_string() });
    answer.json["verified"] = json::of(&found);
    if let Some(difference) = schema_differs(connected) {
        answer.json["schema_difference"] = json!(difference);
        answer.text = format!("{}\n{difference}", answer.text);
    }
    Ok(())
}

/// In a crate with a schema.rs: what is different in it now. That it cannot be read is for the compiler to say.
fn schema_differs(connected: &mut Connected) -> Option<String> {
    let schema = SchemaFile::of(&Project::here().ok()?, None)?;
    schema.difference(&mut *connected.conn).ok()?
}

/// What the program has and the database has too.
fn applied(migrator: &Migrator, connected: &mut Connected) -> Result<Applied> {
    let pending: BTreeSet<RevisionId> = migrator.pending(&mut *connected.conn)?.into_iter().collect();
    Ok(migrator.graph()?.order().into_iter().filter(|revision| !pending.contains(revision)).collect())
}

fn foretell(session: &mut Session<'_>, migrator: &Migrator, what: &str, revisions: &[RevisionId]) -> Result<()> {
    let graph = migrator.graph()?;
    let captions = revisions.iter().filter_map(|revision| graph.node(revision.as_str()));
    let lines: Vec<String> = captions.map(|node| format!("  {}", node.caption())).collect();
    if !lines.is_empty() {
        session.screen.say(&format!("{what}:\n{}", lines.join("\n")));
    }
    Ok(())
}

/// What may be lost and what is copied first, as the options say.
fn lossy(migrator: Migrator, asked: &Lossy, session: &Session<'_>) -> Migrator {
    let migrator = match asked.backup {
        None => migrator,
        Some(Copied::Destructive) => migrator.backup_before(Backups::Destructive),
        Some(Copied::All) => migrator.backup_before(Backups::AllTables),
    };
    let allowed = asked.allow_data_loss && session.screen.says_yes();
    if allowed { migrator.data_loss(Policy::Allow) } else { migrator }
}

fn told(connected: &Connected, report: &RunReport) -> Answer {
    Answer::new(report.to_string(), with_database(connected, json::run(report)))
}

fn with_database(connected: &Connected, mut value: Value) -> Value {
    value["database"] = json::server(&connected.server);
    value
}
