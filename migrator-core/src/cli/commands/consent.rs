//! What a run would change, told before it runs; and the word of whoever answers for what would be lost.

use crate::cli::failure::Result;
use crate::cli::screen::Screen;
use crate::error::{Error, ErrorKind};
use crate::plan::{Plan, PlannedLoss, PlannedStep, Prospect};
use crate::report::Direction;
use crate::runner::{Migrator, Policy};

/// Which migrations, what they make of the schema, what is lost, what is locked; nothing where nothing would run.
pub(super) fn summary(plan: &Plan) -> String {
    let (mut lines, mut before) = (Vec::new(), None);
    for step in plan.steps() {
        if before.replace(step.direction()) != Some(step.direction()) {
            lines.push(if step.direction() == Direction::Up { "to apply:" } else { "to undo:" }.to_owned());
        }
        lines.push(format!("  {}  {}", step.revision(), step.description()).trim_end().to_owned());
        lines.extend(step.backups().iter().map(|backup| format!("    backup: {backup}")));
        lines.extend(step.losses().iter().map(|loss| format!("    loss: {loss}")));
        lines.extend(step.warnings().iter().map(|warning| format!("    warning: {warning}")));
        lines.extend(unknown(step));
    }
    let difference = plan.difference();
    if !difference.is_empty() {
        lines.push(format!("changes:\n  {}", difference.to_string().replace('\n', "\n  ")));
    }
    lines.join("\n")
}

/// How far the plan of a migration goes, where it does not go to its end.
fn unknown(step: &PlannedStep) -> Option<String> {
    let known = *step.prospect() == Prospect::Known;
    (!known).then(|| format!("    {}", step.prospect().to_string().replace('\n', "\n    ")))
}

/// What the run would end with, as far as that is foreseen.
pub(super) fn failure(plan: &Plan) -> Option<Error> {
    plan.steps().iter().find_map(|step| Some(foreseen(step, step.failure.as_deref()?)))
}

fn foreseen(step: &PlannedStep, error: &Error) -> Error {
    Error::new(error.kind(), format!("this would fail: {}", error.what()))
        .in_revision(step.revision())
        .state("nothing was written")
        .remedy_of(error)
        .besides("to begin all the same, and see how far it gets: --yes")
}

/// What is foreseen to fail is begun only when somebody says so.
pub(super) fn given_to_fail(screen: &mut Screen<'_>, plan: &Plan) -> Result<()> {
    let Some(failure) = failure(plan).filter(|_| !screen.says_yes()) else { return Ok(()) };
    if !screen.asks() {
        return Err(failure.into());
    }
    screen.confirm("It is foreseen to fail, as said above. Begin all the same?")
}

/// The migrator with what may be lost, once somebody has said so: with `--allow-data-loss` and `--yes`, or at the
/// terminal, by typing the name of each table. What a migration names itself is asked for by yes or no.
pub(super) fn given(screen: &mut Screen<'_>, migrator: Migrator, plan: &Plan, allowed: bool) -> Result<Migrator> {
    if allowed && screen.says_yes() {
        return Ok(migrator.data_loss(Policy::Allow));
    }
    let unnamed = unnamed_losses(plan);
    if unnamed.is_empty() {
        if plan.losses().next().is_some() {
            screen.confirm("Data would be lost, as the migrations say. Go on?")?;
        }
        return Ok(migrator);
    }
    if !screen.asks() {
        return Err(refused(&unnamed).into());
    }
    for table in tables(&unnamed) {
        screen.typed(
            &format!("Data of {table} would be lost, which nobody named. Type the table's name to go on"),
            &table,
        )?;
    }
    let allow = |migrator: Migrator, (step, loss): (&PlannedStep, &PlannedLoss)| {
        migrator.allow_loss(step.revision().as_str(), loss.loss.clone())
    };
    Ok(unnamed.into_iter().fold(migrator, allow))
}

/// The refusal of a run that would lose what nobody named, where it would.
pub(super) fn unnamed(plan: &Plan) -> Option<Error> {
    let losses = unnamed_losses(plan);
    (!losses.is_empty()).then(|| refused(&losses))
}

fn unnamed_losses(plan: &Plan) -> Vec<(&PlannedStep, &PlannedLoss)> {
    losses(plan).filter(|(_, loss)| !loss.is_allowed()).collect()
}

fn losses(plan: &Plan) -> impl Iterator<Item = (&PlannedStep, &PlannedLoss)> {
    plan.steps().iter().flat_map(|step| step.losses().iter().map(move |loss| (step, loss)))
}

fn tables(losses: &[(&PlannedStep, &PlannedLoss)]) -> Vec<String> {
    let mut tables: Vec<String> = losses.iter().map(|(_, loss)| loss.table().to_string()).collect();
    tables.sort();
    tables.dedup();
    tables
}

fn refused(losses: &[(&PlannedStep, &PlannedLoss)]) -> Error {
    let one = |(step, loss): &(&PlannedStep, &PlannedLoss)| format!("migration {}: {}", step.revision(), loss.what());
    let named = |(_, loss): &(&PlannedStep, &PlannedLoss)| format!("allow_loss({})", loss.loss);
    let what = losses.iter().map(one).collect::<Vec<_>>().join("; ");
    let words = losses.iter().map(named).collect::<Vec<_>>().join(", ");
    Error::new(ErrorKind::DataLoss, format!("this would lose data that no migration names: {what}"))
        .state("nothing was written")
        .remedy(format!(
            "if that is meant, name it in the migration: {words}; to keep a copy besides: --backup; to let all of it go: \
             --allow-data-loss --yes"
        ))
}
