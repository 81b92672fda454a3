//! Data of jobs, each beside the bare tool on the same files: caches, workspaces, artifacts, a checkout, and what the agent
//! holds in memory meanwhile.
//!
//! Jobs run on this host (machine executor), so that both write to the same file system. `ROUNDHOUSE_BENCH_SCALE=0.1`
//! takes a tenth of the files, for a quick run.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use tempfile::TempDir;

use crate::{
    server::{Bench, REPOSITORY, StepTime},
    table::{Table, median, millis},
};

const ROUNDS: usize = 3;

/// Bytes of one file.
const FILE_BYTES: usize = 20_000;

/// Files in one directory.
const SIBLINGS: usize = 50;

/// So many files, or the part of them that is asked for.
fn scaled(files: usize) -> usize {
    let scale = std::env::var("ROUNDHOUSE_BENCH_SCALE").ok().and_then(|scale| scale.parse::<f64>().ok()).unwrap_or(1.0);
    ((files as f64 * scale) as usize).max(10)
}

/// Files with text that compresses to about two thirds, as sources and libraries do.
struct Tree {
    directory: TempDir,
    files: usize,
}

impl Tree {
    fn new(files: usize) -> anyhow::Result<Self> {
        let directory = TempDir::with_prefix("roundhouse-bench-tree-")?;
        for index in 0..files {
            let place = directory.path().join(format!("tree/{}/{}", index / SIBLINGS / SIBLINGS, index / SIBLINGS));
            std::fs::create_dir_all(&place)?;
            std::fs::write(place.join(format!("file-{index}.txt")), text(index as u64))?;
        }
        Ok(Self { directory, files })
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("tree")
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn megabytes(&self) -> usize {
        self.files * FILE_BYTES / 1_000_000
    }

    /// Milliseconds of `tar | zstd -3` of the tree, and of the way back.
    fn bare(&self) -> anyhow::Result<(f64, f64)> {
        let (archive, copy) = (self.beside("bare.tar.zst"), self.beside("bare"));
        std::fs::create_dir_all(&copy)?;
        let pack = shell(&format!("tar -C {} -cf - . | zstd -3 -q -f -o {}", show(&self.path()), show(&archive)))?;
        let unpack = shell(&format!("zstd -dcq {} | tar -C {} -xf -", show(&archive), show(&copy)))?;
        std::fs::remove_dir_all(copy)?;
        std::fs::remove_file(archive)?;
        Ok((pack, unpack))
    }
}

/// Text of one file: words of pseudo-random letters.
fn text(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = Vec::with_capacity(FILE_BYTES);
    while text.len() < FILE_BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(&b"abcdefghijklmnopqrstuvwxyz0123456789 \n"[(state % 38) as usize..][..1]);
    }
    text
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

/// Milliseconds of a command, after everything before it has reached the disk.
fn shell(command: &str) -> anyhow::Result<f64> {
    rustix_sync()?;
    let begun = Instant::now();
    let status = Command::new("/bin/bash").args(["-eo", "pipefail", "-c", command]).stdin(Stdio::null()).status()?;
    anyhow::ensure!(status.success(), "`{command}` failed");
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

fn rustix_sync() -> anyhow::Result<()> {
    anyhow::ensure!(Command::new("sync").status()?.success(), "sync failed");
    Ok(())
}

fn duration_of(steps: &[StepTime], name: &str) -> anyhow::Result<f64> {
    let step = steps.iter().find(|step| step.name == name).with_context(|| format!("no step `{name}` ran"))?;
    Ok(step.ended.millis_since(step.started) as f64)
}

/// One job on this host.
fn job(name: &str, steps: &str) -> String {
    format!("  {name}:\n    machine: true\n    steps:\n{steps}")
}

fn config(jobs: &str, workflow: &str) -> String {
    format!("version: 2.1\njobs:\n{jobs}workflows:\n  bench:\n    jobs:\n{workflow}")
}

/// Saving and restoring a cache of 50,000 files.
pub async fn cache(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let tree = Tree::new(scaled(50_000))?;
    let place = show(&tree.path());
    let mut bench = Bench::start(binary, true).await?;
    let (mut saves, mut restores, mut packs, mut unpacks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let steps = format!(
            "      - run: sync\n      - save_cache:\n          name: save\n          key: bench-{round}\n          paths: [{place}]\n      \
             - run: rm -rf {place}; sync\n      - restore_cache:\n          name: restore\n          key: bench-{round}\n"
        );
        let (_, steps) = bench.run(&config(&job("build", &steps), "      - build\n")).await?;
        saves.push(duration_of(&steps, "save")?);
        restores.push(duration_of(&steps, "restore")?);
        let (pack, unpack) = tree.bare()?;
        packs.push(pack);
        unpacks.push(unpack);
    }
    let what = format!("{} files, {} MB", tree.files, tree.megabytes());
    let (ours, raw) = (median(saves), median(packs));
    table.add(
        &format!("save_cache, {what}"),
        millis(ours),
        millis(raw),
        Some(ours / raw),
        "at most 1.3 × tar | zstd -3",
    );
    let (ours, raw) = (median(restores), median(unpacks));
    table.add(
        &format!("restore_cache, {what}"),
        millis(ours),
        millis(raw),
        Some(ours / raw),
        "at most 1.3 × zstd -d | tar -x",
    );
    Ok(())
}

/// Attaching a workspace of 200 MB.
pub async fn workspace(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let tree = Tree::new(scaled(10_000))?;
    let place = show(&tree.path());
    let mut bench = Bench::start(binary, true).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let first = format!("      - persist_to_workspace:\n          root: {place}\n          paths: ['*']\n");
        let second = "      - run: sync\n      - attach_workspace:\n          name: attach\n          at: in\n";
        let jobs = job("first", &first) + &job("second", second);
        let (_, steps) =
            bench.run(&config(&jobs, "      - first\n      - second:\n          requires: [first]\n")).await?;
        ours.push(duration_of(&steps, "attach")?);
        raw.push(tree.bare()?.1);
    }
    let (ours, raw) = (median(ours), median(raw));
    let what = format!("attach_workspace, {} files, {} MB", tree.files, tree.megabytes());
    table.add(&what, millis(ours), millis(raw), Some(ours / raw), "beside zstd -d | tar -x");
    Ok(())
}

/// Storing 1,000 artifacts.
pub async fn artifacts(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let tree = Tree::new(scaled(1_000))?;
    let place = show(&tree.path());
    let mut bench = Bench::start(binary, true).await?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let steps = format!("      - store_artifacts:\n          name: store\n          path: {place}\n");
        let (_, steps) = bench.run(&config(&job("build", &steps), "      - build\n")).await?;
        ours.push(duration_of(&steps, "store")?);
        let copy = tree.beside("copy");
        raw.push(shell(&format!("cp -r {place} {copy} && find {copy} -type f -exec sync {{}} +", copy = show(&copy)))?);
        std::fs::remove_dir_all(copy)?;
    }
    let (ours, raw) = (median(ours), median(raw));
    let what = format!("store_artifacts, {} files", tree.files);
    table.add(&what, millis(ours), millis(raw), Some(ours / raw), "beside cp and fsync of each");
    Ok(())
}

/// A checkout of 20,000 files.
pub async fn checkout(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let files: Vec<(String, String)> = (0..scaled(20_000))
        .map(|index| {
            let text = text(index as u64).into_iter().take(2_000).map(char::from).collect();
            (format!("src/{}/file-{index}.txt", index / SIBLINGS), text)
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut bench = Bench::start(binary, true).await?;
    bench.forge.commit(REPOSITORY, "main", &borrowed, "everything")?;
    let config = config(&job("build", "      - checkout:\n          name: code\n"), "      - build\n");
    let place = TempDir::with_prefix("roundhouse-bench-clone-")?;
    let (mut ours, mut raw) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (_, steps) = bench.run(&config).await?;
        ours.push(duration_of(&steps, "code")?);
        let copy = place.path().join(round.to_string());
        let url = format!("{}/{REPOSITORY}.git", bench.forge.url());
        raw.push(shell(&format!("git clone -q --filter=blob:none {url} {}", show(&copy)))?);
        std::fs::remove_dir_all(copy)?;
    }
    let (ours, raw) = (median(ours), median(raw));
    let what = format!("checkout, {} files", files.len());
    table.add(&what, millis(ours), millis(raw), Some(ours / raw), "at most 1.2 × git clone --filter=blob:none");
    Ok(())
}

/// What the agent holds in memory at most, while a job prints 200 MB.
pub async fn agent_memory(binary: &str, table: &mut Table) -> anyhow::Result<()> {
    let mut bench = Bench::start(binary, true).await?;
    let print = "      - run: yes 'a line of a log, as long as lines of logs are' | head -c 200000000 || true\n";
    let config = config(&job("build", print), "      - build\n");
    let spools = show(bench.data_dir());
    let watch = std::thread::spawn(move || {
        let (begun, mut most, mut seen) = (Instant::now(), 0.0_f64, false);
        // Until the agent has come and gone.
        while begun.elapsed() < Duration::from_secs(120) {
            match agent_peak_mib(&spools) {
                Some(mib) => (most, seen) = (most.max(mib), true),
                None if seen => break,
                None => {}
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        most
    });
    bench.run(&config).await?;
    let most = watch.join().map_err(|_| anyhow::anyhow!("the watch of the agent's memory failed"))?;
    table.add("agent's memory, job that prints 200 MB", format!("{most:.1} MiB"), "—".to_owned(), None, "under 15 MiB");
    Ok(())
}

/// `VmHWM` of the agent whose spool lies in this directory, in MiB.
fn agent_peak_mib(spools: &str) -> Option<f64> {
    std::fs::read_dir("/proc").ok()?.find_map(|entry| {
        let process = entry.ok()?.path();
        let line = std::fs::read(process.join("cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line);
        let (_, spool) = line.trim_end_matches('\0').split_once('\0')?;
        if !spool.starts_with(spools) {
            return None;
        }
        let status = std::fs::read_to_string(process.join("status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: f64 = peak.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kib / 1024.0)
    })
}
