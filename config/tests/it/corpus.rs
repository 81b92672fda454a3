//! Real configurations compile: the corpus beside the checkout, with the orbs that are held there.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use config::{Inputs, OrbRef, Orbs, Refusal, Source, Value, compile, process};

fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no corpus at {}", path.display());
    None
}

/// The orbs that are held, by `namespace/name`, with their versions.
struct Shelf {
    orbs: BTreeMap<String, BTreeMap<Vec<u64>, PathBuf>>,
}

impl Shelf {
    fn open(folder: &Path) -> Self {
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
    fn find(&self, reference: &OrbRef) -> Option<Source> {
        let (namespace, name, version) = reference.registry()?;
        let versions = self.orbs.get(&format!("{namespace}/{name}"))?;
        let wanted: Vec<u64> = version.split('.').map_while(|part| part.parse().ok()).collect();
        if version == "HEAD" {
            let path = versions.iter().next_back()?.1;
            return Some(Source::new(reference.as_str(), fs::read_to_string(path).unwrap()));
        }
        let released = || versions.iter().filter(|(version, _)| version[0] != u64::MAX);
        let path = released().rfind(|(version, _)| !wanted.is_empty() && version.starts_with(&wanted))
            .or_else(|| released().rfind(|(version, _)| version.first() == wanted.first()))
            .or_else(|| versions.iter().next_back())?
            .1;
        Some(Source::new(reference.as_str(), fs::read_to_string(path).unwrap()))
    }
}

/// Does something with a configuration, and fetches orbs until there is an answer. An orb that is not held is named.
fn with_orbs<T>(shelf: &Shelf, work: impl Fn(&Orbs) -> Result<T, Refusal>) -> Result<T, String> {
    let mut orbs = Orbs::new();
    loop {
        match work(&orbs) {
            Ok(done) => return Ok(done),
            Err(Refusal::Invalid(findings)) => {
                return Err(findings
                    .iter()
                    .filter(|finding| finding.is_error())
                    .map(|finding| finding.render(false))
                    .collect());
            }
            Err(Refusal::NeedsOrbs(needed)) => {
                for reference in needed {
                    let Some(found) = shelf.find(&reference) else {
                        return Err(format!("no source for the orb {reference}"));
                    };
                    orbs.insert(reference, found);
                }
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
fn push() -> Inputs {
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

fn yaml_files(folder: &Path) -> Vec<(String, Source)> {
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

#[test]
fn real_configurations_compile() {
    let Some(corpus) = corpus() else { return };
    let shelf = Shelf::open(&corpus.join("orbs"));
    let files = yaml_files(&corpus.join("configs"));
    let mut refused = Vec::new();
    for (name, source) in &files {
        if let Err(report) = with_orbs(&shelf, |orbs| compile(source, &push(), orbs)) {
            refused.push((name, report));
        }
    }
    for (name, report) in &refused {
        println!("---- {name}\n{report}");
    }
    println!("{} of {} compile", files.len() - refused.len(), files.len());
}

#[test]
fn a_processed_configuration_is_a_fixed_point() {
    let Some(corpus) = corpus() else { return };
    let shelf = Shelf::open(&corpus.join("orbs"));
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, source) in yaml_files(&corpus.join("configs")) {
        let Ok(once) = with_orbs(&shelf, |orbs| process(&source, &push(), orbs)) else { continue };
        let again = Source::new(name.clone(), once.clone());
        count += 1;
        match process(&again, &push(), &Orbs::new()) {
            Ok(twice) if twice == once => {
                let plan = with_orbs(&shelf, |orbs| compile(&source, &push(), orbs)).unwrap();
                let plan_again = compile(&again, &push(), &Orbs::new()).unwrap();
                if plan.workflows != plan_again.workflows {
                    wrong.push(format!("{name}: another plan"));
                }
            }
            Ok(twice) => {
                let line = once.lines().zip(twice.lines()).find(|(left, right)| left != right);
                wrong.push(format!("{name}: {line:?}"));
            }
            Err(refusal) => wrong.push(format!("{name}: {refusal}")),
        }
    }
    println!("{count} processed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn examples_of_the_documentation() {
    let Some(corpus) = corpus() else { return };
    let shelf = Shelf::open(&corpus.join("orbs"));
    let mut compiled = 0;
    for (name, source) in yaml_files(&corpus.join("docs-examples")) {
        match with_orbs(&shelf, |orbs| compile(&source, &push(), orbs)) {
            Ok(_) => compiled += 1,
            Err(report) => println!("---- {name}\n{report}"),
        }
    }
    println!("{compiled} examples compile");
}
