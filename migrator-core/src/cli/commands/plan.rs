//! `plan`.

use super::json;
use crate::cli::answer::Answer;
use crate::cli::args::Plan;
use crate::cli::failure::Result;
use crate::cli::opener::Access;
use crate::cli::session::Session;
use crate::runner::Migrator;

pub(super) fn plan(session: &mut Session<'_>, asked: &Plan, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect(Access::Look)?;
    let plan = migrator.plan(&mut *connected.conn, &asked.target)?;
    Ok(Answer::new(plan.to_string(), json::of(&plan)))
}
