//! Migrations that a `macro_rules!` writes.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, rust_2018_idioms)]

use migrator_core::prelude::*;

macro_rules! drops {
    ($name:ident, $revision:literal, $table:literal, $parameter:ty) => {
        #[migration(revision = $revision, allow_loss(table($table)), irreversible)]
        mod $name {
            fn upgrade(_: &mut $parameter) -> MigrationResult {
                Ok(())
            }
        }
    };
}

drops!(drop_users, "1", "users", Operations<'_>);
drops!(drop_orgs, "2", "orgs", SqliteConnection);

fn main() {
    let _ = migrations![drop_users, drop_orgs];
}
