//! What each command does.

mod backups;
mod change;
mod completions;
mod consent;
mod init;
pub(super) mod json;
mod look;
mod merge;
mod migrate;
mod new;
mod plan;
mod repair;
mod schema_file;
mod tool;

use super::answer::Answer;
use super::args::Action;
use super::failure::Result;
use super::session::Session;
use crate::runner::Migrator;

pub(super) fn run(session: &mut Session<'_>, action: Action, migrator: Migrator) -> Result<Answer> {
    tool::refuse_what_the_program_of_the_crate_knows(&action, &migrator)?;
    match action {
        Action::Init(init) => init::init(session, &init),
        Action::New(new) => new::new(session, &new, &migrator),
        Action::Migrate(migrate) => migrate::migrate(session, &migrate, &migrator),
        Action::Upgrade(upgrade) => change::upgrade(session, &upgrade, migrator),
        Action::Downgrade(downgrade) => change::downgrade(session, &downgrade, migrator),
        Action::Redo(lossy) => change::redo(session, &lossy, migrator),
        Action::Plan(plan) => plan::plan(session, &plan, &migrator),
        Action::Rehearse(rehearse) => plan::rehearse(session, &rehearse, migrator),
        Action::Current => look::current(session, &migrator),
        Action::History(history) => look::history(session, &history, &migrator),
        Action::Heads => look::heads(&migrator),
        Action::Branches => look::branches(&migrator),
        Action::Show(revision) => look::show(session, &revision, &migrator),
        Action::Check(check) => look::check(session, &check, &migrator),
        Action::Verify(verify) => look::verify(session, &verify, &migrator),
        Action::Backup(backup) => backups::backup(session, &backup, migrator),
        Action::Backups => backups::backups(session, &migrator),
        Action::Restore(restore) => backups::restore(session, &restore),
        Action::Prune(prune) => backups::prune(session, &prune, &migrator),
        Action::Repair(repair) => repair::repair(session, &repair, migrator),
        Action::Stamp(revision) => change::stamp(session, &revision, migrator),
        Action::Merge(merge) => merge::merge(&merge, &migrator),
        Action::Completions(completions) => completions::completions(&completions),
    }
}
