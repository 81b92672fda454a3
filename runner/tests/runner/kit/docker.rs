//! Docker as the tests use it.

use std::process::Command;

use runner::RunnerSettings;

use super::TestRunner;

/// BusyBox alone.
pub const BUSYBOX: &str = "roundhouse-test/busybox:1";
/// A daemon and the `docker` command.
pub const REMOTE_DOCKER: &str = "roundhouse-test/remote-docker:1";

/// A runner with Docker, and the image that the tests share.
pub fn docker() -> TestRunner {
    docker_with(|_| {})
}

/// The same, with other settings.
pub fn docker_with(configure: impl FnOnce(&mut RunnerSettings)) -> TestRunner {
    make("busybox-image", BUSYBOX);
    TestRunner::configured(configure)
}

/// Makes an image by one of the scripts, if it is not there.
pub fn make(script: &str, image: &str) {
    let path = format!("{}/../scripts/{script}", env!("CARGO_MANIFEST_DIR"));
    let made = Command::new(path).arg(image).status().unwrap();
    assert!(
        made.success(),
        "Docker is needed for this test, and what `{script}` asks for: scripts/setup installs them"
    );
}

/// What `docker` prints.
pub fn ask(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The ids of a task's containers.
pub fn containers(task: model::id::TaskId) -> Vec<String> {
    let label = format!("label=dev.roundhouse.task={task}");
    ask(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &label]).lines().map(str::to_owned).collect()
}
