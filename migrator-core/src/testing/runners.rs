//! Two processes that start at once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use super::checks::Checks;
use super::database::Fresh;
use super::failed::Failed;
use crate::error::Result;
use crate::name::RevisionId;
use crate::report::RunReport;
use crate::runner::{Migrator, Policy};

pub(super) fn check(checks: &Checks) -> Result<(), Failed> {
    let migrator = checks.migrator.with_losses(Policy::Allow)?;
    let database = checks.fresh()?;
    let barrier = Barrier::new(2);
    let reports = thread::scope(|scope| {
        let runners = [(); 2].map(|()| scope.spawn(|| start(&migrator, &database, &barrier)));
        runners.map(std::thread::ScopedJoinHandle::join)
    });
    let mut runs: BTreeMap<RevisionId, usize> = BTreeMap::new();
    for report in reports {
        let report = report.map_err(|_| Failed::new("one of two runners panicked"))?;
        let report = report.map_err(|error| Failed::from(error).when("one of two runners that start at once"))?;
        report.steps().iter().for_each(|step| *runs.entry(step.revision().clone()).or_default() += 1);
    }
    for migration in migrator.order()? {
        let revision = migration.metadata().revision();
        let times = runs.get(revision).copied().unwrap_or(0);
        if times != 1 {
            let what = format!("with two runners at once it ran {times} times");
            return Err(Failed::new(what).in_revision(revision));
        }
    }
    Ok(())
}

fn start(migrator: &Migrator, database: &Fresh, barrier: &Barrier) -> Result<RunReport> {
    let connected = database.connect();
    barrier.wait();
    migrator.run_pending(&mut *connected?)
}
