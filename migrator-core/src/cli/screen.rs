//! What is shown, asked and answered.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::answer::Answer;
use super::args::{Color, Global};
use super::failure::{Failure, Result};
use super::signals::Questions;

/// Where a command's words go.
pub(super) struct Screen<'a> {
    out: Box<dyn Write + 'a>,
    /// Where errors and progress go; beside the answer, unless there is one place for everything.
    errors: Option<Box<dyn Write + 'a>>,
    /// Whether somebody sits there who can be asked.
    attended: bool,
    coloured: bool,
    json: bool,
    quiet: bool,
    yes: bool,
    /// From the first question on.
    questions: Option<Questions>,
}

impl<'a> Screen<'a> {
    /// Standard output and standard error.
    pub(super) fn terminal() -> Self {
        let attended = io::stdin().is_terminal() && io::stderr().is_terminal();
        let errors: Box<dyn Write> = Box::new(io::stderr());
        Self { errors: Some(errors), attended, ..Self::over(Box::new(io::stdout())) }
    }

    /// Everything to one place, and nobody to ask.
    pub(super) fn writing_to(out: &'a mut dyn Write) -> Self {
        Self::over(Box::new(out))
    }

    fn over(out: Box<dyn Write + 'a>) -> Self {
        Self {
            out,
            errors: None,
            attended: false,
            coloured: false,
            json: false,
            quiet: false,
            yes: false,
            questions: None,
        }
    }

    /// As the options say.
    pub(super) fn set(&mut self, global: &Global) {
        self.json |= global.json;
        self.quiet = global.quiet;
        self.yes = global.yes;
        self.coloured = match global.color.unwrap_or_default() {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.errors.is_some() && io::stdout().is_terminal() && !no_color(),
        };
        self.attended &= !self.json;
    }

    pub(super) fn answer_as_json(&mut self) {
        self.json = true;
    }

    pub(super) fn answers_as_json(&self) -> bool {
        self.json
    }

    /// Whether `--yes` was said.
    pub(super) fn says_yes(&self) -> bool {
        self.yes
    }

    /// Whether long work is to be seen going on.
    pub(super) fn shows_progress(&self) -> bool {
        self.errors.is_some() && !self.quiet && !self.json
    }

    /// Something worth knowing on the way; nothing for programs and the quiet.
    pub(super) fn say(&mut self, text: &str) {
        if !self.json && !self.quiet {
            self.write(text);
        }
    }

    /// A reader who went away is no reason to fail.
    fn write(&mut self, text: &str) {
        if !text.is_empty() {
            writeln!(self.out, "{}", text.trim_end()).ok();
            self.out.flush().ok();
        }
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.coloured { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Text as it is, such as a help page.
    pub(super) fn print(&mut self, text: &str) {
        self.write(text);
    }

    /// Yes or no. With nobody to ask it is refused, unless `--yes`.
    pub(super) fn confirm(&mut self, question: &str) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !self.attended {
            let what = format!("{question} There is no terminal to ask at");
            return Err(Failure::declined(what, "say --yes if that is meant"));
        }
        match self.ask(|| dialoguer::Confirm::new().with_prompt(question).default(false).interact())? {
            true => Ok(()),
            false => Err(Failure::declined("declined", "nothing needs to be done")),
        }
    }

    /// Puts a question. Where it is broken off, the terminal is put back and nothing is done.
    fn ask<T>(&mut self, ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
        let answer = self.questions.get_or_insert_with(Questions::hear).during(ask);
        answer.and_then(Result::ok).ok_or_else(|| {
            let terminal = dialoguer::console::Term::stderr();
            terminal.show_cursor().and_then(|()| terminal.write_line("")).ok();
            Failure::Stopped
        })
    }

    /// Signals are heard by a run from here on.
    pub(super) fn leave_signals(&mut self) {
        self.questions = None;
    }

    /// A word that must be typed letter by letter.
    pub(super) fn typed(&mut self, question: &str, word: &str) -> Result<()> {
        match self.answer(question)? {
            answer if answer.trim() == word => Ok(()),
            _ => Err(Failure::declined(format!("{word} was not typed"), "nothing needs to be done")),
        }
    }

    /// Whether a question would be put to somebody.
    pub(super) fn asks(&self) -> bool {
        self.attended && !self.yes
    }

    /// A word or more.
    pub(super) fn answer(&mut self, question: &str) -> Result<String> {
        debug_assert!(self.asks());
        self.ask(|| dialoguer::Input::<String>::new().with_prompt(question).allow_empty(true).interact_text())
    }

    /// One of several; `None` with nobody to ask.
    pub(super) fn choice(&mut self, question: &str, choices: &[String]) -> Result<Option<usize>> {
        if !self.asks() {
            return Ok(None);
        }
        self.ask(|| dialoguer::Select::new().with_prompt(question).items(choices).default(0).interact()).map(Some)
    }

    /// The end of a command.
    pub(super) fn end(mut self, command: Option<&str>, outcome: Result<Answer>) -> ExitCode {
        let (code, said) = match outcome {
            Ok(Answer { text, json, code }) => (code, Said::Answer(text, json)),
            Err(failure) => (failure.exit_code(), Said::Failure(failure)),
        };
        match said {
            Said::Answer(_, result) if self.json => self.document(command, code, "result", &result),
            Said::Failure(failure) if self.json => self.document(command, code, "error", &failure.json()),
            Said::Answer(text, _) => self.write(&text),
            Said::Failure(failure) => self.complain(&failure.text()),
        }
        ExitCode::from(code)
    }

    fn document(&mut self, command: Option<&str>, code: u8, what: &str, value: &Value) {
        let document = json!({"command": command, "exit_code": code, what: value});
        self.write(&format!("{document:#}"));
    }

    fn complain(&mut self, text: &str) {
        let text = format!("{} {text}", self.painted("1;31", "error:"));
        self.advise(&text);
    }

    /// To whoever must do something else, beside the answers.
    pub(super) fn advise(&mut self, text: &str) {
        match &mut self.errors {
            Some(errors) => {
                writeln!(errors, "{text}").ok();
            }
            None => self.write(text),
        }
    }
}

enum Said {
    Answer(String, Value),
    Failure(Failure),
}

/// <https://no-color.org>: present and not empty.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
