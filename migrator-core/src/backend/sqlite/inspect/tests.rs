//! What is read, told by the text or by SQLite.

use diesel::Connection;
use proptest::prelude::*;

use super::*;

fn inspected(sql: &str) -> Table {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch(sql).unwrap();
    inspect(&mut conn, Scope::All).unwrap().table("t").unwrap().clone()
}

#[test]
fn what_only_the_text_says_is_read_from_the_text() {
    let table = inspected(
        "CREATE TABLE o (x PRIMARY KEY);
         CREATE TABLE t (id INTEGER PRIMARY KEY /* AUTOINCREMENT */, a TEXT COLLATE nocase CONSTRAINT c1 CHECK (a <> ')'),
           b UNIQUE REFERENCES o, c AS (upper( a )) STORED, d CONSTRAINT u1 UNIQUE,
           CONSTRAINT f1 FOREIGN KEY (d) REFERENCES o (x) ON DELETE CASCADE, CHECK (b > 0), CONSTRAINT u2 UNIQUE (a, b))",
    );
    let checks: Vec<_> = table.checks.iter().map(|check| (&*check.expression, check.name.as_deref())).collect();
    assert_eq!(checks, [("a <> ')'", Some("c1")), ("b > 0", None)]);
    let keys: Vec<_> = table.foreign_keys.iter().map(|key| (&*key.columns[0], key.name.as_deref())).collect();
    assert_eq!(keys, [("b", None), ("d", Some("f1"))]);
    let uniques: Vec<_> =
        table.uniques.iter().map(|unique| (unique.columns.join(","), unique.name.as_deref())).collect();
    assert_eq!(uniques, [("a,b".to_owned(), Some("u2")), ("b".to_owned(), None), ("d".to_owned(), Some("u1"))]);
    let column = |name: &str| table.column(name).unwrap();
    assert!(!column("id").auto_increment);
    assert_eq!(column("a").collation.as_deref(), Some("nocase"));
    assert_eq!(column("c").generated.as_deref(), Some("upper( a )"));
}

#[test]
fn a_foreign_key_without_columns_means_the_primary_key_however_the_table_is_spelled() {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch("CREATE TABLE Users (Id INTEGER PRIMARY KEY); CREATE TABLE t (a REFERENCES users)").unwrap();
    for scope in [Scope::All, Scope::Tables(&["t".into()])] {
        let schema = inspect(&mut conn, scope).unwrap();
        assert_eq!(schema.table("t").unwrap().foreign_keys[0].referenced_columns, ["Id"]);
        assert_eq!(schema.table("Users").is_some(), matches!(scope, Scope::All));
    }
}

#[test]
fn of_several_collations_the_last_counts_and_a_key_may_stand_in_brackets() {
    let table = inspected(
        "CREATE TABLE t (id INTEGER, \"&a\" TEXT COLLATE nocase COLLATE rtrim, b AS (id + 1), UNIQUE ((\"&a\"), id COLLATE nocase),
           PRIMARY KEY ((id) AUTOINCREMENT))",
    );
    let column = |name: &str| table.column(name).unwrap();
    assert_eq!(column("&a").collation.as_deref(), Some("rtrim"));
    assert_eq!(column("b").generated.as_deref(), Some("id + 1"));
    assert!(column("id").auto_increment);
    assert_eq!(
        (&table.primary_key[..], &table.uniques[0].columns[..]),
        (&["id".into()][..], &["&a".into(), "id".into()][..])
    );
}

#[test]
fn keys_and_predicates_of_indexes_are_read_from_the_text() {
    let table = inspected(
        "CREATE TABLE t (a TEXT, \"where\" ANY) STRICT;
         CREATE INDEX i ON t (lower(a || ', where ') DESC, \"where\", a + 1) WHERE \"where\" > 'x where y'",
    );
    let index = &table.indexes["i"];
    assert_eq!(index.columns, ["lower(a || ', where ') DESC", "where", "a + 1"]);
    assert_eq!(index.filter.as_deref(), Some("\"where\" > 'x where y'"));
    assert_eq!(table.options.keys().collect::<Vec<_>>(), ["strict"]);
}

/// The tables as the texts tell them, where they do, and all of them as the pragmas do.
fn both(sql: &str) -> [BTreeMap<String, Table>; 2] {
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    conn.batch(sql).unwrap_or_else(|error| panic!("{error}"));
    let stored = stored(&mut conn, Scope::All).unwrap();
    let texts = by_table(&stored).into_iter().map(|(name, rows)| (name, Text::parse(&rows))).collect();
    let told = BTreeMap::iter(&texts).filter_map(|(name, text)| told::table(name, text));
    let mut told = Schema { tables: told.map(|table| (table.name.clone(), table)).collect() };
    let mut asked = Schema::default();
    asked::add(&mut conn, &mut asked, &texts).unwrap();
    [&mut told, &mut asked].map(|schema| {
        schema.tables.values_mut().for_each(Table::sort);
        std::mem::take(schema).tables.into_iter().map(|(name, table)| (name.to_string(), table)).collect()
    })
}

/// How many tables the texts tell, each as SQLite does.
fn told_alike(sql: &str) -> usize {
    let [told, asked] = both(sql);
    told.iter().for_each(|(name, table)| assert_eq!(Some(table), asked.get(name), "{sql}"));
    told.len()
}

const KEYS: [&str; 10] = [
    "INTEGER PRIMARY KEY",
    "integer primary key autoincrement",
    "INT NOT NULL PRIMARY KEY",
    "TEXT",
    "TEXT CONSTRAINT k PRIMARY KEY DESC ON CONFLICT REPLACE",
    "INTEGER PRIMARY KEY UNIQUE",
    "UNIQUE",
    "CONSTRAINT u UNIQUE CONSTRAINT dangling",
    "UNIQUE COLLATE nocase UNIQUE",
    "INTEGER NULL UNIQUE PRIMARY KEY",
];
const TYPES: [&str; 18] = [
    "",
    "TEXT",
    "text",
    "Blob",
    "any",
    "\"text\"",
    "'odd' type",
    "[int]",
    "varchar (20)",
    "NUMERIC( 12 ,\n 2)",
    "unsigned  big\tint",
    "int /* four bytes */ unsigned",
    "generated",
    "generated always",
    "TIMESTAMP WITH TIME ZONE",
    "\u{e9}t\u{e9}",
    "double precision(1, -2)",
    "nocase always",
];
const CLAUSES: [&str; 33] = [
    "",
    "",
    "NOT NULL",
    "NULL",
    "NOT NULL ON CONFLICT REPLACE",
    "CONSTRAINT dangling NOT NULL NULL",
    "DEFAULT 1",
    "DEFAULT -1",
    "DEFAULT - 1.5e-3",
    "DEFAULT +.5",
    "DEFAULT 5. NOT NULL",
    "DEFAULT -5 /* five */ NOT NULL",
    "DEFAULT 0x1F",
    "DEFAULT 'it''s (--'",
    "DEFAULT 'it''s ('",
    "DEFAULT \"quoted\"",
    "DEFAULT word",
    "DEFAULT true",
    "DEFAULT NULL",
    "DEFAULT CURRENT_TIMESTAMP",
    "DEFAULT x'00ff'",
    "DEFAULT ( 1 + (2) )",
    "DEFAULT (\n'a' || ')' )",
    "DEFAULT 1 DEFAULT 2",
    "COLLATE NOCASE",
    "COLLATE \"binary\" COLLATE rtrim",
    "CHECK (1 > 0) CONSTRAINT c CHECK (')' <> 'x')",
    "AS (1 + 1)",
    "GENERATED ALWAYS AS ('a' || 'b') STORED NOT NULL",
    "REFERENCES other",
    "REFERENCES [other] (ID) ON DELETE SET NULL ON UPDATE CASCADE MATCH FULL DEFERRABLE INITIALLY DEFERRED",
    "CONSTRAINT f REFERENCES 'other'(id) ON DELETE RESTRICT ON DELETE NO ACTION NOT DEFERRABLE",
    "REFERENCES gone (x) ON UPDATE SET DEFAULT",
];
const ENDS: [&str; 12] = [
    "",
    ", UNIQUE (id)",
    ", UNIQUE (C0, Id)",
    ", UNIQUE (id, c0) UNIQUE (id COLLATE nocase, 'c0' DESC)",
    ", CONSTRAINT u UNIQUE (\"c0\" DESC) ON CONFLICT IGNORE",
    ", CONSTRAINT f FOREIGN KEY (C0) REFERENCES other (id) ON DELETE CASCADE",
    ", FOREIGN KEY (c0, id) REFERENCES other CHECK (c0 > id)",
    ", FOREIGN KEY (id) REFERENCES p (c0) ON INSERT CASCADE ON UPDATE NO ACTION, FOREIGN KEY (id) REFERENCES other",
    ", PRIMARY KEY (c0, id)",
    ", PRIMARY KEY (ID DESC, c0 COLLATE nocase) ON CONFLICT ABORT",
    ", CONSTRAINT pk PRIMARY KEY (id AUTOINCREMENT)",
    ", PRIMARY KEY (c0, c0)",
];
const OPTIONS: [&str; 4] = ["", " STRICT", " WITHOUT ROWID", " WITHOUT ROWID, STRICT"];
const AROUND: [&str; 9] = [
    "",
    "CREATE INDEX i ON p (ID, \"c0\" DESC)",
    "CREATE UNIQUE INDEX if not exists 'i' ON p ([C0] COLLATE nocase asc) WHERE id > 0 AND c0 <> ' where '",
    "CREATE INDEX i ON p ('c0', id /* last */ desc)",
    "CREATE INDEX i ON p (lower(c0)); CREATE INDEX \"i (2)\" ON p (c0)",
    "CREATE INDEX i ON p ((c0))",
    "CREATE INDEX i ON p (rowid)",
    "ALTER TABLE p ADD COLUMN \"new one\" Text DEFAULT ('x') COLLATE rtrim",
    "ALTER TABLE p RENAME COLUMN c0 TO \"C 0\"; CREATE TABLE q AS SELECT *, 1 AS \"a b\", 'x' AS y FROM p",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_tells_what_sqlite_tells(
        key in prop::sample::select(&KEYS[..]),
        columns in prop::collection::vec((prop::sample::select(&TYPES[..]), prop::sample::select(&CLAUSES[..])), 1..3),
        end in prop::sample::select(&ENDS[..]),
        options in prop::sample::select(&OPTIONS[..]),
        around in prop::sample::select(&AROUND[..]),
    ) {
        let columns: Vec<_> =
            columns.iter().enumerate().map(|(at, (declared, clause))| format!("c{at} {declared} {clause}")).collect();
        let sql = format!("CREATE TABLE other (id INTEGER PRIMARY KEY); CREATE TABLE p (id {key}, {}{end}){options}; {around}",
            columns.join(", "));
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        // many together make no table that SQLite takes
        if conn.batch(&sql).is_ok() {
            prop_assert!(told_alike(&sql) >= 1);
        }
    }
}

#[test]
fn sqlite_is_asked_only_where_it_makes_something_else_of_the_text() {
    let plain = "CREATE TABLE p (id integer PRIMARY KEY, a VARCHAR(80) NOT NULL DEFAULT 'x', b numeric(12, 2) UNIQUE, \
                 CONSTRAINT f FOREIGN KEY (b) REFERENCES p (id)); CREATE UNIQUE INDEX i ON p (a, b DESC) WHERE a > ''";
    assert_eq!(told_alike(plain), 1);
    for odd in [
        "CREATE TABLE p (a /* c */)",
        "CREATE TABLE p (a \"text\")",
        "CREATE TABLE p (a PRIMARY KEY UNIQUE)",
        "CREATE TABLE p (a); CREATE INDEX i ON p (a + 1)",
        "CREATE VIRTUAL TABLE p USING rtree(a, b, c)",
    ] {
        assert!(!both(odd)[0].contains_key("p"), "{odd}");
        assert!(both(odd)[1].contains_key("p"), "{odd}");
    }
}
