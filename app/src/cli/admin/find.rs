//! From what people have at hand, an id or the address of a page, to rows.

use anyhow::{Context, bail};
use model::project::ProjectSlug;
use store::{Store, job::Job, pipeline::Pipeline, project::Project, workflow::Workflow};

use crate::http::web::address::Address;

/// The project with this slug.
pub(super) async fn project(store: &Store, slug: &ProjectSlug) -> anyhow::Result<Project> {
    let found = store::project::find_by_slug(store.read(), slug).await?;
    found.with_context(|| format!("there is no project `{slug}` here: it appears with its first event"))
}

/// A pipeline, by its id or the address of its page.
pub(super) async fn pipeline(store: &Store, text: &str) -> anyhow::Result<Pipeline> {
    if let Ok(id) = text.parse() {
        return Ok(store::pipeline::get(store.read(), id).await?);
    }
    match page(text) {
        Some(
            Address::Pipeline(slug, number) | Address::Workflow(slug, number, _) | Address::Job(slug, number, _, _),
        ) => by_number(store, &slug, number).await,
        Some(_) | None => bail!("`{text}` is neither the id of a pipeline nor the address of its page"),
    }
}

/// A workflow, by its id or the address of its page.
pub(super) async fn workflow(store: &Store, text: &str) -> anyhow::Result<Workflow> {
    let id = match (text.parse(), page(text)) {
        (Ok(id), _) | (Err(_), Some(Address::Workflow(_, _, id) | Address::Job(_, _, id, _))) => id,
        (Err(_), Some(_) | None) => bail!("`{text}` is neither the id of a workflow nor the address of its page"),
    };
    Ok(store::workflow::get(store.read(), id).await?)
}

/// A job, by its id or the address of its page.
pub(super) async fn job(store: &Store, text: &str) -> anyhow::Result<Job> {
    if let Ok(id) = text.parse() {
        return Ok(store::job::get(store.read(), id).await?);
    }
    let Some(Address::Job(slug, _, _, number)) = page(text) else {
        bail!("`{text}` is neither the id of a job nor the address of its page");
    };
    let project = project(store, &slug).await?;
    let found = store::job::find_by_number(store.read(), project.id, number).await?;
    found.with_context(|| format!("`{slug}` has no job {number}"))
}

async fn by_number(store: &Store, slug: &ProjectSlug, number: u64) -> anyhow::Result<Pipeline> {
    let project = project(store, slug).await?;
    let found = store::pipeline::find_by_number(store.read(), project.id, number).await?;
    found.with_context(|| format!("`{slug}` has no pipeline {number}"))
}

/// What a page is about, with or without the server in front of it.
fn page(text: &str) -> Option<Address> {
    let (_, path) = text.split_once("/pipelines/")?;
    Address::parse(path.split(['#', '?']).next()?)
}
