//! The migrations of the crate as its files say them, beside those that this program was compiled with.

use std::fs;
use std::path::{Path, PathBuf};

use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta, Token};

use super::{Project, read};
use crate::cli::failure::{Failure, Result};
use crate::error::{Error, ErrorKind};
use crate::graph::{Graph, Node};
use crate::metadata::Metadata;
use crate::runner::Migrator;

/// What is there before a new file is written. A file that came since this program was compiled counts.
pub(in crate::cli) struct Sources {
    graph: Graph,
    nodes: Vec<Node>,
    /// The names of the modules that hold migrations.
    modules: Vec<String>,
}

impl Sources {
    pub(in crate::cli) fn read(project: &Project, migrator: &Migrator) -> Result<Self> {
        let mut nodes = match migrator.graph() {
            Ok(graph) => graph.nodes().to_vec(),
            Err(error) if error.kind() == ErrorKind::NoMigrations => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let mut modules = Vec::new();
        for file in files(project)? {
            let text = read(&file)?;
            for found in migrations(&text).map_err(|error| unparsed(project, &file, &error))? {
                modules.push(found.module);
                let source = format!("{}:{}", project.shown(&file), found.line);
                let known = nodes.iter().any(|node| node.revision == *found.metadata.revision());
                if !known && found.counts {
                    nodes.push(Node::new(&found.metadata, source));
                }
            }
        }
        Ok(Self { graph: Graph::build(nodes.clone())?, nodes, modules })
    }

    pub(in crate::cli) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(in crate::cli) fn has_module(&self, name: &str) -> bool {
        self.modules.iter().any(|module| module == name)
    }

    pub(in crate::cli) fn has_revision(&self, revision: &str) -> bool {
        self.nodes.iter().any(|node| node.revision == *revision)
    }

    /// The graph with one more.
    pub(in crate::cli) fn with(&self, metadata: &Metadata, source: String) -> Result<Graph> {
        let nodes = self.nodes.iter().cloned().chain([Node::new(metadata, source)]);
        Ok(Graph::build(nodes)?)
    }
}

/// Every Rust file of the migrations module, in order.
fn files(project: &Project) -> Result<Vec<PathBuf>> {
    let folder = project.folder();
    let mut files = Vec::new();
    if folder.is_dir() {
        collect(&folder, &mut files)?;
    }
    files.extend(Some(folder.with_extension("rs")).filter(|file| file.is_file()));
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| Failure::file(folder, &error))? {
        let path = entry.map_err(|error| Failure::file(folder, &error))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn unparsed(project: &Project, file: &Path, error: &syn::Error) -> Failure {
    let line = error.span().start().line;
    let what = format!("{}:{line}: {error}", project.shown(file));
    Failure::Error(Error::new(ErrorKind::Migration, what).state("no file was written").remedy("mend that line first"))
}

/// A migration as its file says it.
struct Found {
    metadata: Metadata,
    module: String,
    line: usize,
    /// Whether it is of the default group.
    counts: bool,
}

fn migrations(text: &str) -> syn::Result<Vec<Found>> {
    let mut found = Vec::new();
    within(&syn::parse_file(text)?.items, &mut found)?;
    Ok(found)
}

fn within(items: &[Item], found: &mut Vec<Found>) -> syn::Result<()> {
    for item in items {
        let Item::Mod(module) = item else { continue };
        match module.attrs.iter().find(|attribute| is_migration(attribute)) {
            Some(attribute) => found.extend(migration(module, attribute)?),
            None => module.content.iter().try_for_each(|(_, items)| within(items, found))?,
        }
    }
    Ok(())
}

fn is_migration(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "migration")
}

/// Words that are not about the place in the graph are passed over: the compiler judges them.
fn migration(module: &ItemMod, attribute: &Attribute) -> syn::Result<Option<Found>> {
    let Meta::List(list) = &attribute.meta else { return Ok(None) };
    let words = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone())?;
    let Some(revision) = texts(&words, "revision").into_iter().next() else { return Ok(None) };
    let mut metadata = Metadata::new(&revision).description(module.ident.to_string().replace('_', " "));
    for parent in texts(&words, "down_revision") {
        metadata = metadata.down_revision(&parent);
    }
    if words.iter().any(is_base) {
        metadata = metadata.base();
    }
    metadata = texts(&words, "branch_label").into_iter().fold(metadata, Metadata::branch_label);
    metadata = texts(&words, "depends_on").iter().fold(metadata, |all, one| all.depends_on(one));
    metadata = texts(&words, "replaces").iter().fold(metadata, |all, one| all.replaces(one));
    let line = attribute.span().start().line;
    let counts = texts(&words, "group").is_empty();
    Ok(Some(Found { metadata, module: module.ident.to_string(), line, counts }))
}

/// `down_revision = none`.
fn is_base(word: &Meta) -> bool {
    let Meta::NameValue(pair) = word else { return false };
    pair.path.is_ident("down_revision") && matches!(&pair.value, Expr::Path(path) if path.path.is_ident("none"))
}

/// The texts that a word says: `"a"` or `["a", "b"]`.
fn texts(words: &Punctuated<Meta, Token![,]>, name: &str) -> Vec<String> {
    let said = words.iter().filter(|word| word.path().is_ident(name));
    said.flat_map(|word| match word {
        Meta::NameValue(pair) => literals(&pair.value),
        Meta::List(list) => Punctuated::<Expr, Token![,]>::parse_terminated
            .parse2(list.tokens.clone())
            .map(|values| values.iter().flat_map(literals).collect())
            .unwrap_or_default(),
        Meta::Path(_) => Vec::new(),
    })
    .collect()
}

fn literals(value: &Expr) -> Vec<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => vec![text.value()],
            _ => Vec::new(),
        },
        Expr::Array(array) => array.elems.iter().flat_map(literals).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Parents;

    #[test]
    fn what_a_file_says_of_its_place_is_read() {
        let text = r#"
            /// Merge.
            #[migration(revision = "2026-3", down_revision = ["1", "2"], requires(table("users")), irreversible)]
            mod merged {}
            mod more {
                #[migrator_core::migration(revision = "4", down_revision = none, group = "other")]
                mod apart {}
            }
            mod plain {}
        "#;
        let found = migrations(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].module.as_str(), found[0].line), ("merged", 3));
        assert_eq!(found[0].metadata.revision(), "20263");
        assert_eq!(*found[0].metadata.parents(), Parents::Revisions(vec!["1".into(), "2".into()]));
        assert_eq!(*found[1].metadata.parents(), Parents::Base);
        assert!(found[0].counts && !found[1].counts);
    }

    #[test]
    fn a_file_that_does_not_parse_is_told_with_its_line() {
        let error = migrations("mod a {}\nmod b {\n").err().unwrap();
        assert!(error.span().start().line >= 2);
    }
}
