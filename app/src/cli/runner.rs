//! `roundhouse runner`, and the start and stop of a runner for the other commands.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, bail};
use clap::Args;
use model::protocol::Offers;
use runner::{Executors, HttpServer, Runner, RunnerSettings};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Exit, command::start_log, settings_flags::SettingsFlags};
use crate::{
    os::{Asked, Signals, asked_to_end},
    settings::{self, Settings, runner_state_dir},
};

/// Starts a runner for a server elsewhere.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: ROUNDHOUSE_RUNNER_TOKEN_FILE=token roundhouse runner --runner-server https://ci.example.com\n\n\
                  SIGTERM or Ctrl-C: no new tasks, running ones end first; a second one cancels them. SIGQUIT leaves at once:\n\
                  containers keep running and the next start takes them over."
)]
pub struct RunnerCommand {
    #[command(flatten)]
    settings: SettingsFlags,
}

impl RunnerCommand {
    /// Runs the command until a signal ends it.
    ///
    /// # Errors
    /// No server or token given, a work directory that cannot be had.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        let (resolved, settings) = self.settings.resolve()?;
        start_log(resolved.text("log").unwrap_or("info"));
        for warning in resolved.warnings() {
            warn!("{warning}");
        }
        let Some(server) = settings.runner.server.clone() else {
            bail!("no server is named: set ROUNDHOUSE_RUNNER_SERVER or --runner-server to its address");
        };
        let Some(token) = settings.runner.token.clone() else {
            bail!(
                "no token is given: run `roundhouse admin runner create NAME` on the server, and set \
                 ROUNDHOUSE_RUNNER_TOKEN_FILE to a file that holds what it prints"
            );
        };
        let name = settings.runner.name.clone().unwrap_or_else(host_name);
        let work_dir = runner_state_dir(&settings.data_dir);
        let runner = start(&settings, &name, &server, token, work_dir)?;
        info!("The runner `{name}` works for {server}, {} at a time", settings.runner.capacity);
        runner.until_signalled().await;
        Ok(Exit::Done)
    }
}

/// How a runner is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Running tasks are cancelled.
    Cancel,
    /// At once: environments keep running for the next start.
    Leave,
}

/// A runner at work.
#[derive(Debug)]
pub struct RunningRunner {
    /// What it can do.
    pub offers: Offers,
    task: JoinHandle<()>,
    drain: CancellationToken,
    cancel: CancellationToken,
    leave: CancellationToken,
}

/// Starts a runner with these settings.
///
/// # Errors
/// A work directory that cannot be had, a Docker address that is none.
pub fn start(
    settings: &Settings,
    name: &str,
    server_url: &str,
    token: SecretString,
    work_dir: PathBuf,
) -> anyhow::Result<RunningRunner> {
    let runner_settings = configured(settings, name, server_url, token, work_dir);
    let server = HttpServer::new(&runner_settings).context("failed to start the runner")?;
    let executors = Executors::from_settings(&runner_settings).context("failed to start the runner")?;
    let offers = executors.offers(&runner_settings);
    let runner = Runner::new(runner_settings, Arc::new(server), executors).context("failed to start the runner")?;
    let (drain, cancel, leave) = (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());
    let stops = runner::Stops { drain: drain.clone(), cancel: cancel.clone(), leave: leave.clone() };
    let task = tokio::spawn(async move { runner.run(&stops).await });
    Ok(RunningRunner { offers, task, drain, cancel, leave })
}

/// The settings of a runner, in its own words.
pub fn configured(
    settings: &Settings,
    name: &str,
    server_url: &str,
    token: SecretString,
    work_dir: PathBuf,
) -> RunnerSettings {
    let settings::RunnerSettings {
        capacity,
        machine,
        machine_images,
        remote_docker,
        labels,
        resource_classes,
        clouds,
        name: _,
        server: _,
        token: _,
    } = settings.runner.clone();
    RunnerSettings {
        capacity,
        machine,
        machine_images,
        remote_docker,
        labels,
        resource_classes,
        clouds,
        // A server on this machine looks after its disk itself, and tells every job that waits.
        min_free_bytes: settings.runner.server.as_ref().map_or(0, |_| settings.limits.min_free_bytes),
        ..RunnerSettings::new(name, server_url, token, work_dir)
    }
}

impl RunningRunner {
    /// Stops it in this manner, and waits for its end.
    pub async fn stop(self, shutdown: Shutdown) {
        match shutdown {
            Shutdown::Cancel => self.cancel.cancel(),
            Shutdown::Leave => self.leave.cancel(),
        }
        if let Err(error) = self.task.await {
            warn!("The runner ended badly: {error}");
        }
    }

    /// Runs until signals end it: the first drains, the second cancels, SIGQUIT leaves.
    async fn until_signalled(mut self) {
        let Ok(mut signals) = Signals::receive() else {
            warn!("Signals cannot be received here: end this process to stop the runner");
            return self.stop_when_done().await;
        };
        loop {
            tokio::select! {
                ended = &mut self.task => {
                    if let Err(error) = ended {
                        warn!("The runner ended badly: {error}");
                    }
                    return;
                }
                asked = signals.next() => match asked {
                    Asked::End => self.next_signal(),
                    Asked::Leave => {
                        info!("Leaving; what runs goes on, and the next start takes it over");
                        self.leave.cancel();
                    }
                }
            }
        }
    }

    fn next_signal(&self) {
        if self.drain.is_cancelled() {
            info!("Cancelling the running tasks");
            self.cancel.cancel();
        } else {
            info!("No new tasks; running ones end first (again to cancel them)");
            self.drain.cancel();
        }
    }

    async fn stop_when_done(self) {
        if let Err(error) = self.task.await {
            warn!("The runner ended badly: {error}");
        }
    }
}

/// Returns at the first SIGTERM or SIGINT.
pub async fn wait_for_signal() {
    if asked_to_end().await.is_err() {
        warn!("Signals cannot be received here: end this process to stop the server");
        std::future::pending().await
    }
}

/// The name of this machine, for people.
pub fn host_name() -> String {
    runner::os::host_name().unwrap_or_else(|| "runner".to_owned())
}
