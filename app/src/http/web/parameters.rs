//! What a pipeline was given: its parameters, its values, and the versions of its orbs.

use askama::Template;
use axum::response::Response;
use config::Value;
use http::StatusCode;
use store::{orb::UsedOrb, pipeline::Pipeline, project::Project};

use super::{
    WebState,
    error::PageError,
    finding::Finding,
    parameter::Parameter,
    pipeline::{Facts, Head, facts, head, load, warnings},
};
use crate::{
    compile,
    http::{
        page::{Area, Frame, render},
        viewer::Viewer,
    },
};

#[derive(Template)]
#[template(path = "parameters.html")]
struct ParametersPage {
    frame: Frame,
    head: Head,
    parameters: Vec<Parameter>,
    again: Again,
    values: Vec<Named>,
    orbs: Vec<OrbView>,
    warnings: Vec<Finding>,
    facts: Facts,
}

/// The way to the same pipeline once more.
#[derive(Clone, Debug)]
struct Again {
    /// Where the wish goes.
    action: String,
    /// Whether somebody is there who may be allowed to.
    on: bool,
    /// The branch or tag.
    git_ref: String,
}

/// A name and what it stands for; `None`: nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    name: String,
    kind: &'static str,
    value: Option<String>,
}

/// An orb that the configuration uses.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OrbView {
    reference: String,
    version: String,
    sha256: String,
}

/// The tab.
pub async fn page(
    state: &WebState,
    project: Project,
    pipeline: Pipeline,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let now = state.now();
    let has_config = store::pipeline::get_config_source(state.store.read(), pipeline.id).await?.is_some();
    let used = store::orb::list_used(state.store.read(), pipeline.id).await?;
    let loaded = load(&state.store, project, pipeline).await?;
    let head = head(&loaded, has_config, &viewer, now);
    let inputs = compile::inputs_of(&loaded.pipeline);
    let page = ParametersPage {
        parameters: Parameter::load(&state.store, &loaded.pipeline).await?,
        again: Again {
            action: format!("/actions/pipelines/{}/again", loaded.pipeline.id),
            on: viewer.may_act(),
            git_ref: loaded.pipeline.git_ref.name().to_owned(),
        },
        values: inputs.values.iter().map(|(name, value)| named(name, value)).collect(),
        orbs: used.into_iter().map(orb).collect(),
        warnings: warnings(&loaded.pipeline, &head.href),
        facts: facts(&loaded.pipeline),
        frame: Frame::new(format!("Parameters of {} #{}", head.slug.repo, head.number), Area::Pipelines, viewer),
        head,
    };
    Ok(render(StatusCode::OK, &page))
}

fn named(name: &str, value: &Value) -> Named {
    let (kind, value) = match value {
        Value::Undefined => ("", None),
        Value::Bool(value) => ("boolean", Some(value.to_string())),
        Value::Int(value) => ("integer", Some(value.to_string())),
        Value::String(value) => ("string", Some(value.clone())),
    };
    Named { name: name.to_owned(), kind, value: value.filter(|value| !value.is_empty()) }
}

fn orb(used: UsedOrb) -> OrbView {
    let UsedOrb { reference, version, sha256 } = used;
    let sha256 = sha256.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    OrbView { reference, version, sha256 }
}
