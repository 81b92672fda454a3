//! `roundhouse admin context …`.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use model::{id::RestrictionId, project::ProjectSlug};
use secrecy::ExposeSecret;
use serde_json::json;
use store::{
    context::{self, Context, Rule},
    project,
};

use super::{
    input::read_value,
    open::{Organization, Place},
};
use crate::{
    cli::{Exit, config::Format, settings_flags::SettingsFlags},
    secret::{Owner, check_context_name, check_value, check_variable_name},
    vcs::check_group,
};

/// Contexts: variables that jobs of an organization's projects ask for by name.
#[derive(Debug, Subcommand)]
pub enum ContextAdmin {
    /// Makes a context.
    #[command(after_help = "Example: roundhouse admin context create gh/acme deploy")]
    Create {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Lists contexts with the names of their variables and their restrictions. Values are never shown.
    #[command(after_help = "Example: roundhouse admin context list gh/acme --format json")]
    List {
        /// Only of this organization.
        organization: Option<Organization>,
        /// How to report.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Removes a context with its variables. Jobs that name it end as unauthorized.
    Delete {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Sets a variable. The value comes from standard input, or a file.
    #[command(after_help = "Example: roundhouse admin context set gh/acme deploy TOKEN < token")]
    Set {
        #[command(flatten)]
        of: Of,
        /// Name of the variable.
        variable: String,
        /// Read the value from this file.
        #[arg(long, value_name = "FILE")]
        value_file: Option<PathBuf>,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Removes a variable.
    Unset {
        #[command(flatten)]
        of: Of,
        /// Name of the variable.
        variable: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Restricts a context to projects, to pipelines for which an expression is true, or to groups of people.
    #[command(
        after_help = "Example: roundhouse admin context restrict gh/acme deploy --project gh/acme/app\n         \
                      roundhouse admin context restrict gh/acme deploy --expression 'pipeline.git.branch == \"main\"'\n         \
                      roundhouse admin context restrict gh/acme deploy --group deployers\n\n\
                      With several projects, the job has to be of one of them; every expression has to be true; with several \
                      groups, whoever made the job run has to be in one of them."
    )]
    Restrict {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

/// Which context.
#[derive(Debug, Args)]
pub struct Of {
    /// The organization: `gh/acme`, `gl/group`.
    organization: Organization,
    /// The context's name.
    name: String,
}

/// What to add or to take away.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct What {
    /// Jobs of this project may use it.
    #[arg(long, value_name = "SLUG")]
    project: Option<ProjectSlug>,
    /// An expression over pipeline values that has to be true.
    #[arg(long, value_name = "EXPRESSION")]
    expression: Option<String>,
    /// Whoever made the job run has to be in this group at the forge: a team of the organization at GitHub (its slug), a group
    /// at GitLab (its full path).
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Takes away the restriction with this id (`list` shows them).
    #[arg(long, value_name = "ID")]
    remove: Option<RestrictionId>,
}

impl Of {
    async fn get(&self, place: &Place) -> anyhow::Result<Context> {
        let Self { organization, name } = self;
        context::find(place.store.read(), organization.vcs, &organization.org, name).await?.with_context(|| {
            format!("`{organization}` has no context `{name}`: `roundhouse admin context list` shows which there are")
        })
    }
}

impl ContextAdmin {
    pub(in crate::cli) async fn execute(self) -> anyhow::Result<Exit> {
        match self {
            Self::Create { of: Of { organization, name }, settings } => {
                check_context_name(&name).map_err(anyhow::Error::msg)?;
                let place = Place::open(settings).await?;
                let mut tx = place.store.begin().await?;
                context::create(&mut tx, organization.vcs, &organization.org, &name, place.clock.now()).await?;
                tx.commit().await?;
            }
            Self::List { organization, format, settings } => list(organization, format, settings).await?,
            Self::Delete { of, settings } => {
                let place = Place::open(settings).await?;
                let context = of.get(&place).await?;
                let mut tx = place.store.begin().await?;
                context::delete(&mut tx, context.id).await?;
                tx.commit().await?;
            }
            Self::Set { of, variable, value_file, settings } => {
                check_variable_name(&variable).map_err(anyhow::Error::msg)?;
                let place = Place::open(settings).await?;
                let context = of.get(&place).await?;
                let value = read_value(value_file.as_deref())?;
                check_value(value.expose_secret()).map_err(anyhow::Error::msg)?;
                let sealed = place.vault.seal(Owner::Context(context.id, &variable), &value)?;
                let mut tx = place.store.begin().await?;
                context::set_variable(&mut tx, context.id, &variable, &sealed, place.clock.now()).await?;
                tx.commit().await?;
            }
            Self::Unset { of, variable, settings } => {
                let place = Place::open(settings).await?;
                let context = of.get(&place).await?;
                let mut tx = place.store.begin().await?;
                let found = context::unset_variable(&mut tx, context.id, &variable).await?;
                tx.commit().await?;
                anyhow::ensure!(found, "the context `{}` has no variable `{variable}`", context.name);
            }
            Self::Restrict { of, what, settings } => restrict(of, what, settings).await?,
        }
        Ok(Exit::Done)
    }
}

async fn restrict(of: Of, what: What, settings: SettingsFlags) -> anyhow::Result<()> {
    let place = Place::open(settings).await?;
    let context = of.get(&place).await?;
    let What { project, expression, group, remove } = what;
    if let Some(remove) = remove {
        let mut tx = place.store.begin().await?;
        let found = context::lift(&mut tx, context.id, remove).await?;
        tx.commit().await?;
        anyhow::ensure!(found, "the context `{}` has no restriction {remove}", context.name);
        return Ok(());
    }
    let rule = match (project, group, expression) {
        (Some(slug), _, _) => Rule::Project(place.project(&slug).await?.id),
        (None, Some(group), _) => Rule::Group(check_group(context.vcs, &group).map_err(anyhow::Error::msg)?),
        (None, None, expression) => {
            let expression = expression.unwrap_or_default();
            config::check_restriction(&expression).with_context(|| format!("`{expression}` cannot be read"))?;
            Rule::Expression(expression)
        }
    };
    let mut tx = place.store.begin().await?;
    let id = context::restrict(&mut tx, context.id, &rule, place.clock.now()).await?;
    tx.commit().await?;
    println!("{id}");
    Ok(())
}

async fn list(organization: Option<Organization>, format: Format, settings: SettingsFlags) -> anyhow::Result<()> {
    let place = Place::open(settings).await?;
    let wanted = |context: &Context| match &organization {
        Some(Organization { vcs, org }) => context.vcs == *vcs && context.org.eq_ignore_ascii_case(org),
        None => true,
    };
    let mut shown = Vec::new();
    for context in context::list(place.store.read()).await?.into_iter().filter(wanted) {
        let variables: Vec<String> = context::list_variables(place.store.read(), context.id)
            .await?
            .into_iter()
            .map(|variable| variable.name)
            .collect();
        let mut restrictions = Vec::new();
        for restriction in context::list_restrictions(place.store.read(), context.id).await? {
            let (kind, value) = match restriction.rule {
                Rule::Project(id) => ("project", project::get(place.store.read(), id).await?.slug.to_string()),
                Rule::Expression(expression) => ("expression", expression),
                Rule::Group(group) => ("group", group),
            };
            restrictions.push(json!({ "id": restriction.id, "type": kind, "value": value }));
        }
        let organization = format!("{}/{}", context.vcs.short(), context.org);
        match format {
            Format::Json => shown.push(json!({
                "id": context.id,
                "organization": organization,
                "name": context.name,
                "variables": variables,
                "restrictions": restrictions,
            })),
            Format::Text => {
                println!("{organization}  {}", context.name);
                for variable in variables {
                    println!("    {variable}");
                }
                for restriction in restrictions {
                    let text = |key: &str| restriction[key].as_str().unwrap_or_default().to_owned();
                    println!("    only {} {}  ({})", text("type"), text("value"), text("id"));
                }
            }
        }
    }
    match format {
        Format::Json => println!("{}", json!({ "contexts": shown })),
        Format::Text => {}
    }
    Ok(())
}
