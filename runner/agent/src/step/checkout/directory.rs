//! Checkout of a directory of this machine: its files are copied, as they are.

use std::{
    fs::{self, FileTimes, Metadata},
    io,
    path::{Path, PathBuf},
};

use super::Stop;
use crate::{
    os::{files, programs},
    step::job::Job,
    supervise::StepOutput,
};

/// Where `roundhouse run` puts what earlier runs made: no part of the project.
const OWN: &str = ".roundhouse";

/// What was copied.
#[derive(Default)]
struct Counts {
    files: u64,
    bytes: u64,
}

impl Job {
    /// Copies a whole tree, uncommitted and ignored files and `.git` included, `.roundhouse` not, with modes, times and symbolic links.
    pub(super) fn copy_directory(&mut self, from: &Path, to: &Path, output: &StepOutput) -> Result<(), Stop> {
        output.say(format_args!("Copying {} to {}", from.display(), to.display()));
        let target = fs::metadata(to).map_err(|error| failed("read", to, &error))?;
        let root = fs::metadata(from).map_err(|error| failed("read", from, &error))?;
        let target = files::identity(to, &target);
        if target.is_some() && target == files::identity(from, &root) {
            return Err(Stop::Failed(format!(
                "{} would be copied onto itself: give `checkout` a `path`",
                to.display()
            )));
        }
        let mut counts = Counts::default();
        self.copy_entries(from, to, target, &mut counts, output)?;
        output.say(format_args!("Copied {} files, {} bytes", counts.files, counts.bytes));
        Ok(())
    }

    fn copy_entries(
        &mut self,
        from: &Path,
        to: &Path,
        target: Option<(u64, u64)>,
        counts: &mut Counts,
        output: &StepOutput,
    ) -> Result<(), Stop> {
        for entry in fs::read_dir(from).map_err(|error| failed("read", from, &error))? {
            if let Some(interrupt) = self.supervisor.interrupted() {
                return Err(Stop::Interrupted(interrupt));
            }
            let entry = entry.map_err(|error| failed("read", from, &error))?;
            let (source, copy) = (entry.path(), to.join(entry.file_name()));
            let metadata = entry.metadata().map_err(|error| failed("read", &source, &error))?;
            let kind = metadata.file_type();
            if kind.is_dir() {
                // The copy may lie inside of what is copied.
                let is_copy = target.is_some() && target == files::identity(&source, &metadata);
                if is_copy || entry.file_name() == OWN {
                    continue;
                }
                if fs::symlink_metadata(&copy).is_ok_and(|there| !there.is_dir()) {
                    remove(&copy)?;
                }
                if !copy.is_dir() {
                    fs::create_dir(&copy).map_err(|error| failed("create", &copy, &error))?;
                }
                self.copy_entries(&source, &copy, target, counts, output)?;
                files::set_mode(&copy, files::mode(&metadata)).map_err(|error| failed("write", &copy, &error))?;
                set_times(&copy, &metadata).map_err(|error| failed("write", &copy, &error))?;
            } else if kind.is_symlink() {
                remove(&copy)?;
                let points_to = fs::read_link(&source).map_err(|error| failed("read", &source, &error))?;
                files::symlink(&points_to, &copy).map_err(|error| failed("create", &copy, &error))?;
                set_times(&copy, &metadata).map_err(|error| failed("write", &copy, &error))?;
                counts.files += 1;
            } else if kind.is_file() {
                remove(&copy)?;
                counts.bytes += copy_file(&source, &copy, &metadata)?;
                counts.files += 1;
            } else {
                output.say(format_args!("Left out: {} is a socket, a pipe or a device", source.display()));
            }
        }
        Ok(())
    }
}

fn copy_file(source: &Path, copy: &Path, metadata: &Metadata) -> Result<u64, Stop> {
    // Told apart, because the person can do something about either.
    let mut reader = fs::File::open(source).map_err(|error| failed("read", source, &error))?;
    let mut writer = fs::File::create_new(copy).map_err(|error| failed("create", copy, &error))?;
    let bytes = io::copy(&mut reader, &mut writer).map_err(|error| failed("write", copy, &error))?;
    let finish = || -> io::Result<()> {
        files::set_mode_of(&writer, files::mode(metadata))?;
        writer.set_times(FileTimes::new().set_modified(metadata.modified()?))
    };
    finish().map_err(|error| failed("write", copy, &error))?;
    Ok(bytes)
}

fn set_times(path: &Path, metadata: &Metadata) -> io::Result<()> {
    files::set_time(path, metadata.modified()?)
}

/// Removes what stands where a copy goes: nothing is ever written through a link.
fn remove(path: &Path) -> Result<(), Stop> {
    let removed = match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => return Ok(()),
    };
    removed.map_err(|error| failed("replace", path, &error))
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Stop {
    let path: PathBuf = path.to_owned();
    let user = programs::user();
    Stop::Failed(format!("the working tree cannot be copied: cannot {verb} {} as {user}: {error}", path.display()))
}
