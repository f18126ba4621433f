//! The same migrations on SQLite, PostgreSQL and MySQL, through an enum of connections:
//! `cargo run -p multi-database -- app.db postgres://… mysql://…`.

use std::error::Error;

use diesel::prelude::*;
use migrator_core::prelude::*;
use migrator_core::{Dialect, inspect_schema};

/// Whichever database the URL names. SQLite stands last: to it, any text is the name of a file.
#[derive(diesel::MultiConnection, SchemaConnection)]
pub enum AnyConnection {
    Postgres(PgConnection),
    Mysql(MysqlConnection),
    Sqlite(SqliteConnection),
}

diesel::table! {
    accounts (id) {
        id -> BigInt,
        name -> Text,
        opened_at -> Nullable<Timestamp>,
    }
}

/// Portable operations: each database gets its own words for them.
#[migration(revision = "20261123150000")]
mod create_accounts {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("accounts", |t| {
            t.id();
            t.string("name", 80).not_null().unique();
            t.timestamp("opened_at");
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("accounts")?;
        Ok(())
    }
}

/// Diesel's DSL over the enum: a migration may take the application's own connection.
#[migration(revision = "20261123151500", allow_loss(rows("accounts")))]
mod add_the_first_account {
    fn upgrade(conn: &mut AnyConnection) -> MigrationResult {
        diesel::insert_into(accounts::table).values(accounts::name.eq("house")).execute(conn)?;
        Ok(())
    }

    fn downgrade(conn: &mut AnyConnection) -> MigrationResult {
        diesel::delete(accounts::table.filter(accounts::name.eq("house"))).execute(conn)?;
        Ok(())
    }
}

/// What only one of them has: the others do without.
#[migration(revision = "20261123153000")]
mod search_by_any_part_of_the_name {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.execute_for(Dialect::Postgres, "CREATE INDEX accounts_lower ON accounts (lower(name))")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.execute_for(Dialect::Postgres, "DROP INDEX accounts_lower")?;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    for url in std::env::args().skip(1) {
        let mut conn = AnyConnection::establish(&url)?;
        println!("{}", Migrator::registered().run_pending(&mut conn)?);
        let names: Vec<String> = accounts::table.select(accounts::name).load(&mut conn)?;
        let tables = inspect_schema(&mut conn)?.tables.len();
        println!("{tables} table, accounts: {}", names.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    mod sqlite {
        use super::*;
        use migrator_core::testing::{TestDatabase, migration_tests};

        fn database() -> TestDatabase {
            TestDatabase::sqlite()
                .opened_by(|path| Ok(Box::new(AnyConnection::Sqlite(SqliteConnection::establish(path)?))))
        }

        migration_tests!(database = database(), migrator = Migrator::registered(), migrations = "src");
    }
}
