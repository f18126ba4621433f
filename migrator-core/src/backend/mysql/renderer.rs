//! SQL as MySQL and MariaDB read it.
//!
//! A table gets the engine and character set that its database is set to: who runs the database decides that, not a
//! migration.

use super::rows;
use crate::dialect::{Capabilities, Dialect, NameLimit, SqlRenderer};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::{ColumnChange, ColumnDef, ColumnType, Datum, ForeignKey, Index, TableDef};
use crate::schema::conversion::Kind;
use crate::schema::spelling::{canonical_default, canonical_type};
use crate::schema::{Column, Table};

/// One way of writing for both; they differ in what they answer, not in what they read.
pub(super) struct Renderer(Dialect);

pub(super) static MYSQL: Renderer = Renderer(Dialect::MySql);
pub(super) static MARIADB: Renderer = Renderer(Dialect::MariaDb);

const LONGEST_NAME: usize = 64;

/// In letters of four bytes.
const LONGEST_INDEXED: u32 = 768;

/// What every row format takes, in letters of four bytes.
const INDEX_PREFIX: u32 = 191;

/// What a text begins with that is written in hexadecimal digits.
const HEXADECIMAL: &str = "_utf8mb4 0x";

/// Compared letter by letter, and beside a text of any other collation.
pub(super) const EVERY_TEXT: &str = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

/// A schema is a database here: `("billing", "invoices")` is a table of another database on the same server.
static OF_MYSQL: Capabilities = Capabilities {
    transactional_ddl: false,
    texts_are_transactions: false,
    schemas: true,
    name_limit: NameLimit::Letters(LONGEST_NAME),
    trailing_space_in_names: false,
    reserved_prefix: None,
    anonymous_blocks: false,
    partial_indexes: false,
    concurrent_indexes: false,
    index_methods: true,
    column_comments: true,
    enum_types: false,
    // InnoDB takes the words and does what RESTRICT does.
    set_default_action: false,
    unbounded_keys: false,
    unbounded_primary_keys: false,
    unique_is_index: true,
    unique_names: false,
    unique_in_definition: false,
    types_as_written: false,
    foreign_keys_have_indexes: true,
    referenced_keys_checked: true,
};

/// MariaDB keeps a digest of the whole value in such a key.
static OF_MARIADB: Capabilities = Capabilities { unbounded_keys: true, ..OF_MYSQL };

impl SqlRenderer for Renderer {
    fn dialect(&self) -> Dialect {
        self.0
    }

    fn capabilities(&self) -> &'static Capabilities {
        match self.0 {
            Dialect::MySql => &OF_MYSQL,
            _ => &OF_MARIADB,
        }
    }

    fn column_type(&self, column_type: &ColumnType) -> String {
        match column_type {
            ColumnType::SmallInteger => "SMALLINT".to_owned(),
            ColumnType::Integer => "INT".to_owned(),
            ColumnType::BigInteger => "BIGINT".to_owned(),
            ColumnType::String(length) => format!("VARCHAR({length})"),
            ColumnType::Text => "LONGTEXT".to_owned(),
            ColumnType::Boolean => "TINYINT(1)".to_owned(),
            ColumnType::Float => "FLOAT".to_owned(),
            ColumnType::Double => "DOUBLE".to_owned(),
            ColumnType::Decimal(precision, scale) => format!("DECIMAL({precision},{scale})"),
            ColumnType::Date => "DATE".to_owned(),
            ColumnType::Time => "TIME(6)".to_owned(),
            ColumnType::Timestamp | ColumnType::TimestampTz => "DATETIME(6)".to_owned(),
            ColumnType::Binary => "LONGBLOB".to_owned(),
            ColumnType::Json => "JSON".to_owned(),
            ColumnType::Uuid => "BINARY(16)".to_owned(),
            ColumnType::Custom(sql) => sql.clone(),
        }
    }

    fn found_column(&self, column: &ColumnDef, in_key: bool) -> Column {
        self.printed_column(column, in_key)
    }

    fn counted_column(&self) -> &'static str {
        "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"
    }

    fn name_quote(&self) -> char {
        '`'
    }

    fn text_cast(&self, expression: &str) -> String {
        format!("CAST({expression} AS CHAR)")
    }

    /// What a backslash means depends on the session's sql_mode; hexadecimal digits mean the same in all of them.
    fn text_literal(&self, text: &str) -> String {
        if text.contains(['\\', '\0']) {
            let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            return format!("{HEXADECIMAL}{digits}");
        }
        format!("'{}'", text.replace('\'', "''"))
    }

    /// The fraction must be that of the column; only DATETIME and TIMESTAMP take the moment without brackets.
    /// A moment is kept in UTC, whatever the session's time zone.
    fn now(&self, column_type: &ColumnType) -> &'static str {
        match column_type {
            ColumnType::Timestamp => "CURRENT_TIMESTAMP(6)",
            ColumnType::Date => "(CURRENT_DATE)",
            ColumnType::Time => "(CURRENT_TIME(6))",
            ColumnType::Custom(sql) => now_of_custom(sql),
            _ => "(UTC_TIMESTAMP(6))",
        }
    }

    /// Types without a fixed length take a default only as an expression. MariaDB keeps an expression as text, and
    /// prints a hexadecimal literal into it without escapes: there the digits must be a function's.
    fn default_literal(&self, column_type: &ColumnType, literal: String) -> String {
        match literal.strip_prefix(HEXADECIMAL) {
            _ if !is_unbounded(column_type) || literal == "NULL" => literal,
            Some(digits) => format!("(CONVERT(UNHEX('{digits}') USING utf8mb4))"),
            None => format!("({literal})"),
        }
    }

    /// Takes a text alone, no expression: a backslash is doubled, and stays doubled under NO_BACKSLASH_ESCAPES.
    fn comment_clause(&self, text: &str) -> Option<String> {
        Some(format!("COMMENT '{}'", text.replace('\\', "\\\\").replace('\'', "''")))
    }

    /// The catalogue keeps no letter beyond U+FFFF.
    fn kept_comment(&self, text: &str) -> String {
        text.chars().map(|letter| if letter > '\u{ffff}' { '?' } else { letter }).collect()
    }

    /// ALTER TABLE .. RENAME would move a table of another database into this one.
    fn rename_table(&self, table: &TableName, new: &str) -> Vec<String> {
        vec![format!("RENAME TABLE {} TO {}", self.table(table), self.table(&table.sibling(new)))]
    }

    /// A text is written in hexadecimal digits where it has a backslash, and printed with escapes.
    fn canonical_default(&self, expression: &str, canonical_type: &str) -> String {
        let text = match digits_in(expression) {
            Some(digits) => of_digits(&digits),
            None => printed_text(expression),
        };
        let literal = text.map(|text| format!("'{}'", text.replace('\'', "''")));
        canonical_default(literal.as_deref().unwrap_or(expression), canonical_type)
    }

    fn drop_constraint(&self, found: &Table, name: &str) -> Result<Vec<String>> {
        Ok(vec![format!("ALTER TABLE {} {}", self.table(&found.name), self.dropped_constraint(found, name)?)])
    }

    fn drop_column(&self, found: &Table, column: &str) -> Vec<String> {
        vec![format!("ALTER TABLE {} {}", self.table(&found.name), self.dropped_column(found, column))]
    }

    fn alter_column(&self, found: &Table, column: &str, change: &ColumnChange) -> Result<Vec<String>> {
        let Some(there) = found.columns.iter().find(|there| self.same_name(&there.name, column)) else {
            return Ok(Vec::new());
        };
        match &change.using {
            Some(using) => self.changed_by_expression(found, there, change, using),
            None => Ok(vec![format!(
                "ALTER TABLE {} {}",
                self.table(&found.name),
                self.changed_column(found, there, change)?
            )]),
        }
    }

    fn values_changed_by(&self, table: &TableName, column: &str, old: &str, new: &ColumnType) -> Option<String> {
        self.narrowed(table, column, old, new)
    }

    /// Nothing without a length is taken whole, and no text of more than 3072 bytes.
    fn index_prefix(&self, sql_type: &str) -> Option<u32> {
        let kind = Kind::of(&canonical_type(sql_type), 0);
        let is_long = matches!(kind, Kind::Letters(Some(length)) if length > LONGEST_INDEXED);
        (is_long || is_unbounded(&ColumnType::Custom(sql_type.to_owned()))).then_some(INDEX_PREFIX)
    }

    fn holds(&self, column: &str, datum: &Datum, sql_type: &str, binds: &mut Vec<Datum>) -> String {
        rows::holds(self, column, datum, sql_type, binds)
    }

    fn keeping_last_number(&self, script: String) -> String {
        format!(
            "SET @__migrator_last = LAST_INSERT_ID();\n{};\nSET last_insert_id = @__migrator_last",
            script.trim_end().trim_end_matches(';')
        )
    }

    /// Names of columns are compared without regard to case.
    fn same_name(&self, one: &str, other: &str) -> bool {
        one.to_lowercase() == other.to_lowercase()
    }

    fn drop_index(&self, table: &TableName, name: &str) -> String {
        format!("DROP INDEX {} ON {}", self.quote(name), self.table(table))
    }

    /// MariaDB takes CHECK only behind all the rest. A TIMESTAMP is NOT NULL on some servers unless NULL is said.
    fn column(&self, column: &ColumnDef) -> String {
        let mut parts = vec![self.quote(&column.name)];
        if column.auto_increment {
            parts.push(self.counted_column().to_owned());
        } else {
            parts.push(self.column_type(&column.column_type));
            parts.extend(nullability(column).map(str::to_owned));
            parts.extend(column.default.as_ref().map(|default| format!("DEFAULT {}", self.default(column, default))));
            parts.extend(column.primary_key.then(|| "PRIMARY KEY".to_owned()));
        }
        parts.extend(column.unique.then(|| "UNIQUE".to_owned()));
        parts.extend(column.comment.as_deref().and_then(|text| self.comment_clause(text)));
        parts.extend(column.check.as_ref().map(|check| format!("CHECK ({check})")));
        parts.join(" ")
    }

    fn breakers_of_new(&self, table: &TableName, column: &ColumnDef) -> Option<String> {
        let check = column.check.as_ref()?;
        let value = column.default.as_ref().map_or("NULL".to_owned(), |default| self.default(column, default));
        let (name, new, alias) = (self.table(table), self.quote(&column.name), self.quote(table.name()));
        Some(format!(
            "SELECT count(*) FROM (SELECT {name}.*, {value} AS {new} FROM {name}) {alias} WHERE NOT ({check})"
        ))
    }

    fn create_book(&self, table: &TableDef) -> Vec<String> {
        let mut statements = self.create_table(table);
        statements.iter_mut().take(1).for_each(|create| *create += &format!(" {EVERY_TEXT}"));
        statements
    }

    /// `REFERENCES` behind a column was read and forgotten by every MySQL before 9.0.
    fn added_reference(&self, table: &TableName, key: &ForeignKey) -> String {
        format!(", ADD {}", self.foreign_key(table, key))
    }

    /// The method stands before ON, and two of them, FULLTEXT and SPATIAL, before INDEX.
    fn create_index(&self, table: &TableName, index: &Index) -> String {
        let name = self.quote(&index.name_on(table, self.capabilities().name_limit.safe_bytes()));
        let method = index.method.as_deref().unwrap_or_default();
        let (kind, using) = match method.to_ascii_uppercase().as_str() {
            "" => (String::new(), String::new()),
            kind @ ("FULLTEXT" | "SPATIAL") => (format!("{kind} "), String::new()),
            _ => (String::new(), format!(" USING {method}")),
        };
        let unique = if index.unique { "UNIQUE " } else { "" };
        let (target, columns) = (self.table(table), self.index_columns(index));
        format!("CREATE {unique}{kind}INDEX {name}{using} ON {target} ({columns})")
    }

    fn check_name(&self, what: &str, name: &str) -> Result<()> {
        let Some(fault) = name_fault(name) else { return Ok(()) };
        let message = format!("{} does not allow the {what} name {name:?}: {fault}", self.dialect());
        Err(Error::new(ErrorKind::InvalidName, message).state("nothing was sent").remedy("choose another name"))
    }
}

/// The digits of a text that is written in hexadecimal ones, as a literal or as an expression.
fn digits_in(expression: &str) -> Option<String> {
    if let Some(digits) = expression.strip_prefix(HEXADECIMAL) {
        return Some(digits.to_owned());
    }
    let lower = expression.to_ascii_lowercase();
    let converted = lower.trim_matches(['(', ')']).strip_prefix("convert(unhex('")?;
    converted.strip_suffix("') using utf8mb4").map(str::to_owned)
}

pub(super) fn of_digits(digits: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?).ok()
}

/// What a literal says as the catalogue prints it, with escapes; none for what is no literal.
pub(super) fn printed_text(expression: &str) -> Option<String> {
    let mut letters = expression.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => text.push(letters.next().filter(|next| *next == '\'')?),
            '\\' => text.push(match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'Z' => '\u{1a}',
                other => other,
            }),
            _ => text.push(letter),
        }
    }
    Some(text)
}

/// <https://dev.mysql.com/doc/refman/8.4/en/identifiers.html>
fn name_fault(name: &str) -> Option<String> {
    let letters = name.chars().count();
    if name.is_empty() {
        Some("it is empty".to_owned())
    } else if name.contains('\0') {
        Some("it contains a NUL".to_owned())
    } else if name.ends_with(' ') {
        Some("it ends in a space".to_owned())
    } else if let Some(letter) = name.chars().find(|letter| *letter > '\u{ffff}') {
        Some(format!("{letter:?} is beyond U+FFFF"))
    } else {
        (letters > LONGEST_NAME).then(|| format!("it has {letters} letters, {LONGEST_NAME} are allowed"))
    }
}

fn nullability(column: &ColumnDef) -> Option<&'static str> {
    if column.not_null {
        return Some("NOT NULL");
    }
    let is_timestamp = matches!(&column.column_type, ColumnType::Custom(sql) if starts_with(sql, "TIMESTAMP"));
    (is_timestamp && !column.primary_key).then_some("NULL")
}

pub(super) fn is_unbounded(column_type: &ColumnType) -> bool {
    match column_type {
        ColumnType::Text | ColumnType::Binary | ColumnType::Json => true,
        ColumnType::Custom(sql) => {
            let word = sql.split(['(', ' ']).next().unwrap_or_default().to_ascii_uppercase();
            word.ends_with("TEXT") || word.ends_with("BLOB") || word == "JSON"
        }
        _ => false,
    }
}

/// With the fraction that the type names, which the server insists on.
fn now_of_custom(sql: &str) -> &'static str {
    if !starts_with(sql, "DATETIME") && !starts_with(sql, "TIMESTAMP") {
        return if starts_with(sql, "DATE") { "(CURRENT_DATE)" } else { "(CURRENT_TIMESTAMP(6))" };
    }
    let digit = sql.split('(').nth(1).and_then(|rest| rest.trim_start().chars().next());
    match digit {
        Some('1') => "CURRENT_TIMESTAMP(1)",
        Some('2') => "CURRENT_TIMESTAMP(2)",
        Some('3') => "CURRENT_TIMESTAMP(3)",
        Some('4') => "CURRENT_TIMESTAMP(4)",
        Some('5') => "CURRENT_TIMESTAMP(5)",
        Some('6') => "CURRENT_TIMESTAMP(6)",
        _ => "CURRENT_TIMESTAMP",
    }
}

pub(super) fn starts_with(sql: &str, word: &str) -> bool {
    sql.trim_start().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Action, TableBuilder};

    fn created(describe: impl FnOnce(&mut TableBuilder)) -> Vec<String> {
        let mut table = TableBuilder::new("users".into());
        describe(&mut table);
        MARIADB.create_table(&table.finish())
    }

    fn column(describe: impl FnOnce(&mut TableBuilder)) -> String {
        let create = created(describe).remove(0);
        create.lines().nth(1).unwrap_or_default().trim().to_owned()
    }

    #[test]
    fn a_table_with_all_types() {
        let statements = created(|t| {
            t.id();
            t.small_integer("a");
            t.integer("b").not_null().default(7);
            t.big_integer("c").references("orgs", "id").on_delete(Action::Cascade);
            t.string("d", 255).unique();
            t.text("e").default("it's");
            t.boolean("f").default(true);
            t.float("g");
            t.double("h");
            t.decimal("i", 10, 2);
            t.date("j").default_now();
            t.time("k").default_now();
            t.timestamp("l").default_now();
            t.timestamp_tz("m").not_null().default_now();
            t.binary("n");
            t.json("o").default("{}");
            t.uuid("p").default_sql("UUID_TO_BIN(UUID())");
            t.custom("q", "ENUM('x', 'y')");
            t.index(["a", "b"]);
        });
        assert_eq!(
            statements,
            [
                "CREATE TABLE `users` (\n  \
                 `id` BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,\n  \
                 `a` SMALLINT,\n  \
                 `b` INT NOT NULL DEFAULT 7,\n  \
                 `c` BIGINT,\n  \
                 `d` VARCHAR(255) UNIQUE,\n  \
                 `e` LONGTEXT DEFAULT ('it''s'),\n  \
                 `f` TINYINT(1) DEFAULT 1,\n  \
                 `g` FLOAT,\n  \
                 `h` DOUBLE,\n  \
                 `i` DECIMAL(10,2),\n  \
                 `j` DATE DEFAULT (CURRENT_DATE),\n  \
                 `k` TIME(6) DEFAULT (CURRENT_TIME(6)),\n  \
                 `l` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6),\n  \
                 `m` DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),\n  \
                 `n` LONGBLOB,\n  \
                 `o` JSON DEFAULT ('{}'),\n  \
                 `p` BINARY(16) DEFAULT (UUID_TO_BIN(UUID())),\n  \
                 `q` ENUM('x', 'y'),\n  \
                 CONSTRAINT `users_c_fkey` FOREIGN KEY (`c`) REFERENCES `orgs` (`id`) ON DELETE CASCADE\n)",
                "CREATE INDEX `users_a_b_idx` ON `users` (`a`, `b`)",
            ]
        );
    }

    #[test]
    fn a_check_stands_behind_the_comment() {
        let sql = column(|t| drop(t.integer("age").comment("it's in \\years").check("age > 0")));
        assert_eq!(sql, "`age` INT COMMENT 'it''s in \\\\years' CHECK (age > 0)");
    }

    #[test]
    fn a_backslash_means_itself_in_every_sql_mode() {
        assert_eq!(MYSQL.text_literal("a'b"), "'a''b'");
        assert_eq!(MYSQL.text_literal("a\\"), "_utf8mb4 0x615c");
        assert_eq!(column(|t| drop(t.string("a", 9).default("\\'"))), "`a` VARCHAR(9) DEFAULT _utf8mb4 0x5c27");
        let text = column(|t| drop(t.text("a").default("\\'")));
        assert_eq!(text, "`a` LONGTEXT DEFAULT (CONVERT(UNHEX('5c27') USING utf8mb4))");
    }

    #[test]
    fn the_moment_has_the_fraction_of_its_column() {
        for (sql, now) in [
            ("datetime(3)", "CURRENT_TIMESTAMP(3)"),
            ("TIMESTAMP", "CURRENT_TIMESTAMP"),
            ("DATE", "(CURRENT_DATE)"),
            ("VARCHAR(30)", "(CURRENT_TIMESTAMP(6))"),
        ] {
            assert_eq!(MYSQL.now(&ColumnType::Custom(sql.to_owned())), now, "{sql}");
        }
    }

    #[test]
    fn a_timestamp_is_nullable_unless_said_otherwise() {
        assert_eq!(column(|t| drop(t.custom("a", "timestamp(3)"))), "`a` timestamp(3) NULL");
        assert_eq!(column(|t| drop(t.custom("a", "TIMESTAMP").not_null())), "`a` TIMESTAMP NOT NULL");
    }

    #[test]
    fn an_added_column_brings_its_foreign_key() {
        let mut table = TableBuilder::new("users".into());
        table.big_integer("org_id").references(("other", "orgs"), "id").on_delete(Action::SetNull);
        let sql = MYSQL.add_column(&"users".into(), &table.finish().columns[0]);
        assert_eq!(
            sql,
            ["ALTER TABLE `users` ADD COLUMN `org_id` BIGINT, \
              ADD CONSTRAINT `users_org_id_fkey` FOREIGN KEY (`org_id`) REFERENCES `other`.`orgs` (`id`) ON DELETE SET NULL"]
        );
    }

    #[test]
    fn indexes_come_and_go_with_their_table() {
        let table = TableName::from("a`b");
        assert_eq!(MYSQL.drop_index(&table, "i"), "DROP INDEX `i` ON `a``b`");
        let index = |method| MYSQL.create_index(&table, &Index::on(["x"]).named("i").using(method));
        assert_eq!(index("hash"), "CREATE INDEX `i` USING hash ON `a``b` (`x`)");
        assert_eq!(index("fulltext"), "CREATE FULLTEXT INDEX `i` ON `a``b` (`x`)");
    }

    #[test]
    fn names_are_of_64_letters_of_the_first_plane() {
        for good in ["a\"b", "a.b", "order", "ünï", "a`b", &"ü".repeat(64)] {
            assert!(MYSQL.check_name("table", good).is_ok(), "{good:?}");
        }
        for bad in ["", "a ", "a\0", "😀", &"a".repeat(65)] {
            let kind = MYSQL.check_name("table", bad).err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::InvalidName), "{bad:?}");
        }
    }
}
