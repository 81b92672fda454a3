//! The task agent on the runner's disk: written once for each version, and then only started.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{agent_binary::TASK_AGENT, os::files};

/// The path of the agent under a work directory; puts it there if need be.
pub(crate) fn agent_file(work_dir: &Path) -> anyhow::Result<PathBuf> {
    let digest = Sha256::digest(TASK_AGENT);
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let path =
        std::path::absolute(work_dir)?.join("agent").join(format!("task-agent-{name}{}", std::env::consts::EXE_SUFFIX));
    write(&path).with_context(|| format!("failed to write the task agent to `{}`", path.display()))?;
    Ok(path)
}

/// A directory in which the agent has the names of the `circleci` command.
pub(crate) fn command_directory(agent: &Path) -> anyhow::Result<PathBuf> {
    let directory = agent.with_extension("commands");
    let link = || {
        fs::create_dir_all(&directory)?;
        for name in ["circleci", "circleci-agent"] {
            match fs::hard_link(agent, directory.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    };
    link().with_context(|| format!("failed to make the `circleci` command in `{}`", directory.display()))?;
    Ok(directory)
}

fn write(path: &Path) -> io::Result<()> {
    // The name tells the content; the length tells a file that a full disk cut short.
    if fs::metadata(path).is_ok_and(|file| file.len() == TASK_AGENT.len() as u64) {
        return Ok(());
    }
    let directory = path.parent().expect("it was joined to one");
    fs::create_dir_all(directory)?;
    let draft = directory.join(format!("draft.{}", Uuid::new_v4()));
    let mut file = files::create_program(&draft)?;
    file.write_all(TASK_AGENT)?;
    drop(file);
    fs::rename(draft, path)
}
