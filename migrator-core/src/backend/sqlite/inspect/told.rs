//! A table as its own text tells it.

use super::Text;
use crate::backend::sqlite::ddl::{self, CreateIndex, CreateTable, Rule, same_name};
use crate::schema::{Check, Column, ForeignKey, Index, Table, Unique};

/// The table, or none where SQLite makes something else of the text than what stands there, so that it is to be asked.
pub(super) fn table(name: &str, text: &Text<'_>) -> Option<Table> {
    let create = text.create.as_ref().filter(|create| !has_comments(create.text))?;
    let mut table = Table::named(name.into());
    table.columns.reserve_exact(create.columns.len());
    for said in &create.columns {
        table.columns.push(column(create, said, text.capitals)?);
    }
    set_primary_key(&mut table, create)?;
    describe(&mut table, create);
    for constraint in create.all_constraints() {
        match &constraint.rule {
            Rule::Unique(columns) => {
                let columns = spelled(&table.columns, columns)?;
                table.uniques.push(Unique { columns, name: constraint.name.clone() });
            }
            Rule::ForeignKey { columns, table: parent, referenced, on_delete, on_update } => {
                let columns = spelled(&table.columns, columns)?;
                table.foreign_keys.push(ForeignKey {
                    columns,
                    references: parent.as_str().into(),
                    referenced_columns: referenced.clone(),
                    on_delete: (*on_delete).to_owned(),
                    on_update: (*on_update).to_owned(),
                    name: constraint.name.clone(),
                });
            }
            _ => {}
        }
    }
    for (name, said) in &text.indexes {
        let index = index(&table, name, said.as_ref()?)?;
        table.indexes.insert(index.name.clone(), index);
    }
    has_a_key_for_each(&table).then_some(table)
}

/// SQLite counts some of them in with a default or a type.
fn has_comments(text: &str) -> bool {
    text.contains("--") || text.contains("/*")
}

/// Of two keys of the same columns SQLite keeps one.
fn has_a_key_for_each(table: &Table) -> bool {
    let mut keys = table.uniques.iter().map(|unique| &unique.columns).chain([&table.primary_key]);
    std::iter::from_fn(|| keys.next().map(|key| keys.clone().all(|other| other != key))).all(|alone| alone)
}

/// What only the text says of the table as a whole.
pub(super) fn describe(table: &mut Table, text: &CreateTable<'_>) {
    let flags = [("strict", text.strict), ("without rowid", text.without_rowid)];
    let options = flags.into_iter().filter(|(_, said)| *said);
    table.options = options.map(|(name, _)| (name.to_owned(), "true".to_owned())).collect();
    table.checks = text
        .all_constraints()
        .filter_map(|constraint| match &constraint.rule {
            Rule::Check(expression) => Some((constraint.name.clone(), expression.clone())),
            _ => None,
        })
        .map(|(name, expression)| Check { expression: text.text[expression].trim().to_owned(), name })
        .collect();
}

fn column(text: &CreateTable<'_>, said: &ddl::Column, capitals: bool) -> Option<Column> {
    let is_refused = said.constraints.iter().any(|constraint| constraint.rule == Rule::NotNull);
    let mut column = Column::new(&*said.name, sql_type(said.sql_type(text.text), capitals)?, !is_refused);
    column.default = said.constraints.iter().rev().find_map(|constraint| match &constraint.rule {
        Rule::Default(value) => Some(default(&text.text[value.clone()]).to_owned()),
        _ => None,
    });
    describe_column(&mut column, said, text);
    Some(column)
}

/// What only the text says of a column.
pub(super) fn describe_column(column: &mut Column, said: &ddl::Column, text: &CreateTable<'_>) {
    column.generated = said.generated().map(|expression| text.text[expression].trim().to_owned());
    column.collation = said.collation().filter(|name| !same_name(name, "BINARY")).map(str::to_owned);
}

/// Types that SQLite spells in its own way, as newer versions do.
const ITS_OWN: [&str; 6] = ["ANY", "BLOB", "INT", "INTEGER", "REAL", "TEXT"];

/// None for what SQLite takes quotes or words away from.
fn sql_type(written: &str, capitals: bool) -> Option<&str> {
    let ends = written.len().checked_sub("always".len()).and_then(|at| written.get(at..));
    if written.contains(['"', '\'', '`', '[']) || ends.is_some_and(|end| same_name(end, "always")) {
        return None;
    }
    match ITS_OWN.into_iter().find(|its_own| same_name(its_own, written)) {
        Some(its_own) => (capitals || its_own == written).then_some(its_own),
        None => Some(written),
    }
}

/// As it is written, without the brackets around an expression.
fn default(written: &str) -> &str {
    let inside = written.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inside.unwrap_or(written).trim()
}

fn set_primary_key(table: &mut Table, text: &CreateTable<'_>) -> Option<()> {
    let said = text.all_constraints().find_map(|constraint| match &constraint.rule {
        Rule::PrimaryKey { columns, autoincrement } => Some((columns, *autoincrement)),
        _ => None,
    });
    let Some((columns, autoincrement)) = said else { return Some(()) };
    table.primary_key = spelled(&table.columns, columns)?;
    for (at, name) in table.primary_key.iter().enumerate() {
        if table.primary_key[..at].contains(name) {
            return None;
        }
        let column = table.columns.iter_mut().find(|column| column.name == *name)?;
        column.nullable = false;
        column.auto_increment = autoincrement && at == 0;
    }
    Some(())
}

fn index(table: &Table, name: &str, said: &CreateIndex<'_>) -> Option<Index> {
    let key = |position| {
        let (column, descends) = said.column(position)?;
        let column = as_it_is(&table.columns, &column)?;
        Some(if descends { format!("{column} DESC") } else { column.to_owned() })
    };
    Some(Index {
        name: name.to_owned(),
        columns: (0..said.keys()).map(key).collect::<Option<_>>()?,
        unique: said.unique,
        filter: said.filter().map(str::to_owned),
        method: None,
        valid: true,
    })
}

/// The columns as the table spells them.
fn spelled(columns: &[Column], names: &[String]) -> Option<Vec<String>> {
    names.iter().map(|name| as_it_is(columns, name).map(str::to_owned)).collect()
}

fn as_it_is<'t>(columns: &'t [Column], name: &str) -> Option<&'t str> {
    columns.iter().find(|column| same_name(&column.name, name)).map(|column| column.name.as_str())
}
