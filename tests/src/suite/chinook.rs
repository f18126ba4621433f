//! The Chinook sample database: eleven tables that somebody else made, with rows, on each database.
//!
//! It is no part of this repository. `MIGRATOR_TEST_CHINOOK` names the folder that it lies in; unset, `../shared/data`
//! beside the repository is tried, and where there is none the case says so and tests nothing.

use std::path::{Path, PathBuf};

use migrator_core::autogenerate::{Options, compare};
use migrator_core::{Condition, FindingKind, Metadata, Schema, inspect_schema, prelude::*};

use super::handmade::migration;
use crate::{Engine, TestDatabase, case};

const FOLDER: &str = "MIGRATOR_TEST_CHINOOK";

/// The file of this database, where there is one.
fn file(db: &TestDatabase) -> Option<PathBuf> {
    let name = match db.engine() {
        Engine::Sqlite => "Chinook_Sqlite_AutoIncrementPKs.sqlite",
        Engine::Postgres => "Chinook_PostgreSql_SerialPKs.sql",
        Engine::MariaDb => "Chinook_MySql_AutoIncrementPKs.sql",
    };
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let said = std::env::var_os(FOLDER).map(PathBuf::from);
    let file = said.clone().unwrap_or(usual).join(name);
    if file.exists() {
        return Some(file);
    }
    assert!(said.is_none(), "{FOLDER} is set, and {} is not there", file.display());
    eprintln!("NOT TESTED on {}: {name} is not there; {FOLDER} names the folder", db.engine());
    None
}

/// Fills the database; `false` where there is nothing to fill it with.
fn load(db: &TestDatabase) -> bool {
    let Some(file) = file(db) else { return false };
    if db.engine() == Engine::Sqlite {
        std::fs::write(db.url(), std::fs::read(file).unwrap()).unwrap();
        return true;
    }
    let script = std::fs::read_to_string(file).unwrap();
    // The script makes a database of its own first, and goes there.
    let after = script.lines().position(|line| line.starts_with("USE ") || line.starts_with("\\c ")).unwrap();
    db.sql(&script.lines().skip(after + 1).collect::<Vec<_>>().join("\n"));
    true
}

/// `InvoiceLine`, on PostgreSQL `invoice_line`.
fn name(db: &TestDatabase, name: &'static str) -> String {
    if db.engine() != Engine::Postgres {
        return name.to_owned();
    }
    let words = name.char_indices().map(|(at, letter)| {
        let underscore = if at > 0 && letter.is_ascii_uppercase() { "_" } else { "" };
        format!("{underscore}{}", letter.to_ascii_lowercase())
    });
    words.collect()
}

/// What a program that takes the database over might do to it.
fn migrator(db: &TestDatabase) -> Migrator {
    let [customer, track, invoice] = ["Customer", "Track", "Invoice"].map(|table| name(db, table));
    let [email, phone, total, track_id] = ["Email", "Phone", "Total", "TrackId"].map(|column| name(db, column));
    let points = migration(Metadata::new("1").ensures(Condition::column(&*customer, "points"))).up({
        let (customer, email) = (customer.clone(), email.clone());
        move |op| {
            op.add_column(&customer, |t| t.integer("points").not_null().default(0))?;
            op.create_index(&customer, Index::on([email.clone()]).named("customers_by_email").unique())?;
            Ok(())
        }
    });
    let reviews = migration(Metadata::new("2").ensures(Condition::table("reviews"))).up(move |op| {
        op.create_table("reviews", |t| {
            t.id();
            t.integer("track_id").not_null().references(&*track, track_id.clone());
            t.text("words").not_null();
        })?;
        op.rename_column(&customer, &phone, "telephone")?;
        Ok(())
    });
    let totals = migration(Metadata::new("3")).up(move |op| {
        op.alter_column(&invoice, &total, |c| c.set_type(ColumnType::Decimal(14, 2)))?;
        Ok(())
    });
    Migrator::new().with(points).with(reviews).with(totals)
}

/// How many rows every table has.
fn counts(db: &TestDatabase) -> Vec<i64> {
    let tables: Vec<String> = super::books::user_tables(db).into_iter().filter(|table| table != "reviews").collect();
    tables.iter().map(|table| db.count(&format!("select count(*) from {}", db.quote(table)))).collect()
}

case!(chinook_is_migrated_verified_and_its_drift_is_found, |db| {
    if !load(db) {
        return;
    }
    let (schema, rows) = (inspect_schema(&mut *db.connect()).unwrap(), counts(db));
    assert_eq!(schema.tables.len(), 11);
    assert!(rows.iter().sum::<i64>() > 15_000, "{rows:?}");
    let migrator = migrator(db);
    let report = migrator.run_pending(&mut *db.connect()).unwrap();
    assert!(report.findings().is_empty() && report.notes().is_empty(), "{report}");
    assert_eq!(counts(db), rows);
    let report = migrator.verify_full(&mut *db.connect()).unwrap();
    assert!(report.is_clean() && report.notes().is_empty(), "{report}");

    db.sql(&format!("alter table {} add column by_hand integer", db.quote(&name(db, "Album"))));
    let artist = db.quote(&name(db, "Artist"));
    db.sql(&format!("create index artists_by_name on {artist} ({})", db.quote(&name(db, "Name"))));
    let report = migrator.verify(&mut *db.connect()).unwrap();
    let kinds: Vec<FindingKind> = report.findings().iter().map(|finding| finding.kind()).collect();
    assert_eq!(kinds, [FindingKind::Drift], "{report}");
    let told = report.drift().unwrap().to_string();
    assert_eq!(report.drift().unwrap().changes.len(), 2, "{told}");
    assert!(
        told.to_lowercase().contains("+ column by_hand int") && told.contains("+ index artists_by_name ("),
        "{told}"
    );
});

/// The `schema.rs` that Diesel's own tool would write for it.
fn schema_rs(schema: &Schema) -> String {
    let types = [
        ("int", "Integer"),
        ("serial", "Integer"),
        ("num", "Numeric"),
        ("dec", "Numeric"),
        ("time", "Timestamp"),
        ("char", "Text"),
    ];
    let column = |column: &migrator_core::schema::Column| {
        let sql_type = column.sql_type.to_ascii_lowercase();
        let sql_type = if sql_type.starts_with("date") { "timestamp".to_owned() } else { sql_type };
        let (_, diesel) = types.iter().find(|(word, _)| sql_type.contains(word)).unwrap();
        if column.nullable {
            format!("{} -> Nullable<{diesel}>,", column.name)
        } else {
            format!("{} -> {diesel},", column.name)
        }
    };
    let table = |table: &migrator_core::schema::Table| {
        let columns: String = table.columns.iter().map(column).collect();
        format!("diesel::table! {{ {} ({}) {{ {columns} }} }}\n", table.name, table.primary_key.join(", "))
    };
    schema.tables.values().map(table).collect()
}

case!(chinook_and_its_schema_differ_in_nothing_until_one_changes, |db| {
    if !load(db) {
        return;
    }
    let text = schema_rs(&inspect_schema(&mut *db.connect()).unwrap());
    let compared = |text: &str| compare(text, &mut *db.connect(), &Options::default()).unwrap();
    let changes = compared(&text);
    assert!(changes.is_empty() && changes.notes().is_empty(), "{changes}");
    let name = name(db, "UnitPrice");
    let changed =
        text.replace(&format!("{name} -> Numeric"), &format!("{name} -> Nullable<Numeric>, by_hand -> Nullable<Text>"));
    assert_eq!(compared(&changed).up().len(), 4, "{}", compared(&changed));
});
