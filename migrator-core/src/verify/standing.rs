//! History that does not match the program, as findings.

use crate::graph::Anomaly;
use crate::history::HistoryEntry;
use crate::name::RevisionId;
use crate::report::{Finding, FindingKind, Remedy};

/// What the history tells against the program.
pub(crate) struct Standing {
    /// The applied revisions of the program that no applied one follows.
    pub(crate) tips: Vec<RevisionId>,
    pub(crate) unknown: Vec<RevisionId>,
    pub(crate) edited: Vec<RevisionId>,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) interrupted: Option<HistoryEntry>,
    /// The quoted name of Diesel's table.
    pub(crate) diesel_table: String,
}

impl Standing {
    /// The command that says that the database stands where it stands.
    pub(crate) fn stamp(&self) -> Remedy {
        let tips: Vec<&str> = self.tips.iter().map(RevisionId::as_str).collect();
        Remedy::Command(format!("stamp {}", if tips.is_empty() { "base".to_owned() } else { tips.join(",") }))
    }
}

/// A finding for each thing in the history that does not match.
pub(crate) fn history_findings(standing: &Standing) -> Vec<Finding> {
    let mut findings: Vec<Finding> = standing.unknown.iter().map(|revision| unknown(revision, standing)).collect();
    findings.extend(standing.anomalies.iter().map(|anomaly| missing(anomaly, standing)));
    findings.extend(standing.edited.iter().map(|revision| edited(revision, standing)));
    findings.extend(standing.interrupted.iter().map(|begun| interrupted(begun, standing)));
    findings
}

fn unknown(revision: &RevisionId, standing: &Standing) -> Finding {
    let table = &standing.diesel_table;
    let remedy =
        Remedy::Sql(format!("DELETE FROM {table} WHERE version = '{}'", revision.as_str().replace('\'', "''")));
    Finding::new(FindingKind::UnknownRevision, format!("the database has {revision}, unknown to this program"), remedy)
        .advice("a newer program has migrated it: deploy that one; only if its changes are gone for good, forget it")
}

fn missing(anomaly: &Anomaly, standing: &Standing) -> Finding {
    let Anomaly::ChildWithoutParent { parent, .. } = anomaly;
    Finding::new(FindingKind::MissingRevision, anomaly.to_string(), standing.stamp())
        .advice(format!("look whether what {parent} does is there; if it is, record it"))
}

fn edited(revision: &RevisionId, standing: &Standing) -> Finding {
    Finding::new(FindingKind::Edited, format!("{revision} has changed since it was applied"), standing.stamp())
        .advice("take the change back and write a new migration for it; or say that the text stands as it is now")
}

fn interrupted(begun: &HistoryEntry, standing: &Standing) -> Finding {
    let what = format!("{} and did not end", begun.told_begun());
    Finding::new(FindingKind::Interrupted, what, standing.stamp()).advice(format!(
        "repair looks for what it did; or bring the schema back to where {0} begins, then say so, and if it stands as \
         where {0} ends: stamp {0}",
        begun.revision
    ))
}
