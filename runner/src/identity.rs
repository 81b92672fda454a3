//! Who a runner is to its own environments: a number in its work directory. Names may be given twice, and two runners with
//! one name must not remove each other's containers.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use uuid::Uuid;

/// The identity that is written in the work directory; made at the first call.
pub(crate) fn identity(work_dir: &Path) -> anyhow::Result<Uuid> {
    let path = work_dir.join("identity");
    read_or_make(work_dir, &path).with_context(|| format!("failed to read or make `{}`", path.display()))
}

fn read_or_make(work_dir: &Path, path: &Path) -> io::Result<Uuid> {
    match fs::read_to_string(path) {
        Ok(text) => text.trim().parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(work_dir)?;
            let fresh = Uuid::new_v4();
            let draft = work_dir.join(format!("identity.{fresh}"));
            fs::File::create(&draft)?.write_all(format!("{fresh}\n").as_bytes())?;
            // Of two that come here at once, one wins, and both read the winner's.
            let linked = fs::hard_link(&draft, path);
            fs::remove_file(&draft)?;
            match linked {
                Ok(()) => Ok(fresh),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read_or_make(work_dir, path),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}
