//! Whether a document is as `docs/cli.schema.json` says: the words of JSON Schema that stand in it, and no others.

use std::sync::LazyLock;

use serde_json::{Map, Value};

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../docs/cli.schema.json")).unwrap());

/// What is wrong with the document, and where; nothing if it is as the schema says.
pub(super) fn faults(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    judge(&SCHEMA, document, "", &mut faults);
    faults
}

fn judge(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (word, meaning) in schema.as_object().unwrap() {
        let holds = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let name = meaning.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                judge(&SCHEMA["$defs"][name], value, at, faults);
                true
            }
            "type" => is_of_type(meaning, value),
            "enum" => meaning.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|number| number >= meaning.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= meaning.as_f64().unwrap()),
            "required" => names(meaning).all(|name| value.get(name).is_some()),
            "properties" => {
                each_property(meaning, value, at, faults);
                true
            }
            "additionalProperties" => has_no_others(schema, value),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    judge(meaning, item, &format!("{at}/{index}"), faults);
                }
                true
            }
            "oneOf" => exactly_one(meaning, value, at, faults),
            other => panic!("{other} is not understood here"),
        };
        if !holds {
            faults.push(format!("{at}: {word} {meaning}: {value}"));
        }
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

fn each_property(properties: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (name, schema) in properties.as_object().unwrap() {
        if let Some(inside) = value.get(name) {
            judge(schema, inside, &format!("{at}/{name}"), faults);
        }
    }
}

fn has_no_others(schema: &Value, value: &Value) -> bool {
    let none = Map::new();
    let known = schema["properties"].as_object().unwrap();
    value.as_object().unwrap_or(&none).keys().all(|name| known.contains_key(name))
}

/// The one that was meant tells best what is wrong.
fn exactly_one(schemas: &Value, value: &Value, at: &str, faults: &mut Vec<String>) -> bool {
    let judged: Vec<Vec<String>> = schemas
        .as_array()
        .unwrap()
        .iter()
        .map(|schema| {
            let mut faults = Vec::new();
            judge(schema, value, at, &mut faults);
            faults
        })
        .collect();
    let holding = judged.iter().filter(|faults| faults.is_empty()).count();
    if holding == 0 {
        let deepest = judged.into_iter().max_by_key(|faults| faults.iter().map(String::len).max());
        faults.extend(deepest.unwrap_or_default());
    }
    holding == 1
}
