//! What will be decided of a workflow that has not begun: pure, and in the words of [`decide`].

use std::collections::HashMap;

use model::{
    id::JobId,
    job::JobState,
    plan::{JobNode, WorkflowPlan},
    time::Timestamp,
};
use store::job::{JobType, WAITS_FOR_APPROVAL};
use uuid::Uuid;

use super::{Decision, Graph, Node, decide};

/// What a job of a workflow waits for, in the order in which it does: the sentences that it will have then. Empty for one that
/// starts at once. What only the run shows (whether a lock is free, how long a queue is) is not among them.
pub fn foretell(workflow: &WorkflowPlan) -> Vec<Vec<String>> {
    let nodes: Vec<Node> = (0..).zip(&workflow.jobs).map(|(index, job)| node(index, job)).collect();
    let graph = Graph { nodes, ..Graph::default() };
    let decided = decide(&graph, Timestamp::from_millis(0)).decisions;
    let mut waits: HashMap<JobId, String> = decided
        .into_iter()
        .filter_map(|decision| match decision {
            Decision::Wait { job, reason } => Some((job, reason)),
            Decision::Join(_)
            | Decision::Lock(_)
            | Decision::Queue(_)
            | Decision::Hold(_)
            | Decision::Succeed(_)
            | Decision::Follow(_, _)
            | Decision::NotRun { .. }
            | Decision::Cancel { .. }
            | Decision::Unlock(_)
            | Decision::Rerun => None,
        })
        .collect();
    let mut told = |node: &Node| {
        let group = node.serial_group.as_ref();
        let lock = group.map(|group| format!("waits for the serial group `{}`, unless nobody has the lock", group.0));
        let approval = (node.kind == JobType::Approval).then(|| WAITS_FOR_APPROVAL.to_owned());
        waits.remove(&node.id).into_iter().chain(lock).chain(approval).collect()
    };
    graph.nodes.iter().map(&mut told).collect()
}

fn node(index: u128, job: &JobNode) -> Node {
    let JobNode { name, requires, serial_group, group, kind } = job;
    Node {
        id: JobId::from_uuid(Uuid::from_u128(index)),
        name: name.clone(),
        kind: JobType::of(kind),
        state: JobState::Blocked,
        requires: requires.clone(),
        waits_for: None,
        serial_group: serial_group.clone(),
        group: group.clone(),
        reuses: None,
        who: format!("`{name}`"),
    }
}
