//! What `make run` ends with.

use std::{process::Stdio, time::Duration};

use kit::{real::binary, server_process::ServerProcess};
use tempfile::TempDir;
use tokio::{process::Command, time::timeout};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_runs_the_demo_to_its_green_end() {
    let data = TempDir::with_prefix("roundhouse-demo-").unwrap();
    let server = ServerProcess::start(data.path(), &["--demo"], &[]).await;
    let demo = Command::new(binary())
        .args(["demo", "--server", &server.url()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_secs(300), demo).await.expect("the demo ends").unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(data.path().join("server.log")).unwrap();
    assert_eq!(output.status.code(), Some(0), "{out}\n{err}\n{log}");
    assert!(out.contains(&format!("{}/pipelines/", server.url())), "it prints the address of the pipeline:\n{out}");
    assert!(!log.contains("ghs_"), "the server's log holds a token:\n{log}");
    server.stop();
}
