//! `circleci tests` and `circleci env`, inside a step.

use std::collections::BTreeMap;

use model::{
    blob::{FailedTests, Timings},
    job::Outcome,
};

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
fn a_token_is_asked_of_the_server() {
    let get = "circleci run oidc get --claims '{\"aud\": [\"a b\", \"c\"]}' --root-issuer";
    assert_eq!(with(&Blobs::default(), node(0, get)).succeeded().text(1), "a b+c+true\n");
    let text = on(0, "circleci run oidc get || echo $?");
    assert!(text.starts_with("circleci: there is no token to be had: this runner has no connection"), "{text}");
    assert!(text.ends_with("\n1\n"), "{text}");
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
fn run_reads_words_and_lines() {
    assert_eq!(on(0, "echo a b c d | circleci tests run --command='xargs echo'"), "a c\n");
    let text = on(0, "echo | circleci tests run --command='echo ran'");
    assert!(text.starts_with("circleci: no test names in the input") && !text.contains("ran"), "{text}");
}

#[test]
fn a_rerun_of_failed_tests_runs_only_those() {
    let blobs = Blobs::default();
    let file = ["./t/u/2.rb", "t/u/5.rb"].map(str::to_owned).into();
    blobs.stored().failed_tests = Some(FailedTests { file, failed: 3, total: 60, ..FailedTests::default() });
    let list = "circleci tests glob 't/**/*.rb' | circleci tests run --command='xargs echo'";
    for (index, share) in [(0, "t/u/2.rb"), (1, "t/u/5.rb")] {
        let ended = with(&blobs, node(index, list)).succeeded();
        let said = "circleci: 3 test(s) failed out of 60 total test(s)\ncircleci: rerunning failed tests: 2 of 6\n";
        assert_eq!(ended.text(1), format!("{said}{share}\n"));
    }
    blobs.stored().failed_tests = Some(FailedTests { failed: 3, total: 60, ..FailedTests::default() });
    let ended = with(&blobs, node(0, list)).succeeded();
    assert!(ended.text(1).contains("running all 6 tests") && ended.text(1).ends_with("t/u/1.rb t/u/3.rb t/u/5.rb\n"));
}

/// A configuration that depends on a parameter.
const CONFIG: &str = "mkdir -p .circleci; cat > .circleci/config.yml <<'END'\nversion: 2.1\nparameters: {deploy: {type: boolean, default: false}}\n\
                      jobs: {build: {machine: true, steps: [{run: make}]}}\nworkflows: {main: {when: << pipeline.parameters.deploy >>, jobs: [build]}}\nEND\n";

#[test]
fn configurations_are_validated_processed_and_packed() {
    let text = on(0, &format!("{CONFIG}circleci config validate; circleci config validate - < .circleci/config.yml"));
    assert_eq!(text, "Config file at .circleci/config.yml is valid.\nConfig file at - is valid.\n");
    let processed = on(
        0,
        &format!("{CONFIG}circleci config process .circleci/config.yml --pipeline-parameters '{{\"deploy\": true}}'"),
    );
    assert!(processed.contains("- run: make"), "{processed}");
    let text = on(
        0,
        "printf 'version: 2.1\\njobs: {build: {machine: true, stepz: []}}\\n' > c.yml; circleci config validate c.yml || echo $?",
    );
    assert!(
        text.contains("stepz") && text.contains("c.yml:2") && text.ends_with("circleci: `c.yml` is not valid\n1\n"),
        "{text}"
    );
    let text = on(
        0,
        "printf 'version: 2.1\\norbs: {n: a/n@1.0.0}\\nworkflows: {m: {jobs: [n/x]}}\\n' > c.yml; circleci config validate c.yml || echo $?",
    );
    assert!(text.contains("uses `a/n@1.0.0`, and there are no orbs inside a job") && text.ends_with("1\n"), "{text}");
    let text = on(
        0,
        "mkdir -p src/jobs; echo 'version: 2.1' > src/@c.yml; echo 'machine: true' > src/jobs/build.yml; circleci config pack src",
    );
    assert_eq!(text, "jobs:\n    build:\n        machine: true\nversion: 2.1\n");
}

#[test]
fn what_belongs_to_circleci_says_so() {
    let text = on(0, "circleci run release log --component-name x || echo $?");
    assert!(
        text.starts_with("circleci: `circleci run release log --component-name x` starts a plugin of CircleCI's own")
    );
    assert!(text.ends_with("\n2\n"));
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
