//! Whether the restrictions of a context let a job use it. Whatever cannot be decided keeps it out.

use config::{Inputs, Value};
use model::{id::ProjectId, trigger::Trigger};
use store::{
    context::{Restriction, Rule},
    pipeline::Pipeline,
};

/// Checks all restrictions of a context: of its projects one must be the job's, and of its expressions all must be true.
///
/// # Errors
/// The rule that is not met, as the end of a sentence.
pub(super) fn check(restrictions: &[Restriction], project: ProjectId, pipeline: &Pipeline) -> Result<(), String> {
    let mut projects = restrictions.iter().filter_map(|restriction| match &restriction.rule {
        Rule::Project(id) => Some(*id),
        Rule::Expression(_) => None,
    });
    if let Some(first) = projects.next()
        && first != project
        && !projects.any(|id| id == project)
    {
        return Err(format!("it is restricted to other projects than {}", pipeline.slug));
    }
    let expressions = restrictions.iter().filter_map(|restriction| match &restriction.rule {
        Rule::Project(_) => None,
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
    let given = pipeline.values.as_object().into_iter().flatten();
    for (name, value) in given.filter(|(name, _)| !name.starts_with("pipeline.trigger_parameters.")) {
        let value = match value {
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(number) => Value::Int(number),
                None => continue,
            },
            serde_json::Value::String(text) => Value::String(text.clone()),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => continue,
        };
        inputs.values.insert(name.clone(), value);
    }
    let mut set = |name: &str, value: Value| {
        inputs.values.insert(name.to_owned(), value);
    };
    set("pipeline.id", pipeline.id.to_string().into());
    set("pipeline.number", Value::Int(i64::try_from(pipeline.number).unwrap_or(i64::MAX)));
    set("pipeline.git.revision", pipeline.sha.to_string().into());
    set("pipeline.git.branch", pipeline.git_ref.branch().into());
    set("pipeline.git.tag", pipeline.git_ref.tag().into());
    set("pipeline.trigger_source", pipeline.trigger.name().into());
    set("pipeline.project.slug", pipeline.slug.to_string().into());
    set("pipeline.project.type", pipeline.slug.vcs.long().into());
    // Where the configuration came from: the repository at its commit, or the body of a call.
    let source = match pipeline.trigger {
        Trigger::Webhook | Trigger::Schedule | Trigger::Api => "vcs",
        Trigger::Local => "local",
    };
    set("pipeline.config_source", source.into());
    set("job.ssh.enabled", false.into());
    inputs
}

#[cfg(test)]
mod tests;
