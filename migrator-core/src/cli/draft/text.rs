//! The text of the file.

use super::Draft;
use super::module::module_name;
use crate::name::RevisionId;
use crate::report::list;

/// As wide as rustfmt lets the words of an attribute be on one line.
pub(super) const ATTRIBUTE_WIDTH: usize = 70;

impl Draft {
    pub(in crate::cli) fn text(&self) -> String {
        let revises = if self.parents.is_empty() { "nothing".to_owned() } else { list(&self.parents) };
        let operations = if self.up.is_empty() && self.down.is_empty() { "_op" } else { "op" };
        format!(
            "//! {message}\n//!\n//! Revision ID: {revision}\n//! Revises: {revises}\n{bonds}//! Create Date: {created}\n\n\
             use migrator_core::prelude::*;\n\n/// {sentence}\n{attribute}\nmod {module} {{\n    \
             fn upgrade({operations}: &mut Operations<'_>) -> MigrationResult {{\n{up}        Ok(())\n    }}\n\n    \
             fn downgrade({operations}: &mut Operations<'_>) -> MigrationResult {{\n{down}        Ok(())\n    }}\n}}\n",
            message = self.message,
            revision = self.revision,
            bonds = self.bonds(),
            created = self.created.format("%Y-%m-%d %H:%M:%S UTC"),
            sentence = sentence(&self.message),
            attribute = self.attribute(),
            module = module_name(&self.message),
            up = indented(&self.up),
            down = indented(&self.down),
        )
    }

    fn bonds(&self) -> String {
        let label = |label: &String| format!("//! Branch Label: {label}\n");
        let depends = |revision: &RevisionId| format!("//! Depends on: {revision}\n");
        self.labels.iter().map(label).chain(self.depends_on.iter().map(depends)).collect()
    }

    fn attribute(&self) -> String {
        let parents = revisions(&self.parents);
        let parents = if self.parents.is_empty() { "none" } else { &parents };
        let mut words = vec![format!("revision = {:?}", self.revision.as_str()), format!("down_revision = {parents}")];
        if !self.labels.is_empty() {
            words.push(format!("branch_label = {}", texts(self.labels.iter().map(String::as_str))));
        }
        if !self.depends_on.is_empty() {
            words.push(format!("depends_on = {}", revisions(&self.depends_on)));
        }
        words.extend(self.words.iter().cloned());
        let line = words.join(", ");
        if line.len() <= ATTRIBUTE_WIDTH {
            return format!("#[migration({line})]");
        }
        format!("#[migration(\n    {}\n)]", words.join(",\n    "))
    }
}

fn revisions(all: &[RevisionId]) -> String {
    texts(all.iter().map(RevisionId::as_str))
}

/// `"a"`, or `["a", "b"]`.
fn texts<'t>(all: impl Iterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = all.map(|text| format!("{text:?}")).collect();
    match &quoted[..] {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

fn indented(lines: &[String]) -> String {
    lines.iter().flat_map(|lines| lines.lines()).map(|line| format!("        {line}\n")).collect()
}

/// With a capital letter and a full stop.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
