//! The server as a process: what it says when it cannot start, and what it keeps when it is killed.

use std::{
    net::{Ipv4Addr, TcpListener},
    process::{Command, Output},
};

use fake_forge::{Delivery, FakeGitHub};
use kit::{app::REPOSITORY, real::binary, server_process::ServerProcess};
use model::project::GitRef;
use tempfile::TempDir;

fn serve(data: &TempDir, listen: &str) -> Output {
    Command::new(binary())
        .args(["serve", "--no-runner", "--listen", listen])
        .env("ROUNDHOUSE_DATA_DIR", data.path())
        .output()
        .unwrap()
}

#[test]
fn a_port_in_use_is_told_with_what_to_do() {
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = other.local_addr().unwrap().to_string();
    let output = serve(&TempDir::new().unwrap(), &address);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(&address) && said.contains("in use") && said.contains("--listen"), "{said}");
}

#[tokio::test]
async fn a_data_directory_in_use_is_told_with_what_to_do() {
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(data.path(), &["--no-runner"], &[]).await;
    let output = serve(&data, "127.0.0.1:0");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("in use by another Roundhouse") && said.contains("--data-dir"), "{said}");
    server.stop();
}

async fn github() -> (FakeGitHub, Vec<(&'static str, String)>) {
    let github = FakeGitHub::start().await.unwrap();
    github.create_repo(REPOSITORY).unwrap();
    let variables = vec![
        ("ROUNDHOUSE_GITHUB_URL", github.url()),
        ("ROUNDHOUSE_GITHUB_API_URL", github.api_url()),
        ("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET", github.webhook_secret().to_owned()),
    ];
    (github, variables)
}

/// Deletions of branches: taken, stored, and of no further interest.
fn deliveries(github: &FakeGitHub, count: usize, padding: usize) -> Vec<Delivery> {
    let subject = "x".repeat(padding);
    let sha = github.commit(REPOSITORY, "main", &[("a", "b")], &subject).unwrap();
    let one = |number: usize| {
        let git_ref = GitRef::Branch(format!("topic/{number}"));
        let delivery = github.push_webhook(REPOSITORY, &git_ref, Some(&sha), None).unwrap();
        if padding == 0 {
            return delivery;
        }
        let body = String::from_utf8(delivery.body).unwrap();
        fake_forge::github::sign("push", body.replacen('{', &format!("{{\"padding\":\"{subject}\","), 1).as_bytes())
    };
    (0..count).map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_with_202_survives_sigkill() {
    let (github, variables) = github().await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(data.path(), &["--no-runner"], &variables).await;
    let deliveries = deliveries(&github, 50, 0);
    for delivery in &deliveries {
        assert_eq!(delivery.send(&server.url()).await.unwrap().0, 202);
    }
    server.kill();
    let server = ServerProcess::start(data.path(), &["--no-runner"], &variables).await;
    for delivery in &deliveries {
        assert_eq!(delivery.send(&server.url()).await.unwrap().0, 200, "it was not known any more");
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_it_took() {
    let (github, variables) = github().await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start_on_a_small_disk(data.path(), &variables, 8 * 1_024).await;
    let deliveries = deliveries(&github, 40, 500_000);
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for delivery in &deliveries {
        match delivery.send(&server.url()).await.unwrap() {
            (202, _) => taken.push(delivery),
            (503, answer) => {
                assert!(!answer.trim().is_empty(), "it says why");
                refused.push(delivery);
            }
            (status, answer) => panic!("{status}: {answer}"),
        }
    }
    assert!(!taken.is_empty() && !refused.is_empty(), "{} taken, {} refused", taken.len(), refused.len());
    server.kill();
    let server = ServerProcess::start(data.path(), &["--no-runner"], &variables).await;
    for delivery in taken {
        assert_eq!(delivery.send(&server.url()).await.unwrap().0, 200, "a delivery that was taken is lost");
    }
    for delivery in refused {
        assert_eq!(delivery.send(&server.url()).await.unwrap().0, 202, "a delivery that was refused is there");
    }
    server.stop();
}
