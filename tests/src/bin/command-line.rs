//! A program whose whole `main` is the command line, with migrations of several kinds to choose from.

#![allow(clippy::redundant_closure_for_method_calls, reason = "`|t| t.id()` is how a migration is written")]

use std::process::ExitCode;
use std::time::Duration;

use migrator_core::prelude::*;
use migrator_core::{Metadata, SchemaConnection, cli, migrations};

/// Create users.
#[migration(revision = "20260101000000")]
mod create_users {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("users", |t| {
            t.id();
            t.string("name", 80).not_null();
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("users")?;
        Ok(())
    }
}

/// Add an e-mail address to users.
#[migration(revision = "20260102000000", requires(table("users")))]
mod add_email_to_users {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("users", |t| t.string("email", 255))?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("users", "email")?;
        Ok(())
    }
}

/// Drop the names.
#[migration(revision = "20260103000000")]
mod drop_names {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("users", "name")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("users", |t| t.string("name", 80))?;
        Ok(())
    }
}

/// Drop the names, and say so.
#[migration(revision = "20260103000000", allow_loss(column("users", "name")))]
mod drop_names_by_name {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("users", "name")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("users", |t| t.string("name", 80))?;
        Ok(())
    }
}

/// Create teams and their members.
#[migration(revision = "20260108000000")]
mod create_members {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("teams", |t| t.id())?;
        op.create_table("members", |t| {
            t.id();
            t.string("email", 80);
            t.big_integer("team_id").references("teams", "id");
            t.index(["email"]);
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("members")?;
        op.drop_table("teams")?;
        Ok(())
    }
}

/// Create orders.
#[migration(revision = "20260104000000", down_revision = "20260101000000", branch_label = "orders")]
mod create_orders {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("orders", |t| t.id())?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("orders")?;
        Ok(())
    }
}

/// Nobody wrote this.
#[migration(revision = "20260105000000")]
mod template {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.unwritten()?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.unwritten()?;
        Ok(())
    }
}

/// Dies with the user's own connection in hand.
#[migration(revision = "20260106000000")]
mod dies {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("half", |t| t.id())?;
        #[cfg(feature = "mysql")]
        op.connection::<MysqlConnection>()?;
        std::process::abort()
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("half")?;
        Ok(())
    }
}

/// One of many that take their time.
struct Slow(Metadata);

impl Migration for Slow {
    fn metadata(&self) -> &Metadata {
        &self.0
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        op.create_table(format!("t{}", self.0.revision()), |t| t.id())?;
        std::thread::sleep(Duration::from_millis(15));
        Ok(())
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table(format!("t{}", self.0.revision()))?;
        Ok(())
    }
}

/// Fills a column, ten rows at a time.
#[migration(revision = "20260107000000", transaction = false)]
mod fill {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.update_in_batches("t", 10, |op, keys| {
            op.execute(format!("update t set n = n + 1 where {keys}"))?;
            std::thread::sleep(std::time::Duration::from_millis(30));
            Ok(())
        })?;
        Ok(())
    }

    fn downgrade(_op: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

/// Rename the name.
#[migration(revision = "20260109000000")]
mod rename_name {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.rename_column("users", "name", "full_name")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.rename_column("users", "full_name", "name")?;
        Ok(())
    }
}

/// Teams have names that none may lack.
#[migration(revision = "20260109000000")]
mod name_teams {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("teams", |t| t.string("name", 20))?;
        op.alter_column("teams", "name", |c| c.set_not_null())?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("teams", "name")?;
        Ok(())
    }
}

/// Create teams, and say so.
#[migration(revision = "20260110000000", ensures(table("teams")))]
mod create_teams {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("teams", |t| t.id())?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("teams")?;
        Ok(())
    }
}

fn migrator() -> Migrator {
    let line = || Migrator::new().with_all(migrations![create_users, add_email_to_users]);
    match std::env::var("MIGRATIONS").unwrap_or_default().as_str() {
        "none" => Migrator::new().allow_empty(),
        "lossy" => line().with_all(migrations![drop_names]),
        "named" => line().with_all(migrations![drop_names_by_name]),
        "branches" => line().with_all(migrations![create_orders]),
        "dies" => line().with_all(migrations![dies]),
        "fill" => Migrator::new().with_all(migrations![fill]),
        "indexed" => Migrator::new().with_all(migrations![create_members]),
        "ensured" => Migrator::new().with_all(migrations![create_teams]),
        "rebuilds" => Migrator::new().with_all(migrations![create_members, name_teams]),
        "renames" => line().with_all(migrations![rename_name]),
        "template" => line().with_all(migrations![template]),
        "slow" => (1..=30).fold(Migrator::new(), |all, n| all.with(Slow(Metadata::new(&format!("{n:03}"))))),
        _ => line(),
    }
}

/// What a server's own client is for, where none may be installed.
fn send(sql: &str) -> MigrationResult {
    use diesel::connection::SimpleConnection as _;

    let url = std::env::var("DATABASE_URL")?;
    match url.split(':').next() {
        #[cfg(feature = "postgres")]
        Some("postgres") => PgConnection::establish(&url)?.batch_execute(sql)?,
        #[cfg(feature = "mysql")]
        Some("mysql") => MysqlConnection::establish(&url)?.batch_execute(sql)?,
        _ => SqliteConnection::establish(&url)?.batch_execute(sql)?,
    }
    Ok(())
}

fn main() -> ExitCode {
    if let Ok(sql) = std::env::var("SQL") {
        return match send(&sql) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    if std::env::var_os("OPENED_BY_PROGRAM").is_none() {
        return cli::run(migrator());
    }
    cli::with_connection(migrator(), |url| {
        let conn = SqliteConnection::establish(url.trim_start_matches("own:"))?;
        Ok::<Box<dyn SchemaConnection>, diesel::ConnectionError>(Box::new(conn))
    })
}
