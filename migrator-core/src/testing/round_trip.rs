//! Each migration up, down and up again.

use std::collections::BTreeSet;

use super::checks::Checks;
use super::difference::{listed, of_rows, of_schemas};
use super::failed::Failed;
use super::snapshot::Snapshot;
use super::walk::{Stage, Walk, stages};
use crate::runner::Policy;

pub(super) fn check(checks: &Checks) -> Result<(), Failed> {
    let mut walk = Walk::begin(checks, Policy::Allow)?;
    for stage in stages(checks)? {
        let done = there_and_back(&mut walk, &stage);
        done.map_err(|failed| failed.in_revision(stage.revision()))?;
    }
    Ok(())
}

fn there_and_back(walk: &mut Walk<'_>, stage: &Stage) -> Result<(), Failed> {
    let before = walk.look_before(stage)?;
    walk.up(stage)?;
    if stage.is_irreversible() {
        return Ok(());
    }
    let after = walk.look()?;
    walk.down(stage).map_err(|error| Failed::from(error).when("its downgrade"))?;
    let back = walk.look()?;
    let mut left = of_schemas(&before.schema, &back.schema);
    left.extend(of_rows(&before, &back, &stage.named));
    refuse("after its downgrade the database is not as it was before its upgrade", &left)?;
    walk.up(stage).map_err(|error| Failed::from(error).when("its upgrade, after its downgrade"))?;
    let again = walk.look()?;
    let mut other = of_schemas(&after.schema, &again.schema);
    other.extend(of_rows(&old_rows(&after, &before), &old_rows(&again, &before), &stage.named));
    walk.last = Some(again);
    refuse("its second upgrade leaves another database than its first", &other)
}

fn refuse(heading: &str, differences: &[String]) -> Result<(), Failed> {
    if differences.is_empty() { Ok(()) } else { Err(Failed::new(format!("{heading}{}", listed(differences)))) }
}

/// Of the rows, those that stood there before: the others may have new keys and times.
fn old_rows(now: &Snapshot, before: &Snapshot) -> Snapshot {
    let old = before.contents.iter().filter_map(|(table, old)| {
        let key = &before.schema.tables.get(table)?.primary_key;
        let keys: BTreeSet<_> = old.of_columns(key).into_iter().collect();
        let known: Vec<String> = old.columns.clone();
        let mut rows = now.contents.get(table)?.with_keys(key, &keys);
        rows.rows = rows.of_columns(&known);
        rows.columns = known;
        (!key.is_empty()).then(|| (table.clone(), rows))
    });
    Snapshot { schema: now.schema.clone(), contents: old.collect() }
}
