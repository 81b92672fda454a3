//! What an administrator does to the queue, and what a waiting job says.

use model::project::{ProjectSlug, Vcs};
use roundhouse::{disk::Disk, dispatch::Queue};
use store::{
    job,
    pause::{self, PauseScope},
    pipeline::{self, PipelineFilter},
    queue, workflow,
};

use crate::{TestApp, app::REPOSITORY};

impl TestApp {
    /// Blocks all new work.
    pub async fn block(&self, reason: &str) {
        let mut tx = self.server().store().begin().await.unwrap();
        pause::begin(&mut tx, &PauseScope::All, "ada", reason, self.server().clock().now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets new work begin again.
    pub async fn unblock(&self) {
        let mut tx = self.server().store().begin().await.unwrap();
        assert!(pause::end(&mut tx, &PauseScope::All).await.unwrap(), "nothing was blocked");
        tx.commit().await.unwrap();
    }

    /// So many tasks of the repository at GitHub may run at the same time; `None`: as many as of every other.
    pub async fn limit(&self, most: Option<u32>) {
        let slug = ProjectSlug::from_full_name(Vcs::GitHub, REPOSITORY).unwrap();
        let project = store::project::find_by_slug(self.server().store().read(), &slug).await.unwrap();
        let mut tx = self.server().store().begin().await.unwrap();
        queue::set_project_limit(&mut tx, project.expect("it appears with a push").id, most).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Why the newest job with this name waits.
    pub async fn why(&self, name: &str) -> String {
        let (store, clock) = (self.server().store(), self.server().clock());
        for pipeline in pipeline::list(store.read(), &PipelineFilter::default(), 100).await.unwrap() {
            for workflow in workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap() {
                if let Some(job) = job::find_by_name(store.read(), workflow.id, name).await.unwrap() {
                    let disk = Disk::new(std::path::Path::new("/"), 0);
                    return Queue::new(store.clone(), clock.clone(), disk).why(job.id).await.unwrap();
                }
            }
        }
        panic!("there is no job `{name}`");
    }
}
