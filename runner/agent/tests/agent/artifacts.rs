//! `store_artifacts` and `store_test_results`.

use model::{
    job::Outcome,
    plan::{Step, StepKind, StoreArtifacts, StoreTestResults},
};

use crate::kit::{Blobs, Task, run, step};

fn store(path: &str, destination: Option<&str>) -> Step {
    let destination = destination.map(str::to_owned);
    step(StepKind::StoreArtifacts(StoreArtifacts { path: path.to_owned(), destination }))
}

fn results(path: &str) -> Step {
    step(StepKind::StoreTestResults(StoreTestResults { path: path.to_owned() }))
}

/// What a task with these steps stored.
fn stored(make: &str, steps: &[Step]) -> (Blobs, String) {
    let blobs = Blobs::default();
    let task = Task::new([vec![run(make)], steps.to_vec()].concat());
    blobs.serve(&task);
    let ended = task.end().succeeded();
    let log = (2..2 + steps.len()).map(|step| ended.text(u32::try_from(step).unwrap())).collect();
    (blobs, log)
}

fn names(blobs: &Blobs) -> String {
    blobs.stored().artifacts.keys().cloned().collect::<Vec<_>>().join(" ")
}

#[test]
fn files_directories_and_globs_have_names() {
    let make =
        "mkdir -p out/sub ~/logs; echo 1 > out/a; echo 2 > 'out/sub/b c'; echo 3 > ~/logs/x.log; echo 4 > ~/logs/y.log";
    let (blobs, _) = stored(make, &[store("out", None), store("~/logs/x.log", None)]);
    assert_eq!(names(&blobs), "logs/x.log out/a out/sub/b c");
    assert_eq!(blobs.stored().artifacts["out/sub/b c"], b"2\n");
    let steps = [store("out", Some("docs/../kept")), store("out/a", Some("single")), store("out/a", Some("dir/"))];
    assert_eq!(names(&stored(make, &steps).0), "dir/a kept/a kept/sub/b c single");
    let steps = [store("~/logs/*.{log,txt}", Some("logs")), store("out/**", None), store("./out/a", None)];
    assert_eq!(names(&stored(make, &steps).0), "logs/x.log logs/y.log out/a out/sub/b c");
}

#[test]
fn many_files_are_stored_each_and_named_in_their_order() {
    let make = "mkdir out; for i in $(seq 100 399); do printf %s-%s $i $i > out/$i; done; chmod 000 out/105";
    let (blobs, log) = stored(make, &[store("out", None)]);
    let all: Vec<String> = (100..400).map(|number| format!("out/{number}")).collect();
    let artifacts = &blobs.stored().artifacts;
    // Who may read everything reads that one, too.
    let is_root = artifacts.contains_key("out/105");
    let expected: Vec<&String> = all.iter().filter(|name| is_root || *name != "out/105").collect();
    assert_eq!(artifacts.keys().collect::<Vec<_>>(), expected);
    assert!(artifacts.iter().all(|(name, bytes)| {
        let number = name.trim_start_matches("out/");
        *bytes == format!("{number}-{number}").into_bytes()
    }));
    let said: Vec<&str> = log.lines().filter_map(|line| line.trim().strip_suffix(" (7 bytes)")).collect();
    assert_eq!(said, expected.iter().take(50).map(|name| name.as_str()).collect::<Vec<_>>());
    assert!(log.contains("… and more") && log.contains(&format!("Stored {} files", expected.len())), "{log}");
}

#[test]
fn of_two_files_with_one_name_the_later_one_is_stored() {
    // Names that are no text look the same.
    let make = r#"mkdir out; echo 1 > "$(printf 'out/a\376')"; echo 2 > "$(printf 'out/a\377')""#;
    let (blobs, log) = stored(make, &[store("out", None)]);
    assert_eq!(names(&blobs), "out/a\u{fffd}");
    assert_eq!(blobs.stored().artifacts["out/a\u{fffd}"], b"2\n");
    assert!(log.contains("Stored 1 file,"), "{log}");
}

#[test]
fn what_is_no_file_is_left_out() {
    let make = "mkdir -p out/sub; cd out; mkfifo pipe; ln -s /proc/self/environ environ; ln -s nowhere dangling
                ln -s sub around; ln -s ../real real; echo 1 > ../real; : > empty; head -c 200000 /dev/zero > zeros";
    let (blobs, log) = stored(make, &[store("out", None), store("none", None)]);
    assert_eq!(names(&blobs), "out/empty out/real out/zeros");
    assert_eq!(blobs.stored().artifacts["out/zeros"].len(), 200_000);
    for line in [
        "pipe is a socket, a pipe",
        "environ leads to /proc/",
        "dangling leads nowhere",
        "around is a link to a directory",
        "Stored 3 files",
        "Nothing to store",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

#[test]
fn every_xml_file_is_a_test_result() {
    let make =
        "mkdir -p r/deep; echo '<a/>' > r/a.xml; echo '<b/>' > r/deep/b.XML; echo no > r/c.txt; echo '<d/>' > report";
    let (blobs, log) = stored(make, &[results("r"), results("report"), results("none")]);
    let stored = blobs.stored();
    assert_eq!(stored.test_results.keys().collect::<Vec<_>>(), ["r/a.xml", "r/deep/b.XML", "report"]);
    assert!(log.contains("Nothing to store"), "{log}");
}

#[test]
fn a_refusal_fails_the_step() {
    let blobs = Blobs::default();
    blobs.stored().refusal = Some((413, r#"{"message": "this artifact is larger than 3 GB"}"#.to_owned()));
    let task = Task::new([run("head -c 5000000 /dev/zero > a"), store("a", None)]);
    blobs.serve(&task);
    let ended = task.end();
    let (outcome, reason) = ended.outcome();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("cannot be stored: this artifact is larger than 3 GB"), "{reason:?}");
}
