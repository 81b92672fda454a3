//! `store_artifacts` and `store_test_results`.

use std::path::{Path, PathBuf};

use model::{
    event::StepResult,
    plan::{StoreArtifacts, StoreTestResults},
};

use super::{
    reach::{Reach, Stop, result},
    send::Parcels,
    tree,
};
use crate::{
    glob::{self, Dialect},
    step::job::Job,
    supervise::{Interrupt, StepOutput},
};

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
    let mut parcels = Parcels::default();
    for Source { path, within, single } in sources(path, reach)? {
        tree::files(&path, reach.say, &mut |file, name| {
            let public = match destination.as_deref().filter(|destination| !destination.is_empty()) {
                // The name of a file that stands alone, unless it says that it is a directory.
                Some(destination) if single && !destination.ends_with('/') => PathBuf::from(destination),
                Some(destination) => Path::new(destination).join(relative(&within, name)),
                None => tree::name_of(&path, reach.environment).join(name),
            };
            parcels.add(file, &public);
            Ok::<_, Stop>(())
        })?;
    }
    let totals = parcels.send("/blobs/artifact", reach)?;
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
    let mut parcels = Parcels::default();
    let top = reach.environment.path(path);
    if top.exists() {
        tree::files(&top, reach.say, &mut |file, name| {
            let is_xml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"));
            // Whoever names a file means it.
            if is_xml || name.as_os_str().is_empty() {
                parcels.add(file, &tree::name_of(&top, reach.environment).join(name));
            }
            Ok::<_, Stop>(())
        })?;
    }
    let totals = parcels.send("/blobs/test-results", reach)?;
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
