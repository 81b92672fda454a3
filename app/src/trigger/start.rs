//! Starting a pipeline of a branch or tag, wherever it stands.

use model::{
    project::{GitRef, Sha},
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::Value;
use store::{
    Tx,
    pipeline::{self, NewPipeline, Pipeline},
    project::Project,
};

use model::time::Timestamp;

/// What starts one.
pub(super) struct Start<'a> {
    pub(super) project: &'a Project,
    pub(super) trigger: Trigger,
    pub(super) git_ref: GitRef,
    pub(super) actor: Actor,
    pub(super) parameters: Value,
    pub(super) values: Value,
}

impl Start<'_> {
    /// Makes the pipeline. The compiler asks the forge for the commit.
    pub(super) async fn pipeline(self, tx: &mut Tx, now: Timestamp) -> store::Result<Pipeline> {
        let Self { project, trigger, git_ref, actor, parameters, values } = self;
        let new = NewPipeline {
            project_id: project.id,
            trigger,
            zone: Zone::of_ref(&git_ref, &project.default_branch),
            git_ref,
            sha: Sha::zero(),
            subject: String::new(),
            body: String::new(),
            actor,
            author: None,
            parameters,
            values,
            delivery_id: None,
        };
        pipeline::create(tx, &new, now).await
    }
}
