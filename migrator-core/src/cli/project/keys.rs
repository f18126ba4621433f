//! A key of Cargo.toml or diesel.toml, read without understanding the rest.

/// The text of `table.key`: `package.name`.
pub(super) fn text_of(toml: &str, wanted: &str) -> Option<String> {
    let value = value_of(toml, wanted)?;
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inside = value[1..].split(quote).next()?;
    Some(if quote == '"' { inside.replace("\\\\", "\\") } else { inside.to_owned() })
}

/// Whether the key is there, whatever its value.
pub(super) fn has(toml: &str, wanted: &str) -> bool {
    value_of(toml, wanted).is_some() || toml.lines().any(|line| line.trim() == format!("[{wanted}]"))
}

fn value_of<'t>(toml: &'t str, wanted: &str) -> Option<&'t str> {
    let mut table = "";
    for line in toml.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            table = name.split(']').next().unwrap_or_default().trim();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().trim_matches('"');
        let path = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
        if path == wanted || path.starts_with(&format!("{wanted}.")) {
            return Some(value.trim());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_table() {
        let toml = "[package]\nname = \"app\" # mine\n\n[print_schema]\nfile = 'src/schema.rs'\n[dependencies]\nserde.workspace = true\n";
        assert_eq!(text_of(toml, "package.name").as_deref(), Some("app"));
        assert_eq!(text_of(toml, "print_schema.file").as_deref(), Some("src/schema.rs"));
        assert_eq!(text_of(toml, "package.file"), None);
        assert!(has(toml, "dependencies.serde") && !has(toml, "dependencies.diesel"));
        assert!(has("[dependencies.diesel]\nversion = \"2\"", "dependencies.diesel"));
    }
}
