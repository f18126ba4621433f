//! Whether a document is as a JSON schema says: the words of JSON Schema that stand in ours, and no others.

use serde_json::{Map, Value};

/// A schema file, to be asked for its definitions.
pub(in crate::suite) struct JsonSchema(Value);

impl JsonSchema {
    pub(in crate::suite) fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// What is wrong with the document by a definition of the file, and where; nothing if it is as that says.
    pub(in crate::suite) fn faults(&self, definition: &str, document: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        let schema = self.0["$defs"].get(definition).unwrap_or_else(|| panic!("no definition of {definition}"));
        self.judge(schema, document, definition, &mut faults);
        faults
    }

    fn judge(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (word, meaning) in schema.as_object().unwrap() {
            let holds = match word.as_str() {
                "title" | "description" => true,
                "$ref" => {
                    let name = meaning.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    self.judge(&self.0["$defs"][name], value, at, faults);
                    true
                }
                "type" => is_of_type(meaning, value),
                "enum" => meaning.as_array().unwrap().contains(value),
                "required" => names(meaning).all(|name| value.get(name).is_some()),
                "properties" => {
                    for (name, inner) in meaning.as_object().unwrap() {
                        value
                            .get(name)
                            .into_iter()
                            .for_each(|inside| self.judge(inner, inside, &format!("{at}/{name}"), faults));
                    }
                    true
                }
                "additionalProperties" => self.others_hold(schema, meaning, value, at, faults),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.judge(meaning, item, &format!("{at}/{index}"), faults);
                    }
                    true
                }
                "oneOf" => self.exactly_one(meaning, value, at),
                other => panic!("{other} is not understood here"),
            };
            if !holds {
                faults.push(format!("{at}: {word} {meaning}: {value}"));
            }
        }
    }

    /// `false` allows no other properties; a schema is that of each other one.
    fn others_hold(&self, schema: &Value, meaning: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> bool {
        let none = Map::new();
        let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let others = value.as_object().unwrap_or(&none).iter().filter(|(name, _)| !known.contains_key(*name));
        if *meaning == Value::Bool(false) {
            return others.count() == 0;
        }
        others.for_each(|(name, inside)| self.judge(meaning, inside, &format!("{at}/{name}"), faults));
        true
    }

    fn exactly_one(&self, schemas: &Value, value: &Value, at: &str) -> bool {
        let holds = |schema: &&Value| {
            let mut faults = Vec::new();
            self.judge(schema, value, at, &mut faults);
            faults.is_empty()
        };
        schemas.as_array().unwrap().iter().filter(holds).count() == 1
    }
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap())
}

fn is_of_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    };
    wanted.as_str().map_or_else(|| names(wanted).any(is), is)
}
