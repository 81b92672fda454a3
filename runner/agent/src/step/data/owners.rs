//! Which job's file is which, so that two jobs that ran at the same time do not overwrite each other's.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Arguments,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
};

/// Files that are named in the log.
const NAMED: usize = 20;

/// Names of jobs, and for each the jobs that it comes after.
type After = BTreeMap<String, BTreeSet<String>>;

/// The files of all layers that were attached until now.
pub struct Owners<'a> {
    after: &'a After,
    /// The last job that brought a file, by a hash of its name: the names themselves would take ten times as much.
    files: HashMap<u64, &'a str>,
}

/// One layer that is being attached.
pub struct Layer<'o, 'a> {
    owners: &'o mut Owners<'a>,
    job: &'a str,
    conflict: Option<Conflict>,
}

/// Files that two jobs persisted at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    jobs: (String, String),
    named: Vec<String>,
    count: usize,
}

impl<'a> Owners<'a> {
    /// Of no file yet.
    pub fn new(after: &'a After) -> Self {
        Self { after, files: HashMap::new() }
    }

    /// The next layer, of this job.
    pub fn layer(&mut self, job: &'a str) -> Layer<'_, 'a> {
        Layer { owners: self, job, conflict: None }
    }

    fn concurrent(&self, one: &str, other: &str) -> bool {
        let comes_after = |job: &str, before: &str| self.after.get(job).is_some_and(|jobs| jobs.contains(before));
        one != other && !comes_after(one, other) && !comes_after(other, one)
    }
}

impl Layer<'_, '_> {
    /// Whether a file may be unpacked: not where another job, which ran at the same time, brought one with this name.
    pub fn admits(&mut self, name: &Path) -> bool {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let before = self.owners.files.insert(hasher.finish(), self.job);
        let Some(before) = before.filter(|before| self.owners.concurrent(before, self.job)) else { return true };
        let conflict = self.conflict.get_or_insert_with(|| Conflict {
            jobs: (before.to_owned(), self.job.to_owned()),
            named: Vec::new(),
            count: 0,
        });
        conflict.count += 1;
        if conflict.named.len() < NAMED {
            conflict.named.push(name.display().to_string());
        }
        false
    }

    /// What was refused.
    pub fn conflict(self) -> Option<Conflict> {
        self.conflict
    }
}

impl Conflict {
    /// Names the files in the log.
    pub fn tell(&self, say: &dyn Fn(Arguments<'_>)) {
        say(format_args!("Concurrent upstream jobs persisted the same file(s) into the workspace:"));
        for name in &self.named {
            say(format_args!("  - {name}"));
        }
        if self.count > self.named.len() {
            say(format_args!("  … and {} more", self.count - self.named.len()));
        }
    }

    /// Follows "the workspace cannot be attached: ".
    pub fn sentence(&self) -> String {
        let (one, other) = &self.jobs;
        let first = self.named.first().map_or("?", String::as_str);
        let more = match self.count {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        format!(
            "Concurrent upstream jobs persisted the same file(s): `{one}` and `{other}` both persisted `{first}`{more}; persist \
             them under different names, or let one job require the other"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{After, Owners};

    fn after(pairs: &[(&str, &[&str])]) -> After {
        let names = |jobs: &[&str]| jobs.iter().map(|job| (*job).to_owned()).collect();
        pairs.iter().map(|(job, before)| ((*job).to_owned(), names(before))).collect()
    }

    #[test]
    fn only_jobs_in_an_order_may_bring_the_same_file() {
        let after = after(&[("build", &[]), ("test", &["build"]), ("lint", &["build"])]);
        let mut owners = Owners::new(&after);
        for (job, admitted) in [("build", true), ("test", true), ("test", true), ("lint", false)] {
            let mut layer = owners.layer(job);
            assert!(layer.admits(Path::new("of/its/own").join(job).as_ref()), "{job}");
            assert_eq!(layer.admits(Path::new("a/b")), admitted, "{job}");
            let conflict = layer.conflict();
            assert_eq!(conflict.is_none(), admitted);
            if let Some(conflict) = conflict {
                let sentence = conflict.sentence();
                assert!(sentence.contains("`test` and `lint` both persisted `a/b`;"), "{sentence}");
            }
        }
    }
}
