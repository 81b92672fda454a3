//! Arguments for parameters.

use std::rc::Rc;

use super::Env;
use super::namespace::NamespaceId;
use super::scope::{Bindings, Scope};
use super::step::{Stack, Step, expand_steps};
use crate::Code;
use crate::diagnostic::Report;
use crate::diagnostic::suggest::{did_you_mean_or_list, nearest};
use crate::expr::Value;
use crate::source::Span;
use crate::syntax::{Parameter, ParameterType, Parameters};
use crate::yaml::{Entry, Kind, Node, Resolved, Scalar};

/// What a parameter stands for.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// A value without a place.
    Value(Value),
    /// A literal node.
    Node(Node),
    /// An executor, with the namespace that its name belongs to.
    Executor { node: Node, namespace: NamespaceId },
    /// Steps, expanded in the scope of who wrote them.
    Steps(Rc<Vec<Step>>),
}

/// What a node stands for in an expression.
pub(super) fn node_value(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => Value::Undefined,
            Resolved::Bool(value) => Value::Bool(value),
            Resolved::Int(value) => Value::Int(value),
            Resolved::Float(_) | Resolved::Text => Value::String(scalar.text().to_owned()),
        },
        Kind::Seq(items) => Value::Bool(!items.is_empty()),
        Kind::Map(map) => match map.get("name").and_then(Node::as_text) {
            Some(name) => Value::String(name.to_owned()),
            None => Value::Bool(!map.entries.is_empty()),
        },
    }
}

/// A call: who calls what, with which arguments.
pub(super) struct CallSite<'a> {
    /// `` command `greet` ``
    pub(super) what: String,
    /// Where the name of what is called stands.
    pub(super) span: Span,
    pub(super) arguments: Vec<&'a Entry>,
    /// Keys that stand beside arguments and are none.
    pub(super) other_keys: &'a [&'a str],
    /// Where the arguments were written.
    pub(super) scope: Scope<'a>,
    pub(super) stack: &'a Stack,
}

impl Env<'_> {
    /// Binds the arguments of a call to the parameters of what is called in `callee`.
    pub(super) fn bind(&self, parameters: &Parameters, callee: NamespaceId, call: &CallSite<'_>) -> Bindings {
        let mut bindings = Bindings::new();
        for entry in &call.arguments {
            if parameters.get(&entry.key).is_none() {
                let message = format!("{} has no parameter `{}`", call.what, entry.key);
                let help = match parameters.list.is_empty() {
                    true => Some("it takes no arguments".to_owned()),
                    false => did_you_mean_or_list(&entry.key, "its parameters are", parameters.names()),
                };
                let help = match nearest(&entry.key, call.other_keys.iter().copied()) {
                    Some(meant) => Some(format!("did you mean `{meant}`?")),
                    None => help,
                };
                self.sink.push(Report::error(Code::UnknownArgument, entry.key_span, message).help(help));
            }
        }
        for parameter in &parameters.list {
            let argument = call.arguments.iter().find(|entry| entry.key == parameter.name);
            let bound = match (argument, &parameter.default) {
                (Some(entry), _) => self.bind_one(parameter, &entry.value, call.scope, call.stack, &call.what),
                (None, Some(default)) => {
                    // A default may use pipeline values, and the parameters before it.
                    let scope = Scope::inside(callee, &bindings);
                    self.bind_one(parameter, default, scope, call.stack, &call.what)
                }
                (None, None) => {
                    let message = format!("{} needs an argument for the parameter `{}`", call.what, parameter.name);
                    let report = Report::error(Code::MissingArgument, call.span, message)
                        .label(format!("`{}` is missing", parameter.name))
                        .related(parameter.span, "declared here without a default");
                    self.sink
                        .push(report.help(format!("pass `{}: …`, or give the parameter a default", parameter.name)));
                    None
                }
            };
            // After a mistake, an empty text stands in: what follows from the mistake is not reported.
            let bound = bound.unwrap_or_else(|| match parameter.kind {
                ParameterType::Steps => Bound::Steps(Rc::default()),
                ParameterType::String
                | ParameterType::Boolean
                | ParameterType::Integer
                | ParameterType::Enum(_)
                | ParameterType::Executor
                | ParameterType::EnvironmentName => {
                    self.sink.poison(parameter.span);
                    Bound::Node(Node::string(parameter.span, ""))
                }
            });
            bindings.insert(Rc::clone(&parameter.name), bound);
        }
        bindings
    }

    /// Binds what the pipeline brings to the parameters that the configuration declares.
    pub(crate) fn bind_pipeline_parameters(&mut self, parameters: &Parameters, root: &Node) {
        let place = root.as_map().and_then(|map| Some(map.entry("parameters")?.key_span));
        let place = place.unwrap_or(Span { end: root.span.start, ..root.span });
        for name in self.inputs.parameters.keys().filter(|name| parameters.get(name).is_none()) {
            let message = format!("the pipeline brings an argument for `{name}`, which is not a pipeline parameter");
            let help = did_you_mean_or_list(name, "the pipeline parameters are", parameters.names())
                .unwrap_or_else(|| "declare it under `parameters:`".to_owned());
            self.sink.push(Report::error(Code::UnknownArgument, place, message).help(help));
        }
        let mut all = Bindings::new();
        for parameter in &parameters.list {
            // A default may use pipeline values, and no other pipeline parameter: none is known yet.
            let scope = Scope::bare(NamespaceId::ROOT);
            let stack = Stack::default();
            let bound = match (self.inputs.parameters.get(&*parameter.name), &parameter.default) {
                (Some(value), _) => {
                    let node = Bound::Value(value.clone()).to_node(parameter.span);
                    self.check(parameter, &parameter.kind, node, NamespaceId::ROOT, "the pipeline")
                }
                (None, Some(default)) => self.bind_one(parameter, default, scope, &stack, "the pipeline"),
                (None, None) => {
                    let message = format!("the pipeline parameter `{}` has no default", parameter.name);
                    let report = Report::error(Code::MissingKey, parameter.span, message);
                    self.sink.push(report.help("add `default:`; a push brings no arguments".to_owned()));
                    None
                }
            };
            let bound = bound.unwrap_or_else(|| Bound::Node(Node::string(parameter.span, "")));
            all.insert(Rc::clone(&parameter.name), bound);
        }
        self.pipeline_parameters = all;
    }

    /// Checks a value against the type of its parameter.
    pub(super) fn bind_one(
        &self,
        parameter: &Parameter,
        node: &Node,
        scope: Scope<'_>,
        stack: &Stack,
        what: &str,
    ) -> Option<Bound> {
        let passed_on = self.whole(node, scope)?;
        match (&parameter.kind, passed_on) {
            (ParameterType::Steps, Some(Bound::Steps(steps))) => Some(Bound::Steps(steps)),
            (ParameterType::Steps, None) if node.as_seq().is_some() => {
                Some(Bound::Steps(Rc::new(expand_steps(self, node, scope, stack))))
            }
            (ParameterType::Steps, None) if node.is_null() => Some(Bound::Steps(Rc::default())),
            (ParameterType::Executor, Some(Bound::Executor { node, namespace })) => {
                Some(Bound::Executor { node, namespace })
            }
            (_, Some(Bound::Steps(_))) => {
                self.sink.push(self.wrong_argument(parameter, node, what, "steps"));
                None
            }
            (kind, Some(Bound::Value(Value::Undefined)))
                if !matches!(kind, ParameterType::String | ParameterType::EnvironmentName) =>
            {
                self.sink.push(self.wrong_argument(parameter, node, what, "a value that this pipeline does not have"));
                None
            }
            (kind, passed_on) => {
                let literal = match passed_on {
                    Some(bound) => bound.to_node(node.span),
                    None => self.substitute(node, scope)?,
                };
                self.check(parameter, kind, literal, scope.namespace, what)
            }
        }
    }

    fn check(
        &self,
        parameter: &Parameter,
        kind: &ParameterType,
        node: Node,
        namespace: NamespaceId,
        what: &str,
    ) -> Option<Bound> {
        if let Some(why) = kind.misfit(&node) {
            let report = self.wrong_argument(parameter, &node, what, &why);
            self.sink.push(report.help(kind.suggestion(&node)));
            return None;
        }
        let text = || node.as_scalar().filter(|scalar| !scalar.is_null()).map(Scalar::shared_text).unwrap_or_default();
        Some(match kind {
            ParameterType::String | ParameterType::EnvironmentName => Bound::Node(Node::string(node.span, text())),
            ParameterType::Boolean => {
                let value = crate::yaml::boolean(&text())?;
                Bound::Node(Node::plain(node.span, if value { "true" } else { "false" }))
            }
            ParameterType::Integer => Bound::Node(Node::plain(node.span, crate::yaml::integer(&text())?.to_string())),
            ParameterType::Enum(values) => {
                let given = node.as_scalar().map(Scalar::text);
                let known = values.iter().find(|value| value.as_scalar().map(Scalar::text) == given)?;
                // The type is that of the declaration: an enum may be of numbers.
                Bound::Node(Node { span: node.span, kind: known.kind.clone() })
            }
            ParameterType::Executor => Bound::Executor { node, namespace },
            ParameterType::Steps => return None,
        })
    }

    fn wrong_argument(&self, parameter: &Parameter, node: &Node, what: &str, why: &str) -> Report {
        let Parameter { name, span, kind, .. } = parameter;
        let message = format!("the parameter `{name}` of {what} is of type `{}`; it gets {why}", kind.name());
        Report::error(Code::WrongArgument, node.span, message).related(*span, "declared here")
    }
}

impl Bound {
    /// The literal node that it stands for, at a place.
    pub(super) fn to_node(&self, span: Span) -> Node {
        match self {
            Self::Node(node) | Self::Executor { node, .. } => node.clone(),
            Self::Steps(steps) => Node::seq(span, steps.iter().map(Step::to_node).collect()),
            Self::Value(value) => match value {
                // CircleCI puts an empty text where a value is undefined.
                Value::Undefined => Node::string(span, ""),
                Value::Bool(_) | Value::Int(_) => Node::plain(span, value.to_string()),
                Value::String(text) => Node::string(span, text.as_str()),
            },
        }
    }
}

/// Whether a node counts as true: 0, NaN, nothing and empty texts, lists and maps do not.
pub(super) fn is_true(node: &Node) -> bool {
    match node.as_scalar().map(Scalar::resolve) {
        Some(Resolved::Float(number)) => number != 0.0 && !number.is_nan(),
        Some(Resolved::Null | Resolved::Bool(_) | Resolved::Int(_) | Resolved::Text) | None => {
            node_value(node).is_truthy()
        }
    }
}

/// Whether what a parameter stands for counts as true.
pub(super) fn node_truth(bound: &Bound) -> bool {
    match bound {
        Bound::Value(value) => value.is_truthy(),
        Bound::Node(node) | Bound::Executor { node, .. } => is_true(node),
        Bound::Steps(steps) => !steps.is_empty(),
    }
}
