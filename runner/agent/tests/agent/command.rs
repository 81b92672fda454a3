//! `circleci tests` and `circleci env`, inside a step.

use std::collections::BTreeMap;

use model::{blob::Timings, job::Outcome};

use crate::kit::{Blobs, Ended, Task, run};

/// Files of different sizes.
const FILES: &str = "mkdir -p t/u; for n in 1 2 3 4 5 6; do head -c ${n}000 /dev/zero > t/u/$n.rb; done; ";

fn node(index: u32, command: &str) -> Task {
    let command = format!("{FILES}{command}");
    Task::new([run(&command)]).variable("CIRCLE_NODE_INDEX", &index.to_string()).variable("CIRCLE_NODE_TOTAL", "2")
}

fn on(index: u32, command: &str) -> String {
    node(index, command).end().succeeded().text(1)
}

fn with(blobs: &Blobs, task: Task) -> Ended {
    blobs.serve(&task);
    task.end()
}

#[test]
fn glob_prints_sorted_matches() {
    assert_eq!(on(0, "circleci tests glob 't/**/[12].rb' 't/u/{1,6}.*' 'none/*'"), "t/u/1.rb\nt/u/2.rb\nt/u/6.rb\n");
    assert_eq!(
        on(0, "circleci tests glob 't/[' || echo $?"),
        "circleci: the pattern `[` is malformed: a `[` is not closed\n1\n"
    );
}

#[test]
fn every_test_is_on_one_node() {
    let split = "circleci tests glob 't/**/*.rb' | circleci tests split";
    assert_eq!(on(0, split), "t/u/1.rb\nt/u/3.rb\nt/u/5.rb\n");
    assert_eq!(on(1, split), "t/u/2.rb\nt/u/4.rb\nt/u/6.rb\n");
    let split = "circleci tests glob 't/**/*.rb' > list; circleci-agent tests split --split-by=filesize list";
    assert_eq!(on(0, split), "t/u/2.rb\nt/u/3.rb\nt/u/6.rb\n");
    assert_eq!(on(1, split), "t/u/1.rb\nt/u/4.rb\nt/u/5.rb\n");
    assert_eq!(on(1, "printf 'a\\nb\\n' | circleci tests split --index=0 --total 1"), "a\nb\n");
}

#[test]
fn timings_of_earlier_runs_decide() {
    let blobs = Blobs::default();
    let file = BTreeMap::from([("t/u/1.rb".to_owned(), 60.0), ("t/u/2.rb".to_owned(), 1.0)]);
    blobs.stored().timings = Some(Timings { file, ..Timings::default() });
    let split = "circleci tests glob 't/**/*.rb' | circleci tests split --split-by=timings --time-default=2s 2> missing; cat missing";
    let ended = with(&blobs, node(0, split)).succeeded();
    assert!(ended.text(1).starts_with("t/u/1.rb\nNo timing found for \"t/u/3.rb\"\n"), "{}", ended.text(1));
    let ended = with(&blobs, node(1, split)).succeeded();
    assert!(
        ended.text(1).starts_with("t/u/2.rb\nt/u/3.rb\nt/u/4.rb\nt/u/5.rb\nt/u/6.rb\nNo timing"),
        "{}",
        ended.text(1)
    );
}

#[test]
fn without_timings_the_names_decide() {
    let split = "circleci tests glob 't/**/*.rb' | circleci tests split --split-by=timings";
    for task in [node(1, split), node(1, split)] {
        let ended = with(&Blobs::default(), task).succeeded();
        let text = ended.text(1);
        assert!(text.starts_with("Error auto-detecting timing type, falling back to weighting by name"), "{text}");
        assert!(text.ends_with("\nt/u/2.rb\nt/u/4.rb\nt/u/6.rb\n"), "{text}");
    }
}

#[test]
fn nodes_that_may_disagree_fail() {
    let blobs = Blobs::default();
    blobs.stored().refusal = Some((500, r#"{"message": "internal error"}"#.to_owned()));
    let ended = with(&blobs, node(0, "echo a | circleci tests split --split-by=timings"));
    assert_eq!(ended.outcome().0, Outcome::Failed);
    assert!(ended.text(1).contains("cannot be had: internal error"), "{}", ended.text(1));
}

#[test]
fn run_gives_the_share_to_a_command() {
    let list = "circleci tests glob 't/**/*.rb' | circleci tests run ";
    assert_eq!(on(1, &format!("{list} --command='X=1 xargs echo'")), "t/u/2.rb t/u/4.rb t/u/6.rb\n");
    assert_eq!(on(0, &format!("{list} --command 'xargs -n1 echo'")), "t/u/1.rb\nt/u/3.rb\nt/u/5.rb\n");
    assert_eq!(on(0, &format!("{list} --command='exit 7' --verbose 2> /dev/null || echo $?")), "7\n");
    let text = on(1, "echo a | circleci tests run --command='echo ran'");
    assert_eq!(text, "circleci: no tests for this node: the command is not run\n");
}

#[test]
fn env_subst_takes_text_or_input() {
    let text = on(
        1,
        "circleci env subst 'node $CIRCLE_NODE_INDEX of ${CIRCLE_NODE_TOTAL}${NONE:-!}'; echo '{\"x\": \"$HOME\"}' | circleci env subst | grep -c /home",
    );
    assert_eq!(text, "node 1 of 2!\n1\n");
}

#[test]
fn a_reader_may_leave_early() {
    assert_eq!(on(0, "seq 100000 | circleci tests split --total=1 --index=0 | head -1"), "1\n");
}
