//! The documents that `--json` prints are those of docs/COMMANDS.md.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::*;
use crate::support::Layout;

/// The documents by heading.
fn documented() -> HashMap<String, (String, Vec<Value>)> {
    let mut sections = HashMap::new();
    for section in include_str!("../../../docs/COMMANDS.md").split("\n## ").skip(1) {
        let (heading, text) = section.split_once('\n').unwrap();
        let documents = text.split("```json\n").skip(1).map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap());
        sections.insert(heading.trim_matches('`').to_owned(), (text.to_owned(), documents.collect()));
    }
    sections
}

/// Whether a value has the documented keys and types, no more and no fewer.
fn fits(shape: &Value, value: &Value, shapes: &HashMap<String, (String, Vec<Value>)>) -> bool {
    match (shape, value) {
        (Value::Object(shape), Value::Object(value)) => {
            shape.len() == value.len() && shape.iter().all(|(key, shape)| value.get(key).is_some_and(|value| fits(shape, value, shapes)))
        }
        (Value::Array(shape), Value::Array(values)) => match &shape[..] {
            [shape] => values.iter().all(|value| fits(shape, value, shapes)),
            several => several.len() == values.len() && several.iter().zip(values).all(|(shape, value)| fits(shape, value, shapes)),
        },
        (Value::String(types), value) => types.split(" or ").any(|name| match name {
            "string" => value.is_string(),
            "integer" => value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            name => fits(&shapes[name].1[0], value, shapes),
        }),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_prints_the_documented_keys() {
    let shapes = documented();
    let database = Database::new().await;
    for command in commands() {
        let (text_of_section, documents) = shapes.get(&command).unwrap_or_else(|| panic!("docs/COMMANDS.md has no section `{command}`"));
        if documents.is_empty() {
            assert!(text_of_section.contains("no JSON"), "docs/COMMANDS.md says nothing of the document of {command}");
            continue;
        }
        let mut met = HashSet::new();
        for example in examples(&command) {
            if lacks_pgvector(&database, &example).await {
                met.extend(0..documents.len());
                continue;
            }
            let line = example.replacen("pgmemory ", "pgmemory --json ", 1);
            let printed: Value = json_of(&typed(&database, &line).await);
            let place = documents.iter().position(|document| fits(document, &printed, &shapes));
            met.insert(place.unwrap_or_else(|| panic!("{line} prints what is not documented: {printed:#}")));
        }
        assert_eq!(met.len(), documents.len(), "the examples of {command} show all of its documents");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_lines_are_documented_too() {
    let shapes = documented();
    let database = Database::new().await;
    let output = typed(&database, "echo nonsense | pgmemory --json import - --skip-invalid").await;
    let printed = json_of(&output);
    assert_eq!(printed["rejections"].as_array().unwrap().len(), 1);
    assert!(fits(&json!("Import"), &printed, &shapes), "{printed:#}");
}

#[test]
fn a_shape_is_exact() {
    let shapes = documented();
    let shape = json!({"a": ["integer"], "b": "string or null"});
    assert!(fits(&shape, &json!({"a": [1, 2], "b": null}), &shapes));
    for wrong in
        [json!({"a": [1]}), json!({"a": [1], "b": null, "c": 1}), json!({"a": ["1"], "b": null}), json!({"a": [], "b": 1}), json!([])]
    {
        assert!(!fits(&shape, &wrong, &shapes), "{wrong}");
    }
}

/// In a checkout, in the order in which docs/CI.md has them.
#[tokio::test(flavor = "multi_thread")]
async fn the_steps_of_ci_pass_on_a_database_that_fits() {
    let database = Database::with_layout(Layout::Plain).await;
    let book = include_str!("../../../docs/CI.md");
    let steps: Vec<&str> = book.split("```sh\n").skip(1).flat_map(|block| block.split("```").next().unwrap().lines()).collect();
    assert!(steps.len() >= 5 && steps.iter().all(|step| step.starts_with("pgmemory ")), "{steps:?}");
    for step in &steps {
        done(&typed(&database, &format!("cd '{}' && {step}", env!("CARGO_MANIFEST_DIR"))).await);
    }
    // And where it does not fit, a step fails.
    database.client().await.batch_execute("DROP INDEX memory.nodes_created_idx").await.unwrap();
    let failing = steps.iter().filter(|step| step.ends_with("pgmemory verify"));
    for step in failing {
        assert_eq!(typed(&database, step).await.status.code(), Some(1), "{step}");
    }
}
