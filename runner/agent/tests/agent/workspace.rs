//! `persist_to_workspace` and `attach_workspace`.

use model::{
    job::Outcome,
    plan::{AttachWorkspace, PersistToWorkspace, Step, StepKind},
};

use crate::kit::{Blobs, Task, run, step};

fn persist(root: &str, paths: &[&str]) -> Step {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    step(StepKind::PersistToWorkspace(PersistToWorkspace { root: root.to_owned(), paths }))
}

fn attach(at: &str) -> Step {
    step(StepKind::AttachWorkspace(AttachWorkspace { at: at.to_owned() }))
}

#[test]
fn layers_are_attached_in_their_order() {
    let blobs = Blobs::default();
    for steps in [
        [
            run("mkdir -p out/bin out/x; echo 1 > out/bin/a; echo 1 > out/bin/b; echo no > out/c"),
            persist("out", &["bin", "bin/a", "x"]),
        ],
        [
            run("mkdir -p bin/deep; echo 2 > bin/b; echo 2 > bin/.d; echo 2 > bin/deep/e"),
            persist(".", &["bin/*", "./none?"]),
        ],
    ] {
        let task = Task::new(steps);
        blobs.serve(&task);
        let ended = task.end().succeeded();
        assert!(ended.text(2).contains("Persisted"), "{}", ended.text(2));
    }
    let task = Task::new([attach("~/in"), run("cd ~/in; find . | sort; cat bin/a bin/b")]);
    blobs.serve(&task);
    let ended = task.end().succeeded();
    assert!(ended.text(1).contains("what `build` persisted"), "{}", ended.text(1));
    assert_eq!(ended.text(2), ".\n./bin\n./bin/.d\n./bin/a\n./bin/b\n./bin/deep\n./bin/deep/e\n./x\n1\n2\n");
}

#[test]
fn concurrent_jobs_must_not_persist_the_same_file() {
    let blobs = Blobs::default();
    for (job, command) in [
        ("build", "echo build > both; echo build > all"),
        ("test", "echo test > both; echo test > all; mkdir d; echo > d/test"),
        ("lint", "echo lint > all; mkdir d; echo > d/lint"),
    ] {
        blobs.stored().persists = Some(job.to_owned());
        let task = Task::new([run(command), persist(".", &["*"])]);
        blobs.serve(&task);
        task.end().succeeded();
    }
    let attached = || {
        let task = Task::new([attach("."), run("cat both all; ls d")]);
        blobs.serve(&task);
        task.end()
    };
    let before = |jobs: &[&str]| jobs.iter().map(|job| (*job).to_owned()).collect();
    blobs.stored().after = [
        ("build".to_owned(), before(&[])),
        ("test".to_owned(), before(&["build"])),
        ("lint".to_owned(), before(&["build"])),
    ]
    .into();
    let ended = attached();
    let (outcome, reason) = ended.outcome();
    assert_eq!(outcome, Outcome::Failed);
    assert!(
        reason
            .unwrap()
            .contains("Concurrent upstream jobs persisted the same file(s): `test` and `lint` both persisted `all`;"),
        "{reason:?}"
    );
    assert!(ended.text(1).contains("into the workspace:\n  - all\n"), "{}", ended.text(1));
    // In an order, the later one wins.
    blobs.stored().after.insert("lint".to_owned(), before(&["build", "test"]));
    assert_eq!(attached().succeeded().text(2), "test\nlint\nlint\ntest\n");
}

#[test]
fn the_whole_root_may_be_persisted() {
    let blobs = Blobs::default();
    let task = Task::new([run("echo 1 > a; mkdir b"), persist(".", &["."]), attach("~/../in")]);
    blobs.serve(&task);
    let ended = task.end().succeeded();
    assert!(ended.task.path("in/a").is_file() && ended.task.path("in/b").is_dir());
}

#[test]
fn faults_fail_the_step_with_a_sentence() {
    for (steps, why) in [
        (vec![persist(".", &["none", "no*"])], "none of the `paths` is there"),
        (vec![persist("none", &["a"])], "none is not a directory"),
        (vec![persist(".", &["../a"])], "`../a` is not below the root"),
        (vec![persist(".", &["[a"])], "the pattern `[a` is malformed"),
    ] {
        let task = Task::new([vec![run("echo 1 > a")], steps].concat());
        Blobs::default().serve(&task);
        let ended = task.end();
        let (outcome, reason) = ended.outcome();
        assert!(outcome == Outcome::Failed && reason.unwrap().contains(why), "{reason:?}");
    }
    let ended = Task::new([attach(".")]).end();
    let (outcome, reason) = ended.outcome();
    assert!(outcome == Outcome::Failed && reason.unwrap().contains("no connection for the data of jobs"), "{reason:?}");
}

#[test]
fn a_workspace_without_layers_is_fine() {
    let task = Task::new([attach("in")]);
    Blobs::default().serve(&task);
    assert!(task.end().succeeded().text(1).contains("The workspace is empty"));
}

#[test]
fn a_layer_does_not_leave_its_place() {
    let blobs = Blobs::default();
    let make = "mkdir a; ln -s /tmp a/out; ln -s a inner";
    for steps in [
        [run(make), persist(".", &["*"])],
        [
            run("mkdir -p a/out inner; echo 1 > a/out/evil; echo 1 > inner/fine"),
            persist(".", &["inner/fine", "a/out/evil"]),
        ],
    ] {
        let task = Task::new(steps);
        blobs.serve(&task);
        task.end().succeeded();
    }
    let task = Task::new([attach(".")]);
    blobs.serve(&task);
    let ended = task.end();
    let (outcome, reason) = ended.outcome();
    assert!(outcome == Outcome::Failed && reason.unwrap().contains("is a link that leads out of"), "{reason:?}");
    assert!(!std::path::Path::new("/tmp/evil").exists());
}
