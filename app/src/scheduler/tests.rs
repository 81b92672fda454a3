//! Tables of decisions.

use model::{
    id::{JobId, ProjectId},
    job::{JobState, Outcome},
    plan::{GroupRole, JobGroup, RequiredStatus, Requires, SerialGroup},
    time::Timestamp,
};
use store::job::JobType;
use uuid::Uuid;

use super::{AutoReruns, Decided, Decision, Graph, Node, Place, Queues, Reused, decide};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// The id is the name, so that a table can be read.
fn id(name: &str) -> JobId {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    JobId::from_uuid(Uuid::from_bytes(bytes))
}

fn node(name: &str, kind: JobType, state: JobState, requires: &[(&str, &[RequiredStatus])]) -> Node {
    let requires =
        requires.iter().map(|(job, statuses)| Requires { job: (*job).to_owned(), statuses: statuses.to_vec() });
    Node {
        id: id(name),
        name: name.to_owned(),
        kind,
        state,
        requires: requires.collect(),
        waits_for: None,
        serial_group: None,
        group: None,
        reuses: None,
        who: format!("`{name}` of acme/app #7"),
    }
}

fn name(id: JobId) -> String {
    String::from_utf8_lossy(id.uuid().as_bytes()).trim_end_matches('\0').to_owned()
}

fn graph(nodes: &[Node]) -> Graph {
    Graph { nodes: nodes.to_vec(), ..Graph::default() }
}

fn words(decision: &Decision) -> String {
    match decision {
        Decision::Join(job) => format!("join {}", name(*job)),
        Decision::Lock(job) => format!("lock {}", name(*job)),
        Decision::Queue(job) => format!("queue {}", name(*job)),
        Decision::Hold(job) => format!("hold {}", name(*job)),
        Decision::Succeed(job) => format!("succeed {}", name(*job)),
        Decision::Follow(job, outcome) => format!("follow {}: {}", name(*job), outcome.name()),
        Decision::NotRun { job, reason } => format!("not run {}: {reason}", name(*job)),
        Decision::Cancel { job, reason } => format!("cancel {}: {reason}", name(*job)),
        Decision::Wait { job, reason } => format!("{} waits: {reason}", name(*job)),
        Decision::Unlock(job) => format!("unlock {}", name(*job)),
        Decision::Rerun => "rerun".to_owned(),
    }
}

/// What is decided, without the sentences of those that wait.
fn decided(nodes: &[Node]) -> Vec<String> {
    let Decided { decisions, look_again_at: _ } = decide(&graph(nodes), NOW);
    decisions.iter().filter(|decision| !matches!(decision, Decision::Wait { .. })).map(words).collect()
}

/// All that is decided.
fn all(graph: &Graph) -> Vec<String> {
    decide(graph, NOW).decisions.iter().map(words).collect()
}

const SUCCESS: &[RequiredStatus] = &[RequiredStatus::Success];
const BLOCKED: JobState = JobState::Blocked;

fn ended(outcome: Outcome) -> JobState {
    JobState::Ended(outcome)
}

#[test]
fn what_requires_nothing_starts_in_the_order_of_the_configuration() {
    let nodes = [
        node("b", JobType::Build, BLOCKED, &[]),
        node("a", JobType::Build, BLOCKED, &[]),
        node("hold", JobType::Approval, BLOCKED, &[]),
        node("last", JobType::Build, BLOCKED, &[("a", SUCCESS)]),
    ];
    assert_eq!(decided(&nodes), ["queue b", "queue a", "hold hold"]);
}

#[test]
fn fan_in_waits_for_all() {
    let nodes = |b: JobState| {
        [
            node("a", JobType::Build, ended(Outcome::Success), &[]),
            node("b", JobType::Build, b, &[]),
            node("c", JobType::Build, BLOCKED, &[("a", SUCCESS), ("b", SUCCESS)]),
        ]
    };
    for waiting in [JobState::Queued, JobState::Running] {
        assert_eq!(decided(&nodes(waiting)), Vec::<String>::new());
    }
    assert_eq!(decided(&nodes(ended(Outcome::Success))), ["queue c"]);
    assert_eq!(
        decided(&nodes(ended(Outcome::TimedOut))),
        ["not run c: `b` ran out of time, and this job requires its success"]
    );
}

#[test]
fn one_bad_end_settles_all_that_follow_without_waiting() {
    let nodes = [
        node("slow", JobType::Build, JobState::Running, &[]),
        node("deploy", JobType::Build, BLOCKED, &[("test", SUCCESS)]),
        node("test", JobType::Build, BLOCKED, &[("build", SUCCESS), ("slow", SUCCESS)]),
        node("build", JobType::Build, ended(Outcome::Failed), &[]),
    ];
    assert_eq!(
        decided(&nodes),
        [
            "not run test: `build` failed, and this job requires its success",
            "not run deploy: `test` did not run, and this job requires its success",
        ]
    );
}

#[test]
fn a_no_op_is_done_at_once_and_so_lets_others_start() {
    let nodes = [
        node("go", JobType::Build, BLOCKED, &[("join", SUCCESS)]),
        node("join", JobType::NoOp, BLOCKED, &[("a", SUCCESS)]),
        node("a", JobType::Build, ended(Outcome::Success), &[]),
        node("tell", JobType::Release, BLOCKED, &[("join", SUCCESS)]),
    ];
    assert_eq!(decided(&nodes), ["succeed join", "succeed tell", "queue go"]);
}

#[test]
fn a_job_that_does_not_run_in_this_pipeline_holds_nobody_up() {
    assert_eq!(decided(&[node("a", JobType::Build, BLOCKED, &[("gone", SUCCESS)])]), ["queue a"]);
}

#[test]
fn an_edge_can_ask_for_other_ends() {
    use RequiredStatus as R;
    let all = [R::Success, R::Failed, R::Canceled, R::Unauthorized, R::NotRun, R::Terminal];
    let mut table = String::new();
    for outcome in Outcome::ALL {
        let accepted: Vec<_> = all
            .into_iter()
            .filter(|status| {
                let nodes = [
                    node("a", JobType::Build, ended(outcome), &[]),
                    node("b", JobType::Build, BLOCKED, &[("a", &[*status])]),
                ];
                decided(&nodes) == ["queue b"]
            })
            .map(RequiredStatus::name)
            .collect();
        table += &format!("{}: {}\n", outcome.name(), accepted.join(" "));
    }
    assert_eq!(
        table,
        "success: success terminal\n\
         failed: failed terminal\n\
         canceled: canceled terminal\n\
         not_run: not_run terminal\n\
         unauthorized: unauthorized terminal\n\
         timed_out: failed terminal\n\
         infrastructure_fail: failed terminal\n"
    );
    let nodes = [
        node("a", JobType::Build, ended(Outcome::Success), &[]),
        node("b", JobType::Build, BLOCKED, &[("a", &[R::Failed, R::Canceled])]),
    ];
    assert_eq!(decided(&nodes), ["not run b: `a` succeeded, and this job requires that it fails or is canceled"]);
}

/// The graph once all that was decided has happened.
fn after(mut graph: Graph) -> Graph {
    for decision in decide(&graph, NOW).decisions {
        let (id, state) = match decision {
            Decision::Queue(id) => (id, JobState::Queued),
            Decision::Hold(id) => (id, JobState::OnHold),
            Decision::Succeed(id) => (id, ended(Outcome::Success)),
            Decision::Follow(id, outcome) => (id, ended(outcome)),
            Decision::NotRun { job, .. } => (job, ended(Outcome::NotRun)),
            Decision::Cancel { job, .. } => (job, ended(Outcome::Canceled)),
            Decision::Wait { job, reason } => {
                graph.nodes.iter_mut().filter(|node| node.id == job).for_each(|node| {
                    node.waits_for = Some(reason.clone());
                });
                continue;
            }
            Decision::Join(job) => {
                for node in graph.nodes.iter().filter(|node| node.id == job) {
                    let key = node.serial_group.clone().unwrap();
                    graph.queues.queues.entry(key).or_default().push(place(&node.name, 1, 7, false));
                }
                continue;
            }
            Decision::Lock(job) => {
                let places = graph.queues.queues.values_mut().flatten();
                places.filter(|place| place.job == job).for_each(|place| place.holds = true);
                continue;
            }
            Decision::Unlock(job) => {
                graph.queues.queues.values_mut().for_each(|queue| queue.retain(|place| place.job != job));
                graph.queues.released.insert(job);
                continue;
            }
            Decision::Rerun => {
                graph.reruns.repeated = true;
                continue;
            }
        };
        graph.nodes.iter_mut().filter(|node| node.id == id).for_each(|node| node.state = state);
    }
    graph
}

#[test]
fn what_was_decided_is_not_decided_again() {
    let nodes = [
        node("a", JobType::NoOp, BLOCKED, &[]),
        node("b", JobType::Build, BLOCKED, &[("a", SUCCESS)]),
        node("c", JobType::Approval, BLOCKED, &[("a", SUCCESS)]),
        node("d", JobType::Build, BLOCKED, &[("c", &[RequiredStatus::Canceled])]),
        Node { serial_group: Some(key()), ..node("e", JobType::NoOp, BLOCKED, &[]) },
        Node { serial_group: Some(key()), ..node("f", JobType::Build, BLOCKED, &[]) },
    ];
    let next = after(Graph { queues: queues(&[place("other", 2, 3, true)]), ..graph(&nodes) });
    assert_eq!(all(&next), Vec::<String>::new());
}

#[test]
fn whoever_waits_says_why_and_says_it_once() {
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let mut nodes: Vec<Node> = names.iter().map(|name| node(name, JobType::Build, JobState::Running, &[])).collect();
    let edges = |names: &[&'static str]| names.iter().map(|name| (*name, SUCCESS)).collect::<Vec<_>>();
    nodes.push(node("one", JobType::Build, BLOCKED, &edges(&names[..1])));
    nodes.push(node("three", JobType::Build, BLOCKED, &edges(&names[..3])));
    nodes.push(node("many", JobType::Build, BLOCKED, &edges(&names)));
    let mut told = all(&graph(&nodes));
    told.sort();
    assert_eq!(
        told,
        [
            "many waits: requires `a`, `b`, `c`, `d` and 3 more jobs, which have not ended",
            "one waits: requires `a`, which has not ended",
            "three waits: requires `a`, `b` and `c`, which have not ended",
        ]
    );
    assert_eq!(all(&after(graph(&nodes))), Vec::<String>::new());
}

fn key() -> SerialGroup {
    SerialGroup("deploy".to_owned())
}

/// Projects have numbers here: ours is 1, and its pipeline is 7.
fn place(job: &str, project: u128, pipeline_number: u64, holds: bool) -> Place {
    Place {
        job: id(job),
        project: ProjectId::from_uuid(Uuid::from_u128(project)),
        pipeline_number,
        holds,
        joined_at: NOW,
        who: format!("`{job}` of acme/{project} #{pipeline_number}"),
    }
}

fn queues(places: &[Place]) -> Queues {
    Queues {
        project: Some(ProjectId::from_uuid(Uuid::from_u128(1))),
        pipeline_number: 7,
        queues: [(key(), places.to_vec())].into(),
        pull_request: None,
        released: [].into(),
        timeout_ms: 60_000,
    }
}

#[test]
fn a_lock_is_given_in_the_order_of_arrival() {
    let ours = |state| [Node { serial_group: Some(key()), ..node("ours", JobType::Build, state, &[]) }];
    let table: [(&[Place], JobState, &[&str]); 12] = [
        (&[], BLOCKED, &["join ours", "lock ours", "queue ours"]),
        (
            &[place("x", 2, 3, true)],
            BLOCKED,
            &["join ours", "ours waits: waits for the serial group `deploy`: `x` of acme/2 #3 has the lock"],
        ),
        // Its turn may come at its next look, when the first of the queue has had its own.
        (
            &[place("x", 2, 3, false), place("ours", 1, 7, false)],
            BLOCKED,
            &["ours waits: waits for the serial group `deploy`: `x` of acme/2 #3 comes before it"],
        ),
        (
            &[place("x", 2, 3, true), place("y", 2, 4, false), place("ours", 1, 7, false)],
            BLOCKED,
            &[
                "ours waits: waits for the serial group `deploy`: `x` of acme/2 #3 has the lock, and 1 other comes before \
                 it",
            ],
        ),
        (&[place("ours", 1, 7, false), place("x", 2, 3, false)], BLOCKED, &["lock ours", "queue ours"]),
        (&[place("ours", 1, 7, true), place("x", 2, 3, false)], BLOCKED, &["queue ours"]),
        (&[place("ours", 1, 7, true)], JobState::Running, &[]),
        (&[place("ours", 1, 7, true), place("x", 2, 3, false)], ended(Outcome::InfrastructureFail), &["unlock ours"]),
        (&[place("x", 2, 3, true), place("ours", 1, 7, false)], ended(Outcome::Canceled), &["unlock ours"]),
        // Within a project nobody joins behind a newer pipeline; whoever was there before stays.
        (
            &[place("x", 1, 8, true)],
            BLOCKED,
            &[
                "not run ours: pipeline 8 is newer than 7 and has the lock of the serial group `deploy`: an older pipeline \
                 does not come after a newer one",
            ],
        ),
        (
            &[place("z", 2, 1, true), place("x", 1, 8, false)],
            BLOCKED,
            &[
                "not run ours: pipeline 8 is newer than 7 and waits for the serial group `deploy`: an older pipeline does \
                 not come after a newer one",
            ],
        ),
        (&[place("ours", 1, 7, false), place("x", 1, 8, false)], BLOCKED, &["lock ours", "queue ours"]),
    ];
    for (places, state, expected) in table {
        let graph = Graph { queues: queues(places), ..graph(&ours(state)) };
        assert_eq!(all(&graph), expected, "{places:?} {state:?}");
    }
}

#[test]
fn a_place_in_a_queue_lasts_for_some_time_only() {
    let nodes = [Node { serial_group: Some(key()), ..node("ours", JobType::Build, BLOCKED, &[]) }];
    let graph = Graph { queues: queues(&[place("x", 2, 3, true), place("ours", 1, 7, false)]), ..graph(&nodes) };
    let until = NOW.plus_millis(60_000);
    assert_eq!(decide(&graph, NOW).look_again_at, Some(until));
    assert_eq!(decide(&graph, until.plus_millis(-1)).look_again_at, Some(until));
    let Decided { decisions, look_again_at } = decide(&graph, until);
    assert_eq!(look_again_at, None);
    assert_eq!(
        decisions.iter().map(words).collect::<Vec<_>>(),
        [
            "cancel ours: it waited 1 minute for the serial group `deploy`, the longest it may: `x` of acme/2 #3 has the lock",
            "unlock ours",
        ]
    );
}

#[test]
fn a_released_lock_lets_its_job_go_on() {
    let nodes = [Node { serial_group: Some(key()), ..node("ours", JobType::Build, BLOCKED, &[]) }];
    let mut graph = Graph { queues: queues(&[place("x", 1, 9, true)]), ..graph(&nodes) };
    graph.queues.released.insert(id("ours"));
    assert_eq!(all(&graph), ["queue ours"]);
}

#[test]
fn a_job_group_has_one_lock_until_all_of_it_has_ended() {
    let group = |role| Some(JobGroup { name: "release".to_owned(), role });
    let nodes = |entry, deploy, exit| {
        [
            Node { serial_group: Some(key()), group: group(GroupRole::Entry), ..node("in", JobType::NoOp, entry, &[]) },
            Node { group: group(GroupRole::Member), ..node("deploy", JobType::Build, deploy, &[("in", SUCCESS)]) },
            Node { group: group(GroupRole::Exit), ..node("out", JobType::NoOp, exit, &[("deploy", SUCCESS)]) },
        ]
    };
    let first = graph(&nodes(BLOCKED, BLOCKED, BLOCKED));
    let free = Graph { queues: queues(&[]), ..first.clone() };
    let told = all(&free);
    assert_eq!(told[..4], ["join in", "lock in", "succeed in", "queue deploy"]);
    let taken = Graph { queues: queues(&[place("x", 2, 3, true)]), ..first };
    assert_eq!(after(taken).nodes.map_states(), [BLOCKED, BLOCKED, BLOCKED]);
    let held = |deploy, exit| Graph {
        queues: queues(&[place("in", 1, 7, true)]),
        ..graph(&nodes(ended(Outcome::Success), deploy, exit))
    };
    assert_eq!(decided_of(&held(JobState::Running, BLOCKED)), Vec::<String>::new());
    assert_eq!(decided_of(&held(ended(Outcome::Success), BLOCKED)), ["succeed out", "unlock in"]);
    assert_eq!(
        decided_of(&held(ended(Outcome::Failed), BLOCKED)),
        ["not run out: `deploy` failed, and this job requires its success", "unlock in"]
    );
}

/// The states of all nodes.
trait States {
    fn map_states(&self) -> Vec<JobState>;
}

impl States for Vec<Node> {
    fn map_states(&self) -> Vec<JobState> {
        self.iter().map(|node| node.state).collect()
    }
}

/// What is decided, without the sentences of those that wait.
fn decided_of(graph: &Graph) -> Vec<String> {
    all(graph).into_iter().filter(|words| !words.contains(" waits: ")).collect()
}

#[test]
fn a_job_that_reuses_another_ends_as_that_one_does() {
    let nodes = |state| {
        [
            Node {
                reuses: Some(Reused { state, attempt: 1 }),
                ..node("a", JobType::Build, BLOCKED, &[("x", SUCCESS)])
            },
            node("b", JobType::Build, BLOCKED, &[("a", SUCCESS)]),
        ]
    };
    let mut told = all(&graph(&nodes(JobState::Running)));
    told.sort();
    assert_eq!(
        told,
        ["a waits: attempt 1 still has `a`, and its end counts here too", "b waits: requires `a`, which has not ended",]
    );
    assert_eq!(all(&graph(&nodes(ended(Outcome::Success)))), ["follow a: success", "queue b"]);
    assert_eq!(
        all(&graph(&nodes(ended(Outcome::Failed)))),
        ["follow a: failed", "not run b: `a` failed, and this job requires its success"]
    );
}

#[test]
fn a_failed_workflow_repeats_itself_when_it_should() {
    let day_ms = 24 * 3_600_000;
    let may = AutoReruns { most: 2, number: 0, asked_for: false, repeated: false, pipeline_age_ms: day_ms };
    let failed: &[JobState] = &[ended(Outcome::Failed), ended(Outcome::NotRun)];
    let table: [(AutoReruns, &[JobState], bool); 13] = [
        (may, failed, true),
        (AutoReruns { number: 1, ..may }, failed, true),
        (AutoReruns { number: 2, ..may }, failed, false),
        (AutoReruns { most: 0, ..may }, failed, false),
        (AutoReruns { asked_for: true, ..may }, failed, false),
        (AutoReruns { repeated: true, ..may }, failed, false),
        (AutoReruns { pipeline_age_ms: 90 * day_ms, ..may }, failed, true),
        (AutoReruns { pipeline_age_ms: 90 * day_ms + 1, ..may }, failed, false),
        (may, &[ended(Outcome::Failed), JobState::Running], false),
        (may, &[ended(Outcome::Failed), JobState::OnHold], false),
        (may, &[ended(Outcome::Canceled)], false),
        (may, &[ended(Outcome::InfrastructureFail)], true),
        (may, &[ended(Outcome::Unauthorized)], false),
    ];
    for (reruns, states, expected) in table {
        let nodes: Vec<Node> = states
            .iter()
            .map(|state| node("a", JobType::Build, *state, &[]))
            .enumerate()
            .map(|(at, node)| Node { name: at.to_string(), ..node })
            .collect();
        let graph = Graph { reruns, ..graph(&nodes) };
        assert_eq!(all(&graph).contains(&"rerun".to_owned()), expected, "{reruns:?} {states:?}");
    }
    let nodes = [node("a", JobType::Build, ended(Outcome::Failed), &[])];
    let canceled = Graph { reruns: may, canceled: true, ..graph(&nodes) };
    assert_eq!(all(&canceled), Vec::<String>::new());
}
