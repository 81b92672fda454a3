//! Every key has a shape, and what compiles is valid by the schema.

#![expect(clippy::disallowed_methods, reason = "tests read files")]

use std::path::Path;

use serde_json::{Value, json};

use super::super::keys::ALL;
use super::{schema, shape};
use crate::diagnostic::Sink;
use crate::source::Files;
use crate::yaml::{self, Kind, Node, Resolved};
use crate::{Inputs, Orbs, Refusal, Source, compile};

#[test]
fn every_key_has_a_shape() {
    let without: Vec<String> = ALL
        .iter()
        .flat_map(|table| table.keys.iter().map(move |key| (table, key.name)))
        .filter(|(table, key)| shape(table, key).is_none())
        .map(|(table, key)| format!("{}.{key}", table.path))
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

fn to_json(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => Value::Null,
            Resolved::Bool(value) => value.into(),
            Resolved::Int(value) => value.into(),
            Resolved::Float(value) => value.into(),
            Resolved::Text => scalar.text().into(),
        },
        Kind::Seq(items) => items.iter().map(to_json).collect(),
        Kind::Map(map) => map.entries.iter().map(|entry| (entry.key.to_string(), to_json(&entry.value))).collect(),
    }
}

/// What of a value is not as a schema says, by the few words that ours has. Another word is a mistake of this check.
fn wrong(root: &Value, schema: &Value, value: &Value, path: &str, out: &mut Vec<String>) {
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "title" | "description" | "deprecated" | "$defs" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                wrong(root, &root["$defs"][name], value, path, out);
            }
            "type" => {
                let types: Vec<&str> = rule.as_array().unwrap().iter().filter_map(Value::as_str).collect();
                let is = |kind: &&str| match *kind {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("there is no type {other}"),
                };
                if !types.iter().any(is) {
                    out.push(format!("{path}: {value} is none of {types:?}"));
                }
            }
            "enum" => {
                let same = |allowed: &Value| {
                    allowed == value || allowed.as_f64().is_some_and(|number| value.as_f64() == Some(number))
                };
                if !rule.as_array().unwrap().iter().any(same) {
                    out.push(format!("{path}: {value} is none of {rule}"));
                }
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        out.push(format!("{path}: there is no {key}"));
                    }
                }
            }
            "properties" | "additionalProperties" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    let own = schema["properties"].get(key);
                    let rule = if word == "properties" { own } else { Some(rule).filter(|_| own.is_none()) };
                    if let Some(rule) = rule {
                        wrong(root, rule, value, &format!("{path}.{key}"), out);
                    }
                }
            }
            "items" => {
                for (at, value) in value.as_array().into_iter().flatten().enumerate() {
                    wrong(root, rule, value, &format!("{path}[{at}]"), out);
                }
            }
            other => panic!("the check does not know `{other}`"),
        }
    }
}

fn findings(text: &str) -> Vec<String> {
    let mut files = Files::default();
    let id = files.add(&Source::new("config.yml", text));
    let Some(node) = yaml::parse(files.get(id), id, &Sink::default()) else { return vec!["no YAML".to_owned()] };
    let schema = schema();
    let mut out = Vec::new();
    wrong(&schema, &schema, &to_json(&node), "", &mut out);
    out
}

#[test]
fn what_is_plainly_wrong_is_found() {
    assert!(findings("version: 2.1\njobs: {build: {machine: true, steps: [checkout]}}\n").is_empty());
    let text = "version: 3\njobs: [a]\nworkflows: {main: {jobs: [{a: [b]}], max_auto_reruns: {}}}\ncommands: {x: {steps: [{run: [y]}]}}\n";
    assert_eq!(
        findings(text),
        [
            ".version: 3 is none of [2,2.1,\"2\",\"2.0\",\"2.1\"]",
            ".jobs: [\"a\"] is none of [\"object\", \"null\"]",
            ".workflows.main.jobs[0].a: [\"b\"] is none of [\"object\", \"null\"]",
            ".workflows.main.max_auto_reruns: {} is none of [\"integer\", \"string\", \"null\"]",
            ".commands.x.steps[0].run: [\"y\"] is none of [\"object\", \"string\"]",
        ]
    );
    assert_eq!(schema()["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
}

/// Has a step that is indented wrongly, which shows only once its orb is there.
const BROKEN: &str = "200.yml";

/// Files that compile alone, or lack orbs.
#[test]
fn real_configurations_are_valid() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !corpus.is_dir() {
        println!("skipped: there is no corpus at {}", corpus.display());
        return;
    }
    let mut wrong = Vec::new();
    let mut checked = 0;
    for folder in ["configs", "docs-examples"] {
        for file in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "yml") || path.ends_with(BROKEN) {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let compiled = compile(&Source::new("config.yml", text.clone()), &Inputs::branch("main"), &Orbs::new());
            if matches!(compiled, Ok(_) | Err(Refusal::NeedsOrbs(_))) {
                checked += 1;
                wrong.extend(findings(&text).into_iter().map(|finding| format!("{}: {finding}", path.display())));
            }
        }
    }
    println!("{checked} configurations are checked");
    assert!(checked > 150 && wrong.is_empty(), "{}", wrong.join("\n"));
}
