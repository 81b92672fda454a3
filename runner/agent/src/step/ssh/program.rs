//! `ssh-agent`, where the image has it: it signs for every program of the job.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use model::plan::Environment;

use crate::{
    environment::find_program,
    os::{files, programs},
    step::job::Job,
    supervise::StepOutput,
};

/// Names the socket of the agent.
const SOCKET: &str = "SSH_AUTH_SOCK";

/// How often, and with which pause, the socket is looked for.
const LOOKS: (u32, Duration) = (200, Duration::from_millis(10));

impl Job {
    /// Adds keys to the job's `ssh-agent`, which is started with the first of them. An image without one has its keys in
    /// files all the same.
    pub(super) fn add_to_agent(&mut self, keys: &[PathBuf], output: &StepOutput) {
        let Ok(environment) = &mut self.environment else { return };
        if let Some(why) = programs::NO_SSH_AGENT {
            output.say(format_args!("{why}: the keys are in ~/.ssh only"));
            return;
        }
        let variables = environment.for_step(&Environment::new(), Path::new(files::ROOT));
        let search = variables.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        let (Some(agent), Some(add)) = (find_program("ssh-agent", &search), find_program("ssh-add", &search)) else {
            output.say(format_args!(
                "There is no ssh-agent in this image: the keys are in ~/.ssh only. Install `openssh-client` for one."
            ));
            return;
        };
        if !self.ssh_files.agent_runs {
            let socket = environment.scratch().directory().join("ssh-agent.sock");
            // In the foreground, so that it is our child: it is ended with everything else that the job has left running.
            let mut command = Command::new(agent);
            command.args(["-D", "-a"]).arg(&socket).env_clear().envs(&variables);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let Ok(pid) = self.supervisor.spawn(&mut command) else {
                output.say(format_args!("ssh-agent cannot be started: the keys are in ~/.ssh only"));
                return;
            };
            self.ssh_files.agent_runs = true;
            let (looks, pause) = LOOKS;
            if !(0..looks).any(|_| {
                // Its file is there a moment before it answers.
                programs::answers(&socket) || {
                    thread::sleep(pause);
                    false
                }
            }) {
                output.say(format_args!("ssh-agent does not answer: the keys are in ~/.ssh only"));
                return;
            }
            environment.set(SOCKET, &socket.to_string_lossy());
            environment.set("SSH_AGENT_PID", &programs::number(pid));
        }
        let variables = environment.for_step(&Environment::new(), Path::new(files::ROOT));
        for key in keys {
            let mut command = Command::new(&add);
            command.arg("-q").arg(key).env_clear().envs(&variables).env_remove("SSH_ASKPASS");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            if self.supervisor.run_briefly(&mut command) != Some(0) {
                output.say(format_args!("ssh-agent does not take {}", key.display()));
            }
        }
    }
}
