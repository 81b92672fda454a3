//! The secrets of a job: variables of its project and of the contexts that it names. They are opened here, and only here.

use model::{plan::Environment, trigger::Trigger};
use secrecy::ExposeSecret;
use store::{
    context::{self, Context},
    pipeline::Pipeline,
    project::Project,
    project_variable,
};

use super::{Dispatch, DispatchError, hindrance::Hindrance, oidc::Whose, restriction};
use crate::secret::{Owner, SealError};

/// Values shorter than this are not masked: logs would become unreadable (CircleCI's rule).
const SHORTEST_MASKED: usize = 4;

/// What a job gets of what is secret.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The project's variables, and on top those of the contexts, in the order in which the job names them.
    pub(super) variables: Environment,
    /// What the log must not show.
    pub(super) masks: Vec<String>,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
}

impl Gathered {
    fn add(&mut self, name: &str, value: &str) {
        if is_masked(value) {
            self.masks.push(value.to_owned());
        }
        self.variables.insert(name.to_owned(), value.to_owned());
    }
}

/// Whether a variable's value is masked: not a short one, and not a plain truth value (CircleCI's rule).
pub(super) fn is_masked(value: &str) -> bool {
    value.chars().count() >= SHORTEST_MASKED && !matches!(value, "true" | "True" | "false" | "False")
}

impl Dispatch {
    /// Everything that this job may have. A pipeline of a fork gets nothing.
    pub(super) async fn gather(&self, whose: Whose<'_>) -> Result<Result<Gathered, Hindrance>, DispatchError> {
        let Whose { project, pipeline, workflow: _, job: _, plan } = whose;
        let mut gathered = Gathered::default();
        if !pipeline.zone.may_have_secrets() {
            gathered.notes.push(
                "This pipeline runs code of a fork: the job gets no variables of the project or of contexts, no SSH keys and no \
                 OpenID Connect tokens."
                    .to_owned(),
            );
            return Ok(Ok(gathered));
        }
        let db = self.store().read();
        for variable in project_variable::list(db, project.id).await? {
            match self.vault().unseal(Owner::Project(project.id, &variable.name), &variable.sealed) {
                Ok(value) => gathered.add(&variable.name, value.expose_secret()),
                Err(error) => return Ok(Err(error.into())),
            }
        }
        for name in &plan.contexts {
            let Some(context) = context::find(db, project.slug.vcs, &project.slug.org, name).await? else {
                match missing(project, pipeline, name) {
                    Missing::Note(note) => gathered.notes.push(note),
                    Missing::End(hindrance) => return Ok(Err(hindrance)),
                }
                continue;
            };
            let restrictions = context::list_restrictions(db, context.id).await?;
            if let Err(rule) = restriction::check(&restrictions, project.id, pipeline) {
                let reason = format!("the job may not use the context `{name}`: {rule}");
                return Ok(Err(Hindrance::unauthorized(reason)));
            }
            if let Err(hindrance) = self.check_groups(name, &restrictions, whose).await? {
                return Ok(Err(hindrance));
            }
            if let Err(error) = self.add_context(&context, &mut gathered).await? {
                return Ok(Err(error.into()));
            }
        }
        Ok(Ok(gathered))
    }

    async fn add_context(
        &self,
        context: &Context,
        gathered: &mut Gathered,
    ) -> Result<Result<(), SealError>, DispatchError> {
        for variable in context::list_variables(self.store().read(), context.id).await? {
            match self.vault().unseal(Owner::Context(context.id, &variable.name), &variable.sealed) {
                Ok(value) => gathered.add(&variable.name, value.expose_secret()),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }
}

/// What follows from a context that is not there.
enum Missing {
    Note(String),
    End(Hindrance),
}

fn missing(project: &Project, pipeline: &Pipeline, name: &str) -> Missing {
    let org = &project.slug.org;
    match pipeline.trigger {
        Trigger::Local => Missing::Note(format!(
            "The context `{name}` is not in a file that `--context-file` names: the job runs without it."
        )),
        Trigger::Webhook | Trigger::Schedule | Trigger::Api => Missing::End(Hindrance::unauthorized(format!(
            "the context `{name}` does not exist in the organization `{org}`: make it with `roundhouse admin context \
             create {}/{org} {name}`, or take it out of the job",
            project.slug.vcs.short()
        ))),
    }
}
