//! The compiler of configurations, beside the bare YAML parser that it stands on.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use config::{Inputs, OrbRef, Orbs, Refusal, Source, compile};

use crate::table::{Table, median, millis};

const ROUNDS: usize = 15;

/// A large configuration, a thousand jobs, and the real ones where they lie beside the checkout.
pub fn measure(table: &mut Table) -> anyhow::Result<()> {
    let large = large();
    one(table, &large, "parse × 3")?;
    one(table, &thousand(), "60 ms")?;
    real(table)
}

/// One configuration: its compilation beside the bare parse.
fn one(table: &mut Table, text: &str, target: &str) -> anyhow::Result<()> {
    let source = Source::new("config.yml", text);
    let inputs = Inputs::branch("main");
    let compiled = compile(&source, &inputs, &Orbs::new())?;
    let jobs: usize = compiled.workflows.iter().map(|workflow| workflow.jobs.len()).sum();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(timed(|| parse(text))?);
        ours.push(timed(|| Ok(compile(&source, &inputs, &Orbs::new()).map(drop)?))?);
    }
    let (ours, bare) = (median(ours), median(bare));
    let what = format!("compile {jobs} jobs, {} lines, {} kB", text.lines().count(), text.len() / 1000);
    table.add(&what, millis(ours), format!("{} (YAML parse)", millis(bare)), Some(ours / bare), target);
    Ok(())
}

/// Milliseconds of a piece of work.
fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

/// Reads every event, and does nothing with it.
fn parse(text: &str) -> anyhow::Result<()> {
    for event in saphyr_parser::Parser::new_from_str(text) {
        std::hint::black_box(event?);
    }
    Ok(())
}

/// What a large project writes: 227 jobs, half of them with arguments of commands and conditions; some 5,000 lines.
fn large() -> String {
    let mut text = String::from(
        "version: 2.1\nparameters:\n  deploy: {type: boolean, default: true}\nexecutors:\n  base:\n    docker:\n      - image: \
         cimg/node:20.11\n    resource_class: large\ncommands:\n  prepare:\n    parameters:\n      key: {type: string}\n      \
         warm: {type: boolean, default: true}\n    steps:\n      - restore_cache:\n          keys:\n            - v1-<< \
         parameters.key >>\n            - v1\n      - when:\n          condition: << parameters.warm >>\n          steps:\n            \
         - run: npm ci --prefer-offline\njobs:\n",
    );
    for job in 0..227 {
        let _ = write!(
            text,
            "  job-{job}:\n    executor: base\n    environment:\n      SHARD: {job}\n      NAME: \"job {job}\"\n    steps:\n      - \
             checkout\n      - prepare:\n          key: job-{job}-<< pipeline.git.branch >>\n      - run:\n          name: Build \
             {job}\n          command: |\n            set -e\n            make build-{job}\n            make report\n      - \
             run:\n          name: Test {job}\n          command: make test-{job}\n      - store_artifacts:\n          path: \
             out/{job}\n"
        );
    }
    text.push_str("workflows:\n  main:\n    when: << pipeline.parameters.deploy >>\n    jobs:\n");
    for job in 0..227 {
        text.push_str(&match job {
            0 => "      - job-0\n".to_owned(),
            _ => format!("      - job-{job}:\n          requires: [job-{}]\n", (job - 1) / 2),
        });
    }
    text
}

/// A thousand jobs in 500 kB.
fn thousand() -> String {
    let mut text = String::from("version: 2.1\njobs:\n");
    for job in 0..1000 {
        let _ = write!(
            text,
            "  job-{job}:\n    docker:\n      - image: cimg/base:2024.01\n    working_directory: ~/project\n    environment:\n      \
             SHARD: \"{job}\"\n      MODE: fast\n    steps:\n      - checkout\n      - run:\n          name: Build part {job}\n          \
             command: |\n            make part-{job}\n            make check-{job}\n      - run: ./report --part {job} --to \
             out/{job}.xml\n      - run: echo 'part {job} is done, and its report is in the folder of results'\n      - \
             store_test_results:\n          path: out\n"
        );
    }
    text.push_str("workflows:\n  main:\n    jobs:\n");
    for job in 0..1000 {
        text.push_str(&match job {
            0 => "      - job-0\n".to_owned(),
            _ => format!("      - job-{job}:\n          requires: [job-{}]\n", (job - 1) / 2),
        });
    }
    text
}

/// Every real configuration with its orbs, one after the other. What is refused counts, too: people wait for that as well.
fn real(table: &mut Table) -> anyhow::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("real configurations: passed over, there is no corpus at {}", corpus.display());
        return Ok(());
    }
    let shelf = Shelf::open(&corpus.join("orbs"))?;
    let inputs = Inputs::branch("main");
    let mut sources = Vec::new();
    for path in files(&corpus.join("configs"))? {
        let source = Source::new(path.display().to_string(), std::fs::read_to_string(&path)?);
        let orbs = shelf.orbs_of(&source, &inputs)?;
        sources.push((source, orbs));
    }
    let bytes: usize = sources.iter().map(|(source, orbs)| bytes_of(source, orbs)).sum();
    let orbs: usize = sources.iter().map(|(_, orbs)| orbs.len()).sum();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        ours.push(timed(|| {
            sources.iter().for_each(|(source, orbs)| drop(std::hint::black_box(compile(source, &inputs, orbs))));
            Ok(())
        })?);
        bare.push(timed(|| {
            for (source, orbs) in &sources {
                // Some are not YAML: their parse ends early here as there.
                let _ = parse(&source.text);
                orbs.iter().for_each(|(_, orb)| drop(parse(&orb.text)));
            }
            Ok(())
        })?);
    }
    let (ours, bare) = (median(ours), median(bare));
    let what = format!("compile {} real configurations, {orbs} orbs, {} kB", sources.len(), bytes / 1000);
    table.add(&what, millis(ours), format!("{} (YAML parse)", millis(bare)), Some(ours / bare), "2 s");
    Ok(())
}

fn bytes_of(source: &Source, orbs: &Orbs) -> usize {
    source.text.len() + orbs.iter().map(|(_, orb)| orb.text.len()).sum::<usize>()
}

/// The YAML files of a folder, in order.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yml"));
    paths.sort();
    Ok(paths)
}

/// The orbs that are held: sources by version, by `namespace/name`.
struct Shelf {
    orbs: BTreeMap<String, BTreeMap<String, String>>,
}

impl Shelf {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let mut orbs: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for path in files(folder)? {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let Some((name, version)) = stem.split_once('@') else { continue };
            let versions = orbs.entry(name.replacen("__", "/", 1)).or_default();
            versions.insert(version.to_owned(), std::fs::read_to_string(&path)?);
        }
        Ok(Self { orbs })
    }

    /// The version that is meant, or else any that is held.
    fn find(&self, reference: &OrbRef) -> Option<Source> {
        let (namespace, name, _) = reference.registry()?;
        let versions = self.orbs.get(&format!("{namespace}/{name}"))?;
        let meant = reference.version().and_then(|version| version.newest(versions.keys().map(String::as_str)));
        let text = meant.and_then(|version| versions.get(version)).or_else(|| versions.values().next_back())?;
        Some(Source::new(reference.as_str(), text.as_str()))
    }

    /// The orbs that a configuration asks for, as far as they are held.
    fn orbs_of(&self, source: &Source, inputs: &Inputs) -> anyhow::Result<Orbs> {
        let mut orbs = Orbs::new();
        while let Err(Refusal::NeedsOrbs(needed)) = compile(source, inputs, &orbs) {
            let before = orbs.len();
            for reference in needed {
                if let Some(found) = self.find(&reference) {
                    orbs.insert(reference, found);
                }
            }
            if orbs.len() == before {
                break;
            }
        }
        Ok(orbs)
    }
}
