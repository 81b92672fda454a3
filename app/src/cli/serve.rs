//! `roundhouse serve`: the server and, unless told otherwise, a runner inside.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    Exit,
    command::start_log,
    demo::DemoForge,
    runner::{self, Shutdown},
    settings_flags::SettingsFlags,
};
use crate::{
    clock::Clock,
    server::{App, Options},
    settings::{Resolved, Settings, runner_state_dir},
};

/// Starts the server, with a runner inside.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse serve\n         ROUNDHOUSE_GITHUB_APP_ID=123456 ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE=app.pem roundhouse serve\n\n\
                  The first SIGTERM or Ctrl-C stops the server; running jobs go on and are taken over at the next start."
)]
pub struct Serve {
    /// Only the server: runners elsewhere do the work.
    #[arg(long)]
    no_runner: bool,
    /// Show the settings in force and where each came from, and end.
    #[arg(long)]
    print_settings: bool,
    /// Connect to a demonstration forge in this process instead of GitHub; `roundhouse demo` pushes to it.
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    settings: SettingsFlags,
}

impl Serve {
    /// Runs the command until a signal ends it.
    ///
    /// # Errors
    /// Settings that cannot be understood, a port or data directory that cannot be had.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        let Self { no_runner, print_settings, demo, mut settings } = self;
        let mut forge = None;
        if demo {
            let (_, before) = settings.clone().resolve()?;
            let started = DemoForge::start(&before.data_dir).await?;
            for (flag, value) in started.settings() {
                settings = settings.or(flag, value);
            }
            forge = Some(started);
        }
        let (resolved, settings) = settings.resolve()?;
        if print_settings {
            print_rows(&resolved);
            return Ok(Exit::Done);
        }
        start_log(resolved.text("log").unwrap_or("info"));
        for warning in resolved.warnings() {
            warn!("{warning}");
        }
        serve(&settings, forge, no_runner).await?;
        Ok(Exit::Done)
    }
}

async fn serve(settings: &Settings, forge: Option<DemoForge>, no_runner: bool) -> anyhow::Result<()> {
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr().context("failed to read the address that is listened on")?;
    let local_url = format!("http://{}", reachable(address));
    let public_url = settings.public_url.clone().unwrap_or_else(|| local_url.clone());
    let mut options = Options::from_settings(settings, public_url.clone(), Clock::System);
    if no_runner {
        options.runner_capacity = None;
    }
    let app = App::open(options).await?;
    let mut router = app.router();
    if let Some(forge) = &forge {
        router = router.merge(forge.router(local_url.clone()));
    }
    let stop = CancellationToken::new();
    let server = tokio::spawn(app.clone().serve(listener, router, stop.clone()));
    let warm_up = app.clone();
    tokio::spawn(async move {
        if let Err(error) = warm_up.warm_up().await {
            warn!("The first job will have to wait a little: {error:#}");
        }
    });
    let runner = if no_runner {
        None
    } else {
        let token = app.bundled_runner_token().await?;
        let name = settings.runner.name.clone().unwrap_or_else(runner::host_name);
        let work_dir = runner_state_dir(&settings.data_dir);
        Some(runner::start(settings, &name, &local_url, token, work_dir)?)
    };
    info!("Roundhouse is ready on {public_url} (data in {})", settings.data_dir.display());
    match &runner {
        Some(_) => info!(
            "The runner in this process does {} at a time{}",
            if settings.runner.capacity == 1 {
                "1 task".to_owned()
            } else {
                format!("{} tasks", settings.runner.capacity)
            },
            if settings.runner.machine { ", in Docker and on this host" } else { ", in Docker" }
        ),
        None => {
            info!("No runner in this process: `roundhouse admin runner create NAME` makes a token for one elsewhere")
        }
    }
    runner::wait_for_signal().await;
    info!("Stopping; running jobs go on, and the next start takes them over");
    if let Some(runner) = runner {
        // Leave at once: containers keep running and are adopted by the next start.
        runner.stop(Shutdown::Leave).await;
    }
    stop.cancel();
    match tokio::time::timeout(Duration::from_secs(10), server).await {
        Ok(ended) => ended.context("the server's task failed")?,
        Err(_) => bail!("the server did not stop within 10 seconds; nothing is lost by ending it now"),
    }
}

/// Binds the address, or says who may have it.
async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "the address {address} is in use, perhaps by another Roundhouse; stop that, or choose another with --listen \
             (`--listen 127.0.0.1:0` takes any free port)"
        ),
        std::io::ErrorKind::PermissionDenied => anyhow::anyhow!(
            "the address {address} may not be used by this user: ports below 1024 belong to root; choose another with --listen"
        ),
        std::io::ErrorKind::AddrNotAvailable => {
            anyhow::anyhow!("the address {address} does not belong to this machine; choose another with --listen")
        }
        _ => anyhow::Error::new(error).context(format!("failed to listen on {address}")),
    })
}

/// The address by which this very process reaches itself: nobody can call 0.0.0.0.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        SocketAddr::new(loopback, address.port())
    } else {
        address
    }
}

fn print_rows(resolved: &Resolved) {
    for (key, value, origin) in resolved.rows() {
        println!("{key:<24} {value:<40} {origin}");
    }
    for warning in resolved.warnings() {
        eprintln!("warning: {warning}");
    }
}
