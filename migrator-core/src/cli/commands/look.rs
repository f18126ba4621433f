//! The commands that only look.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json;
use super::schema_file::{Difference, SchemaFile};
use crate::cli::answer::Answer;
use crate::cli::args::{Check, History, Shown, Verify};
use crate::cli::failure::Result;
use crate::cli::opener::Access;
use crate::cli::project::Project;
use crate::cli::session::{Connected, Session};
use crate::graph::{Applied, Graph, Node};
use crate::name::RevisionId;
use crate::runner::Migrator;

/// The exit code of `check --schema` when schema.rs differs.
const DIFFERS: u8 = 3;

pub(super) fn current(session: &mut Session<'_>, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect(Access::Look)?;
    let current = migrator.current(&mut *connected.conn)?;
    let graph = migrator.graph()?;
    let lines: Vec<String> = current.iter().map(|revision| standing(graph, revision)).collect();
    let text = if lines.is_empty() { "nothing is applied".to_owned() } else { lines.join("\n") };
    Ok(Answer::new(text, json!({"current": json::names(&current), "heads": json::names(&graph.heads())})))
}

fn standing(graph: &Graph, revision: &RevisionId) -> String {
    match graph.node(revision.as_str()) {
        None => format!("{revision} (unknown to this program)"),
        Some(node) if graph.children(revision.as_str()).is_empty() => format!("{} (head)", node.caption()),
        Some(node) => node.caption(),
    }
}

pub(super) fn heads(migrator: &Migrator) -> Result<Answer> {
    let graph = migrator.graph()?;
    Ok(listed(graph, &graph.heads(), "heads"))
}

pub(super) fn branches(migrator: &Migrator) -> Result<Answer> {
    let graph = migrator.graph()?;
    let points = graph.branch_points();
    let mut text = String::new();
    for point in &points {
        let _ = writeln!(text, "{}", standing(graph, point));
        for child in graph.children(point.as_str()) {
            let _ = writeln!(text, "  -> {}", standing(graph, &child));
        }
    }
    let nodes: Vec<Value> = points
        .iter()
        .map(|point| json!({"revision": point.as_str(), "children": json::names(&graph.children(point.as_str()))}))
        .collect();
    let text = if text.is_empty() { "there are no branches".to_owned() } else { text };
    Ok(Answer::new(text, json!({"branches": nodes})))
}

fn listed(graph: &Graph, revisions: &[RevisionId], key: &str) -> Answer {
    let nodes: Vec<&Node> = revisions.iter().filter_map(|revision| graph.node(revision.as_str())).collect();
    let text: Vec<String> = nodes.iter().map(|node| node.caption()).collect();
    let values: Vec<Value> = nodes.iter().map(|node| json::node(graph, node)).collect();
    Answer::new(text.join("\n"), json!({key: values}))
}

pub(super) fn show(session: &mut Session<'_>, asked: &Shown, migrator: &Migrator) -> Result<Answer> {
    let graph = migrator.graph()?;
    let found = match graph.is_relative(&asked.revision) {
        true => migrator.at(&mut *session.connect(Access::Look)?.conn, &asked.revision)?,
        false => graph.at(&Applied::new(), &asked.revision)?,
    };
    let nodes: Vec<&Node> = found.iter().filter_map(|revision| graph.node(revision.as_str())).collect();
    let text: Vec<String> = nodes.iter().map(|node| described(graph, node)).collect();
    let values: Vec<Value> = nodes.iter().map(|node| json::node(graph, node)).collect();
    let text = if text.is_empty() { "nothing stands there".to_owned() } else { text.join("\n\n") };
    Ok(Answer::new(text, json!({"revisions": values})))
}

fn described(graph: &Graph, node: &Node) -> String {
    let revision = node.revision.as_str();
    let head = if graph.children(revision).is_empty() { " (head)" } else { "" };
    let parents = graph.parents(revision);
    let revises = if parents.is_empty() { "nothing, it is a base".to_owned() } else { crate::report::list(&parents) };
    let mut text = format!("Revision ID: {revision}{head}\nRevises: {revises}\n");
    let rows = [
        ("Branch labels", node.labels.join(", ")),
        ("Depends on", crate::report::list(&node.depends_on)),
        ("Replaces", crate::report::list(&node.replaces)),
        ("Source", node.source.clone()),
    ];
    for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{name}: {value}");
    }
    let _ = write!(text, "\n    {}", node.description.as_deref().unwrap_or("(it says nothing of itself)"));
    text
}

pub(super) fn history(session: &mut Session<'_>, asked: &History, migrator: &Migrator) -> Result<Answer> {
    let graph = migrator.graph()?;
    if !session.names_database()? && !asked.verbose && asked.range.is_none() {
        let told = told(graph, &graph.order(), None);
        return Ok(Answer::new(graph.picture(), told));
    }
    let mut connected = session.connect(Access::Look)?;
    let pending: BTreeSet<RevisionId> = migrator.pending(&mut *connected.conn)?.into_iter().collect();
    let (mut text, revisions) = match &asked.range {
        Some(range) => {
            let revisions = migrator.range(&mut *connected.conn, range)?;
            (lines(graph, &revisions, &pending), revisions)
        }
        None => (migrator.picture(&mut *connected.conn)?, graph.order()),
    };
    let mut told = told(graph, &revisions, Some(&pending));
    if asked.verbose {
        log(&mut connected, migrator, &mut text, &mut told)?;
    }
    Ok(Answer::new(text, told))
}

/// What was done to the database, below the rest.
fn log(connected: &mut Connected, migrator: &Migrator, text: &mut String, told: &mut Value) -> Result<()> {
    let entries = migrator.history(&mut *connected.conn)?;
    text.push('\n');
    for entry in &entries {
        let _ = writeln!(text, "{entry}");
    }
    told["log"] = json::of(&entries);
    Ok(())
}

/// Newest first.
fn lines(graph: &Graph, revisions: &[RevisionId], pending: &BTreeSet<RevisionId>) -> String {
    let mark = |revision: &RevisionId| if pending.contains(revision) { " (pending)" } else { "" };
    let line = |revision: &RevisionId| format!("{}{}", standing(graph, revision), mark(revision));
    revisions.iter().rev().map(line).collect::<Vec<_>>().join("\n")
}

/// In the order of the text.
fn told(graph: &Graph, revisions: &[RevisionId], pending: Option<&BTreeSet<RevisionId>>) -> Value {
    let one = |revision: &RevisionId| {
        let mut value = graph.node(revision.as_str()).map_or(Value::Null, |node| json::node(graph, node));
        value["applied"] = json!(pending.map(|pending| !pending.contains(revision)));
        value
    };
    json!({"revisions": revisions.iter().rev().map(one).collect::<Vec<_>>()})
}

pub(super) fn check(session: &mut Session<'_>, asked: &Check, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect(Access::Look)?;
    let status = migrator.check(&mut *connected.conn)?;
    let graph = migrator.graph()?;
    let captions = status.pending().iter().map(|revision| format!("\n  {}", standing(graph, revision)));
    let text = format!("{status}{}", captions.collect::<String>());
    let answer = Answer::new(text, json::of(&status)).ending_with(status.exit_code());
    let is_behind = !status.pending().is_empty();
    if asked.schema { compared(answer, &mut connected, is_behind) } else { Ok(answer) }
}

/// With what schema.rs says besides.
fn compared(mut answer: Answer, connected: &mut Connected, is_behind: bool) -> Result<Answer> {
    let schema = SchemaFile::required(&Project::here()?, None)?;
    let Difference { told, unread } = schema.difference(&mut *connected.conn, is_behind)?;
    if told.is_some() && answer.code == 0 {
        answer.code = DIFFERS;
    }
    let same = || format!("{} is as the database is", schema.shown);
    let notes: Vec<String> = unread.iter().filter(|_| told.is_none()).map(|note| format!("\nnote: {note}")).collect();
    answer.text = format!("{}\n{}{}", answer.text, told.clone().unwrap_or_else(same), notes.concat());
    answer.json["schema_difference"] = json!(told);
    answer.json["schema_notes"] = json!(unread);
    Ok(answer)
}

pub(super) fn verify(session: &mut Session<'_>, asked: &Verify, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect(Access::Look)?;
    let report = match asked.full {
        true => migrator.verify_full(&mut *connected.conn)?,
        false => migrator.verify(&mut *connected.conn)?,
    };
    Ok(Answer::new(report.to_string(), json::of(&report)).ending_with(report.exit_code()))
}
