//! A schema as a text to be kept, and read again; its digest is the fingerprint.
//!
//! A line for each table, column, key, index and constraint; fields with tabs between them. Columns stand by name: two
//! tables that differ only in the order of their columns are the same here.

use std::str::Split;

use super::{Check, Column, ForeignKey, Index, Schema, Table, Unique};
use crate::digest;
use crate::name::TableName;

/// The first line; another one means that another version wrote the text.
const FORMAT: &str = "schema 1";

/// What stands for a value that is not there.
const NONE: &str = "\\-";

impl Schema {
    /// A digest of all that the schema holds, 32 hexadecimal digits: equal for equal schemas, on whatever machine and in
    /// whatever version of this library. The order of a table's columns does not count.
    ///
    /// ```
    /// use diesel::connection::SimpleConnection;
    /// use migrator_core::{inspect_schema, prelude::*};
    /// let mut conn = SqliteConnection::establish(":memory:")?;
    /// let before = inspect_schema(&mut conn)?;
    /// conn.batch_execute("create table users (id integer primary key)")?;
    /// let after = inspect_schema(&mut conn)?;
    /// assert_ne!(after.fingerprint(), before.fingerprint());
    /// assert_eq!(before.difference(&after).to_string(), "+ table users (id INTEGER not null, primary key (id))");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fingerprint(&self) -> String {
        Self::fingerprint_of(&self.to_snapshot())
    }

    /// The fingerprint of the schema that a text was written from.
    pub(crate) fn fingerprint_of(snapshot: &str) -> String {
        digest::of_text(snapshot)
    }

    /// The text to be kept.
    pub(crate) fn to_snapshot(&self) -> String {
        let mut text = FORMAT.to_owned();
        self.tables.values().for_each(|table| write_table(&mut text, table));
        text
    }

    /// The schema that a text was written from; none for a text of another format.
    pub(crate) fn from_snapshot(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let mut schema = Self::default();
        let mut current = None;
        if lines.next() != Some(FORMAT) {
            return None;
        }
        for line in lines {
            let mut fields = Fields(line.split('\t'));
            if fields.0.next()? == "table" {
                let name = fields.table()?;
                current = Some(name.clone());
                schema.entry(name);
            } else {
                read_part(schema.tables.get_mut(current.as_ref()?)?, line)?;
            }
        }
        Some(schema)
    }
}

/// A line on its way.
struct Line<'t>(&'t mut String);

impl<'t> Line<'t> {
    fn new(text: &'t mut String, word: &str) -> Self {
        text.push('\n');
        text.push_str(word);
        Self(text)
    }

    fn field(&mut self, value: &str) -> &mut Self {
        self.0.push('\t');
        let mut rest = value;
        while let Some(at) = rest.find(['\\', '\t', '\n']) {
            self.0.push_str(&rest[..at]);
            self.0.push_str(match rest.as_bytes()[at] {
                b'\\' => "\\\\",
                b'\t' => "\\t",
                _ => "\\n",
            });
            rest = &rest[at + 1..];
        }
        self.0.push_str(rest);
        self
    }

    fn optional(&mut self, value: Option<&String>) -> &mut Self {
        match value {
            Some(value) => self.field(value),
            None => {
                self.0.push('\t');
                self.0.push_str(NONE);
                self
            }
        }
    }

    fn flag(&mut self, value: bool) -> &mut Self {
        self.field(if value { "1" } else { "0" })
    }

    fn fields(&mut self, values: &[String]) -> &mut Self {
        values.iter().for_each(|value| {
            self.field(value);
        });
        self
    }

    fn table(&mut self, name: &TableName) -> &mut Self {
        self.optional(name.schema().map(str::to_owned).as_ref()).field(name.name())
    }
}

fn write_table(text: &mut String, table: &Table) {
    Line::new(text, "table").table(&table.name);
    let mut columns: Vec<&Column> = table.columns.iter().collect();
    columns.sort_by_key(|column| &column.name);
    columns.into_iter().for_each(|column| write_column(text, column));
    if !table.primary_key.is_empty() {
        Line::new(text, "key").fields(&table.primary_key);
    }
    for index in table.indexes.values() {
        let Index { name, columns, unique, filter, method, valid } = index;
        let mut line = Line::new(text, "index");
        line.field(name).flag(*unique).flag(*valid).optional(filter.as_ref()).optional(method.as_ref()).fields(columns);
    }
    for unique in &table.uniques {
        Line::new(text, "unique").optional(unique.name.as_ref()).fields(&unique.columns);
    }
    table.foreign_keys.iter().for_each(|key| write_foreign_key(text, key));
    for check in &table.checks {
        Line::new(text, "check").optional(check.name.as_ref()).field(&check.expression);
    }
    for (name, value) in &table.options {
        Line::new(text, "option").field(name).field(value);
    }
}

fn write_column(text: &mut String, column: &Column) {
    let Column { name, sql_type, nullable, default, generated, auto_increment, collation, comment, extra } = column;
    let mut line = Line::new(text, "column");
    line.field(name).field(sql_type).flag(*nullable).flag(*auto_increment);
    [default, generated, collation, comment, extra].into_iter().for_each(|value| {
        line.optional(value.as_ref());
    });
}

fn write_foreign_key(text: &mut String, key: &ForeignKey) {
    let mut line = Line::new(text, "foreign");
    line.optional(key.name.as_ref()).table(&key.references).field(&key.on_delete).field(&key.on_update);
    line.field(&key.columns.len().to_string()).fields(&key.columns).fields(&key.referenced_columns);
}

/// The fields of a line that are left.
struct Fields<'t>(Split<'t, char>);

impl Fields<'_> {
    fn text(&mut self) -> Option<String> {
        Some(unescaped(self.0.next()?))
    }

    /// None when the line has ended, `Some(None)` for what is not there.
    fn optional(&mut self) -> Option<Option<String>> {
        let field = self.0.next()?;
        Some((field != NONE).then(|| unescaped(field)))
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.0.next()? == "1")
    }

    fn rest(&mut self) -> Vec<String> {
        self.0.by_ref().map(unescaped).collect()
    }

    fn table(&mut self) -> Option<TableName> {
        let (schema, name) = (self.optional()?, self.text()?);
        Some(match schema {
            Some(schema) => TableName::from((schema.as_str(), name.as_str())),
            None => TableName::from(name.as_str()),
        })
    }
}

fn unescaped(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '\\' { letters.next() } else { None }) {
            (_, Some('t')) => text.push('\t'),
            (_, Some('n')) => text.push('\n'),
            (_, Some(other)) => text.push(other),
            (letter, None) => text.push(letter),
        }
    }
    text
}

/// A line that is not a table's first; none for a line that this version does not know.
fn read_part(table: &mut Table, line: &str) -> Option<()> {
    let mut fields = Fields(line.split('\t'));
    match fields.0.next()? {
        "column" => table.columns.push(read_column(&mut fields)?),
        "key" => table.primary_key = fields.rest(),
        "index" => {
            let index = read_index(&mut fields)?;
            table.indexes.insert(index.name.clone(), index);
        }
        "unique" => table.uniques.push(Unique { name: fields.optional()?, columns: fields.rest() }),
        "foreign" => table.foreign_keys.push(read_foreign_key(&mut fields)?),
        "check" => table.checks.push(Check { name: fields.optional()?, expression: fields.text()? }),
        "option" => drop(table.options.insert(fields.text()?, fields.text()?)),
        _ => return None,
    }
    Some(())
}

fn read_column(fields: &mut Fields<'_>) -> Option<Column> {
    Some(Column {
        name: fields.text()?,
        sql_type: fields.text()?,
        nullable: fields.flag()?,
        auto_increment: fields.flag()?,
        default: fields.optional()?,
        generated: fields.optional()?,
        collation: fields.optional()?,
        comment: fields.optional()?,
        extra: fields.optional()?,
    })
}

fn read_index(fields: &mut Fields<'_>) -> Option<Index> {
    Some(Index {
        name: fields.text()?,
        unique: fields.flag()?,
        valid: fields.flag()?,
        filter: fields.optional()?,
        method: fields.optional()?,
        columns: fields.rest(),
    })
}

fn read_foreign_key(fields: &mut Fields<'_>) -> Option<ForeignKey> {
    let (name, references, on_delete, on_update) =
        (fields.optional()?, fields.table()?, fields.text()?, fields.text()?);
    let count: usize = fields.text()?.parse().ok()?;
    let mut columns = fields.rest();
    let referenced_columns = columns.split_off(count.min(columns.len()));
    Some(ForeignKey { columns, references, referenced_columns, on_delete, on_update, name })
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::{btree_map, vec};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    /// What names and expressions are made of here, with what the format gives a meaning of its own.
    fn text() -> impl Strategy<Value = String> {
        "[a-c\\\\\t\n ü\\-]{0,3}"
    }

    fn column() -> impl Strategy<Value = Column> {
        (text(), text(), any::<bool>(), any::<bool>(), vec(option::of(text()), 5)).prop_map(
            |(name, sql_type, nullable, auto_increment, more)| {
                let [default, generated, collation, comment, extra] = more.try_into().unwrap();
                Column { name, sql_type, nullable, default, generated, auto_increment, collation, comment, extra }
            },
        )
    }

    fn index() -> impl Strategy<Value = Index> {
        (text(), vec(text(), 1..3), any::<bool>(), any::<bool>(), option::of(text()), option::of(text())).prop_map(
            |(name, columns, unique, valid, filter, method)| Index { name, columns, unique, filter, method, valid },
        )
    }

    fn name() -> impl Strategy<Value = TableName> {
        (option::of(text()), text()).prop_map(|(schema, name)| match schema {
            Some(schema) => (schema.as_str(), name.as_str()).into(),
            None => name.as_str().into(),
        })
    }

    fn foreign_key() -> impl Strategy<Value = ForeignKey> {
        (vec(text(), 1..3), name(), vec(text(), 0..3), option::of(text())).prop_map(
            |(columns, references, referenced_columns, name)| ForeignKey {
                columns,
                references,
                referenced_columns,
                on_delete: "NO ACTION".to_owned(),
                on_update: "CASCADE".to_owned(),
                name,
            },
        )
    }

    fn constraints() -> impl Strategy<Value = (Vec<Unique>, Vec<ForeignKey>, Vec<Check>)> {
        let unique = (option::of(text()), vec(text(), 1..3)).prop_map(|(name, columns)| Unique { columns, name });
        let check = (option::of(text()), text()).prop_map(|(name, expression)| Check { expression, name });
        (vec(unique, 0..2), vec(foreign_key(), 0..2), vec(check, 0..2))
    }

    fn table() -> impl Strategy<Value = Table> {
        let rest = (vec(index(), 0..2), constraints(), btree_map(text(), text(), 0..2));
        (vec(column(), 1..4), vec(text(), 0..2), rest).prop_map(|(mut columns, primary_key, rest)| {
            let (indexes, (uniques, foreign_keys, checks), options) = rest;
            columns.sort_by(|one, other| one.name.cmp(&other.name));
            columns.dedup_by(|one, other| one.name == other.name);
            let indexes: BTreeMap<_, _> = indexes.into_iter().map(|index| (index.name.clone(), index)).collect();
            let name = TableName::from("");
            let mut table = Table { name, columns, primary_key, indexes, uniques, foreign_keys, checks, options };
            table.sort();
            table
        })
    }

    /// Any schema, the columns of its tables by name.
    pub(crate) fn schema() -> impl Strategy<Value = Schema> {
        btree_map(name(), table(), 0..3).prop_map(|tables| {
            let named = |(name, table): (TableName, Table)| (name.clone(), Table { name, ..table });
            Schema { tables: tables.into_iter().map(named).collect() }
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(schema in schema()) {
            prop_assert_eq!(Schema::from_snapshot(&schema.to_snapshot()), Some(schema));
        }
    }

    #[test]
    fn a_fingerprint_stays_what_it_was_when_schemas_were_kept_with_it() {
        let mut schema = Schema::default();
        let users = schema.entry("users".into());
        let mut email = Column::new("email", "varchar(255)", true);
        email.default = Some("''".to_owned());
        users.columns = vec![Column::new("id", "bigint", false), email];
        users.primary_key = vec!["id".to_owned()];
        assert_eq!(schema.fingerprint(), "f0122816f8371debfcb53ff1e787e01e");
        let mut turned = schema.clone();
        turned.entry("users".into()).columns.reverse();
        assert_eq!(turned.fingerprint(), schema.fingerprint());
        assert_ne!(Schema::default().fingerprint(), schema.fingerprint());
    }

    #[test]
    fn a_text_of_another_format_is_not_read() {
        assert_eq!(Schema::from_snapshot("schema 2\ntable\t\\-\tusers"), None);
        assert_eq!(Schema::from_snapshot("schema 1\nview\tusers"), None);
        assert_eq!(Schema::from_snapshot(""), None);
    }
}
