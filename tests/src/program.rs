//! The helper programs in `src/bin/`, for cases that need processes of their own.

use std::process::Command;

/// A command that runs the helper program of this name.
///
/// # Panics
/// When Cargo has not built it: it stands in `tests/src/bin/<name>.rs`.
pub fn program(name: &str) -> Command {
    // target/debug/deps/sqlite-0123456789abcdef beside target/debug/<name>
    let target = std::env::current_exe().unwrap();
    let folder = target.parent().and_then(|deps| deps.parent()).unwrap();
    let path = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.is_file(), "no helper program at {}", path.display());
    Command::new(path)
}
