//! The tool that was installed by itself: it has no migrations in it, and stands in a crate that may have some.

use crate::cli::args::Action;
use crate::cli::failure::{Failure, Result};
use crate::cli::project::{Project, Sources};
use crate::count::counted;
use crate::runner::Migrator;

/// A program without migrations would say of a crate with some that nothing is pending.
pub(super) fn refuse_what_the_program_of_the_crate_knows(action: &Action, migrator: &Migrator) -> Result<()> {
    let has_some = migrator.graph().map_or(true, |graph| !graph.nodes().is_empty());
    if has_some || !is_about_migrations(action) {
        return Ok(());
    }
    let Ok(project) = Project::here() else { return Ok(()) };
    let Ok(sources) = Sources::read(&project, migrator) else { return Ok(()) };
    match sources.graph().nodes().len() {
        0 => Ok(()),
        there => Err(Failure::usage(
            format!("this program has no migrations in it, and {} has {}", project.name(), counted(there, "migration")),
            "run the program of that crate, where they are: cargo run --bin db -- and the same words",
        )),
    }
}

/// What writes files reads the crate itself, and copies of tables know nothing of migrations.
fn is_about_migrations(action: &Action) -> bool {
    !matches!(
        action,
        Action::Init(_)
            | Action::New(_)
            | Action::Migrate(_)
            | Action::Merge(_)
            | Action::Backup(_)
            | Action::Backups
            | Action::Restore(_)
            | Action::Prune(_)
            | Action::Completions(_)
    )
}
