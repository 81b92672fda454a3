//! `environment`.

use model::plan::Environment;

use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::expand::environment_entries;
use crate::syntax::read;
use crate::yaml::{Entry, Kind, Node};

/// Reads variables: a map, a list of maps, or a list of `NAME=value`. Values are kept as they are written.
pub(super) fn environment(sink: &Sink, node: &Node) -> Environment {
    check(sink, node);
    let variable = |entry: Entry| {
        let value = match &entry.value.kind {
            // `NAME:` with nothing behind it is an empty variable.
            Kind::Scalar(scalar) if scalar.is_null() => String::new(),
            Kind::Scalar(scalar) => scalar.text().to_owned(),
            Kind::Seq(_) | Kind::Map(_) => {
                let what = format!("the environment variable `{}`", entry.key);
                read::wrong_type(sink, &entry.value, &what, "a text, a number or a boolean");
                return None;
            }
        };
        Some((entry.key.to_string(), value))
    };
    environment_entries(node).into_iter().filter_map(variable).collect()
}

fn check(sink: &Sink, node: &Node) {
    match &node.kind {
        Kind::Map(_) => {}
        Kind::Scalar(_) if node.is_null() => {}
        Kind::Scalar(_) => read::wrong_type(sink, node, "`environment`", "a map of variables"),
        Kind::Seq(items) => {
            for item in items.iter() {
                match &item.kind {
                    Kind::Map(_) => {}
                    Kind::Scalar(scalar) if scalar.text().contains('=') => {}
                    Kind::Scalar(_) => {
                        let message =
                            format!("`{}` sets no variable", crate::yaml::short(item.as_text().unwrap_or_default()));
                        let help = "write `NAME=value`, or make `environment` a map".to_owned();
                        sink.push(Report::error(Code::InvalidValue, item.span, message).help(help));
                    }
                    Kind::Seq(_) => read::wrong_type(sink, item, "each item of `environment`", "a map or `NAME=value`"),
                }
            }
        }
    }
}
