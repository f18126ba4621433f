//! How a database writes strings, names and comments: facts, asked by field.

use crate::dialect::Dialect;

/// The lexical habits of one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    /// `'it\'s'`: a backslash escapes in every string.
    pub(super) backslash_escapes: bool,
    /// `E'it\'s'` and `U&'..'`: a prefix changes what a string means.
    pub(super) string_prefixes: bool,
    /// `"text"` is a string, not a name.
    pub(super) double_quoted_strings: bool,
    /// `` `name` ``
    pub(super) backtick_names: bool,
    /// `[name]`
    pub(super) bracket_names: bool,
    /// `$tag$ .. $tag$`, and `$1` for a parameter.
    pub(super) dollar_quotes: bool,
    /// `2020_users` is a name.
    pub(super) names_start_with_digits: bool,
    /// The characters that start a variable or parameter.
    pub(super) sigils: &'static [u8],
    /// `/* /* */ */` is one comment.
    pub(super) nested_comments: bool,
    /// `# to the end of the line`
    pub(super) hash_comments: bool,
    /// `--` starts a comment only before white space.
    pub(super) dashes_need_space: bool,
    /// A comment still open at the end of the text is accepted by the database.
    pub(super) comments_may_stay_open: bool,
    /// `/*+ .. */` speaks to the planner.
    pub(super) hints: bool,
    /// Openings of comments whose inside is run.
    pub(super) code_comments: &'static [&'static str],
    /// Lines `DELIMITER //` of the database's client.
    pub(super) delimiter_lines: bool,
}

impl Syntax {
    pub(super) fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
            Dialect::MySql => MYSQL,
            Dialect::MariaDb => MARIADB,
        }
    }
}

const SQLITE: Syntax = Syntax {
    backslash_escapes: false,
    string_prefixes: false,
    double_quoted_strings: false,
    backtick_names: true,
    bracket_names: true,
    dollar_quotes: false,
    names_start_with_digits: false,
    sigils: b"@:$?",
    nested_comments: false,
    hash_comments: false,
    dashes_need_space: false,
    comments_may_stay_open: true,
    hints: false,
    code_comments: &[],
    delimiter_lines: false,
};

const POSTGRES: Syntax = Syntax {
    string_prefixes: true,
    backtick_names: false,
    bracket_names: false,
    dollar_quotes: true,
    sigils: b"",
    nested_comments: true,
    comments_may_stay_open: false,
    // pg_hint_plan reads them, and only at the start of a statement.
    hints: true,
    ..SQLITE
};

const MYSQL: Syntax = Syntax {
    backslash_escapes: true,
    string_prefixes: false,
    double_quoted_strings: true,
    backtick_names: true,
    bracket_names: false,
    dollar_quotes: false,
    names_start_with_digits: true,
    sigils: b"@",
    nested_comments: false,
    hash_comments: true,
    dashes_need_space: true,
    comments_may_stay_open: false,
    hints: true,
    code_comments: &["/*!"],
    delimiter_lines: true,
};

const MARIADB: Syntax = Syntax { code_comments: &["/*!", "/*M!"], ..MYSQL };
