//! What applied migrations ensure, and does not hold any more.

use crate::conditions::holds;
use crate::connection::Database;
use crate::dialect::SqlRenderer;
use crate::diff::table_named;
use crate::error::Result;
use crate::metadata::Condition;
use crate::name::RevisionId;
use crate::operation::{self, TableBuilder};
use crate::report::{Finding, FindingKind, Remedy};
use crate::schema::{self, Schema, Table};

/// The conditions of one migration that do not hold, but for those that a later migration has made untrue: what did not
/// hold in the schema that the last run left is over. What was recorded without running has another story.
pub(crate) fn not_ensured(
    database: &mut dyn Database,
    revision: &RevisionId,
    conditions: &[Condition],
    kept: Option<&Schema>,
    ran: bool,
) -> Result<Vec<Finding>> {
    let renderer = database.renderer()?;
    let mut findings = Vec::new();
    for condition in conditions {
        let held = kept.and_then(|kept| held(kept, condition, renderer));
        if held == Some(false) || matches!(condition, Condition::Empty(_)) || holds(database, condition)? {
            continue;
        }
        let advice = match (ran, held) {
            (true, _) => "it held when the migration ended, and no migration has changed it since",
            (false, Some(_)) => {
                "it held when the migration was recorded without running, and none has changed it since"
            }
            (false, None) => "the migration was recorded without running: it may never have held",
        };
        let what = format!("{revision} ensures {condition}, which does not hold any more");
        findings.push(Finding::new(FindingKind::Ensures, what, remedy(condition, kept, renderer)).advice(advice));
    }
    Ok(findings)
}

/// Whether the condition held in that schema; none where a schema does not tell.
fn held(schema: &Schema, condition: &Condition, renderer: &dyn SqlRenderer) -> Option<bool> {
    let table = |name| table_named(schema, name, renderer);
    let column = |name, column: &str| {
        table(name).is_some_and(|table| table.columns.iter().any(|one| renderer.same_name(&one.name, column)))
    };
    let index = |name, index: &str| table(name).is_some_and(|table| table.indexes.contains_key(index));
    match condition {
        Condition::Table(name) | Condition::NotEmpty(name) => Some(table(name).is_some()),
        Condition::NoTable(name) => Some(table(name).is_none()),
        Condition::Column(name, one) => Some(column(name, one)),
        Condition::NoColumn(name, one) => Some(!column(name, one)),
        Condition::Index(name, one) => Some(index(name, one)),
        Condition::NoIndex(name, one) => Some(!index(name, one)),
        Condition::Empty(_) => None,
    }
}

fn remedy(condition: &Condition, kept: Option<&Schema>, renderer: &dyn SqlRenderer) -> Remedy {
    let table = |name| kept.and_then(|kept| table_named(kept, name, renderer));
    let sql = match condition {
        Condition::Table(name) => table(name).map(|table| renderer.create_table(&definition(table))),
        Condition::Column(name, column) => table(name)
            .and_then(|table| Some(renderer.add_column(&table.name, &column_definition(table.column(column)?)))),
        Condition::Index(name, index) => table(name).and_then(|table| {
            Some(vec![renderer.create_index(&table.name, &index_definition(table.indexes.get(index)?))])
        }),
        Condition::NoTable(name) => Some(renderer.rename_table(name, &format!("{}_found", name.name()))),
        Condition::NoColumn(name, column) => {
            Some(vec![renderer.rename_column(name, column, &format!("{column}_found"))])
        }
        Condition::NoIndex(name, index) => Some(vec![renderer.drop_index(name, index)]),
        Condition::Empty(_) | Condition::NotEmpty(_) => None,
    };
    match sql {
        Some(statements) => Remedy::Sql(statements.join(";\n")),
        None => Remedy::Hand(format!("bring back {condition}, from a backup where there is one")),
    }
}

/// The table as it stood, without rows.
fn definition(table: &Table) -> operation::TableDef {
    let mut wanted = TableBuilder::new(table.name.clone()).finish();
    wanted.columns = table.columns.iter().map(column_definition).collect();
    match wanted.columns.iter_mut().find(|column| column.auto_increment) {
        Some(counted) => counted.primary_key = true,
        None => wanted.primary_key.clone_from(&table.primary_key),
    }
    wanted.uniques = table.uniques.iter().map(|unique| unique.columns.clone()).collect();
    wanted.indexes = table.indexes.values().map(index_definition).collect();
    wanted
}

fn column_definition(column: &schema::Column) -> operation::ColumnDef {
    let mut wanted = operation::ColumnDef::new(&column.name, operation::ColumnType::Custom(column.sql_type.clone()));
    wanted.not_null = !column.nullable;
    wanted.auto_increment = column.auto_increment;
    wanted.default = column.default.clone().map(operation::Default::Sql);
    wanted.comment.clone_from(&column.comment);
    wanted
}

fn index_definition(index: &schema::Index) -> operation::Index {
    let mut wanted = operation::Index::on(index.columns.clone()).named(&index.name);
    wanted.unique = index.unique;
    wanted.filter.clone_from(&index.filter);
    wanted.method.clone_from(&index.method);
    wanted
}
