//! What a job keeps, as tabs of its page.

use store::{artifact, test_result};

use super::{WebState, error::PageError, job::Loaded};
use crate::http::format;

/// Which tab is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Its steps.
    Steps,
    /// Its test results.
    Tests,
    /// Its artifacts.
    Artifacts,
}

/// The tabs of a job. One that has nothing to show is not there, unless it is the one that is asked for.
#[derive(Clone, Debug)]
pub struct Tabs {
    /// The address of the job.
    pub href: String,
    /// Which is shown.
    pub current: Tab,
    /// What stands beside "Tests".
    pub tests: Option<String>,
    /// Whether some failed.
    pub failed: bool,
    /// What stands beside "Artifacts".
    pub artifacts: Option<String>,
}

impl Tabs {
    /// Counts.
    pub async fn load(state: &WebState, loaded: &Loaded, href: String, current: Tab) -> Result<Self, PageError> {
        let db = state.store.read();
        let tests = test_result::count(db, loaded.job.id).await?;
        let (artifacts, _) = artifact::count(db, loaded.job.id).await?;
        let count = match tests.failed {
            0 => format::count(tests.total()),
            failed => format!("{} failed", format::count(failed)),
        };
        Ok(Self {
            href,
            current,
            tests: (tests.total() > 0 || current == Tab::Tests).then_some(count),
            failed: tests.failed > 0,
            artifacts: (artifacts > 0 || current == Tab::Artifacts).then(|| format::count(artifacts)),
        })
    }

    /// Whether there is more than the steps.
    pub fn any(&self) -> bool {
        self.tests.is_some() || self.artifacts.is_some()
    }

    /// Whether the tab of this name is shown.
    pub fn is(&self, tab: &str) -> bool {
        tab == match self.current {
            Tab::Steps => "steps",
            Tab::Tests => "tests",
            Tab::Artifacts => "artifacts",
        }
    }
}
