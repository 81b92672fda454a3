//! The commands, and how they come to the rows.

use clap::{Args, Subcommand};
use model::trigger::Actor;
use store::{Store, StoreOptions};

use super::{
    job::JobAdmin,
    limit::LimitAdmin,
    pause::{DrainAdmin, PauseAdmin, QueueAdmin, ResumeAdmin},
    pipeline::PipelineAdmin,
    project::ProjectAdmin,
    retention::RetentionAdmin,
    runner::RunnerAdmin,
    serial_group::SerialGroupAdmin,
    token::TokenAdmin,
    user::UserAdmin,
    webhook::WebhookAdmin,
    workflow::WorkflowAdmin,
};
use crate::cli::{Exit, secret, settings_flags::SettingsFlags};

/// Administers a server's data directory.
#[derive(Debug, Args)]
pub struct Admin {
    #[command(subcommand)]
    command: AdminCommand,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Runners and their tokens.
    #[command(subcommand)]
    Runner(RunnerAdmin),
    /// Contexts: variables that jobs of an organization's projects ask for by name.
    #[command(subcommand)]
    Context(secret::ContextAdmin),
    /// Environment variables of a project.
    #[command(subcommand)]
    Env(secret::EnvAdmin),
    /// SSH keys of a project.
    #[command(subcommand)]
    SshKey(secret::SshKeyAdmin),
    /// The master key that seals secrets.
    #[command(subcommand)]
    Key(secret::KeyAdmin),
    /// The keys that sign OpenID Connect tokens of jobs.
    #[command(subcommand)]
    Oidc(secret::OidcAdmin),
    /// Starts and cancels pipelines.
    #[command(subcommand)]
    Pipeline(PipelineAdmin),
    /// Reruns and cancels workflows.
    #[command(subcommand)]
    Workflow(WorkflowAdmin),
    /// Approves, denies and cancels jobs.
    #[command(subcommand)]
    Job(JobAdmin),
    /// Who has the lock of a serial group, and letting the next one in.
    #[command(subcommand)]
    SerialGroup(SerialGroupAdmin),
    /// People who may log in.
    #[command(subcommand)]
    User(UserAdmin),
    /// API tokens of people.
    #[command(subcommand)]
    Token(TokenAdmin),
    Queue(QueueAdmin),
    Pause(PauseAdmin),
    Resume(ResumeAdmin),
    Drain(DrainAdmin),
    Limit(LimitAdmin),
    Retention(RetentionAdmin),
    /// What projects want to be built.
    #[command(subcommand)]
    Project(ProjectAdmin),
    /// Custom webhooks: addresses through which other programs start pipelines.
    #[command(subcommand)]
    Webhook(WebhookAdmin),
}

impl Admin {
    /// Runs the command.
    ///
    /// # Errors
    /// A data directory that cannot be opened.
    pub async fn execute(self) -> anyhow::Result<Exit> {
        match self.command {
            AdminCommand::Runner(command) => command.execute().await?,
            AdminCommand::Context(command) => return command.execute().await,
            AdminCommand::Env(command) => return command.execute().await,
            AdminCommand::SshKey(command) => return command.execute().await,
            AdminCommand::Key(command) => return command.execute().await,
            AdminCommand::Oidc(command) => return command.execute().await,
            AdminCommand::Pipeline(command) => command.execute().await?,
            AdminCommand::Workflow(command) => command.execute().await?,
            AdminCommand::Job(command) => command.execute().await?,
            AdminCommand::SerialGroup(command) => command.execute().await?,
            AdminCommand::User(command) => command.execute().await?,
            AdminCommand::Token(command) => command.execute().await?,
            AdminCommand::Queue(command) => command.execute().await?,
            AdminCommand::Pause(command) => command.execute().await?,
            AdminCommand::Resume(command) => command.execute().await?,
            AdminCommand::Drain(command) => command.execute().await?,
            AdminCommand::Limit(command) => command.execute().await?,
            AdminCommand::Retention(command) => command.execute().await?,
            AdminCommand::Project(command) => command.execute().await?,
            AdminCommand::Webhook(command) => command.execute().await?,
        }
        Ok(Exit::Done)
    }
}

/// Opens the rows of a data directory that is there. What happens to jobs is told to forges by the same settings as the
/// server's.
pub(super) async fn open(settings: SettingsFlags) -> anyhow::Result<Store> {
    let (_, settings) = settings.resolve()?;
    anyhow::ensure!(
        settings.data_dir.join("roundhouse.db").exists(),
        "there is no Roundhouse in `{}`: name its data directory with --data-dir",
        settings.data_dir.display()
    );
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    // Limits are for claims, and nobody claims here.
    let options = StoreOptions { status_prefix: settings.status_prefix.clone(), public_url, ..StoreOptions::default() };
    Ok(Store::open(&settings.data_dir, options).await?)
}

/// Who does what is done here.
pub(super) fn by() -> Actor {
    Actor { id: None, login: "operator".to_owned() }
}
