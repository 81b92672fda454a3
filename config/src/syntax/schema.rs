//! A JSON Schema of the language, for editors: made of the tables that the compiler uses.
//!
//! It accepts everything that compiles: keys that the tables do not have, texts with `<< >>` in the place of any scalar,
//! numbers where a text is meant. What it gives an editor is names to complete, notes, and types that are plainly wrong.

use serde_json::{Map, Value, json};

use super::Builtin;
use super::keys::{self, Status, Table};

/// The JSON Schema (draft 2020-12) of a configuration.
pub fn schema() -> Value {
    let mut root = object(&keys::DOCUMENT, &["object"]);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("CircleCI configuration, as Roundhouse reads it");
    root["required"] = json!(["version"]);
    root["$defs"] = json!({
        "parameters": map_of(&object(&keys::PARAMETER, &["object"])),
        "steps": { "type": ["array", "string", "object", "null"], "items": { "$ref": "#/$defs/step" } },
        "step": step(),
        "environment": { "type": ["object", "array", "string", "null"] },
        "filters": object(&keys::FILTERS, &["object", "string", "boolean", "null"]),
        "workflow_jobs": {
            "type": ["array", "string"],
            "items": {
                "type": ["object", "string"],
                "additionalProperties": object(&keys::WORKFLOW_JOB, &["object", "null"]),
            },
        },
    });
    root
}

/// One step: a name, or a map with it.
fn step() -> Value {
    let mut properties = Map::new();
    for builtin in Builtin::ALL {
        let (status, note) = builtin.status();
        properties.insert(builtin.name().to_owned(), described(built_in(builtin), status, note));
    }
    for word in ["when", "unless"] {
        properties.insert(word.to_owned(), object(&keys::CONDITIONAL, &["object"]));
    }
    properties.insert("steps".to_owned(), json!({ "$ref": "#/$defs/steps" }));
    json!({ "type": ["object", "string"], "properties": properties })
}

fn built_in(builtin: Builtin) -> Value {
    let map = ["object", "null"];
    match builtin {
        Builtin::Run | Builtin::Deploy => object(&keys::RUN, &["object", "string"]),
        Builtin::Checkout => object(&keys::CHECKOUT, &map),
        Builtin::SetupRemoteDocker => object(&keys::SETUP_REMOTE_DOCKER, &map),
        Builtin::SaveCache => object(&keys::SAVE_CACHE, &map),
        Builtin::RestoreCache => object(&keys::RESTORE_CACHE, &map),
        Builtin::PersistToWorkspace => object(&keys::PERSIST_TO_WORKSPACE, &map),
        Builtin::AttachWorkspace => object(&keys::ATTACH_WORKSPACE, &map),
        Builtin::StoreArtifacts => object(&keys::STORE_ARTIFACTS, &map),
        Builtin::StoreTestResults => object(&keys::STORE_TEST_RESULTS, &map),
        Builtin::AddSshKeys => object(&keys::ADD_SSH_KEYS, &map),
        Builtin::InstallSigningBundle => json!({}),
    }
}

/// A map with the keys of a table; `types` are what may stand in its place.
fn object(table: &Table, types: &[&str]) -> Value {
    let mut properties = Map::new();
    for key in table.keys {
        // A test sees to it that every key has a shape.
        let shape = shape(table, key.name).unwrap_or_else(|| json!({}));
        properties.insert(key.name.to_owned(), described(shape, key.status, key.note));
    }
    json!({ "type": types, "properties": properties })
}

fn described(mut shape: Value, status: Status, note: &str) -> Value {
    if !note.is_empty() {
        shape["description"] = json!(note);
    }
    if status == Status::Deprecated {
        shape["deprecated"] = json!(true);
    }
    shape
}

fn map_of(value: &Value) -> Value {
    json!({ "type": ["object", "null"], "additionalProperties": value })
}

/// What may stand under a key of a table. `None` for a key that nobody has thought of.
pub(super) fn shape(table: &Table, key: &str) -> Option<Value> {
    let text = json!({ "type": ["string", "number", "boolean", "null"] });
    let boolean = json!({ "type": ["boolean", "string", "null"] });
    let integer = json!({ "type": ["integer", "string", "null"] });
    let texts = json!({ "type": ["string", "number", "boolean", "array", "null"] });
    let list = json!({ "type": ["array", "string", "null"] });
    let any = json!({});
    let optional = ["object", "null"];
    Some(match (table.path, key) {
        ("(top level)", "version") => json!({ "enum": [2, 2.1, "2", "2.0", "2.1"] }),
        ("(top level)", "orbs") => map_of(&json!({ "type": ["string", "object"] })),
        ("(top level)", "commands") => map_of(&object(&keys::COMMAND, &["object", "string"])),
        ("(top level)", "executors") => map_of(&object(&keys::EXECUTOR, &["object", "string"])),
        ("(top level)", "jobs") => map_of(&object(&keys::JOB, &["object", "string"])),
        ("(top level)", "job-groups") => map_of(&object(&keys::JOB_GROUP, &["object"])),
        ("(top level)", "workflows") => {
            let mut workflows = map_of(&object(&keys::WORKFLOW, &["object"]));
            workflows["properties"] = json!({ "version": text });
            workflows
        }
        ("(top level)", "setup") => boolean,
        ("(top level)", "experimental" | "notify" | "display" | "examples") => any,
        ("workflows.NAME.jobs[].NAME.matrix", "parameters") => map_of(&json!({ "type": ["array", "string"] })),
        ("workflows.NAME", "when" | "unless") | ("steps[].when, steps[].unless", "condition") => any,
        ("docker[]", "command") => texts,
        ("workflows.NAME.triggers[].schedule", "filters") => object(&keys::FILTERS, &["object"]),
        ("workflows.NAME.jobs[].NAME.filters", "branches" | "tags") => object(&keys::FILTER, &optional),
        (_, "parameters") => json!({ "$ref": "#/$defs/parameters" }),
        (_, "steps" | "pre-steps" | "post-steps") => json!({ "$ref": "#/$defs/steps" }),
        (_, "environment") => json!({ "$ref": "#/$defs/environment" }),
        (_, "filters") => json!({ "$ref": "#/$defs/filters" }),
        (_, "jobs") => json!({ "$ref": "#/$defs/workflow_jobs" }),
        (_, "docker") => {
            let container = object(&keys::CONTAINER, &["object"]);
            json!({ "type": ["array", "string"], "items": container })
        }
        (_, "machine") => object(&keys::MACHINE, &["object", "boolean", "string"]),
        (_, "macos") => object(&keys::MACOS, &["object"]),
        (_, "auth") => object(&keys::AUTH, &optional),
        (_, "aws_auth") => object(&keys::AWS_AUTH, &optional),
        (_, "gcp_auth") => object(&keys::GCP_AUTH, &optional),
        (_, "retention") => object(&keys::RETENTION, &optional),
        (_, "matrix") => object(&keys::MATRIX, &optional),
        (_, "triggers") => json!({ "type": ["array", "null"], "items": object(&keys::TRIGGER, &["object"]) }),
        (_, "schedule") => object(&keys::SCHEDULE, &["object"]),
        (_, "executor") => json!({ "type": ["string", "object"] }),
        (_, "requires") => {
            json!({ "type": ["array", "string", "null"], "items": { "type": ["string", "number", "object", "array"] } })
        }
        (_, "context" | "only" | "ignore" | "paths" | "keys" | "fingerprints" | "entrypoint") => texts,
        (_, "exclude" | "enum" | "code_signing") => list,
        (
            _,
            "background"
            | "docker_layer_caching"
            | "prefer_same_region"
            | "reusable"
            | "exclusive"
            | "enabled"
            | "circleci_ip_ranges",
        ) => boolean,
        (_, "parallelism" | "max_auto_reruns" | "depth") => integer,
        (_, "default" | "display" | "validation" | "branches" | "windows") => any,
        (
            _,
            "description"
            | "type"
            | "shell"
            | "working_directory"
            | "resource_class"
            | "plan_name"
            | "image"
            | "name"
            | "command"
            | "user"
            | "username"
            | "password"
            | "aws_access_key_id"
            | "aws_secret_access_key"
            | "oidc_role_arn"
            | "service_account"
            | "oidc_service_account"
            | "workload_identity_pool"
            | "workload_identity_provider"
            | "xcode"
            | "caches"
            | "no_output_timeout"
            | "when"
            | "auto_rerun_delay"
            | "method"
            | "path"
            | "version"
            | "key"
            | "root"
            | "at"
            | "destination"
            | "serial-group"
            | "override-with"
            | "alias"
            | "cron",
        ) => text,
        (_, _) => return None,
    })
}

#[cfg(test)]
mod tests;
