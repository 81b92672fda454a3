//! `save_cache` and `restore_cache`.

use std::{
    fs,
    os::unix::fs::{MetadataExt, symlink},
};

use model::{
    event::StepKey,
    job::Outcome,
    plan::{RestoreCache, SaveCache, Step, StepKind},
};

use crate::kit::{Blobs, Ended, Task, run, step};

fn save(key: &str, paths: &[&str]) -> Step {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    step(StepKind::SaveCache(SaveCache { key: key.to_owned(), paths }))
}

fn restore(keys: &[&str]) -> Step {
    step(StepKind::RestoreCache(RestoreCache { keys: keys.iter().map(|key| (*key).to_owned()).collect() }))
}

fn end(blobs: &Blobs, task: Task) -> Ended {
    blobs.serve(&task);
    task.end().succeeded()
}

#[test]
fn a_tree_comes_back_as_it_was_under_another_home() {
    let blobs = Blobs::default();
    let long = "n".repeat(120);
    let make = format!(
        "mkdir -p deps/empty ~/.tool/{long}/{long}; printf '#!/bin/sh\\n' > deps/tool; chmod 750 deps/tool
         touch -d '2001-02-03 04:05:06.123456789' deps/tool; touch -d '2002-02-03 04:05:06' deps/empty
         ln deps/tool deps/same; ln -s tool deps/link; ln -s ../../outside/{long}{long} deps/long
         mkdir deps/locked; echo x > deps/locked/x; chmod 555 deps/locked
         head -c 3000000 /dev/urandom > deps/big; mkfifo deps/pipe; chmod u+s deps/big
         echo deep > ~/.tool/{long}/{long}/{long}; sha256sum deps/big > ~/.tool/sum"
    );
    let saved = end(&blobs, Task::new([run(&make), save("k 1%", &["deps", "~/.tool", "nothing"])]));
    let text = saved.text(2);
    assert!(text.contains("nothing does not exist") && text.contains("pipe is a socket"), "{text}");
    assert!(text.contains("Stored 8 files, 3.0 MB"), "{text}");

    let there = "mkdir -p deps; echo old > deps/tool; ln -s nowhere deps/big; echo kept > deps/kept";
    let check =
        format!("cat ~/.tool/{long}/{long}/{long}; sha256sum deps/big | diff - ~/.tool/sum && rm deps/locked/x");
    let back = end(&blobs, Task::new([run(there), restore(&["no", "k "]), run(&check)]));
    let text = back.text(2);
    assert!(text.contains("begins with: no\n") && text.contains("Found: k 1%"), "{text}");
    assert!(text.contains("Restored 8 files, 3.0 MB") && text.contains("lost their set-user-id"), "{text}");
    assert_eq!(back.text(3), "deep\n");
    let path = |name: &str| back.task.project().join("deps").join(name);
    let tool = fs::metadata(path("tool")).unwrap();
    assert_eq!((tool.mode() & 0o7777, tool.mtime(), tool.mtime_nsec()), (0o750, 981_173_106, 123_456_789));
    assert_eq!(tool.ino(), fs::metadata(path("same")).unwrap().ino());
    assert_eq!(fs::metadata(path("empty")).unwrap().mtime(), 1_012_709_106);
    assert_eq!(fs::metadata(path("big")).unwrap().mode() & 0o7000, 0);
    assert_eq!(fs::read_link(path("link")).unwrap().to_str(), Some("tool"));
    assert!(fs::read_link(path("long")).unwrap().to_str().unwrap().ends_with(&long));
    assert_eq!(fs::read_to_string(path("kept")).unwrap(), "kept\n");
}

#[test]
fn a_key_is_stored_once() {
    let blobs = Blobs::default();
    let steps = [run("echo 1 > a"), save("k", &["a"]), run("echo 2 > a"), save("k", &["a"])];
    let ended = end(&blobs, Task::new(steps));
    assert!(ended.text(4).contains("already stored: nothing to do"), "{}", ended.text(4));
    assert_eq!(
        blobs.stored().requests,
        ["HEAD /blobs/cache?key=k", "PUT /blobs/cache?key=k", "HEAD /blobs/cache?key=k"]
    );
}

#[test]
fn keys_are_made_of_templates() {
    let blobs = Blobs::default();
    let template = "v1-{{ .Branch }}-{{ .Environment.TOOL }}-{{ checksum \"lock\" }}";
    let task =
        Task::new([run("printf '' > lock; echo 1 > a"), save(template, &["a"]), restore(&["{{ .Oops }}", "v1-"])])
            .variable("CIRCLE_BRANCH", "feature/x")
            .variable("TOOL", "1.2");
    let ended = end(&blobs, task);
    let key = "v1-feature/x-1.2-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(blobs.stored().caches[0].0, key);
    let text = ended.text(3);
    assert!(text.contains("`{{ .Oops }}` is unknown") && text.contains(&format!("Found: {key}")), "{text}");
}

#[test]
fn no_fault_fails_the_job() {
    let steps = || {
        let missing = save("{{ checksum \"none\" }}", &["a"]);
        [run("echo 1 > a"), save("k", &["a"]), restore(&["k"]), missing, save("k", &["none"])]
    };
    // Without a socket.
    let ended = Task::new(steps()).end().succeeded();
    assert!(ended.text(2).contains("goes on without: this runner has no connection"), "{}", ended.text(2));
    assert!(ended.text(4).contains("checksum of"), "{}", ended.text(4));

    let blobs = Blobs::default();
    blobs.stored().refusal = Some((413, r#"{"message": "the disk is full"}"#.to_owned()));
    let ended = end(&blobs, Task::new(steps()));
    assert!(ended.text(3).contains("goes on without: the disk is full"), "{}", ended.text(3));

    let blobs = Blobs::default();
    blobs.stored().caches.push(("k".to_owned(), b"no archive at all".to_vec()));
    let ended = end(&blobs, Task::new([restore(&["k"])]));
    assert!(ended.text(1).contains("was not restored"), "{}", ended.text(1));
}

#[test]
fn a_broken_connection_is_tried_again() {
    let blobs = Blobs::default();
    end(&blobs, Task::new([run("head -c 100000 /dev/urandom > a; cp a b"), save("k", &["a"])]));
    blobs.stored().cuts = 1;
    let task = Task::new([restore(&["k"]), run("wc -c < a")]);
    assert_eq!(end(&blobs, task).text(2).trim(), "100000");
}

#[test]
fn a_cancelled_job_does_not_wait_for_the_server() {
    let task = Task::new([restore(&["k"])]);
    // Somebody who listens and never answers.
    let _listener = std::os::unix::net::UnixListener::bind(task.path("spool/blobs.sock")).unwrap();
    let task = task.start();
    task.wait_for(StepKey::first(1), "Looking for");
    task.signal("TERM");
    assert_eq!(task.end().outcome().0, Outcome::Canceled);
}

#[test]
fn links_on_the_way_to_a_cache_are_followed() {
    let blobs = Blobs::default();
    end(&blobs, Task::new([run("mkdir -p ~/.cache/x; echo 1 > ~/.cache/x/y"), save("k", &["~/.cache/x"])]));
    let task = Task::new([restore(&["k"])]);
    fs::create_dir(task.path("elsewhere")).unwrap();
    symlink(task.path("elsewhere"), task.path("home/.cache")).unwrap();
    let ended = end(&blobs, task);
    assert_eq!(fs::read_to_string(ended.task.path("elsewhere/x/y")).unwrap(), "1\n");
}
