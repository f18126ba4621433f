//! What a SQL migration says about itself, in comments before its first statement.

mod error;
mod expression;
mod meaning;
mod nearest;

use crate::metadata::{Condition, Loss};
use crate::name::TableName;

pub use error::DirectiveError;
use error::Problem;
use expression::Item;
use meaning::DIRECTIVES;

/// One word of a `-- migrator:` comment with what it was given. The words, and their arguments, are
/// those of the `#[migration]` attribute.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Directive {
    /// `allow_loss(column("users", "name"), rows("logs"))`
    AllowLoss(Vec<Loss>),
    /// `requires(table("users"), no_column("users", "email"))`
    Requires(Vec<Condition>),
    /// `ensures(not_empty("users"))`
    Ensures(Vec<Condition>),
    /// `skip_if(index("users", "users_email"))`
    SkipIf(Vec<Condition>),
    /// `backup("users", ("audit", "log"))`
    Backup(Vec<TableName>),
    /// `down_revision = "a"` or `["a", "b"]`; `None` is `down_revision = none`, a base.
    DownRevision(Option<Vec<String>>),
    /// `depends_on = "a"` or `["a", "b"]`
    DependsOn(Vec<String>),
    /// `branch_label = "billing"` or `["billing", "eu"]`
    BranchLabel(Vec<String>),
    /// `replaces = "a"` or `["a", "b"]`
    Replaces(Vec<String>),
}

/// Reads the `-- migrator:` comments before the first statement of a SQL migration.
///
/// Each comment line holds one directive, or several with commas between them; a list may be
/// continued by saying its word again in the next line. Other comments are passed over.
///
/// ```text
/// -- Names go to the profiles.
/// -- migrator: requires(table("profiles"))
/// -- migrator: allow_loss(column("users", "name")), backup("users")
/// ALTER TABLE users DROP COLUMN name;
/// ```
///
/// # Errors
///
/// An unknown word, an argument that is not understood, a word with `=` said twice, and a directive
/// behind the first statement, each with its line. Behind the first statement strings are not told
/// from comments: `-- migrator:` within one is an error too.
pub fn directives(sql: &str) -> Result<Vec<Directive>, DirectiveError> {
    let mut reader = Reader::default();
    for (index, line) in sql.trim_start_matches('\u{feff}').lines().enumerate() {
        reader.line(line).map_err(|problem| DirectiveError::new(index + 1, problem))?;
    }
    Ok(reader.directives)
}

/// Where in the file the reading is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    #[default]
    Leading,
    BlockComment,
    Statements,
}

#[derive(Debug, Default)]
struct Reader {
    place: Place,
    directives: Vec<Directive>,
    /// The words with `=` that have been said.
    assigned: Vec<&'static str>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), Problem> {
        let mut rest = line;
        while self.place != Place::Statements && !rest.is_empty() {
            rest = match self.place {
                Place::BlockComment => self.in_block_comment(rest),
                _ => self.leading(rest.trim_start())?,
            };
        }
        match rest.match_indices("--").find_map(|(at, _)| after_marker(&rest[at..])) {
            Some(_) => Err(Problem::Misplaced),
            None => Ok(()),
        }
    }

    fn in_block_comment<'a>(&mut self, line: &'a str) -> &'a str {
        let Some((_, rest)) = line.split_once("*/") else {
            return "";
        };
        self.place = Place::Leading;
        rest
    }

    /// Reads a comment before the first statement; answers with what is left of the line.
    fn leading<'a>(&mut self, line: &'a str) -> Result<&'a str, Problem> {
        if let Some(said) = after_marker(line) {
            self.said(said?)?;
            return Ok("");
        }
        let runs = line.starts_with("/*!") || line.starts_with("/*M!");
        match line.as_bytes() {
            [] | [b'-', b'-', ..] | [b'#', ..] => Ok(""),
            [b'/', b'*', ..] if !runs => {
                self.place = Place::BlockComment;
                Ok(&line[2..])
            }
            _ => {
                self.place = Place::Statements;
                Ok(line)
            }
        }
    }

    fn said(&mut self, text: &str) -> Result<(), Problem> {
        for item in expression::items(text)? {
            self.note_assignment(&item)?;
            self.directives.push(meaning::directive(&item)?);
        }
        Ok(())
    }

    fn note_assignment(&mut self, item: &Item<'_>) -> Result<(), Problem> {
        let word = DIRECTIVES.into_iter().find(|word| *word == item.word);
        let Some(word) = word.filter(|_| item.is_assignment()) else {
            return Ok(());
        };
        if self.assigned.contains(&word) {
            return Err(Problem::Repeated(word));
        }
        self.assigned.push(word);
        Ok(())
    }
}

/// What follows `-- migrator:`; `None` for any other text. A known word without the colon was
/// surely meant.
fn after_marker(comment: &str) -> Option<Result<&str, Problem>> {
    let text = comment.strip_prefix("--")?.trim_start();
    let (word, rest) = text.split_at_checked("migrator".len())?;
    if !word.eq_ignore_ascii_case("migrator") {
        return None;
    }
    if let Some(said) = rest.trim_start().strip_prefix(':') {
        return Some(Ok(said));
    }
    let said = rest.strip_prefix([' ', '\t'])?.trim_start();
    let next = said.split(|letter: char| !letter.is_ascii_alphabetic() && letter != '_').next()?;
    DIRECTIVES.contains(&next).then_some(Err(Problem::NoColon))
}

#[cfg(test)]
mod tests;
