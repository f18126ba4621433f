//! Which names are of tables that the run made.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Watch;
use crate::connection::Moved;
use crate::name::TableName;

/// The tables that the run made, by the names that they have now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made {
    /// Those of earlier migrations.
    pub(crate) before: Arc<BTreeSet<TableName>>,
    /// Those of this one.
    now: BTreeSet<TableName>,
    /// Whether a name without a schema may not be the table any more that it was in migrations before.
    elsewhere: bool,
}

impl Made {
    pub(crate) fn has(&self, table: &TableName) -> bool {
        let same = !self.elsewhere || table.schema().is_some();
        self.now.contains(table) || (same && self.before.contains(table))
    }

    pub(crate) fn all(&self) -> BTreeSet<TableName> {
        let before = self.before.iter().filter(|table| self.has(table));
        self.now.iter().chain(before).cloned().collect()
    }

    pub(super) fn adds(&mut self, table: TableName) {
        self.now.insert(table);
    }

    /// What has that name from here on was not made, or nothing has.
    pub(crate) fn forgets(&mut self, table: &TableName) {
        self.now.remove(table);
        if self.before.contains(table) {
            Arc::make_mut(&mut self.before).remove(table);
        }
    }

    /// Any name may be another table's from here on.
    pub(super) fn forgets_all(&mut self) {
        self.before = Arc::default();
        self.now.clear();
        self.elsewhere = true;
    }

    pub(super) fn is_elsewhere(&self) -> bool {
        self.elsewhere
    }

    /// Names are looked for elsewhere from here on: which table one without a schema means is not known.
    pub(super) fn looks_elsewhere(&mut self) {
        self.elsewhere = true;
        self.now.retain(|table| table.schema().is_some());
    }

    /// As the next migration finds them, where settings are put back.
    pub(crate) fn take(&mut self) -> Arc<BTreeSet<TableName>> {
        if self.elsewhere {
            self.looks_elsewhere();
        }
        let mut made = std::mem::take(&mut self.before);
        Arc::make_mut(&mut made).append(&mut self.now);
        made
    }
}

impl Watch {
    /// The names that tables have after what went by unread.
    pub(super) fn follow_names(&mut self, moved: &mut Moved) {
        let at_mark = std::mem::take(&mut self.made_at_mark);
        if moved.schemas_renamed {
            self.made.forgets_all();
            self.known = None;
        }
        let renamed = std::mem::take(&mut moved.renamed);
        renamed.iter().for_each(|(before, _)| self.made.forgets(before));
        for (before, now) in renamed {
            match now {
                Some(now) if at_mark.has(&before) && !moved.schemas_renamed => self.made.adds(now),
                Some(now) => self.made.forgets(&now),
                None => {}
            }
        }
        moved.made.drain(..).for_each(|table| self.made.adds(table));
    }
}
