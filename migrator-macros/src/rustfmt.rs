//! The real rustfmt, for tests; away from this repository's `rustfmt.toml`, with its defaults.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(crate) fn rustfmt(code: &str, style_edition: &str, max_width: u32) -> String {
    let mut process = Command::new("rustfmt")
        .args(["--edition", "2024", "--style-edition", style_edition])
        .args(["--config", &format!("max_width={max_width}")])
        .arg("--config-path")
        .arg(defaults())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "rustfmt refused:\n{code}");
    String::from_utf8(output.stdout).unwrap()
}

/// A configuration that says nothing, so that none is looked for.
fn defaults() -> PathBuf {
    let directory = std::env::temp_dir().join("migrator-macros-rustfmt");
    let file = directory.join("rustfmt.toml");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(&file, "").unwrap();
    file
}
