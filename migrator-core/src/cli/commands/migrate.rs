//! `migrate`.

use serde_json::json;

use super::new::{parents, told};
use super::schema_file::{self, SchemaFile};
use crate::autogenerate::{Changes, Options, Question};
use crate::cli::answer::Answer;
use crate::cli::args::Migrate;
use crate::cli::draft::{self, Draft};
use crate::cli::failure::{Failure, Result};
use crate::cli::opener::Access;
use crate::cli::project::{Project, Sources};
use crate::cli::session::{Connected, Session};
use crate::error::{Error, ErrorKind};
use crate::name::RevisionId;
use crate::report::list;
use crate::runner::Migrator;

pub(super) fn migrate(session: &mut Session<'_>, asked: &Migrate, migrator: &Migrator) -> Result<Answer> {
    let message = asked.heading.text().ok_or_else(|| {
        Failure::usage("migrate writes a file; to apply: upgrade", "say migrate \"what changed\", or upgrade")
    })?;
    let project = Project::here()?;
    let schema = SchemaFile::required(&project, asked.schema.as_deref())?;
    let sources = Sources::read(&project, migrator)?;
    let mut connected = session.connect(Access::Look)?;
    refuse_pending(migrator, &sources, &mut connected)?;
    let changes = settled(session, &schema, options(asked)?, &mut connected)?;
    if changes.is_empty() {
        let told = json!({"file": null, "changes": [], "notes": changes.notes()});
        return Ok(Answer::new(changes.to_string(), told));
    }
    let parents = parents(session, &asked.heading, sources.graph())?;
    let draft = Draft::new(message, parents, &sources)?.bound(&asked.heading.bonds, sources.graph())?;
    let draft = draft.doing(changes.up(), changes.down()).conditioned(changes.conditions());
    if asked.dry_run {
        return Ok(Answer::new(draft.text(), schema_file::told(&changes)));
    }
    let file = draft::write(&project, &sources, &draft)?;
    let mut answer = told(&draft, &file.display().to_string());
    answer.text = format!("{changes}\n{}", answer.text);
    let mut compared = schema_file::told(&changes);
    for key in ["changes", "requires", "ensures"] {
        answer.json[key] = compared[key].take();
    }
    answer.json["notes"] = json!(changes.notes());
    Ok(answer)
}

fn options(asked: &Migrate) -> Result<Options> {
    let options = if asked.drop_unknown { Options::default().drop_unknown() } else { Options::default() };
    let options = asked.values.iter().try_fold(options, |options, text| options.value(text))?;
    let options = asked.renames.iter().try_fold(options, |options, text| options.rename(text))?;
    Ok(asked.separate.iter().try_fold(options, |options, text| options.separate(text))?)
}

/// What is written already and not applied would be written again.
fn refuse_pending(migrator: &Migrator, sources: &Sources, connected: &mut Connected) -> Result<()> {
    let mut pending = match migrator.pending(&mut *connected.conn) {
        Ok(pending) => pending,
        Err(error) if error.kind() == ErrorKind::NoMigrations => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let compiled = |revision: &RevisionId| migrator.graph().is_ok_and(|graph| graph.contains(revision.as_str()));
    pending.extend(sources.graph().order().into_iter().filter(|revision| !compiled(revision)));
    if pending.is_empty() {
        return Ok(());
    }
    let what = format!("the database is behind the migrations that are written: {}", list(&pending));
    Err(Error::new(ErrorKind::PreconditionFailed, what)
        .state("no file was written")
        .remedy("compile the program if a file is newer, then: upgrade")
        .into())
}

/// The changes with nothing left open: what the options do not say is asked for, where somebody can be. An answer that
/// makes no sense is told, and asked for again.
fn settled(
    session: &mut Session<'_>,
    schema: &SchemaFile,
    mut options: Options,
    connected: &mut Connected,
) -> Result<Changes> {
    let mut before = None;
    loop {
        let changes = match (schema.compared(&mut *connected.conn, &options), before.take()) {
            (Err(wrong), Some(unanswered)) => {
                session.screen.say(&wrong.text());
                options = unanswered;
                continue;
            }
            (compared, _) => compared.map_err(|failure| failure.state("no file was written"))?,
        };
        let Some(question) = changes.questions().first().filter(|_| session.screen.asks()) else {
            changes.settled()?;
            return Ok(changes);
        };
        before = Some(options.clone());
        options = answered(session, question, options)?;
    }
}

fn answered(session: &mut Session<'_>, question: &Question, options: Options) -> Result<Options> {
    match question {
        Question::Renamed { table, old, new } => {
            let said = format!("{table}.{old}={new}");
            let choices = [format!("yes, {old} is {new} now"), format!("no, {old} goes and {new} comes")];
            match session.screen.choice(&question.to_string(), &choices)? {
                Some(0) => Ok(options.rename(&said)?),
                _ => Ok(options.separate(&said)?),
            }
        }
        Question::Value { table, column } => {
            let value = session.screen.answer(&question.to_string())?;
            Ok(options.value(&format!("{table}.{column}={value}"))?)
        }
    }
}
