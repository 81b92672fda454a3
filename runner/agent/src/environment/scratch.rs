//! Files of the agent's own: `$BASH_ENV`, the `circleci` command, scripts. In a directory that goes with the task.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use model::event::StepKey;

use super::path::find_program;
use crate::os::{files, programs};

/// Everybody may pass, so that a step which becomes another user still finds the `circleci` command.
const DIRECTORY_MODE: u32 = 0o755;

/// Interpreters may want to execute what they read.
const SCRIPT_MODE: u32 = 0o700;

/// A temporary directory.
pub struct Scratch {
    directory: PathBuf,
    /// What `$BASH_ENV` holds at first.
    bash_env: String,
    /// The programs that the agent stands before.
    before: &'static [&'static str],
    /// Where the `circleci` command is; `None`: in the directory itself.
    commands: Option<PathBuf>,
}

impl Scratch {
    /// Makes the directory in the first of these places that is there and can be written. `bash_env` is what `$BASH_ENV`
    /// holds at first; the agent stands `before` these programs. `commands` has the `circleci` command, if that is there already.
    ///
    /// # Errors
    /// There is none.
    pub fn create(
        places: &[&Path],
        bash_env: &str,
        before: &'static [&'static str],
        commands: Option<&Path>,
    ) -> io::Result<Self> {
        let unique = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let name = format!(".roundhouse-{}-{unique:x}", std::process::id());
        let mut failure = io::Error::from(io::ErrorKind::NotFound);
        for place in places {
            let (directory, bash_env) = (place.join(&name), bash_env.to_owned());
            let scratch = Self { directory, bash_env, before, commands: commands.map(Path::to_owned) };
            match files::create_directory(&scratch.directory, DIRECTORY_MODE, false).and_then(|()| scratch.fill()) {
                Ok(()) => return Ok(scratch),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn fill(&self) -> io::Result<()> {
        self.write(&self.bash_env(), self.bash_env.as_bytes())?;
        if self.commands.is_none() {
            fs::create_dir(self.commands())?;
            // Without /proc the agent does not know its own path, and the job has no `circleci` command.
            if let Ok(agent) = env::current_exe() {
                for name in ["circleci", "circleci-agent"] {
                    programs::link(&agent, &self.commands().join(program_file(name)))?;
                }
            }
        }
        if self.has_shims() {
            fs::create_dir(self.shims())?;
        }
        Ok(())
    }

    /// Puts the agent before those programs that there are on this `PATH` by now: a step may have installed one.
    pub fn stand_before(&self, path: &OsStr) {
        let Ok(agent) = env::current_exe() else { return };
        for name in self.before {
            let shim = self.shims().join(program_file(name));
            if !shim.exists() && find_program(name, path).is_some() {
                // Without it the program does what it does everywhere.
                drop(programs::link(&agent, &shim));
            }
        }
    }

    /// Brings everything back after a step that cleaned `/tmp` up. What was exported before is lost, as it has to be.
    pub fn restore(&self) {
        if !self.directory.exists() {
            // Without it the steps find no `$BASH_ENV`, and their shells say so.
            drop(fs::create_dir_all(&self.directory).and_then(|()| self.fill()));
        }
    }

    /// The file that `$BASH_ENV` names. For the job's user only: people export secrets into it.
    pub fn bash_env(&self) -> PathBuf {
        self.directory.join("bash_env")
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory of the `circleci` command.
    pub fn commands(&self) -> PathBuf {
        self.commands.clone().unwrap_or_else(|| self.directory.join("bin"))
    }

    /// The directory of programs that the agent stands before, where there are some.
    pub fn shims(&self) -> PathBuf {
        self.directory.join("before")
    }

    /// Whether there are such programs.
    pub fn has_shims(&self) -> bool {
        !self.before.is_empty()
    }

    /// Writes a step's script.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn script(&self, key: StepKey, extension: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.directory.join(format!("step-{key}.{extension}"));
        self.write(&path, text.as_bytes())?;
        Ok(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        files::write_private(path, bytes, SCRIPT_MODE)
    }
}

/// The name of a program's file.
fn program_file(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A step may have put things there that cannot be removed; the container goes anyway.
        drop(fs::remove_dir_all(&self.directory));
    }
}
