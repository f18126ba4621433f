//! Two branches of a team, each with migrations of its own, and the merge that makes one line of them:
//! `cargo run -p team-branches`.

use std::error::Error;

use diesel::prelude::*;
use migrator_core::prelude::*;

/// Where both branches began.
#[migration(revision = "1000", irreversible)]
mod create_users {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("users", |t| t.id())?;
        Ok(())
    }
}

/// Ada's branch.
#[migration(revision = "2000", down_revision = "1000", branch_label = "billing")]
mod create_invoices {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("invoices", |t| {
            t.id();
            t.big_integer("user_id").not_null().references("users", "id");
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("invoices")?;
        Ok(())
    }
}

/// Grace's branch, from the same point.
#[migration(revision = "3000", down_revision = "1000", branch_label = "search")]
mod create_terms {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("terms", |t| {
            t.id();
            t.string("term", 80).not_null();
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("terms")?;
        Ok(())
    }
}

/// Whoever merges the second branch writes this: `<program> merge 2000 3000 -m "Merge billing and search"`.
#[migration(revision = "4000", down_revision = ["2000", "3000"])]
mod merge_billing_and_search {
    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

fn before_the_merge() -> Migrator {
    Migrator::new().with_all(migrations![create_users, create_invoices, create_terms])
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut conn = SqliteConnection::establish(":memory:")?;

    // Both branches are in the program: two heads, and "head" does not say which.
    println!("{}\n", before_the_merge().upgrade(&mut conn, "head").expect_err("there are two heads"));
    // A branch is named by its label.
    println!("{}\n", before_the_merge().upgrade(&mut conn, "billing@head")?);

    // With the merge there is one head again; what is missing is applied, late or not.
    println!("{}\n", Migrator::registered().upgrade(&mut conn, "head")?);
    println!("{}", Migrator::registered().picture(&mut conn)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use migrator_core::prelude::*;
    use migrator_core::testing::{TestDatabase, migration_tests};

    migration_tests!(database = TestDatabase::sqlite(), migrator = Migrator::registered(), migrations = "src");
}
