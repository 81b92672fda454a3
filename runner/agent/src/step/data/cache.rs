//! `save_cache` and `restore_cache`: a help, never a need. Whatever goes wrong is said, and the job goes on.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
};

use model::{
    blob::KEY_HEADER,
    event::StepResult,
    plan::{RestoreCache, SaveCache},
};

use super::reach::{Reach, Stop};
use crate::{
    archive::{Packer, Root, Totals, Unpack, Unreadable, size},
    blob::{Target, decode},
    environment::JobEnvironment,
    os::files,
    step::{cache_key, job::Job},
    supervise::{Interrupt, StepOutput},
};

const PLACE: &str = "/blobs/cache";

/// First part of the names of what lies below the home: where that is differs between users and runners.
const HOME: &str = "home";

impl Job {
    /// Stores files under a key, once.
    pub(in crate::step) fn save_cache(
        &mut self,
        save: &SaveCache,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let facts = self.key_facts();
        let done = self.reach(output, |reach| store(save, &facts, reach))?;
        Ok(without(done, "Nothing was stored", output))
    }

    /// Brings what is stored under the first of the keys that leads to something.
    pub(in crate::step) fn restore_cache(
        &mut self,
        restore: &RestoreCache,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let facts = self.key_facts();
        let done = self.reach(output, |reach| bring(restore, &facts, reach))?;
        Ok(without(done, "The cache was not restored", output))
    }

    fn key_facts(&self) -> cache_key::Facts {
        cache_key::Facts::of(&self.task)
    }
}

fn without(done: Result<(), String>, what: &str, output: &StepOutput) -> StepResult {
    if let Err(why) = done {
        output.say(format_args!("{what}; the job goes on without: {why}"));
    }
    StepResult::SUCCESS
}

fn store(save: &SaveCache, facts: &cache_key::Facts, reach: &Reach<'_>) -> Result<(), Stop> {
    let SaveCache { key, paths } = save;
    let key = key_of(key, facts, reach)?;
    let target = Target::new(PLACE).with("key", &key);
    (reach.say)(format_args!("Key: {key}"));
    if reach.client.has(&target)? {
        (reach.say)(format_args!("A cache with this key is already stored: nothing to do"));
        return Ok(());
    }
    let mut sources: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in paths {
        let path = reach.environment.path(path);
        if path.symlink_metadata().is_ok() {
            let name = name_of(&path, reach.environment);
            (reach.say)(format_args!("  {}", path.display()));
            sources.push((path, name));
        } else {
            (reach.say)(format_args!("Warning: {} does not exist, and is not in the cache", path.display()));
        }
    }
    if sources.is_empty() {
        return Err(Stop::Failed("none of the paths exists".to_owned()));
    }
    let mut totals = Totals::default();
    let archive_bytes = Cell::new(0);
    let stored = reach.client.put(&target, |writer| {
        archive_bytes.set(0);
        let counted = Counted { writer, bytes: &archive_bytes };
        let mut packer = Packer::new(counted, Unreadable::LeftOut, reach.client.watch(), reach.say)?;
        for (path, name) in &sources {
            packer.add(path, name)?;
        }
        totals = packer.finish()?;
        Ok(())
    })?;
    if stored {
        (reach.say)(format_args!("Stored {totals} ({} compressed)", size(archive_bytes.get())));
    } else {
        (reach.say)(format_args!("Another job stored a cache with this key meanwhile: that one stays"));
    }
    Ok(())
}

fn bring(restore: &RestoreCache, facts: &cache_key::Facts, reach: &Reach<'_>) -> Result<(), Stop> {
    let RestoreCache { keys } = restore;
    let mut target = Target::new(PLACE);
    let mut asked = false;
    for key in keys {
        match key_of(key, facts, reach) {
            Ok(key) => {
                (reach.say)(format_args!("Looking for a cache with a key that begins with: {key}"));
                target = target.with("key", &key);
                asked = true;
            }
            // The keys after it may still lead to something.
            Err(Stop::Failed(why)) => (reach.say)(format_args!("Warning: {why}")),
            Err(stop) => return Err(stop),
        }
    }
    if !asked {
        return Err(Stop::Failed("there is no key to look for".to_owned()));
    }
    let environment = reach.environment;
    let home = (HOME, environment.home().to_owned());
    let others = files::ROOTS.iter().map(|(prefix, directory)| (*prefix, PathBuf::from(directory)));
    let there = std::iter::once(home).chain(others.filter(|(_, directory)| directory.exists()));
    let roots: Vec<Root> = there.map(|(prefix, directory)| Root { prefix, directory, open: true }).collect();
    let found = reach.client.get(&target, |head, body| {
        let key = head.header(KEY_HEADER).map_or_else(String::new, decode);
        match head.header("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => (reach.say)(format_args!("Found: {key} ({} compressed)", size(length))),
            None => (reach.say)(format_args!("Found: {key}")),
        }
        Unpack::into_roots(&roots, reach.client.watch(), reach.say).run(body)
    })?;
    match found {
        Some(totals) => (reach.say)(format_args!("Restored {totals}")),
        None => (reach.say)(format_args!("No cache was found")),
    }
    Ok(())
}

fn key_of(template: &str, facts: &cache_key::Facts, reach: &Reach<'_>) -> Result<String, Stop> {
    let rendered = cache_key::render(template, facts, reach.environment).map_err(Stop::Failed)?;
    for unset in &rendered.unset {
        (reach.say)(format_args!("Warning: `{unset}` has no value here; the key has `{}` there", cache_key::NO_VALUE));
    }
    Ok(rendered.key)
}

/// The name of a path in the archive.
fn name_of(path: &Path, environment: &JobEnvironment) -> PathBuf {
    let clean: PathBuf = path.components().collect();
    // A home that is the root of everything says nothing about what lies below.
    let home = Some(environment.home()).filter(|home| *home != Path::new(files::ROOT));
    match home.and_then(|home| clean.strip_prefix(home).ok()) {
        Some(inside) => Path::new(HOME).join(inside),
        None => files::below_roots(&clean),
    }
}

/// Counts what is written.
struct Counted<'a, W> {
    writer: W,
    bytes: &'a Cell<u64>,
}

impl<W: std::io::Write> std::io::Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.writer.write(bytes)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush()
    }
}
