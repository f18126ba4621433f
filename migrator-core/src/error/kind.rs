//! The kinds of error, for programs and scripts.

/// What went wrong.
///
/// | exit code | kinds |
/// |---|---|
/// | 1 failed | every kind not named below |
/// | 5 lock not got | `LockTimeout`, `LockLost` |
/// | 6 refused | `DataLoss`, `Declined` |
/// | 7 needs repair | `Interrupted`, `UnguardedDdl` |
/// | 8 history does not match the program | `DuplicateRevision`, `MissingRevision`, `Cycle`, `MultipleHeads`, `UnknownRevision`, `OutOfOrder`, `Edited`, `HistoryFormat` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum ErrorKind {
    /// No migration is registered.
    NoMigrations,
    /// The same revision stands twice.
    DuplicateRevision,
    /// A named parent or dependency is not there.
    MissingRevision,
    /// Migrations follow each other in a circle.
    Cycle,
    /// One head was asked for and there are several.
    MultipleHeads,
    /// The database has a revision that the program does not know.
    UnknownRevision,
    /// The target names nothing.
    UnknownTarget,
    /// The target could mean several.
    AmbiguousTarget,
    /// The target makes no sense from where the database stands.
    InvalidTarget,
    /// A migration older than an applied one has arrived, and that is refused.
    OutOfOrder,
    /// An applied migration's text has changed since, and that is refused.
    Edited,
    /// What a migration requires does not hold; nothing was written.
    PreconditionFailed,
    /// What a migration ensures does not hold after it ran.
    PostconditionFailed,
    /// Something of that name is there with another shape.
    ShapeConflict,
    /// Data would be lost that nobody named.
    DataLoss,
    /// The migration has no way back.
    Irreversible,
    /// The lock was not got in time.
    LockTimeout,
    /// The lock was lost while it was needed.
    LockLost,
    /// A migration was interrupted half-way where the database cannot undo.
    Interrupted,
    /// DDL went past the guard on a database without transactional DDL.
    UnguardedDdl,
    /// A backup was not made.
    BackupFailed,
    /// What was verified does not hold.
    IntegrityFailed,
    /// The connection is inside a transaction of the caller's where none may be.
    InTransaction,
    /// The database takes no writes.
    ReadOnly,
    /// The role lacks a privilege.
    Privilege,
    /// The database does not allow the name.
    InvalidName,
    /// The revision is malformed.
    InvalidRevision,
    /// The history tables are of a later format.
    HistoryFormat,
    /// A person said no.
    Declined,
    /// A migration panicked.
    Panicked,
    /// The database cannot do this.
    Unsupported,
    /// The migration's own code returned an error.
    Migration,
    /// The database cannot be reached.
    Connection,
    /// The database refused a statement.
    Database,
}

impl ErrorKind {
    /// The exit code of a program that ends with an error of this kind.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::LockTimeout | Self::LockLost => 5,
            Self::DataLoss | Self::Declined => 6,
            Self::Interrupted | Self::UnguardedDdl => 7,
            Self::DuplicateRevision
            | Self::MissingRevision
            | Self::Cycle
            | Self::MultipleHeads
            | Self::UnknownRevision
            | Self::OutOfOrder
            | Self::Edited
            | Self::HistoryFormat => 8,
            _ => 1,
        }
    }

    /// Where the guide says more of it: the entry of this kind.
    ///
    /// ```
    /// use migrator_core::ErrorKind;
    /// assert_eq!(ErrorKind::DataLoss.entry(), "docs/guide/troubleshooting.md#dataloss");
    /// ```
    pub fn entry(self) -> String {
        format!("docs/guide/troubleshooting.md#{}", self.to_string().to_lowercase())
    }
}

/// The name, as in the code.
impl std::fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}
