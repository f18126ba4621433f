//! The migrations of the crate as its files say them, beside those that this program was compiled with.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Project, read};
use crate::attributes;
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
            for found in attributes::of(&text).map_err(|error| unparsed(project, &file, &error))? {
                modules.push(found.module);
                let source = format!("{}:{}", project.shown(&file), found.line);
                let known = nodes.iter().any(|node| node.revision == *found.metadata.revision());
                if !known && found.group.is_none() {
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
