//! Changes as the statements of a migration's two functions.

use crate::dialect::SqlRenderer;
use crate::name::TableName;
use crate::operation::{Action, ColumnType};
use crate::schema::{self, Column, Table};

use super::changes::{Alteration, Change, NewColumn, NewTable};
use super::{standing, values};

/// The statements that make a change.
pub(super) fn up(change: &Change, renderer: &dyn SqlRenderer) -> Vec<String> {
    match change {
        Change::CreateTable(table) => vec![create_table(table)],
        Change::AddForeignKey { table, column, references: (parent, key) } => vec![format!(
            "op.add_foreign_key({}, ForeignKey::on([{column:?}]).references({}, [{key:?}]))?;",
            named(table),
            named(parent)
        )],
        Change::RenameColumn { table, old, new } => {
            vec![format!("op.rename_column({}, {old:?}, {new:?})?;", named(table))]
        }
        Change::AddColumn { table, column } => {
            vec![format!("op.add_column({}, |t| {})?;", named(table), new_column(column))]
        }
        Change::AlterColumn { table, column, alteration } => altered(table, column, alteration, renderer),
        Change::DropColumn { column, of } => dropped_column(column, of),
        Change::DropTable(table) => {
            let name = named(&table.name);
            vec![format!(
                "// Rows go with it: confirm by allow_loss(table({name})) in the attribute.\nop.drop_table({name})?;"
            )]
        }
    }
}

/// The statements that take it back.
pub(super) fn down(change: &Change, renderer: &dyn SqlRenderer) -> Vec<String> {
    match change {
        Change::CreateTable(table) => vec![format!("op.drop_table({})?;", named(&table.name))],
        // It goes with its table.
        Change::AddForeignKey { table, column, .. } => vec![format!(
            "op.drop_constraint({}, {:?})?;",
            named(table),
            crate::operation::derived_name(
                table,
                std::slice::from_ref(column),
                "fkey",
                renderer.capabilities().name_limit.safe_bytes()
            )
        )],
        Change::RenameColumn { table, old, new } => {
            vec![format!("op.rename_column({}, {new:?}, {old:?})?;", named(table))]
        }
        Change::AddColumn { table, column } => {
            vec![format!("op.drop_column({}, {:?})?;", named(table), column.name)]
        }
        Change::AlterColumn { table, column, alteration } => {
            let back = Alteration {
                column_type: alteration.column_type.clone().map(|(old, new)| (new, old)),
                nullable: alteration.nullable.map(|nullable| !nullable),
                ..Alteration::default()
            };
            altered(table, column, &back, renderer)
        }
        Change::DropColumn { column, of } => column_again(column, of, renderer),
        Change::DropTable(table) => table_again(table, renderer),
    }
}

fn named(table: &TableName) -> String {
    match table.schema() {
        Some(schema) => format!("({schema:?}, {:?})", table.name()),
        None => format!("{:?}", table.name()),
    }
}

fn create_table(table: &NewTable) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|column| format!("    {};\n", new_column(column))).collect();
    if !table.primary_key.is_empty() {
        lines.push(format!("    t.primary_key({});\n", listed(&table.primary_key)));
    }
    format!("op.create_table({}, |t| {{\n{}}})?;", named(&table.name), lines.concat())
}

fn new_column(column: &NewColumn) -> String {
    if column.is_id {
        return "t.id()".to_owned();
    }
    let mut call = typed(&column.name, &column.column_type);
    if !column.nullable && !column.primary_key {
        call += ".not_null()";
    }
    if column.primary_key {
        call += ".not_null().primary_key()";
    }
    if let Some(value) = &column.value {
        call += &format!(".default({})", values::in_rust(value));
    }
    if let Some((table, key)) = &column.references {
        call += &format!(".references({}, {key:?})", named(table));
    }
    call
}

/// `t.string("email", 255)`.
fn typed(name: &str, column_type: &ColumnType) -> String {
    let word = match column_type {
        ColumnType::SmallInteger => "small_integer",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger => "big_integer",
        ColumnType::String(length) => return format!("t.string({name:?}, {length})"),
        ColumnType::Text => "text",
        ColumnType::Boolean => "boolean",
        ColumnType::Float => "float",
        ColumnType::Double => "double",
        ColumnType::Decimal(precision, scale) => return format!("t.decimal({name:?}, {precision}, {scale})"),
        ColumnType::Date => "date",
        ColumnType::Time => "time",
        ColumnType::Timestamp => "timestamp",
        ColumnType::TimestampTz => "timestamp_tz",
        ColumnType::Binary => "binary",
        ColumnType::Json => "json",
        ColumnType::Uuid => "uuid",
        ColumnType::Custom(sql) => return format!("t.custom({name:?}, {sql:?})"),
    };
    format!("t.{word}({name:?})")
}

/// `ColumnType::BigInteger`.
fn type_value(column_type: &ColumnType) -> String {
    match column_type {
        ColumnType::Custom(sql) => format!("ColumnType::Custom({sql:?}.into())"),
        other => format!("ColumnType::{other:?}"),
    }
}

fn altered(table: &TableName, column: &str, alteration: &Alteration, renderer: &dyn SqlRenderer) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(value) = alteration.value.as_ref().filter(|_| alteration.nullable == Some(false)) {
        let (name, quoted) = (renderer.table(table), renderer.quote(column));
        let value = renderer.literal(value);
        let sql = format!("UPDATE {name} SET {quoted} = {value} WHERE {quoted} IS NULL");
        lines.push(format!("op.execute({sql:?})?;"));
    }
    let mut calls = String::new();
    if let Some((_, new)) = &alteration.column_type {
        calls += &format!(".set_type({})", type_value(new));
    }
    match alteration.nullable {
        Some(true) => calls += ".drop_not_null()",
        Some(false) => calls += ".set_not_null()",
        None => {}
    }
    lines.push(format!("op.alter_column({}, {column:?}, |c| c{calls})?;", named(table)));
    lines
}

fn listed(columns: &[String]) -> String {
    let quoted: Vec<String> = columns.iter().map(|column| format!("{column:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

/// Indexes over several columns go before one of those; others go with it.
fn dropped_column(column: &Column, of: &Table) -> Vec<String> {
    let table = named(&of.name);
    let wide = of.indexes.values().filter(|index| index.columns.len() > 1 && index.columns.contains(&column.name));
    let mut lines: Vec<String> = wide.map(|index| format!("op.drop_index({table}, {:?})?;", index.name)).collect();
    lines.push(format!(
        "// Its values go with it: confirm by allow_loss(column({table}, {0:?})) in the attribute.\n\
         op.drop_column({table}, {0:?})?;",
        column.name
    ));
    lines
}

/// The column as it stood, and what was built on it.
fn column_again(column: &Column, of: &Table, renderer: &dyn SqlRenderer) -> Vec<String> {
    let table = named(&of.name);
    let alone = |columns: &[String]| columns == [column.name.clone()];
    let in_definition = renderer.capabilities().unique_in_definition;
    let is_unique = in_definition && of.uniques.iter().any(|unique| alone(&unique.columns));
    let mut lines = refilled(column, of, if is_unique { ".unique()" } else { "" }, renderer);
    let with_it = |columns: &[String]| columns.contains(&column.name);
    for unique in of.uniques.iter().filter(|unique| with_it(&unique.columns)) {
        if !(in_definition && alone(&unique.columns)) {
            lines.push(unique_again(of, unique, renderer));
        }
    }
    lines.extend(
        of.foreign_keys
            .iter()
            .filter(|key| with_it(&key.columns))
            .map(|key| format!("op.add_foreign_key({table}, {})?;", foreign_key(key))),
    );
    lines.extend(
        of.indexes
            .values()
            .filter(|index| with_it(&index.columns))
            .map(|index| format!("op.create_index({table}, {})?;", index_value(index))),
    );
    lines
}

/// The column with something in it for rows that are there, where it may not be NULL: its own values are gone.
fn refilled(column: &Column, of: &Table, more: &str, renderer: &dyn SqlRenderer) -> Vec<String> {
    let table = named(&of.name);
    let add = |column: &Column| format!("op.add_column({table}, |t| {}{more})?;", standing_column(column, renderer));
    if column.nullable || column.default.is_some() || column.auto_increment || column.generated.is_some() {
        return vec![add(column)];
    }
    let Some(value) = something(column, of, renderer) else {
        let comment =
            "// Its values are gone, and it may not be NULL: this fails where rows are, until you say what they get.";
        return vec![format!("{comment}\n{}", add(column))];
    };
    let (name, quoted) = (renderer.table(&of.name), renderer.quote(&column.name));
    let sql = format!("UPDATE {name} SET {quoted} = {value} WHERE {quoted} IS NULL");
    vec![
        add(&Column { nullable: true, ..column.clone() }),
        format!("// Its values are gone: rows that are there get {value}.\nop.execute({sql:?})?;"),
        format!("op.alter_column({table}, {:?}, |c| c.set_not_null())?;", column.name),
    ]
}

/// A value that any row may have; none where a constraint or the type asks for more.
fn something(column: &Column, of: &Table, renderer: &dyn SqlRenderer) -> Option<String> {
    let has_it = |columns: &[String]| columns.contains(&column.name);
    let is_bound = has_it(&of.primary_key)
        || of.foreign_keys.iter().any(|key| has_it(&key.columns))
        || of.uniques.iter().any(|unique| unique.columns == [column.name.clone()])
        || of.indexes.values().any(|index| index.unique && index.columns == [column.name.clone()]);
    let canonical = renderer.canonical_type(&column.sql_type);
    let text = |text: &str| Some(renderer.text_literal(text));
    match canonical.split(['(', ' ']).next().unwrap_or_default() {
        _ if is_bound => None,
        "tinyint" | "smallint" | "int" | "integer" | "mediumint" | "bigint" => Some("0".to_owned()),
        "real" | "float" | "double" | "numeric" | "decimal" => Some("0".to_owned()),
        "char" | "varchar" | "text" | "tinytext" | "mediumtext" | "longtext" => text(""),
        "bool" | "boolean" => Some(renderer.boolean_literal(false).to_owned()),
        "date" => text("2000-01-01"),
        "time" => text("00:00:00"),
        "timestamp" | "timestamptz" | "datetime" => text("2000-01-01 00:00:00"),
        "json" | "jsonb" => text("{}"),
        "uuid" => text("00000000-0000-0000-0000-000000000000"),
        "bytea" | "blob" | "tinyblob" | "mediumblob" | "longblob" | "varbinary" => Some(renderer.bytes_literal(&[])),
        "binary" => Some(renderer.bytes_literal(&vec![0; length(&canonical).unwrap_or(UUID_BYTES)])),
        _ => None,
    }
}

/// Of a column that is BINARY and says no length: `t.uuid(..)` makes such a one.
const UUID_BYTES: usize = 16;

/// `binary(8)`.
fn length(canonical: &str) -> Option<usize> {
    canonical.split_once('(')?.1.strip_suffix(')')?.parse().ok()
}

fn unique_again(of: &Table, unique: &schema::Unique, renderer: &dyn SqlRenderer) -> String {
    match &unique.name {
        Some(name) if renderer.capabilities().unique_names => {
            let (table, name, columns) =
                (renderer.table(&of.name), renderer.quote(name), renderer.columns(&unique.columns));
            let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({columns})");
            format!("op.execute({sql:?})?;")
        }
        _ => format!("op.add_unique({}, {})?;", named(&of.name), listed(&unique.columns)),
    }
}

fn standing_column(column: &Column, renderer: &dyn SqlRenderer) -> String {
    let mut call = typed(&column.name, &standing::column_type(column, renderer));
    if !column.nullable {
        call += ".not_null()";
    }
    call += &standing::default_call(column, renderer);
    if let Some(comment) = &column.comment {
        call += &format!(".comment({comment:?})");
    }
    call
}

fn foreign_key(key: &schema::ForeignKey) -> String {
    let mut call = format!(
        "ForeignKey::on({}).references({}, {})",
        listed(&key.columns),
        named(&key.references),
        listed(&key.referenced_columns)
    );
    if let Some(name) = &key.name {
        call += &format!(".named({name:?})");
    }
    for (word, action) in [("on_delete", &key.on_delete), ("on_update", &key.on_update)] {
        let actions = [Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault];
        if let Some(action) = actions.into_iter().find(|one| one.as_sql() == action) {
            call += &format!(".{word}(Action::{action:?})");
        }
    }
    call
}

fn index_value(index: &schema::Index) -> String {
    let mut call = format!("Index::on({}).named({:?})", listed(&index.columns), index.name);
    if index.unique {
        call += ".unique()";
    }
    if let Some(method) = &index.method {
        call += &format!(".using({method:?})");
    }
    if let Some(filter) = &index.filter {
        call += &format!(".filter({filter:?})");
    }
    call
}

/// The table as it stood, without rows.
fn table_again(table: &Table, renderer: &dyn SqlRenderer) -> Vec<String> {
    let alone = |columns: &[String], column: &Column| columns == [column.name.clone()];
    let facts = renderer.capabilities();
    let mut lines = Vec::new();
    for column in &table.columns {
        let in_key = alone(&table.primary_key, column);
        if in_key
            && column.auto_increment
            && column.name == "id"
            && renderer.canonical_type(&column.sql_type) != "smallint"
        {
            lines.push("t.id()".to_owned());
            continue;
        }
        let mut call = standing_column(&Column { nullable: column.nullable || in_key, ..column.clone() }, renderer);
        if in_key {
            call += ".primary_key()";
        }
        if facts.unique_in_definition && table.uniques.iter().any(|unique| alone(&unique.columns, column)) {
            call += ".unique()";
        }
        lines.push(call);
    }
    if table.primary_key.len() > 1 {
        lines.push(format!("t.primary_key({})", listed(&table.primary_key)));
    }
    let wide = |columns: &[String]| !facts.unique_in_definition || columns.len() > 1;
    if !facts.unique_names {
        let wide = table.uniques.iter().filter(|unique| wide(&unique.columns));
        lines.extend(wide.map(|unique| format!("t.unique({})", listed(&unique.columns))));
    }
    lines.extend(table.foreign_keys.iter().map(|key| format!("t.foreign_key({})", foreign_key(key))));
    lines.extend(
        table
            .checks
            .iter()
            .filter_map(|check| Some(format!("t.check({:?}, {:?})", check.name.as_ref()?, bare(&check.expression)))),
    );
    lines.extend(table.indexes.values().map(|index| format!("t.index({})", index_value(index))));
    let lines: String = lines.iter().map(|line| format!("    {line};\n")).collect();
    let mut statements = vec![format!("op.create_table({}, |t| {{\n{lines}}})?;", named(&table.name))];
    if facts.unique_names {
        statements.extend(table.uniques.iter().map(|unique| unique_again(table, unique, renderer)));
    }
    statements
}

/// `CHECK ((a > 0))`, as PostgreSQL prints one, without the word.
fn bare(expression: &str) -> &str {
    expression.strip_prefix("CHECK (").and_then(|inner| inner.strip_suffix(')')).unwrap_or(expression)
}
