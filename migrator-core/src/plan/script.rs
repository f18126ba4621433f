//! A plan as a script that a person runs by hand, history rows and all.

use super::{Plan, PlannedStep, Prospect};
use crate::dialect::Dialect;
use crate::sql::tokens;

impl Plan {
    /// A script that does what the run would do, for a person who must run it by hand: with the rows of the history, so
    /// that the program then finds nothing pending.
    ///
    /// It is to be sent by the database's own client, told to stop at the first error; its first lines say how. Where the
    /// plan ends, at a step that is opaque or that the run would refuse, the script ends too and says so: what is before
    /// stands complete. Copies of tables are not made by it, and functions that verify are not called.
    pub fn to_sql(&self) -> String {
        let mut script = Script { dialect: self.dialect(), text: String::new() };
        script.comment(&format!("What {} would do to the database, to be run by hand.", self.told_steps()));
        script.comment(&format!("For {}.", self.place()));
        script.comment(match self.dialect() {
            Dialect::Sqlite => "Stop at the first error: sqlite3 -bail <file> < <this script>",
            Dialect::Postgres => "Stop at the first error: psql -v ON_ERROR_STOP=1 -f <this script> <database>",
            _ => "The client stops at the first error by itself: mysql <database> < <this script>",
        });
        script.all(&self.books);
        for step in &self.steps {
            if let Some(why) = stops(step) {
                script.line("");
                script.comment(&format!("STOP before {}: {why}", step.revision));
                script.comment("Run the program for it and for what follows; what is above stands complete.");
                break;
            }
            script.step(step);
        }
        script.text
    }

    fn told_steps(&self) -> String {
        match self.steps.len() {
            0 => "nothing".to_owned(),
            1 => "a run of one migration".to_owned(),
            several => format!("a run of {several} migrations"),
        }
    }
}

/// Why a script cannot stand for the step.
fn stops(step: &PlannedStep) -> Option<String> {
    if step.prospect != Prospect::Known {
        return Some(step.prospect.to_string());
    }
    step.losses.iter().find(|loss| !loss.allowed).map(ToString::to_string)
}

struct Script {
    dialect: Dialect,
    text: String,
}

impl Script {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(format!("-- {line}").trim_end()));
    }

    fn all(&mut self, statements: &[String]) {
        statements.iter().for_each(|sql| self.statement(sql));
    }

    /// The client of MySQL knows no bodies: a statement with a semicolon in it gets another delimiter.
    fn statement(&mut self, sql: &str) {
        let by_client = matches!(self.dialect, Dialect::MySql | Dialect::MariaDb);
        if by_client && tokens(sql, self.dialect).any(|token| token.is_semicolon()) {
            self.line(&format!("DELIMITER //\n{sql}//\nDELIMITER ;"));
        } else {
            self.line(&format!("{sql};"));
        }
    }

    fn step(&mut self, step: &PlannedStep) {
        self.line("");
        self.comment(&format!("{} {}  {}", step.verb(), step.revision, step.description));
        step.backups.iter().for_each(|backup| self.comment(&format!("the run would copy first: {backup}")));
        step.losses.iter().for_each(|loss| self.comment(&format!("loses {loss}")));
        step.warnings.iter().for_each(|warning| self.comment(&warning.to_string()));
        step.notes.iter().for_each(|note| self.comment(note));
        self.all(&step.opening);
        step.statements.iter().for_each(|statement| self.all(&statement.by_hand));
        self.all(&step.closing);
    }
}
