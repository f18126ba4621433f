//! What SHOW CREATE TABLE prints, in lines: a definition each, named constraints last.

use super::super::renderer::MYSQL;
use crate::dialect::SqlRenderer;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;

/// A table as the server prints it.
pub(super) struct Shown<'a> {
    /// Columns and keys.
    lines: Vec<&'a str>,
    /// Named constraints: foreign keys and checks. Their names are the database's, not the table's.
    pub(super) constraints: Vec<&'a str>,
    /// Engine and options, from the closing bracket on.
    tail: &'a str,
}

impl<'a> Shown<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self> {
        let strange = || {
            Error::new(ErrorKind::IntegrityFailed, "what the server printed of the table is not understood")
                .remedy("make the table by hand, and fill it from the copy that the list of backups names")
        };
        let mut lines = lines(text).into_iter();
        if !lines.next().is_some_and(|first| first.starts_with("CREATE TABLE ") && first.ends_with('(')) {
            return Err(strange().at_statement(text));
        }
        let (mut own, mut constraints) = (Vec::new(), Vec::new());
        for line in lines {
            if line.starts_with(')') {
                let at = line.as_ptr() as usize - text.as_ptr() as usize;
                return Ok(Self { lines: own, constraints, tail: &text[at..] });
            }
            let definition = line.trim().trim_end_matches(',');
            if definition.starts_with("CONSTRAINT ") { constraints.push(definition) } else { own.push(definition) }
        }
        Err(strange().at_statement(text))
    }

    /// The statement that makes it under another name, without its constraints.
    pub(super) fn create(&self, name: &TableName) -> String {
        format!("CREATE TABLE {} (\n{}\n{}", MYSQL.table(name), self.lines.join(",\n"), self.tail)
    }

    /// The number that the next row gets, where the server counts.
    pub(super) fn counter(&self) -> Option<u64> {
        let (_, after) = self.tail.split_once(COUNTER)?;
        after.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    }

    /// All but the counter.
    pub(super) fn shape(&self) -> (Vec<&'a str>, Vec<&'a str>, String) {
        let tail = match self.tail.split_once(COUNTER) {
            Some((before, after)) => {
                before.to_owned() + after.trim_start_matches(|letter: char| letter.is_ascii_digit())
            }
            None => self.tail.to_owned(),
        };
        (self.lines.clone(), self.constraints.clone(), tail)
    }

    pub(super) fn is_transactional(&self) -> bool {
        self.tail.contains("ENGINE=InnoDB")
    }
}

/// The lines of the text: a quoted name or text that holds a newline is within one.
fn lines(text: &str) -> Vec<&str> {
    let (mut lines, mut start, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some('\''), '\\') => escaped = true,
            (None, '`' | '\'') => quote = Some(letter),
            (Some(mark), _) if mark == letter => quote = None,
            (None, '\n') => {
                lines.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    lines.push(&text[start..]);
    lines
}

const COUNTER: &str = " AUTO_INCREMENT=";

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "CREATE TABLE `t` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `o` int(11) DEFAULT NULL,\n  \
                        PRIMARY KEY (`id`),\n  CONSTRAINT `f` FOREIGN KEY (`o`) REFERENCES `p` (`id`),\n  CONSTRAINT `c` \
                        CHECK (`o` > 0)\n) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4";

    #[test]
    fn a_printed_table_is_made_under_another_name() {
        let shown = Shown::read(TEXT).unwrap();
        assert_eq!(
            shown.create(&"x`y".into()),
            "CREATE TABLE `x``y` (\n`id` int(11) NOT NULL AUTO_INCREMENT,\n`o` int(11) DEFAULT NULL,\nPRIMARY KEY (`id`)\n) \
             ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4"
        );
        assert_eq!(shown.constraints.len(), 2);
        assert_eq!(shown.counter(), Some(17));
        assert!(shown.is_transactional());
    }

    #[test]
    fn a_newline_in_a_name_or_a_text_ends_no_line() {
        let text = "CREATE TABLE `a\n) \\` (\n  `b``\n'` int DEFAULT 'x\\'\n)',\n  CONSTRAINT `c\n` CHECK (`b``\n'` > 0)\n) \
                    ENGINE=InnoDB COMMENT='o\n'";
        let shown = Shown::read(text).unwrap();
        assert_eq!(shown.lines, ["`b``\n'` int DEFAULT 'x\\'\n)'"]);
        assert_eq!(shown.constraints, ["CONSTRAINT `c\n` CHECK (`b``\n'` > 0)"]);
        assert_eq!(shown.tail, ") ENGINE=InnoDB COMMENT='o\n'");
    }

    #[test]
    fn how_far_it_counted_is_no_part_of_its_shape() {
        let other = TEXT.replace("=17", "=400");
        assert_eq!(Shown::read(&other).unwrap().shape(), Shown::read(TEXT).unwrap().shape());
        assert!(Shown::read("CREATE VIEW v").is_err());
    }
}
