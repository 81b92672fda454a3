//! Where the task's spool directory is, seen from a process inside of a step.

use std::{
    env,
    path::{Path, PathBuf},
};

use model::agent::MOUNT;

use crate::environment::HALT_VARIABLE;

/// The spool directory; `None` outside of a job.
pub fn spool_directory() -> Option<PathBuf> {
    let known = env::var_os(HALT_VARIABLE).map(PathBuf::from).and_then(|file| Some(file.parent()?.to_owned()));
    // `sudo` and `su` drop the variable; in a container the place is known.
    known.or_else(|| Path::new(MOUNT).is_dir().then(|| MOUNT.into()))
}
