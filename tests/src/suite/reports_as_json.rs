//! Reports serialize as `docs/reports.schema.json` says.

use migrator_core::{Condition, Loss, Metadata, check_connection, create_table_backup, inspect_schema, prelude::*};
use serde_json::Value;

use super::books::HISTORY_TABLE;
use super::handmade::{creates, migration, revision};
use super::json_schema::JsonSchema;
use crate::{Engine, case};

/// As JSON, once it is as the schema says.
#[track_caller]
fn valid(definition: &str, report: &impl serde::Serialize) -> Value {
    let schema = JsonSchema::read(include_str!("../../../docs/reports.schema.json"));
    let document = serde_json::to_value(report).unwrap();
    let faults = schema.faults(definition, &document);
    assert!(faults.is_empty(), "{}\n{document:#}", faults.join("\n"));
    document
}

case!(each_report_is_as_its_schema_says, |db| {
    let mut conn = db.connect();
    let ensures = migration(Metadata::new("2").ensures(Condition::index("users", "by_name"))).up(|op| {
        op.create_index("users", Index::on(["name"]).named("by_name").unique())?;
        op.add_foreign_key("users", ForeignKey::on(["org_id"]).references("orgs", ["id"]).on_delete(Action::Cascade))?;
        op.add_check("users", "named", "name <> ''")?;
        Ok(())
    });
    let users = migration(Metadata::new("1").description("Users.")).up(|op| {
        op.create_table("orgs", |t| t.id())?;
        op.create_table("users", |t| {
            t.id();
            t.string("name", 40).default("nobody").not_null();
            t.big_integer("org_id");
            t.unique(["name", "org_id"]);
        })?;
        Ok(())
    });
    let migrator = Migrator::new().with(users).with(ensures);
    valid("Status", &migrator.check(&mut *conn).unwrap());
    let report = valid("RunReport", &migrator.run_pending(&mut *conn).unwrap());
    assert_eq!(report["steps"][0]["description"], "Users.");
    assert_eq!(report["steps"][0]["outcome"], "applied");
    let history = migrator.history(&mut *conn).unwrap();
    assert_eq!(valid("HistoryEntry", &history[0])["direction"], "up");
    valid("ServerInfo", &check_connection(&mut *conn).unwrap());
    let schema = valid("Schema", &inspect_schema(&mut *conn).unwrap());
    assert_eq!(schema["tables"]["users"]["indexes"]["by_name"]["unique"], true);
    assert_eq!(valid("TableBackup", &create_table_backup(&mut *conn, "users", "json").unwrap())["rows"], 0);

    assert_eq!(valid("VerifyReport", &migrator.verify(&mut *conn).unwrap())["drift"], Value::Null);
    db.sql("alter table orgs add column name varchar(40)");
    db.sql("create table surplus (id integer)");
    let report = valid("VerifyReport", &migrator.verify(&mut *conn).unwrap());
    assert_eq!(
        (&report["findings"][0]["kind"], &report["findings"][0]["remedy"]["text"]),
        (&"drift".into(), &"stamp 2".into())
    );
    assert_eq!(report["drift"]["changes"][0]["after"], "name varchar(40)".replace("varchar", &varchar(db)));
});

/// How the database prints the word.
fn varchar(db: &crate::TestDatabase) -> String {
    if db.engine() == crate::Engine::Postgres { "character varying" } else { "varchar" }.to_owned()
}

case!(a_plan_and_a_rehearsal_are_as_their_schemas_say, |db| {
    db.sql("create table users (id integer primary key, name varchar(20)); insert into users values (1, 'a')");
    let loses = migration(Metadata::new("1").backup("users").allow_loss(Loss::column("users", "name"))).up(|op| {
        op.execute("insert into users (id) values (3)")?;
        op.create_index("users", Index::on(["name"]).named("by_name"))?;
        op.drop_index("users", "by_name")?;
        op.drop_column("users", "name")?;
        Ok(())
    });
    let skipped = migration(Metadata::new("2").skip_if(Condition::no_table("missing")));
    let migrator = Migrator::new().with(loses).with(skipped);
    let mut conn = db.connect();
    let plan = valid("Plan", &migrator.plan(&mut *conn, "heads").unwrap());
    let (first, second) = (&plan["steps"][0], &plan["steps"][1]);
    assert_eq!((&first["direction"], &first["losses"][0]["rows"]), (&"up".into(), &1.into()), "{plan:#}");
    assert_eq!((&first["backups"][0]["table"], &second["outcome"]), (&"users".into(), &"skipped".into()), "{plan:#}");
    assert_eq!(plan["difference"]["changes"][0]["part"], "column", "{plan:#}");
    if db.engine() != Engine::MariaDb {
        let rehearsal = valid("Rehearsal", &migrator.rehearse(&mut *conn, "heads").unwrap());
        assert_eq!(rehearsal["losses"][0]["column"], "name", "{rehearsal:#}");
    }
    let fails = migration(Metadata::new("3").requires(Condition::table("missing")));
    let plan = valid("Plan", &migrator.with(fails).with(revision("4")).plan(&mut *conn, "heads").unwrap());
    assert_eq!(plan["steps"][2]["prospect"]["fails"]["kind"], "PreconditionFailed", "{plan:#}");
    assert!(plan["steps"][3]["prospect"]["unknown"]["why"].is_string(), "{plan:#}");
    let opaque = revision("1").up(|op| {
        op.connection::<u8>()?;
        Ok(())
    });
    let plan = valid("Plan", &Migrator::new().with(opaque).plan(&mut *conn, "heads").unwrap());
    assert!(plan["steps"][0]["prospect"]["opaque"]["at"].is_string(), "{plan:#}");
});

case!(an_error_is_as_its_schema_says_with_the_report_in_it, |db| {
    let mut conn = db.connect();
    let fails = revision("2").sends("drop table nobody");
    let error = Migrator::new().with(creates("1", "users")).with(fails).run_pending(&mut *conn).unwrap_err();
    let told = valid("Error", &error);
    assert_eq!((&told["kind"], &told["revision"], &told["exit_code"]), (&"Database".into(), &"2".into(), &1.into()));
    assert_eq!(told["report"]["steps"][0]["revision"], "1");
    assert!(told["state"].is_string() && told["remedy"].is_string() && told["statement"] == "drop table nobody");
});

case!(what_became_of_an_interrupted_migration_is_as_its_schema_says, |db| {
    let mut conn = db.connect();
    let migrator = Migrator::new().with(creates("1", "users"));
    migrator.run_pending(&mut *conn).unwrap();
    db.sql(&format!(
        "insert into {HISTORY_TABLE} (format, revision, direction, state, started_at, who) \
         values (1, '2', 'up', 'started', '2026-11-23T03:00:00Z', 'somebody else')"
    ));
    let migrator = migrator.with(migration(Metadata::new("2").transaction(false)));
    let told = valid("RepairReport", &migrator.repair(&mut *conn).unwrap());
    assert_eq!(
        (&told["migrations"][0]["revision"], &told["migrations"][0]["who"]),
        (&"2".into(), &"somebody else".into())
    );
    assert!(told["migrations"][0]["outcome"].is_string(), "{told}");
});
