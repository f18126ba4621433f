//! A lock that outlasts a transaction: a file beside the database that the operating system locks.
//!
//! SQLite's own locks end with each transaction. The operating system gives a file's lock back when its holder dies,
//! however it dies, so whoever finds it held finds somebody alive.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use diesel::sqlite::SqliteConnection;

use crate::connection::{Attempt, Database};
use crate::error::{Error, ErrorKind, Result};

/// The locks that this process holds, by the database's file.
static HELD: Mutex<BTreeMap<PathBuf, File>> = Mutex::new(BTreeMap::new());

/// One attempt; a database in memory is nobody else's, and needs none.
pub(super) fn attempt(conn: &mut SqliteConnection) -> Result<Attempt> {
    let Some(path) = file_of(conn)? else { return Ok(Attempt::Acquired) };
    try_lock(&path).map_err(|error| {
        let message = format!("the lock beside {} cannot be taken: {error}", path.display());
        Error::new(ErrorKind::Database, message)
            .state("nothing was written")
            .remedy("a migration outside a transaction needs to create a file beside the database")
            .with_source(error)
    })
}

fn try_lock(path: &Path) -> std::io::Result<Attempt> {
    let beside = beside(path);
    loop {
        if let Some(attempt) = try_opened(open(&beside)?, path, &beside)? {
            return Ok(attempt);
        }
    }
}

fn open(beside: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(beside)
}

/// None where its holder has removed the file on leaving, between our opening and locking it: others lock another one.
fn try_opened(mut file: File, path: &Path, beside: &Path) -> std::io::Result<Option<Attempt>> {
    match file.try_lock() {
        Ok(()) if is_still_there(&file, beside) => {
            file.set_len(0)?;
            write!(file, "process {}", std::process::id())?;
            HELD.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), file);
            Ok(Some(Attempt::Acquired))
        }
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).ok();
            Ok(Some(Attempt::Busy(Some(holder).filter(|holder| !holder.is_empty()))))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Who holds it, if anybody does.
pub(super) fn holder(conn: &mut SqliteConnection) -> Result<Option<String>> {
    let Some(path) = file_of(conn)? else { return Ok(None) };
    let Ok(mut file) = File::open(beside(&path)) else { return Ok(None) };
    match file.try_lock_shared() {
        Ok(()) | Err(TryLockError::Error(_)) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).ok();
            Ok(Some(holder))
        }
    }
}

/// Gives it back, where it is held.
pub(super) fn release(conn: &mut SqliteConnection) -> Result<()> {
    let Some(path) = file_of(conn)? else { return Ok(()) };
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).remove(&path);
    if held.is_some() {
        std::fs::remove_file(beside(&path)).ok();
    }
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-migrator-lock");
    name.into()
}

fn file_of(conn: &mut SqliteConnection) -> Result<Option<PathBuf>> {
    // As a table it would take three times as long.
    let rows = conn.query("PRAGMA database_list", &[])?;
    let main = rows.iter().find(|row| row.text(1) == "main");
    Ok(main.and_then(|row| row.optional_text(2)).filter(|file| !file.is_empty()).map(PathBuf::from))
}

#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(locked), Ok(named)) => (locked.dev(), locked.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_still_there(_file: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use diesel::Connection as _;

    use super::*;

    #[test]
    fn one_connection_holds_it_until_it_gives_it_back() {
        let folder = std::env::temp_dir().join(format!("migrator-lock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let open = || SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let (mut one, mut other) = (open(), open());
        one.batch("create table t (a)").unwrap();
        assert_eq!(holder(&mut other).unwrap(), None);
        assert_eq!(attempt(&mut one).unwrap(), Attempt::Acquired);
        let me = format!("process {}", std::process::id());
        assert_eq!(attempt(&mut other).unwrap(), Attempt::Busy(Some(me.clone())));
        assert_eq!(holder(&mut other).unwrap(), Some(me));
        release(&mut one).unwrap();
        assert_eq!(holder(&mut other).unwrap(), None);
        assert_eq!(attempt(&mut other).unwrap(), Attempt::Acquired);
        release(&mut other).unwrap();
        assert!(!beside(&path).exists());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn who_has_not_said_yet_who_he_is_holds_it_all_the_same() {
        let folder = std::env::temp_dir().join(format!("migrator-lock-silent-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let silent = open(&beside(&path)).unwrap();
        silent.lock().unwrap();
        assert_eq!(try_lock(&path).unwrap(), Attempt::Busy(None));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_database_in_memory_has_no_file_to_lock() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        assert_eq!(file_of(&mut conn).unwrap(), None);
        assert_eq!(attempt(&mut conn).unwrap(), Attempt::Acquired);
        assert_eq!(holder(&mut conn).unwrap(), None);
        release(&mut conn).unwrap();
    }

    #[test]
    fn a_file_that_its_holder_has_removed_meanwhile_is_no_lock() {
        let folder = std::env::temp_dir().join(format!("migrator-lock-removed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.db");
        let beside = beside(&path);
        let opened = || open(&beside).unwrap();
        let early = opened();
        std::fs::remove_file(&beside).unwrap();
        assert_eq!(try_opened(early, &path, &beside).unwrap(), None, "nobody finds it");
        let early = opened();
        std::fs::remove_file(&beside).unwrap();
        drop(opened());
        assert_eq!(try_opened(early, &path, &beside).unwrap(), None, "others find another one");
        assert_eq!(try_lock(&path).unwrap(), Attempt::Acquired);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_lock_that_cannot_be_taken_says_where_and_what_to_do() {
        let folder = std::env::temp_dir().join(format!("migrator-lock-refused-{}", std::process::id()));
        let path = folder.join("a.db");
        std::fs::create_dir_all(beside(&path)).unwrap();
        let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let error = attempt(&mut conn).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
        for words in
            ["a.db cannot be taken", "state: nothing was written", "needs to create a file beside the database"]
        {
            assert!(error.to_string().contains(words), "{error}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
