//! `roundhouse admin env …`: environment variables of a project.

use std::path::PathBuf;

use clap::Subcommand;
use model::project::ProjectSlug;
use secrecy::ExposeSecret;
use serde_json::json;
use store::project_variable;

use super::{input::read_value, open::Place};
use crate::{
    cli::{Exit, config::Format, settings_flags::SettingsFlags},
    secret::{Owner, check_value, check_variable_name, shown},
};

/// Environment variables of a project.
#[derive(Debug, Subcommand)]
pub enum EnvAdmin {
    /// Sets a variable. The value comes from standard input, or a file.
    #[command(after_help = "Example: roundhouse admin env set gh/acme/app NPM_TOKEN < token")]
    Set {
        /// The project.
        project: ProjectSlug,
        /// Name of the variable.
        variable: String,
        /// Read the value from this file.
        #[arg(long, value_name = "FILE")]
        value_file: Option<PathBuf>,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lists the variables, each with the last characters of its value.
    #[command(after_help = "Example: roundhouse admin env list gh/acme/app")]
    List {
        /// The project.
        project: ProjectSlug,
        /// How to report.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Removes a variable.
    Unset {
        /// The project.
        project: ProjectSlug,
        /// Name of the variable.
        variable: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl EnvAdmin {
    pub(in crate::cli) async fn execute(self) -> anyhow::Result<Exit> {
        match self {
            Self::Set { project, variable, value_file, settings } => {
                check_variable_name(&variable).map_err(anyhow::Error::msg)?;
                let place = Place::open(settings).await?;
                let project = place.project(&project).await?;
                let value = read_value(value_file.as_deref())?;
                check_value(value.expose_secret()).map_err(anyhow::Error::msg)?;
                let sealed = place.vault.seal(Owner::Project(project.id, &variable), &value)?;
                let mut tx = place.store.begin().await?;
                project_variable::set(&mut tx, project.id, &variable, &sealed, place.clock.now()).await?;
                tx.commit().await?;
            }
            Self::List { project, format, settings } => {
                let place = Place::open(settings).await?;
                let project = place.project(&project).await?;
                let mut variables = Vec::new();
                for variable in project_variable::list(place.store.read(), project.id).await? {
                    let value = place.vault.unseal(Owner::Project(project.id, &variable.name), &variable.sealed)?;
                    match format {
                        Format::Text => println!("{:<32} {}", variable.name, shown(&value)),
                        Format::Json => variables.push(json!({ "name": variable.name, "value": shown(&value) })),
                    }
                }
                match format {
                    Format::Text => {}
                    Format::Json => println!("{}", json!({ "variables": variables })),
                }
            }
            Self::Unset { project, variable, settings } => {
                let place = Place::open(settings).await?;
                let project = place.project(&project).await?;
                let mut tx = place.store.begin().await?;
                let found = project_variable::unset(&mut tx, project.id, &variable).await?;
                tx.commit().await?;
                anyhow::ensure!(found, "`{}` has no variable `{variable}`", project.slug);
            }
        }
        Ok(Exit::Done)
    }
}
