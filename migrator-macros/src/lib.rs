//! The macros of [migrator-core](https://docs.rs/migrator-core), which re-exports them: depend on
//! that crate, not on this one.
//!
//! An attribute is parsed, checked and expanded, in this order, with the user's own tokens kept to
//! the end, so that each error points at the word that caused it. What is expanded is a static of
//! plain data; the work is in the core.

mod checksum;
mod connection;
mod errors;
mod migration;
mod spelling;

#[cfg(test)]
mod rustfmt;

use proc_macro::TokenStream;

/// Makes a migration of an inline module that holds `fn upgrade` and `fn downgrade`.
///
/// # The module
///
/// `fn upgrade` does the work, `fn downgrade` undoes it, `fn verify`, where there is one, looks at
/// the result before it is committed. Each takes `&mut Operations<'_>`, or directly the Diesel
/// connection (`&mut SqliteConnection`, or an enum of several), and returns a `Result` whose error
/// converts into `Box<dyn Error + Send + Sync>`. Without `fn downgrade` the attribute has to say
/// `irreversible`.
///
/// The module sees everything its parent imports: `use super::*` is added to it. It gets a
/// `pub static MIGRATION`, for `migrations![..]`, and is registered under its group.
///
/// # Options
///
/// | option | says |
/// |---|---|
/// | `revision = "20261123031600"` | its name in the history: 1 to 50 of `[A-Za-z0-9_.]`, hyphens are dropped; not `head`, `heads`, `base`, `current`. Required |
/// | `description = ".."` | what it does; else the first paragraph of the module's doc comment, else its name |
/// | `down_revision = "a"`, `["a", "b"]` or `none` | which revisions it follows; `none` makes it a base |
/// | `branch_label = ".."` or a list | a name for the branch that begins here |
/// | `depends_on = ".."` or a list | revisions that must be applied first without being parents |
/// | `replaces = ".."` or a list | revisions that this one stands for |
/// | `transaction = false` | runs outside a transaction |
/// | `foreign_keys = off` | SQLite: foreign keys are switched off while it runs |
/// | `irreversible` | it cannot be undone, and has no `fn downgrade` |
/// | `requires(..)` | conditions without which it is refused |
/// | `ensures(..)` | conditions without which it is rolled back |
/// | `skip_if(..)` | conditions under which it is recorded without being run |
/// | `backup("users", ..)` | tables to copy before it runs, in either direction |
/// | `allow_loss(..)` | the data it may lose: `table("t")`, `column("t", "c")`, `rows("t")` |
/// | `group = "name"` | the group it is registered under; else `default` |
/// | `crate = path` | where `migrator_core` is found, seen from inside the module |
///
/// Conditions: `table("t")`, `no_table("t")`, `column("t", "c")`, `no_column("t", "c")`,
/// `index("t", "i")`, `no_index("t", "i")`, `empty("t")`, `not_empty("t")`. Wherever a table is
/// named, `("schema", "table")` may stand in place of `"table"`.
#[proc_macro_attribute]
pub fn migration(arguments: TokenStream, item: TokenStream) -> TokenStream {
    migration::migration(arguments.into(), item.into()).into()
}

/// Lets an enum of connections, one that also derives Diesel's `MultiConnection`, be migrated.
///
/// Each variant holds one connection. `#[migrator(crate = path)]` says where `migrator_core` is
/// found.
#[proc_macro_derive(SchemaConnection, attributes(migrator))]
pub fn derive_schema_connection(input: TokenStream) -> TokenStream {
    connection::schema_connection(input.into()).into()
}
