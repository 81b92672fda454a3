//! `checkout`, from Git and from a directory.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use model::{
    event::StepResult,
    job::Outcome,
    plan::{Checkout, CheckoutMethod, Step, StepKind, When},
    project::GitRef,
    protocol::CheckoutSource,
};

use crate::kit::{Ended, GitServer, Repository, Task, run};

fn checkout() -> Step {
    checkout_with(Checkout::default())
}

fn checkout_with(checkout: Checkout) -> Step {
    Step { name: "Checkout code".to_owned(), when: When::OnSuccess, kind: StepKind::Checkout(checkout) }
}

fn sha_of(source: &CheckoutSource) -> String {
    match source {
        CheckoutSource::Git { sha, .. } => sha.to_string(),
        CheckoutSource::Directory { .. } => panic!("not Git"),
    }
}

/// The sentence that a failed checkout gave.
fn reason(ended: &Ended) -> String {
    match ended.result(1) {
        StepResult::NotStarted { reason } => {
            assert!(ended.text(1).contains(&reason), "{}", ended.text(1));
            reason
        }
        other => panic!("{other:?}: {}", ended.text(1)),
    }
}

#[test]
fn a_branch_is_checked_out_at_its_commit() {
    let repository = Repository::new();
    let wanted = repository.source("main");
    repository.git(&["tag", "v1"]);
    repository.git(&["push", "-q", "origin", "v1"]);
    repository.commit("README", "two\n");
    repository.push("main");
    repository.push("other");
    let steps = [
        checkout(),
        run(
            "git rev-parse HEAD; git branch --show-current; cat README; git status --porcelain; git describe --tags; git rev-parse --verify -q origin/other >/dev/null",
        ),
    ];
    let ended = Task::new(steps).with_checkout(wanted.clone()).end().succeeded();
    assert_eq!(ended.text(2), format!("{}\nmain\none\nv1\n", sha_of(&wanted)));
}

#[test]
fn a_tag_is_checked_out_detached() {
    let repository = Repository::new();
    let sha = repository.commit("README", "tagged\n");
    repository.git(&["tag", "-a", "-m", "release", "v2"]);
    repository.git(&["push", "-q", "origin", "v2"]);
    let steps = [checkout(), run("git describe --exact-match; git symbolic-ref -q HEAD || echo detached; cat README")];
    let source = repository.at(sha, GitRef::Tag("v2".to_owned()));
    assert_eq!(Task::new(steps).with_checkout(source).end().succeeded().text(2), "v2\ndetached\ntagged\n");
}

#[test]
fn all_files_are_there_without_asking_the_server_again() {
    let repository = Repository::new();
    for name in ["a", "b"] {
        repository.commit(name, &format!("old {name}\n"));
        repository.commit(name, &format!("new {name}\n"));
    }
    repository.push("main");
    for method in [CheckoutMethod::Blobless, CheckoutMethod::Full] {
        let steps = [
            checkout_with(Checkout { method, ..Checkout::default() }),
            run(
                "git rev-list --objects --all --missing=print | grep -c '^?' || true; git remote set-url origin /nowhere; git checkout -f HEAD -- .; git log --oneline | wc -l",
            ),
        ];
        let text = Task::new(steps).with_checkout(repository.source("main")).end().succeeded().text(2);
        let missing = if method == CheckoutMethod::Blobless { 2 } else { 0 };
        assert_eq!(text, format!("{missing}\n5\n"), "{method:?}");
    }
}

#[test]
fn a_shallow_checkout_has_the_commit_and_so_many_before_it() {
    let repository = Repository::new();
    repository.commit("a", "a\n");
    let sha = repository.commit("b", "b\n");
    repository.push("main");
    repository.git(&["tag", "v3"]);
    repository.git(&["push", "-q", "origin", "v3"]);
    let source = repository.source("main");
    let tag = repository.at(sha, GitRef::Tag("v3".to_owned()));
    for (source, names) in [(source, "main\n"), (tag, "")] {
        let method = CheckoutMethod::Shallow { depth: 2 };
        let steps = [
            checkout_with(Checkout { method, ..Checkout::default() }),
            run("git log --oneline | wc -l; git branch --show-current; cat a b; git rev-parse --is-shallow-repository"),
        ];
        let ended = Task::new(steps).with_checkout(source).end().succeeded();
        assert_eq!(ended.text(2), format!("2\n{names}a\nb\ntrue\n").replace("\n\n", "\n"));
    }
}

#[test]
fn a_commit_that_no_branch_leads_to_is_fetched_all_the_same() {
    let repository = Repository::new();
    let wanted = repository.source("main");
    repository.git(&["commit", "-q", "--amend", "-m", "other"]);
    repository.push("main");
    let steps = [checkout(), run("git rev-parse HEAD")];
    let ended = Task::new(steps).with_checkout(wanted.clone()).end().succeeded();
    assert_eq!(ended.text(2).trim(), sha_of(&wanted));
}

#[test]
fn the_commit_of_a_pull_request_is_fetched_from_its_ref() {
    for (name, hidden) in [("pull/7", "refs/pull/7/head"), ("merge-requests/7", "refs/merge-requests/7/head")] {
        let repository = Repository::new();
        let sha = repository.commit("README", "proposed\n");
        repository.git(&["push", "-q", "origin", &format!("HEAD:{hidden}")]);
        let source = repository.at(sha.clone(), GitRef::Branch(name.to_owned()));
        let steps = [
            checkout(),
            run("git rev-parse HEAD; git branch --show-current; cat README; git log --oneline | wc -l"),
            run(&format!("git rev-parse origin/{name}")),
        ];
        let ended = Task::new(steps).with_checkout(source).end().succeeded();
        assert_eq!(ended.text(2), format!("{sha}\n{name}\nproposed\n2\n"));
        assert_eq!(ended.text(3), format!("{sha}\n"));
    }
}

#[test]
fn a_branch_may_be_called_like_a_pull_request() {
    let repository = Repository::new();
    repository.push("pull/7");
    let steps = [checkout(), run("git rev-parse HEAD origin/pull/7")];
    let source = repository.source("pull/7");
    let sha = sha_of(&source);
    assert_eq!(Task::new(steps).with_checkout(source).end().succeeded().text(2), format!("{sha}\n{sha}\n"));
}

#[test]
fn a_commit_that_is_gone_fails_clearly() {
    let repository = Repository::new();
    let gone = "1234567890123456789012345678901234567890";
    let source = repository.at(gone.parse().unwrap(), GitRef::Branch("main".to_owned()));
    let ended = Task::new([checkout(), run("true")]).with_checkout(source).end();
    assert_eq!(
        reason(&ended),
        format!("the commit {gone} is not in the repository any more: it was probably force-pushed away")
    );
    assert_eq!(ended.started(), [1]);
    assert_eq!(ended.outcome().0, Outcome::Failed);
}

#[test]
fn names_of_branches_are_only_names() {
    let repository = Repository::new();
    for branch in ["--upload-pack=touch${IFS}pwned;false", "$(touch${IFS}pwned)", "-f", "a;b&c|d", "ünïcode/`x`"] {
        repository.git(&["push", "-q", "origin", &format!("HEAD:refs/heads/{branch}")]);
        let steps = [checkout(), run("git symbolic-ref HEAD; ls -A")];
        let ended = Task::new(steps).with_checkout(repository.source(branch)).end().succeeded();
        assert_eq!(ended.text(2), format!("refs/heads/{branch}\n.git\nREADME\n"));
        assert!(!ended.task.path("home/pwned").exists());
    }
}

#[test]
fn an_existing_repository_is_fetched() {
    let repository = Repository::new();
    let old = repository.source("main");
    let task = Task::new([checkout(), run("cat README extra; git branch --show-current")]);
    let status = Command::new("git").args(["clone", "-q"]).arg(repository.bare()).arg(task.project()).status().unwrap();
    assert!(status.success());
    fs::write(task.project().join("extra"), "untracked\n").unwrap();
    fs::write(task.project().join("README"), "changed here\n").unwrap();
    let sha = repository.commit("README", "newer\n");
    repository.push("feature");
    assert_ne!(sha_of(&old), sha.to_string());
    let ended = task.with_checkout(repository.source("feature")).end().succeeded();
    assert_eq!(ended.text(2), "newer\nuntracked\nfeature\n");
}

#[test]
fn a_directory_with_other_files_is_left_alone() {
    let repository = Repository::new();
    let ended = Task::new([run("echo mine > file"), checkout()]).with_checkout(repository.source("main")).end();
    let StepResult::NotStarted { reason } = ended.result(2) else { panic!("{}", ended.text(2)) };
    assert!(reason.contains("is neither empty nor a Git repository"), "{reason}");
    assert_eq!(fs::read_to_string(ended.task.project().join("file")).unwrap(), "mine\n");
}

#[test]
fn the_path_of_the_step_counts() {
    let repository = Repository::new();
    let path = Some("deep/er".to_owned());
    let steps = [checkout_with(Checkout { path, ..Checkout::default() }), run("cat deep/er/README")];
    assert_eq!(Task::new(steps).with_checkout(repository.source("main")).end().succeeded().text(2), "one\n");
}

#[test]
fn without_git_the_step_says_what_to_do() {
    let repository = Repository::new();
    let ended = Task::new([checkout()]).variable("PATH", "/nowhere").with_checkout(repository.source("main")).end();
    assert!(reason(&ended).starts_with("git is not installed in this image: "), "{}", reason(&ended));
}

#[test]
fn without_a_repository_there_is_nothing_to_check_out() {
    assert!(reason(&Task::new([checkout()]).end()).contains("no repository"));
}

#[test]
fn an_address_that_does_not_answer_is_named() {
    let repository = Repository::new();
    let CheckoutSource::Git { sha, git_ref, .. } = repository.source("main") else { panic!() };
    let url = "http://127.0.0.1:1/x.git".to_owned();
    let ended =
        Task::new([checkout()]).with_checkout(CheckoutSource::Git { url, sha, git_ref, credentials: None }).end();
    assert!(
        reason(&ended).starts_with("the repository http://127.0.0.1:1/x.git cannot be fetched"),
        "{}",
        reason(&ended)
    );
    assert!(ended.text(1).contains("fatal: "), "git's own words are in the log: {}", ended.text(1));
}

/// Every file below a directory.
fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if let Ok(bytes) = fs::read(&path) {
            found.push((path.display().to_string(), bytes));
        }
    }
}

#[test]
fn credentials_reach_the_server_and_nothing_else() {
    let repository = Repository::new();
    let server = GitServer::start(&repository);
    let CheckoutSource::Git { sha, git_ref, .. } = repository.source("main") else { panic!() };
    let source = CheckoutSource::Git { url: server.url, sha, git_ref, credentials: Some(server.credentials) };
    let steps = [checkout(), run("cat README; git remote get-url origin; env | grep -c GIT_ || true")];
    let ended = Task::new(steps).with_checkout(source).end().succeeded();
    assert!(
        ended.text(2).starts_with("one\nhttp://127.0.0.1:") && ended.text(2).ends_with("/origin.git\n0\n"),
        "{}",
        ended.text(2)
    );
    let mut found = Vec::new();
    files(&ended.task.path(""), &mut found);
    assert!(found.iter().any(|(path, _)| path.ends_with(".git/config")));
    // Plain, and as the header has it.
    for secret in [&b"canary-5ecret"[..], b"eC1hY2Nlc3MtdG9rZW46"] {
        for (path, bytes) in &found {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{path} holds the credentials");
        }
    }
}

#[test]
fn wrong_credentials_do_not_wait_for_a_person() {
    let repository = Repository::new();
    let server = GitServer::start(&repository);
    let CheckoutSource::Git { sha, git_ref, .. } = repository.source("main") else { panic!() };
    let ended = Task::new([checkout()])
        .with_checkout(CheckoutSource::Git { url: server.url, sha, git_ref, credentials: None })
        .end();
    assert!(reason(&ended).contains("cannot be fetched"), "{}", ended.text(1));
}

#[test]
fn rewritten_addresses_of_the_image_do_not_matter() {
    let repository = Repository::new();
    let task = Task::new([checkout()]).with_checkout(repository.source("main"));
    fs::write(task.path("home/.gitconfig"), "[url \"ssh://git@forge.example/\"]\n\tinsteadOf = file://\n").unwrap();
    task.end().succeeded();
}

#[test]
fn a_forge_on_the_runners_loopback_is_reached_through_the_spool() {
    let repository = Repository::new();
    let server = GitServer::start(&repository);
    // Any free port stands for the forge's, which is taken here: in a container it is not.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let CheckoutSource::Git { sha, git_ref, .. } = repository.source("main") else { panic!() };
    let url = format!("http://127.0.0.1:{port}/origin.git");
    let source = CheckoutSource::Git { url, sha, git_ref, credentials: Some(server.credentials) };
    let mut task = Task::new([checkout(), run("cat README")]).with_checkout(source);
    task.task.forward_ports = vec![port];
    let listener = std::os::unix::net::UnixListener::bind(task.path(&format!("spool/forward-{port}.sock"))).unwrap();
    std::thread::spawn(move || {
        for inner in listener.incoming() {
            let outer = std::net::TcpStream::connect(("127.0.0.1", server.port)).unwrap();
            let (mut inner, mut to_outer) = (inner.unwrap(), outer.try_clone().unwrap());
            let mut to_inner = inner.try_clone().unwrap();
            std::thread::spawn(move || std::io::copy(&mut inner, &mut to_outer));
            std::thread::spawn(move || {
                std::io::copy(&mut &outer, &mut to_inner).and_then(|_| to_inner.shutdown(std::net::Shutdown::Both))
            });
        }
    });
    assert_eq!(task.end().succeeded().text(2), "one\n");
}

#[test]
fn a_directory_is_copied_as_it_is() {
    let from = tempfile::tempdir().unwrap();
    let path = |name: &str| from.path().join(name);
    for directory in ["src", ".git", "locked"] {
        fs::create_dir(path(directory)).unwrap();
    }
    fs::write(path("src/tool"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(path("src/tool"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(path(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    fs::write(path("locked/file"), "x").unwrap();
    fs::set_permissions(path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    symlink("src/tool", path("link")).unwrap();
    symlink("/nowhere/at/all", path("broken")).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::open(path("src/tool")).unwrap().set_modified(old).unwrap();

    let source = CheckoutSource::Directory { path: from.path().display().to_string() };
    let ended = Task::new([checkout(), run("ls -A | sort | tr '\\n' ' '")]).with_checkout(source).end().succeeded();
    assert_eq!(ended.text(2), ".git broken link locked src ");
    let copy = |name: &str| ended.task.project().join(name);
    let tool = fs::metadata(copy("src/tool")).unwrap();
    assert_eq!((tool.mode() & 0o7777, tool.mtime()), (0o755, 1_000_000_000));
    assert_eq!(fs::read_link(copy("link")).unwrap(), Path::new("src/tool"));
    assert_eq!(fs::read_link(copy("broken")).unwrap(), Path::new("/nowhere/at/all"));
    assert_eq!(fs::metadata(copy("locked")).unwrap().mode() & 0o7777, 0o555);
    fs::set_permissions(path("locked"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(copy("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_copy_inside_of_its_source_ends() {
    let mut task = Task::new([checkout(), run("ls -A ..; ls -A")]);
    let source = task.path("home");
    fs::write(source.join("file"), "x").unwrap();
    task.task.checkout = Some(CheckoutSource::Directory { path: source.display().to_string() });
    assert_eq!(task.end().succeeded().text(2), "file\nproject\nfile\n");
}
