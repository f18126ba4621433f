//! What has moved, and how much stands.
//!
//! What this transaction did to a table is told by the locks it holds and the counters of those tables: no row is read
//! that nothing touched. Counters keep what the session did before, so that a mark is taken first; and what a savepoint
//! took back stays counted, so that a suspicion is checked by counting.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalog;
use super::composites;
use super::glance::{self, CAN_SETTLE};
use super::renderer::Renderer;
use crate::backend::driver;
use crate::backend::postgres::session::Session;
use crate::connection::{
    ColumnTally, Columns, Database, Known, Manner, Mark, Moved, Reach, Record, Routine, Sight, Suspect, Tally, Value,
    Wanted, Watch,
};
use crate::dialect::SqlRenderer;
use crate::error::Result;
use crate::name::TableName;

/// Ordinary and partitioned tables of users, those of the session left out.
pub(super) const IS_USERS: &str = "c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND c.oid >= 16384";

/// The number of this transaction as rows have it.
pub(super) const TRANSACTION: &str = "(txid_current() % 4294967296)::text";

/// Whether a row was written by that transaction, or a savepoint of it.
pub(super) fn written_since(row: &str, transaction: &str) -> String {
    format!("age({row}.xmin) <= age(({transaction})::xid)")
}

pub(super) fn is_ours(row: &str) -> String {
    written_since(row, TRANSACTION)
}

impl<C: Session> Watch for C {
    fn has_user_tables(&mut self) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE {IS_USERS} AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'migrator_backup') \
             AND c.relname <> '__diesel_schema_migrations' AND left(c.relname, 11) <> '__migrator_' \
             AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e' \
             AND d.classid = 'pg_catalog.pg_class'::regclass))"
        );
        Ok(self.query(&sql, &[])?.first().is_some_and(|row| row.flag(0)))
    }

    fn tally(&mut self, wanted: &Wanted) -> Result<Option<Tally>> {
        let Some(found) = find(self, wanted)? else { return Ok(None) };
        if wanted.hold {
            self.batch(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", found.place()))?;
        }
        if !found.guarded_rows && is_empty(self, &found)? {
            return Ok(Some(found.tally(wanted)));
        }
        counted(self, &found, wanted).map(Some)
    }

    fn tally_again(&mut self, before: &Tally) -> Result<Option<Tally>> {
        let by = |identity| Wanted { identity, ..Wanted::of(before) };
        let found = match find(self, &by(Some(before.identity.clone())))? {
            Some(found) => Some(found),
            None => find(self, &by(None))?,
        };
        let Some(found) = found else { return Ok(None) };
        let mut now = counted(self, &found, &Wanted::of(before))?;
        for column in &mut now.columns {
            let old = before.columns.iter().find(|old| old.number == column.number || old.name == column.name);
            if let Some(old) = old.filter(|old| old.digest.is_some()) {
                column.digest = match column.sql_type == old.sql_type {
                    true if before.exact => column_digest(self, &found, &column.name)?,
                    true => old.digest.clone(),
                    false => digest_as(self, &found, &column.name, &old.sql_type)?,
                };
            }
        }
        Ok(Some(now))
    }

    fn reach(&mut self, table: &TableName, _only_brings: bool) -> Result<Reach> {
        if is_plain(self, table)? {
            return Ok(Reach::default());
        }
        let found = catalog::relation("$1::text", "$2::text");
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) \
             OR EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid) OR c.relkind = 'p' \
             OR EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.confrelid = c.oid AND k.confupdtype IN ('n', 'd')) \
             OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass \
             AND (d.classid, d.objid) IN (SELECT 'pg_catalog.pg_attrdef'::regclass, a.oid FROM pg_catalog.pg_attrdef a WHERE a.adrelid = c.oid \
             UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, k.oid FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid)) FROM ({found}) c"
        );
        let opaque = self.query(&sql, &catalog::binds(table))?.first().is_none_or(|row| row.flag(0));
        Ok(Reach { opaque, ..Reach::default() })
    }

    /// Of those that the server brings along none takes anything away.
    fn routine(&mut self, name: &TableName) -> Result<Routine> {
        let sql = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                   WHERE p.proname = $1 AND n.nspname <> 'pg_catalog')";
        let own = self.query(sql, &[name.name().into()])?.first().is_none_or(|row| row.flag(0));
        Ok(if own { Routine::Opaque } else { Routine::None })
    }

    fn tables_in(&mut self, schema: &str) -> Result<Vec<TableName>> {
        let sql = format!(
            "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND {IS_USERS} ORDER BY 1"
        );
        let rows = self.query(&sql, &[schema.into()])?;
        Ok(rows.iter().map(|row| (schema, row.text(0).as_str()).into()).collect())
    }

    fn notices_deletes(&self) -> bool {
        true
    }

    fn mark(&mut self, manner: &Manner<'_>) -> Result<Mark> {
        if let Some(known) = manner.known.filter(|_| !manner.closely) {
            return mark_again(self, known);
        }
        let counters = counters_of("c.oid");
        let sql = format!(
            "SELECT string_agg(concat_ws(e'\\x1f', c.oid, {counters}, c.relfilenode, c.relname, n.nspname), e'\\x1e'), {CAN_SETTLE} \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {IS_USERS}"
        );
        let rows = self.query(&sql, &[])?;
        let told = rows.first().map(|row| row.text(0)).unwrap_or_default();
        let mut mark = Mark { closely: true, ..Mark::default() };
        let mut standing = BTreeMap::new();
        if rows.first().is_some_and(|row| row.flag(1)) {
            glance::able_to_settle(&mut standing);
        }
        for (oid, counters, line) in told_of(&told) {
            mark.counters.extend(counters.iter().any(|&one| one != 0).then(|| (oid.clone(), counters)));
            standing.insert(oid, line);
        }
        mark.standing = Arc::new(standing);
        Ok(mark)
    }

    fn sight(&mut self, mark: &Mark) -> Result<Option<Sight>> {
        glance::sight(self, mark).map(Some)
    }

    fn moved(&mut self, mark: &Mark, sight: Option<Sight>) -> Result<Moved> {
        let sight = sight.map_or_else(|| glance::sight(self, mark), Ok)?;
        if let Some(certain) = glance::glance(self, mark, &sight)? {
            return Ok(certain);
        }
        let counted = glance::is_counted(&sight);
        let schemas_renamed = glance::has_renamed_schemas(&sight);
        let mut moved = Moved { settled: sight.settled, schemas_renamed, ..Moved::default() };
        let mut suspects: BTreeMap<String, Suspect> = BTreeMap::new();
        let mut touched = self.query(&touched(), &[])?;
        if touched.iter().any(|row| row.flag(15)) {
            fire_deferred(self)?;
            touched = self.query(&self::touched(), &[])?;
        }
        let mut found: BTreeMap<String, Relation> = BTreeMap::new();
        for row in touched {
            let (oid, is_there) = (row.text(0), row.flag(1));
            if is_there {
                found.insert(oid.clone(), Relation::of(&row));
            }
            match mark.standing.get(&oid) {
                // A mark that was not taken anew does not know what others made since.
                None if is_there && (mark.closely || row.flag(14)) => moved.made.push(named(&row)),
                None if is_there => moved.unknown.push(named(&row)),
                None => moved.look_closer |= !mark.closely,
                Some(line) => {
                    let counters = mark.counters.get(&oid).map_or(&[0; 3][..], Vec::as_slice);
                    let before = Stood { line, counters, counted, name: name_before(&row, line) };
                    if !is_there || before.name != named(&row) {
                        moved.renamed.push((before.name.clone(), is_there.then(|| named(&row))));
                    }
                    suspect(&mut suspects, &row, &before);
                }
            }
            if is_there {
                moved.touched.insert(oid, vec![row.text(2), row.text(7), row.text(6)]);
            }
        }
        if glance::may_have_dropped(&sight) {
            for row in composites::holders_of_less(self)? {
                if mark.standing.contains_key(row.as_text(0)) {
                    let table = table_name(row.as_text(1), row.as_text(2), row.flag(3));
                    let one = suspects.entry(row.text(0)).or_default();
                    (one.identity, one.altered) = (row.text(0), true);
                    one.table.get_or_insert(table);
                }
            }
        }
        // Others may have used the session, behind a pooler: then rows look inserted that they brought.
        let both = |one: &Suspect| one.deleted > 0 && one.inserted > 0;
        moved.look_closer |= !mark.closely && suspects.values().any(both);
        for suspect in suspects.values_mut() {
            suspect.lost = lost(self, suspect)?;
            if suspect.net {
                // A row that goes to another partition went and came, and may have been changed on the way.
                suspect.updated += suspect.deleted.min(suspect.inserted);
            }
            let place = found.remove(&suspect.identity);
            if suspect.updated > 0 && !suspect.altered && !has_nulls_of_ours(self, suspect, place)? {
                suspect.updated = 0;
            }
        }
        moved.suspects = suspects.into_values().filter(Suspect::is_one).collect();
        Ok(moved)
    }

    fn narrowed(&mut self, table: &TableName, column: &str, to: &str, using: Option<&str>) -> Result<i64> {
        let Some(found) = find(self, &Wanted::named(table, [column]))? else { return Ok(0) };
        let columns = columns(self, &found)?;
        let Some(there) = columns.iter().map(|(there, _)| there).find(|there| there.name == column) else {
            return Ok(0);
        };
        let column = Renderer.quote(column);
        let value = using.map_or_else(|| column.clone(), |using| format!("({using})"));
        let sql = format!(
            "SELECT count(*) FROM {} WHERE CAST(CAST({value} AS {to}) AS {}) IS DISTINCT FROM {column}",
            found.place(),
            there.sql_type
        );
        let whole = format!("SELECT count({column}) FROM {}", found.place());
        // What cannot be cast there and back is all in danger.
        driver::begin(self)?;
        match (self as &mut dyn Database).count(&sql, &[]) {
            Ok(count) => driver::commit(self).map(|()| count),
            Err(_) => {
                driver::rollback(self)?;
                (self as &mut dyn Database).count(&whole, &[])
            }
        }
    }
}

/// Counters of what nobody has touched are at nothing.
fn mark_again(conn: &mut impl Session, known: &Known) -> Result<Mark> {
    let mut mark = Mark { standing: known.standing.clone(), ..Mark::default() };
    if !known.touched.is_empty() {
        let oids = known.touched.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let sql = format!(
            "SELECT string_agg(concat_ws(e'\\x1f', oid, {}), e'\\x1e') FROM unnest('{{{oids}}}'::oid[]) AS oid",
            counters_of("oid")
        );
        let told = conn.query(&sql, &[])?.first().map(|row| row.text(0)).unwrap_or_default();
        let counted = told_of(&told).filter(|(_, counters, _)| counters.iter().any(|&one| one != 0));
        mark.counters = counted.map(|(oid, counters, _)| (oid, counters)).collect();
    }
    Ok(mark)
}

/// Whether nothing hangs on the table that could reach further: no trigger, rule, partition, default, check, or key that
/// follows its own. Asked so that the server plans next to nothing.
fn is_plain(conn: &mut impl Session, table: &TableName) -> Result<bool> {
    if Renderer.check_table_name(table).is_err() {
        return Ok(false);
    }
    let sql = "SELECT c.relkind = 'r' AND c.relpersistence <> 't' AND NOT c.relhasrules AND c.relchecks = 0, c.relhastriggers, \
        c.oid::text, (SELECT count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.atthasdef) \
        FROM pg_catalog.pg_class c WHERE c.oid = to_regclass($1::text)";
    let rows = conn.query(sql, &[Renderer.table(table).into()])?;
    let Some(row) = rows.first().filter(|row| row.flag(0) && row.integer(3) == 0) else { return Ok(false) };
    Ok(!row.flag(1) || !has_reaching_triggers(conn, &row.text(2))?)
}

/// A trigger of the user's, or of a key that follows the one that it references.
fn has_reaching_triggers(conn: &mut impl Session, oid: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = $1::text::oid AND (NOT t.tgisinternal \
        OR t.tgfoid IN ('pg_catalog.\"RI_FKey_setnull_upd\"'::regproc, 'pg_catalog.\"RI_FKey_setdefault_upd\"'::regproc)) LIMIT 1";
    Ok(!conn.query(sql, &[oid.into()])?.is_empty())
}

fn counter(what: &str, oid: &str) -> String {
    format!("pg_catalog.pg_stat_get_xact_tuples_{what}({oid})")
}

/// What waits for the commit is done now, so that it is looked at: triggers alone, for keys may be mended until then.
fn fire_deferred(conn: &mut impl Session) -> Result<()> {
    let sql = "SELECT n.nspname, t.tgname FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE t.tgdeferrable AND NOT t.tgisinternal ORDER BY 1, 2";
    let names = conn.query(sql, &[])?;
    let names = names.iter().map(|row| Renderer.table(&(row.text(0).as_str(), row.text(1).as_str()).into()));
    conn.batch(&format!("SET CONSTRAINTS {} IMMEDIATE", names.collect::<Vec<_>>().join(", ")))
}

/// What the session did to a relation.
fn counters_of(oid: &str) -> String {
    ["inserted", "updated", "deleted"].map(|what| counter(what, oid)).join(", ")
}

/// Of each relation its oid, counters, and what else was asked.
fn told_of(told: &str) -> impl Iterator<Item = (String, Vec<i64>, Vec<String>)> {
    told.split('\x1e').filter(|line| !line.is_empty()).map(|line| {
        let mut parts = line.split('\x1f');
        let oid = parts.next().unwrap_or_default().to_owned();
        let counters = parts.by_ref().take(3).map(|count| count.parse().unwrap_or(0)).collect();
        (oid, counters, parts.map(str::to_owned).collect())
    })
}

/// The relations that this transaction has changed, with their counters: oid, whether it is there, its file, rows
/// inserted, updated, deleted, schema, name, whether the name alone finds it, the root of its partitions with the same
/// three, whether a column of it was dropped, whether it was made here,
/// whether a trigger of it may wait for the commit, whether policies hide rows of it, where names are looked for.
fn touched() -> String {
    let (ours, counters) = (is_ours("a"), counters_of("l.oid"));
    format!(
        "WITH locked AS (SELECT DISTINCT l.relation AS oid FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' \
         AND l.pid = pg_backend_pid() AND l.granted AND l.relation >= 16384 \
         AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()) \
         AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) \
         SELECT l.oid::text, c.oid IS NOT NULL, c.relfilenode::text, {counters}, \
         n.nspname, c.relname, pg_table_is_visible(c.oid), r.oid::text, m.nspname, r.relname, pg_table_is_visible(r.oid), \
         EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attisdropped AND {ours}), \
         EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = -1 AND {ours} AND age(a.xmin) >= 0), \
         EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgdeferrable AND NOT t.tgisinternal), c.relrowsecurity, \
         array_to_string(current_schemas(true), e'\\x1f') \
         FROM locked l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.oid \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_class r ON c.relispartition AND r.oid = pg_partition_root(c.oid) \
         LEFT JOIN pg_catalog.pg_namespace m ON m.oid = r.relnamespace \
         WHERE c.oid IS NULL OR {IS_USERS}"
    )
}

/// The name as SQL of this session would say it.
fn table_name(schema: &str, name: &str, visible: bool) -> TableName {
    if visible { name.into() } else { (schema, name).into() }
}

fn named(row: &Record) -> TableName {
    table_name(&row.text(6), &row.text(7), row.flag(8))
}

/// A table as it stood at the mark.
struct Stood<'m> {
    line: &'m [String],
    counters: &'m [i64],
    /// Whether the server counts what is done to it.
    counted: bool,
    name: TableName,
}

/// The name that a table had at the mark. One that it has no more is taken to have been found where names are looked for.
fn name_before(row: &Record, line: &[String]) -> TableName {
    let (name, schema) = (line[1].as_str(), line.get(2).map(String::as_str).unwrap_or_default());
    if row.flag(1) && (row.as_text(7), row.as_text(6)) == (name, schema) {
        return named(row);
    }
    table_name(schema, name, row.as_text(17).split('\x1f').any(|one| one == schema))
}

/// What a row of [`touched`] says of a table that stood at the mark. Partitions count for their root.
fn suspect(suspects: &mut BTreeMap<String, Suspect>, row: &Record, before: &Stood<'_>) {
    let since = |position: usize| row.integer(position) - before.counters[position - 3];
    let is_there = row.flag(1);
    let rewritten = is_there && row.text(2) != before.line[0];
    let (identity, table) = match (is_there, row.optional_text(9)) {
        (false, _) => (row.text(0), before.name.clone()),
        (true, Some(root)) => (root, table_name(&row.text(10), &row.text(11), row.flag(12))),
        (true, None) => (row.text(0), before.name.clone()),
    };
    let one = suspects.entry(identity.clone()).or_default();
    one.identity = identity;
    one.table = Some(table);
    one.inserted += since(3);
    one.updated += since(4);
    one.deleted += since(5);
    one.rewritten |= rewritten;
    one.uncounted |= is_there && !before.counted;
    one.net |= is_there && row.optional_text(9).is_some();
    one.altered |= !is_there || row.flag(13) || rewritten;
}

/// Rows deleted less those deleted of the rows inserted: what was inserted and is not there any more. Rows that were
/// changed look inserted too, and are taken for such.
fn lost(conn: &mut impl Session, suspect: &mut Suspect) -> Result<i64> {
    if suspect.net {
        return Ok((suspect.deleted - suspect.inserted).max(0));
    }
    if suspect.deleted <= 0 || suspect.inserted <= 0 || suspect.altered {
        return Ok(suspect.deleted.max(0));
    }
    let wanted = Wanted::identified(&suspect.identity);
    let Some(found) = find(conn, &wanted)? else { return Ok(suspect.deleted) };
    let ours = is_ours("t");
    let standing =
        (conn as &mut dyn Database).count(&format!("SELECT count(*) FROM {} AS t WHERE {ours}", found.place()), &[])?;
    let own_deleted = suspect.inserted - standing.min(suspect.inserted);
    // A savepoint may have taken back what came, or what went: only counting tells.
    suspect.standing = Some(standing);
    Ok((suspect.deleted - own_deleted).max(0))
}

/// Whether a row that this transaction wrote has a NULL in it: where none has, no value was made NULL.
fn has_nulls_of_ours(conn: &mut impl Session, suspect: &Suspect, found: Option<Relation>) -> Result<bool> {
    let found = match found {
        None => find(conn, &Wanted::identified(&suspect.identity))?,
        found => found,
    };
    let Some(found) = found.filter(|found| !found.guarded_rows) else { return Ok(true) };
    let ours = is_ours("t");
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {} AS t WHERE {ours} AND NOT (t.* IS NOT NULL))", found.place());
    Ok(conn.query(&sql, &[])?.first().is_none_or(|row| row.flag(0)))
}

/// A table that is there.
struct Relation {
    oid: String,
    schema: String,
    name: String,
    visible: bool,
    guarded_rows: bool,
}

impl Relation {
    /// As a row of [`touched`] tells.
    fn of(row: &Record) -> Self {
        Self {
            oid: row.text(0),
            schema: row.text(6),
            name: row.text(7),
            visible: row.flag(8),
            guarded_rows: row.flag(16),
        }
    }

    /// Without a row.
    fn tally(&self, wanted: &Wanted) -> Tally {
        Tally {
            table: table_name(&self.schema, &self.name, self.visible),
            identity: self.oid.clone(),
            rows: 0,
            old_rows: 0,
            since: None,
            columns: Vec::new(),
            known: Vec::new(),
            within: wanted.within.clone(),
            exact: false,
        }
    }

    fn place(&self) -> String {
        Renderer.table(&(self.schema.as_str(), self.name.as_str()).into())
    }
}

fn find(conn: &mut impl Session, wanted: &Wanted) -> Result<Option<Relation>> {
    let (which, binds): (String, Vec<Value>) = match &wanted.identity {
        Some(oid) => ("SELECT $1::text::oid AS oid".to_owned(), vec![oid.as_str().into()]),
        None => (catalog::relation("$1::text", "$2::text"), catalog::binds(&wanted.table)),
    };
    let sql = format!(
        "SELECT c.oid::text, n.nspname, c.relname, pg_table_is_visible(c.oid), c.relrowsecurity \
         FROM ({which}) w JOIN pg_catalog.pg_class c ON c.oid = w.oid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE {IS_USERS}"
    );
    let rows = conn.query(&sql, &binds)?;
    Ok(rows.first().map(|row| Relation {
        oid: row.text(0),
        schema: row.text(1),
        name: row.text(2),
        visible: row.flag(3),
        guarded_rows: row.flag(4),
    }))
}

/// Number, name and type of what is stored, and whether its values have parts; what is computed is nobody's loss.
fn columns(conn: &mut impl Session, found: &Relation) -> Result<Vec<(ColumnTally, bool)>> {
    let sql = format!(
        "SELECT a.attnum::int8, a.attname, format_type(a.atttypid, a.atttypmod), {} FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum",
        composites::HAS_PARTS
    );
    let rows = conn.query(&sql, &[found.oid.as_str().into()])?;
    let column = |row: &Record| {
        let (number, name, sql_type) = (row.integer(0), row.text(1), row.text(2));
        (ColumnTally { number, name, sql_type, values: 0, digest: None }, row.flag(3))
    };
    Ok(rows.iter().map(column).collect())
}

fn is_empty(conn: &mut impl Session, found: &Relation) -> Result<bool> {
    let rows = conn.query(&format!("SELECT EXISTS (SELECT FROM {})", found.place()), &[])?;
    Ok(rows.first().is_some_and(|row| !row.flag(0)))
}

fn counted(conn: &mut impl Session, found: &Relation, wanted: &Wanted) -> Result<Tally> {
    let mut columns = columns(conn, found)?;
    let known = columns.iter().map(|(column, _)| column.name.clone()).collect();
    if let Columns::Named(names) = &wanted.columns {
        columns.retain(|(column, _)| names.contains(&column.name));
    }
    let values = columns.iter().map(|(column, has_parts)| {
        let name = Renderer.quote(&column.name);
        let values = if *has_parts { composites::count_of_parts(&name) } else { format!("count({name})") };
        if wanted.digests { format!(", {values}, {}", digest(&name)) } else { format!(", {values}, NULL") }
    });
    let filter = Wanted::filter(wanted.within.as_deref());
    let sql = format!("SELECT count(*){} FROM {}{filter}", values.collect::<String>(), found.place());
    let rows = if found.guarded_rows { revealed(conn, &sql)? } else { conn.query(&sql, &[])? };
    let value = |position: usize| rows.first().map_or(0, |row| row.integer(position));
    let mut columns: Vec<ColumnTally> = columns.into_iter().map(|(column, _)| column).collect();
    for (at, column) in columns.iter_mut().enumerate() {
        column.values = value(1 + 2 * at);
        column.digest = rows.first().and_then(|row| row.optional_text(2 + 2 * at));
    }
    Ok(Tally { rows: value(0), old_rows: value(0), columns, known, ..found.tally(wanted) })
}

/// Rows that a policy hides count too.
fn revealed(conn: &mut impl Session, sql: &str) -> Result<Vec<Record>> {
    let hidden = conn.query("SELECT current_setting('row_security')", &[])?.first().map(|row| row.text(0));
    conn.batch("SET row_security = off")?;
    let rows = conn.query(sql, &[]);
    let put_back = conn.batch(&format!("SET row_security = {}", hidden.unwrap_or_else(|| "on".to_owned())));
    // After an error a transaction answers nothing more, and going back to before it puts the setting back too.
    rows.and_then(|rows| put_back.map(|()| rows))
}

/// Of the values whatever their order.
fn digest(value: &str) -> String {
    format!("coalesce(sum(hashtextextended({value}::text, 0)), 0)::text")
}

fn column_digest(conn: &mut impl Session, found: &Relation, column: &str) -> Result<Option<String>> {
    let sql = format!("SELECT {} FROM {}", digest(&Renderer.quote(column)), found.place());
    let rows = if found.guarded_rows { revealed(conn, &sql)? } else { conn.query(&sql, &[])? };
    Ok(rows.first().and_then(|row| row.optional_text(0)))
}

/// The digest of a column's values cast to another type; none where they cannot be.
fn digest_as(conn: &mut impl Session, found: &Relation, column: &str, sql_type: &str) -> Result<Option<String>> {
    let value = format!("CAST({} AS {sql_type})", Renderer.quote(column));
    driver::begin(conn)?;
    match conn.query(&format!("SELECT {} FROM {}", digest(&value), found.place()), &[]) {
        Ok(rows) => driver::commit(conn).map(|()| rows.first().and_then(|row| row.optional_text(0))),
        Err(_) => driver::rollback(conn).map(|()| None),
    }
}
