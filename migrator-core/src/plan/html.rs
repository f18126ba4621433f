//! A plan as one page that needs nothing beside it.

use std::fmt::Write;

use super::{Plan, PlannedStep, Prospect};
use crate::count::counted;

impl Plan {
    /// The plan as one HTML page for a person who is to say yes: the steps with their SQL, what they lose and lock, and the
    /// difference of the schema. It loads nothing from anywhere.
    pub fn to_html(&self) -> String {
        let steps: String = self.steps.iter().map(step).collect();
        let steps = if steps.is_empty() { "<p class=\"none\">Nothing to do.</p>".to_owned() } else { steps };
        let notes: String = self.told_besides().iter().map(|note| mark("note", "note", note)).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>Migration plan</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <header>\n<h1>Migration plan</h1>\n<p>{}</p>\n<ul class=\"facts\">\n{}</ul>\n</header>\n{notes}{steps}{}</main>\n</body>\n</html>\n",
            escaped(&self.place()),
            self.facts(),
            self.schema(),
        )
    }

    fn facts(&self) -> String {
        let statements: usize = self.steps.iter().map(|step| step.statements.len()).sum();
        let warnings = self.steps.iter().map(|step| step.warnings.len()).sum();
        let losses = self.losses().count();
        let grave = if self.losses().all(|loss| loss.allowed) { "loss" } else { "bad" };
        let unclear = self.steps.iter().filter(|step| step.prospect != Prospect::Known).count();
        let facts = [
            (self.steps.len(), counted(self.steps.len(), "migration"), "plain"),
            (statements, counted(statements, "statement"), "plain"),
            (losses, if losses == 1 { "1 loss".to_owned() } else { format!("{losses} losses") }, grave),
            (warnings, counted(warnings, "warning"), "warning"),
            (unclear, format!("{} not known to the end", counted(unclear, "step")), "bad"),
        ];
        let shown = facts.into_iter().filter(|(count, _, kind)| *count > 0 || *kind == "plain");
        shown.map(|(_, told, kind)| format!("<li class=\"{kind}\">{told}</li>\n")).collect()
    }

    fn told_besides(&self) -> Vec<String> {
        let mut told = self.notes.clone();
        if !self.unknown.is_empty() {
            told.push(format!(
                "The database has what this program does not know: {}",
                crate::report::list(&self.unknown)
            ));
        }
        if !self.edited.is_empty() {
            told.push(format!("Changed since applied: {}", crate::report::list(&self.edited)));
        }
        told
    }

    fn schema(&self) -> String {
        let difference = self.difference().to_string();
        if difference.is_empty() {
            return String::new();
        }
        let lines: String = difference
            .lines()
            .map(|line| {
                let kind = match line.trim_start().chars().next() {
                    Some('+') => "came",
                    Some('-') => "went",
                    Some('~') => "changed",
                    _ => "same",
                };
                format!("<span class=\"{kind}\">{}</span>\n", escaped(line))
            })
            .collect();
        format!("<section class=\"schema\">\n<h2>The schema afterwards</h2>\n<pre>{lines}</pre>\n</section>\n")
    }
}

fn step(step: &PlannedStep) -> String {
    let mut page = String::from("<section class=\"step\">\n");
    let late = if step.out_of_order { " <span class=\"tag\">out of order</span>" } else { "" };
    let outside = if step.transactional { "" } else { " <span class=\"tag\">outside a transaction</span>" };
    let (verb, revision, description) = (step.verb(), escaped(step.revision.as_str()), escaped(&step.description));
    let _ = writeln!(
        page,
        "<h2><span class=\"verb {}\">{verb}</span> <code>{revision}</code> {description}{late}{outside}</h2>",
        step.direction
    );
    step.losses
        .iter()
        .for_each(|loss| page += &mark(if loss.allowed { "loss" } else { "bad" }, "loss", &loss.to_string()));
    step.backups.iter().for_each(|backup| page += &mark("note", "copied first", &backup.to_string()));
    if !step.statements.is_empty() {
        let sql: String = step
            .statements
            .iter()
            .map(|statement| {
                let by_hand = statement.by_hand.iter().map(|sql| format!("{sql};")).collect::<Vec<_>>().join("\n");
                let assumed = if statement.assumed { " class=\"assumed\" title=\"assumed\"" } else { "" };
                format!("<li{assumed}><pre>{}</pre></li>\n", escaped(&by_hand))
            })
            .collect();
        let _ = write!(page, "<ol class=\"sql\">\n{sql}</ol>\n");
    }
    step.warnings.iter().for_each(|warning| page += &mark("warning", "warning", &warning.to_string()));
    step.notes.iter().for_each(|note| page += &mark("note", "note", note));
    if step.prospect != Prospect::Known {
        let told = step.prospect.to_string();
        let (word, text) = told.split_once(": ").unwrap_or(("not known", &told));
        page += &mark("bad", word, text);
    }
    page + "</section>\n"
}

fn mark(kind: &str, word: &str, text: &str) -> String {
    format!("<p class=\"mark {kind}\"><b>{word}</b><span>{}</span></p>\n", escaped(text).replace('\n', "<br>"))
}

/// Text that means itself, also between quotes.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut page, letter| {
        match letter {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            other => page.push(other),
        }
        page
    })
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_itself() {
        assert_eq!(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
    }
}
