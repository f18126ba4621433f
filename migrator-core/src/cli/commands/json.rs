//! Reports as JSON.

use serde_json::{Value, json};

use crate::graph::{Graph, Node};
use crate::name::RevisionId;

/// A report as it serializes.
pub(in crate::cli) fn of(report: &impl serde::Serialize) -> Value {
    serde_json::to_value(report).unwrap_or(Value::Null)
}

pub(in crate::cli) fn names(revisions: &[RevisionId]) -> Value {
    revisions.iter().map(RevisionId::as_str).collect()
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
