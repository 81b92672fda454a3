//! What a local run leaves behind: artifacts as files, and what the tests came to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use futures_util::StreamExt;
use model::id::PipelineId;
use serde_json::json;
use store::{
    Store, artifact,
    job::{self, Job},
    test_result::{self, TestCounts, TestResult},
    workflow,
};
use tokio::io::AsyncWriteExt;

use super::{
    engine::Engine,
    show::{self, Screen},
};
use crate::blob::{BlobKey, Stored};

/// Where artifacts go by default, below the root of the working tree.
pub const DIRECTORY: &str = ".roundhouse/artifacts";

/// Failed tests that are shown.
const FAILED: u32 = 20;

/// Lines of a failed test's message that are shown.
const LINES: usize = 12;

/// Artifacts of one job that are written.
const MOST_ARTIFACTS: u32 = 1_000_000;

/// Everything that the jobs of a pipeline kept.
#[derive(Debug)]
pub struct Harvest {
    /// Where the artifacts are now; `None`: there are none.
    directory: Option<PathBuf>,
    artifacts: u64,
    counts: TestCounts,
    failed: Vec<(String, TestResult)>,
}

/// The default directory, which Git passes over, and which has nothing of an earlier run.
///
/// # Errors
/// It cannot be made.
pub fn fresh_directory(root: &Path) -> anyhow::Result<PathBuf> {
    let directory = root.join(DIRECTORY);
    let above = directory.parent().unwrap_or(root);
    let made = || -> std::io::Result<()> {
        if directory.symlink_metadata().is_ok() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(above)?;
        fs::write(above.join(".gitignore"), "*\n")
    };
    made().with_context(|| format!("failed to make `{}` for artifacts", directory.display()))?;
    Ok(directory)
}

impl Harvest {
    /// Writes the artifacts below `into`, and reads the test results.
    ///
    /// # Errors
    /// The store cannot be read, or a file cannot be written.
    pub async fn reap(
        engine: &Engine,
        pipeline: PipelineId,
        into: impl AsyncFnOnce() -> anyhow::Result<PathBuf>,
    ) -> anyhow::Result<Self> {
        let store = engine.store();
        let mut jobs: Vec<(PathBuf, Job)> = Vec::new();
        let mut workflows = workflow::list_by_pipeline(store.read(), pipeline).await?;
        // Of several attempts at a workflow, the last one counts.
        let attempts: Vec<_> = workflows.iter().map(|workflow| (workflow.workspace_id, workflow.attempt)).collect();
        workflows.retain(|own| !attempts.iter().any(|(id, attempt)| *id == own.workspace_id && *attempt > own.attempt));
        let several = workflows.iter().any(|workflow| workflow.name != workflows[0].name);
        for workflow in &workflows {
            for job in job::list_by_workflow(store.read(), workflow.id).await? {
                let name = PathBuf::from(file_name(&job.name));
                jobs.push((if several { Path::new(&file_name(&workflow.name)).join(name) } else { name }, job));
            }
        }
        let mut harvest = Self { directory: None, artifacts: 0, counts: TestCounts::default(), failed: Vec::new() };
        let mut found = Vec::new();
        for (name, job) in &jobs {
            harvest.read_tests(store, job).await?;
            let artifacts = artifact::list_by_job(store.read(), job.origin(), MOST_ARTIFACTS).await?;
            found.extend(artifacts.into_iter().map(|artifact| {
                let run = if job.parallelism > 1 { artifact.node_index.to_string() } else { String::new() };
                (name.join(run).join(&artifact.path), artifact)
            }));
        }
        if found.is_empty() {
            return Ok(harvest);
        }
        let directory = into().await?;
        for (name, artifact) in &found {
            let path = directory.join(name);
            let stored = Stored { size_bytes: artifact.size_bytes, sha256: artifact.sha256 };
            write(engine, BlobKey::artifact(artifact.id), stored, &path)
                .await
                .with_context(|| format!("failed to write the artifact `{}`", path.display()))?;
        }
        harvest.artifacts = found.len() as u64;
        harvest.directory = Some(directory);
        Ok(harvest)
    }

    async fn read_tests(&mut self, store: &Store, job: &Job) -> anyhow::Result<()> {
        let TestCounts { success, failed, skipped } = test_result::count(store.read(), job.origin()).await?;
        self.counts.success += success;
        self.counts.failed += failed;
        self.counts.skipped += skipped;
        if failed > 0 {
            let cases = test_result::list_failed(store.read(), job.origin(), FAILED).await?;
            let label = |case: &TestResult| match job.parallelism {
                0 | 1 => job.name.clone(),
                _ => show::run_label(&job.name, case.node_index),
            };
            self.failed.extend(cases.into_iter().map(|case| (label(&case), case)));
        }
        Ok(())
    }

    /// Says it: failed tests first.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn tell(&self, screen: &mut Screen, root: &Path) -> anyhow::Result<()> {
        let Self { directory, artifacts, counts, failed } = self;
        if counts.total() > 0 {
            screen.say("")?;
            for (job, TestResult { node_index: _, case }) in failed.iter().take(FAILED as usize) {
                let mark = screen.paint("31", "✗");
                let class =
                    if case.classname.is_empty() { String::new() } else { format!("{} › ", plain(&case.classname)) };
                let file = case.file.as_ref().map_or_else(String::new, |file| format!("  {}", plain(file)));
                let place = screen.paint("2", &format!("  in {job}{file}"));
                screen.say(&format!("{mark} {class}{}{place}", plain(&case.name)))?;
                let mut lines = case.message.lines().filter(|line| !line.trim().is_empty());
                for line in lines.by_ref().take(LINES) {
                    screen.say(&format!("    {}", plain(line)))?;
                }
                let more = lines.count();
                if more > 0 {
                    screen.say(&screen.paint("2", &format!("    … {more} more lines")))?;
                }
            }
            let more = counts.failed.saturating_sub(failed.len().min(FAILED as usize) as u64);
            if more > 0 {
                screen.say(&format!("  … and {more} more failed tests"))?;
            }
            let TestCounts { success, failed, skipped } = *counts;
            let mut parts = vec![format!("{success} passed")];
            if failed > 0 {
                parts.insert(0, screen.paint("31", &format!("{failed} failed")));
            }
            if skipped > 0 {
                parts.push(format!("{skipped} skipped"));
            }
            screen.say(&format!("Tests: {}", parts.join(", ")))?;
        }
        if let Some(directory) = directory {
            let shown = directory.strip_prefix(root).unwrap_or(directory);
            let files = if *artifacts == 1 { "1 file" } else { &format!("{artifacts} files") };
            screen.say(&format!("Artifacts: {files} in {}/", shown.display()))?;
        }
        Ok(())
    }

    /// For `--format json`.
    pub fn report(&self) -> serde_json::Value {
        let Self { directory, artifacts, counts: TestCounts { success, failed: failures, skipped }, failed } = self;
        let failed = failed.iter().map(|(job, TestResult { node_index, case })| {
            json!({ "job": job, "run": node_index, "name": case.name, "classname": case.classname, "file": case.file,
                    "message": case.message })
        });
        json!({
            "tests": { "passed": success, "failed": failures, "skipped": skipped, "failures": failed.collect::<Vec<_>>() },
            "artifacts": { "directory": directory, "files": artifacts },
        })
    }
}

async fn write(engine: &Engine, key: BlobKey, stored: Stored, path: &Path) -> anyhow::Result<()> {
    let mut content = engine.blobs().get(key, stored).await?.context("its bytes are gone")?.chunks;
    if let Some(parent) = path.parent() {
        tokio::fs::create_dir_all(parent).await?;
    }
    let mut file = tokio::fs::File::create(path).await?;
    while let Some(chunk) = content.next().await {
        file.write_all(&chunk?).await?;
    }
    Ok(file.flush().await?)
}

/// The name of a job or a workflow as one part of a path.
fn file_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|character| if character == '/' || character.is_control() { '-' } else { character })
        .collect();
    match name.as_str() {
        "" | "." | ".." => "-".to_owned(),
        _ => name,
    }
}

/// A line of somebody's that cannot move the cursor.
fn plain(line: &str) -> String {
    line.chars().filter(|character| *character == '\t' || !character.is_control()).collect()
}
