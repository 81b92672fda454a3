//! `roundhouse admin project …`

use std::str::FromStr;

use clap::Subcommand;
use serde_json::json;
use store::{
    Store, project,
    trigger_setting::{self, TriggerSettings},
};

use super::command::open;
use crate::cli::{config::Format, settings_flags::SettingsFlags};

/// `on` or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Switch(bool);

impl FromStr for Switch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "on" => Ok(Self(true)),
            "off" => Ok(Self(false)),
            _ => Err("say `on` or `off`".to_owned()),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum ProjectAdmin {
    /// Shows what a project wants to be built, and changes it.
    #[command(after_help = "Example: roundhouse admin project triggers gh/acme/app --auto-cancel on\n\n\
                            docs/triggers.md says what each of them does.")]
    Triggers {
        /// `gh/acme/app`.
        project: String,
        /// A newer push cancels what still runs of its branch; never of the default branch.
        #[arg(long, value_name = "on|off")]
        auto_cancel: Option<Switch>,
        /// Build pull requests from other repositories, without secrets.
        #[arg(long, value_name = "on|off")]
        build_forks: Option<Switch>,
        /// Build only branches that have an open pull request, the default branch, and tags.
        #[arg(long, value_name = "on|off")]
        only_pull_requests: Option<Switch>,
        /// How to show them.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl ProjectAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let Self::Triggers { project, auto_cancel, build_forks, only_pull_requests, format, settings } = self;
        let store = open(settings).await?;
        let project = find(&store, &project).await?;
        let mut tx = store.begin().await?;
        let before = trigger_setting::get(tx.db(), project.id).await?;
        let or = |given: Option<Switch>, before: bool| given.map_or(before, |Switch(on)| on);
        let settings = TriggerSettings {
            auto_cancel: or(auto_cancel, before.auto_cancel),
            build_forks: or(build_forks, before.build_forks),
            only_pull_requests: or(only_pull_requests, before.only_pull_requests),
        };
        trigger_setting::set(&mut tx, project.id, settings).await?;
        tx.commit().await?;
        let TriggerSettings { auto_cancel, build_forks, only_pull_requests } = settings;
        match format {
            Format::Json => println!(
                "{}",
                json!({
                    "auto_cancel": auto_cancel, "build_forks": build_forks, "only_pull_requests": only_pull_requests
                })
            ),
            Format::Text => {
                let word = |on: bool| if on { "on" } else { "off" };
                println!("auto-cancel         {}", word(auto_cancel));
                println!("build-forks         {}", word(build_forks));
                println!("only-pull-requests  {}", word(only_pull_requests));
            }
        }
        Ok(())
    }
}

/// The project with this slug.
pub(super) async fn find(store: &Store, slug: &str) -> anyhow::Result<project::Project> {
    let parsed = slug.parse()?;
    project::find_by_slug(store.read(), &parsed)
        .await?
        .ok_or_else(|| anyhow::anyhow!("there is no project `{slug}` here: it appears with its first push"))
}
