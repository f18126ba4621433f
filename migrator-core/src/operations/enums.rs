//! Enum types, where a database has them.

use super::tables::malformed;
use super::{Done, Operations};
use crate::error::{Error, ErrorKind, Result};
use crate::name::TableName;
use crate::operation::Change;

/// PostgreSQL cuts no value; it refuses a longer one.
const LONGEST_VALUE: usize = 63;

impl Operations<'_> {
    /// Creates an enum type, to be named in a column by `t.custom("mood", "mood")`. PostgreSQL only.
    ///
    /// ```sql
    /// -- op.create_enum("mood", ["sad", "ok"])
    /// -- SQLite
    /// /* Unsupported */
    /// -- PostgreSQL
    /// CREATE TYPE "mood" AS ENUM ('sad', 'ok');
    /// -- MySQL, MariaDB
    /// /* Unsupported */
    /// ```
    ///
    /// # Errors
    /// `ShapeConflict` when an enum of that name is there with other values; `Unsupported` on a database where enums are
    /// no types of their own: the error says what to do there.
    pub fn create_enum<S: Into<String>>(
        &mut self,
        name: impl Into<TableName>,
        values: impl IntoIterator<Item = S>,
    ) -> Result<Done> {
        let name = name.into();
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        self.guarded(self.call("create_enum", &name, &values), |op| {
            op.expect_enum_types()?;
            op.check_enum(&name, &values)?;
            match op.database().enum_values(&name)? {
                Some(found) if found == values => Ok(Done::Already),
                Some(found) => Err(other_enum(&name, &values, &found)),
                None => {
                    let sql = op.renderer.create_enum(&name, &values);
                    op.make(&Change::CreateEnum(name, values), &[sql])
                }
            }
        })
    }

    /// Adds a value at the end of an enum type. PostgreSQL only.
    ///
    /// PostgreSQL does not let a new value be used before the transaction that added it has ended: what uses it belongs in
    /// the next migration, or `transaction = false` in this one.
    ///
    /// ```sql
    /// -- op.add_enum_value("mood", "happy")
    /// -- SQLite
    /// /* Unsupported */
    /// -- PostgreSQL
    /// ALTER TYPE "mood" ADD VALUE 'happy';
    /// -- MySQL, MariaDB
    /// /* Unsupported */
    /// ```
    ///
    /// # Errors
    /// `PreconditionFailed` when no enum of that name is there; `Unsupported` as with [`create_enum`](Self::create_enum).
    pub fn add_enum_value(&mut self, name: impl Into<TableName>, value: &str) -> Result<Done> {
        let name = name.into();
        self.guarded(self.call("add_enum_value", &name, &value), |op| {
            op.expect_enum_types()?;
            op.check_enum(&name, &[value.to_owned()])?;
            let Some(found) = op.database().enum_values(&name)? else { return Err(no_enum(&name)) };
            if found.iter().any(|other| other == value) {
                return Ok(Done::Already);
            }
            let sql = op.renderer.add_enum_value(&name, value);
            op.make(&Change::AddEnumValue(name, value.to_owned()), &[sql])
        })
    }

    /// Drops an enum type. PostgreSQL only.
    ///
    /// ```sql
    /// -- op.drop_enum("mood")
    /// -- SQLite
    /// /* Unsupported */
    /// -- PostgreSQL
    /// DROP TYPE "mood";
    /// -- MySQL, MariaDB
    /// /* Unsupported */
    /// ```
    ///
    /// # Errors
    /// `Database` while a column is of that type; `Unsupported` as with [`create_enum`](Self::create_enum).
    pub fn drop_enum(&mut self, name: impl Into<TableName>) -> Result<Done> {
        let name = name.into();
        self.guarded(self.call("drop_enum", &name, &()), |op| {
            op.expect_enum_types()?;
            if op.database().enum_values(&name)?.is_none() {
                return Ok(Done::Already);
            }
            let sql = op.renderer.drop_type(&name);
            op.make(&Change::DropEnum(name), &[sql])
        })
    }

    fn expect_enum_types(&self) -> Result<()> {
        if self.renderer.capabilities().enum_types {
            return Ok(());
        }
        let message = format!("{} has no enum types", self.dialect());
        let way = "keep the values in a string column with a check, or ask dialect() and give the column a type of this \
                   database's by custom(..)";
        Err(Error::unsupported(message, way).state("nothing was sent"))
    }

    fn check_enum(&self, name: &TableName, values: &[String]) -> Result<()> {
        name.parts().try_for_each(|part| self.renderer.check_name("type", part))?;
        for (at, value) in values.iter().enumerate() {
            if values[..at].contains(value) {
                return Err(malformed(
                    format!("enum {name} is described with {value:?} twice"),
                    "name each value once",
                ));
            }
            if value.len() > LONGEST_VALUE || value.contains('\0') {
                let message =
                    format!("{value:?} cannot be a value of enum {name}: up to {LONGEST_VALUE} bytes, no NUL");
                return Err(Error::new(ErrorKind::InvalidName, message).state("nothing was sent").remedy("shorten it"));
            }
        }
        Ok(())
    }
}

fn no_enum(name: &TableName) -> Error {
    Error::new(ErrorKind::PreconditionFailed, format!("enum {name} is not there"))
        .remedy("create it first, or name the enum that is meant")
}

fn other_enum(name: &TableName, wanted: &[String], found: &[String]) -> Error {
    let (wanted, found) = (wanted.join(", "), found.join(", "));
    let message = format!("enum {name} is there with other values\n  wanted: {wanted}\n  found:  {found}");
    Error::new(ErrorKind::ShapeConflict, message)
        .remedy("bring it to these values with add_enum_value, or name the new one differently")
}
