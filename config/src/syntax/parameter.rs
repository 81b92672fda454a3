//! Declarations of parameters.

use std::rc::Rc;

use super::{keys, read};
use crate::Code;
use crate::diagnostic::suggest::{did_you_mean_or_list, list, nearest};
use crate::diagnostic::{Report, Sink};
use crate::expr::Template;
use crate::source::Span;
use crate::yaml::{self, Entry, Node, Resolved, Scalar};

/// The parameters of a command, job, executor or pipeline, in the order of the text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    pub(crate) list: Vec<Parameter>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Rc<str>,
    pub(crate) span: Span,
    pub(crate) kind: ParameterType,
    pub(crate) default: Option<Node>,
}

/// The type of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum ParameterType {
    String,
    Boolean,
    Integer,
    Enum(Vec<Node>),
    Executor,
    Steps,
    EnvironmentName,
}

impl ParameterType {
    /// As it is written.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Enum(_) => "enum",
            Self::Executor => "executor",
            Self::Steps => "steps",
            Self::EnvironmentName => "env_var_name",
        }
    }
}

impl ParameterType {
    /// Why a literal value does not fit; `None` when it does.
    pub(crate) fn misfit(&self, node: &Node) -> Option<String> {
        let scalar = node.as_scalar();
        let fits = match self {
            Self::String => match scalar.map(Scalar::resolve) {
                Some(Resolved::Bool(_)) => return Some(format!("{}; put it into quotes", node.describe())),
                Some(Resolved::Text | Resolved::Int(_) | Resolved::Float(_) | Resolved::Null) => true,
                None => false,
            },
            Self::Boolean => scalar.is_some_and(|scalar| yaml::boolean(scalar.text()).is_some()),
            Self::Integer => scalar.is_some_and(|scalar| yaml::integer(scalar.text()).is_some()),
            Self::Enum(values) => {
                let text = scalar.map(Scalar::text);
                let fits = text.is_some() && values.iter().any(|value| value.as_scalar().map(Scalar::text) == text);
                if !fits {
                    let values = list(values.iter().filter_map(Node::as_text));
                    return Some(format!("{}; it must be one of {values}", node.describe()));
                }
                true
            }
            // An empty name is how orbs say "none".
            Self::EnvironmentName => match node.as_text() {
                Some(text) if text.is_empty() || is_environment_name(text) => true,
                Some(_) | None => {
                    return Some(format!("{}, which cannot name an environment variable", node.describe()));
                }
            },
            Self::Executor => node.as_text().is_some() || node.as_map().is_some(),
            Self::Steps if node.as_seq().is_some() || node.is_null() => true,
            Self::Steps => return Some(format!("{}; steps are a list", node.describe())),
        };
        (!fits).then(|| node.describe())
    }

    /// What to write in place of a value that does not fit.
    pub(crate) fn suggestion(&self, node: &Node) -> Option<String> {
        let text = match self {
            Self::Enum(values) => {
                let given = node.as_text().unwrap_or_default();
                return nearest(given, values.iter().filter_map(Node::as_text))
                    .map(|meant| format!("did you mean `{meant}`?"));
            }
            Self::String => return None,
            Self::Boolean => "write `true` or `false`",
            Self::Integer => "write a whole number",
            Self::EnvironmentName => "write the name alone, without `$`: letters, digits and `_`, and no digit first",
            Self::Executor => "write the name of an executor, or a map with its `name` and arguments",
            Self::Steps => "begin each step with `- `",
        };
        Some(text.to_owned())
    }
}

/// Whether a text can name an environment variable (`POSIX_NAME`).
fn is_environment_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const TYPES: [&str; 7] = ["string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"];
/// Pipeline parameters have values that an API call can give.
const PIPELINE_TYPES: [&str; 4] = ["string", "boolean", "integer", "enum"];

/// More parameters of one thing are refused.
const MAX_PARAMETERS: usize = 1000;

impl Parameters {
    /// Reads the declarations of a command, job or executor.
    pub(crate) fn read(sink: &Sink, node: Option<&Node>) -> Self {
        Self::read_of(sink, node, &TYPES)
    }

    /// Reads the declarations of a pipeline.
    pub(crate) fn read_pipeline(sink: &Sink, node: Option<&Node>) -> Self {
        Self::read_of(sink, node, &PIPELINE_TYPES)
    }

    fn read_of(sink: &Sink, node: Option<&Node>, types: &[&str]) -> Self {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Self::default() };
        let Some(map) = read::map(sink, node, "`parameters`") else { return Self::default() };
        if map.entries.len() > MAX_PARAMETERS {
            let message = format!("there are more than {MAX_PARAMETERS} parameters");
            sink.push(Report::error(Code::TooLarge, node.span, message));
            return Self::default();
        }
        Self { list: map.entries.iter().filter_map(|entry| parameter(sink, entry, types)).collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Parameter> {
        self.list.iter().find(|parameter| &*parameter.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|parameter| &*parameter.name)
    }
}

fn parameter(sink: &Sink, entry: &Entry, types: &[&str]) -> Option<Parameter> {
    let what = format!("parameter `{}`", entry.key);
    let map = read::map(sink, &entry.value, &what)?;
    read::check_keys(sink, map, &keys::PARAMETER);
    let Some(kind_node) = map.get("type") else {
        let report = Report::error(Code::MissingKey, entry.key_span, format!("{what} has no `type`"));
        sink.push(report.help(format!("add `type:` with one of {}", list(types.iter().copied()))));
        return None;
    };
    let kind = read::text(sink, kind_node, "`type` of a parameter")?;
    let kind = match kind.as_str() {
        known if TYPES.contains(&known) && !types.contains(&known) => {
            let message = format!("a pipeline parameter cannot be of type `{kind}`");
            let report = Report::error(Code::InvalidValue, kind_node.span, message);
            sink.push(report.help(format!("use one of {}", list(types.iter().copied()))));
            return None;
        }
        "string" => ParameterType::String,
        "boolean" => ParameterType::Boolean,
        "integer" => ParameterType::Integer,
        "enum" => {
            let values = read::required(sink, &entry.value, map, "enum", &what)?;
            let list = read::list(sink, values, "`enum`")?;
            if list.is_empty() {
                let report =
                    Report::error(Code::InvalidValue, values.span, format!("{what} has no values to choose from"));
                sink.push(report.help("list them: `enum: [first, second]`".to_owned()));
                return None;
            }
            ParameterType::Enum(list.to_vec())
        }
        "executor" => ParameterType::Executor,
        "steps" => ParameterType::Steps,
        "env_var_name" => ParameterType::EnvironmentName,
        _ => {
            let report =
                Report::error(Code::InvalidValue, kind_node.span, format!("there is no parameter type `{kind}`"));
            sink.push(report.help(did_you_mean_or_list(&kind, "the types are", types.iter().copied())));
            return None;
        }
    };
    // A default that is spelled as nothing (`default:`) is an empty text, as CircleCI reads it.
    let default = map.get("default").map(|node| {
        let empty_text = node.is_null() && matches!(kind, ParameterType::String | ParameterType::Enum(_));
        if empty_text { Node::string(node.span, "") } else { node.clone() }
    });
    if let Some(default) = default.as_ref().filter(|node| !node.as_text().is_some_and(Template::is_needed))
        && let Some(why) = kind.misfit(default)
    {
        let message = format!("the default of the {what} of type `{}` is {why}", kind.name());
        let report = Report::error(Code::WrongArgument, default.span, message);
        sink.push(report.help(kind.suggestion(default)));
        // Said once, not again for each call.
        sink.poison(default.span);
    }
    Some(Parameter { name: Rc::clone(&entry.key), span: entry.key_span, kind, default })
}
