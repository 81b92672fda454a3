//! Tables of decisions.

use model::{
    id::JobId,
    job::{JobState, Outcome},
    plan::{RequiredStatus, Requires},
};
use store::job::JobType;
use uuid::Uuid;

use super::{Decision, Graph, Node, decide};

fn node(name: &str, kind: JobType, state: JobState, requires: &[(&str, &[RequiredStatus])]) -> Node {
    let requires =
        requires.iter().map(|(job, statuses)| Requires { job: (*job).to_owned(), statuses: statuses.to_vec() });
    // The id is the name, so that a table can be read.
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Node {
        id: JobId::from_uuid(Uuid::from_bytes(bytes)),
        name: name.to_owned(),
        kind,
        state,
        requires: requires.collect(),
    }
}

fn name(id: JobId) -> String {
    String::from_utf8_lossy(id.uuid().as_bytes()).trim_end_matches('\0').to_owned()
}

fn decided(nodes: &[Node]) -> Vec<String> {
    decide(&Graph { nodes: nodes.to_vec() })
        .into_iter()
        .map(|decision| match decision {
            Decision::Queue(job) => format!("queue {}", name(job)),
            Decision::Hold(job) => format!("hold {}", name(job)),
            Decision::Succeed(job) => format!("succeed {}", name(job)),
            Decision::NotRun { job, reason } => format!("not run {}: {reason}", name(job)),
        })
        .collect()
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

#[test]
fn what_was_decided_is_not_decided_again() {
    let mut nodes = vec![
        node("a", JobType::NoOp, BLOCKED, &[]),
        node("b", JobType::Build, BLOCKED, &[("a", SUCCESS)]),
        node("c", JobType::Approval, BLOCKED, &[("a", SUCCESS)]),
        node("d", JobType::Build, BLOCKED, &[("c", &[RequiredStatus::Canceled])]),
    ];
    for decision in decide(&Graph { nodes: nodes.clone() }) {
        let (id, state) = match decision {
            Decision::Queue(id) => (id, JobState::Queued),
            Decision::Hold(id) => (id, JobState::OnHold),
            Decision::Succeed(id) => (id, ended(Outcome::Success)),
            Decision::NotRun { job, .. } => (job, ended(Outcome::NotRun)),
        };
        nodes.iter_mut().filter(|node| node.id == id).for_each(|node| node.state = state);
    }
    assert_eq!(decided(&nodes), Vec::<String>::new());
}
