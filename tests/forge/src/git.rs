//! A bare Git repository on disk.
//!
//! Commits are made by `git fast-import` with counted dates, so that the same calls give the same commit ids in every
//! run.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use model::project::Sha;

use crate::person;

/// Date of a repository's first commit, in seconds since the epoch; each further one is a minute later.
const FIRST_COMMIT_AT: i64 = 1_767_261_600;

/// A bare repository.
#[derive(Clone, Debug)]
pub struct GitRepository {
    directory: PathBuf,
}

/// What a forge tells of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub sha: Sha,
    /// Id of its tree.
    pub tree: String,
    /// Its whole message.
    pub message: String,
    /// When it was made, RFC 3339.
    pub at: String,
}

impl GitRepository {
    /// Opens the repository in `directory`, or makes an empty one whose default branch is `main`.
    ///
    /// # Errors
    /// Fails where `git` is missing or the directory cannot be written.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let repository = Self { directory: directory.to_owned() };
        if !directory.join("HEAD").exists() {
            std::fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
            repository.run(&["init", "--quiet", "--bare", "--initial-branch=main"])?;
            // What the real forges allow: partial clones, and any commit by its id.
            repository.run(&["config", "uploadpack.allowFilter", "true"])?;
            repository.run(&["config", "uploadpack.allowAnySHA1InWant", "true"])?;
        }
        Ok(repository)
    }

    /// Adds a commit to a branch (made when it is new) that sets these files and keeps all others.
    ///
    /// # Errors
    /// Fails when Git does.
    pub fn commit(&self, branch: &str, files: &[(&str, &str)], message: &str) -> anyhow::Result<Sha> {
        let reference = format!("refs/heads/{branch}");
        let parent = self.find(&reference)?;
        let at = FIRST_COMMIT_AT + 60 * self.count_commits()?;
        let mut stream = Vec::new();
        writeln!(stream, "commit {reference}")?;
        writeln!(stream, "committer {} <{}> {at} +0000", person::NAME, person::EMAIL)?;
        writeln!(stream, "data {}\n{message}", message.len())?;
        if let Some(parent) = parent {
            writeln!(stream, "from {parent}")?;
        }
        for (path, content) in files {
            let mode = if content.starts_with("#!") { "100755" } else { "100644" };
            writeln!(stream, "M {mode} inline {path}\ndata {}\n{content}", content.len())?;
        }
        writeln!(stream)?;
        self.run_with(&["fast-import", "--quiet", "--done"], &[stream, b"done\n".to_vec()].concat())?;
        self.find(&reference)?.with_context(|| format!("{reference} is missing after its commit"))
    }

    /// Points a branch at a commit, for example of another branch.
    ///
    /// # Errors
    /// Fails when Git does.
    pub fn set_branch(&self, branch: &str, sha: &Sha) -> anyhow::Result<()> {
        self.run(&["update-ref", &format!("refs/heads/{branch}"), sha.as_str()]).map(drop)
    }

    /// Makes a lightweight tag.
    ///
    /// # Errors
    /// Fails when Git does.
    pub fn tag(&self, tag: &str, sha: &Sha) -> anyhow::Result<()> {
        self.run(&["update-ref", &format!("refs/tags/{tag}"), sha.as_str()]).map(drop)
    }

    /// The commit that a revision names: a full ref, a branch, a tag, an id.
    ///
    /// # Errors
    /// Fails when Git cannot be started.
    pub fn find(&self, revision: &str) -> anyhow::Result<Option<Sha>> {
        let output = self
            .command(&["rev-parse", "--quiet", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")])
            .output()
            .context("start git")?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
    }

    /// A file at a revision.
    ///
    /// # Errors
    /// Fails when Git cannot be started.
    pub fn read(&self, revision: &str, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let output =
            self.command(&["cat-file", "blob", &format!("{revision}:{path}")]).output().context("start git")?;
        Ok(output.status.success().then_some(output.stdout))
    }

    /// What a forge tells of a commit.
    ///
    /// # Errors
    /// Fails when there is no such commit.
    pub fn describe(&self, sha: &Sha) -> anyhow::Result<CommitInfo> {
        let text = self.run(&["show", "--no-patch", "--format=%T%x00%cI%x00%B", sha.as_str()])?;
        let mut fields = text.splitn(3, '\0');
        let mut field = || fields.next().unwrap_or_default().trim_end().to_owned();
        Ok(CommitInfo { sha: sha.clone(), tree: field(), at: field(), message: field() })
    }

    fn count_commits(&self) -> anyhow::Result<i64> {
        let text = self.run(&["rev-list", "--all", "--count"])?;
        text.trim().parse().with_context(|| format!("`{text}` is not a count"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(&self.directory).args(arguments);
        // Neither the user's settings nor a repository around the tests have a say here.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
        command
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.run_with(arguments, b"")
    }

    fn run_with(&self, arguments: &[&str], input: &[u8]) -> anyhow::Result<String> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("start git: is it installed?")?;
        child.stdin.take().context("git has no standard input")?.write_all(input).ok();
        let output = child.wait_with_output().context("wait for git")?;
        if !output.status.success() {
            bail!("git {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
