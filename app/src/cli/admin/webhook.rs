//! `roundhouse admin webhook …`

use clap::Subcommand;
use model::project::GitRef;
use secrecy::ExposeSecret;
use serde_json::json;
use store::custom_webhook;
use uuid::Uuid;

use super::{command::open, project::find};
use crate::{
    cli::{config::Format, settings_flags::SettingsFlags},
    clock::Clock,
    trigger::webhook,
};

#[derive(Debug, Subcommand)]
pub(super) enum WebhookAdmin {
    /// Makes a custom webhook, and prints its path and its secret: the only time that the secret is shown.
    #[command(after_help = "Example: roundhouse admin webhook create gh/acme/app registry --branch main\n\n\
                            Then: curl -X POST -H \"Authorization: Bearer SECRET\" -d '{}' https://ci.example/hooks/custom/ID")]
    Create {
        /// `gh/acme/app`.
        project: String,
        /// What it is called.
        name: String,
        /// The branch that it builds; without one, the default branch.
        #[arg(long, value_name = "NAME")]
        branch: Option<String>,
        /// The tag that it builds.
        #[arg(long, value_name = "NAME", conflicts_with = "branch")]
        tag: Option<String>,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lists the custom webhooks of a project: never their secrets.
    List {
        /// `gh/acme/app`.
        project: String,
        /// How to list.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Removes a custom webhook.
    Delete {
        /// Its id, as `list` shows it.
        id: Uuid,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl WebhookAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::Create { project, name, branch, tag, settings } => {
                let store = open(settings).await?;
                let project = find(&store, &project).await?;
                let git_ref = tag.map(GitRef::Tag).or(branch.map(GitRef::Branch));
                let made =
                    webhook::create(&store, &Clock::System, project.id, &name, git_ref.as_ref(), "administrator");
                let (made, secret) = made.await?;
                println!("/hooks/custom/{}\n{}", made.id, secret.expose_secret());
            }
            Self::List { project, format, settings } => {
                let store = open(settings).await?;
                let project = find(&store, &project).await?;
                let webhooks = custom_webhook::list_by_project(store.read(), project.id).await?;
                for webhook in webhooks {
                    let reference = webhook.git_ref.as_ref().map_or("(default branch)", GitRef::name);
                    match format {
                        Format::Json => println!(
                            "{}",
                            json!({ "id": webhook.id, "name": webhook.name, "ref": webhook.git_ref,
                                    "used": webhook.used_at.is_some() })
                        ),
                        Format::Text => println!("{}  {:<24} {reference}", webhook.id, webhook.name),
                    }
                }
            }
            Self::Delete { id, settings } => webhook::delete(&open(settings).await?, id).await?,
        }
        Ok(())
    }
}
