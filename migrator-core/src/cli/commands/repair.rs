//! `repair`.

use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::args::{Repair, Said};
use crate::cli::failure::Result;
use crate::cli::session::Session;
use crate::error::Reader;
use crate::runner::{Migrator, Repair as As, RepairOutcome, Repaired};

/// The exit code while something is left that a person must decide.
const UNDECIDED: u8 = 7;

pub(super) fn repair(session: &mut Session<'_>, asked: &Repair, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let migrator = session.showing(migrator);
    let report = match asked.said {
        None => migrator.repair(&mut *connected.conn)?,
        Some(said) => migrator.repair_as(&mut *connected.conn, meant(said))?,
    };
    let told =
        json!({"is_clear": report.is_clear(), "migrations": report.migrations().iter().map(one).collect::<Vec<_>>()});
    let code = if report.is_clear() { 0 } else { UNDECIDED };
    Ok(Answer::new(report.told_to(Reader::CommandLine), told).ending_with(code))
}

fn meant(said: Said) -> As {
    match said {
        Said::RunAgain => As::RunAgain,
        Said::StatementDone => As::StatementDone,
        Said::Finished => As::Finished,
        Said::NotBegun => As::NotBegun,
    }
}

fn one(repaired: &Repaired) -> Value {
    json!({
        "revision": repaired.revision().as_str(),
        "direction": repaired.direction().to_string(),
        "begun_at": repaired.begun_at(),
        "who": repaired.who(),
        "standing": repaired.standing(),
        "in_doubt": repaired.in_doubt(),
        "outcome": word(repaired.outcome()),
    })
}

fn word(outcome: RepairOutcome) -> &'static str {
    match outcome {
        RepairOutcome::Resumable => "resumable",
        RepairOutcome::Done => "done",
        RepairOutcome::NotDone => "not_done",
        RepairOutcome::NotBegun => "not_begun",
        RepairOutcome::Undecided => "undecided",
        RepairOutcome::Said(_) => "said",
    }
}
