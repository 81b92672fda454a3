//! Which jobs are upstream of a job, and in which order.

use std::collections::{HashMap, HashSet};

use model::id::JobId;
use store::job::Job;

/// The jobs that a job comes after, directly or not, each with its depth: the length of the longest chain before it. Whoever
/// comes after another has the larger depth.
pub(super) fn upstream(job: &Job, jobs: &[Job]) -> HashMap<JobId, usize> {
    let by_name: HashMap<&str, &Job> = jobs.iter().map(|job| (job.name.as_str(), job)).collect();
    let before = |job: &Job| {
        job.requires.iter().filter_map(|required| by_name.get(required.job.as_str()).copied()).collect::<Vec<_>>()
    };
    let (mut seen, mut open) = (HashSet::new(), before(job));
    let mut reached = Vec::new();
    while let Some(next) = open.pop() {
        if next.id != job.id && seen.insert(next.id) {
            open.extend(before(next));
            reached.push(next);
        }
    }
    // The compiler refuses cycles; the bound keeps this from depending on it.
    let mut depths: HashMap<JobId, usize> = reached.iter().map(|job| (job.id, 0)).collect();
    for _ in 0..reached.len() {
        let mut changed = false;
        for job in &reached {
            let depth =
                before(job).iter().filter_map(|before| depths.get(&before.id)).max().map_or(0, |depth| depth + 1);
            if depths.insert(job.id, depth) != Some(depth) {
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    depths
}
