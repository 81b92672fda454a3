//! `add_ssh_keys` with a real `ssh-agent`, and checkouts over SSH from a real `sshd`.

use std::fs;

use model::{
    event::StepResult,
    job::Outcome,
    plan::{AddSshKeys, Checkout, SaveCache, Step, StepKind, When},
    protocol::{CheckoutSource, SshCheckout},
};

use crate::kit::{Repository, Sshd, Task, run, ssh_key};

fn add(fingerprints: &[&str]) -> Step {
    let fingerprints = fingerprints.iter().map(|text| (*text).to_owned()).collect();
    Step { name: "Keys".to_owned(), when: When::OnSuccess, kind: StepKind::AddSshKeys(AddSshKeys { fingerprints }) }
}

fn checkout() -> Step {
    Step { name: "Code".to_owned(), when: When::OnSuccess, kind: StepKind::Checkout(Checkout::default()) }
}

#[test]
fn keys_open_the_host_that_they_are_for() {
    let directory = tempfile::tempdir().unwrap();
    let (key, public) = ssh_key(directory.path(), "deploy", Some("127.0.0.1"));
    let (other, _) = ssh_key(directory.path(), "other", None);
    let server = Sshd::start(&[&public]);
    let login = format!(
        "ssh -F $HOME/.ssh/config -p {} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
         -o BatchMode=yes {}@127.0.0.1 echo inside",
        server.port, server.user
    );
    let steps = [
        add(&[&key.md5]),
        run(
            "ls -l ~/.ssh $HOME/.ssh >/dev/null; stat -c '%a %n' $HOME/.ssh/* | sed \"s:$HOME/::\"; cat $HOME/.ssh/config; ssh-add -l",
        ),
        run(&login),
        add(&[]),
        run("ssh-add -l | wc -l; grep -c IdentityFile $HOME/.ssh/config"),
    ];
    let mut task = Task::new(steps);
    fs::create_dir(task.path("home/.ssh")).unwrap();
    fs::write(task.path("home/.ssh/config"), "Host mine\n  User me\n").unwrap();
    task.task.ssh.keys = vec![key.clone(), other];
    let ended = task.end().succeeded();
    let seen = ended.text(2);
    let file = format!("id_rsa_{}", key.md5.replace(':', ""));
    assert!(seen.contains(&format!("600 .ssh/{file}")), "{seen}");
    assert!(seen.contains("Host 127.0.0.1\n  IdentitiesOnly yes\n"), "{seen}");
    assert!(seen.contains(&key.sha256), "the agent has it: {seen}");
    assert_eq!(ended.text(3), "inside\n");
    assert_eq!(ended.text(5), "2\n2\n", "all keys, each once");
    assert!(ended.text(1).contains(&key.sha256) && !ended.text(1).contains("PRIVATE"), "{}", ended.text(1));
    // Afterwards the home is as it was.
    let left: Vec<_> =
        fs::read_dir(ended.task.path("home/.ssh")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["config"]);
    assert_eq!(fs::read_to_string(ended.task.path("home/.ssh/config")).unwrap(), "Host mine\n  User me\n");
}

#[test]
fn an_unknown_fingerprint_is_told_with_those_that_are_known() {
    let directory = tempfile::tempdir().unwrap();
    let (key, _) = ssh_key(directory.path(), "deploy", None);
    let mut task = Task::new([add(&["SHA256:nobody"])]);
    task.task.ssh.keys = vec![key.clone()];
    let ended = task.end();
    let StepResult::NotStarted { reason } = ended.result(1) else { panic!("{:?}", ended.result(1)) };
    assert_eq!(
        reason,
        format!("no SSH key has the fingerprint SHA256:nobody; the project has: {} ({})", key.sha256, key.md5)
    );
    assert_eq!(ended.outcome().0, Outcome::Failed);
    assert!(!ended.task.path("home/.ssh").exists());
}

#[test]
fn code_comes_over_ssh_from_a_host_that_is_known() {
    let directory = tempfile::tempdir().unwrap();
    let (key, public) = ssh_key(directory.path(), "checkout", None);
    let server = Sshd::start(&[&public]);
    let repository = Repository::new();
    let CheckoutSource::Git { sha, git_ref, .. } = repository.source("main") else { panic!("not Git") };
    let url = format!("ssh://{}@127.0.0.1:{}{}", server.user, server.port, repository.bare().display());
    let source = CheckoutSource::Git { url, sha, git_ref, credentials: None };
    let task = |known_hosts: String, accept_new| {
        let save = SaveCache { key: "{{ .CheckoutKey }}".to_owned(), paths: vec!["README".to_owned()] };
        let save = Step { name: "Save".to_owned(), when: When::OnSuccess, kind: StepKind::SaveCache(save) };
        let fetch = run("cat README; git fetch -q origin && echo fetched");
        let mut task = Task::new([checkout(), fetch, save]).with_checkout(source.clone());
        task.task.ssh.checkout = Some(SshCheckout { key: key.clone(), known_hosts, accept_new });
        task
    };
    let ended = task(server.known_host(), false).end().succeeded();
    assert!(ended.text(2).ends_with("fetched\n"), "later steps have the key, too: {}", ended.text(2));
    assert!(ended.text(3).contains(&key.sha256), "the cache's key names the checkout key: {}", ended.text(3));
    let ended = task(String::new(), true).end();
    assert_eq!(ended.outcome().0, Outcome::Success, "{}", ended.text(1));

    let (_, stranger) = ssh_key(directory.path(), "stranger", None);
    let wrong = format!("[127.0.0.1]:{} {stranger}", server.port);
    for (known_hosts, accept_new) in [(String::new(), false), (wrong.clone(), false), (wrong, true)] {
        let ended = task(known_hosts, accept_new).end();
        assert_eq!(ended.outcome().0, Outcome::Failed, "a host that is not known is not believed: {}", ended.text(1));
        assert!(ended.text(1).contains("Host key verification failed"), "{}", ended.text(1));
    }
}
