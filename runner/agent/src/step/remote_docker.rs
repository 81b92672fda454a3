//! `setup_remote_docker`: waits for the Docker daemon of the job's own, and tells later steps where it is.

use std::{
    ffi::OsStr,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use model::{agent::RemoteDocker, event::StepResult, plan::SetupRemoteDocker};
use serde_json::Value;

use super::job::Job;
use crate::supervise::{Interrupt, StepOutput};

/// The longest that a daemon may take to come up: it reads the layers that were kept, and may check them.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// A daemon on the same host that takes longer than this to say a word is not there yet.
const ANSWER: Duration = Duration::from_secs(5);

/// No answer is longer.
const LONGEST_ANSWER: u64 = 1 << 20;

impl Job {
    pub(super) fn setup_remote_docker(
        &mut self,
        setup: &SetupRemoteDocker,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let SetupRemoteDocker { version, docker_layer_caching: _ } = setup;
        let failed = |reason: String| {
            output.say(format_args!("{reason}"));
            Ok(StepResult::NotStarted { reason })
        };
        let port = match &self.task.remote_docker {
            Some(RemoteDocker::Started { port, from_the_beginning: _ }) => *port,
            Some(RemoteDocker::OfMachine) => {
                output.say(format_args!("This job runs on a whole machine and may use its Docker: nothing to set up."));
                return Ok(StepResult::SUCCESS);
            }
            Some(RemoteDocker::Unavailable { reason }) => return failed(reason.clone()),
            None => return failed("this runner has started no Docker daemon for the job".to_owned()),
        };
        let found = match self.await_docker(port)? {
            Ok(found) => found,
            Err(reason) => return failed(reason),
        };
        output.say(format_args!("Docker {found}, for this job alone, is ready: DOCKER_HOST={}", host(port)));
        if let Some(version) = version.as_ref().filter(|version| *version != "default") {
            output
                .say(format_args!("The version `{version}` is not looked at: the runner's administrator chooses it."));
        }
        if !self.has_docker_command() {
            output.say(format_args!("There is no `docker` command in this image: install one to use it."));
        }
        Ok(StepResult::SUCCESS)
    }

    /// Where a container stands for a whole machine, its Docker is there before the first step. `Some`: why it is not.
    pub(super) fn await_machine(&mut self) -> Result<Option<String>, Interrupt> {
        match &self.task.remote_docker {
            Some(RemoteDocker::Started { port, from_the_beginning: true }) => {
                let port = *port;
                self.await_docker(port).map(Result::err)
            }
            Some(RemoteDocker::Started { .. } | RemoteDocker::OfMachine | RemoteDocker::Unavailable { .. }) | None => {
                Ok(None)
            }
        }
    }

    /// The daemon's version, when it answers; later steps then know where it is.
    fn await_docker(&mut self, port: u16) -> Result<Result<String, String>, Interrupt> {
        let began = Instant::now();
        loop {
            match ask(port) {
                Ok(version) => {
                    if let Ok(environment) = &mut self.environment {
                        environment.set("DOCKER_HOST", &host(port));
                    }
                    return Ok(Ok(version));
                }
                Err(error) if began.elapsed() > PATIENCE => {
                    let seconds = PATIENCE.as_secs();
                    return Ok(Err(format!(
                        "the job's own Docker daemon did not come up within {seconds} seconds ({error})"
                    )));
                }
                Err(_) => self.pause(PAUSE)?,
            }
        }
    }

    fn has_docker_command(&self) -> bool {
        let Ok(environment) = &self.environment else { return false };
        let path = environment.variable("PATH").unwrap_or(OsStr::new(""));
        std::env::split_paths(path).any(|directory| directory.join("docker").is_file())
    }
}

/// As `DOCKER_HOST` has it.
fn host(port: u16) -> String {
    format!("tcp://127.0.0.1:{port}")
}

/// What answers at the port, by its version.
fn ask(port: u16) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    // Version 1.0: the answer is plain, and ends with the connection.
    stream.write_all(b"GET /version HTTP/1.0\r\nHost: docker\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LONGEST_ANSWER).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    if head.split(' ').nth(1) != Some("200") {
        return Err(io::Error::other("what answers at its port is no Docker daemon"));
    }
    let about: Value = serde_json::from_str(body)?;
    about["Version"].as_str().map(str::to_owned).ok_or_else(|| io::Error::other("the daemon does not tell its version"))
}
