//! What the docs show of each operation is what it sends: the blocks of SQL in the doc comments, and docs/operations.md.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use migrator_core::operation::{ColumnBuilder, TableBuilder};
use migrator_core::prelude::*;
use migrator_core::{Done, ErrorKind, Event, Metadata, Result, row};

use super::handmade::migration;
use super::operations_run::migrate;
use crate::{Engine, TestDatabase, case};

type Operation = fn(&mut Operations<'_>) -> Result<Done>;

/// Each as it is written in the docs, on the tables that those before it left.
macro_rules! examples {
    ($(|$op:ident| $call:expr;)*) => {
        &[$((stringify!($call), |$op| $call),)*]
    };
}

const EXAMPLES: &[(&str, Operation)] = examples! {
    |op| op.create_table("orgs", |t| {
        t.id();
        t.string("name", 80).not_null().unique();
    });
    |op| op.create_table("users", |t| {
        t.id();
        t.string("name", 80).not_null();
        t.big_integer("org_id");
        t.integer("age");
    });
    |op| op.add_column("users", |t| t.string("email", 255));
    |op| op.rename_column("users", "name", "full_name");
    |op| op.alter_column("users", "age", |c| c.set_type(ColumnType::BigInteger).set_not_null());
    |op| op.create_index("users", ["email"]);
    |op| op.drop_index("users", "users_email_idx");
    |op| op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"]).on_delete(Action::Cascade));
    |op| op.add_unique("users", ["email"]);
    |op| op.add_check("users", "grown_up", "age > 17");
    |op| op.drop_constraint("users", "grown_up");
    |op| op.insert_rows("orgs", ["id", "name"], [row![1, "Ada"], row![2, "Grace"]]);
    |op| op.drop_column("users", "email");
    |op| op.rename_table("users", "people");
    |op| op.drop_table("people");
    |op| op.create_enum("mood", ["sad", "ok"]);
    |op| op.add_enum_value("mood", "happy");
    |op| op.drop_enum("mood");
};

/// An example that only prepares the ground.
const SHOWN_BY_ANOTHER: &str = "op.create_table(\"users\"";

const SOURCES: [&str; 6] = [
    include_str!("../../../migrator-core/src/operations/tables.rs"),
    include_str!("../../../migrator-core/src/operations/columns.rs"),
    include_str!("../../../migrator-core/src/operations/indexes.rs"),
    include_str!("../../../migrator-core/src/operations/constraints.rs"),
    include_str!("../../../migrator-core/src/operations/rows.rs"),
    include_str!("../../../migrator-core/src/operations/enums.rs"),
];

const GUIDE: &str = include_str!("../../../docs/operations.md");

fn heading(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
        Engine::MariaDb => "MySQL, MariaDB",
    }
}

/// Without blanks, which line breaks are part of.
fn bare(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// The blocks of SQL: by the call that each begins with, what stands under each database's heading.
fn blocks(text: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut blocks = BTreeMap::new();
    for block in text.split("```sql\n").skip(1) {
        let block = block.split("\n```").next().unwrap();
        let mut parts = block.split("\n-- ").map(|part| part.trim_start_matches("-- "));
        let mut call = parts.next().unwrap().replace("\n--", "\n");
        let mut sections = BTreeMap::new();
        for part in parts {
            let Some((heading, sql)) = part.split_once('\n') else {
                call += part;
                continue;
            };
            sections.insert(heading.to_owned(), sql.to_owned());
        }
        blocks.insert(bare(&call), sections);
    }
    blocks
}

/// The text of doc comments.
fn docs(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.trim_start().strip_prefix("///"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n").collect()
}

/// What an example sends, as the docs write it.
fn shown(db: &TestDatabase, operation: Operation) -> String {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = seen.clone();
    let ended = Migrator::new()
        .with(migration(Metadata::new("z")).up(move |op| Ok(operation(op).map(drop)?)))
        .observer(move |event| {
            if let Event::Statement { sql, .. } = event {
                // A rebuild is told as a comment.
                let told = sql.strip_prefix("-- ").map(|told| format!("/* {told} */"));
                noting.lock().unwrap().push(told.unwrap_or_else(|| format!("{sql};")));
            }
        })
        .run_pending(&mut *db.connect());
    db.sql("delete from __diesel_schema_migrations");
    match ended {
        Ok(_) => seen.lock().unwrap().join("\n"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            db.sql("delete from __migrator_history");
            "/* Unsupported */".to_owned()
        }
    }
}

case!(the_docs_of_an_operation_show_what_it_sends, |db| {
    migrate(db, |_| Ok(())).unwrap();
    db.sql("delete from __diesel_schema_migrations");
    let documented: BTreeMap<_, _> = SOURCES.iter().flat_map(|source| blocks(&docs(source))).collect();
    let guide = blocks(GUIDE);
    let mut wrong = Vec::new();
    for (call, operation) in EXAMPLES {
        let sql = shown(db, *operation);
        if call.starts_with(SHOWN_BY_ANOTHER) {
            continue;
        }
        if std::env::var("MIGRATOR_SHOW_DOCS").is_ok() {
            println!("@@ {call}\n@ {}\n{sql}", heading(db.engine()));
        }
        for (place, blocks) in [("doc comment", &documented), ("docs/operations.md", &guide)] {
            let found = blocks.get(&bare(call)).and_then(|sections| sections.get(heading(db.engine())));
            if found.map(|found| found.trim()) != Some(sql.as_str()) {
                wrong.push(format!("{place}: {call}\n  sends: {sql}\n  shown: {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(documented.len() + 1, EXAMPLES.len());
    assert_eq!(documented, guide);
});

type Make = fn(&mut TableBuilder) -> ColumnBuilder;

/// A type's row in the guide, and how it is made.
const TYPES: [(&str, Make); 18] = [
    ("id()", TableBuilder::id),
    ("small_integer(name)", |t| t.small_integer("c")),
    ("integer(name)", |t| t.integer("c")),
    ("big_integer(name)", |t| t.big_integer("c")),
    ("string(name, 80)", |t| t.string("c", 80)),
    ("text(name)", |t| t.text("c")),
    ("boolean(name)", |t| t.boolean("c")),
    ("float(name)", |t| t.float("c")),
    ("double(name)", |t| t.double("c")),
    ("decimal(name, 10, 2)", |t| t.decimal("c", 10, 2)),
    ("date(name)", |t| t.date("c")),
    ("time(name)", |t| t.time("c")),
    ("timestamp(name)", |t| t.timestamp("c")),
    ("timestamp_tz(name)", |t| t.timestamp_tz("c")),
    ("binary(name)", |t| t.binary("c")),
    ("json(name)", |t| t.json("c")),
    ("uuid(name)", |t| t.uuid("c")),
    ("custom(name, \"CHAR(3)\")", |t| t.custom("c", "CHAR(3)")),
];

case!(the_table_of_types_in_the_docs_is_what_is_made, |db| {
    let column = match db.engine() {
        Engine::Sqlite => 2,
        Engine::Postgres => 3,
        Engine::MariaDb => 4,
    };
    for (method, make) in TYPES {
        let sent = super::operations_run::sent(db, false, move |op| {
            op.create_table("t", make)?;
            op.drop_table("t")?;
            Ok(())
        });
        let line = sent[0].lines().nth(1).unwrap().trim();
        let sql_type = line.split_once(' ').unwrap().1;
        let row = GUIDE.lines().find(|line| line.starts_with(&format!("| `{method}` |")));
        let row = row.unwrap_or_else(|| panic!("docs/operations.md has no row for {method}"));
        let cell = row.split('|').nth(column).unwrap().trim().trim_matches('`');
        assert_eq!(cell, sql_type, "{method}");
    }
});
