//! A configuration as a whole.

use std::rc::Rc;

use super::{Definitions, Parameters, keys, read};
use crate::Code;
use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Report, Sink};
use crate::yaml::{Entry, Map, Node};

/// The version of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `2` and `2.0`: no reusable configuration, and `<<` is text.
    Two,
    /// `2.1`.
    TwoOne,
}

/// A configuration as a whole.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) version: Version,
    pub(crate) setup: bool,
    pub(crate) parameters: Parameters,
    pub(crate) definitions: Definitions,
    pub(crate) workflows: Vec<Entry>,
    /// The top level, for what has no place of its own.
    pub(crate) root: Node,
}

/// Keys of version 2.1 that an older configuration cannot use.
const REUSABLE: [&str; 5] = ["orbs", "commands", "executors", "parameters", "job-groups"];

impl Document {
    /// Reads a configuration. `None` when there is too little to go on.
    pub(crate) fn read(sink: &Sink, root: Node) -> Option<Self> {
        let Some(top) = root.as_map() else {
            let message = match root.is_null() {
                true => "the configuration is empty".to_owned(),
                false => format!("a configuration must be a map, not {}", root.describe()),
            };
            let help = "begin with `version: 2.1`, then `jobs:` and `workflows:`".to_owned();
            sink.push(Report::error(Code::WrongType, root.span, message).help(help));
            return None;
        };
        let version = version(sink, &root, top)?;
        if version == Version::Two {
            refuse_reusable(sink, top);
        }
        misspelled_keys(sink, top);
        let setup = top.get("setup").filter(|node| !node.is_null());
        let setup = setup.and_then(|node| read::boolean(sink, node, "`setup`")).unwrap_or(false);
        let parameters = Parameters::read_pipeline(sink, top.get("parameters"));
        let mut definitions = Definitions::read(sink, top);
        if version == Version::Two {
            // Refused above: what they hold is not asked for.
            definitions.orbs.clear();
        }
        let workflows = workflows(sink, top);
        Some(Self { version, setup, parameters, definitions, workflows, root: root.clone() })
    }
}

fn version(sink: &Sink, root: &Node, top: &Map) -> Option<Version> {
    let Some(node) = top.get("version") else {
        let first_key = top.entries.first().map_or(root.span, |entry| entry.key_span);
        let report = Report::error(Code::MissingKey, first_key, "the configuration does not say its `version`");
        sink.push(report.help("begin with `version: 2.1`".to_owned()));
        return None;
    };
    match node.as_text().unwrap_or_default() {
        "2" | "2.0" => Some(Version::Two),
        "2.1" => Some(Version::TwoOne),
        other => {
            let message = match other {
                "1" | "1.0" => "version 1 of the language is no longer in use".to_owned(),
                _ => format!("there is no version `{}` of the language", crate::yaml::short(other)),
            };
            let report = Report::error(Code::UnknownVersion, node.span, message);
            sink.push(report.help("write `version: 2.1`; `2` and `2.0` are known too".to_owned()));
            None
        }
    }
}

fn refuse_reusable(sink: &Sink, top: &Map) {
    for entry in top.entries.iter().filter(|entry| REUSABLE.contains(&&*entry.key)) {
        // People keep anchors under such keys; an orb can only be meant as one.
        let message = format!("`{}` needs version 2.1 of the language", entry.key);
        sink.push(Report::error(Code::NeedsVersion, entry.key_span, message).help("write `version: 2.1`".to_owned()));
    }
}

/// Other keys at the top are where people keep anchors. One that is almost a known key is a mistake.
fn misspelled_keys(sink: &Sink, top: &Map) {
    let known = || keys::DOCUMENT.keys.iter().map(|key| key.name);
    for entry in &top.entries {
        let is_private = entry.key.starts_with(['.', '_', 'x']);
        if is_private || known().any(|name| name == &*entry.key) {
            continue;
        }
        let Some(meant) = nearest(&entry.key, known()).filter(|meant| top.get(meant).is_none()) else { continue };
        let message = format!("a configuration has no key `{}`: it is ignored", entry.key);
        let help = format!("did you mean `{meant}`?");
        sink.push(Report::warning(Code::UnknownKey, entry.key_span, message).help(help));
    }
}

/// The workflows, without `version`, which stands among them.
fn workflows(sink: &Sink, top: &Map) -> Vec<Entry> {
    let Some(node) = top.get("workflows").filter(|node| !node.is_null()) else { return Vec::new() };
    let Some(map) = read::map(sink, node, "`workflows`") else { return Vec::new() };
    let is_version = |entry: &&Entry| &*entry.key == "version" && entry.value.as_scalar().is_some();
    let mut workflows = Vec::new();
    for entry in map.entries.iter().filter(|entry| !is_version(entry)) {
        if read::map(sink, &entry.value, &format!("workflow `{}`", entry.key)).is_some() {
            workflows.push(Entry { key: Rc::clone(&entry.key), ..entry.clone() });
        }
    }
    workflows
}
