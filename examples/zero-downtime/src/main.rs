//! Changes to a PostgreSQL table while others read and write it: `DATABASE_URL=postgres://… cargo run -p zero-downtime`.
//!
//! Each takes a lock that stops writers for a moment at most: what takes long runs outside a transaction, under locks
//! that let them by.

use std::error::Error;
use std::time::Duration;

use diesel::prelude::*;
use migrator_core::prelude::*;

#[migration(revision = "20261123170000")]
mod create_shops_and_orders {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("shops", |t| {
            t.id();
            t.string("name", 80).not_null();
        })?;
        op.create_table("orders", |t| {
            t.id();
            t.big_integer("shop_id");
            t.string("state", 20);
        })?;
        op.execute("INSERT INTO shops (name) VALUES ('corner')")?;
        op.execute("INSERT INTO orders (shop_id, state) SELECT 1, 'new' FROM generate_series(1, 10000)")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("orders")?;
        op.drop_table("shops")?;
        Ok(())
    }
}

/// An index is built while writers go on.
#[migration(revision = "20261123171500", transaction = false)]
mod index_orders_by_shop {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_index("orders", Index::on(["shop_id"]).named("orders_shop").concurrently())?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_index("orders", "orders_shop")?;
        Ok(())
    }
}

/// A foreign key is added for new rows first, then checked against the old ones.
#[migration(revision = "20261123173000", transaction = false)]
mod orders_belong_to_shops {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_foreign_key(
            "orders",
            ForeignKey::on(["shop_id"]).references("shops", ["id"]).named("orders_shop_fk").online(),
        )?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_constraint("orders", "orders_shop_fk")?;
        Ok(())
    }
}

/// NOT NULL through a check: PostgreSQL believes a validated check, and does not read the table again under its lock.
#[migration(revision = "20261123174500", transaction = false)]
mod every_order_has_a_state {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.execute("ALTER TABLE orders ADD CONSTRAINT state_is_there CHECK (state IS NOT NULL) NOT VALID")?;
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT state_is_there")?;
        op.alter_column("orders", "state", |c| c.set_not_null())?;
        op.drop_constraint("orders", "state_is_there")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.alter_column("orders", "state", |c| c.drop_not_null())?;
        Ok(())
    }
}

/// A statement that waits for a lock makes everybody behind it wait: it gives up soon, and is tried again.
fn migrator() -> Migrator {
    Migrator::registered().statement_lock_timeout(Duration::from_secs(2)).lock_retries(20)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let url = std::env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL to a PostgreSQL database of its own")?;
    let mut conn = PgConnection::establish(&url)?;
    println!("{}", migrator().run_pending(&mut conn)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use migrator_core::testing::{TestDatabase, migration_tests};

    /// Any database of the server; the tests make their own beside it.
    fn server() -> TestDatabase {
        TestDatabase::postgres(std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL names a PostgreSQL server"))
    }

    migration_tests!(database = server(), migrator = super::migrator(), migrations = "src");
}
