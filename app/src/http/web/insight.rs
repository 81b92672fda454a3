//! How the workflows of a project's default branch do: how often they succeed, and how long that takes.

use model::workflow::WorkflowStatus;
use store::{
    Store,
    insight::{Ended, list_ended},
    project::Project,
};

use crate::http::format;

/// Pipelines that are looked at.
const PIPELINES: u32 = 50;

/// Workflows that are told of.
const WORKFLOWS: usize = 3;

/// One workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insight {
    /// Its name.
    pub workflow: String,
    /// How many succeeded.
    pub succeeded: usize,
    /// Of how many that succeeded or failed.
    pub of: usize,
    /// How long half of those that succeeded took at most; `None` when none did.
    pub usual: Option<String>,
    /// How long nine in ten of them took at most, where there are enough to tell.
    pub slow: Option<String>,
}

impl Insight {
    /// How many of a hundred succeeded.
    pub fn percent(&self) -> usize {
        (self.succeeded * 100).checked_div(self.of).unwrap_or(0)
    }
}

/// Of the latest pipelines of the default branch, the workflows that ran most often first.
pub async fn load(store: &Store, project: &Project) -> store::Result<Vec<Insight>> {
    let ended = list_ended(store.read(), project.id, &project.default_branch, PIPELINES).await?;
    Ok(of(&ended))
}

fn of(ended: &[Ended]) -> Vec<Insight> {
    let mut names: Vec<&str> = Vec::new();
    for one in ended {
        if !names.contains(&one.name.as_str()) {
            names.push(&one.name);
        }
    }
    let mut insights: Vec<Insight> =
        names.into_iter().map(|name| one(name, ended)).filter(|insight| insight.of > 0).collect();
    insights.sort_by_key(|insight| std::cmp::Reverse(insight.of));
    insights.truncate(WORKFLOWS);
    insights
}

fn one(name: &str, ended: &[Ended]) -> Insight {
    let own = || ended.iter().filter(|one| one.name == name);
    let failed = own().filter(|one| is_failure(one.status)).count();
    let mut took: Vec<i64> = own()
        .filter(|one| one.status == WorkflowStatus::Success)
        .map(|one| one.ended_at.millis_since(one.created_at).max(0))
        .collect();
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1))).copied();
    Insight {
        workflow: name.to_owned(),
        succeeded: took.len(),
        of: took.len() + failed,
        usual: at(50).map(format::duration),
        slow: at(90).filter(|_| took.len() >= 10).map(format::duration),
    }
}

/// What was canceled, or was never run, says nothing of the work.
const fn is_failure(status: WorkflowStatus) -> bool {
    match status {
        WorkflowStatus::Failed | WorkflowStatus::Error | WorkflowStatus::Failing | WorkflowStatus::Unauthorized => true,
        WorkflowStatus::Success
        | WorkflowStatus::Running
        | WorkflowStatus::NotRun
        | WorkflowStatus::OnHold
        | WorkflowStatus::Canceled => false,
    }
}

#[cfg(test)]
mod tests {
    use model::time::Timestamp;

    use super::*;

    #[test]
    fn medians_are_of_what_succeeded() {
        let run = |name: &str, status, took: i64| Ended {
            name: name.to_owned(),
            status,
            created_at: Timestamp::from_millis(0),
            ended_at: Timestamp::from_millis(took * 1_000),
        };
        let mut ended: Vec<Ended> = (1..=19).map(|took| run("main", WorkflowStatus::Success, took)).collect();
        ended.push(run("main", WorkflowStatus::Failed, 500));
        ended.push(run("main", WorkflowStatus::Canceled, 500));
        ended.push(run("deploy", WorkflowStatus::Success, 4));
        ended.push(run("never", WorkflowStatus::NotRun, 0));
        let [main, deploy] = of(&ended).try_into().unwrap();
        assert_eq!((main.succeeded, main.of, main.percent()), (19, 20, 95));
        assert_eq!((main.usual.as_deref(), main.slow.as_deref()), (Some("10s"), Some("18s")));
        assert_eq!((deploy.workflow.as_str(), deploy.slow), ("deploy", None));
    }
}
