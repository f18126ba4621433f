//! Migrations that fail at each of their statements, and are run again.

use std::sync::Arc;

use super::checks::{Checks, asks_a_person, rolls_back};
use super::difference::{listed, of_counts, of_rows, of_schemas};
use super::failed::Failed;
use super::snapshot::Snapshot;
use super::walk::{Stage, Walk, stages};
use crate::error::Error;
use crate::metadata::Metadata;
use crate::migration::{Migration, MigrationResult};
use crate::name::RevisionId;
use crate::operations::{Fault, Operations};
use crate::runner::{Migrator, Policy};

pub(super) fn check(checks: &Checks) -> Result<(), Failed> {
    let mut undisturbed = Walk::begin(checks, Policy::Allow)?;
    let mut disturbed = Walk::begin(checks, Policy::Allow)?;
    let stages = stages(checks)?;
    for (at, stage) in stages.iter().enumerate() {
        undisturbed.insert_rows(stage)?;
        undisturbed.up(stage)?;
        match fail_everywhere(&mut disturbed, stage).map_err(|failed| failed.in_revision(stage.revision()))? {
            End::Stands => compare(&mut undisturbed, &mut disturbed).map_err(|f| f.in_revision(stage.revision()))?,
            End::AsksAPerson => disturbed = begun_anew(checks, &stages[..=at])?,
        }
    }
    Ok(())
}

enum End {
    Stands,
    AsksAPerson,
}

fn fail_everywhere(walk: &mut Walk<'_>, stage: &Stage) -> Result<End, Failed> {
    let fault = Fault::default();
    let failing = faulty(&walk.migrator, stage.revision(), &fault)?;
    let rolls_back = rolls_back(&*stage.migration, &mut *walk.conn)?;
    let before = walk.look_before(stage)?;
    loop {
        match failing.upgrade(&mut *walk.conn, stage.revision().as_str()) {
            Ok(_) => return Ok(End::Stands),
            Err(error) if asks_a_person(&error) && !rolls_back => return Ok(End::AsksAPerson),
            Err(error) if !fault.take_struck() => return Err(Failed::from(error).when("run again after a failure")),
            Err(error) if rolls_back => refuse_traces(&before, &walk.look()?, &error)?,
            Err(_) => {}
        }
    }
}

/// The same migrator, one migration failing as the fault wants it.
fn faulty(migrator: &Migrator, revision: &RevisionId, fault: &Fault) -> Result<Migrator, Failed> {
    Ok(migrator.replaced(|migration| {
        if migration.metadata().revision() != revision {
            return migration;
        }
        Arc::new(Faulty { migration, fault: fault.clone() })
    })?)
}

fn refuse_traces(before: &Snapshot, now: &Snapshot, error: &Error) -> Result<(), Failed> {
    let mut left = of_schemas(&before.schema, &now.schema);
    left.extend(of_rows(before, now, &[]));
    if left.is_empty() {
        return Ok(());
    }
    let place = error.statement().unwrap_or("its end");
    Err(Failed::new(format!("a failure at {place} leaves traces{}", listed(&left))))
}

fn compare(undisturbed: &mut Walk<'_>, disturbed: &mut Walk<'_>) -> Result<(), Failed> {
    let (wanted, found) = (undisturbed.look()?, disturbed.look()?);
    let mut differences = of_schemas(&wanted.schema, &found.schema);
    differences.extend(of_counts(&wanted, &found));
    disturbed.last = Some(found);
    if differences.is_empty() {
        return Ok(());
    }
    let heading = "after failures at each statement it ends otherwise than without";
    Err(Failed::new(format!("{heading}{}", listed(&differences))))
}

/// A database that went there without failures.
fn begun_anew<'a>(checks: &'a Checks, stages: &[Stage]) -> Result<Walk<'a>, Failed> {
    let mut walk = Walk::begin(checks, Policy::Allow)?;
    for stage in stages {
        walk.insert_rows(stage)?;
        walk.up(stage)?;
    }
    Ok(walk)
}

/// A migration whose upgrade fails at each statement once, and once at its end.
struct Faulty {
    migration: Arc<dyn Migration>,
    fault: Fault,
}

impl Migration for Faulty {
    fn metadata(&self) -> &Metadata {
        self.migration.metadata()
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        op.let_fail(&self.fault);
        self.migration.upgrade(op)?;
        Ok(self.fault.strike("(its end)")?)
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        self.migration.downgrade(op)
    }

    fn verify(&self, op: &mut Operations<'_>) -> MigrationResult {
        self.migration.verify(op)
    }

    fn has_verify(&self) -> bool {
        self.migration.has_verify()
    }

    fn checksum(&self) -> Option<&str> {
        self.migration.checksum()
    }

    fn source(&self) -> Option<String> {
        self.migration.source()
    }
}
