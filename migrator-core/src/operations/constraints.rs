//! Constraints of a table that is there.

use super::tables::malformed;
use super::{Done, Operations};
use crate::connection::Asked;
use crate::count::counted;
use crate::diff;
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{Action, CheckDef, ColumnDef, ColumnType, ForeignKey, TableEdit, derived_name};
use crate::schema::{Index, Table};

impl Operations<'_> {
    /// Adds a foreign key. Rows that break it are found before anything is sent.
    ///
    /// ```sql
    /// -- op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"]).on_delete(Action::Cascade))
    /// -- SQLite
    /// /* rebuild of "users" */
    /// -- PostgreSQL
    /// ALTER TABLE "users" ADD CONSTRAINT "users_org_id_fkey" FOREIGN KEY ("org_id") REFERENCES "orgs" ("id") ON DELETE CASCADE;
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` ADD CONSTRAINT `users_org_id_fkey` FOREIGN KEY (`org_id`) REFERENCES `orgs` (`id`) ON DELETE CASCADE;
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when one of the tables is not there, or rows reference what is not there.
    pub fn add_foreign_key(&mut self, table: impl Into<TableName>, key: ForeignKey) -> Result<Done> {
        let table = self.named(table);
        let key = ForeignKey { table: self.named(&key.table), ..key };
        self.guarded(self.call("add_foreign_key", &table, &key), |op| op.add_described_key(&table, key))
    }

    pub(super) fn add_described_key(&mut self, table: &TableName, mut key: ForeignKey) -> Result<Done> {
        self.expect_columns(table, &key.columns)?;
        self.check_referenced(table, &key, &[])?;
        let limit = self.renderer.capabilities().name_limit.safe_bytes();
        key.name.get_or_insert_with(|| derived_name(table, &key.columns, "fkey", limit));
        let found = self.found(table)?;
        if let Some(there) = diff::find_foreign_key(&key, &found, self.renderer) {
            let name = there.name.clone().unwrap_or_default();
            return self.check_half_made(table, &name);
        }
        self.free_name(&found, key.name.as_deref().unwrap_or_default())?;
        self.refuse_orphans(table, &key)?;
        self.edit(&found, &TableEdit::AddForeignKey(key))
    }

    /// What can be said of a foreign key before anything is sent.
    pub(super) fn check_foreign_key(&self, table: &TableName, key: &ForeignKey) -> Result<()> {
        if key.columns.is_empty() || key.columns.len() != key.referenced.len() {
            let message = format!(
                "a foreign key of {table} has {} columns and references {}",
                key.columns.len(),
                key.referenced.len()
            );
            return Err(malformed(message, "name as many columns as are referenced"));
        }
        key.name.as_ref().map_or(Ok(()), |name| self.renderer.check_name("constraint", name))?;
        let sets_default = [key.on_delete, key.on_update].contains(&Action::SetDefault);
        if sets_default && !self.renderer.capabilities().set_default_action {
            let message =
                format!("{} does not set a column to its default when the row it references goes", self.dialect());
            let way = "use Action::SetNull, or a trigger";
            return Err(Error::unsupported(message, way).state("nothing was sent for it"));
        }
        Ok(())
    }

    /// The same, and what it references is there: in the table named, or among columns that come with it.
    pub(super) fn check_referenced(&mut self, table: &TableName, key: &ForeignKey, new: &[ColumnDef]) -> Result<()> {
        self.check_foreign_key(table, key)?;
        let comes = |name: &&String| {
            key.table == *table && new.iter().any(|column| self.renderer.same_name(&column.name, name))
        };
        let others: Vec<String> = key.referenced.iter().filter(|name| !comes(name)).cloned().collect();
        self.expect_columns(&key.table, &others)?;
        if others.len() < key.referenced.len() || self.renderer.capabilities().referenced_keys_checked {
            return Ok(());
        }
        let found = self.found(&key.table)?;
        if diff::is_key(&key.referenced, &found, self.renderer) {
            return Ok(());
        }
        Err(not_a_key(&key.table, &key.referenced))
    }

    /// A constraint that an interrupted run added and did not check against the rows.
    fn check_half_made(&mut self, table: &TableName, name: &str) -> Result<Done> {
        let Some(question) = self.renderer.unchecked_constraint(table, name) else { return Ok(Done::Already) };
        if self.ask(&[Asked::rows(table).deciding()], &question)? == 0 {
            return Ok(Done::Already);
        }
        let sql = self.renderer.check_constraint_now(table, name);
        self.send(&sql)?;
        Ok(Done::Done)
    }

    fn refuse_orphans(&mut self, table: &TableName, key: &ForeignKey) -> Result<()> {
        let pair = |(column, referenced): (&String, &String)| {
            format!("p.{} = c.{}", self.renderer.quote(referenced), self.renderer.quote(column))
        };
        let joined = key.columns.iter().zip(&key.referenced).map(pair).collect::<Vec<_>>().join(" AND ");
        let given = |column: &String| format!("c.{} IS NOT NULL", self.renderer.quote(column));
        let given = key.columns.iter().map(given).collect::<Vec<_>>().join(" AND ");
        let (child, parent) = (self.renderer.table(table), self.renderer.table(&key.table));
        let sql = format!(
            "SELECT count(*) FROM {child} c WHERE {given} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {joined})"
        );
        let about = [Asked::columns(table, &key.columns), Asked::columns(&key.table, &key.referenced)];
        let orphans = self.ask(&about, &sql)?;
        if orphans == 0 {
            return Ok(());
        }
        let message =
            format!("{} of {table} without the row of {} that the key references", counted(orphans, "row"), key.table);
        Err(Error::new(ErrorKind::PreconditionFailed, message).remedy("mend or delete those rows first"))
    }

    /// Adds a unique constraint, named `<table>_<columns>_key`. Duplicates are found before anything is sent.
    ///
    /// ```sql
    /// -- op.add_unique("users", ["email"])
    /// -- SQLite
    /// /* rebuild of "users" */
    /// -- PostgreSQL
    /// ALTER TABLE "users" ADD CONSTRAINT "users_email_key" UNIQUE ("email");
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` ADD CONSTRAINT `users_email_key` UNIQUE (`email`);
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there, or rows are there twice.
    pub fn add_unique<S: Into<String>>(
        &mut self,
        table: impl Into<TableName>,
        columns: impl IntoIterator<Item = S>,
    ) -> Result<Done> {
        let table = self.named(table);
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        self.guarded(self.call("add_unique", &table, &columns), |op| op.add_described_unique(&table, columns))
    }

    pub(super) fn add_described_unique(&mut self, table: &TableName, columns: Vec<String>) -> Result<Done> {
        if columns.is_empty() {
            let message = format!("a unique constraint of {table} is described without a column");
            return Err(malformed(message, "name at least one column"));
        }
        let types = self.expect_columns(table, &columns)?;
        let found = self.found(table)?;
        if diff::is_unique(&columns, &found, self.renderer) {
            return Ok(Done::Already);
        }
        for (column, sql_type) in types.into_iter().filter(|(column, _)| columns.contains(column)) {
            self.check_key_column(&ColumnDef::new(column, ColumnType::Custom(sql_type)))?;
        }
        self.refuse_duplicates(table, &columns)?;
        let limit = self.renderer.capabilities().name_limit.safe_bytes();
        let name = derived_name(table, &columns, "key", limit);
        self.free_name(&found, &name)?;
        self.edit(&found, &TableEdit::AddUnique(name, columns))
    }

    /// Whether the database takes a column of that type into a key.
    pub(super) fn check_key_column(&self, column: &ColumnDef) -> Result<()> {
        self.check_in_key(column, self.renderer.capabilities().unbounded_keys)
    }

    /// Whether the database takes a column of that type into the primary key.
    pub(super) fn check_primary_column(&self, column: &ColumnDef) -> Result<()> {
        self.check_in_key(column, self.renderer.capabilities().unbounded_primary_keys)
    }

    fn check_in_key(&self, column: &ColumnDef, takes_all: bool) -> Result<()> {
        let sql_type = self.renderer.column_type(&column.column_type);
        if takes_all || self.renderer.index_prefix(&sql_type).is_none() {
            return Ok(());
        }
        let message = format!("{} takes no {sql_type} into a key: {}", self.dialect(), column.name);
        Err(Error::unsupported(message, "give the column a length: string(name, length)")
            .state("nothing was sent for it"))
    }

    fn refuse_duplicates(&mut self, table: &TableName, columns: &[String]) -> Result<()> {
        let (name, listed) = (self.renderer.table(table), self.renderer.columns(columns));
        let given = |column: &String| format!("{} IS NOT NULL", self.renderer.quote(column));
        let given = columns.iter().map(given).collect::<Vec<_>>().join(" AND ");
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 AS one FROM {name} WHERE {given} GROUP BY {listed} HAVING count(*) > 1) d"
        );
        let twice = self.ask(&[Asked::columns(table, columns)], &sql)?;
        if twice == 0 {
            return Ok(());
        }
        let message = format!("{} of {} in several rows of {table}", counted(twice, "value"), columns.join(", "));
        Err(Error::new(ErrorKind::PreconditionFailed, message).remedy("decide which row of each stays, first"))
    }

    /// Adds a check: an SQL expression that must hold for every row.
    ///
    /// ```sql
    /// -- op.add_check("users", "grown_up", "age > 17")
    /// -- SQLite
    /// /* rebuild of "users" */
    /// -- PostgreSQL
    /// ALTER TABLE "users" ADD CONSTRAINT "grown_up" CHECK (age > 17);
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` ADD CONSTRAINT `grown_up` CHECK (age > 17);
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there, or rows break it; `ShapeConflict` when another constraint has the name.
    pub fn add_check(&mut self, table: impl Into<TableName>, name: &str, expression: &str) -> Result<Done> {
        let table = self.named(table);
        self.guarded(self.call("add_check", &table, &(name, expression)), |op| {
            op.add_described_check(&table, name, expression)
        })
    }

    pub(super) fn add_described_check(&mut self, table: &TableName, name: &str, expression: &str) -> Result<Done> {
        self.renderer.check_name("constraint", name)?;
        self.expect_table(table)?;
        let found = self.found(table)?;
        if found.checks.iter().any(|check| check.name.as_deref() == Some(name)) {
            return self.check_half_made(table, name);
        }
        self.free_name(&found, name)?;
        self.refuse_breakers(table, expression)?;
        let check = CheckDef { name: Some(name.to_owned()), expression: expression.to_owned() };
        self.edit(&found, &TableEdit::AddCheck(check))
    }

    fn refuse_breakers(&mut self, table: &TableName, expression: &str) -> Result<()> {
        let sql = format!("SELECT count(*) FROM {} WHERE NOT ({expression})", self.renderer.table(table));
        self.refuse_counted(table, expression, &sql)
    }

    /// Rows that a new column's own check does not hold for, where the database would not look.
    pub(super) fn refuse_breakers_of_new(&mut self, table: &TableName, column: &ColumnDef) -> Result<()> {
        match (&column.check, self.renderer.breakers_of_new(table, column)) {
            (Some(check), Some(sql)) => self.refuse_counted(table, check, &sql),
            _ => Ok(()),
        }
    }

    fn refuse_counted(&mut self, table: &TableName, expression: &str, sql: &str) -> Result<()> {
        let breakers = self.ask(&[Asked::anything(table)], sql)?;
        if breakers == 0 {
            return Ok(());
        }
        let message = format!("{} of {table} for which {expression} does not hold", counted(breakers, "row"));
        Err(Error::new(ErrorKind::PreconditionFailed, message).remedy("mend those rows first"))
    }

    /// Drops a constraint by its name.
    ///
    /// ```sql
    /// -- op.drop_constraint("users", "grown_up")
    /// -- SQLite
    /// /* rebuild of "users" */
    /// -- PostgreSQL
    /// ALTER TABLE "users" DROP CONSTRAINT "grown_up";
    /// -- MySQL, MariaDB
    /// ALTER TABLE `users` DROP CONSTRAINT `grown_up`;
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when the table is not there; `Unsupported` for the primary key.
    pub fn drop_constraint(&mut self, table: impl Into<TableName>, name: &str) -> Result<Done> {
        let table = self.named(table);
        self.guarded(self.call("drop_constraint", &table, &name), |op| {
            op.expect_table(&table)?;
            let found = op.found(&table)?;
            let Some(name) = op.known_as(&found, name) else {
                return op.refuse_primary_key(&found, name).map(|()| Done::Already);
            };
            op.edit(&found, &TableEdit::DropConstraint(name))
        })
    }

    /// The name that a constraint has here which is called so: what nobody named is known by the name that other databases
    /// would have given it, too.
    fn known_as(&self, found: &Table, name: &str) -> Option<String> {
        if has_constraint(found, name) {
            return Some(name.to_owned());
        }
        let capabilities = self.renderer.capabilities();
        let is = |columns: &[String], ending| {
            let usual = derived_name(&found.name, columns, ending, capabilities.name_limit.safe_bytes());
            self.renderer.same_name(&usual, name)
        };
        let mut keys = found.foreign_keys.iter().filter(|key| key.name.is_none());
        if keys.any(|key| is(&key.columns, "fkey")) {
            return Some(name.to_owned());
        }
        let mut uniques = found.uniques.iter().filter(|unique| unique.name.is_none());
        if uniques.any(|unique| is(&unique.columns, "key")) {
            return Some(name.to_owned());
        }
        // An index is called by its first column where nobody says more.
        let usual =
            |index: &&Index| index.unique && is_numbered(&index.name, &index.columns) && is(&index.columns, "key");
        let mut indexes = found.indexes.values().filter(|_| capabilities.unique_is_index);
        indexes.find(usual).map(|index| index.name.clone())
    }

    /// Without it nothing tells the rows apart, what references it is held by nothing, and a batch finds no way through.
    fn refuse_primary_key(&mut self, found: &Table, name: &str) -> Result<()> {
        if found.primary_key.is_empty() {
            return Ok(());
        }
        let key = self.database().primary_key_name(&found.name)?;
        if !key.is_some_and(|key| self.renderer.same_name(&key, name)) {
            return Ok(());
        }
        let message = format!("{name} is the primary key of {}, which drop_constraint leaves alone", found.name);
        Err(Error::unsupported(
            message,
            "create a table with the key that is wanted, bring the rows over, drop the old one and rename the new one; \
             or send the database's own ALTER TABLE, with execute(..)",
        )
        .state("nothing was sent for it"))
    }

    fn free_name(&self, found: &Table, name: &str) -> Result<()> {
        if !has_constraint(found, name) {
            return self.renderer.check_name("constraint", name);
        }
        let message = format!("{} has a constraint {name} already, and it is another one", found.name);
        Err(Error::new(ErrorKind::ShapeConflict, message).remedy("name this one differently, or drop that one first"))
    }
}

/// Rows of a table that references it so are refused one by one, whatever they hold.
pub(super) fn not_a_key(table: &TableName, columns: &[String]) -> Error {
    let columns = columns.join(", ");
    let message = format!("{columns} of {table} is referenced, and is neither its primary key nor unique");
    Error::new(ErrorKind::PreconditionFailed, message)
        .state("nothing was sent for it")
        .remedy("reference the primary key, or make those columns unique first")
}

/// `email`, or `email_2` where that was taken.
fn is_numbered(name: &str, columns: &[String]) -> bool {
    let rest = columns.first().and_then(|column| name.strip_prefix(column.as_str()));
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix('_').is_some_and(|number| number.parse::<u32>().is_ok())
    })
}

fn has_constraint(found: &Table, name: &str) -> bool {
    let keys = found.foreign_keys.iter().map(|key| &key.name);
    let uniques = found.uniques.iter().map(|unique| &unique.name);
    let checks = found.checks.iter().map(|check| &check.name);
    let mut names = keys.chain(uniques).chain(checks).flatten();
    names.any(|other| other == name) || found.indexes.get(name).is_some_and(|index| index.unique)
}
