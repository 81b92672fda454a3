//! A pipeline in a list: one row with its workflows as chips.

use std::collections::HashMap;

use config::Diagnostic;
use model::{id::PipelineId, pipeline::PipelineState, time::Timestamp, trigger::Trigger};
use store::{Store, overview::WorkflowOverview, pipeline::Pipeline};

use super::{
    address,
    part::{Dots, Glyph, Lapse, Mark, Person, Reference, When},
};
use crate::http::format;

/// A row of the list.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: String,
    pub mark: Mark,
    pub project: String,
    pub project_full: String,
    pub project_href: String,
    pub number: u64,
    pub subject: String,
    pub href: String,
    pub reference: Reference,
    pub sha: String,
    pub person: Option<Person>,
    pub trigger: &'static str,
    pub chips: Vec<Chip>,
    /// Stands where the chips would: why there are none.
    pub tag: Option<(&'static str, String)>,
    pub lapse: Lapse,
    /// Stands where the duration would.
    pub waiting: Option<&'static str>,
    pub age: When,
}

/// A workflow in a row.
#[derive(Clone, Debug)]
pub struct Chip {
    pub href: String,
    pub mark: Mark,
    pub name: String,
    pub dots: Dots,
    pub off: bool,
}

/// The rows of one day.
#[derive(Clone, Debug)]
pub struct Day {
    pub name: String,
    pub rows: Vec<Row>,
}

/// Loads the workflows of pipelines and groups their rows by day.
pub async fn load(store: &Store, pipelines: &[Pipeline], now: Timestamp) -> store::Result<Vec<Day>> {
    let ids: Vec<PipelineId> = pipelines.iter().map(|pipeline| pipeline.id).collect();
    let mut workflows: HashMap<PipelineId, Vec<WorkflowOverview>> = HashMap::new();
    for workflow in store::overview::list_workflows(store.read(), &ids).await? {
        workflows.entry(workflow.pipeline_id).or_default().push(workflow);
    }
    let mut days: Vec<Day> = Vec::new();
    for pipeline in pipelines {
        let name = format::day(pipeline.created_at, now);
        let row = row(pipeline, &workflows.remove(&pipeline.id).unwrap_or_default(), now);
        match days.last_mut().filter(|day| day.name == name) {
            Some(day) => day.rows.push(row),
            None => days.push(Day { name, rows: vec![row] }),
        }
    }
    Ok(days)
}

/// The word for what started a pipeline.
pub fn trigger_word(pipeline: &Pipeline) -> &'static str {
    match pipeline.trigger {
        Trigger::Webhook if pipeline.git_ref.tag().is_some() => "tag",
        Trigger::Webhook => "push",
        Trigger::Schedule => "schedule",
        Trigger::Api => "API",
        Trigger::Local => "local",
    }
}

/// A commit message's first line, or a word where it has none.
pub fn subject(pipeline: &Pipeline) -> String {
    match pipeline.subject.trim() {
        "" => format!("Commit {}", pipeline.sha.short()),
        subject => subject.to_owned(),
    }
}

fn row(pipeline: &Pipeline, workflows: &[WorkflowOverview], now: Timestamp) -> Row {
    let href = address::pipeline(&pipeline.slug, pipeline.number);
    let chips: Vec<Chip> = workflows
        .iter()
        .map(|workflow| Chip {
            href: format!("{href}#wf-{}", workflow.id),
            mark: Mark::of_workflow(workflow.status, &workflow.jobs),
            name: workflow.name.clone(),
            dots: Dots::of_jobs(&workflow.jobs),
            off: workflow.jobs.is_empty(),
        })
        .collect();
    let marks: Vec<Mark> = chips.iter().map(|chip| chip.mark).collect();
    let mark = Mark::of_pipeline(pipeline.state, &marks);
    let ended = workflows.iter().map(|workflow| workflow.ended_at).collect::<Option<Vec<_>>>();
    let lapse = match (mark.glyph, ended.and_then(|ended| ended.into_iter().max())) {
        (Glyph::Skip | Glyph::Error | Glyph::Hold, _) => Lapse::None,
        (_, ended) => Lapse::new(Some(pipeline.created_at), ended, now),
    };
    let waiting = match mark.glyph {
        Glyph::Queued => Some("queued"),
        Glyph::Wait => Some("waiting"),
        _ => None,
    };
    Row {
        id: format!("p-{}", pipeline.id),
        mark,
        project: pipeline.slug.repo.clone(),
        project_full: pipeline.slug.full_name(),
        project_href: address::project(&pipeline.slug),
        number: pipeline.number,
        subject: subject(pipeline),
        reference: Reference::new(&pipeline.slug, &pipeline.git_ref),
        sha: pipeline.sha.short().to_owned(),
        person: Person::new(&pipeline.actor, pipeline.author.as_deref()),
        trigger: trigger_word(pipeline),
        tag: tag(pipeline, &chips),
        chips,
        lapse,
        waiting,
        age: When::age(pipeline.created_at, now),
        href,
    }
}

fn tag(pipeline: &Pipeline, chips: &[Chip]) -> Option<(&'static str, String)> {
    match pipeline.state {
        PipelineState::Errored => {
            let findings = findings(pipeline.errors.as_ref());
            let text = match findings.first() {
                Some(first) => format!("{} in {}", format::plural(findings.len() as u64, "error"), first.file()),
                None => pipeline.reason.clone().unwrap_or_default(),
            };
            Some(("bad", text))
        }
        PipelineState::Pending | PipelineState::SetupPending => match &pipeline.reason {
            Some(reason) => Some(("hold", format!("trying again: {reason}"))),
            None => Some(("wait", "reading its configuration".to_owned())),
        },
        PipelineState::Setup | PipelineState::Created if chips.is_empty() => {
            Some(("mute", "no workflow runs for this commit".to_owned()))
        }
        PipelineState::Setup | PipelineState::Created => None,
    }
}

/// The compiler's findings as they are stored. What this version cannot read is no finding: the reason says it in words.
pub fn findings(stored: Option<&serde_json::Value>) -> Vec<Diagnostic> {
    stored.and_then(|stored| serde_json::from_value(stored.clone()).ok()).unwrap_or_default()
}
