//! The projects at the left of the list, each with the latest of its default branch.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use model::{
    id::{PipelineId, ProjectId},
    pipeline::PipelineState,
};
use store::{Store, overview::WorkflowOverview, project::Project};

use super::{
    address,
    part::{Dots, Mark},
};

/// How many pipelines of a project's default branch are told by a dot each.
const LATEST: u32 = 12;

/// The projects, by organization.
#[derive(Clone, Debug, Template)]
#[template(path = "part/rail.html")]
pub struct Rail {
    pub count: usize,
    pub all: bool,
    pub groups: Vec<Group>,
}

impl askama::filters::HtmlSafe for Rail {}

/// An organization.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: String,
    pub entries: Vec<Entry>,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    pub href: String,
    pub current: bool,
    pub mark: Option<Mark>,
    pub dots: Dots,
}

/// Loads the rail. `current` is the project that the page is about.
pub async fn load(store: &Store, projects: &[Project], current: Option<ProjectId>) -> store::Result<Rail> {
    let latest = store::overview::list_latest(store.read(), LATEST).await?;
    let ids: Vec<PipelineId> = latest.iter().map(|(_, pipeline, _)| *pipeline).collect();
    let mut workflows: HashMap<PipelineId, Vec<WorkflowOverview>> = HashMap::new();
    for workflow in store::overview::list_workflows(store.read(), &ids).await? {
        workflows.entry(workflow.pipeline_id).or_default().push(workflow);
    }
    let mut marks: HashMap<ProjectId, Vec<Mark>> = HashMap::new();
    // Newest first as they come; the strip reads from left to right.
    for (project, pipeline, state) in latest.iter().rev() {
        marks.entry(*project).or_default().push(mark(*state, workflows.get(pipeline).map_or(&[], Vec::as_slice)));
    }
    let mut groups: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for project in projects {
        let marks = marks.remove(&project.id).unwrap_or_default();
        let label = format!("Last {} on {} of {}", marks.len(), project.default_branch, project.slug.repo);
        groups.entry(project.slug.org.clone()).or_default().push(Entry {
            name: project.slug.repo.clone(),
            href: address::project(&project.slug),
            current: current == Some(project.id),
            mark: marks.last().copied(),
            dots: Dots::new(marks, label),
        });
    }
    let groups = groups.into_iter().map(|(name, entries)| Group { name, entries }).collect();
    Ok(Rail { count: projects.len(), all: current.is_none(), groups })
}

fn mark(state: PipelineState, workflows: &[WorkflowOverview]) -> Mark {
    let marks: Vec<Mark> =
        workflows.iter().map(|workflow| Mark::of_workflow(workflow.status, &workflow.jobs)).collect();
    Mark::of_pipeline(state, &marks)
}
