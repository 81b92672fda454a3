//! The layers of `app` and the directions between crates, checked on the source text.
//!
//! A module may use those of a lower layer, and itself; never one beside it, never one above. See `docs/architecture.md`.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Modules by layer, lowest first. Modules of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["settings", "clock", "random", "worker", "os"],
    &["log", "blob", "junit", "secret", "vcs", "orb", "disk", "value"],
    &["trigger", "compile", "scheduler", "dispatch", "notify", "retention"],
    &["http"],
    &["server"],
    &["cli"],
];

/// Pairs in one layer that are allowed all the same, each for a reason.
const ALLOWED: &[(&str, &str)] = &[
    // `worker::run` waits by the clock.
    ("worker", "clock"),
];

/// Which of our crates each crate may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("config/fyaml", &[]),
    ("runner", &["model"]),
    ("runner/agent", &["model", "config", "fyaml"]),
    ("app/store", &["model"]),
    ("app", &["model", "config", "fyaml", "runner", "store", "fake-forge"]),
    ("tests/forge", &["model"]),
    ("tests/rows", &["model", "store"]),
    ("tests", &["model", "config", "runner", "store", "roundhouse", "fake-forge", "rows"]),
];

const OURS: &[&str] =
    &["model", "config", "fyaml", "runner", "task-agent", "store", "roundhouse", "e2e", "fake-forge", "rows"];

#[test]
fn modules_import_only_downwards() {
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("app/src")) {
        let path = file.strip_prefix(root().join("app/src")).unwrap().to_owned();
        let own = path.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let Some(own_layer) = layer(&own) else {
            assert!(matches!(own.as_str(), "lib" | "main"), "`{own}` is in no layer: add it to LAYERS");
            continue;
        };
        for used in imported_modules(&fs::read_to_string(&file).unwrap()) {
            let Some(used_layer) = layer(&used) else { continue };
            if used != own && used_layer >= own_layer && !ALLOWED.contains(&(&own, &used)) {
                wrong.push(format!("{}: {own} -> {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn a_planted_wrong_import_is_found() {
    let text = "use crate::{\n    clock::Clock,\n    http::{page, sse},\n};\nfn f() { crate::dispatch::claim() }\n";
    assert_eq!(imported_modules(text), ["clock", "http", "dispatch"]);
    assert!(layer("http") > layer("dispatch"));
}

#[test]
fn crates_depend_only_as_designed() {
    for (path, allowed) in CRATES {
        let text = fs::read_to_string(root().join(path).join("Cargo.toml")).unwrap();
        let dependencies = text.split("[dependencies]").nth(1).unwrap_or_default().split("\n[").next().unwrap();
        for line in dependencies.lines() {
            let name = line.split(['.', ' ', '=']).next().unwrap();
            assert!(
                !OURS.contains(&name) || allowed.contains(&name),
                "crate `{path}` must not depend on `{name}`: see docs/architecture.md"
            );
        }
    }
}

#[test]
fn sql_is_written_only_in_the_store() {
    for folder in ["app/src", "runner/src", "config/src", "model/src"] {
        for file in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(!text.contains("sqlx::"), "{} uses sqlx: SQL belongs to app/store", file.display());
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// Names of modules after `crate::`, alone or in braces.
fn imported_modules(text: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let Some(list) = rest.strip_prefix('{') else {
            modules.push(identifier(rest));
            continue;
        };
        let (mut depth, mut item) = (0_usize, String::new());
        for character in list.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => modules.push(identifier(std::mem::take(&mut item).trim())),
                other if depth == 0 => item.push(other),
                _ => {}
            }
        }
        modules.push(identifier(item.trim()));
    }
    modules.retain(|module| !module.is_empty());
    modules
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
