//! The bare things: Docker's own API and plain processes.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use bollard::{
    Docker,
    exec::{CreateExecOptions, StartExecResults},
    models::ContainerCreateBody,
    query_parameters::{CreateContainerOptions, RemoveContainerOptions, StartContainerOptions, WaitContainerOptions},
};
use futures_util::{StreamExt, future::join_all};

/// The image of every measurement.
pub const IMAGE: &str = "roundhouse-demo/base:1";

/// Creates and starts a container through the API, and gives the milliseconds of that. Removing it is not counted.
pub async fn create_and_start(docker: &Docker) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let id = start_container(docker, &["sleep", "60"]).await?;
    let millis = begun.elapsed().as_secs_f64() * 1000.0;
    remove(docker, &id).await?;
    Ok(millis)
}

/// The same with several at the same time, until the last one runs.
pub async fn create_and_start_together(docker: &Docker, count: usize) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let started = join_all((0..count).map(|_| start_container(docker, &["sleep", "60"]))).await;
    let millis = begun.elapsed().as_secs_f64() * 1000.0;
    for id in started {
        remove(docker, &id?).await?;
    }
    Ok(millis)
}

/// Milliseconds of `count` execs of `true` in one running container, one after the other.
pub async fn execs(docker: &Docker, count: usize) -> anyhow::Result<f64> {
    let id = start_container(docker, &["sleep", "600"]).await?;
    let begun = Instant::now();
    for _ in 0..count {
        let options = CreateExecOptions {
            cmd: Some(vec!["/bin/bash", "-eo", "pipefail", "-c", "true"]),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        };
        let exec = docker.create_exec(&id, options).await?;
        match docker.start_exec(&exec.id, None).await? {
            StartExecResults::Attached { mut output, .. } => while output.next().await.is_some() {},
            StartExecResults::Detached => anyhow::bail!("the exec was detached"),
        }
    }
    let millis = begun.elapsed().as_secs_f64() * 1000.0;
    remove(docker, &id).await?;
    Ok(millis)
}

/// Milliseconds of `count` forks of bash, one after the other, in one container of the image.
pub fn forks(count: usize) -> anyhow::Result<f64> {
    let begun = Instant::now();
    for _ in 0..count {
        let status = Command::new("/bin/bash")
            .args(["-eo", "pipefail", "-c", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
        anyhow::ensure!(status.success(), "bash failed");
    }
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

async fn start_container(docker: &Docker, command: &[&str]) -> anyhow::Result<String> {
    let body = ContainerCreateBody {
        image: Some(IMAGE.to_owned()),
        cmd: Some(command.iter().map(|word| (*word).to_owned()).collect()),
        ..ContainerCreateBody::default()
    };
    let id = docker.create_container(None::<CreateContainerOptions>, body).await?.id;
    docker.start_container(&id, None::<StartContainerOptions>).await?;
    Ok(id)
}

/// A whole life of a container that does nothing: create, start, wait, remove.
pub async fn round(docker: &Docker) -> anyhow::Result<()> {
    let id = start_container(docker, &["/bin/bash", "-eo", "pipefail", "-c", "true"]).await?;
    let mut wait = docker.wait_container(&id, None::<WaitContainerOptions>);
    while let Some(ended) = wait.next().await {
        ended?;
    }
    remove(docker, &id).await
}

async fn remove(docker: &Docker, id: &str) -> anyhow::Result<()> {
    let options = RemoveContainerOptions { force: true, v: true, link: false };
    Ok(docker.remove_container(id, Some(options)).await?)
}
