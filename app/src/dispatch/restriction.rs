//! Whether the restrictions of a context let a job use it. Whatever cannot be decided keeps it out.

use config::Inputs;
use model::{id::ProjectId, trigger::Trigger};
use store::{
    context::{Restriction, Rule},
    pipeline::Pipeline,
};

use crate::value;

/// Checks what the rows can tell of a context's restrictions: of its projects one must be the job's, and of its expressions all
/// must be true. (Groups are the forge's to tell.)
///
/// # Errors
/// The rule that is not met, as the end of a sentence.
pub(super) fn check(restrictions: &[Restriction], project: ProjectId, pipeline: &Pipeline) -> Result<(), String> {
    let mut projects = restrictions.iter().filter_map(|restriction| match &restriction.rule {
        Rule::Project(id) => Some(*id),
        Rule::Expression(_) | Rule::Group(_) => None,
    });
    if let Some(first) = projects.next()
        && first != project
        && !projects.any(|id| id == project)
    {
        return Err(format!("it is restricted to other projects than {}", pipeline.slug));
    }
    let expressions = restrictions.iter().filter_map(|restriction| match &restriction.rule {
        Rule::Project(_) | Rule::Group(_) => None,
        Rule::Expression(expression) => Some(expression),
    });
    let inputs = inputs(pipeline);
    for expression in expressions {
        match config::restriction_holds(expression, &inputs) {
            Ok(true) => {}
            Ok(false) => return Err(format!("its restriction `{expression}` is not met")),
            Err(error) => return Err(format!("its restriction `{expression}` cannot be decided ({error})")),
        }
    }
    Ok(())
}

/// What an expression may speak of: pipeline values, and what is known of the job. Neither parameters nor
/// `pipeline.trigger_parameters.…`: whoever triggers a pipeline chooses those.
fn inputs(pipeline: &Pipeline) -> Inputs {
    let mut inputs = Inputs::new(pipeline.git_ref.clone());
    inputs.values = value::of(pipeline);
    inputs.values.retain(|name, _| !name.starts_with("pipeline.trigger_parameters."));
    // Where the configuration came from: the repository at its commit, or the body of a call.
    let source = match pipeline.trigger {
        Trigger::Webhook | Trigger::Schedule | Trigger::Api => "vcs",
        Trigger::Local => "local",
    };
    inputs.values.insert("pipeline.config_source".to_owned(), source.into());
    inputs.values.insert("job.ssh.enabled".to_owned(), false.into());
    inputs
}

#[cfg(test)]
mod tests;
