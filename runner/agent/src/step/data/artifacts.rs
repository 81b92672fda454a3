//! `store_artifacts` and `store_test_results`.

use std::{
    cell::Cell,
    io::{self, Read},
    path::{Path, PathBuf},
};

use model::{
    event::StepResult,
    plan::{StoreArtifacts, StoreTestResults},
};

use super::{
    reach::{Reach, Stop, result},
    tree,
};
use crate::{
    archive::{Totals, size},
    blob::{Failure, Target},
    glob::{self, Dialect},
    step::job::Job,
    supervise::{Interrupt, StepOutput},
};

/// How much is read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Files that are named in the log; of more, only their number is told.
const NAMED: u64 = 50;

impl Job {
    /// Sends files for people to look at.
    pub(in crate::step) fn store_artifacts(
        &mut self,
        store: &StoreArtifacts,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let done = self.reach(output, |reach| artifacts(store, reach))?;
        Ok(result(done, "the artifacts cannot be stored", output))
    }

    /// Sends test results.
    pub(in crate::step) fn store_test_results(
        &mut self,
        store: &StoreTestResults,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let done = self.reach(output, |reach| test_results(store, reach))?;
        Ok(result(done, "the test results cannot be stored", output))
    }
}

fn artifacts(store: &StoreArtifacts, reach: &Reach<'_>) -> Result<(), Stop> {
    let StoreArtifacts { path, destination } = store;
    let mut totals = Totals::default();
    for Source { path, within, single } in sources(path, reach)? {
        tree::files(&path, reach.say, &mut |file, name| {
            let public = match destination.as_deref().filter(|destination| !destination.is_empty()) {
                // The name of a file that stands alone, unless it says that it is a directory.
                Some(destination) if single && !destination.ends_with('/') => PathBuf::from(destination),
                Some(destination) => Path::new(destination).join(relative(&within, name)),
                None => tree::name_of(&path, reach.environment).join(name),
            };
            send("/blobs/artifact", file, &public, reach, &mut totals)
        })?;
    }
    match totals.files {
        0 => (reach.say)(format_args!(
            "Nothing to store: there is no file at {}",
            reach.environment.path(path).display()
        )),
        _ => (reach.say)(format_args!("Stored {totals}")),
    }
    Ok(())
}

fn test_results(store: &StoreTestResults, reach: &Reach<'_>) -> Result<(), Stop> {
    let StoreTestResults { path } = store;
    let mut totals = Totals::default();
    let top = reach.environment.path(path);
    if top.exists() {
        tree::files(&top, reach.say, &mut |file, name| {
            let is_xml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
            // Whoever names a file means it.
            if !is_xml && !name.as_os_str().is_empty() {
                return Ok(());
            }
            let public = tree::name_of(&top, reach.environment).join(name);
            send("/blobs/test-results", file, &public, reach, &mut totals)
        })?;
    }
    match totals.files {
        0 => (reach.say)(format_args!("Nothing to store: there is no XML file at {}", top.display())),
        _ => (reach.say)(format_args!("Stored {totals}")),
    }
    Ok(())
}

/// A path that a step means.
struct Source {
    path: PathBuf,
    /// Its name below a `destination`; empty for a directory, whose content goes there itself.
    within: PathBuf,
    /// Whether it is the one file that the step names.
    single: bool,
}

fn sources(text: &str, reach: &Reach<'_>) -> Result<Vec<Source>, Stop> {
    let path = reach.environment.path(text);
    if path.symlink_metadata().is_ok() {
        let single = !path.is_dir();
        let within = if single { path.file_name().map(PathBuf::from).unwrap_or_default() } else { PathBuf::new() };
        return Ok(vec![Source { path, within, single }]);
    }
    if !glob::is_pattern(text) {
        return Ok(Vec::new());
    }
    // What is found is called as it lies below the part without a pattern.
    let fixed: PathBuf = path.components().take_while(|part| !is_pattern(part.as_os_str())).collect();
    let pattern = path.strip_prefix(&fixed).unwrap_or(&path).to_string_lossy().into_owned();
    let found = glob::expand(&fixed, &pattern, Dialect::Globstar).map_err(Stop::Failed)?;
    let mut sources: Vec<Source> = Vec::new();
    for within in found {
        // A directory brings its content.
        let covered = sources.iter().rev().take(1).any(|last| within.starts_with(&last.within));
        if !covered {
            sources.push(Source { path: fixed.join(&within), within, single: false });
        }
    }
    Ok(sources)
}

fn is_pattern(part: &std::ffi::OsStr) -> bool {
    glob::is_pattern(&part.to_string_lossy())
}

fn relative(within: &Path, name: &Path) -> PathBuf {
    if name.as_os_str().is_empty() { within.to_owned() } else { within.join(name) }
}

/// Sends one file as it is now.
fn send(place: &str, file: &Path, public: &Path, reach: &Reach<'_>, totals: &mut Totals) -> Result<(), Stop> {
    let Some(public) = tree::clean(public) else { return Ok(()) };
    let target = Target::new(place).with("path", &public);
    let unreadable = Cell::new(false);
    let sent = Cell::new(0);
    let mut buffer = vec![0; BUFFER_BYTES];
    let stored = reach.client.put(&target, |writer| {
        let opened = tree::open(file).inspect_err(|_| unreadable.set(true))?;
        // A file that grows while it is read is sent as long as it was.
        let length = opened.metadata()?.len();
        let mut reader = opened.take(length);
        sent.set(0);
        loop {
            match reader.read(&mut buffer).inspect_err(|_| unreadable.set(true))? {
                0 => return io::Result::Ok(()),
                count => {
                    writer.write_all(&buffer[..count])?;
                    sent.set(sent.get() + count as u64);
                }
            }
        }
    });
    match stored {
        Ok(_) => {
            totals.files += 1;
            totals.bytes += sent.get();
            if totals.files <= NAMED {
                (reach.say)(format_args!("  {public} ({})", size(sent.get())));
            } else if totals.files == NAMED + 1 {
                (reach.say)(format_args!("  … and more"));
            }
            Ok(())
        }
        Err(Failure::Local(error)) if unreadable.get() => {
            (reach.say)(format_args!("Left out: {} cannot be read: {error}", file.display()));
            Ok(())
        }
        Err(failure) => Err(failure.into()),
    }
}
