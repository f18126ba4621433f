//! Values made by an expression: there is no USING here, so a new column takes the old one's place.

use super::alter::{bare, type_after};
use super::renderer::Renderer;
use crate::dialect::SqlRenderer;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::operation::{ColumnChange, derived_name};
use crate::schema::conversion::Kind;
use crate::schema::{Column, Index, Table};

/// What the comment on a column begins with that is half of a change of ours.
const HALF: &str = "migrator, half of a change: ";

impl Renderer {
    /// By one ALTER TABLE each. There is no USING: the new values are those of a generated column, which then takes the
    /// old one's place. Each step can be seen in the table, so that a run that was killed goes on behind it.
    pub(super) fn changed_by_expression(
        &self,
        found: &Table,
        there: &Column,
        change: &ColumnChange,
        using: &str,
    ) -> Result<Vec<String>> {
        self.refuse_keys_on(found, &there.name)?;
        let (go, come) = self.indexes_exchanged(found, there, change)?;
        let limit = self.capabilities().name_limit.safe_bytes();
        let name = derived_name(&found.name, std::slice::from_ref(&there.name), "new", limit);
        let (new, old) = (self.quote(&name), self.quote(&there.name));
        let sql_type = self.column_type(&type_after(there, change));
        let mark = half_mark(&there.name, &sql_type, using);
        let half = self.half_made(found, &name)?;
        self.refuse_mentions_of(found, &there.name, half)?;
        let ours = half.filter(|half| half.comment.as_ref() == Some(&mark));
        let definition = self.definition(found, there, change, true)?;
        let final_definition = definition.strip_prefix(&old).unwrap_or(&definition);
        let drop = format!("DROP COLUMN {new}");
        let add =
            format!("ADD COLUMN {new} {sql_type} GENERATED ALWAYS AS ({using}) STORED COMMENT '{mark}' AFTER {old}");
        let keep = format!("MODIFY COLUMN {new} {sql_type} NULL COMMENT '{mark}'");
        let exchange = format!("{go}DROP COLUMN {old}, CHANGE COLUMN {new} {old}{final_definition}{come}");
        let is_plain = ours.is_some_and(|half| half.generated.is_none());
        let of_another = half.is_some() && ours.is_none();
        let steps = [(of_another, drop), (ours.is_none(), add), (!is_plain, keep), (true, exchange)];
        let table = self.table(&found.name);
        Ok(steps.into_iter().filter(|(left, _)| *left).map(|(_, step)| format!("ALTER TABLE {table} {step}")).collect())
    }

    /// The column that an interrupted change left; a user's own of that name is not touched.
    fn half_made<'t>(&self, found: &'t Table, name: &str) -> Result<Option<&'t Column>> {
        let half = found.columns.iter().find(|column| self.same_name(&column.name, name));
        let is_ours = |column: &Column| column.comment.as_deref().is_some_and(|comment| comment.starts_with(HALF));
        match half {
            Some(column) if !is_ours(column) => {
                let message = format!("{} has a column {}, which the change needs for itself", found.name, column.name);
                Err(Error::unsupported(message, "rename that column first").state("nothing was sent for it"))
            }
            half => Ok(half),
        }
    }

    /// A check goes with the only column that it is on, in silence; one on several holds the column back.
    fn refuse_mentions_of(&self, found: &Table, column: &str, half: Option<&Column>) -> Result<()> {
        let quoted = self.quote(column).to_lowercase();
        let mentions = |expression: &str| expression.to_lowercase().contains(&quoted);
        let own = found.column(column).and_then(|column| self.check_of_column(found, column));
        let checks = found.checks.iter().filter(|check| Some(check.expression.as_str()) != own);
        let check = checks
            .filter(|check| mentions(&check.expression))
            .map(|check| format!("the check {}", check.name.as_deref().unwrap_or(&check.expression)));
        let others = found.columns.iter().filter(|other| Some(*other) != half);
        let generated = others.filter(|other| other.generated.as_deref().is_some_and(&mentions));
        let generated = generated.map(|other| format!("the generated column {}", other.name));
        let Some(what) = check.chain(generated).next() else { return Ok(()) };
        let message = format!(
            "{} does not change values of {column} in {} by an expression while {what} is on it",
            self.dialect(),
            found.name
        );
        Err(Error::unsupported(message, "drop it, change the column, add it again").state("nothing was sent for it"))
    }

    /// What goes of the indexes on the column before it does, and what comes on the one that takes its place.
    fn indexes_exchanged(&self, found: &Table, there: &Column, change: &ColumnChange) -> Result<(String, String)> {
        let sql_type = self.column_type(&type_after(there, change));
        let is_its = |part: &String| self.same_name(bare(part), &there.name);
        let (mut go, mut come) = (String::new(), String::new());
        for index in found.indexes.values().filter(|index| index.columns.iter().any(is_its)) {
            let name = self.quote(&index.name);
            let kind = match index.method.as_deref() {
                None if index.unique => "UNIQUE ".to_owned(),
                None => String::new(),
                Some(method) => format!("{} ", method.to_uppercase()),
            };
            let part = |part: &String| match is_its(part) {
                true => self.part_of(index, part, &sql_type),
                false => Ok(self.said_part(part, length_of(part))),
            };
            let parts = index.columns.iter().map(part).collect::<Result<Vec<_>>>()?.join(", ");
            go += &format!("DROP INDEX {name}, ");
            come += &format!(", ADD {kind}INDEX {name} ({parts})");
        }
        Ok((go, come))
    }

    /// The part of an index that the new column will be: a length where its type has no key without one, none where it
    /// takes no length.
    fn part_of(&self, index: &Index, part: &str, sql_type: &str) -> Result<String> {
        if index.method.is_some() {
            return Ok(self.said_part(part, None));
        }
        let needed = self.index_prefix(sql_type);
        let length = match (length_of(part), Kind::of(&self.canonical_type(sql_type), 0)) {
            (Some(length), Kind::Letters(Some(whole))) if length >= whole => None,
            (Some(length), Kind::Letters(_)) => Some(length),
            (Some(length), _) if needed.is_some() => Some(length),
            _ => needed,
        };
        if index.unique && length.is_some() && length != length_of(part) {
            let message = format!("the unique index {} would not be on all of {part} as a {sql_type}", index.name);
            return Err(Error::unsupported(message, "drop the index, change the column, add one that fits")
                .state("nothing was sent for it"));
        }
        Ok(self.said_part(part, length))
    }

    fn said_part(&self, part: &str, length: Option<u32>) -> String {
        if part.starts_with('(') {
            return part.to_owned();
        }
        let length = length.map(|length| format!("({length})")).unwrap_or_default();
        let direction = if part.ends_with(" DESC") { " DESC" } else { "" };
        format!("{}{length}{direction}", self.quote(bare(part)))
    }

    fn refuse_keys_on(&self, found: &Table, column: &str) -> Result<()> {
        let holds = |columns: &[String]| columns.iter().any(|other| self.same_name(other, column));
        let in_key = found.foreign_keys.iter().find(|key| holds(&key.columns)).and_then(|key| key.name.clone());
        let in_primary = holds(&found.primary_key).then(|| "the primary key".to_owned());
        let Some(key) = in_key.or(in_primary) else { return Ok(()) };
        let message = format!(
            "{} does not change values of {column} in {} by an expression while {key} is on it",
            self.dialect(),
            found.name
        );
        Err(Error::unsupported(message, "drop the key, change the column, add the key again")
            .state("nothing was sent for it"))
    }
}

/// Tells the column of one change from that of another.
fn half_mark(column: &str, sql_type: &str, using: &str) -> String {
    format!("{HALF}{}", Digest::default().part(column).part(sql_type).part(using).finish())
}

/// The length of the prefix that is a part of an index.
fn length_of(part: &str) -> Option<u32> {
    let (_, rest) = part.strip_suffix(" DESC").unwrap_or(part).rsplit_once('(')?;
    rest.trim_end_matches(')').parse().ok()
}
