//! Rows of the history that a run in one transaction writes together: nobody else sees them before its end, and they are
//! written before anything of the run's own may ask for them.

use super::applied::Applied;
use super::book::Book;
use super::entry::Row;
use crate::connection::{Database, who};
use crate::error::Result;
use crate::name::RevisionId;
use crate::report::Direction;

/// How many rows are written by one statement.
const TOGETHER: usize = 100;

/// What is to be written yet, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owed {
    steps: Vec<Told>,
    books: Books,
    /// The digest of the set after the last of them, an expression.
    digest: String,
}

/// The two tables as they are written in SQL, and the expression that changes with every change of Diesel's.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    pub(super) diesel: String,
    pub(super) history: String,
    pub(super) witness: String,
}

/// One migration that stands, or no longer does.
#[derive(Debug, Clone)]
struct Told {
    direction: Direction,
    /// The rows of Diesel's table that come or go for it, as literals.
    versions: Vec<String>,
    /// The values of its row, before the digest and after the witness.
    values: (String, String),
}

impl Owed {
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Writes it all.
    pub(crate) fn pay(&mut self, database: &mut dyn Database) -> Result<()> {
        std::mem::take(self).scripts().iter().try_for_each(|script| database.batch(script))
    }

    fn scripts(&self) -> Vec<String> {
        let last = self.steps.len();
        let some = self.steps.chunks(TOGETHER).enumerate();
        some.map(|(number, steps)| self.script(steps, number * TOGETHER + steps.len() == last)).collect()
    }

    /// The newest row tells the state of both tables; nobody asks those before it.
    fn script(&self, steps: &[Told], ends: bool) -> String {
        let Books { history, witness, .. } = &self.books;
        let mut values: Vec<String> = steps
            .iter()
            .map(|Told { values: (before, after), .. }| format!("({before}, NULL, NULL, {after})"))
            .collect();
        if let (true, Some(newest), Some(Told { values: (before, after), .. })) =
            (ends, values.last_mut(), steps.last())
        {
            *newest = format!("({before}, {}, {witness}, {after})", self.digest);
        }
        let told = format!("INSERT INTO {history} ({}) VALUES {}", super::statements::COLUMNS, values.join(", "));
        let same_way = steps.chunk_by(|one, next| one.direction == next.direction);
        same_way.filter_map(|steps| self.versions(steps)).chain([told]).collect::<Vec<_>>().join(";\n")
    }

    /// What comes to Diesel's table or goes, of steps in the same direction.
    fn versions(&self, steps: &[Told]) -> Option<String> {
        let diesel = &self.books.diesel;
        let versions: Vec<&str> = steps.iter().flat_map(|step| &step.versions).map(String::as_str).collect();
        let direction = steps.first().filter(|_| !versions.is_empty())?.direction;
        Some(match direction {
            Direction::Up => format!("INSERT INTO {diesel} (version) VALUES ({})", versions.join("), (")),
            Direction::Down => format!("DELETE FROM {diesel} WHERE version IN ({})", versions.join(", ")),
        })
    }
}

impl Book {
    /// Whether rows may be kept back: nothing was begun that a row would end.
    pub(crate) fn may_owe(&self) -> bool {
        !self.is_leased() && !self.knows_under_way()
    }

    /// Keeps back what [`record`](Book::record) would write.
    pub(crate) fn owe(&mut self, database: &dyn Database, row: &Row, versions: &[RevisionId], after: &Applied) {
        let statements = self.statements(database);
        let told = Told {
            direction: row.direction,
            versions: versions.iter().map(|version| self.literal(version.as_str())).collect(),
            values: statements.values(row, who()),
        };
        let digest = statements.digest_of(&after.digest(), after.len());
        let books = self.owed.is_empty().then(|| statements.into_books());
        self.owed.digest = digest;
        if let Some(books) = books {
            self.owed.books = books;
        }
        self.owed.steps.push(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(number: usize, direction: Direction) -> Told {
        Told { direction, versions: vec![format!("'{number}'")], values: (format!("b{number}"), format!("a{number}")) }
    }

    fn owed(steps: Vec<Told>) -> Owed {
        let books = Books { diesel: "d".to_owned(), history: "h".to_owned(), witness: "w".to_owned() };
        Owed { steps, books, digest: "x".to_owned() }
    }

    #[test]
    fn only_the_newest_row_tells_the_state_of_both_tables() {
        let scripts = owed((0..TOGETHER + 2).map(|number| told(number, Direction::Up)).collect()).scripts();
        assert_eq!(scripts.len(), 2);
        assert!(!scripts[0].contains(", x, w, "), "{}", scripts[0]);
        let second = format!(
            "INSERT INTO d (version) VALUES ('100'), ('101');\nINSERT INTO h ({}) VALUES (b100, NULL, NULL, a100), \
             (b101, x, w, a101)",
            super::super::statements::COLUMNS
        );
        assert_eq!(scripts[1], second);
    }

    #[test]
    fn what_goes_and_comes_again_does_so_in_that_order() {
        let both = owed(vec![told(1, Direction::Down), told(2, Direction::Down), told(1, Direction::Up)]);
        let script = both.scripts().remove(0);
        assert!(
            script.starts_with("DELETE FROM d WHERE version IN ('1', '2');\nINSERT INTO d (version) VALUES ('1');\n"),
            "{script}"
        );
    }

    #[test]
    fn nothing_owed_is_nothing_sent() {
        assert!(Owed::default().scripts().is_empty());
    }
}
