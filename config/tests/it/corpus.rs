//! Real configurations compile: the corpus beside the checkout, with the orbs that are held there.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use config::{Compiled, Inputs, OrbRef, Orbs, Refusal, Source, Value, compile, process};

pub fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no corpus at {}", path.display());
    None
}

/// The orbs that are held, by `namespace/name`, with their versions.
pub struct Shelf {
    orbs: BTreeMap<String, BTreeMap<Vec<u64>, PathBuf>>,
}

impl Shelf {
    pub fn open(folder: &Path) -> Self {
        let mut orbs: BTreeMap<String, BTreeMap<Vec<u64>, PathBuf>> = BTreeMap::new();
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some((orb, version)) = name.strip_suffix(".yml").and_then(|name| name.split_once('@')) else {
                continue;
            };
            let version = version.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect();
            orbs.entry(orb.replacen("__", "/", 1)).or_default().insert(version, path);
        }
        Self { orbs }
    }

    /// The nearest version that is held: the same, else the newest of the same major version, else the newest.
    pub fn find(&self, reference: &OrbRef) -> Option<Source> {
        let (namespace, name, version) = reference.registry()?;
        let versions = self.orbs.get(&format!("{namespace}/{name}"))?;
        let wanted: Vec<u64> = version.split('.').map_while(|part| part.parse().ok()).collect();
        if version == "HEAD" {
            let path = versions.iter().next_back()?.1;
            return Some(Source::new(reference.as_str(), fs::read_to_string(path).unwrap()));
        }
        let released = || versions.iter().filter(|(version, _)| version[0] != u64::MAX);
        let path = released()
            .rfind(|(version, _)| !wanted.is_empty() && version.starts_with(&wanted))
            .or_else(|| released().rfind(|(version, _)| version.first() == wanted.first()))
            .or_else(|| versions.iter().next_back())?
            .1;
        Some(Source::new(reference.as_str(), fs::read_to_string(path).unwrap()))
    }

    /// Compiles a configuration with the orbs that it needs; an error is the first one that is not held.
    pub fn compile(&self, source: &Source) -> Result<(Orbs, Result<Compiled, Refusal>), OrbRef> {
        let mut orbs = Orbs::new();
        loop {
            match compile(source, &push(), &orbs) {
                Err(Refusal::NeedsOrbs(needed)) => {
                    for reference in needed {
                        let found = self.find(&reference).ok_or_else(|| reference.clone())?;
                        orbs.insert(reference, found);
                    }
                }
                result => return Ok((orbs, result)),
            }
        }
    }
}

/// Gives the stubs of orbs (`node: {}`) that orb-tools fills in when the pipeline runs the newest source that is held.
fn fill_stubs(name: &str, text: &str) -> String {
    if !name.ends_with("-orb__test-deploy.yml") {
        return text.to_owned();
    }
    let line = |line: &str| match line.strip_suffix(": {}") {
        Some(orb) if orb.starts_with("  ") && !orb.trim_start().contains(' ') => {
            let namespace = if name.starts_with("electron__") { "electronjs" } else { "circleci" };
            let known = orb.trim().trim_end_matches("-alpha");
            format!("{orb}: {namespace}/{known}@HEAD")
        }
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A push, with what every pipeline knows.
pub fn push() -> Inputs {
    let mut inputs = Inputs::branch("main");
    let texts = [
        ("pipeline.id", "5034460f-c7c4-4c43-9457-de07e2029e7b"),
        ("pipeline.project.type", "github"),
        ("pipeline.project.git_url", "https://github.com/example/project"),
        ("pipeline.project.slug", "gh/example/project"),
        ("pipeline.git.revision", "0123456789abcdef0123456789abcdef01234567"),
        ("pipeline.trigger_source", "webhook"),
    ];
    inputs.values.extend(texts.map(|(name, value)| (name.to_owned(), Value::from(value))));
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(42));
    inputs
}

pub fn yaml_files(folder: &Path) -> Vec<(String, Source)> {
    let mut files: Vec<(String, Source)> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = fill_stubs(&name, &fs::read_to_string(path).unwrap());
            (name.clone(), Source::new(name, text))
        })
        .collect();
    files.sort_by(|left, right| left.0.cmp(&right.0));
    files
}

/// Configurations that do not compile, and why that is right.
const REFUSED: [(&str, &str); 7] = [
    ("PennLINC__xcp_d__continue_config.yml", "is not packed"),
    ("TheJumpCloud__jumpcloud-ADMU__workflows.yml", "needs an argument for the parameter `configuration_path`"),
    ("cypress-io__circleci-orb__test-deploy.yml", "no orb `cypress` is imported"),
    ("dof-dss__nicsdru_dept__workflow-config.yml", "there is no job `build`"),
    ("electron__node-orb__test-deploy.yml", ""),
    ("facebookresearch__hydra__nested_website_static_config.yml", "must be followed by a space"),
    ("lerna__getting-started-example__continue-config.yml", "not valid YAML"),
];

/// At least so many compile, with the orbs that are held.
const COMPILED: usize = 123;
const EXAMPLES: usize = 200;

/// Real configurations compile; expanded and written, they are read back to the same plan and written the same again.
#[test]
fn real_configurations() {
    let Some(corpus) = corpus() else { return };
    let shelf = Shelf::open(&corpus.join("orbs"));
    let (mut compiled, mut without_orb, mut wrong) = (0, 0, Vec::new());
    for (name, source) in yaml_files(&corpus.join("configs")) {
        let (orbs, result) = match shelf.compile(&source) {
            Ok(compiled) => compiled,
            Err(orb) => {
                println!("{name}: no source of {orb} is held");
                without_orb += 1;
                continue;
            }
        };
        let plan = match result {
            Ok(plan) => plan,
            Err(refusal) => {
                let expected = REFUSED.iter().find(|(known, _)| *known == name);
                match expected {
                    Some((_, why)) if refusal.to_string().contains(why) => println!("{name}: refused, rightly"),
                    _ => wrong.push(format!("{name} is refused: {refusal}")),
                }
                continue;
            }
        };
        compiled += 1;
        let once = process(&source, &push(), &orbs).unwrap();
        let again = Source::new(name.clone(), once.clone());
        match process(&again, &push(), &Orbs::new()) {
            Ok(twice) if twice == once => {}
            Ok(twice) => {
                let line = once.lines().zip(twice.lines()).find(|(left, right)| left != right);
                wrong.push(format!("{name} is written in another way the second time: {line:?}"));
            }
            Err(refusal) => wrong.push(format!("{name} is refused the second time: {refusal}")),
        }
        if compile(&again, &push(), &Orbs::new()).is_ok_and(|again| again.workflows != plan.workflows) {
            wrong.push(format!("{name} has another plan the second time"));
        }
    }
    println!("{compiled} configurations compile, {without_orb} need an orb that is not held");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compiled >= COMPILED, "only {compiled} configurations compile");
}

/// Whole examples of the documentation compile; fragments are refused for a stated reason.
#[test]
fn examples_of_the_documentation() {
    let Some(corpus) = corpus() else { return };
    let shelf = Shelf::open(&corpus.join("orbs"));
    let mut compiled = 0;
    for (name, source) in yaml_files(&corpus.join("docs-examples")) {
        match shelf.compile(&source) {
            Ok((_, Ok(_))) => compiled += 1,
            Ok((_, Err(refusal))) => println!("{name}: {}", refusal.to_string().lines().next().unwrap_or_default()),
            Err(orb) => println!("{name}: no source of {orb} is held"),
        }
    }
    println!("{compiled} examples compile");
    assert!(compiled >= EXAMPLES, "only {compiled} examples compile");
}
