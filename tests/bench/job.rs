//! Jobs in Docker beside the bare Engine API: the way to the first step, the cost of a step, a big log.

use std::{
    process::Command,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bollard::{
    Docker,
    models::{ContainerCreateBody, ExecConfig},
    query_parameters::{CreateContainerOptions, RemoveContainerOptions, StartContainerOptions},
};
use futures_util::StreamExt;
use kit::{config::docker_job, real::RealServer};
use model::job::{JobState, Outcome};

use crate::table::{Table, median};

const IMAGE: &str = "roundhouse-test/debian:1";
const STEPS: usize = 50;
const LOG_BYTES: u64 = 200_000_000;

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1e3
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

async fn bare_container(docker: &Docker) -> (String, f64) {
    let begun = Instant::now();
    let body = ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        cmd: Some(vec!["sleep".to_owned(), "600".to_owned()]),
        ..ContainerCreateBody::default()
    };
    let created = docker.create_container(None::<CreateContainerOptions>, body).await.unwrap();
    docker.start_container(&created.id, None::<StartContainerOptions>).await.unwrap();
    (created.id, ms(begun.elapsed()))
}

async fn remove(docker: &Docker, id: &str) {
    let options = RemoveContainerOptions { force: true, ..RemoveContainerOptions::default() };
    docker.remove_container(id, Some(options)).await.unwrap();
}

/// From the moment before the webhook is sent to the moment at which the task agent starts the first step: webhook, GitHub's
/// API, compile, schedule, claim, container. Beside it: the Engine API's create and start of the same image.
pub async fn push_to_first_step(table: &mut Table) {
    let docker = Docker::connect_with_local_defaults().unwrap();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let server = RealServer::start().await;
        let _runner = server.runner().await.with("ROUNDHOUSE_LOG", "warn").start();
        // The runner's own start is not measured.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let config = docker_job(IMAGE, "- run: {name: first, command: \"true\"}");
        let begun = now_ms();
        server.push_config(&config).await;
        let job = server.ended_job("build").await;
        assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}", job.reason);
        let steps = server.steps(&job).await;
        let first = steps.iter().find(|step| step.name == "first").unwrap();
        ours.push(first.started_at.millis() as f64 - begun);
        let (id, time) = bare_container(&docker).await;
        bare.push(time);
        remove(&docker, &id).await;
    }
    let (ours, bare) = (median(ours), median(bare));
    let ratio = format!("{:.2}", ours / bare);
    table.row("push to first step", format!("{ours:.0} ms"), format!("{bare:.0} ms create + start"), ratio, "<= 1.2");
}

/// 50 steps of `true` in one job. Beside it: 50 `docker exec` of the same, and the fork of a bash.
pub async fn fifty_steps(table: &mut Table) {
    let server = RealServer::start().await;
    let _runner = server.runner().await.with("ROUNDHOUSE_LOG", "warn").start();
    let steps: String =
        (0..STEPS).map(|number| format!("- run: {{name: step {number}, command: \"true\"}}\n")).collect();
    server.push_config(&docker_job(IMAGE, &steps)).await;
    let job = server.ended_job("build").await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}", job.reason);
    let rows = server.steps(&job).await;
    let rows: Vec<_> = rows.iter().filter(|step| step.name.starts_with("step ")).collect();
    let first = rows.iter().map(|step| step.started_at.millis()).min().unwrap();
    let last = rows.iter().filter_map(|step| step.ended_at).map(|at| at.millis()).max().unwrap();
    let ours = (last - first) as f64 / STEPS as f64;

    let docker = Docker::connect_with_local_defaults().unwrap();
    let (id, _) = bare_container(&docker).await;
    let begun = Instant::now();
    for _ in 0..STEPS {
        let command = ["/bin/bash", "-eo", "pipefail", "-c", "true"].map(str::to_owned).to_vec();
        let config = ExecConfig { cmd: Some(command), attach_stdout: Some(true), ..ExecConfig::default() };
        let exec = docker.create_exec(&id, config).await.unwrap();
        if let bollard::exec::StartExecResults::Attached { mut output, .. } =
            docker.start_exec(&exec.id, None).await.unwrap()
        {
            while output.next().await.is_some() {}
        }
    }
    let exec = ms(begun.elapsed()) / STEPS as f64;
    remove(&docker, &id).await;

    let begun = Instant::now();
    for _ in 0..STEPS {
        assert!(Command::new("/bin/bash").args(["-eo", "pipefail", "-c", "true"]).status().unwrap().success());
    }
    let fork = ms(begun.elapsed()) / STEPS as f64;
    let each = format!("{ours:.2} ms");
    table.row(
        "a step of `true`",
        each.clone(),
        format!("{exec:.1} ms docker exec"),
        format!("{:.2}", ours / exec),
        "-",
    );
    let over = format!("+{:.2} ms", ours - fork);
    table.row("a step of `true`", each, format!("{fork:.2} ms fork of bash"), over, "<= +1 ms");
}

/// A step that prints 200 MB: from its start to the job's end at the server, stored and masked. Beside it: the same command
/// into a file.
pub async fn big_log(table: &mut Table) {
    let command =
        format!("yes 'a line of output as a compiler may print it, with a few words in it' | head -c {LOG_BYTES}");
    let server = RealServer::start().await;
    let _runner = server.runner().await.with("ROUNDHOUSE_LOG", "warn").start();
    server
        .push_config(&docker_job(IMAGE, &format!("- run: {{name: print, command: \"{command}\", shell: /bin/sh}}")))
        .await;
    let job = server.ended_job("build").await;
    let ended = now_ms();
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}", job.reason);
    let steps = server.steps(&job).await;
    let print = steps.iter().find(|step| step.name == "print").unwrap();
    assert_eq!(server.log(&job, "print").await.len() as u64, LOG_BYTES);
    let mbs = |ms: f64| LOG_BYTES as f64 / 1e3 / ms;
    let ours = mbs(ended - print.started_at.millis() as f64);
    let file = server.directory().join("bare.log");
    let begun = Instant::now();
    assert!(Command::new("sh").arg("-c").arg(format!("{command} > {}", file.display())).status().unwrap().success());
    let bare = mbs(ms(begun.elapsed()));
    table.row(
        "a log of 200 MB",
        format!("{ours:.0} MB/s"),
        format!("{bare:.0} MB/s into a file"),
        format!("{:.2}", ours / bare),
        ">= 150 MB/s",
    );
}
