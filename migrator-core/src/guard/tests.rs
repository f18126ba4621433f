//! What is read from statements, and what is counted as lost.

use super::*;
use crate::connection::{ColumnTally, Tally};
use crate::dialect::Dialect::{self, MariaDb, MySql, Postgres, Sqlite};
use crate::metadata::Loss;

/// The effects in short: `deletes a`, `updates a (b)`.
fn told(sql: &str, dialect: Dialect) -> String {
    let one = |effect: Effect| match effect {
        Effect::Makes { table, unless_there } => format!("makes {table}{}", if unless_there { "?" } else { "" }),
        Effect::Renames { from, to } => format!("renames {from} {to}"),
        Effect::Inserts(table) => format!("inserts {table}"),
        Effect::Updates { table, columns } => format!("updates {table} ({})", columns.join(" ")),
        Effect::Deletes(table) => format!("deletes {table}"),
        Effect::Evicts(table) => format!("evicts {table}"),
        Effect::Drops(table) => format!("drops {table}"),
        Effect::Empties { table, cascades } => format!("empties {table}{}", if cascades { "+" } else { "" }),
        Effect::DropsColumn { table, column } => format!("drops {table}.{column}"),
        Effect::Retypes { table, column, to, using } => {
            format!("retypes {table}.{column} {to}{}", using.map(|using| format!(" by {using}")).unwrap_or_default())
        }
        Effect::DropsPartitions { table, partitions } => format!("drops {} of {table}", partitions.join(" ")),
        Effect::DropsSchema(schema) => format!("drops schema {schema}"),
        Effect::Calls(name) => format!("calls {name}"),
        Effect::Receives(table) => format!("receives {table}"),
        Effect::Reads => "reads".to_owned(),
        Effect::Elsewhere => "elsewhere".to_owned(),
        Effect::RenamesSchema => "renames a schema".to_owned(),
        Effect::Opaque => "opaque".to_owned(),
    };
    // That rows are read besides is looked at by itself.
    read(sql, dialect).into_iter().filter(|effect| *effect != Effect::Reads).map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_statement_is_read_for_what_it_takes() {
    for (dialect, sql, wanted) in [
        (Postgres, "DELETE FROM ONLY Users u USING orgs WHERE u.a = 1", "deletes users"),
        (Postgres, "delete from \"Users\" where a = ';'", "deletes Users"),
        (Postgres, "DELETE FROM app.users", "deletes app.users"),
        (MySql, "DELETE a FROM t AS a JOIN u ON a.x = u.x WHERE u.y", "deletes t, deletes u"),
        (MariaDb, "DELETE FROM a, b USING a INNER JOIN b ON a.x = b.x", "deletes a, deletes b"),
        (MySql, "DELETE LOW_PRIORITY FROM `t` WHERE a = 1 LIMIT 3", "deletes t"),
        (Postgres, "WITH old AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM old", "inserts b, deletes a"),
        (Postgres, "WITH n AS (SELECT 1) DELETE FROM a", "deletes a"),
        (Postgres, "EXPLAIN ANALYZE DELETE FROM a", "deletes a"),
        (Postgres, "EXPLAIN DELETE FROM a", ""),
        (Postgres, "TRUNCATE a, b.c RESTART IDENTITY CASCADE", "empties a+, empties b.c+"),
        (MySql, "TRUNCATE TABLE a", "empties a"),
        (Postgres, "DROP TABLE IF EXISTS a, b CASCADE", "drops a, drops b"),
        (Postgres, "DROP SCHEMA s, t CASCADE", "drops schema s, drops schema t"),
        (Postgres, "DROP TYPE mood CASCADE", "opaque"),
        (Postgres, "DROP VIEW v", ""),
        (Postgres, "DROP INDEX CONCURRENTLY i", ""),
        (Sqlite, "DROP TABLE 'a'", "drops a"),
        (Sqlite, "DROP TABLE main.[a b]", "drops a b"),
        (Postgres, "ALTER TABLE a DROP b, DROP COLUMN IF EXISTS c CASCADE, ADD d int", "drops a.b, drops a.c"),
        (Postgres, "ALTER TABLE a DROP CONSTRAINT b, ALTER c DROP NOT NULL, ALTER COLUMN d DROP DEFAULT", ""),
        (
            Postgres,
            "ALTER TABLE a ALTER b TYPE numeric(10, 2) USING round(b, 2), ALTER c SET DATA TYPE text",
            "retypes a.b numeric(10, 2) by round(b, 2), retypes a.c text",
        ),
        (
            MySql,
            "ALTER TABLE a MODIFY COLUMN b VARCHAR(10) NOT NULL, CHANGE c d INT UNSIGNED",
            "retypes a.b VARCHAR(10), retypes a.c INT UNSIGNED",
        ),
        (MySql, "ALTER TABLE a DROP PRIMARY KEY, DROP FOREIGN KEY f, DROP INDEX i, DROP KEY k, DROP c", "drops a.c"),
        (MySql, "ALTER TABLE a DROP PARTITION p0, p1", "drops p0 p1 of a"),
        (MySql, "ALTER TABLE a TRUNCATE PARTITION p0", "drops p0 of a"),
        (MariaDb, "ALTER IGNORE TABLE a ADD UNIQUE (b)", "empties a"),
        (MariaDb, "CREATE OR REPLACE TABLE a (b INT)", "drops a, makes a"),
        (Postgres, "CREATE TABLE IF NOT EXISTS a (b INT REFERENCES c ON DELETE CASCADE)", "makes a?"),
        (Postgres, "CREATE UNIQUE INDEX i ON a (lower(b))", ""),
        (Postgres, "CREATE FUNCTION f() RETURNS void AS $$ DELETE FROM a $$ LANGUAGE sql", ""),
        (Postgres, "ALTER TABLE a RENAME TO b", "renames a b"),
        (Postgres, "ALTER TABLE a RENAME b TO c", ""),
        (Postgres, "ALTER TABLE a RENAME COLUMN b TO c", ""),
        (MySql, "RENAME TABLE a TO b, c TO d", "renames a b, renames c d"),
        (Postgres, "UPDATE a SET b = NULL, c = 'x', (d, e) = (SELECT 1, 2), f = 3 WHERE g", "updates a (b d e)"),
        (Postgres, "UPDATE a SET b = lower(b) FROM c WHERE a.x = c.x", "updates a ()"),
        (Sqlite, "UPDATE a SET B = b + 1, c = 'x' || c, d = 2 * d - 1 WHERE e", "updates a ()"),
        (Postgres, "UPDATE a SET \"B\" = b + 1, c = d || 'x', e = f.e + 1, g = nullif(g, 1)", "updates a (B c e g)"),
        (Sqlite, "UPDATE a SET b = b - b, c = c * 0, d = d + 1e999, e = e / 2, f = f + '1'", "updates a (b c d e f)"),
        (MySql, "UPDATE a SET b = coalesce(c, left(d, 2), 'x'), e = ifnull(e, 0), f = trim(f)", "updates a ()"),
        (Postgres, "UPDATE a SET b = coalesce(b, c), d = coalesce('x', d), e = lower(e || f)", "updates a (b d e)"),
        (Postgres, "UPDATE a SET b = coalesce(b, 'x') || c, d = d::int, e = (e + 1)", "updates a (b d e)"),
        (MySql, "UPDATE a JOIN b ON a.x = b.x SET a.y = b.y", "updates a (y), updates b (y)"),
        (Sqlite, "UPDATE OR REPLACE a SET b = 1", "updates a (), evicts a"),
        (Sqlite, "INSERT OR REPLACE INTO a VALUES (1)", "evicts a"),
        (MySql, "REPLACE INTO a VALUES (1)", "evicts a"),
        (
            Postgres,
            "INSERT INTO a (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET c = excluded.c",
            "inserts a, updates a (c)",
        ),
        (MySql, "INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE b = NULL", "inserts a, updates a (b)"),
        (
            Postgres,
            "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (1)",
            "inserts a, deletes a",
        ),
        (Postgres, "DO $$ BEGIN EXECUTE 'x'; END $$", "opaque"),
        (Postgres, "SELECT purge(7), count(*) FROM a", "calls purge"),
        (Postgres, "SELECT setval('a_id_seq', max(id)) FROM a", ""),
        (Postgres, "INSERT INTO a (b, c) VALUES (lower('X'), 1)", "inserts a"),
        (MySql, "CALL app.purge(1)", "calls app.purge"),
        (MySql, "LOAD DATA LOCAL INFILE 'x.csv' REPLACE INTO TABLE `a` (b, c)", "evicts a"),
        (MariaDb, "LOAD DATA INFILE 'replace' IGNORE INTO TABLE s.a FIELDS TERMINATED BY ','", "inserts s.a"),
        (MySql, "LOAD INDEX INTO CACHE a", ""),
        (Postgres, "COPY a (b) FROM STDIN", "inserts a"),
        (Postgres, "COPY (DELETE FROM a RETURNING *) TO '/tmp/x'", "deletes a"),
        (MySql, "/*!50000 DROP TABLE a */", "drops a"),
        (Sqlite, "PRAGMA writable_schema = 1", "opaque"),
        (Postgres, "GRANT DELETE ON a TO b", ""),
        (Postgres, "COMMENT ON TABLE a IS 'DELETE FROM a'", ""),
        (Postgres, "CREATE TRIGGER t AFTER DELETE ON a EXECUTE FUNCTION f()", ""),
        (Postgres, "SELECT * FROM a FOR UPDATE", ""),
        (Postgres, "SET LOCAL search_path = b, public", "elsewhere"),
        (Postgres, "SET SCHEMA 'b'", "elsewhere"),
        (Postgres, "SELECT set_config('search_path', 'b', true)", "elsewhere"),
        (Postgres, "RESET search_path", "elsewhere"),
        (Postgres, "SET lock_timeout = 0", ""),
        (Postgres, "SELECT app.merge(1), merge(1)", "calls app.merge"),
        (Postgres, "SELECT b INTO TABLE a FROM c", "makes a"),
        (MariaDb, "USE b", "elsewhere"),
        (MariaDb, "SET STATEMENT max_statement_time = 9 FOR DELETE FROM a", "deletes a"),
        (MariaDb, "ALTER TABLE a MODIFY b INT AS (1) STORED, MODIFY c INT", "drops a.b, retypes a.c INT"),
        (MariaDb, "DELETE HISTORY FROM a", "opaque"),
    ] {
        assert_eq!(told(sql, dialect), wanted, "{sql}");
    }
}

#[test]
fn what_reads_is_told_on_postgresql_where_views_and_operators_may_be_functions() {
    let reads = |sql, dialect| read(sql, dialect).contains(&Effect::Reads);
    for sql in ["SELECT * FROM v", "INSERT INTO a SELECT b FROM v", "REFRESH MATERIALIZED VIEW v", "TABLE v"] {
        assert!(reads(sql, Postgres), "{sql}");
        assert!(!reads(sql, Sqlite), "{sql}");
    }
    for sql in ["CREATE TABLE a (id int)", "INSERT INTO a VALUES (1)", "UPDATE a SET b = 1", "DROP VIEW v"] {
        assert!(!reads(sql, Postgres), "{sql}");
    }
}

#[test]
fn names_change_hands_in_the_order_that_is_said() {
    assert_eq!(told("RENAME TABLE logs TO b, a TO logs", MySql), "renames logs b, renames a logs");
}

#[test]
fn a_body_is_read_for_every_statement_in_it() {
    let trigger = "CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW BEGIN UPDATE b SET c = NULL; DELETE FROM d; END";
    let tables: Vec<_> =
        read_inside(trigger, Sqlite).iter().filter_map(|effect| effect.table().map(ToString::to_string)).collect();
    assert_eq!(tables, ["b", "d"]);
}

fn tally(rows: i64, columns: &[(i64, &str, i64)]) -> Tally {
    let column = |(number, name, values): &(i64, &str, i64)| ColumnTally {
        number: *number,
        name: (*name).to_owned(),
        values: *values,
        digest: None,
        sql_type: "text".to_owned(),
    };
    Tally {
        table: "t".into(),
        identity: "7".to_owned(),
        rows,
        old_rows: rows,
        since: None,
        columns: columns.iter().map(column).collect(),
        known: columns.iter().map(|(_, name, _)| (*name).to_owned()).collect(),
        within: None,
        exact: false,
    }
}

fn found(before: &Tally, after: Option<&Tally>) -> Vec<(Loss, i64)> {
    losses(before, after, 0).into_iter().map(|found| (found.loss, found.count)).collect()
}

#[test]
fn what_is_gone_is_lost_unless_nothing_was_in_it() {
    let before = tally(3, &[(1, "a", 3), (2, "b", 0)]);
    assert_eq!(found(&before, None), [(Loss::table("t"), 3)]);
    assert_eq!(found(&tally(0, &[]), None), []);
    assert_eq!(found(&before, Some(&tally(3, &[(1, "a", 3)]))), [], "a column without values may go");
    assert_eq!(found(&before, Some(&tally(3, &[(2, "b", 0)]))), [(Loss::column("t", "a"), 3)]);
    assert_eq!(found(&before, Some(&tally(1, &[(1, "a", 1)]))), [(Loss::rows("t"), 2)], "their values go with them");
    assert_eq!(found(&before, Some(&tally(3, &[(1, "a", 1), (2, "b", 9)]))), [(Loss::column("t", "a"), 2)]);
}

#[test]
fn a_new_name_is_no_loss() {
    let before = tally(3, &[(1, "a", 3)]);
    assert_eq!(found(&before, Some(&tally(3, &[(1, "renamed", 3)]))), []);
    let swapped = tally(3, &[(1, "b", 3), (2, "a", 3)]);
    assert_eq!(found(&before, Some(&swapped)), []);
    let rebuilt = Tally { identity: "8".to_owned(), ..tally(3, &[(5, "a", 3)]) };
    assert_eq!(found(&before, Some(&rebuilt)), [], "another table under the name, with as much in it");
    let emptier = Tally { identity: "8".to_owned(), ..tally(1, &[(5, "a", 1)]) };
    assert_eq!(found(&before, Some(&emptier)), [(Loss::table("t"), 2)]);
}

#[test]
fn rows_known_to_have_gone_are_lost_whatever_came() {
    let before = tally(3, &[]);
    assert_eq!(losses(&before, Some(&tally(3, &[])), 2)[0].count, 2);
}
