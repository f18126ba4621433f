//! `merge`.

use serde_json::json;

use super::json;
use crate::cli::answer::Answer;
use crate::cli::args::Merge;
use crate::cli::draft::{self, Draft};
use crate::cli::failure::{Failure, Result};
use crate::cli::project::{Project, Sources};
use crate::graph::{Applied, Graph};
use crate::name::RevisionId;
use crate::report::list;
use crate::runner::Migrator;

pub(super) fn merge(asked: &Merge, migrator: &Migrator) -> Result<Answer> {
    let project = Project::here()?;
    let sources = Sources::read(&project, migrator)?;
    let parents = parents(&asked.revisions, sources.graph())?;
    let message = asked.message.clone().unwrap_or_else(|| format!("merge {}", list(&parents)));
    let draft = Draft::new(&message, parents, &sources)?.bound(&asked.bonds, sources.graph())?.doing_nothing();
    let file = draft::write(&project, &sources, &draft)?;
    let text = format!("{}\n  revision {}, brings together {}", file.display(), draft.revision, list(&draft.parents));
    let told = json!({
        "file": file.display().to_string(),
        "revision": draft.revision.as_str(),
        "revises": json::names(&draft.parents),
    });
    Ok(Answer::new(text, told))
}

/// The revisions named, or all heads: two at least, none of which another includes.
fn parents(named: &[String], graph: &Graph) -> Result<Vec<RevisionId>> {
    let targets = if named.is_empty() { "heads".to_owned() } else { named.join(" ") };
    // The graph judges the targets when it writes a merge, and that text is of no use here.
    graph.merge(&targets, &RevisionId::new("merge.of.targets"), "")?;
    let words: Vec<&str> = targets.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let mut parents = Vec::new();
    for word in words {
        let found = graph.range(&Applied::new(), &format!("{word}:{word}"))?;
        parents.extend(found);
    }
    parents.sort();
    parents.dedup();
    if parents.len() < 2 {
        return Err(Failure::usage("there is nothing to merge", "name two revisions"));
    }
    Ok(parents)
}
