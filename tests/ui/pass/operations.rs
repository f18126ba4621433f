//! On `Operations`, with all lints and every import that people write.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, rust_2018_idioms)]

use migrator_core::prelude::*;

/// Add an e-mail address.
#[migration(revision = "1", down_revision = none, requires(table(("app", "users"))), backup("users"))]
pub mod by_the_parents_imports {
    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

/// Add a name.
#[migration(revision = "2", down_revision = "1", foreign_keys = off)]
mod by_super {
    use super::*;

    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn verify(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

#[migration(revision = "3", irreversible, allow_loss(column("users", "name"), rows("users")))]
mod by_the_prelude {
    use migrator_core::prelude::*;

    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

#[migration(revision = "4", group = "other", depends_on = ["1", "2"], crate = migrator_core)]
mod by_name {
    use migrator_core::{MigrationResult, Operations};

    fn upgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}

#[migration(revision = "5", irreversible)]
mod by_path {
    fn upgrade(op: &mut migrator_core::Operations<'_>) -> migrator_core::MigrationResult {
        helper(op)
    }

    fn helper<'a>(_: &mut migrator_core::Operations<'a>) -> migrator_core::MigrationResult {
        Ok(())
    }
}

fn main() {
    let listed = migrations![by_the_parents_imports, by_super, by_the_prelude, by_name, by_path];
    assert_eq!(listed.len(), 5);
}
