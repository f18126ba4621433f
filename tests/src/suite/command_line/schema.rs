//! Whether a document is as `docs/cli.schema.json` says, which names the definitions of `docs/reports.schema.json`.

use serde_json::Value;

use crate::suite::json_schema::JsonSchema;

/// What is wrong with the document, and where; nothing if it is as the schema says.
pub(super) fn faults(document: &Value) -> Vec<String> {
    let text = include_str!("../../../../docs/cli.schema.json").replace("reports.schema.json#", "#");
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    let reports: Value = serde_json::from_str(include_str!("../../../../docs/reports.schema.json")).unwrap();
    let definitions = schema["$defs"].as_object_mut().unwrap();
    for (name, definition) in reports["$defs"].as_object().unwrap() {
        assert!(definitions.insert(name.clone(), definition.clone()).is_none(), "{name} stands in both");
    }
    JsonSchema::read(&schema.to_string()).faults("answer", document)
}
