//! The task file: read once, then removed, because it holds secrets.

use std::{fs, io, path::Path};

use model::agent::{AgentTask, TASK_FILE};

/// Why there is no task.
pub enum NoTask {
    /// There is no file: wrong use, or the agent was started twice.
    Absent(String),
    /// There is one, and it cannot be used.
    Unreadable(String),
}

/// Reads the task and removes its file.
///
/// # Errors
/// There is none, or it cannot be read.
pub fn take_task(directory: &Path) -> Result<AgentTask, NoTask> {
    let path = directory.join(TASK_FILE);
    let text = fs::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => NoTask::Absent(format!("there is no task: {} does not exist", path.display())),
        _ => NoTask::Unreadable(format!("the task file cannot be read by the job's user: {error}")),
    })?;
    if fs::remove_file(&path).is_err() {
        // The directory may be read-only for the job's user; the content must go all the same.
        drop(fs::write(&path, b""));
    }
    serde_json::from_slice(&text).map_err(|error| {
        // Only where it broke: the text around it may be a secret.
        NoTask::Unreadable(format!(
            "the task file is not one that task-agent {} understands (line {}, column {}): runner and task agent must be \
             of the same version",
            env!("CARGO_PKG_VERSION"),
            error.line(),
            error.column(),
        ))
    })
}
