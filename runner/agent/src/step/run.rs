//! `run`.

use std::{ffi::OsStr, io, path::PathBuf, process::Command, time::Duration};

use model::{
    event::{StepKey, StepResult},
    plan::{Run, Step},
};

use super::{
    attempt::{Attempt, Executed},
    background::Background,
    job::Job,
};
use crate::{
    environment::{Variables, create_directory},
    shell::Shell,
    supervise::{Interrupt, StepOutput},
};

/// A command that can be started.
struct Prepared {
    command: Command,
    shell: String,
    script: Option<PathBuf>,
}

impl Job {
    /// Runs a command, again if it failed and the step says so.
    pub(super) fn run_command(&mut self, step: &Step, run: &Run, key: StepKey) -> Result<StepResult, Interrupt> {
        let mut key = key;
        loop {
            let begins =
                Attempt { key, name: step.name.clone(), command: run.command.clone(), background: run.background };
            if run.background {
                return Ok(self.start_background(begins, run));
            }
            let result = self.attempt(begins, |job, output| job.run_once(run, key, output))?;
            let again = match &result {
                StepResult::Exit { code } => *code != 0,
                StepResult::Signal { .. } | StepResult::NoOutput { .. } => true,
                // Trying again does not make a shell appear.
                StepResult::NotStarted { .. } => false,
                StepResult::TimedOut { .. } | StepResult::Canceled | StepResult::Lost { .. } => false,
            };
            if !again || key.attempt >= u32::from(run.max_auto_reruns) {
                return Ok(result);
            }
            self.pause(Duration::from_millis(run.auto_rerun_delay_ms))?;
            key.attempt += 1;
        }
    }

    fn run_once(&mut self, run: &Run, key: StepKey, output: &StepOutput) -> Result<StepResult, Interrupt> {
        let mut prepared = match self.prepare(run, key) {
            Ok(prepared) => prepared,
            Err(reason) => return Ok(not_started(reason, output)),
        };
        self.reset_memory();
        let executed = self.execute(&mut prepared.command, output, run.no_output_timeout_ms)?;
        prepared.remove_script();
        Ok(match executed {
            Executed::Exited(status) => self.result_of(status),
            Executed::Silent => StepResult::NoOutput { limit_ms: run.no_output_timeout_ms },
            Executed::NotStarted(error) => not_started(why_not_started(&prepared.shell, &error), output),
        })
    }

    /// Starts a step that goes on. Its success is to have been started.
    fn start_background(&mut self, begins: Attempt, run: &Run) -> StepResult {
        let key = begins.key;
        let output = match self.begin(begins) {
            Ok(output) => output,
            Err(result) => return result,
        };
        let started = self.prepare(run, key).and_then(|mut prepared| {
            let started =
                output.connect(&mut prepared.command).and_then(|()| self.supervisor.spawn(&mut prepared.command));
            started.map_err(|error| why_not_started(&prepared.shell, &error))
        });
        match started {
            Ok(process) => {
                self.background.push(Background { key, process, output });
                StepResult::SUCCESS
            }
            Err(reason) => {
                let result = not_started(reason, &output);
                self.spool.tell(model::event::TaskEventKind::StepEnded { key, result: result.clone() });
                result
            }
        }
    }

    /// Everything from the plan to a command line; the error is a sentence.
    fn prepare(&mut self, run: &Run, key: StepKey) -> Result<Prepared, String> {
        self.find_shell(run)?;
        let environment = self.environment.as_ref().map_err(Clone::clone)?;
        let own;
        let shell = match run.shell.as_ref().or(self.task.shell.as_ref()) {
            Some(text) => {
                own = Shell::parse(text)?;
                &own
            }
            None => self.default_shell.as_ref().expect("it was just found").as_ref().map_err(Clone::clone)?,
        };
        environment.scratch().restore();
        create_directory(environment.working_directory())?;
        let directory = match &run.working_directory {
            Some(text) => environment.path(text),
            None => environment.working_directory().to_owned(),
        };
        create_directory(&directory)?;
        let variables = environment.for_step(&run.environment, &directory);
        let mut script = None;
        let line = shell
            .command_line(&run.command, sources_bash_env(shell, &variables), |extension, text| {
                let path = environment.scratch().script(key, extension, text)?;
                script = Some(path.clone());
                Ok(path)
            })
            .map_err(|error| format!("the script of the step cannot be written: {error}"))?;
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).current_dir(directory).env_clear().envs(variables);
        Ok(Prepared { command, shell: shell.program().to_owned(), script })
    }

    /// Finds the default shell, once, when a step needs it.
    fn find_shell(&mut self, run: &Run) -> Result<(), String> {
        if run.shell.is_some() || self.task.shell.is_some() || self.default_shell.is_some() {
            return Ok(());
        }
        let supervisor = &mut self.supervisor;
        let shell = Shell::default_of(|probe| {
            let mut command = Command::new(probe[0]);
            command.args(&probe[1..]).stdin(std::process::Stdio::null());
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            supervisor.run_briefly(&mut command) == Some(0)
        });
        self.default_shell = Some(shell);
        Ok(())
    }
}

impl Prepared {
    fn remove_script(&self) {
        if let Some(script) = &self.script {
            drop(std::fs::remove_file(script));
        }
    }
}

/// Only where there is something to source: an empty file would cost a look for nothing.
fn sources_bash_env(shell: &Shell, variables: &Variables) -> bool {
    let file = variables.get(OsStr::new("BASH_ENV"));
    shell.is_plain_default() && file.and_then(|file| std::fs::metadata(file).ok()).is_some_and(|file| file.len() > 0)
}

fn not_started(reason: String, output: &StepOutput) -> StepResult {
    output.say(format_args!("{reason}"));
    StepResult::NotStarted { reason }
}

fn why_not_started(shell: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!(
            "the shell `{shell}` does not exist here: install it in the image, or name another one with `shell`"
        ),
        io::ErrorKind::PermissionDenied => format!("the shell `{shell}` may not be executed by the job's user"),
        io::ErrorKind::ArgumentListTooLong => {
            "the command and its environment together are too large for this system: move large values into files"
                .to_owned()
        }
        io::ErrorKind::InvalidInput => {
            "the command or an environment variable contains a zero byte, or a variable's name is not one".to_owned()
        }
        _ => format!("the shell `{shell}` cannot be started: {error}"),
    }
}
