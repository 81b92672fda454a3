//! `roundhouse doctor`: checks the machine and the settings, and says what to do.

use std::{path::Path, process::Command, time::Duration};

use clap::Args;
use runner::{RunnerSettings, executor::docker::DockerExecutor};
use serde_json::json;

use super::{Exit, config::Format, settings_flags::SettingsFlags, terminal};
use crate::settings::Settings;

/// Checks this machine and the settings, and says what to do.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: roundhouse doctor\n\nExit code 3 when something is wrong that Roundhouse cannot work without."
)]
pub struct Doctor {
    /// How to report.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    settings: SettingsFlags,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Good,
    /// Something will not work, the rest will.
    Poor,
    /// Nothing will.
    Bad,
}

/// One check.
#[derive(Debug)]
struct Finding {
    grade: Grade,
    what: &'static str,
    sentence: String,
    /// What to do, unless all is well.
    help: Option<String>,
}

impl Doctor {
    /// Runs the command.
    ///
    /// # Errors
    /// Settings that cannot be understood.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        let (resolved, settings) = self.settings.resolve()?;
        let mut findings = vec![
            data_directory(&settings.data_dir),
            docker(&settings).await,
            git(),
            github(&settings),
            gitlab(&settings),
            public_url(&settings),
        ];
        findings.extend(resolved.warnings().iter().map(|warning| Finding {
            grade: Grade::Poor,
            what: "settings",
            sentence: warning.clone(),
            help: None,
        }));
        match self.format {
            Format::Json => println!("{}", to_json(&findings)),
            Format::Text => findings.iter().for_each(print),
        }
        let bad = findings.iter().any(|finding| finding.grade == Grade::Bad);
        Ok(if bad { Exit::Impossible } else { Exit::Done })
    }
}

impl Finding {
    fn good(what: &'static str, sentence: impl Into<String>) -> Self {
        Self { grade: Grade::Good, what, sentence: sentence.into(), help: None }
    }

    fn poor(what: &'static str, sentence: impl Into<String>, help: impl Into<String>) -> Self {
        Self { grade: Grade::Poor, what, sentence: sentence.into(), help: Some(help.into()) }
    }

    fn bad(what: &'static str, sentence: impl Into<String>, help: impl Into<String>) -> Self {
        Self { grade: Grade::Bad, what, sentence: sentence.into(), help: Some(help.into()) }
    }
}

fn data_directory(directory: &Path) -> Finding {
    const WHAT: &str = "data directory";
    let nearest = directory.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    let probe = tempfile::Builder::new().prefix(".roundhouse-doctor-").tempfile_in(nearest);
    if let Err(error) = probe {
        return Finding::bad(
            WHAT,
            format!("`{}` cannot be written: {error}", nearest.display()),
            "choose a directory of your own with --data-dir or ROUNDHOUSE_DATA_DIR",
        );
    }
    match runner::os::room(nearest) {
        Some(room) => {
            let free_gib = room.free_bytes / (1 << 30);
            if free_gib < 5 {
                Finding::poor(
                    WHAT,
                    format!("`{}` has {free_gib} GiB free", directory.display()),
                    "logs and images fill disks: have at least 5 GiB free",
                )
            } else {
                Finding::good(WHAT, format!("`{}` can be written, {free_gib} GiB free", directory.display()))
            }
        }
        None => Finding::good(WHAT, format!("`{}` can be written", directory.display())),
    }
}

async fn docker(settings: &Settings) -> Finding {
    const WHAT: &str = "Docker";
    let help = "install Docker Engine and start it (Debian: apt-get install docker.io), or point DOCKER_HOST at a daemon; \
                without it only jobs on the host can run (ROUNDHOUSE_RUNNER_MACHINE=on)";
    let directory = match tempfile::tempdir() {
        Ok(directory) => directory,
        Err(error) => return Finding::poor(WHAT, format!("cannot be checked: {error}"), help),
    };
    let runner = RunnerSettings::new("doctor", "http://127.0.0.1", String::new().into(), directory.path().to_owned());
    let answer = match DockerExecutor::new(&runner) {
        Ok(docker) => match tokio::time::timeout(Duration::from_secs(10), docker.ping()).await {
            Ok(Ok(version)) => Ok(version),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the daemon does not answer within 10 seconds".to_owned()),
        },
        Err(error) => Err(format!("{error:#}")),
    };
    match answer {
        Ok(version) => Finding::good(WHAT, format!("answers ({version})")),
        Err(reason) if settings.runner.machine => Finding::poor(WHAT, reason, help),
        Err(reason) => Finding::bad(WHAT, reason, help),
    }
}

fn git() -> Finding {
    const WHAT: &str = "Git";
    match Command::new("git").arg("--version").output() {
        Ok(output) if output.status.success() => Finding::good(
            WHAT,
            format!("{} (jobs on this host use it)", String::from_utf8_lossy(&output.stdout).trim()),
        ),
        _ => Finding::poor(
            WHAT,
            "is not installed on this machine",
            "jobs in Docker use the Git of their image; install git here for jobs on the host and for `roundhouse run`",
        ),
    }
}

fn github(settings: &Settings) -> Finding {
    const WHAT: &str = "GitHub";
    match (&settings.github.app, &settings.github.webhook_secret) {
        (Some((id, _)), Some(_)) => Finding::good(WHAT, format!("App {id} at {}", settings.github.api_url)),
        (Some((id, _)), None) => Finding::poor(
            WHAT,
            format!("App {id} is known, but there is no webhook secret: every webhook will be refused"),
            "set ROUNDHOUSE_GITHUB_WEBHOOK_SECRET_FILE to a file with the secret of the App's webhook",
        ),
        (None, _) => Finding::poor(
            WHAT,
            "is not connected",
            "make a GitHub App (the README has the steps), and set ROUNDHOUSE_GITHUB_APP_ID, \
             ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE and ROUNDHOUSE_GITHUB_WEBHOOK_SECRET_FILE",
        ),
    }
}

fn gitlab(settings: &Settings) -> Finding {
    const WHAT: &str = "GitLab";
    match &settings.gitlab {
        Some(gitlab) if gitlab.token.is_some() && gitlab.webhook_secret.is_some() => {
            Finding::good(WHAT, format!("connected to {}", gitlab.url))
        }
        Some(gitlab) => Finding::poor(
            WHAT,
            format!("{} is named, but its token or the webhook secret is missing", gitlab.url),
            "set ROUNDHOUSE_GITLAB_TOKEN_FILE and ROUNDHOUSE_GITLAB_WEBHOOK_SECRET_FILE",
        ),
        None => Finding::good(WHAT, "is not connected (ROUNDHOUSE_GITLAB_URL is not set)"),
    }
}

fn public_url(settings: &Settings) -> Finding {
    const WHAT: &str = "public URL";
    match &settings.public_url {
        Some(url) => Finding::good(WHAT, url.clone()),
        None => Finding::poor(
            WHAT,
            format!("is not set: commit statuses will link to http://{}", settings.listen),
            "set ROUNDHOUSE_PUBLIC_URL to the address by which people and forges reach this server",
        ),
    }
}

fn print(finding: &Finding) {
    let (mark, style) = match finding.grade {
        Grade::Good => ("✓", "32"),
        Grade::Poor => ("!", "33"),
        Grade::Bad => ("✗", "31"),
    };
    let mark = if terminal::colours_on_stdout() { format!("\x1b[{style}m{mark}\x1b[0m") } else { mark.to_owned() };
    println!("{mark} {}: {}", finding.what, finding.sentence);
    if let Some(help) = &finding.help {
        println!("    {help}");
    }
}

fn to_json(findings: &[Finding]) -> serde_json::Value {
    let grade = |grade: Grade| match grade {
        Grade::Good => "good",
        Grade::Poor => "poor",
        Grade::Bad => "bad",
    };
    findings
        .iter()
        .map(|finding| {
            json!({
                "what": finding.what, "grade": grade(finding.grade), "message": finding.sentence, "help": finding.help,
            })
        })
        .collect()
}
