//! Names of jobs are unique: those that are not get numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::expand::{Instance, InstanceKind, Workflow};

/// Numbers the jobs that share a name: in one workflow always, in several when they are not the same work.
pub(crate) fn number(workflows: &mut [Workflow]) {
    let mut uses: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for (workflow, jobs) in workflows.iter().enumerate() {
        for (index, job) in jobs.jobs.iter().enumerate() {
            uses.entry(job.base_name.clone()).or_default().push((workflow, index));
        }
    }
    let mut taken: BTreeSet<String> = uses.keys().cloned().collect();
    for (name, places) in uses {
        let repeated = places.windows(2).any(|pair| pair[0].0 == pair[1].0);
        let at = |place: &(usize, usize)| &workflows[place.0].jobs[place.1];
        let first = places.first().map(at);
        let differs = places.iter().any(|place| first.is_some_and(|first| !same_work(first, at(place))));
        if !repeated && !differs {
            continue;
        }
        let mut number = 0;
        for (workflow, index) in places {
            let unique = loop {
                number += 1;
                let candidate = format!("{name}-{number}");
                if taken.insert(candidate.clone()) {
                    break candidate;
                }
            };
            workflows[workflow].jobs[index].name = unique;
        }
    }
}

fn same_work(left: &Instance, right: &Instance) -> bool {
    match (&left.kind, &right.kind) {
        (InstanceKind::Job(left), InstanceKind::Job(right)) => Rc::ptr_eq(left, right) || left.same(right),
        // Approvals do no work that could differ.
        (InstanceKind::Approval, _) | (_, InstanceKind::Approval) => true,
    }
}
