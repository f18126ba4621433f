//! `completions`.

use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::args::{self, Completions};
use crate::cli::failure::Result;

pub(super) fn completions(asked: &Completions) -> Result<Answer> {
    let name = program_name();
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut args::program(), name, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({"shell": asked.shell.to_string(), "script": script});
    Ok(Answer::new(script, json))
}

fn program_name() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_deref().and_then(|path| path.file_stem()).and_then(|name| name.to_str());
    name.unwrap_or("db").to_owned()
}
