//! Copies of tables: made, listed, put back, dropped.

use std::collections::BTreeMap;

use serde_json::json;

use super::json;
use crate::backup::{BackupId, Prune as Pruning, Restore as Restoring, TableBackup};
use crate::cli::answer::Answer;
use crate::cli::args::{Backup, Prune, Restore};
use crate::cli::failure::Result;
use crate::cli::opener::Access;
use crate::cli::session::Session;
use crate::connection::SchemaConnection;
use crate::count::counted;
use crate::error::{Error, ErrorKind};
use crate::functions::{create_table_backup, has_table};
use crate::name::TableName;
use crate::runner::Migrator;

pub(super) fn backup(session: &mut Session<'_>, asked: &Backup, migrator: Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    if let Some(file) = &asked.file {
        let made = migrator.backup_file(&mut *connected.conn, file)?;
        return Ok(Answer::new(made.to_string(), json::of(&made)));
    }
    connected.server.refuse_read_only()?;
    let made = match asked.tables.is_empty() {
        true => session.showing(migrator).backup(&mut *connected.conn, asked.prefix.as_deref().unwrap_or_default())?,
        false => some(&mut *connected.conn, asked)?,
    };
    Ok(listed(&made, "there is no table to copy"))
}

fn some(conn: &mut dyn SchemaConnection, asked: &Backup) -> crate::Result<Vec<TableBackup>> {
    let mut made = Vec::new();
    for text in &asked.tables {
        let table = named(conn, text)?;
        made.push(create_table_backup(conn, table, asked.prefix.as_deref().unwrap_or_default())?);
    }
    Ok(made)
}

/// `users`, or `billing.invoices` for a table of another schema.
fn named(conn: &mut dyn SchemaConnection, text: &str) -> crate::Result<TableName> {
    match text.split_once('.') {
        Some(parts) if !has_table(conn, text)? => Ok(parts.into()),
        _ => Ok(text.into()),
    }
}

pub(super) fn backups(session: &mut Session<'_>, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect(Access::Look)?;
    let all = migrator.backups(&mut *connected.conn)?;
    Ok(listed(&all, "there are no backups"))
}

fn listed(backups: &[TableBackup], none: &str) -> Answer {
    let text = if backups.is_empty() { none.to_owned() } else { lines(backups) };
    Answer::new(text, json!({"backups": json::of(&backups)}))
}

fn lines(backups: &[TableBackup]) -> String {
    backups.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What stands there is backed up first. It is asked for all the same where it differs; and where rows have come since, or
/// columns with values in them, it is refused unless it is said that they may go.
pub(super) fn restore(session: &mut Session<'_>, asked: &Restore) -> Result<Answer> {
    let id: BackupId = asked.id.parse()?;
    let mut connected = session.connect_to_change()?;
    connected.server.refuse_read_only()?;
    let restore = Restoring::new(&id);
    let restore = if asked.allow_data_loss { restore.discard_newer_rows() } else { restore };
    let columns = restore.columns_at_stake(&mut *connected.conn)?;
    let rows = restore.at_stake(&mut *connected.conn);
    if !columns.is_empty() && !asked.allow_data_loss {
        return Err(columns_would_go(&id, &columns, rows.err()).into());
    }
    let rows = rows?;
    if rows > 0 {
        let rows = counted(rows, "row");
        let besides = if columns.is_empty() { String::new() } else { format!(", and {}", told(&columns)) };
        session
            .screen
            .confirm(&format!("{rows} that backup {id} does not have just so would go{besides}. Restore it?"))?;
    }
    let restored = restore.run(&mut *connected.conn)?;
    Ok(Answer::new(restored.to_string(), json::of(&restored)))
}

/// Rows that came since would go besides, where that is why it was refused.
fn columns_would_go(id: &BackupId, columns: &BTreeMap<String, u64>, besides: Option<Error>) -> Error {
    let besides = besides.map(|error| format!("; besides, {}", error.what())).unwrap_or_default();
    let message = format!("backup {id} was not restored: it does not have {}, which would go{besides}", told(columns));
    Error::new(ErrorKind::DataLoss, message)
        .state("everything is as it was")
        .remedy("if that is meant, say --allow-data-loss; a backup of the present state, made first, keeps the values")
}

/// `column email with 3 values, column phone with 1 value`
fn told(columns: &BTreeMap<String, u64>) -> String {
    let one = |(column, values): (&String, &u64)| format!("column {column} with {}", counted(*values, "value"));
    columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn prune(session: &mut Session<'_>, asked: &Prune, migrator: &Migrator) -> Result<Answer> {
    let mut connected = session.connect_to_change()?;
    let going = Pruning::Keep(asked.keep).going(migrator.backups(&mut *connected.conn)?);
    if !going.is_empty() {
        connected.server.refuse_read_only()?;
    }
    if !going.is_empty() && !session.screen.says_yes() {
        session.screen.say(&format!("to drop:\n  {}", lines(&going).replace('\n', "\n  ")));
        let backups = counted(going.len(), "backup");
        session.screen.confirm(&format!("Nothing can be restored from them afterwards. Drop {backups}?"))?;
    }
    let dropped = migrator.prune(&mut *connected.conn, asked.keep)?;
    let told: Vec<String> = dropped.iter().map(|backup| format!("dropped {backup}")).collect();
    let answer = listed(&dropped, "nothing to drop");
    Ok(if told.is_empty() { answer } else { Answer { text: told.join("\n"), ..answer } })
}
