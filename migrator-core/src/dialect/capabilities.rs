//! What a database can do, as facts.

/// What a database can do, as facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
#[non_exhaustive]
pub struct Capabilities {
    /// DDL takes part in transactions.
    pub transactional_ddl: bool,
    /// Statements that are sent as one text stand or fall together.
    pub texts_are_transactions: bool,
    /// Tables stand in schemas.
    pub schemas: bool,
    /// How long a name may be.
    pub name_limit: NameLimit,
    /// A name may end in a space.
    pub trailing_space_in_names: bool,
    /// What names may not begin with.
    pub reserved_prefix: Option<&'static str>,
    /// DO runs a block of statements, which may do anything.
    pub anonymous_blocks: bool,
    /// Indexes may have a predicate.
    pub partial_indexes: bool,
    /// Indexes can be built while writers go on.
    pub concurrent_indexes: bool,
    /// Indexes have access methods to choose from.
    pub index_methods: bool,
    /// The catalogue has a place for a column's comment.
    pub column_comments: bool,
    /// Enums are types of their own.
    pub enum_types: bool,
    /// A foreign key may set a column to its default.
    pub set_default_action: bool,
    /// A key may be on a column without a length: text, bytes.
    pub unbounded_keys: bool,
    /// So may the primary key.
    pub unbounded_primary_keys: bool,
    /// A unique constraint is an index, and nothing tells the two apart.
    pub unique_is_index: bool,
    /// A unique constraint has a name of its own that is kept.
    pub unique_names: bool,
    /// A unique constraint stands in the table's definition alone: what is added later is an index.
    pub unique_in_definition: bool,
    /// A type is kept letter by letter as it was written.
    pub types_as_written: bool,
    /// A foreign key that finds no index gets one.
    pub foreign_keys_have_indexes: bool,
    /// A foreign key to columns that are not unique is refused when it is made, not when rows come.
    pub referenced_keys_checked: bool,
}

/// How long a name may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum NameLimit {
    /// In bytes of UTF-8.
    Bytes(usize),
    /// In letters.
    Letters(usize),
    /// As long as one likes.
    None,
}

impl NameLimit {
    /// A number of bytes that is never too long.
    pub(crate) fn safe_bytes(self) -> usize {
        match self {
            Self::Bytes(limit) | Self::Letters(limit) => limit,
            Self::None => 128,
        }
    }

    pub(super) fn excess(self, name: &str) -> Option<String> {
        let (length, limit, unit) = match self {
            Self::Bytes(limit) => (name.len(), limit, "bytes"),
            Self::Letters(limit) => (name.chars().count(), limit, "letters"),
            Self::None => return None,
        };
        (length > limit).then(|| format!("it has {length} {unit}, {limit} are allowed"))
    }
}
