//! Whether a database is sound, and what the program says of it still true.

mod drift;
mod ensured;
mod foreign_keys;
mod standing;

use std::fmt;

use crate::connection::{Database, Scope, ServerInfo};
use crate::count::counted;
use crate::diff::SchemaDifference;
use crate::error::Result;
use crate::name::TableName;
use crate::report::{Finding, FindingKind};
use crate::schema::Schema;

pub(crate) use drift::look_for_drift;
pub(crate) use ensured::not_ensured;
pub(crate) use foreign_keys::broken_foreign_keys;
pub(crate) use standing::{Standing, history_findings};

/// What a verification found.
///
/// Printed, it is each finding with its remedy; a clean one says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct VerifyReport {
    pub(crate) findings: Vec<Finding>,
    pub(crate) drift: Option<SchemaDifference>,
    pub(crate) notes: Vec<String>,
}

impl VerifyReport {
    /// What is not as it should be.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What is different between the schema as the last run left it and the schema now; none where nothing is, or where no
    /// schema was kept.
    pub fn drift(&self) -> Option<&SchemaDifference> {
        self.drift.as_ref()
    }

    /// What could not be looked at, and why.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// What a program that asked ends with: 0, or 4 with findings.
    pub fn exit_code(&self) -> u8 {
        if self.is_clean() { 0 } else { 4 }
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        lines.push(match self.findings.len() {
            0 => "nothing was found that is not as it should be".to_owned(),
            count => counted(count, "finding"),
        });
        lines.extend(self.notes.iter().map(|note| format!("not looked at: {note}")));
        f.write_str(&lines.join("\n"))
    }
}

/// Whether the session may do what migrations need.
pub(crate) fn access(database: &mut dyn Database) -> Result<Vec<Finding>> {
    let server = database.server()?;
    let found = match &server {
        ServerInfo { read_only_reason: Some(reason), .. } => {
            (FindingKind::ReadOnly, format!("{} takes no writes: {reason}", server.database))
        }
        ServerInfo { can_create_tables: false, user, .. } => {
            let user = user.as_deref().unwrap_or("this session");
            (FindingKind::Privilege, format!("{user} may not create tables in {}", server.database))
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![Finding::new(found.0, found.1, database.access_remedy(&server))])
}

/// What takes reading every row: all foreign keys, and the database's own check of its files.
pub(crate) fn everything(database: &mut dyn Database, schema: Option<Schema>) -> Result<Vec<Finding>> {
    let schema = match schema {
        Some(schema) => schema,
        None => database.inspect(Scope::All)?,
    };
    let tables: Vec<TableName> = schema.tables.keys().cloned().collect();
    let mut findings = database.damage(&tables)?;
    findings.extend(broken_foreign_keys(database, &schema, |_, _| true)?);
    Ok(findings)
}
