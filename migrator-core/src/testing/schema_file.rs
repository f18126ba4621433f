//! The crate's `schema.rs` beside the database that its migrations make.

use std::fs;
use std::path::Path;

use super::checks::Checks;
use super::difference::listed;
use super::failed::Failed;
use crate::autogenerate::{Options, compare};
use crate::runner::Policy;

/// Where Diesel's tool writes it unless told otherwise.
const USUAL: &str = "src/schema.rs";

pub(super) fn check(checks: &Checks, folder: &Path, said: Option<&Path>) -> Result<(), Failed> {
    let shown = said.unwrap_or(Path::new(USUAL));
    let path = folder.join(shown);
    if said.is_none() && !path.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|error| Failed::new(format!("{}: {error}", shown.display())))?;
    let lines = differences(checks, &text)?;
    if lines.is_empty() {
        return Ok(());
    }
    let shown = shown.display();
    let meaning = format!("(+ stands only in {shown}, - only in the database, ~ what it has otherwise)");
    Err(Failed::new(format!("{shown} is not what the migrations make {meaning}{}", listed(&lines))))
}

fn differences(checks: &Checks, text: &str) -> Result<Vec<String>, Failed> {
    let database = checks.fresh()?;
    let mut conn = database.connect()?;
    checks.migrator.with_losses(Policy::Allow)?.run_pending(&mut *conn)?;
    Ok(compare(text, &mut *conn, &Options::default().drop_unknown())?.differences())
}
