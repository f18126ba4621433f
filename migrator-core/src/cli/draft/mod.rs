//! A migration file as a person would have written it.

mod column;
mod module;
mod subject;
mod text;

use std::path::PathBuf;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::args::Bonds;
use super::failure::{Failure, Result};
use super::project::{Changes, Project, Sources, read};
use crate::graph::{Applied, Graph};
use crate::metadata::{Condition, Metadata};
use crate::name::RevisionId;

pub(super) use column::Column;
pub(super) use module::{listed, module_name};
pub(super) use subject::Subject;

/// A migration that is to become a file.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) message: String,
    pub(super) revision: RevisionId,
    pub(super) parents: Vec<RevisionId>,
    labels: Vec<String>,
    depends_on: Vec<RevisionId>,
    created: DateTime<Utc>,
    /// The words of the attribute beside its place in the graph.
    words: Vec<String>,
    pub(super) up: Vec<String>,
    pub(super) down: Vec<String>,
}

impl Draft {
    /// One that nobody has written yet, with a revision of its own.
    pub(super) fn new(message: &str, parents: Vec<RevisionId>, sources: &Sources) -> Result<Self> {
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        if !message.chars().any(char::is_alphanumeric) {
            return Err(Failure::usage("the message says nothing", "say in a few words what the migration does"));
        }
        let (revision, created) = free_second(Utc::now().trunc_subsecs(0), |text| sources.has_revision(text));
        let unwritten = vec!["op.unwritten()?;".to_owned()];
        let (labels, depends_on, words) = Default::default();
        let (up, down) = (unwritten.clone(), unwritten);
        let draft = Self { message, revision, parents, labels, depends_on, created, words, up, down };
        draft.refuse_clash(sources)?;
        Ok(draft)
    }

    /// Bound to others besides its parents.
    pub(super) fn bound(self, bonds: &Bonds, graph: &Graph) -> Result<Self> {
        let mut depends_on = Vec::new();
        for name in &bonds.depends_on {
            depends_on.extend(graph.range(&Applied::new(), &format!("{name}:{name}"))?);
        }
        Ok(Self { labels: bonds.labels.clone(), depends_on, ..self })
    }

    pub(super) fn about(self, subject: &Subject) -> Self {
        match subject {
            Subject::Unknown => self,
            Subject::Written { words, up, down } => {
                Self { words: words.clone(), up: up.clone(), down: down.clone(), ..self }
            }
        }
    }

    /// With these statements.
    pub(super) fn doing(self, up: &[String], down: &[String]) -> Self {
        Self { up: up.to_vec(), down: down.to_vec(), ..self }
    }

    /// With what must hold before it and after it.
    pub(super) fn conditioned(self, (required, ensured): (Vec<Condition>, Vec<Condition>)) -> Self {
        let words = [word("requires", &required), word("ensures", &ensured)];
        Self { words: words.into_iter().flatten().collect(), ..self }
    }

    /// With nothing to do either way: a merge, or a start.
    pub(super) fn doing_nothing(self) -> Self {
        Self { up: Vec::new(), down: Vec::new(), ..self }
    }

    fn refuse_clash(&self, sources: &Sources) -> Result<()> {
        let name = module_name(&self.message);
        if !sources.has_module(&name) {
            return Ok(());
        }
        Err(Failure::usage(format!("there is a migration {name} already"), "say in other words what this one does"))
    }

    /// The name of its file, without the ending: also that of the module.
    pub(super) fn file_stem(&self) -> String {
        format!("m{}_{}", self.revision.as_str().replace('.', "_"), module_name(&self.message))
    }

    fn metadata(&self) -> Metadata {
        let metadata = Metadata::new(self.revision.as_str());
        let metadata = match &self.parents[..] {
            [] => metadata.base(),
            parents => parents.iter().fold(metadata, |all, parent| all.down_revision(parent.as_str())),
        };
        let metadata = self.labels.iter().fold(metadata, Metadata::branch_label);
        self.depends_on.iter().fold(metadata, |all, one| all.depends_on(one.as_str()))
    }
}

/// `ensures(table("users"))`, a line for each where there are many.
fn word(word: &str, conditions: &[Condition]) -> Option<String> {
    let each: Vec<String> = conditions.iter().map(ToString::to_string).collect();
    let line = format!("{word}({})", each.join(", "));
    let wide = || format!("{word}(\n        {},\n    )", each.join(",\n        "));
    (!each.is_empty()).then(|| if line.len() <= text::ATTRIBUTE_WIDTH { line } else { wide() })
}

/// The revision of this second, or of the next that is free.
fn free_second(mut now: DateTime<Utc>, taken: impl Fn(&str) -> bool) -> (RevisionId, DateTime<Utc>) {
    loop {
        let revision = now.format("%Y%m%d%H%M%S").to_string();
        if !taken(&revision) {
            return (RevisionId::new(&revision), now);
        }
        now += TimeDelta::seconds(1);
    }
}

/// Writes the file and its line in the module, once the graph holds with it.
pub(super) fn write(project: &Project, sources: &Sources, draft: &Draft) -> Result<PathBuf> {
    let file = project.folder().join(draft.file_stem()).with_extension("rs");
    sources.with(&draft.metadata(), project.shown(&file))?;
    let module_file = project.module_file()?;
    let before = read(&module_file)?;
    let after = listed(&before, &draft.file_stem());
    let mut changes = Changes::default();
    changes.create(file.clone(), draft.text());
    changes.replace(module_file, before, after);
    changes.make()?;
    Ok(PathBuf::from(project.shown(&file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_free_second_is_taken() {
        let now: DateTime<Utc> = "2026-12-31T23:59:58Z".parse().unwrap();
        let taken = ["20261231235958", "20261231235959"];
        let (revision, created) = free_second(now, |text| taken.contains(&text));
        assert_eq!(revision, "20270101000000");
        assert_eq!(created.to_rfc3339(), "2027-01-01T00:00:00+00:00");
    }
}
