//! `new`.

use serde_json::json;

use super::json;
use crate::cli::answer::Answer;
use crate::cli::args::{Heading, New};
use crate::cli::draft::{self, Draft, Subject};
use crate::cli::failure::{Failure, Result};
use crate::cli::project::{Project, Sources};
use crate::cli::session::Session;
use crate::error::{Error, ErrorKind};
use crate::graph::{Applied, Graph, Node};
use crate::name::RevisionId;
use crate::report::list;
use crate::runner::Migrator;

pub(super) fn new(session: &mut Session<'_>, asked: &New, migrator: &Migrator) -> Result<Answer> {
    let (message, columns) = words(asked)?;
    let columns = columns.iter().map(|column| draft::Column::parse(column)).collect::<Result<Vec<_>>>()?;
    let subject = Subject::of(message, asked.table.as_deref(), &columns)?;
    let project = Project::here()?;
    let sources = Sources::read(&project, migrator)?;
    let parents = parents(session, &asked.heading, sources.graph())?;
    let draft = Draft::new(message, parents, &sources)?.bound(&asked.heading.bonds, sources.graph())?.about(&subject);
    let file = draft::write(&project, &sources, &draft)?;
    Ok(told(&draft, &file.display().to_string()))
}

/// With `-m`, what stands where the message would is a column.
fn words(asked: &New) -> Result<(&str, Vec<String>)> {
    let Heading { message, said, .. } = &asked.heading;
    match (said, message) {
        (Some(said), None) => Ok((said, asked.columns.clone())),
        (None, Some(message)) => Ok((message, asked.columns.clone())),
        _ => Err(Failure::usage("a migration has a message", "say new \"add email to users\"")),
    }
}

/// What the new migration follows: with several heads one that is chosen, or all.
pub(super) fn parents(session: &mut Session<'_>, asked: &Heading, graph: &Graph) -> Result<Vec<RevisionId>> {
    let heads = graph.heads();
    if let Some(head) = &asked.head {
        let found = graph.range(&Applied::new(), &format!("{head}:{head}"))?;
        return Ok(found);
    }
    if heads.len() < 2 || asked.merge {
        return Ok(heads);
    }
    let captions: Vec<String> = heads.iter().filter_map(|head| graph.node(head.as_str())).map(Node::caption).collect();
    match session.screen.choice("There are several heads; which one does it follow?", &captions)? {
        Some(chosen) => Ok(vec![heads[chosen].clone()]),
        None => Err(several(&heads).into()),
    }
}

fn several(heads: &[RevisionId]) -> Error {
    Error::new(ErrorKind::MultipleHeads, format!("there are {} heads: {}", heads.len(), list(heads)))
        .state("no file was written")
        .remedy(
            "say which one it follows: --head REV; or follow them all: --merge; or bring them together first: merge. \
             `heads` shows what each of them does",
        )
}

pub(super) fn told(draft: &Draft, file: &str) -> Answer {
    let follows = if draft.parents.is_empty() { "nothing".to_owned() } else { list(&draft.parents) };
    let indented = |lines: &[String]| {
        lines.iter().flat_map(|line| line.lines()).map(|line| format!("\n    {line}")).collect::<String>()
    };
    let text = format!(
        "{file}\n  revision {}, follows {follows}\n  upgrade:{}\n  downgrade:{}",
        draft.revision,
        indented(&draft.up),
        indented(&draft.down)
    );
    let told = json!({
        "file": file,
        "revision": draft.revision.as_str(),
        "revises": json::names(&draft.parents),
        "message": draft.message,
        "upgrade": draft.up,
        "downgrade": draft.down,
    });
    Answer::new(text, told)
}
