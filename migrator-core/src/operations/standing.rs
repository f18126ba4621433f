//! The guard where nothing can be rolled back: each statement is judged by itself.
//!
//! What changes rows is looked at inside a transaction of its own and taken back. What defines is counted before it is
//! sent. What cannot be read is not sent, unless the migration says that it loses something.

use std::collections::{BTreeMap, BTreeSet};

use super::watch::{Renamed, Stake};
use super::{Context, Operations};
use crate::backup::{BackupId, begin_holding_rows, define_while_held};
use crate::connection::{Columns, Database, Manner, Mark, Moved, Scope, Tally, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{self, Effect, Found};
use crate::history::{Moment, Sending};
use crate::metadata::Loss;
use crate::name::{RevisionId, TableName};
use crate::operation::ColumnType;
use crate::schema::{Column, Table};
use crate::sql;

/// What a statement of rows is held against before it is kept.
#[derive(Default)]
pub(super) struct Held {
    before: Vec<Tally>,
    brings: Option<TableName>,
    brought: BTreeMap<TableName, i64>,
    allowed: Vec<Loss>,
    allow_all: bool,
    /// Tables that the run made.
    made: BTreeSet<TableName>,
    renamed: Renamed,
    /// Whether something runs besides that cannot be read, and is noticed by what has moved.
    opaque: bool,
    mark: Option<Mark>,
    /// Rows of this table leave the range of the batch where their keys change, and are not gone.
    walked: Option<TableName>,
}

impl Held {
    /// Whether nothing is looked at.
    fn is_idle(&self) -> bool {
        self.before.is_empty() && self.brings.is_none() && !self.opaque
    }

    /// Inside the statement's transaction: what is lost that nobody named is an error.
    pub(super) fn look(&mut self, database: &mut dyn Database, moment: Moment, revision: &RevisionId) -> Result<()> {
        match moment {
            Moment::Before if self.opaque => {
                let manner = Manner { closely: true, near: &BTreeSet::new(), settled: false, known: None };
                self.mark = Some(database.mark(&manner)?);
            }
            Moment::Before => {}
            Moment::After(rows) => self.check(database, rows, revision)?,
        }
        Ok(())
    }

    /// A table as it is now, under the name that it has now.
    fn again(&self, database: &mut dyn Database, before: &Tally) -> Result<Option<Tally>> {
        database.tally_again(&Tally { table: self.renamed.now(&before.table), ..before.clone() })
    }

    fn check(&mut self, database: &mut dyn Database, rows: usize, revision: &RevisionId) -> Result<()> {
        let mut brought = self.brought.clone();
        let mut found = Vec::new();
        for before in self.before.iter().filter(|before| before.rows > 0) {
            found.extend(guard::losses(before, self.again(database, before)?.as_ref(), 0));
        }
        if let Some(mark) = self.mark.take() {
            let moved = database.moved(&mark, None)?;
            let unseen = went(&moved).filter(|found| !self.made.contains(found.loss.affected_table()));
            let unseen =
                unseen.map(|found| Found { loss: found.loss.with_table(|now| self.renamed.began_as(&now)), ..found });
            let known: Vec<Loss> = found.iter().map(|found| found.loss.clone()).collect();
            found.extend(unseen.filter(|found| !known.iter().any(|known| known.covers(&found.loss))));
        }
        found.retain(
            |found| !matches!((&found.loss, &self.walked), (Loss::Rows(table), Some(walked)) if table == walked),
        );
        found.retain_mut(|found| found.is_old(&mut brought));
        found.retain(|found| !self.allow_all && !self.allowed.iter().any(|named| named.covers(&found.loss)));
        if !found.is_empty() {
            return Err(super::loss::lost(&found, revision.as_str()));
        }
        if let Some(table) = &self.brings {
            *brought.entry(self.renamed.began_as(table)).or_default() += i64::try_from(rows).unwrap_or(0);
        }
        self.brought = brought;
        Ok(())
    }
}

/// A statement on its way that was judged.
pub(super) struct Judged<'j> {
    pub(super) held: &'j mut Held,
    /// The copies that were made for it.
    pub(super) copies: &'j [BackupId],
    pub(super) revision: &'j RevisionId,
}

impl Sending for Judged<'_> {
    fn is_plain(&self) -> bool {
        self.copies.is_empty() && self.held.is_idle()
    }

    fn begin(&mut self, database: &mut dyn Database) -> Result<()> {
        if self.copies.is_empty() { database.begin() } else { begin_holding_rows(database, self.copies) }
    }

    fn check(&mut self, database: &mut dyn Database, moment: Moment) -> Result<()> {
        self.held.look(database, moment, self.revision)
    }

    fn define(&mut self, database: &mut dyn Database, sql: &str) -> Result<()> {
        define(database, self.copies, sql)
    }
}

/// Sends a statement that defines, with nobody between it and the copies made for it where a definition cannot be rolled
/// back.
pub(super) fn define(database: &mut dyn Database, copies: &[BackupId], sql: &str) -> Result<()> {
    if copies.is_empty() || database.renderer()?.capabilities().transactional_ddl {
        return database.batch(sql);
    }
    define_while_held(database, copies, &mut |database| database.batch(sql))
}

impl Operations<'_> {
    /// Whether a statement may be sent, and what it is held against afterwards.
    pub(super) fn judge(&mut self, sql: &str, effects: &[Effect], later: &[Effect]) -> Result<Held> {
        self.foresee_all(effects.to_vec(), &mut BTreeSet::new())?;
        let (before, lasting) = self.context.watch.take_tallies();
        let noticed = self.database().notices_deletes();
        let unread = self.context.watch.opaque && !noticed;
        if lasting || unread || !sql::begins_with(sql, &["INSERT", "UPDATE", "DELETE", "REPLACE"]) {
            self.refuse_foreseen(sql, before, later)?;
            return Ok(Held::default());
        }
        let brings = match effects {
            [Effect::Inserts(table)] => Some(table.clone()),
            _ => None,
        };
        let opaque =
            std::mem::take(&mut self.context.watch.opaque) || (noticed && effects.iter().any(Effect::takes_rows));
        let made = self.context.watch.made.all();
        let brought = self.context.watch.brought_before.clone();
        let allowed = self.context.allowed.clone();
        let allow_all = self.context.allow_all;
        let renamed = self.context.watch.renamed.clone();
        Ok(Held { before, brings, brought, allowed, allow_all, made, renamed, opaque, ..Held::default() })
    }

    /// Sends a statement inside a batch, which is rolled back where it loses something. Of the table that is walked only the
    /// rows of the batch count, if the statement says them: else all.
    pub(super) fn send_in_batch(&mut self, sql: &str, effects: &[Effect]) -> Result<()> {
        if effects.is_empty() {
            return self.send(sql);
        }
        let range = self.context.watch.range.take();
        self.context.watch.range = range.clone().filter(|(_, keys)| sql.contains(keys.as_str()));
        // Each statement is judged by itself, as it is where there is no transaction round it.
        self.context.transactional = false;
        let held = self.judge(sql, effects, &[]);
        self.context.transactional = true;
        self.context.watch.range.clone_from(&range);
        let mut held = held?;
        let walked = range.map(|(table, _)| table);
        held.walked = walked.filter(|table| self.context.watch.stake(table).is_none());
        let revision = self.context.revision.clone();
        held.look(self.database(), Moment::Before, &revision)?;
        self.send(sql)?;
        held.look(self.database(), Moment::After(0), &revision).map_err(|error| error.at_statement(sql))
    }

    /// What a statement has brought and taken is known for the next.
    pub(super) fn settled(&mut self, held: Held) {
        if held.brings.is_some() || !held.before.is_empty() {
            self.context.watch.brought_before = held.brought;
        }
    }

    /// All that a statement could take from the tables that were counted, before it is sent.
    fn refuse_foreseen(&mut self, sql: &str, before: Vec<Tally>, later: &[Effect]) -> Result<()> {
        let mut found = self.context.watch.take_foreseen();
        for tally in before {
            let survivor = self.survivor(&tally, later)?;
            let stake = self.context.watch.stake(&tally.table);
            found.extend(worst(&tally, stake, survivor.as_ref()));
        }
        let mut brought = std::mem::take(&mut self.context.watch.brought_before);
        found.retain_mut(|found| found.is_old(&mut brought));
        self.context.watch.brought_before = brought;
        found.retain(|found| !self.context.allows(&found.loss));
        if !found.is_empty() {
            let error = super::loss::lost(&found, self.context.revision.as_str());
            return Err(error.at_statement(sql).state("the statement was not sent"));
        }
        let unread = std::mem::take(&mut self.context.watch.opaque);
        if unread && self.context.allowed.is_empty() && !self.context.allow_all {
            return Err(unreadable(sql, self.context.revision.as_str()));
        }
        Ok(())
    }

    /// The table that holds, now or after what follows in the script, what this one held.
    fn survivor(&mut self, tally: &Tally, later: &[Effect]) -> Result<Option<Tally>> {
        let now = self.context.watch.renamed.now(&tally.table);
        let renamed = later.iter().find_map(|effect| match effect {
            Effect::Renames { from, to } if *to == now => Some(from.clone()),
            _ => None,
        });
        let heir = renamed.or_else(|| (now != tally.table).then(|| tally.table.clone()));
        let Some(heir) = heir else { return Ok(None) };
        let wanted = Wanted { columns: Columns::All, ..Wanted::named(&heir, []) };
        self.database().tally(&wanted)
    }
}

/// Rows and tables that have gone unread. Values that an unread change made NULL are not told from others here.
fn went(moved: &Moved) -> impl Iterator<Item = Found> {
    moved.suspects.iter().filter_map(|suspect| {
        let table = suspect.table.clone()?;
        let rows = (suspect.lost > 0).then(|| Found { loss: Loss::Rows(table.clone()), count: suspect.lost });
        rows.or_else(|| suspect.altered.then_some(Found { loss: Loss::Table(table), count: 1 }))
    })
}

/// What is lost at worst: all that was counted. Where another table takes the place, what that one lacks.
fn worst(tally: &Tally, stake: Option<Stake>, survivor: Option<&Tally>) -> Vec<Found> {
    let rows = |loss| vec![Found { loss, count: tally.rows }];
    let mut found = match (stake, survivor) {
        (Some(Stake::Table), survivor) => guard::losses(tally, survivor, 0),
        (Some(Stake::Rows), _) => rows(Loss::Rows(tally.table.clone())),
        (None, _) => tally
            .columns
            .iter()
            .map(|column| Found { loss: Loss::Column(tally.table.clone(), column.name.clone()), count: column.values })
            .collect(),
    };
    found.retain(|found| found.count > 0);
    found
}

fn unreadable(sql: &str, revision: &str) -> Error {
    Error::new(ErrorKind::DataLoss, "whether this would lose anything cannot be told before it is sent")
        .at_statement(sql)
        .state("the statement was not sent")
        .remedy_told(|reader| {
            format!(
                "name what it loses: allow_loss(rows(..)) in the migration, or Migrator::allow_loss({revision:?}, ..); \
                 or send the statements themselves; or allow every loss of this run: {}",
                reader.allow_every_loss()
            )
        })
}

/// What went past the guard through the user's own connection, where it stands: tables and columns that are gone, and
/// columns of another type.
pub(crate) fn refuse_unguarded(database: &mut dyn Database, context: &mut Context) -> Result<()> {
    let Some(before) = context.watch.schema.take() else { return Ok(()) };
    let after = database.inspect(Scope::All)?;
    let renderer = database.renderer()?;
    let keeps = |table: &Table, column: &Column, to: &str| {
        let to = ColumnType::Custom(to.to_owned());
        renderer.values_changed_by(&table.name, &column.name, &column.sql_type, &to).is_none()
    };
    let mut gone = guard::gone(&before, &after, keeps);
    gone.retain(|loss| !context.allows(loss) && !context.watch.is_explained(loss));
    if gone.is_empty() {
        return Ok(());
    }
    let listed = gone.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let message =
        format!("through its own connection it dropped or changed the type of what it did not name: {listed}");
    Err(Error::new(ErrorKind::UnguardedDdl, message)
        .outcome("that stands, and cannot be rolled back here; so does what it did before")
        .remedy_told(|reader| {
            format!(
                "if it was meant, name it: allow_loss({listed}), and say where the database stands now: {}; else restore \
                 a backup",
                reader.stamp(context.revision.as_str())
            )
        }))
}
