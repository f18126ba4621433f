//! Taking a column or a constraint out of the text, or saying what else names it.

use super::edit::refused;
use super::table::{Column, Constraint, CreateTable, Rule};
use super::{mentions, same_name};
use crate::error::Result;

/// The text without the column, and without what holds for it alone: its UNIQUE, its foreign key, its own CHECK.
pub(super) fn without_column(table: &CreateTable<'_>, name: &str) -> Result<String> {
    let column = table.expect_column(name)?;
    if table.columns.len() == 1 {
        return Err(refused(format!("column {name} is the only one of {}", table.name)).remedy("drop the table"));
    }
    let named_by = table.naming(column);
    if !named_by.is_empty() {
        let message = format!("column {name} of {} is named by {}", table.name, named_by.join("; "));
        return Err(refused(message).remedy("change or drop those first"));
    }
    let goes_with_it = table.constraints.iter().find(|constraint| holds_for(constraint, name));
    match goes_with_it {
        // The comma between two entries belongs to both, so they go one after the other.
        Some(constraint) => without_column(&CreateTable::parse(&table.without_item(&constraint.span))?, name),
        None => Ok(table.without_item(&column.span)),
    }
}

/// Whether the constraint is about that column alone.
fn holds_for(constraint: &Constraint, column: &str) -> bool {
    matches!(constraint.rule.columns(), [only] if same_name(only, column))
}

impl CreateTable<'_> {
    /// Whether something between the brackets, beside the column's own NOT NULL, DEFAULT, COLLATE and CHECK, is about
    /// that column.
    pub(in crate::backend::sqlite) fn holds(&self, column: &Column) -> bool {
        let plain = |rule: &Rule| {
            matches!(
                rule,
                Rule::NotNull | Rule::Null | Rule::Default(_) | Rule::Collate(_) | Rule::Check(_) | Rule::Nothing
            )
        };
        let own = column.constraints.iter().all(|constraint| plain(&constraint.rule));
        !own || !self.naming(column).is_empty() || self.constraints.iter().any(|other| holds_for(other, &column.name))
    }

    /// What in the table's own text names the column and does not go with it.
    fn naming(&self, column: &Column) -> Vec<String> {
        let others = self.columns.iter().filter(|other| !same_name(&other.name, &column.name));
        let of_others = others.flat_map(|other| &other.constraints);
        let foreign = of_others.chain(&self.constraints).filter(|constraint| self.says(constraint, &column.name));
        let key = column.constraints.iter().filter(|constraint| matches!(constraint.rule, Rule::PrimaryKey { .. }));
        foreign.chain(key).map(|constraint| self.describe(constraint)).collect()
    }

    fn says(&self, constraint: &Constraint, column: &str) -> bool {
        match &constraint.rule {
            Rule::Check(expression) | Rule::Generated(expression) => mentions(&self.text[expression.clone()], column),
            Rule::PrimaryKey { columns, .. } => columns.iter().any(|named| same_name(named, column)),
            rule => !holds_for(constraint, column) && rule.columns().iter().any(|named| same_name(named, column)),
        }
    }
}

/// The text without the constraint of that name.
pub(super) fn without_constraint(table: &CreateTable<'_>, name: &str) -> Result<String> {
    let known = |is: &dyn Fn(&Constraint) -> bool| table.all_constraints().find(|constraint| is(constraint));
    let found = known(&|constraint| constraint.is_named(name))
        .or_else(|| known(&|constraint| table.is_usually_called(constraint, name)));
    let Some(constraint) = found else {
        let known: Vec<_> = table.all_constraints().filter_map(|constraint| constraint.name.as_deref()).collect();
        let known =
            if known.is_empty() { "none has a name".to_owned() } else { format!("there are {}", known.join(", ")) };
        return Err(refused(format!("table {} has no constraint {name}: {known}", table.name)));
    };
    if matches!(constraint.rule, Rule::PrimaryKey { .. }) {
        return Err(
            refused(format!("constraint {name} is the primary key of {}", table.name)).remedy("create the table anew")
        );
    }
    let of_table = table.constraints.iter().any(|other| other.span == constraint.span);
    Ok(if of_table { table.without_item(&constraint.span) } else { table.without_clause(&constraint.span) })
}

impl CreateTable<'_> {
    /// Whether an unnamed constraint is meant by the name that other databases would have given it.
    fn is_usually_called(&self, constraint: &Constraint, name: &str) -> bool {
        let ending = match constraint.rule {
            Rule::ForeignKey { .. } => "fkey",
            Rule::Unique(_) => "key",
            _ => return false,
        };
        let usual = format!("{}_{}_{ending}", self.name, constraint.rule.columns().join("_"));
        constraint.name.is_none() && same_name(&usual, name)
    }
}
