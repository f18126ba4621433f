//! Databases that stopped somewhere on the way, upgraded to the heads.

use super::checks::Checks;
use super::database::Fresh;
use super::difference::{listed, of_schemas};
use super::failed::Failed;
use super::walk::{Stage, stages};
use crate::functions::inspect_schema;
use crate::runner::{Migrator, Policy};
use crate::schema::Schema;

pub(super) fn check(checks: &Checks) -> Result<(), Failed> {
    let migrator = checks.migrator.with_losses(Policy::Allow)?;
    let stages = stages(checks)?;
    let wanted = in_one_run(checks, &migrator)?;
    let walked = checks.fresh()?;
    for (at, stage) in stages.iter().enumerate() {
        advance(checks, &migrator, stage, &walked)?;
        let copy = match walked.copy()? {
            Some(copy) => copy,
            None => replayed(checks, &migrator, &stages[..=at])?,
        };
        let reached = to_the_heads(checks, &migrator, &stages[at + 1..], &copy);
        let reached = reached.map_err(|failed| failed.when(&from(stage)))?;
        let differences = of_schemas(&wanted, &reached);
        if !differences.is_empty() {
            let heading = "the schema at the heads is not that of a database that went there in one run";
            return Err(Failed::new(format!("{}: {heading}{}", from(stage), listed(&differences))));
        }
    }
    Ok(())
}

fn from(stage: &Stage) -> String {
    format!("on the way from {}", stage.revision())
}

fn in_one_run(checks: &Checks, migrator: &Migrator) -> Result<Schema, Failed> {
    let database = checks.fresh()?;
    let mut conn = database.connect()?;
    migrator.run_pending(&mut *conn).map_err(|error| Failed::from(error).when("in one run from an empty database"))?;
    Ok(inspect_schema(&mut *conn)?)
}

/// Takes a database one migration on, by a connection of its own.
fn advance(checks: &Checks, migrator: &Migrator, stage: &Stage, database: &Fresh) -> Result<(), Failed> {
    let mut conn = database.connect()?;
    checks.insert_rows(&*stage.migration, &mut *conn)?;
    migrator.upgrade(&mut *conn, stage.revision().as_str())?;
    Ok(())
}

/// A database that went the same way, where the server makes no copies.
fn replayed(checks: &Checks, migrator: &Migrator, stages: &[Stage]) -> Result<Fresh, Failed> {
    let database = checks.fresh()?;
    stages.iter().try_for_each(|stage| advance(checks, migrator, stage, &database))?;
    Ok(database)
}

fn to_the_heads(checks: &Checks, migrator: &Migrator, left: &[Stage], database: &Fresh) -> Result<Schema, Failed> {
    let mut conn = database.connect()?;
    // Rows that come later cannot be put there: in one run nobody comes between.
    if let Some(next) = left.first() {
        checks.insert_rows(&*next.migration, &mut *conn)?;
    }
    migrator.run_pending(&mut *conn)?;
    Ok(inspect_schema(&mut *conn)?)
}
