//! `roundhouse admin pipeline …`

use anyhow::Context;
use clap::Subcommand;
use model::project::{GitRef, ProjectSlug};
use serde_json::{Map, Value};

use super::{
    command::{by, open},
    find,
};
use crate::{
    cli::settings_flags::SettingsFlags,
    clock::Clock,
    trigger::api::{self, ApiTrigger},
};

#[derive(Debug, Subcommand)]
pub(super) enum PipelineAdmin {
    /// Starts a pipeline of a project that is known here, and prints its number.
    #[command(after_help = "Example: roundhouse admin pipeline trigger gh/acme/app --branch main --param deploy=true")]
    Trigger {
        /// The project: `gh/ORG/REPO` or `gl/GROUP/REPO`.
        project: ProjectSlug,
        /// The branch; the default branch without it.
        #[arg(long, conflicts_with = "tag")]
        branch: Option<String>,
        /// The tag.
        #[arg(long)]
        tag: Option<String>,
        /// A pipeline parameter: `true`, `false` and whole numbers are what they are, all else is text.
        #[arg(long, value_name = "NAME=VALUE")]
        param: Vec<String>,
        #[command(flatten)]
        settings: SettingsFlags,
    },
    /// Cancels everything of a pipeline that has not ended.
    #[command(
        after_help = "Example: roundhouse admin pipeline cancel http://127.0.0.1:8000/pipelines/github/acme/app/7"
    )]
    Cancel {
        /// Its id, or the address of its page.
        pipeline: String,
        #[command(flatten)]
        settings: SettingsFlags,
    },
}

impl PipelineAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        match self {
            Self::Trigger { project, branch, tag, param, settings } => {
                let store = open(settings).await?;
                let project = find::project(&store, &project).await?;
                let trigger = ApiTrigger {
                    project: project.id,
                    git_ref: branch.map(GitRef::Branch).or(tag.map(GitRef::Tag)),
                    parameters: parameters(&param)?,
                    actor: by(),
                };
                let pipeline = api::start(&store, &Clock::System, trigger).await?;
                println!("{}", pipeline.number);
                eprintln!("Pipeline {} of {} is on its way: {}", pipeline.number, pipeline.slug, pipeline.id);
            }
            Self::Cancel { pipeline, settings } => {
                let store = open(settings).await?;
                let pipeline = find::pipeline(&store, &pipeline).await?;
                let mut tx = store.begin().await?;
                let reason = format!("{} canceled the pipeline", by().login);
                store::pipeline::cancel(&mut tx, pipeline.id, &reason, Clock::System.now()).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}

fn parameters(pairs: &[String]) -> anyhow::Result<Map<String, Value>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').with_context(|| format!("`{text}` is not NAME=VALUE"))?;
        let value = match (value, value.parse::<i64>()) {
            ("true", _) => Value::Bool(true),
            ("false", _) => Value::Bool(false),
            (_, Ok(number)) => number.into(),
            (text, Err(_)) => text.into(),
        };
        Ok((name.to_owned(), value))
    };
    pairs.iter().map(pair).collect()
}
