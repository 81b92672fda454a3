//! Checkout with git.
//!
//! Credentials are in the environment of the git processes only: never in a file, an argument or the log. Names of
//! branches are hostile input and reach git as full refs.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{
    plan::{CheckoutMethod, Environment, Run},
    project::{GitRef, Sha},
    protocol::{GitCredentials, SshCheckout},
};

use super::Stop;
use crate::{
    environment::{Variables, find_program},
    step::{attempt::Executed, job::Job, ssh::CheckoutFiles},
    supervise::StepOutput,
};

/// All branches, where a clone has them.
const BRANCHES: &str = "+refs/heads/*:refs/remotes/origin/*";

/// All tags.
const TAGS: &str = "+refs/tags/*:refs/tags/*";

/// Names of the branches that a forge's pull and merge requests are said to be on; their commits are at refs of these names
/// with `/head`, outside of the branches.
const REQUESTS: [&str; 2] = ["pull/", "merge-requests/"];

/// What git returns for an option that it does not know.
const UNKNOWN_OPTION: i32 = 129;

/// Digits of a SHA-256 commit.
const SHA256_DIGITS: usize = 64;

/// What to check out.
pub struct Source {
    pub url: String,
    pub sha: Sha,
    pub git_ref: GitRef,
    pub credentials: Option<GitCredentials>,
    pub method: CheckoutMethod,
}

/// Git in one directory.
struct Git<'a> {
    program: PathBuf,
    directory: &'a Path,
    variables: Variables,
    output: &'a StepOutput,
}

impl Job {
    /// Fetches all branches and tags, or the one that matters in a shallow checkout, and checks exactly one commit out.
    pub(super) fn check_out_git(&mut self, source: &Source, path: &Path, output: &StepOutput) -> Result<(), Stop> {
        let Source { url, sha, git_ref, credentials: _, method: _ } = source;
        let environment = self.environment.as_ref().map_err(|reason| Stop::Failed(reason.clone()))?;
        let mut variables = environment.for_step(&Environment::new(), path);
        let search = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let program = find_program("git", &search).ok_or_else(|| {
            Stop::Failed(
                "git is not installed in this image: use an image that has git, or install it in a `run` step before \
                 `checkout`"
                    .to_owned(),
            )
        })?;
        configure(&mut variables, source);
        let ssh = match &self.task.ssh.checkout {
            Some(checkout) => Some(self.prepare_ssh(checkout, &mut variables)?),
            None => None,
        };
        let git = Git { program, directory: path, variables, output };

        output.say(format_args!("Checking out {sha} ({}) of {url} into {}", git_ref.full(), path.display()));
        self.prepare_repository(&git, url, sha)?;
        self.fetch(&git, source)?;
        self.must(&git, &["checkout", "--force", "--detach", sha.as_str()])?;
        if let Some(ssh) = ssh {
            // Later steps of the job fetch and push with the same key.
            self.must(&git, &["config", "core.sshCommand", &ssh])?;
        }
        match git_ref {
            // By its full name: `git checkout -B NAME` would take some names for options.
            GitRef::Branch(_) => {
                self.must(&git, &["update-ref", &git_ref.full(), sha.as_str()])?;
                self.must(&git, &["symbolic-ref", "HEAD", &git_ref.full()])
            }
            GitRef::Tag(_) => Ok(()),
        }
    }

    /// Writes the key and the host keys of a checkout over SSH; the command that git starts.
    fn prepare_ssh(&self, checkout: &SshCheckout, variables: &mut Variables) -> Result<String, Stop> {
        let environment = self.environment.as_ref().map_err(|reason| Stop::Failed(reason.clone()))?;
        let search = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        if find_program("ssh", &search).is_none() {
            return Err(Stop::Failed(
                "ssh is not installed in this image, and this project is checked out over SSH: use an image that has it, or \
                 install `openssh-client` in a `run` step before `checkout`"
                    .to_owned(),
            ));
        }
        let files = CheckoutFiles::write(environment.scratch().directory(), checkout).map_err(Stop::Failed)?;
        let command = files.command();
        for name in ["GIT_SSH", "GIT_SSH_VARIANT"] {
            variables.remove(OsStr::new(name));
        }
        variables.insert("GIT_SSH_COMMAND".into(), command.clone().into());
        Ok(command)
    }

    /// An empty directory becomes a repository; an existing repository gets the right origin.
    fn prepare_repository(&mut self, git: &Git<'_>, url: &str, sha: &Sha) -> Result<(), Stop> {
        let path = git.directory;
        if path.join(".git").exists() {
            git.output.say(format_args!("The directory is a Git repository already: fetching into it"));
            self.must(git, &["config", "remote.origin.url", url])?;
            return self.must(git, &["config", "remote.origin.fetch", BRANCHES]);
        }
        let empty = fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
        if !empty {
            return Err(Stop::Failed(format!(
                "{} is neither empty nor a Git repository: give `checkout` another `path`, or run the steps that fill it \
                 after the checkout",
                path.display()
            )));
        }
        if sha.as_str().len() == SHA256_DIGITS {
            self.must(git, &["init", "--quiet", "--template=", "--object-format=sha256"])?;
        } else {
            self.must(git, &["init", "--quiet", "--template="])?;
        }
        self.must(git, &["remote", "add", "origin", url])
    }

    /// Fetches; afterwards the commit is there.
    fn fetch(&mut self, git: &Git<'_>, source: &Source) -> Result<(), Stop> {
        let Source { url, sha, git_ref, credentials: _, method } = source;
        // The commit itself is asked for too: a branch that was pushed over or removed meanwhile does not lead to it.
        let request = request_refspec(git_ref);
        let own = own_refspec(git_ref);
        let (everything, wanted_ref) = match method {
            CheckoutMethod::Blobless | CheckoutMethod::Full => (vec![BRANCHES, TAGS], request.as_deref()),
            CheckoutMethod::Shallow { .. } => (vec![], Some(request.as_deref().unwrap_or(&own))),
        };
        let wants = match wanted_ref {
            Some(wanted) => vec![vec![wanted, sha.as_str()], vec![wanted], vec![sha.as_str()]],
            None => vec![vec![sha.as_str()], vec![]],
        };
        let depth = match method {
            CheckoutMethod::Shallow { depth } => format!("--depth={depth}"),
            CheckoutMethod::Blobless | CheckoutMethod::Full => String::new(),
        };
        let filters: &[&[&str]] = match method {
            CheckoutMethod::Blobless => &[&["--filter=blob:none"], &[]],
            CheckoutMethod::Full => &[&[]],
            CheckoutMethod::Shallow { .. } => &[&[&depth]],
        };
        let mut code = 0;
        for filter in filters {
            for wanted in &wants {
                let options = ["fetch", "--force", "--no-recurse-submodules", "--no-tags"];
                let arguments = [&options, *filter, &["origin"], &everything, wanted.as_slice()].concat();
                git.output.say(format_args!("$ git {}", arguments.join(" ")));
                code = self.git(git, &arguments)?;
                match code {
                    0 if self.has_commit(git, sha)? => return Ok(()),
                    0 => {
                        return Err(Stop::Failed(format!(
                            "the commit {sha} is not in the repository any more: it was probably force-pushed away"
                        )));
                    }
                    UNKNOWN_OPTION => break,
                    _ => git.output.say(format_args!("The fetch failed; trying once more, and asking for less")),
                }
            }
            if code != UNKNOWN_OPTION {
                break;
            }
        }
        Err(Stop::Failed(format!(
            "the repository {url} cannot be fetched: git exited with code {code}, and its output says why"
        )))
    }

    fn has_commit(&mut self, git: &Git<'_>, sha: &Sha) -> Result<bool, Stop> {
        let mut command = git.command(&["cat-file", "-e", &format!("{sha}^{{commit}}")]);
        command.env("GIT_NO_LAZY_FETCH", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(self.supervisor.run_briefly(&mut command) == Some(0))
    }

    /// Runs git; its failure is the step's.
    fn must(&mut self, git: &Git<'_>, arguments: &[&str]) -> Result<(), Stop> {
        match self.git(git, arguments)? {
            0 => Ok(()),
            code => Err(Stop::Failed(format!(
                "`git {}` failed with exit code {code}, and its output says why",
                arguments.join(" ")
            ))),
        }
    }

    /// Runs git, and returns its exit code.
    fn git(&mut self, git: &Git<'_>, arguments: &[&str]) -> Result<i32, Stop> {
        let mut command = git.command(arguments);
        self.reset_memory();
        match self.execute(&mut command, git.output, Run::NO_OUTPUT_TIMEOUT_MS).map_err(Stop::Interrupted)? {
            Executed::Exited(status) => match status.exit_status() {
                Some(code) => Ok(code),
                None => Err(Stop::Ended(self.result_of(status))),
            },
            Executed::Silent => {
                Err(Stop::Ended(model::event::StepResult::NoOutput { limit_ms: Run::NO_OUTPUT_TIMEOUT_MS }))
            }
            Executed::NotStarted(error) => Err(Stop::Failed(format!("git cannot be started: {error}"))),
        }
    }
}

/// What to fetch beyond branches and tags for a pull or merge request: `+refs/pull/7/head:refs/remotes/origin/pull/7`.
fn request_refspec(git_ref: &GitRef) -> Option<String> {
    let name = git_ref.branch()?;
    let number = REQUESTS.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| format!("+refs/{name}/head:refs/remotes/origin/{name}"))
}

/// The branch or tag itself: `+refs/heads/main:refs/remotes/origin/main`.
fn own_refspec(git_ref: &GitRef) -> String {
    match git_ref {
        GitRef::Branch(name) => format!("+refs/heads/{name}:refs/remotes/origin/{name}"),
        GitRef::Tag(name) => format!("+refs/tags/{name}:refs/tags/{name}"),
    }
}

impl Git<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.directory).env_clear().envs(&self.variables);
        command
    }
}

/// Configures git through its environment, so that nothing of it stays in the repository.
fn configure(variables: &mut Variables, source: &Source) {
    let Source { url, sha: _, git_ref: _, credentials, method: _ } = source;
    // Variables of the job that would lead git elsewhere, or make it print headers.
    variables.retain(|name, _| {
        let name = name.as_encoded_bytes();
        let elsewhere: [&[u8]; 5] =
            [b"GIT_DIR", b"GIT_WORK_TREE", b"GIT_INDEX_FILE", b"GIT_OBJECT_DIRECTORY", b"GIT_CURL_VERBOSE"];
        !elsewhere.contains(&name) && !name.starts_with(b"GIT_TRACE")
    });
    // No helper programs of other protocols (`ext::sh -c …`).
    let settings = [("GIT_TERMINAL_PROMPT", "0"), ("GIT_ALLOW_PROTOCOL", "http:https:file:git:ssh")];
    variables.extend(settings.map(|(name, value)| (name.into(), value.into())));

    let mut config: Vec<(String, String)> = vec![
        ("advice.detachedHead".to_owned(), "false".to_owned()),
        ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
        ("gc.auto".to_owned(), "0".to_owned()),
        ("maintenance.auto".to_owned(), "false".to_owned()),
        ("protocol.version".to_owned(), "2".to_owned()),
        ("safe.directory".to_owned(), "*".to_owned()),
        ("submodule.recurse".to_owned(), "false".to_owned()),
        // Images often rewrite https addresses of forges to ssh; the longest match wins, and this one changes nothing.
        (format!("url.{url}.insteadOf"), url.clone()),
    ];
    if let Some(GitCredentials { username, password }) = credentials {
        let basic = BASE64_STANDARD.encode(format!("{username}:{password}"));
        config.push((format!("http.{url}.extraHeader"), format!("Authorization: Basic {basic}")));
        config.push(("credential.helper".to_owned(), String::new()));
    }
    let count =
        variables.get(OsStr::new("GIT_CONFIG_COUNT")).and_then(|count| count.to_str()?.parse().ok()).unwrap_or(0);
    for (index, (key, value)) in (count..).zip(&config) {
        variables.insert(format!("GIT_CONFIG_KEY_{index}").into(), key.into());
        variables.insert(format!("GIT_CONFIG_VALUE_{index}").into(), value.into());
    }
    variables.insert("GIT_CONFIG_COUNT".into(), OsString::from((count + config.len()).to_string()));
}
