//! `roundhouse demo`: pushes to the demo's repository and follows the statuses of the commit.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use super::forge::{Pushed, ShownStatus};
use crate::cli::{Exit, terminal};

/// Jobs of the demo's pipeline: so many commit statuses come in the end.
const JOBS: usize = 6;

/// How long the pipeline may take before the command gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Pushes to the demo repository of a server that was started with `serve --demo`, and shows what comes of it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse serve --demo    (in one terminal)\n         roundhouse demo            (in another)"
)]
pub struct Demo {
    /// Address of the server.
    #[arg(long, default_value = "http://127.0.0.1:8000", value_name = "URL")]
    server: String,
    /// Do not wait for the pipeline's end.
    #[arg(long)]
    no_wait: bool,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    /// A server that does not answer, or has no demo.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        let Self { server, no_wait } = self;
        let server = server.trim_end_matches('/');
        let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
        let answer =
            client.post(format!("{server}/demo/push")).send().await.with_context(|| {
                format!("no Roundhouse answers at {server}; start one with `roundhouse serve --demo`")
            })?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            bail!("the server at {server} has no demo; start it with `roundhouse serve --demo`");
        }
        if !answer.status().is_success() {
            bail!("the demo's forge could not push: {}", answer.text().await.unwrap_or_default());
        }
        let pushed: Pushed = answer.json().await.context("failed to read the answer to the push")?;
        if pushed.answer != 202 {
            bail!("the server answered the webhook with {} instead of 202", pushed.answer);
        }
        println!("Pushed {} to demo/greeting-card; the webhook was stored (202).", pushed.sha.short());
        self::follow(&client, server, &pushed, no_wait).await
    }
}

async fn follow(client: &reqwest::Client, server: &str, pushed: &Pushed, no_wait: bool) -> anyhow::Result<Exit> {
    let colours = terminal::colours_on_stdout();
    let mut seen: Vec<ShownStatus> = Vec::new();
    let mut told = false;
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let url = format!("{server}/demo/statuses/{}", pushed.sha);
        let statuses: Vec<ShownStatus> =
            client.get(url).send().await?.error_for_status()?.json().await.context("failed to read the statuses")?;
        for status in &statuses {
            if seen.contains(status) {
                continue;
            }
            if let Some(pipeline) = pipeline_url(&status.target_url).filter(|_| !told) {
                println!("Watch it: {pipeline}");
                told = true;
            }
            if no_wait && told {
                return Ok(Exit::Done);
            }
            println!("  {} {}: {}", glyph(&status.state, colours), status.context, status.description);
        }
        seen = statuses;
        let over = |state: &str| seen.iter().filter(|status| status.state == state).count();
        if over("failure") + over("error") > 0 && over("pending") == 0 {
            println!("The pipeline failed.");
            return Ok(Exit::Failed);
        }
        if over("success") == JOBS {
            println!("All {JOBS} commit statuses are green.");
            return Ok(Exit::Done);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bail!("the pipeline did not end within {} seconds: see {server}", PATIENCE.as_secs())
}

/// `…/pipelines/github/demo/greeting-card/1` of a job's address.
fn pipeline_url(job_url: &str) -> Option<&str> {
    job_url.split_once("/workflows/").map(|(pipeline, _)| pipeline)
}

fn glyph(state: &str, colours: bool) -> String {
    let (glyph, style) = match state {
        "success" => ("✓", "32"),
        "failure" | "error" => ("✗", "31"),
        _ => ("·", "2"),
    };
    if colours { format!("\x1b[{style}m{glyph}\x1b[0m") } else { glyph.to_owned() }
}
