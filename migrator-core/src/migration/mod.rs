//! What a migration is to everything above: its metadata and three functions.

pub(crate) mod sql;

use std::sync::{Arc, LazyLock};

use crate::error::{Error, ErrorKind};
use crate::metadata::Metadata;
use crate::operations::Operations;

/// What the functions of a migration return.
pub type MigrationResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// A migration: usually written with `#[migration]`, by hand where it is made at run time.
///
/// The three functions may run several times, and be rolled back or recorded: no effect outside the database belongs in
/// them.
///
/// ```
/// use migrator_core::prelude::*;
/// use migrator_core::Metadata;
///
/// struct CreateUsers(Metadata);
///
/// impl Migration for CreateUsers {
///     fn metadata(&self) -> &Metadata {
///         &self.0
///     }
///     fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
///         op.create_table("users", |t| t.id())?;
///         Ok(())
///     }
///     fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
///         op.drop_table("users")?;
///         Ok(())
///     }
/// }
///
/// let migrator = Migrator::new().with(CreateUsers(Metadata::new("1")));
/// assert_eq!(migrator.heads()?, ["1"]);
/// # Ok::<(), migrator_core::Error>(())
/// ```
pub trait Migration: Send + Sync {
    /// What it says about itself.
    fn metadata(&self) -> &Metadata;

    /// The way up.
    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult;

    /// The way down.
    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult;

    /// Whether what it did holds: asked after the upgrade, before the commit, and on `verify`. Writes are refused.
    fn verify(&self, op: &mut Operations<'_>) -> MigrationResult {
        let _ = op;
        Ok(())
    }

    /// Whether `verify` is more than the one above: protecting the database from it costs round trips.
    #[doc(hidden)]
    fn has_verify(&self) -> bool {
        true
    }

    /// A digest of what it says, where one is known.
    #[doc(hidden)]
    fn checksum(&self) -> Option<&str> {
        None
    }

    /// Where it is written, for errors.
    #[doc(hidden)]
    fn source(&self) -> Option<String> {
        None
    }
}

macro_rules! forward_migration {
    ($($pointer:ty),*) => {
        $(impl<M: Migration + ?Sized> Migration for $pointer {
            fn metadata(&self) -> &Metadata {
                (**self).metadata()
            }
            fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
                (**self).upgrade(op)
            }
            fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
                (**self).downgrade(op)
            }
            fn verify(&self, op: &mut Operations<'_>) -> MigrationResult {
                (**self).verify(op)
            }
            fn has_verify(&self) -> bool {
                (**self).has_verify()
            }
            fn checksum(&self) -> Option<&str> {
                (**self).checksum()
            }
            fn source(&self) -> Option<String> {
                (**self).source()
            }
        })*
    };
}

forward_migration!(&M, Box<M>, Arc<M>);

/// A function of a migration written with the attribute.
#[doc(hidden)]
pub type Body = fn(&mut Operations<'_>) -> MigrationResult;

/// Where a migration stands in its program, and the digest of its tokens.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Source {
    file: &'static str,
    line: u32,
    checksum: &'static str,
}

impl Source {
    /// Filled in by the attribute.
    pub const fn new(file: &'static str, line: u32, checksum: &'static str) -> Self {
        Self { file, line, checksum }
    }
}

/// A migration written with `#[migration]`: what the attribute's `MIGRATION` is.
pub struct RustMigration {
    metadata: LazyLock<Metadata>,
    source: Source,
    upgrade: Body,
    downgrade: Option<Body>,
    verify: Option<Body>,
}

impl RustMigration {
    /// Filled in by the attribute.
    #[doc(hidden)]
    pub const fn new(
        metadata: fn() -> Metadata,
        source: Source,
        upgrade: Body,
        downgrade: Option<Body>,
        verify: Option<Body>,
    ) -> Self {
        Self { metadata: LazyLock::new(metadata), source, upgrade, downgrade, verify }
    }
}

impl Migration for RustMigration {
    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn upgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        (self.upgrade)(op)
    }

    fn downgrade(&self, op: &mut Operations<'_>) -> MigrationResult {
        match self.downgrade {
            Some(downgrade) => downgrade(op),
            None => Err(irreversible(&self.metadata).into()),
        }
    }

    fn verify(&self, op: &mut Operations<'_>) -> MigrationResult {
        self.verify.map_or(Ok(()), |verify| verify(op))
    }

    fn has_verify(&self) -> bool {
        self.verify.is_some()
    }

    fn checksum(&self) -> Option<&str> {
        Some(self.source.checksum)
    }

    fn source(&self) -> Option<String> {
        Some(format!("{}:{}", self.source.file, self.source.line))
    }
}

/// The error of going back where there is no way back.
pub(crate) fn irreversible(metadata: &Metadata) -> Error {
    Error::new(ErrorKind::Irreversible, "it is irreversible: there is no way back")
        .in_revision(metadata.revision())
        .state("nothing was written")
        .remedy("restore a backup, or write a new migration that goes on from here")
}
