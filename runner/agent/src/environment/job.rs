//! The variables of a job's steps, and their precedence.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use model::{
    agent::{AgentTask, CONTINUATION_KEY_VARIABLE},
    plan::Environment,
};

use super::{Scratch, path::expand};
use crate::os::{
    files::TEMPORARY,
    programs::{self, DEFAULT_PATH, INHERITED, PATH_SEPARATOR},
};

/// Names the file whose existence halts the job; the `circleci` command makes it.
pub const HALT_VARIABLE: &str = "ROUNDHOUSE_HALT_FILE";

/// Its name in the spool directory.
pub const HALT_FILE: &str = "halt";

/// Where a job runs whose configuration does not say.
const DEFAULT_WORKING_DIRECTORY: &str = "~/project";

/// Programs that jobs of a setup workflow continue their pipeline with.
const CONTINUING: &[&str] = &["curl", "wget"];

/// Environment variables, by name.
pub type Variables = BTreeMap<OsString, OsString>;

/// What all steps of a job share. From weak to strong: what the agent was started with (the image), the task's
/// environment, what only the agent knows; each step adds its own on top.
pub struct JobEnvironment {
    variables: Variables,
    home: PathBuf,
    working_directory: PathBuf,
    scratch: Scratch,
}

impl JobEnvironment {
    /// Joins everything.
    ///
    /// # Errors
    /// No place for scratch files: a sentence.
    pub fn new(inherited: Variables, task: &AgentTask, spool: &Path) -> Result<Self, String> {
        let inherited = inherited.into_iter().map(|(name, value)| (programs::variable_name(name), value));
        let mut variables: Variables = inherited.collect();
        if task.clean_environment {
            variables.retain(|name, _| INHERITED.iter().any(|kept| name == kept));
        }
        // The image's own file is sourced by ours, which steps can write to. Whoever names one for the job means it.
        let source_of_image = variables.remove(OsStr::new("BASH_ENV")).map(|file| source(&file)).unwrap_or_default();
        variables
            .extend(task.environment.iter().map(|(name, value)| (programs::variable_name(name.into()), value.into())));
        let set =
            |variables: &Variables, name: &str| variables.get(OsStr::new(name)).is_some_and(|value| !value.is_empty());
        if !set(&variables, "HOME") {
            variables.insert("HOME".into(), programs::home());
        }
        if !set(&variables, "PATH") {
            variables.insert("PATH".into(), DEFAULT_PATH.into());
        }
        let home = variables.get(OsStr::new("HOME")).map(PathBuf::from).unwrap_or_default();
        let places: Vec<&Path> = TEMPORARY.iter().map(Path::new).chain([home.as_path(), spool]).collect();
        let before = if set(&variables, CONTINUATION_KEY_VARIABLE) { CONTINUING } else { &[] };
        let scratch =
            Scratch::create(&places, &source_of_image, before, task.commands.as_deref()).map_err(|error| {
                let places = TEMPORARY.join(", ");
                format!("there is no place for temporary files ({places}, {}): {error}", home.display())
            })?;
        let text = task.working_directory.as_deref().unwrap_or(DEFAULT_WORKING_DIRECTORY);
        let working_directory = expand(text, &home, &home);
        variables.insert("CIRCLE_WORKING_DIRECTORY".into(), working_directory.clone().into());
        variables.insert(HALT_VARIABLE.into(), spool.join(HALT_FILE).into());
        let bash_env = variables
            .entry("BASH_ENV".into())
            .or_insert_with(|| programs::shell_path(&scratch.bash_env()).into())
            .clone();
        variables.insert("CIRCLE_SHELL_ENV".into(), bash_env);
        Ok(Self { variables, home, working_directory, scratch })
    }

    /// The job's working directory.
    pub fn working_directory(&self) -> &Path {
        &self.working_directory
    }

    /// The home of the job's user.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Sets a variable for all steps that come.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    /// A variable's value.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Scratch files.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// A path of the configuration: `~` expanded, relative to the job's working directory.
    pub fn path(&self, text: &str) -> PathBuf {
        expand(text, &self.home, &self.working_directory)
    }

    /// The variables of a step that runs in `directory`.
    pub fn for_step(&self, own: &Environment, directory: &Path) -> Variables {
        let mut variables = self.variables.clone();
        variables.insert("PWD".into(), directory.into());
        variables.extend(own.iter().map(|(name, value)| (programs::variable_name(name.into()), value.into())));
        if let Some(path) = variables.get_mut(OsStr::new("PATH")) {
            if !path.is_empty() {
                path.push(PATH_SEPARATOR);
            }
            path.push(self.scratch.commands());
            if self.scratch.has_shims() {
                self.scratch.stand_before(path);
                let mut with_shims = self.scratch.shims().into_os_string();
                with_shims.push(PATH_SEPARATOR);
                with_shims.push(&*path);
                *path = with_shims;
            }
        }
        variables
    }
}

/// Sources a file, if it is there, without failing under `set -e`.
fn source(file: &OsStr) -> String {
    match file.to_str().and_then(|file| shlex::try_quote(file).ok()) {
        Some(file) if !file.is_empty() => format!("if [ -r {file} ]; then . {file}; fi\n"),
        Some(_) | None => String::new(),
    }
}
