//! The backup that a run would make, for its plan.

use super::make::{Order, refuse_missing};
use super::table_backup::{BackupId, TableBackup};
use crate::connection::{Asked, Database};
use crate::error::Result;
use crate::history::now;
use crate::name::TableName;

/// The backup that would be made: its rows are counted, and it stands nowhere.
pub(crate) fn planned_backup(database: &mut dyn Database, table: &TableName, order: &Order<'_>) -> Result<TableBackup> {
    refuse_missing(database, table)?;
    let sql = format!("SELECT count(*) FROM {}", database.renderer()?.table(table));
    let rows = u64::try_from(database.ask_count_of_all(&Asked::rows(table), &sql)?).unwrap_or(0);
    let made_at = now();
    let id = BackupId::fresh(table, &made_at);
    Ok(TableBackup {
        copy: table.sibling(id.name_of_copy()),
        id,
        table: table.clone(),
        label: order.label.to_owned(),
        rows,
        digest: String::new(),
        made_at,
        revision: order.revision.cloned(),
    })
}
