//! The whole schema of a large database.

use std::fmt::Write;

use migrator_core::inspect_schema;

use crate::Answer;
use crate::connection::{self, Connected};
use crate::place::{Engine, Place};
use crate::race::{Side, goal, print, race};

const ROUNDS: usize = 15;
pub const TABLES: usize = 5_000;
pub const COLUMNS: usize = 20;

/// The same facts, unsorted and without any meaning made of them.
const SQLITE: [&str; 3] = [
    "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden \
     FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'",
    "SELECT m.name, i.name, i.\"unique\", i.origin, i.partial, c.name \
     FROM sqlite_schema m, pragma_index_list(m.name) i, pragma_index_info(i.name) c WHERE m.type = 'table'",
    "SELECT m.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete \
     FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'",
];

const POSTGRES: [&str; 3] = [
    "SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
     pg_get_expr(d.adbin, d.adrelid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
     WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped",
    "SELECT c.relname, x.relname, i.indisunique, i.indisvalid, i.indkey::int2[], pg_get_expr(i.indpred, i.indrelid) \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_class x ON x.oid = i.indexrelid WHERE n.nspname = current_schema()",
    "SELECT c.relname, k.conname, k.contype, k.conkey, f.relname, k.confkey, k.confdeltype, k.confupdtype \
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
     LEFT JOIN pg_class f ON f.oid = k.confrelid WHERE n.nspname = current_schema()",
];

const MARIADB: [&str; 3] = [
    "SELECT table_name, column_name, column_type, is_nullable, column_default, extra FROM information_schema.columns \
     WHERE table_schema = database()",
    "SELECT table_name, index_name, non_unique, column_name FROM information_schema.statistics \
     WHERE table_schema = database()",
    "SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, k.referenced_column_name, \
     r.delete_rule, r.update_rule FROM information_schema.key_column_usage k \
     JOIN information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema \
     AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name WHERE k.table_schema = database()",
];

pub fn run(places: &[Place], rounds: Option<usize>) -> Answer<()> {
    for place in places.iter().filter(|place| place.name != "sqlite-wal") {
        let database = place.fresh()?;
        let (mut conn, sent) = connection::counted(&database)?;
        fill(&mut *conn, place.engine)?;
        let (mut bare, sent_bare) = connection::counted(&database)?;
        let queries = match place.engine {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => POSTGRES,
            Engine::MariaDb => MARIADB,
        };
        let ours = Side::repeated("inspect_schema", || {
            let before = sent.so_far();
            let found = inspect_schema(&mut *conn)?.tables.len();
            if found != TABLES {
                return Err(format!("{found} tables were seen, not {TABLES}").into());
            }
            Ok(Some(sent.so_far() - before))
        });
        let theirs = Side::repeated("bare catalog queries", || {
            let before = sent_bare.so_far();
            for query in queries {
                bare.read(query)?;
            }
            Ok(Some(sent_bare.so_far() - before))
        });
        let standings = race(vec![ours, theirs], rounds.unwrap_or(ROUNDS))?;
        let [ours, theirs] = &standings[..] else { continue };
        print(&format!("inspect, {}, {TABLES} tables x {COLUMNS} columns", place.name), &standings, theirs);
        goal("inspect_schema to the bare queries", ours.to(theirs), 1.5);
    }
    Ok(())
}

/// Each table has a primary key, a unique key, an index and, but for the first, a foreign key.
pub fn fill(conn: &mut dyn Connected, engine: Engine) -> Answer<()> {
    if engine == Engine::Sqlite {
        conn.batch("PRAGMA synchronous = OFF")?;
    }
    for chunk in (0..TABLES).collect::<Vec<_>>().chunks(100) {
        let tables: String = chunk.iter().map(|&number| table(number)).collect();
        // Where DDL commits by itself this is one long list of statements.
        conn.batch(&format!("BEGIN;\n{tables}COMMIT"))?;
    }
    if engine == Engine::Postgres {
        conn.batch("ANALYZE")?;
    }
    Ok(())
}

fn table(number: usize) -> String {
    let mut sql = format!("CREATE TABLE t_{number:05} (id BIGINT NOT NULL PRIMARY KEY, parent BIGINT");
    for column in 2..COLUMNS {
        let column_type =
            ["VARCHAR(80) NOT NULL", "INTEGER NOT NULL DEFAULT 0", "TIMESTAMP", "NUMERIC(12, 2)"][column % 4];
        write!(sql, ", c_{column:02} {column_type}").ok();
    }
    write!(sql, ", CONSTRAINT u_{number:05} UNIQUE (c_04)").ok();
    if let Some(parent) = number.checked_sub(1) {
        write!(sql, ", CONSTRAINT f_{number:05} FOREIGN KEY (parent) REFERENCES t_{parent:05} (id) ON DELETE CASCADE")
            .ok();
    }
    format!("{sql});\nCREATE INDEX i_{number:05} ON t_{number:05} (c_03, c_05);\n")
}
