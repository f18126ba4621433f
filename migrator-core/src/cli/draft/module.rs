//! The name of a migration's module, and its line in the list of modules.

/// Words that Rust keeps for itself and a message may well be.
const KEYWORDS: [&str; 40] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "super", "type", "use",
];

/// `add email to users` is `add_email_to_users`: plain letters, no keyword, of a length that file systems take.
pub(in crate::cli) fn module_name(message: &str) -> String {
    let letters: String =
        message.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let words: Vec<&str> = letters.split_whitespace().take(12).collect();
    let mut name: String = words.join("_").chars().take(80).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert_str(0, "migration_");
    }
    let name = name.trim_end_matches('_');
    let taken = KEYWORDS.contains(&name)
        || matches!(
            name,
            "self"
                | "trait"
                | "true"
                | "try"
                | "unsafe"
                | "where"
                | "while"
                | "yield"
                | "upgrade"
                | "downgrade"
                | "verify"
        );
    if taken { format!("{name}_migration") } else { name.to_owned() }
}

/// The list of modules with one more: after the last line that declares a module, where that is a list.
pub(in crate::cli) fn listed(text: &str, module: &str) -> String {
    let line = format!("mod {module};");
    let mut lines: Vec<&str> = text.lines().collect();
    match lines.iter().rposition(|line| is_declaration(line)) {
        Some(last) => lines.insert(last + 1, &line),
        None => {
            let after_header =
                lines.iter().take_while(|line| line.starts_with("//!") || line.starts_with("#![")).count();
            if after_header > 0 {
                lines.insert(after_header, "");
            }
            lines.insert(after_header + usize::from(after_header > 0), &line);
        }
    }
    lines.join("\n") + "\n"
}

fn is_declaration(line: &str) -> bool {
    let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
    line.starts_with("mod ") && line.trim_end().ends_with(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_name() {
        for (message, name) in [
            ("add email to users", "add_email_to_users"),
            ("Add e-mail (again)!", "add_e_mail_again"),
            ("type", "type_migration"),
            ("2fa", "migration_2fa"),
            ("ü", "migration"),
        ] {
            assert_eq!(module_name(message), name);
        }
    }

    #[test]
    fn a_line_is_added_below_the_others() {
        assert_eq!(
            listed("//! Migrations.\n\nmod a;\n\nfn x() {}\n", "b"),
            "//! Migrations.\n\nmod a;\nmod b;\n\nfn x() {}\n"
        );
        assert_eq!(listed("//! Migrations.\n", "b"), "//! Migrations.\n\nmod b;\n");
        assert_eq!(listed("", "b"), "mod b;\n");
    }
}
