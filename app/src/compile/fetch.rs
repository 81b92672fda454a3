//! What a pipeline of a branch or tag, and no commit yet, is about: the forge is asked.

use std::time::Duration;

use config::Source;
use model::project::Sha;
use store::{
    Store,
    pipeline::{self, Pipeline, PipelineSource},
    project,
};

use super::{
    inputs,
    worker::{Errored, Stop},
};
use crate::vcs::{CONFIG_PATH, Checkout, ForgeError, Forges, RepositoryHandle, Values, event::Commit};

/// How long the forge may take: other pipelines wait meanwhile.
const DEADLINE: Duration = Duration::from_secs(30);

/// Asks the forge where the branch or tag stands and for the configuration there, and keeps both.
pub(super) async fn source(store: &Store, forges: &Forges, seen: &Pipeline) -> Result<(Pipeline, String), Stop> {
    let project = project::get(store.read(), seen.project_id).await.map_err(of_store)?;
    let repository = RepositoryHandle {
        slug: project.slug.clone(),
        forge_id: project.forge_id,
        installation_id: project.installation_id,
    };
    let asked = tokio::time::timeout(DEADLINE, ask(forges, &repository, seen)).await;
    let (sha, head, config) = asked.map_err(|_| {
        Stop::Later(format!("{} did not tell what was asked within {} s", project.slug.vcs, DEADLINE.as_secs()))
    })??;
    let mut values = Values::of_row(&seen.values);
    let checkout = Checkout {
        slug: &project.slug,
        forge_id: project.forge_id,
        html_url: &project.web_url,
        default_branch: &project.default_branch,
        git_ref: &seen.git_ref,
        commit: Some((&sha, &head)),
    };
    checkout.set(&mut values);
    let Commit { subject, body, author, author_login: _ } = &head;
    let source = PipelineSource {
        sha: &sha,
        subject,
        body,
        author: Some(author.as_str()).filter(|author| !author.is_empty()),
        values: &values.into_row(),
        config: &config,
    };
    let mut tx = store.begin().await.map_err(of_store)?;
    let pipeline = pipeline::set_source(&mut tx, seen.id, &source).await.map_err(of_store)?;
    if inputs::declared(&Source::new(CONFIG_PATH, config.as_str())).setup {
        pipeline::set_setup_pending(&mut tx, seen.id).await.map_err(of_store)?;
    }
    tx.commit().await.map_err(of_store)?;
    Ok((pipeline, config))
}

async fn ask(
    forges: &Forges,
    repository: &RepositoryHandle,
    pipeline: &Pipeline,
) -> Result<(Sha, Commit, String), Stop> {
    let name = repository.slug.full_name();
    let kind = if pipeline.git_ref.branch().is_some() { "branch" } else { "tag" };
    let reference = pipeline.git_ref.name();
    let (sha, head) = forges.find_head(repository, &pipeline.git_ref).await.map_err(of_forge)?.ok_or_else(|| {
        Errored::new(format!("{name} has no {kind} `{reference}`: push it, or start a pipeline of another one"))
    })?;
    let config = forges.read_config(repository, &sha).await.map_err(of_forge)?.ok_or_else(|| {
        Errored::new(format!("{name} has no {CONFIG_PATH} in the {kind} `{reference}` ({})", sha.short()))
    })?;
    Ok((sha, head, config))
}

fn of_forge(error: ForgeError) -> Stop {
    match error {
        ForgeError::Transient { message, retry_after: _ } => Stop::Later(message),
        ForgeError::Permanent { message } => Stop::Errored(Errored::new(message)),
    }
}

fn of_store(error: store::Error) -> Stop {
    Stop::Later(error.to_string())
}
