//! The words for what a schema holds, as a person reads them.

use std::fmt;

use super::{Check, Column, ForeignKey, Index, Table, Unique};

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        write!(f, "{} ({}", self.name, columns.join(", "))?;
        if !self.primary_key.is_empty() {
            write!(f, ", primary key ({})", self.primary_key.join(", "))?;
        }
        f.write_str(")")
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.sql_type)?;
        let flags = [(!self.nullable, " not null"), (self.auto_increment, " counted up")];
        flags.into_iter().filter(|(is_so, _)| *is_so).try_for_each(|(_, word)| f.write_str(word))?;
        let more = [
            (" default", &self.default),
            (" generated as", &self.generated),
            (" collate", &self.collation),
            ("", &self.extra),
            (" comment", &self.comment),
        ];
        more.into_iter().try_for_each(|(word, text)| match text {
            Some(text) => write!(f, "{word} {text}"),
            None => Ok(()),
        })
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.columns.join(", "))?;
        let flags = [(self.unique, " unique"), (!self.valid, " invalid")];
        flags.into_iter().filter(|(is_so, _)| *is_so).try_for_each(|(_, word)| f.write_str(word))?;
        if let Some(method) = &self.method {
            write!(f, " using {method}")?;
        }
        match &self.filter {
            Some(filter) => write!(f, " where {filter}"),
            None => Ok(()),
        }
    }
}

/// The name and a blank, where there is one.
fn named(name: Option<&String>) -> String {
    name.map(|name| format!("{name} ")).unwrap_or_default()
}

impl fmt::Display for Unique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", named(self.name.as_ref()), self.columns.join(", "))
    }
}

impl fmt::Display for ForeignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { columns, references, referenced_columns, .. } = self;
        let (columns, referenced) = (columns.join(", "), referenced_columns.join(", "));
        write!(f, "{}({columns}) references {references} ({referenced})", named(self.name.as_ref()))?;
        for (event, action) in [("delete", &self.on_delete), ("update", &self.on_update)] {
            if action != "NO ACTION" {
                write!(f, " on {event} {}", action.to_ascii_lowercase())?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", named(self.name.as_ref()), self.expression)
    }
}
