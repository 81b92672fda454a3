//! What names mean at a place.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Env;
use super::argument::Bound;
use super::namespace::NamespaceId;
use crate::diagnostic::suggest::{did_you_mean, did_you_mean_or_list};
use crate::expr::{UnknownName, Value, is_known_pipeline_value, known_pipeline_values};

/// Arguments by the names of their parameters.
pub(crate) type Bindings = BTreeMap<Rc<str>, Bound>;

/// What names mean at a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) namespace: NamespaceId,
    /// What `parameters.` stands for; `None` where there are no parameters.
    pub(crate) parameters: Option<&'a Bindings>,
    /// What `matrix.` stands for.
    pub(crate) matrix: Option<&'a Bindings>,
}

impl<'a> Scope<'a> {
    /// A place with neither parameters nor a matrix.
    pub(crate) fn bare(namespace: NamespaceId) -> Self {
        Self { namespace, parameters: None, matrix: None }
    }

    /// The inside of a command, job or executor.
    pub(crate) fn inside(namespace: NamespaceId, parameters: &'a Bindings) -> Self {
        Self { namespace, parameters: Some(parameters), matrix: None }
    }

    /// What the name of a parameter stands for, if there is one of exactly this name, whatever characters are in it.
    pub(super) fn parameter(&self, env: &Env<'_>, name: &str) -> Option<Bound> {
        let in_pipeline = Some(&env.pipeline_parameters).filter(|_| self.namespace == NamespaceId::ROOT);
        let places =
            [("parameters.", self.parameters), ("matrix.", self.matrix), ("pipeline.parameters.", in_pipeline)];
        places.iter().find_map(|(prefix, bindings)| bindings.as_ref()?.get(name.strip_prefix(prefix)?).cloned())
    }

    /// What a name stands for.
    pub(super) fn lookup(&self, env: &Env<'_>, name: &str) -> Result<Bound, UnknownName> {
        if let Some(name) = name.strip_prefix("parameters.") {
            return bound(self.parameters, name, "parameter", "the parameters here are");
        }
        if let Some(name) = name.strip_prefix("matrix.") {
            return bound(self.matrix, name, "matrix parameter", "the parameters of the matrix are");
        }
        if let Some(parameter) = name.strip_prefix("pipeline.parameters.") {
            if self.namespace != NamespaceId::ROOT {
                return Err(UnknownName {
                    message: format!("`{name}` is not known inside an orb"),
                    help: Some("declare a parameter in the orb and pass the value where the orb is called".to_owned()),
                });
            }
            return bound(
                Some(&env.pipeline_parameters),
                parameter,
                "pipeline parameter",
                "the pipeline parameters are",
            );
        }
        if is_known_pipeline_value(name) || env.inputs.values.contains_key(name) {
            return Ok(Bound::Value(env.pipeline_value(name)));
        }
        Err(UnknownName { message: format!("there is no value `{name}`"), help: self.suggestion(env, name) })
    }

    fn suggestion(&self, env: &Env<'_>, name: &str) -> Option<String> {
        let parameters = self.parameters.into_iter().flat_map(BTreeMap::keys).map(|name| format!("parameters.{name}"));
        let pipeline = env.pipeline_parameters.keys().map(|name| format!("pipeline.parameters.{name}"));
        let names: Vec<String> = parameters.chain(pipeline).chain(known_pipeline_values().map(str::to_owned)).collect();
        let by_last_part = || {
            let ending = format!(".{name}");
            let found =
                names.iter().filter(|candidate| candidate.ends_with(&ending)).min_by_key(|found| found.len())?;
            Some(format!("did you mean `{found}`?"))
        };
        did_you_mean(name, names.iter().map(String::as_str)).or_else(by_last_part)
    }
}

fn bound(bindings: Option<&Bindings>, name: &str, what: &str, title: &str) -> Result<Bound, UnknownName> {
    if let Some(bound) = bindings.and_then(|bindings| bindings.get(name)) {
        return Ok(bound.clone());
    }
    let names = bindings.into_iter().flat_map(BTreeMap::keys).map(|name| &**name);
    let nothing = match what {
        "parameter" => "declare it under `parameters:` of the command, job or executor that this stands in",
        "matrix parameter" => "it is known in the job of a workflow that has a `matrix` with it",
        _ => "declare it under `parameters:` at the top; the default of one cannot use another",
    };
    Err(UnknownName {
        message: format!("there is no {what} `{name}` here"),
        help: did_you_mean_or_list(name, title, names).or_else(|| Some(nothing.to_owned())),
    })
}

impl Bound {
    /// Its value in an expression.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Node(node) => super::argument::node_value(node),
            Self::Executor { node, .. } => super::argument::node_value(node),
            Self::Steps(steps) => Value::Bool(!steps.is_empty()),
        }
    }
}
