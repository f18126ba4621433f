//! Reports as JSON.

use serde_json::{Value, json};

use crate::connection::ServerInfo;
use crate::graph::{Graph, Node};
use crate::history::HistoryEntry;
use crate::name::RevisionId;
use crate::report::{RunReport, StepReport};

/// A report as it serializes.
pub(in crate::cli) fn of(report: &impl serde::Serialize) -> Value {
    serde_json::to_value(report).unwrap_or(Value::Null)
}

pub(in crate::cli) fn names(revisions: &[RevisionId]) -> Value {
    revisions.iter().map(RevisionId::as_str).collect()
}

pub(in crate::cli) fn run(report: &RunReport) -> Value {
    json!({
        "steps": report.steps().iter().map(step).collect::<Vec<_>>(),
        "unknown": names(report.unknown()),
        "edited": names(report.edited()),
        "notes": report.notes(),
    })
}

fn step(step: &StepReport) -> Value {
    json!({
        "revision": step.revision().as_str(),
        "description": step.description(),
        "direction": step.direction().to_string(),
        "outcome": step.outcome().to_string(),
        "seconds": step.duration().as_secs_f64(),
        "statements": step.statements(),
        "out_of_order": step.is_out_of_order(),
        "notes": step.notes(),
    })
}

pub(in crate::cli) fn server(server: &ServerInfo) -> Value {
    json!({
        "dialect": server.dialect.to_string(),
        "version": server.version,
        "database": server.database,
        "user": server.user,
        "writable": server.writable,
    })
}

pub(in crate::cli) fn node(graph: &Graph, node: &Node) -> Value {
    let revision = node.revision.as_str();
    json!({
        "revision": revision,
        "description": node.description,
        "revises": names(&graph.parents(revision)),
        "branch_labels": node.labels,
        "depends_on": names(&node.depends_on),
        "replaces": names(&node.replaces),
        "source": node.source,
        "is_head": graph.children(revision).is_empty(),
    })
}

pub(in crate::cli) fn entry(entry: &HistoryEntry) -> Value {
    json!({
        "revision": entry.revision.as_str(),
        "direction": entry.direction.to_string(),
        "state": entry.state,
        "started_at": entry.started_at,
        "ended_at": entry.ended_at,
        "who": entry.who,
        "statements": entry.statements,
        "note": entry.note,
    })
}
