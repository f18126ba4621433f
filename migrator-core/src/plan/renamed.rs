//! What only bears another name is told so, and not as one that went and one that came. Pure.

use super::effect;
use crate::dialect::SqlRenderer;
use crate::diff::{SchemaChange, SchemaPart};
use crate::name::TableName;
use crate::operation::Change;
use crate::schema::Schema;

/// The schema under the names that it has after these renames, and a change for each.
pub(crate) fn renamed(before: &Schema, renames: &[Change], renderer: &dyn SqlRenderer) -> (Schema, Vec<SchemaChange>) {
    let (mut schema, mut changes) = (before.clone(), Vec::new());
    for rename in renames {
        let change = match rename {
            Change::RenameTable(old, new) => table(&mut schema, old, new),
            Change::RenameColumn(table, old, new) => column(&mut schema, table, old, new, renderer),
            _ => None,
        };
        change.into_iter().for_each(|change| note(&mut changes, change));
    }
    (schema, changes)
}

/// Forth and back is no change.
fn note(changes: &mut Vec<SchemaChange>, change: SchemaChange) {
    let is_back = |other: &SchemaChange| other.before == change.after && other.after == change.before;
    match changes.iter().rposition(|other| other.part == change.part && is_back(other)) {
        Some(at) => drop(changes.remove(at)),
        None => changes.push(change),
    }
}

fn table(schema: &mut Schema, old: &TableName, new: &str) -> Option<SchemaChange> {
    let mut table = schema.tables.remove(old)?;
    let before = Some(table.to_string());
    table.name = old.sibling(new);
    let (name, after) = (table.name.clone(), Some(table.to_string()));
    for other in schema.tables.values_mut().chain([&mut table]) {
        other.foreign_keys.iter_mut().filter(|key| key.references == *old).for_each(|key| {
            key.references.clone_from(&name);
        });
    }
    schema.tables.insert(name.clone(), table);
    Some(SchemaChange { table: name, part: SchemaPart::Table, name: old.to_string(), before, after })
}

fn column(
    schema: &mut Schema,
    name: &TableName,
    old: &str,
    new: &str,
    renderer: &dyn SqlRenderer,
) -> Option<SchemaChange> {
    let table = schema.tables.get_mut(name)?;
    let at = table.columns.iter().position(|column| renderer.same_name(&column.name, old))?;
    let before = Some(table.columns[at].to_string());
    effect::rename_column(table, old, new, renderer);
    let after = Some(table.columns[at].to_string());
    for other in schema.tables.values_mut() {
        for key in other.foreign_keys.iter_mut().filter(|key| key.references == *name) {
            let referenced = key.referenced_columns.iter_mut().filter(|column| renderer.same_name(column, old));
            referenced.for_each(|column| new.clone_into(column));
        }
    }
    Some(SchemaChange { table: name.clone(), part: SchemaPart::Column, name: old.to_owned(), before, after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ForeignKey};

    struct Plain;

    impl crate::dialect::KeyRanges for Plain {}
    impl crate::dialect::LockAdvisor for Plain {}
    impl crate::dialect::DieselTypes for Plain {
        fn readings(&self, _canonical: &str, _in_key: bool) -> Option<Vec<crate::dialect::DieselType>> {
            None
        }
    }
    impl SqlRenderer for Plain {
        fn dialect(&self) -> crate::Dialect {
            crate::Dialect::Postgres
        }

        fn capabilities(&self) -> &'static crate::dialect::Capabilities {
            unimplemented!("nothing here asks")
        }

        fn column_type(&self, _column_type: &crate::operation::ColumnType) -> String {
            String::new()
        }

        fn counted_column(&self) -> &'static str {
            ""
        }
    }

    fn schema() -> Schema {
        let mut schema = Schema::default();
        schema.entry("users".into()).columns = vec![Column::new("name", "text", true)];
        schema.entry("posts".into()).foreign_keys.push(ForeignKey {
            columns: vec!["author".to_owned()],
            references: "users".into(),
            referenced_columns: vec!["name".to_owned()],
            on_delete: String::new(),
            on_update: String::new(),
            name: None,
        });
        schema
    }

    #[test]
    fn another_name_is_one_change_and_what_names_it_follows() {
        let column = Change::RenameColumn("users".into(), "name".to_owned(), "full_name".to_owned());
        let table = Change::RenameTable("users".into(), "people".to_owned());
        let (after, changes) = renamed(&schema(), &[column, table], &Plain);
        let told: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["~ column name is renamed to full_name", "~ table users is renamed to people"]);
        let key = &after.table("posts").unwrap().foreign_keys[0];
        assert_eq!((key.references.name(), &key.referenced_columns[0][..]), ("people", "full_name"));
    }

    #[test]
    fn forth_and_back_is_no_change() {
        let rename = |old: &str, new: &str| Change::RenameColumn("users".into(), old.to_owned(), new.to_owned());
        let (after, changes) = renamed(&schema(), &[rename("name", "b"), rename("b", "name")], &Plain);
        assert!(changes.is_empty() && after == schema());
    }
}
