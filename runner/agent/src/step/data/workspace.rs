//! `persist_to_workspace` and `attach_workspace`.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    io,
    path::{Component, Path, PathBuf},
};

use model::{
    blob::{Workspace, WorkspaceLayer},
    event::StepResult,
    plan::{AttachWorkspace, PersistToWorkspace},
};

use super::{
    owners::Owners,
    reach::{Reach, Stop, result},
};
use crate::{
    archive::{Packer, Root, Totals, Unpack, Unreadable, size},
    blob::{Failure, Target},
    environment::create_directory,
    glob::{self, Dialect},
    step::job::Job,
    supervise::{Interrupt, StepOutput},
};

const PLACE: &str = "/blobs/workspace";

impl Job {
    /// Hands files to the jobs that come after this one.
    pub(in crate::step) fn persist_to_workspace(
        &mut self,
        persist: &PersistToWorkspace,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let done = self.reach(output, |reach| persist_paths(persist, reach))?;
        Ok(result(done, "the files cannot be persisted to the workspace", output))
    }

    /// Takes the files of the jobs before this one.
    pub(in crate::step) fn attach_workspace(
        &mut self,
        attach: &AttachWorkspace,
        output: &StepOutput,
    ) -> Result<StepResult, Interrupt> {
        let done = self.reach(output, |reach| attach_layers(attach, reach))?;
        Ok(result(done, "the workspace cannot be attached", output))
    }
}

fn persist_paths(persist: &PersistToWorkspace, reach: &Reach<'_>) -> Result<(), Stop> {
    let PersistToWorkspace { root, paths } = persist;
    let root = reach.environment.path(root);
    let names = names(&root, paths, reach)?;
    let mut totals = Totals::default();
    reach.client.put(&Target::new(PLACE), |writer| {
        let mut packer = Packer::new(writer, Unreadable::Fails, reach.client.watch(), reach.say)?;
        for name in &names {
            packer.add(&root.join(name), name)?;
        }
        totals = packer.finish()?;
        Ok(())
    })?;
    (reach.say)(format_args!("Persisted {totals}"));
    Ok(())
}

/// What the patterns mean, relative to the root, each once.
fn names(root: &Path, patterns: &[String], reach: &Reach<'_>) -> Result<Vec<PathBuf>, Stop> {
    if !root.is_dir() {
        return Err(Stop::Failed(format!("the root {} is not a directory", root.display())));
    }
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let inside = inside(root, pattern).ok_or_else(|| {
            Stop::Failed(format!(
                "`{pattern}` is not below the root {}: `paths` are relative to `root`",
                root.display()
            ))
        })?;
        let matches = glob::expand(root, &inside, Dialect::Go).map_err(Stop::Failed)?;
        if matches.is_empty() {
            (reach.say)(format_args!("Nothing matches `{pattern}` in {}", root.display()));
        }
        found.extend(matches.into_iter().map(|name| if name == Path::new(".") { PathBuf::new() } else { name }));
    }
    let mut names: Vec<PathBuf> = Vec::new();
    for name in found {
        // Sorted: a directory comes before what is in it.
        if !names.last().is_some_and(|last| name.starts_with(last)) {
            names.push(name);
        }
    }
    match names.is_empty() {
        true => Err(Stop::Failed(format!("none of the `paths` is there in the root {}", root.display()))),
        false => Ok(names),
    }
}

/// A pattern without `.` and `..`, relative to the root; `None` where it leads out.
fn inside(root: &Path, pattern: &str) -> Option<String> {
    let pattern = Path::new(pattern);
    let relative = if pattern.is_absolute() { pattern.strip_prefix(root).ok()? } else { pattern };
    let mut parts = Vec::new();
    for component in relative.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn attach_layers(attach: &AttachWorkspace, reach: &Reach<'_>) -> Result<(), Stop> {
    let at = reach.environment.path(&attach.at);
    create_directory(&at).map_err(Stop::Failed)?;
    let workspace = reach
        .client
        .get(&Target::new(PLACE), |_, body| serde_json::from_reader::<_, Workspace>(body).map_err(io::Error::from))?;
    let Workspace { layers, after } = workspace.unwrap_or_default();
    if layers.is_empty() {
        (reach.say)(format_args!("The workspace is empty: no job before this one persisted anything"));
        return Ok(());
    }
    let roots = [Root { prefix: "", directory: at.clone(), open: false }];
    let mut owners = Owners::new(&after);
    for WorkspaceLayer { id, job, size_bytes } in &layers {
        (reach.say)(format_args!("Attaching what `{job}` persisted ({}) to {}", size(*size_bytes), at.display()));
        let layer = RefCell::new(owners.layer(job));
        let totals = reach.client.get(&Target::new(&format!("{PLACE}/{id}")), |_, body| {
            let admits = |name: &Path| layer.borrow_mut().admits(name);
            Unpack { admits: &admits, ..Unpack::into_roots(&roots, reach.client.watch(), reach.say) }.run(body)
        })?;
        match totals {
            Some(totals) => (reach.say)(format_args!("  {totals}")),
            None => {
                let gone = format!("what `{job}` persisted is not stored any more: run the whole workflow again");
                return Err(Failure::Refused { status: 404, message: gone }.into());
            }
        }
        if let Some(conflict) = layer.into_inner().conflict() {
            conflict.tell(reach.say);
            return Err(Stop::Failed(conflict.sentence()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::inside;

    #[test]
    fn patterns_stay_below_the_root() {
        let inside = |pattern| inside(Path::new("/work"), pattern);
        assert_eq!(inside("a/*"), Some("a/*".to_owned()));
        assert_eq!(inside("./a/../b/"), Some("b".to_owned()));
        assert_eq!(inside("."), Some(String::new()));
        assert_eq!(inside("/work/a"), Some("a".to_owned()));
        assert_eq!(inside("/tmp/a"), None);
        assert_eq!(inside("../a"), None);
        assert_eq!(inside("a/../../b"), None);
    }
}
