//! The real rustfmt, for tests.

use std::io::Write;
use std::process::{Command, Stdio};

pub(crate) fn rustfmt(code: &str, style_edition: &str, max_width: u32) -> String {
    let mut process = Command::new("rustfmt")
        .args(["--edition", "2024", "--style-edition", style_edition])
        .args(["--config", &format!("max_width={max_width}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "rustfmt refused:\n{code}");
    String::from_utf8(output.stdout).unwrap()
}
