//! Builds the task agent for the system that the runner is built for, to be embedded (`src/agent_binary.rs`): for Linux as a
//! static program, which runs in any image.
//!
//! A nested cargo, because the agent alone is linked with the C library inside, and has a profile of its own. It works
//! in a target directory of its own, so it does not wait for the lock of the outer build.
//!
//! Where that cannot be (a build for another system than this one's, whose standard library has to be built first), the
//! variable `ROUNDHOUSE_TASK_AGENT_FILE` names a task agent that is there already.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Set by the outer cargo, clippy, rustdoc and coverage tools for their own compiler calls.
const DROPPED: [&str; 15] = [
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MAKEFLAGS",
    "CARGO_TARGET_DIR",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
];

/// Names a task agent that is there already.
const READY: &str = "ROUNDHOUSE_TASK_AGENT_FILE";

fn main() {
    println!("cargo::rerun-if-env-changed={READY}");
    let program = match env::var_os(READY).filter(|path| !path.is_empty()) {
        Some(ready) => {
            println!("cargo::rerun-if-changed={}", Path::new(&ready).display());
            PathBuf::from(ready)
        }
        None => build(),
    };
    println!("cargo::rustc-env=ROUNDHOUSE_TASK_AGENT={}", program.display());
}

fn build() -> PathBuf {
    let variable = |name: &str| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"));
    let runner = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let workspace = runner.parent().expect("the runner lies in the workspace").to_owned();
    let target = variable("TARGET");
    let system = variable("CARGO_CFG_TARGET_OS");
    let is_static = match (system.as_str(), variable("CARGO_CFG_TARGET_ENV").as_str()) {
        ("linux", "gnu") => true,
        ("macos" | "windows", _) => false,
        _ => panic!("the task agent can be built for Linux with glibc, macOS and Windows, not for {target}"),
    };

    for watched in [
        "Cargo.toml",
        "Cargo.lock",
        "model/Cargo.toml",
        "model/src",
        "config/Cargo.toml",
        "config/src",
        "config/fyaml",
        "runner/agent/Cargo.toml",
        "runner/agent/src",
    ] {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    let directory = Path::new(&variable("OUT_DIR")).join("task-agent");
    let mut cargo = Command::new(variable("CARGO"));
    cargo.current_dir(&workspace);
    cargo.args(["rustc", "--package", "task-agent", "--bin", "task-agent", "--profile", "agent", "--target", &target]);
    cargo.arg("--target-dir").arg(&directory);
    if is_static {
        // To this one program only: build scripts and macros of its dependencies are ordinary programs.
        cargo.args(["--", "-C", "target-feature=+crt-static"]);
    }
    for name in DROPPED {
        cargo.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS") {
            cargo.env_remove(&*name);
        }
    }
    let status = cargo.status().unwrap_or_else(|error| panic!("cargo cannot be started for the task agent: {error}"));
    assert!(status.success(), "the task agent cannot be built; cargo's output above says why");

    let suffix = if system == "windows" { ".exe" } else { "" };
    directory.join(target).join("agent").join(format!("task-agent{suffix}"))
}
