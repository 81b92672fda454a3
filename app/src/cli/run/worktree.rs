//! What there is to run: the working tree, its configuration, and what Git says of it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use model::project::{GitRef, ProjectSlug, Sha, Vcs};

/// A directory with a configuration.
#[derive(Clone, Debug)]
pub struct WorkTree {
    /// Its root: of the repository, or the directory that holds `.circleci`.
    pub root: PathBuf,
    /// The configuration's path, as shown.
    pub config_path: String,
    /// The configuration.
    pub config_text: String,
    /// The commit that is checked out; all zeros where there is none.
    pub sha: Sha,
    /// First line of its message.
    pub subject: String,
    /// What the pipeline is said to be for.
    pub git_ref: GitRef,
    /// Files that differ from the commit.
    pub uncommitted: usize,
    /// The project's name, from the remote `origin` or the directory.
    pub slug: ProjectSlug,
}

impl WorkTree {
    /// Looks at the directory `from` and those above it.
    ///
    /// # Errors
    /// No configuration anywhere, with what to do.
    pub fn find(from: &Path, config: Option<&Path>, git_ref: Option<GitRef>) -> anyhow::Result<Self> {
        let from = std::path::absolute(from)?;
        let top = git(&from, &["rev-parse", "--show-toplevel"]).map(PathBuf::from);
        let (root, config) = match config {
            Some(config) => (top.clone().unwrap_or_else(|| from.clone()), from.join(config)),
            None => {
                let found = from.ancestors().find(|directory| directory.join(CONFIG).is_file());
                let Some(directory) = found else {
                    bail!(
                        "there is no {CONFIG} in `{}` or above it; `--config FILE` names another file",
                        from.display()
                    )
                };
                (directory.to_owned(), directory.join(CONFIG))
            }
        };
        let config_text = std::fs::read_to_string(&config)
            .with_context(|| format!("failed to read the configuration `{}`", config.display()))?;
        let shown = config.strip_prefix(&root).unwrap_or(&config);
        let branch = git(&root, &["symbolic-ref", "--quiet", "--short", "HEAD"]);
        let sha = git(&root, &["rev-parse", "HEAD"]).and_then(|text| text.parse().ok());
        let nothing: Sha = "0".repeat(40).parse().context("failed to name the empty commit")?;
        Ok(Self {
            config_path: shown.display().to_string(),
            config_text,
            sha: sha.unwrap_or(nothing),
            subject: git(&root, &["log", "-1", "--format=%s"]).unwrap_or_default(),
            git_ref: git_ref.unwrap_or_else(|| GitRef::Branch(branch.unwrap_or_else(|| "main".to_owned()))),
            uncommitted: git(&root, &["status", "--porcelain"]).map_or(0, |text| text.lines().count()),
            slug: slug(&root),
            root,
        })
    }
}

/// Where CircleCI looks.
const CONFIG: &str = ".circleci/config.yml";

/// `acme/api` from `git@github.com:acme/api.git`; `local/NAME` from the directory.
fn slug(root: &Path) -> ProjectSlug {
    let remote = git(root, &["config", "--get", "remote.origin.url"]);
    let from_remote = remote.as_deref().and_then(|url| {
        let vcs = if url.contains("gitlab") { Vcs::GitLab } else { Vcs::GitHub };
        let path = url.trim_end_matches('/').trim_end_matches(".git");
        let path = match path.split_once("://") {
            Some((_, rest)) => rest.split_once('/')?.1,
            None => path.split_once(':')?.1,
        };
        ProjectSlug::from_full_name(vcs, path.trim_start_matches('/')).ok()
    });
    from_remote.unwrap_or_else(|| ProjectSlug {
        vcs: Vcs::GitHub,
        org: "local".to_owned(),
        repo: root.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned()),
    })
}

/// Output of a Git command, without the line's end; `None` when it fails, says nothing, or Git is not there.
fn git(directory: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?.trim_end().to_owned();
    (!text.is_empty()).then_some(text)
}
