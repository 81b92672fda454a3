//! What happens next in a workflow: pure, without clock or rows.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use model::{
    id::JobId,
    job::{JobState, Outcome},
    plan::{GroupRole, JobGroup, Requires, SerialGroup},
    time::Timestamp,
    workflow::{WorkflowStatus, status},
};
use store::job::JobType;

use super::{
    auto_rerun::AutoReruns,
    requires::{Standing, standing, waits},
    serial::{Queues, Turn},
};

/// A workflow, as far as decisions need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// Its jobs, in the order of the configuration.
    pub nodes: Vec<Node>,
    /// Whether it was canceled as a whole.
    pub canceled: bool,
    /// The queues of the serial groups that it has to do with.
    pub queues: Queues,
    /// What is known of automatic reruns.
    pub reruns: AutoReruns,
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
    /// Why it waits, as was said before.
    pub waits_for: Option<String>,
    /// The serial group whose lock it needs; the entry of a job group takes it for the whole group.
    pub serial_group: Option<SerialGroup>,
    /// The job group that it belongs to.
    pub group: Option<JobGroup>,
    /// The job of another attempt whose end is its end.
    pub reuses: Option<Reused>,
    /// What people know it by in other workflows: `` `deploy` of acme/app #41 ``.
    pub who: String,
}

/// A job of an earlier attempt that counts in this one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reused {
    /// Where it stands.
    pub state: JobState,
    /// In which attempt.
    pub attempt: u32,
}

/// Something that happens, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A job takes a place in the queue of its serial group.
    Join(JobId),
    /// It gets the lock.
    Lock(JobId),
    /// It waits for a runner.
    Queue(JobId),
    /// It waits for a person.
    Hold(JobId),
    /// It has nothing to do, and is done.
    Succeed(JobId),
    /// It ends as the job that it reuses.
    Follow(JobId, Outcome),
    /// It will never run.
    NotRun {
        /// Which.
        job: JobId,
        /// One sentence.
        reason: String,
    },
    /// It has waited too long.
    Cancel {
        /// Which.
        job: JobId,
        /// One sentence.
        reason: String,
    },
    /// It waits on, and why is new.
    Wait {
        /// Which.
        job: JobId,
        /// One sentence.
        reason: String,
    },
    /// It leaves the queue of its serial group.
    Unlock(JobId),
    /// The workflow is repeated.
    Rerun,
}

/// All that was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// What happens.
    pub decisions: Vec<Decision>,
    /// When something falls due by itself.
    pub look_again_at: Option<Timestamp>,
}

/// Decides all that follows from the states as they are, also from the decisions themselves: a job that will not run may
/// settle the next one. Deciding again once this has happened gives nothing. Takes time in proportion to jobs and edges.
pub fn decide(graph: &Graph, now: Timestamp) -> Decided {
    let mut scene = Scene::new(graph);
    let mut open: VecDeque<usize> = (0..graph.nodes.len()).collect();
    let mut is_open: HashSet<usize> = open.iter().copied().collect();
    while let Some(at) = open.pop_front() {
        is_open.remove(&at);
        let node = &graph.nodes[at];
        if scene.states.get(node.name.as_str()) != Some(&JobState::Blocked) {
            continue;
        }
        let Some(state) = scene.settle(node, now) else { continue };
        scene.states.insert(&node.name, state);
        for next in scene.after.get(node.name.as_str()).into_iter().flatten() {
            if is_open.insert(*next) {
                open.push_back(*next);
            }
        }
    }
    scene.finish(graph)
}

/// What is known while deciding.
struct Scene<'a> {
    states: HashMap<&'a str, JobState>,
    after: HashMap<&'a str, Vec<usize>>,
    queues: Queues,
    waits: BTreeMap<JobId, (&'a Node, String)>,
    decided: Decided,
}

impl<'a> Scene<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut after: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, node) in graph.nodes.iter().enumerate() {
            for edge in &node.requires {
                after.entry(&edge.job).or_default().push(at);
            }
        }
        let states = graph.nodes.iter().map(|node| (node.name.as_str(), node.state)).collect();
        let (queues, waits, decided) = (graph.queues.clone(), BTreeMap::new(), Decided::default());
        Self { states, after, queues, waits, decided }
    }

    /// The state that a blocked job goes into, if it does.
    fn settle(&mut self, node: &'a Node, now: Timestamp) -> Option<JobState> {
        let id = node.id;
        self.waits.remove(&id);
        if let Some(Reused { state, attempt }) = node.reuses {
            let Some(outcome) = state.outcome() else {
                let sentence = format!("attempt {attempt} still has `{}`, and its end counts here too", node.name);
                self.waits.insert(id, (node, sentence));
                return None;
            };
            return Some(self.end(Decision::Follow(id, outcome), outcome));
        }
        match standing(&node.requires, |name| self.states.get(name).copied()) {
            Standing::Waiting(names) => {
                let sentence = waits(&names);
                self.waits.insert(id, (node, sentence));
                None
            }
            Standing::Hopeless(reason) => Some(self.end(Decision::NotRun { job: id, reason }, Outcome::NotRun)),
            Standing::Free => match &node.serial_group {
                None => Some(self.start(node)),
                Some(group) => self.turn(node, group, now),
            },
        }
    }

    fn turn(&mut self, node: &'a Node, group: &SerialGroup, now: Timestamp) -> Option<JobState> {
        let id = node.id;
        match self.queues.ask(id, group, &node.who, now) {
            Turn::Go { locked, joined } => {
                self.decided.decisions.extend(joined.then_some(Decision::Join(id)));
                self.decided.decisions.extend(locked.then_some(Decision::Lock(id)));
                Some(self.start(node))
            }
            Turn::Wait { sentence, joined, until } => {
                self.decided.decisions.extend(joined.then_some(Decision::Join(id)));
                let look = &mut self.decided.look_again_at;
                *look = Some(look.map_or(until, |at| at.min(until)));
                self.waits.insert(id, (node, sentence));
                None
            }
            Turn::Skip(reason) => Some(self.end(Decision::NotRun { job: id, reason }, Outcome::NotRun)),
            Turn::GiveUp(reason) => Some(self.end(Decision::Cancel { job: id, reason }, Outcome::Canceled)),
        }
    }

    fn end(&mut self, decision: Decision, outcome: Outcome) -> JobState {
        self.decided.decisions.push(decision);
        JobState::Ended(outcome)
    }

    fn start(&mut self, node: &Node) -> JobState {
        let (decision, state) = match node.kind {
            JobType::Build => (Decision::Queue(node.id), JobState::Queued),
            JobType::Approval => (Decision::Hold(node.id), JobState::OnHold),
            // There is no release service to tell: it counts as told.
            JobType::NoOp | JobType::Release => (Decision::Succeed(node.id), JobState::Ended(Outcome::Success)),
        };
        self.decided.decisions.push(decision);
        state
    }

    fn finish(self, graph: &Graph) -> Decided {
        let Self { states, after: _, queues, waits, mut decided } = self;
        for (job, (node, reason)) in waits {
            if node.waits_for.as_ref() != Some(&reason) {
                decided.decisions.push(Decision::Wait { job, reason });
            }
        }
        let state = |node: &Node| states.get(node.name.as_str()).copied().unwrap_or(node.state);
        let over = |node: &Node| state(node).outcome().is_some();
        for node in graph.nodes.iter().filter(|node| node.serial_group.is_some() && queues.has(node.id)) {
            let is_over = match &node.group {
                Some(JobGroup { name, role: GroupRole::Entry }) => {
                    graph.nodes.iter().filter(|other| in_group(other, name)).all(over)
                }
                Some(JobGroup { role: GroupRole::Member | GroupRole::Exit, .. }) | None => over(node),
            };
            if is_over {
                decided.decisions.push(Decision::Unlock(node.id));
            }
        }
        let status: WorkflowStatus = status(graph.nodes.iter().map(state), graph.canceled);
        if graph.reruns.follow(status) {
            decided.decisions.push(Decision::Rerun);
        }
        decided
    }
}

fn in_group(node: &Node, name: &str) -> bool {
    node.group.as_ref().is_some_and(|group| group.name == name)
}
