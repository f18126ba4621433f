//! `plan` and `rehearse`.

use std::path::Path;

use serde_json::json;

use super::{consent, json};
use crate::cli::answer::Answer;
use crate::cli::args::{Plan, Rehearse};
use crate::cli::failure::{Failure, Result};
use crate::cli::opener::Access;
use crate::cli::session::Session;
use crate::error::{Error, ErrorKind};
use crate::plan;
use crate::runner::{Migrator, Policy};

pub(super) fn plan(session: &mut Session<'_>, asked: &Plan, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect(Access::Look)?;
    let plan = migrator
        .plan(&mut *connected.conn, &asked.target)?
        .on_command_line()
        .of(connected.server.clone(), connected.host.clone());
    let answer = match &asked.html {
        Some(file) => page(&plan, file)?,
        None if asked.sql => script(&plan),
        None => {
            session.screen.say(&connected.to_string());
            Answer::new(plan.to_string(), json::of(&plan))
        }
    };
    let refusal = consent::failure(&plan).or_else(|| refusal(&plan, asked).filter(|_| asked.check));
    Ok(answer.ending_with(refusal.map_or(0, |error| error.exit_code())))
}

/// What else the run would end with: a database that takes no writes, a loss that nobody named. A script that stops
/// before its end is none.
fn refusal(plan: &plan::Plan, asked: &Plan) -> Option<Error> {
    let not_written = || Error::new(ErrorKind::ReadOnly, "the database takes no writes");
    let not_whole = || Error::new(ErrorKind::Migration, "the script stops before its end");
    let is_read_only = !plan.server().writable && !plan.is_empty();
    is_read_only
        .then(not_written)
        .or_else(|| consent::unnamed(plan))
        .or_else(|| (asked.sql && !plan.is_known()).then(not_whole))
}

fn script(plan: &plan::Plan) -> Answer {
    let script = plan.to_sql();
    Answer::new(script.clone(), json!({"sql": script}))
}

fn page(plan: &plan::Plan, file: &Path) -> Result<Answer> {
    std::fs::write(file, plan.to_html()).map_err(|error| Failure::file(file, &error))?;
    let file = file.display().to_string();
    Ok(Answer::new(file.clone(), json!({"file": file})))
}

pub(super) fn rehearse(session: &mut Session<'_>, asked: &Rehearse, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let migrator = session.showing(migrator);
    let migrator = if asked.allow_data_loss { migrator.data_loss(Policy::Allow) } else { migrator };
    let rehearsal = migrator.rehearse(&mut *connected.conn, &asked.target)?;
    Ok(Answer::new(rehearsal.to_string(), json::of(&rehearsal)))
}
