//! What happens next in a workflow: pure, without clock or rows.

use std::collections::BTreeMap;

use model::{
    id::JobId,
    job::{JobState, Outcome},
    plan::Requires,
};
use store::job::{Job, JobType};

use super::requires::{Standing, standing};

/// A workflow's jobs, as far as decisions need them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// In the order of the configuration.
    pub nodes: Vec<Node>,
}

/// A job in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub id: JobId,
    /// Its name in the workflow.
    pub name: String,
    /// What it is.
    pub kind: JobType,
    /// Where it stands.
    pub state: JobState,
    /// What must have ended before it may start.
    pub requires: Vec<Requires>,
}

impl Graph {
    /// From rows.
    pub fn of(jobs: Vec<Job>) -> Self {
        let node =
            |job: Job| Node { id: job.id, name: job.name, kind: job.kind, state: job.state, requires: job.requires };
        Self { nodes: jobs.into_iter().map(node).collect() }
    }
}

/// Something that happens to a blocked job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It waits for a runner.
    Queue(JobId),
    /// It waits for a person.
    Hold(JobId),
    /// It has nothing to do, and is done.
    Succeed(JobId),
    /// It will never run.
    NotRun {
        /// Which.
        job: JobId,
        /// One sentence.
        reason: String,
    },
}

/// Decides all that follows from the states as they are, also from the decisions themselves: a job that will not run may
/// settle the next one. Deciding again once this has happened gives nothing.
pub fn decide(graph: &Graph) -> Vec<Decision> {
    let mut states: BTreeMap<&str, JobState> =
        graph.nodes.iter().map(|node| (node.name.as_str(), node.state)).collect();
    let mut blocked: Vec<&Node> = graph.nodes.iter().filter(|node| node.state == JobState::Blocked).collect();
    let mut decisions = Vec::new();
    loop {
        let before = blocked.len();
        blocked.retain(|node| {
            let (decision, state) = match standing(&node.requires, |name| states.get(name).copied()) {
                Standing::Waiting => return true,
                Standing::Free => start(node),
                Standing::Hopeless(reason) => {
                    (Decision::NotRun { job: node.id, reason }, JobState::Ended(Outcome::NotRun))
                }
            };
            states.insert(&node.name, state);
            decisions.push(decision);
            false
        });
        if blocked.len() == before {
            return decisions;
        }
    }
}

fn start(node: &Node) -> (Decision, JobState) {
    match node.kind {
        JobType::Build => (Decision::Queue(node.id), JobState::Queued),
        JobType::Approval => (Decision::Hold(node.id), JobState::OnHold),
        // There is no release service to tell: it counts as told.
        JobType::NoOp | JobType::Release => (Decision::Succeed(node.id), JobState::Ended(Outcome::Success)),
    }
}
