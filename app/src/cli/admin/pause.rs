//! `roundhouse admin pause|resume|drain|queue`: what may begin, and what waits.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use model::{
    project::{ProjectSlug, Vcs},
    time::Timestamp,
};
use store::{
    Store,
    pause::{self, PauseScope},
    project::{self, Project},
    queue, runner, task,
};

use super::command::open;
use crate::{cli::settings_flags::SettingsFlags, clock::Clock};

/// How often a drain looks again.
const LOOK: Duration = Duration::from_secs(1);

/// Of what: everything, unless a project or a runner is named.
#[derive(Debug, Args)]
struct Scope {
    /// Only this project: gh/ORG/REPO or gl/ORG/REPO.
    #[arg(long, value_name = "PROJECT", conflicts_with = "runner")]
    project: Option<String>,
    /// Only this runner, by its name.
    #[arg(long, value_name = "NAME")]
    runner: Option<String>,
}

impl Scope {
    async fn find(&self, store: &Store) -> anyhow::Result<PauseScope> {
        Ok(match (&self.project, &self.runner) {
            (Some(slug), _) => PauseScope::Project(find_project(store, slug).await?.id),
            (None, Some(name)) => {
                let known = runner::list(store.read()).await?;
                anyhow::ensure!(
                    known.iter().any(|runner| runner.name == *name),
                    "there is no runner `{name}`: `roundhouse admin runner list` shows those that there are"
                );
                PauseScope::Runner(name.clone())
            }
            (None, None) => PauseScope::All,
        })
    }

    fn words(&self) -> String {
        match (&self.project, &self.runner) {
            (Some(slug), _) => format!("new work of {slug}"),
            (None, Some(name)) => format!("new work for the runner `{name}`"),
            (None, None) => "all new work".to_owned(),
        }
    }
}

/// Blocks new work: jobs that run go on, pipelines still come in and wait.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse admin pause --reason 'the disk is being replaced'\n         roundhouse admin pause --project gh/acme/api"
)]
pub(super) struct PauseAdmin {
    #[command(flatten)]
    scope: Scope,
    /// Why: everyone whose job waits reads it.
    #[arg(long, default_value = "")]
    reason: String,
    /// In whose name; the user of this machine by default.
    #[arg(long)]
    by: Option<String>,
    #[command(flatten)]
    settings: SettingsFlags,
}

/// Lets new work begin again.
#[derive(Debug, Args)]
#[command(after_help = "Example: roundhouse admin resume")]
pub(super) struct ResumeAdmin {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    settings: SettingsFlags,
}

/// Blocks new work, and waits until nothing runs any more. New work stays blocked until `resume`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse admin drain && systemctl stop roundhouse\n         roundhouse admin drain --runner big-box"
)]
pub(super) struct DrainAdmin {
    #[command(flatten)]
    pause: PauseAdmin,
}

/// Shows what waits, what runs, and what is blocked.
#[derive(Debug, Args)]
#[command(after_help = "Example: roundhouse admin queue")]
pub(super) struct QueueAdmin {
    #[command(flatten)]
    settings: SettingsFlags,
}

impl PauseAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        self.begin().await.map(drop)
    }

    async fn begin(self) -> anyhow::Result<(Store, PauseScope)> {
        let Self { scope, reason, by, settings } = self;
        let store = open(settings).await?;
        let found = scope.find(&store).await?;
        let by = by.or_else(user).unwrap_or_else(|| "an administrator".to_owned());
        let mut tx = store.begin().await?;
        pause::begin(&mut tx, &found, &by, &reason, Clock::System.now()).await?;
        tx.commit().await?;
        eprintln!("From now on, {} is blocked; `roundhouse admin resume` ends that.", scope.words());
        Ok((store, found))
    }
}

impl ResumeAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let Self { scope, settings } = self;
        let store = open(settings).await?;
        let found = scope.find(&store).await?;
        let mut tx = store.begin().await?;
        let was = pause::end(&mut tx, &found).await?;
        tx.commit().await?;
        match was {
            true => eprintln!("{} may begin again.", capital(&scope.words())),
            false => eprintln!("{} was not blocked.", capital(&scope.words())),
        }
        Ok(())
    }
}

impl DrainAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let (store, scope) = self.pause.begin().await?;
        let mut last = None;
        loop {
            let left = count_running(&store, &scope).await?;
            if left == 0 {
                eprintln!("Nothing runs any more.");
                return Ok(());
            }
            if last != Some(left) {
                eprintln!("{left} still run");
                last = Some(left);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl QueueAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let store = open(self.settings).await?;
        println!("{:<32} {:>8} {:>8}", "class", "waiting", "running");
        for line in queue::list_lines(store.read()).await? {
            println!("{:<32} {:>8} {:>8}", line.class, line.waiting, line.running);
        }
        for pause in pause::list(store.read()).await? {
            let what = match &pause.scope {
                PauseScope::All => "all new work".to_owned(),
                PauseScope::Project(id) => format!("new work of {}", project::get(store.read(), *id).await?.slug),
                PauseScope::Runner(name) => format!("new work for the runner `{name}`"),
            };
            let why = if pause.reason.is_empty() { String::new() } else { format!(": {}", pause.reason) };
            println!("blocked: {what}, by {} since {}{why}", pause.paused_by, moment(pause.since));
        }
        Ok(())
    }
}

pub(super) async fn find_project(store: &Store, slug: &str) -> anyhow::Result<Project> {
    let parsed = match slug.split_once('/') {
        Some(("gh" | "github", name)) => ProjectSlug::from_full_name(Vcs::GitHub, name).ok(),
        Some(("gl" | "gitlab", name)) => ProjectSlug::from_full_name(Vcs::GitLab, name).ok(),
        Some(_) | None => None,
    };
    let Some(parsed) = parsed else { bail!("`{slug}` is no project: write gh/ORG/REPO or gl/ORG/REPO") };
    project::find_by_slug(store.read(), &parsed)
        .await?
        .with_context(|| format!("there is no project `{slug}` here: it appears with its first push"))
}

async fn count_running(store: &Store, scope: &PauseScope) -> anyhow::Result<u64> {
    Ok(match scope {
        PauseScope::All => queue::list_lines(store.read()).await?.iter().map(|line| line.running).sum(),
        PauseScope::Project(id) => queue::find_project(store.read(), *id).await?.running,
        PauseScope::Runner(name) => {
            let runners = runner::list(store.read()).await?;
            let id = runners.iter().find(|runner| runner.name == *name).map(|runner| runner.id);
            let running = task::list_running(store.read()).await?;
            running.iter().filter(|task| task.runner_id == id).count() as u64
        }
    })
}

/// Who is at this machine.
pub(super) fn user() -> Option<String> {
    std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).ok().filter(|name| !name.is_empty())
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}

fn moment(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default().strftime("%Y-%m-%d %H:%M UTC").to_string()
}
