//! Which jobs are upstream of a job, and in which order.

use std::collections::{HashMap, HashSet};

use model::id::JobId;
use store::job::Job;

/// The jobs of a workflow, by what they require.
pub(super) struct Graph<'a> {
    by_name: HashMap<&'a str, &'a Job>,
}

impl<'a> Graph<'a> {
    /// Of all jobs of a workflow.
    pub(super) fn new(jobs: &'a [Job]) -> Self {
        Self { by_name: jobs.iter().map(|job| (job.name.as_str(), job)).collect() }
    }

    fn required<'s>(&'s self, job: &'s Job) -> impl Iterator<Item = &'a Job> + 's {
        job.requires.iter().filter_map(|required| self.by_name.get(required.job.as_str()).copied())
    }

    /// The jobs that a job comes after, directly or not, each once.
    pub(super) fn upstream(&self, job: &Job) -> Vec<&'a Job> {
        let (mut seen, mut reached) = (HashSet::from([job.id]), Vec::new());
        let mut open: Vec<&Job> = self.required(job).collect();
        while let Some(next) = open.pop() {
            if seen.insert(next.id) {
                open.extend(self.required(next));
                reached.push(next);
            }
        }
        reached
    }

    /// The depth of each job that a job comes after: the length of the longest chain before it. Whoever comes after
    /// another has the larger depth.
    pub(super) fn depths(&self, job: &Job) -> HashMap<JobId, usize> {
        let reached = self.upstream(job);
        // The compiler refuses cycles; the bound keeps this from depending on it.
        let mut depths: HashMap<JobId, usize> = reached.iter().map(|job| (job.id, 0)).collect();
        for _ in 0..reached.len() {
            let mut changed = false;
            for job in &reached {
                let before = self.required(job).filter_map(|before| depths.get(&before.id));
                let depth = before.max().map_or(0, |depth| depth + 1);
                changed |= depths.insert(job.id, depth) != Some(depth);
            }
            if !changed {
                break;
            }
        }
        depths
    }
}
