//! What a configuration says of itself, before anything is expanded.

use std::collections::BTreeMap;

use crate::Source;
use crate::diagnostic::Sink;
use crate::expr::Value;
use crate::source::Files;
use crate::syntax::Document;
use crate::yaml::{self, Node, Resolved};

/// What a configuration says of itself, before anything is expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Whether it is a setup configuration.
    pub setup: bool,
    /// The pipeline parameters that it declares, with their defaults; undefined for one without.
    pub parameters: BTreeMap<String, Value>,
}

/// Reads what a configuration says of itself. Nothing is known of one that cannot be read: [`crate::compile`] says why.
pub fn declared(source: &Source) -> Option<Declared> {
    let (mut files, sink) = (Files::default(), Sink::default());
    let file = files.add(source);
    let root = yaml::parse(files.get(file), file, &sink)?;
    let Document { setup, parameters, .. } = Document::read(&sink, root)?;
    let parameters = parameters.list.iter().map(|parameter| {
        let default = parameter.default.as_ref().and_then(Node::as_scalar).map(|scalar| match scalar.resolve() {
            Resolved::Null => Value::Undefined,
            Resolved::Bool(value) => Value::Bool(value),
            Resolved::Int(value) => Value::Int(value),
            Resolved::Float(_) | Resolved::Text => Value::String(scalar.text().to_owned()),
        });
        (parameter.name.to_string(), default.unwrap_or_default())
    });
    Some(Declared { setup, parameters: parameters.collect() })
}

#[cfg(test)]
mod tests {
    use super::{Declared, declared};
    use crate::{Source, Value};

    #[test]
    fn setup_and_parameters_are_known_before_orbs_are() {
        let text = "version: 2.1\nsetup: true\norbs: {a: b/c@1}\nparameters:\n  deep: {type: boolean, default: false}\n  \
                    name: {type: string}\nworkflows: {}\n";
        let Declared { setup, parameters } = declared(&Source::new("config.yml", text)).expect("it can be read");
        assert!(setup);
        let parameters: Vec<_> = parameters.into_iter().collect();
        assert_eq!(parameters, [("deep".to_owned(), Value::Bool(false)), ("name".to_owned(), Value::Undefined)]);
        assert_eq!(declared(&Source::new("config.yml", "[")), None);
    }
}
