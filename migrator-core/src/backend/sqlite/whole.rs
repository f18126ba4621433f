//! The whole database as one file: complete, compared, on the disk, and only then under its name.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use diesel::Connection as _;
use diesel::sqlite::SqliteConnection;

use crate::connection::copies::{Contents, Copies};
use crate::connection::{Database, Value};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// How often it is tried again when somebody writes meanwhile, so that it could not be compared.
const ATTEMPTS: u32 = 5;

pub(super) fn copy_database(conn: &mut SqliteConnection, path: &Path) -> Result<u64> {
    if conn.transaction_depth()? > 0 {
        let message = "inside a transaction SQLite does not write its whole content into a file";
        return Err(Error::new(ErrorKind::InTransaction, message).remedy("end the transaction first"));
    }
    let path = std::path::absolute(path).map_err(|error| refused(path, &error))?;
    if path.exists() {
        let message = format!("{} is there already", path.display());
        return Err(Error::new(ErrorKind::PreconditionFailed, message)
            .state("it was not touched")
            .remedy("name a file that is not there, or move this one away"));
    }
    let unfinished = Unfinished::create(&path)?;
    let before = conn.grow_patient()?;
    let written = write(conn, &unfinished.path);
    conn.be_patient_as(before)?;
    written?;
    unfinished.take_place(&path)
}

fn write(conn: &mut SqliteConnection, path: &Path) -> Result<()> {
    let name = text_of(path)?;
    for attempt in 1.. {
        // An empty file is taken for a new one; it keeps its mode.
        File::create(path).map_err(|error| refused(path, &error))?;
        let version = data_version(conn)?;
        conn.execute("VACUUM main INTO ?", &[Value::from(name)])?;
        let mut copy = open(path)?;
        refuse_damaged(&mut copy)?;
        let (original, copied) = (contents(conn)?, contents(&mut copy)?);
        let alone = data_version(conn)? == version;
        if original == copied || (!alone && attempt == ATTEMPTS) {
            return Ok(());
        }
        if alone {
            return Err(Error::new(ErrorKind::BackupFailed, "what arrived in the file is not what the database has")
                .state("no file was left")
                .remedy("check the database itself: PRAGMA integrity_check"));
        }
    }
    Ok(())
}

/// Changes when another connection commits.
pub(super) fn data_version(conn: &mut SqliteConnection) -> Result<i64> {
    Ok(conn.query("PRAGMA main.data_version", &[])?.first().map_or(0, |row| row.integer(0)))
}

/// Opened so that nothing is written beside it.
fn open(path: &Path) -> Result<SqliteConnection> {
    let mut name = String::new();
    for letter in text_of(path)?.chars() {
        match letter {
            '%' | '?' | '#' => name.push_str(&format!("%{:02x}", u32::from(letter))),
            other => name.push(other),
        }
    }
    SqliteConnection::establish(&format!("file:{name}?mode=ro&immutable=1")).map_err(|error| refused(path, &error))
}

fn refuse_damaged(copy: &mut SqliteConnection) -> Result<()> {
    let told = copy.query("PRAGMA integrity_check(3)", &[])?;
    let told: Vec<String> = told.iter().map(|row| row.text(0)).collect();
    if told == ["ok"] {
        return Ok(());
    }
    let message = format!("the file is damaged: {}", told.join("; "));
    Err(Error::new(ErrorKind::BackupFailed, message).remedy("check the database itself: PRAGMA integrity_check"))
}

/// Every table's text and rows. Virtual tables keep theirs in others.
fn contents(conn: &mut SqliteConnection) -> Result<Vec<(String, Option<Contents>)>> {
    let sql = "SELECT name, coalesce(sql, ''), type = 'table' AND sql NOT LIKE 'create virtual%' FROM main.sqlite_schema \
               WHERE name NOT LIKE 'sqlite~_stat%' ESCAPE '~' ORDER BY type, name";
    let rows = conn.query(sql, &[])?;
    let mut told = Vec::new();
    for row in rows {
        let contents = if row.flag(2) { Some(of_table(conn, &row.text(0).into())?) } else { None };
        told.push((row.text(1), contents));
    }
    Ok(told)
}

fn of_table(conn: &mut SqliteConnection, table: &TableName) -> Result<Contents> {
    let columns = conn.dissect(table)?.columns;
    conn.contents(table, &columns)
}

/// A file that is not complete yet, beside the place it is for; gone when this value is.
///
/// It is locked while it is being made: one that a killed process has left is not, and the next copy takes its place.
struct Unfinished {
    path: PathBuf,
    _locked: File,
}

impl Unfinished {
    fn create(path: &Path) -> Result<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unfinished = path.with_file_name(format!(".{name}.unfinished"));
        remove_left_over(&unfinished).map_err(|error| refused(path, &error))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&unfinished).map_err(|error| refused(path, &error))?;
        lock(&file).map_err(|error| refused(path, &error))?;
        Ok(Self { path: unfinished, _locked: file })
    }

    /// On the disk first, then under its name, which is on the disk too; how many bytes.
    fn take_place(self, path: &Path) -> Result<u64> {
        let placed = || {
            let file = File::open(&self.path)?;
            file.sync_all()?;
            let bytes = file.metadata()?.len();
            // Unlike a rename, a second name never takes the place of a file.
            fs::hard_link(&self.path, path).or_else(|_| fs::rename(&self.path, path))?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
            Ok(bytes)
        };
        placed().map_err(|error: io::Error| refused(path, &error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        fs::remove_file(&self.path).ok();
    }
}

fn remove_left_over(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(left) => lock(&left).and_then(|()| fs::remove_file(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Elsewhere than on Unix such a lock would keep SQLite itself from writing to the file.
fn lock(file: &File) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    file.try_lock().map_err(|_| io::Error::other("another process is making a copy of that name"))
}

fn text_of(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| {
        let message = format!("SQLite takes paths of UTF-8 only, and {} is none", path.display());
        Error::new(ErrorKind::InvalidName, message).state("nothing was written").remedy("name a file in UTF-8")
    })
}

fn refused(path: &Path, error: &dyn std::fmt::Display) -> Error {
    let message = format!("the database was not copied to {}: {error}", path.display());
    Error::new(ErrorKind::BackupFailed, message)
        .state("no file was left")
        .remedy("name a file in a directory that is there, that you may write to and that has room for it")
}
