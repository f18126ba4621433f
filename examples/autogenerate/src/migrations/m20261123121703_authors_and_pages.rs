//! authors and pages
//!
//! Revision ID: 20261123121703
//! Revises: 20261101090000
//! Create Date: 2026-11-23 12:17:03 UTC

use migrator_core::prelude::*;

/// Authors and pages.
#[migration(revision = "20261123121703", down_revision = "20261101090000")]
mod authors_and_pages {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("authors", |t| {
            t.id();
            t.text("name").not_null();
        })?;
        op.add_column("books", |t| t.big_integer("author_id").references("authors", "id"))?;
        op.add_column("books", |t| t.integer("pages"))?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("books", "pages")?;
        op.drop_column("books", "author_id")?;
        op.drop_table("authors")?;
        Ok(())
    }
}
