//! Values that are words to a program.

use std::fmt::{Debug, Display};

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::Plan;

/// What a person reads, and the difference of the schema worked out.
impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Plan", 7)?;
        fields.serialize_field("dialect", &self.dialect())?;
        fields.serialize_field("database", &self.server)?;
        fields.serialize_field("steps", &self.steps)?;
        fields.serialize_field("unknown", &self.unknown)?;
        fields.serialize_field("edited", &self.edited)?;
        fields.serialize_field("notes", &self.notes)?;
        fields.serialize_field("difference", &self.difference())?;
        fields.end()
    }
}

/// As it is printed.
pub(super) fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The same, or null.
pub(super) fn optional_text<S: Serializer>(value: &Option<impl Display>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

/// As it is named in the program.
pub(super) fn word<S: Serializer>(value: &impl Debug, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{value:?}"))
}
