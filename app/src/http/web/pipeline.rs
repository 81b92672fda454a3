//! One pipeline: its workflows as graphs, or what is wrong with its configuration.

use std::cmp::Reverse;

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use model::{
    id::PipelineId, pipeline::PipelineState, plan::Skipped, project::ProjectSlug, time::Timestamp, trigger::Trigger,
};
use store::{Store, job::Job, pipeline::Pipeline, project::Project, workflow::Workflow};

use super::{
    WebState, address,
    error::PageError,
    finding::{self, Finding},
    offer::{self, Offers, Question},
    overview::{findings, subject, trigger_word},
    part::{Glyph, Lapse, Mark, Person, Reference, When},
    source::{self, ColouredLine},
    why::{self, Note, Reason},
    workflow::{self, WorkflowView},
};
use crate::http::{
    format::{moment, plural},
    page::{Area, Frame, render},
    viewer::Viewer,
};

/// More reasons than this are counted.
const MOST_REASONS: usize = 12;

/// What both tabs of the page begin with.
#[derive(Clone, Debug)]
pub struct Head {
    pub slug: ProjectSlug,
    pub org_href: String,
    pub project_href: String,
    pub href: String,
    pub number: u64,
    pub subject: String,
    pub mark: Mark,
    pub reference: Reference,
    pub sha: String,
    pub commit_href: String,
    pub person: Option<Person>,
    pub trigger: &'static str,
    pub age: When,
    pub lapse: Lapse,
    pub errors: usize,
    pub errored: bool,
    pub has_config: bool,
    pub offers: Offers,
}

#[derive(Template)]
#[template(path = "pipeline.html")]
struct PipelinePage {
    frame: Frame,
    head: Head,
    shape: &'static str,
    note: Option<Note>,
    question: Option<Question>,
    workflows: Vec<WorkflowView>,
    reasons: Vec<Reason>,
    more_reasons: usize,
    pending: Option<(String, Option<String>)>,
    failure: Option<String>,
    findings: Vec<Finding>,
    warnings: Vec<Finding>,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "config.html")]
struct ConfigPage {
    frame: Frame,
    head: Head,
    lines: Vec<ColouredLine>,
    /// What it was expanded to: no orbs, parameters and commands any more. Empty when that is not known.
    expanded: Vec<ColouredLine>,
    /// Of a pipeline with a setup workflow.
    setup: Option<SetupView>,
    warnings: Vec<Finding>,
    facts: Facts,
}

/// A setup configuration, and what became of it.
#[derive(Clone, Debug)]
struct SetupView {
    lines: Vec<ColouredLine>,
    /// When its workflow sent the configuration that the others are made from, and with which parameters; `None`: it has not,
    /// and the setup configuration is all there is.
    continued: Option<(When, Option<String>)>,
}

/// Where it came from.
#[derive(Clone, Debug)]
pub struct Facts {
    pub event: String,
    pub actor: Option<String>,
    pub delivery: Option<String>,
    pub body: String,
    pub at: String,
    pub sha: String,
}

/// A pipeline with everything below it.
pub struct Loaded {
    pub project: Project,
    pub pipeline: Pipeline,
    pub workflows: Vec<(Workflow, Vec<Job>)>,
    /// Workflows that it leaves out, and why.
    pub skipped: Vec<Skipped>,
}

/// Loads a pipeline by the number in its address.
pub async fn find(store: &Store, slug: &ProjectSlug, number: u64) -> Result<Option<(Project, Pipeline)>, PageError> {
    let Some(project) = store::project::find_by_slug(store.read(), slug).await? else { return Ok(None) };
    let pipeline = store::pipeline::find_by_number(store.read(), project.id, number).await?;
    Ok(pipeline.map(|pipeline| (project, pipeline)))
}

/// Loads the workflows of a pipeline with their jobs.
pub async fn load(store: &Store, project: Project, pipeline: Pipeline) -> store::Result<Loaded> {
    let mut workflows = Vec::new();
    for workflow in store::workflow::list_by_pipeline(store.read(), pipeline.id).await? {
        let jobs = store::job::list_by_workflow(store.read(), workflow.id).await?;
        workflows.push((workflow, jobs));
    }
    // The newest attempt first, those before it below.
    workflows.sort_by_key(|(workflow, _): &(Workflow, Vec<Job>)| (workflow.position, Reverse(workflow.attempt)));
    let skipped = store::pipeline::list_skipped(store.read(), pipeline.id).await?;
    Ok(Loaded { project, pipeline, workflows, skipped })
}

/// The page.
pub async fn page(
    state: &WebState,
    project: Project,
    pipeline: Pipeline,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let now = state.now();
    let has_config = store::pipeline::get_config_source(state.store.read(), pipeline.id).await?.is_some();
    let mut loaded = load(&state.store, project, pipeline).await?;
    for (_, jobs) in &mut loaded.workflows {
        state.queue.explain(jobs, MOST_REASONS).await?;
    }
    Ok(render(StatusCode::OK, &view(&loaded, has_config, viewer, now)))
}

/// The tab with its configuration.
pub async fn config(
    state: &WebState,
    project: Project,
    pipeline: Pipeline,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let now = state.now();
    let Some(text) = store::pipeline::get_config_source(state.store.read(), pipeline.id).await? else {
        return Err(PageError::NotFound("The configuration of this pipeline has not been read.".to_owned()));
    };
    let setup = setup_view(&state.store, pipeline.id, now).await?;
    let expanded = store::pipeline::get_expanded(state.store.read(), pipeline.id).await?;
    let loaded = load(&state.store, project, pipeline).await?;
    let head = head(&loaded, true, &viewer, now);
    let page = ConfigPage {
        frame: Frame::new(format!("Config of {} #{}", head.slug.repo, head.number), Area::Pipelines, viewer),
        warnings: warnings(&loaded.pipeline, &head.href),
        facts: facts(&loaded.pipeline),
        lines: source::lines(&text),
        expanded: expanded.last.or(expanded.setup).map(|text| source::lines(&text)).unwrap_or_default(),
        setup,
        head,
    };
    Ok(render(StatusCode::OK, &page))
}

async fn setup_view(store: &Store, id: PipelineId, now: Timestamp) -> store::Result<Option<SetupView>> {
    let Some(setup) = store::setup::find(store.read(), id).await? else { return Ok(None) };
    let source = store::pipeline::get_setup_source(store.read(), id).await?.unwrap_or_default();
    let continued = setup.continuation.map(|it| {
        let parameters = it.parameters.as_object().filter(|parameters| !parameters.is_empty()).map(|parameters| {
            parameters.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        });
        (When::ago(it.at, now), parameters)
    });
    Ok(Some(SetupView { lines: source::lines(&source), continued }))
}

fn view(loaded: &Loaded, has_config: bool, viewer: Viewer, now: Timestamp) -> PipelinePage {
    let Loaded { project: _, pipeline, workflows, skipped } = loaded;
    let head = head(loaded, has_config, &viewer, now);
    let mut frame =
        Frame::new(format!("{} #{}: {}", head.slug.repo, head.number, head.subject), Area::Pipelines, viewer.clone());
    let over = match pipeline.state {
        PipelineState::Errored => true,
        PipelineState::Created => workflows.iter().all(|(workflow, _)| workflow.status.is_ended()),
        PipelineState::Pending | PipelineState::SetupPending | PipelineState::Setup => false,
    };
    if !over {
        frame.events = Some(format!("/events?pipeline={}", pipeline.id));
    }
    let mut views: Vec<WorkflowView> = workflows
        .iter()
        .map(|(workflow, jobs)| {
            let newest = !workflow::is_superseded(workflow, workflows);
            workflow::view(&pipeline.slug, pipeline.number, workflow, jobs, &viewer, newest, now)
        })
        .collect();
    if let [only] = views.as_mut_slice() {
        only.open = true;
    }
    let errored = pipeline.state == PipelineState::Errored;
    let diagnostics = findings(pipeline.errors.as_ref());
    let source = format!("{}/config", head.href);
    let mut reasons = why::reasons(&pipeline.slug, pipeline.number, workflows);
    reasons.extend(skipped.iter().map(why::left_out));
    let more_reasons = reasons.len().saturating_sub(MOST_REASONS);
    reasons.truncate(MOST_REASONS);
    PipelinePage {
        shape: match pipeline.state {
            PipelineState::Errored => "errors",
            PipelineState::Pending | PipelineState::SetupPending => "pending",
            PipelineState::Setup | PipelineState::Created => "workflows",
        },
        question: workflows.iter().flat_map(|(_, jobs)| jobs).find_map(|job| offer::question(job, &viewer)),
        note: why::note(&pipeline.slug, pipeline.number, workflows),
        workflows: views,
        reasons,
        more_reasons,
        pending: matches!(pipeline.state, PipelineState::Pending | PipelineState::SetupPending)
            .then(|| pending(pipeline)),
        failure: errored.then(|| pipeline.reason.as_deref().map(why::sentence).unwrap_or_default()),
        findings: diagnostics.iter().map(|diagnostic| finding::view(diagnostic, &source)).collect(),
        warnings: warnings(pipeline, &head.href),
        facts: facts(pipeline),
        frame,
        head,
    }
}

fn pending(pipeline: &Pipeline) -> (String, Option<String>) {
    match &pipeline.reason {
        Some(reason) => {
            let tries = plural(u64::from(pipeline.attempts), "try").replace("trys", "tries");
            (
                format!("Its configuration could not be read yet ({tries}); it is tried again."),
                Some(why::sentence(reason)),
            )
        }
        None => ("Its configuration is being read and compiled.".to_owned(), None),
    }
}

/// What the pages of a pipeline begin with.
pub fn head(loaded: &Loaded, has_config: bool, viewer: &Viewer, now: Timestamp) -> Head {
    let Loaded { project, pipeline, workflows, skipped: _ } = loaded;
    let marks: Vec<Mark> = workflows
        .iter()
        .map(|(workflow, jobs)| {
            Mark::of_workflow(workflow.status, &jobs.iter().map(|job| job.state).collect::<Vec<_>>())
        })
        .collect();
    let mark = Mark::of_pipeline(pipeline.state, &marks);
    let ended = workflows.iter().map(|(workflow, _)| workflow.ended_at).collect::<Option<Vec<_>>>();
    let lapse = match mark.glyph {
        Glyph::Skip | Glyph::Error => Lapse::None,
        _ => Lapse::new(Some(pipeline.created_at), ended.and_then(|ended| ended.into_iter().max()), now),
    };
    let project_href = address::project(&pipeline.slug);
    Head {
        org_href: "/pipelines".to_owned(),
        href: address::pipeline(&pipeline.slug, pipeline.number),
        number: pipeline.number,
        subject: subject(pipeline),
        mark,
        reference: Reference::new(&pipeline.slug, &pipeline.git_ref),
        sha: pipeline.sha.short().to_owned(),
        commit_href: address::commit(&project.web_url, pipeline.slug.vcs, &pipeline.sha),
        person: Person::new(&pipeline.actor, pipeline.author.as_deref()),
        trigger: trigger_word(pipeline),
        age: When::ago(pipeline.created_at, now),
        lapse,
        errors: findings(pipeline.errors.as_ref()).len(),
        errored: pipeline.state == PipelineState::Errored,
        has_config,
        offers: offer::of_pipeline(pipeline.id, workflows, viewer),
        slug: pipeline.slug.clone(),
        project_href,
    }
}

/// Where a pipeline came from.
pub fn facts(pipeline: &Pipeline) -> Facts {
    let kind = if pipeline.git_ref.tag().is_some() { "tag" } else { "branch" };
    Facts {
        event: match pipeline.trigger {
            Trigger::Webhook => {
                format!("{} of the {kind} {}", trigger_word(pipeline).replace("tag", "push"), pipeline.git_ref.name())
            }
            Trigger::Schedule => format!("schedule, on the {kind} {}", pipeline.git_ref.name()),
            Trigger::Api => format!("asked for by API or dashboard, on the {kind} {}", pipeline.git_ref.name()),
            Trigger::Local => format!("{} of the {kind} {}", trigger_word(pipeline), pipeline.git_ref.name()),
        },
        actor: Some(pipeline.actor.login.clone()).filter(|login| !login.is_empty()),
        delivery: pipeline.delivery_id.map(|id| format!("/deliveries?before={}#d-{id}", id.0 + 1)),
        body: pipeline.body.trim().to_owned(),
        at: moment(pipeline.created_at),
        sha: pipeline.sha.to_string(),
    }
}

/// What the compiler noted without refusing anything.
pub fn warnings(pipeline: &Pipeline, href: &str) -> Vec<Finding> {
    let source = format!("{href}/config");
    findings(pipeline.warnings.as_ref()).iter().map(|diagnostic| finding::view(diagnostic, &source)).collect()
}
