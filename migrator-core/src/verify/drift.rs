//! Whether the schema is still the one that the last run left.

use super::standing::Standing;
use crate::connection::{Database, Scope};
use crate::diff::SchemaDifference;
use crate::error::Result;
use crate::history::Kept;
use crate::report::{Finding, FindingKind, Remedy};
use crate::schema::Schema;

/// What a look for drift gave.
pub(crate) struct Drift {
    /// The schema now, where it was read.
    pub(crate) now: Option<Schema>,
    /// The schema as the last run left it, where it was kept.
    pub(crate) kept: Option<Schema>,
    pub(crate) difference: Option<SchemaDifference>,
    pub(crate) finding: Option<Finding>,
    pub(crate) note: Option<String>,
}

/// Compares the schema with the one that was kept, where that is one of the same revisions.
pub(crate) fn look_for_drift(database: &mut dyn Database, kept: Option<&Kept>, standing: &Standing) -> Result<Drift> {
    let accept = standing.stamp();
    // Where nothing is applied there may be no tables of ours to keep it in.
    let offered = Some(&accept).filter(|_| !standing.tips.is_empty());
    let Some(kept) = kept else {
        return Ok(unknown("no run has kept the schema that it left yet", offered));
    };
    let Some(before) = kept.schema().filter(|_| kept.is_of_now) else {
        return Ok(unknown("the schema that is kept is of other revisions than those applied now", offered));
    };
    let now = database.inspect(Scope::All)?;
    let difference = (now.fingerprint() != kept.fingerprint).then(|| before.difference(&now));
    let difference = difference.filter(|difference| !difference.is_empty());
    let finding = difference.as_ref().map(|difference| drifted(difference, &kept.kept_at, accept));
    Ok(Drift { now: Some(now), kept: Some(before), difference, finding, note: None })
}

fn unknown(why: &str, accept: Option<&Remedy>) -> Drift {
    let now = accept.map(|accept| format!("; to keep it now, if it is as it should be: {accept}")).unwrap_or_default();
    let note = format!("drift: {why}\n  the next run keeps it{now}");
    Drift { now: None, kept: None, difference: None, finding: None, note: Some(note) }
}

fn drifted(difference: &SchemaDifference, kept_at: &str, accept: Remedy) -> Finding {
    let what = format!("the schema is not as the run of {kept_at} left it\n{difference}");
    Finding::new(FindingKind::Drift, what, accept).advice(
        "take the change back, or write a migration that makes it; or say that the schema is right as it is now",
    )
}
