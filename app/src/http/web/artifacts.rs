//! The artifacts of a job: the list, and the files themselves.
//!
//! A file comes from a job, so a browser must not trust it: it is shown in a sandbox that allows nothing, and only when it is
//! plain text or a picture; everything else is downloaded.

use askama::Template;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
};
use store::artifact::{self, Artifact};
use tracing::error;

use super::{
    WebState, address,
    error::PageError,
    job::Loaded,
    keeps::{Tab, Tabs},
    part::Mark,
    workflow,
};
use crate::{
    blob::{BlobKey, Stored},
    http::{
        format,
        page::{Area, Frame, render},
        viewer::Viewer,
    },
};

/// Artifacts that are listed.
const LISTED: u32 = 5_000;

/// A page beside the steps of a job: what stands over it.
pub struct Title {
    /// The address of the job.
    pub href: String,
    /// Of the project.
    pub org: String,
    /// Of the project.
    pub repo: String,
    /// Its address.
    pub project_href: String,
    /// The address of the pipeline.
    pub pipeline_href: String,
    /// Its number.
    pub pipeline_number: u64,
    /// The name of the job.
    pub name: String,
    /// Its number.
    pub number: u64,
    /// Its state.
    pub mark: Mark,
    /// What the page is called.
    pub page: &'static str,
}

/// What stands over a page of this job.
pub fn title(loaded: &Loaded, page: &'static str) -> Title {
    let (slug, number, job) = (&loaded.pipeline.slug, loaded.pipeline.number, &loaded.job);
    Title {
        href: address::job(slug, number, loaded.workflow.id, job.number),
        org: slug.org.clone(),
        repo: slug.repo.clone(),
        project_href: address::project(slug),
        pipeline_href: address::pipeline(slug, number),
        pipeline_number: number,
        name: job.name.clone(),
        number: job.number,
        mark: workflow::mark(job, &loaded.siblings),
        page,
    }
}

#[derive(Template)]
#[template(path = "job-artifacts.html")]
struct ArtifactsPage {
    frame: Frame,
    title: Title,
    tabs: Tabs,
    summary: String,
    folders: Vec<Folder>,
    cut: bool,
    shown: u32,
}

struct Folder {
    name: String,
    files: Vec<FileView>,
}

struct FileView {
    name: String,
    href: String,
    size: String,
}

/// `GET …/jobs/{n}/artifacts`.
pub async fn page(state: &WebState, loaded: &Loaded, viewer: Viewer) -> Result<Response, PageError> {
    let (db, job) = (state.store.read(), &loaded.job);
    let (count, bytes) = artifact::count(db, job.id).await?;
    let artifacts = artifact::list_by_job(db, job.id, LISTED).await?;
    let title = title(loaded, "artifacts");
    let tabs = Tabs::load(state, loaded, title.href.clone(), Tab::Artifacts).await?;
    let page = ArtifactsPage {
        frame: Frame::new(
            format!("Artifacts of {} · {}", job.name, loaded.pipeline.slug.repo),
            Area::Pipelines,
            viewer,
        ),
        folders: folders(&artifacts, &title.href, loaded.tasks.len() > 1),
        title,
        tabs,
        summary: format!("{}, {}", format::plural(count, "file"), format::bytes(bytes)),
        cut: count > u64::from(LISTED),
        shown: LISTED,
    };
    Ok(render(StatusCode::OK, &page))
}

/// Files by run and directory, in their order.
fn folders(artifacts: &[Artifact], job: &str, parallel: bool) -> Vec<Folder> {
    let mut folders: Vec<(u32, &str, Folder)> = Vec::new();
    for artifact in artifacts {
        let (directory, name) = artifact.path.rsplit_once('/').unwrap_or(("", &artifact.path));
        let file = FileView {
            name: name.to_owned(),
            href: address::artifact(job, artifact.node_index, &artifact.path),
            size: format::bytes(artifact.size_bytes),
        };
        let same = |(node, path, _): &&mut (u32, &str, Folder)| (*node, *path) == (artifact.node_index, directory);
        if let Some((_, _, folder)) = folders.last_mut().filter(|last| same(last)) {
            folder.files.push(file);
            continue;
        }
        let run = if parallel { format!("run {}: ", artifact.node_index) } else { String::new() };
        let name = format!("{run}{directory}/");
        folders.push((artifact.node_index, directory, Folder { name, files: vec![file] }));
    }
    folders.into_iter().map(|(_, _, folder)| folder).collect()
}

/// `GET …/jobs/{n}/artifacts/{node}/{path}`.
pub async fn file(state: &WebState, loaded: &Loaded, node: u32, path: &str) -> Result<Response, PageError> {
    let missing = || PageError::NotFound(format!("The job {} has stored no artifact {path}.", loaded.job.name));
    let artifact = artifact::find(state.store.read(), loaded.job.id, node, path).await?.ok_or_else(missing)?;
    let stored = Stored { size_bytes: artifact.size_bytes, sha256: artifact.sha256 };
    let content = match state.blobs.get(BlobKey::artifact(artifact.id), stored).await {
        Ok(Some(content)) => content,
        Ok(None) => {
            error!("The bytes of artifact `{path}` of job {} are gone from the blob store", loaded.job.number);
            return Err(PageError::NotFound(format!("The server has lost the bytes of the artifact {path}.")));
        }
        Err(error) => {
            error!("Artifact `{path}` of job {} could not be read: {error}", loaded.job.number);
            return Err(PageError::Internal);
        }
    };
    let (kind, shown) = content_type(path);
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_LENGTH, content.size_bytes.to_string()),
        (CONTENT_DISPOSITION, disposition(path, shown)),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'".to_owned()),
        (CACHE_CONTROL, "no-cache, private".to_owned()),
    ];
    Ok((headers, Body::from_stream(content.chunks)).into_response())
}

/// What a file is called to a browser, and whether it is shown. Nothing that can hold a script is.
fn content_type(path: &str) -> (&'static str, bool) {
    let extension = path.rsplit(['/', '.']).next().unwrap_or_default().to_ascii_lowercase();
    match extension.as_str() {
        "txt" | "log" | "md" | "json" | "xml" | "yml" | "yaml" | "toml" | "csv" | "tsv" | "diff" | "patch" | "out" => {
            ("text/plain; charset=utf-8", true)
        }
        "png" => ("image/png", true),
        "jpg" | "jpeg" => ("image/jpeg", true),
        "gif" => ("image/gif", true),
        "webp" => ("image/webp", true),
        "avif" => ("image/avif", true),
        _ => ("application/octet-stream", false),
    }
}

/// The name twice: for every reader in ASCII, and as it is.
fn disposition(path: &str, shown: bool) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._ ".contains(c) { c } else { '_' }).collect();
    let how = if shown { "inline" } else { "attachment" };
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{}", address::encode(name))
}
