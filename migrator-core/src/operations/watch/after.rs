//! The look afterwards: what is gone that stood there when the migration began.

use super::super::{Context, PlannedLoss};
use crate::connection::{Database, Known, Moved, Suspect, Tally};
use crate::error::Result;
use crate::guard;
use crate::metadata::Loss;
use crate::name::TableName;

/// What the look afterwards says.
pub(crate) enum Seen {
    /// Nothing is lost that nobody named.
    Kept,
    /// Something old may be gone: these are to be counted first, and the migration run again.
    Suspicious(Vec<Suspect>),
    /// Something moved and it is not known where, or of these tables not what: run it again, looking closely.
    LookCloser(Vec<TableName>),
}

/// Whether the transaction is no longer the one that was marked; where the guard has something to look at, that is seen
/// with the same question.
pub(crate) fn has_lost_transaction(database: &mut dyn Database, context: &mut Context, marked: &str) -> Result<bool> {
    if let Some(mark) = &context.watch.mark {
        context.watch.sight = database.sight(mark)?;
    }
    match context.watch.sight.as_ref().and_then(|sight| sight.transaction.as_ref()) {
        Some(transaction) => Ok(transaction != marked),
        None => database.has_lost_transaction(marked),
    }
}

/// The look afterwards: what is lost that nobody named is an error.
pub(crate) fn look_after(database: &mut dyn Database, context: &mut Context) -> Result<Seen> {
    let mark = context.watch.mark.take();
    let sight = context.watch.sight.take();
    let mut moved = mark.as_ref().map_or(Ok(Moved::default()), |mark| database.moved(mark, sight))?;
    let mut found = std::mem::take(&mut context.watch.foreseen);
    // What was empty had nothing to lose.
    for before in context.watch.before.values().filter(|before| before.rows > 0) {
        let after = database.tally_again(before)?;
        let fewest = context.watch.fewest.get(&before.table).map_or(0, |fewest| before.old_rows - fewest);
        let certain = context.watch.suspects.iter().find(|suspect| suspect.table.as_ref() == Some(&before.table));
        let certain = certain.map_or(0, |suspect| suspect.certain.min(before.old_rows));
        let deleted = deleted(before, after.as_ref(), &moved).max(fewest).max(certain);
        found.extend(guard::losses(before, after.as_ref(), deleted));
    }
    if context.rehearsing {
        let named = found.iter().filter(|found| context.allows(&found.loss));
        let told = named.map(|found| PlannedLoss { loss: found.loss.clone(), count: found.count, allowed: true });
        let told: Vec<PlannedLoss> = told.filter(|one| !context.planned.tells(&one.loss)).collect();
        context.planned.losses.extend(told);
    }
    found.retain(|found| !context.allows(&found.loss));
    if !found.is_empty() {
        return Err(super::super::loss::lost(&found, context.revision.as_str()));
    }
    let strange = moved.unknown.iter().any(|table| !context.watch.made.has(table) && !table.is_bookkeeping());
    if moved.look_closer || strange {
        return Ok(Seen::LookCloser(Vec::new()));
    }
    let near = std::mem::take(&mut moved.near).into_iter();
    let near: Vec<TableName> = near.filter(|table| is_to_be_neared(context, table)).collect();
    if !near.is_empty() {
        return Ok(Seen::LookCloser(near));
    }
    if let Some(mark) = mark {
        context.watch.known = Some(Known::after(mark, &mut moved));
    }
    let suspects: Vec<Suspect> =
        std::mem::take(&mut moved.suspects).into_iter().filter(|one| is_open(context, one)).collect();
    context.watch.follow_names(&mut moved);
    if suspects.is_empty() && !moved.disturbed { Ok(Seen::Kept) } else { Ok(Seen::Suspicious(suspects)) }
}

/// How many old rows went, as the database counted; what does not add up was taken back, and only the tallies tell.
fn deleted(before: &Tally, after: Option<&Tally>, moved: &Moved) -> i64 {
    let suspect = moved.suspects.iter().find(|suspect| suspect.identity == before.identity);
    let (Some(suspect), Some(after)) = (suspect, after) else { return 0 };
    if let Some(standing) = suspect.standing {
        // Rows that were changed were written in this transaction too.
        return (before.rows - (after.rows - standing) - suspect.updated).max(0);
    }
    let came = suspect.inserted - suspect.deleted;
    if before.rows + came == after.rows {
        return suspect.lost;
    }
    // Emptied at once and filled again: what stands now came since.
    if suspect.rewritten && came == after.rows { before.old_rows } else { 0 }
}

/// Whether it is to be known yet if the rows that went from a table were old.
fn is_to_be_neared(context: &Context, table: &TableName) -> bool {
    let identity = table.name().to_owned();
    let went = Suspect { identity, table: Some(table.clone()), lost: 1, ..Suspect::default() };
    !context.watch.near.contains(table) && is_open(context, &went)
}

/// Whether it has to be counted yet: it was not, and neither came it in this run nor was all that may be lost of it named.
fn is_open(context: &Context, suspect: &Suspect) -> bool {
    let watch = &context.watch;
    let counted = watch.before.values().any(|tally| tally.identity == suspect.identity && watch.settled);
    let learned = watch.suspects.iter().any(|known| known.identity == suspect.identity);
    let Some(table) = &suspect.table else { return !counted && !learned };
    let read = !watch.opaque && !suspect.altered && suspect.lost == 0 && watch.updated.contains(table);
    let allows = |loss: Loss| context.allows(&watch.as_it_began(&loss));
    let rows = !suspect.altered && !suspect.uncounted && suspect.updated == 0 && allows(Loss::Rows(table.clone()));
    let named = rows || allows(Loss::Table(table.clone()));
    let meant = named && (!context.back_up_losses || watch.copied.contains(table));
    let ours = table.is_bookkeeping() || watch.made_at_mark.has(table);
    !(counted || learned || read || meant || ours)
}
