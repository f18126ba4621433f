//! Create books.

use migrator_core::prelude::*;

/// Create books.
#[migration(revision = "20261101090000")]
mod create_books {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("books", |t| {
            t.id();
            t.string("title", 200).not_null();
        })?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("books")?;
        Ok(())
    }
}
