//! Changes of files that are made together or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, Result};

/// Files and what is to stand in them.
#[derive(Debug, Default)]
pub(in crate::cli) struct Changes(Vec<Change>);

#[derive(Debug)]
struct Change {
    path: PathBuf,
    /// `None` for a file that must not be there yet.
    before: Option<String>,
    after: String,
}

impl Changes {
    /// A file that is not there yet.
    pub(in crate::cli) fn create(&mut self, path: PathBuf, text: String) {
        self.0.push(Change { path, before: None, after: text });
    }

    /// A file that is there, as it was read.
    pub(in crate::cli) fn replace(&mut self, path: PathBuf, before: String, after: String) {
        self.0.push(Change { path, before: Some(before), after });
    }

    pub(in crate::cli) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|change| change.path.as_path())
    }

    /// Makes them; when one fails, those before it are taken back.
    pub(in crate::cli) fn make(&self) -> Result<()> {
        if let Some(there) = self.0.iter().find(|change| change.before.is_none() && change.path.exists()) {
            let what = format!("{} is there already", there.path.display());
            return Err(Failure::usage(what, "move it away, or go on by hand"));
        }
        let mut folders = Vec::new();
        for (index, change) in self.0.iter().enumerate() {
            if let Err(error) = change.make(&mut folders) {
                self.0[..=index].iter().rev().for_each(Change::take_back);
                folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
                return Err(Failure::file(&change.path, &error));
            }
        }
        Ok(())
    }
}

impl Change {
    /// A file that exists is replaced by a whole one, never seen half written.
    fn make(&self, folders: &mut Vec<PathBuf>) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            let missing: Vec<PathBuf> =
                folder.ancestors().take_while(|above| !above.exists()).map(Path::to_owned).collect();
            fs::create_dir_all(folder)?;
            folders.extend(missing.into_iter().rev());
        }
        let beside = self.beside();
        fs::write(&beside, &self.after)?;
        if let Ok(there) = fs::metadata(&self.path) {
            fs::set_permissions(&beside, there.permissions())?;
        }
        fs::rename(&beside, &self.path)
    }

    fn beside(&self) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        self.path.with_file_name(name)
    }

    fn take_back(&self) {
        fs::remove_file(self.beside()).ok();
        match &self.before {
            None => drop(fs::remove_file(&self.path)),
            Some(before) if fs::read_to_string(&self.path).is_ok_and(|now| now == self.after) => {
                fs::write(&self.path, before).ok();
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_one_fails_nothing_of_the_others_stays() {
        let folder = std::env::temp_dir().join(format!("migrator-changes-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("list"), "a\n").unwrap();
        let mut changes = Changes::default();
        changes.replace(folder.join("list"), "a\n".into(), "a\nb\n".into());
        changes.create(folder.join("deep/er/b"), "b".into());
        changes.create(folder.join("list/c"), "a file stands where a folder should".into());
        assert_eq!(changes.make().unwrap_err().exit_code(), 1);
        assert_eq!(fs::read_to_string(folder.join("list")).unwrap(), "a\n");
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["list"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_file_that_is_there_is_not_overwritten() {
        let folder = std::env::temp_dir().join(format!("migrator-there-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a"), "mine").unwrap();
        let mut changes = Changes::default();
        changes.create(folder.join("a"), "yours".into());
        assert_eq!(changes.make().unwrap_err().exit_code(), 2);
        assert_eq!(fs::read_to_string(folder.join("a")).unwrap(), "mine");
        fs::remove_dir_all(&folder).unwrap();
    }
}
