//! Executors: found, given their arguments, and joined with what the job says itself.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Env;
use super::argument::{Bound, CallSite};
use super::namespace::{NamespaceId, What};
use super::scope::Scope;
use super::step::Stack;
use crate::Code;
use crate::diagnostic::Report;
use crate::source::Span;
use crate::syntax::read;
use crate::yaml::{Entry, Kind, Map, Node};

/// What says where a job runs: one of these.
pub(crate) const KINDS: [&str; 3] = ["docker", "machine", "macos"];

impl Env<'_> {
    /// The keys of the executor that a job names under `executor`. `None` after a mistake.
    pub(super) fn executor(&self, node: &Node, scope: Scope<'_>) -> Option<Vec<Entry>> {
        match self.whole(node, scope)? {
            Some(Bound::Executor { node: inner, namespace }) => {
                let inner = Node { span: inner.span, ..inner };
                self.named(&inner, namespace, Scope::bare(namespace), true)
            }
            Some(bound) => self.named(&bound.to_node(node.span), scope.namespace, scope, true),
            None => self.named(node, scope.namespace, scope, false),
        }
    }

    /// The definition that an executor's name stands for, as an alias of it brings it.
    pub(super) fn executor_definition(&self, namespace: NamespaceId, executor: &Node) -> Option<Node> {
        let name = executor.as_text().or_else(|| executor.get("name")?.as_text())?;
        let (_, definition) = self.find(namespace, What::Executor, name)?;
        Some(definition.body.clone())
    }

    /// A name, or a map of a name and arguments. `literal`: nothing is left to replace in it.
    fn named(&self, node: &Node, namespace: NamespaceId, scope: Scope<'_>, literal: bool) -> Option<Vec<Entry>> {
        match &node.kind {
            Kind::Scalar(_) => {
                let name = if literal { node.as_text().map(str::to_owned) } else { self.text(node, scope) };
                let Some(name) = name else {
                    if node.is_null() {
                        read::wrong_type(self.sink, node, "`executor`", "a name or a map");
                    }
                    return None;
                };
                self.call(&name, node.span, namespace, Vec::new(), scope)
            }
            Kind::Map(map) => {
                let Some(name_node) = map.get("name") else {
                    self.nameless(node, map, namespace);
                    return None;
                };
                let arguments: Vec<Entry> = map.entries.iter().filter(|entry| &*entry.key != "name").cloned().collect();
                match if literal { None } else { self.whole(name_node, scope)? } {
                    // The name of an executor parameter: its own arguments stay, these are added.
                    Some(Bound::Executor { node: inner, namespace }) => match &inner.kind {
                        Kind::Map(inner_map) => {
                            let inner_name = read::required(self.sink, &inner, inner_map, "name", "`executor`")?;
                            let own = inner_map.entries.iter().filter(|entry| &*entry.key != "name").cloned();
                            let given: Option<Vec<Entry>> = arguments
                                .iter()
                                .map(|entry| {
                                    Some(Entry { value: self.substitute(&entry.value, scope)?, ..entry.clone() })
                                })
                                .collect();
                            let mut all = given?;
                            all.extend(own.filter(|own| map.get(&own.key).is_none()));
                            self.call(inner_name.as_text()?, inner_name.span, namespace, all, Scope::bare(namespace))
                        }
                        Kind::Scalar(_) | Kind::Seq(_) => {
                            self.call(inner.as_text()?, name_node.span, namespace, arguments, scope)
                        }
                    },
                    Some(bound) => self.call(&bound.value().to_string(), name_node.span, namespace, arguments, scope),
                    None => {
                        let name = match literal {
                            true => read::text(self.sink, name_node, "`name` of `executor`")?,
                            false => self.text(name_node, scope)?,
                        };
                        self.call(&name, name_node.span, namespace, arguments, scope)
                    }
                }
            }
            Kind::Seq(_) => {
                read::wrong_type(self.sink, node, "`executor`", "a name or a map");
                None
            }
        }
    }

    /// Reports an executor that is a map without a name. People write the name in place of the key.
    fn nameless(&self, node: &Node, map: &Map, namespace: NamespaceId) {
        let named = map.keys().find(|key| self.find(namespace, What::Executor, key).is_some());
        let report =
            Report::error(Code::MissingKey, node.span, "`executor` needs the key `name`").label("`name` is missing");
        self.sink.push(report.help(named.map(|name| format!("write `name: {name}`, with its arguments beside it"))));
    }

    fn call(
        &self,
        name: &str,
        span: Span,
        namespace: NamespaceId,
        arguments: Vec<Entry>,
        scope: Scope<'_>,
    ) -> Option<Vec<Entry>> {
        let (home, executor) = self.get(namespace, What::Executor, name, span)?;
        self.sink.within(span, format!("in the executor `{name}`, which is used here"), || {
            let stack = Stack::default();
            let what = format!("the executor `{name}`");
            let site = CallSite {
                what,
                span,
                arguments: arguments.iter().collect(),
                other_keys: &["name"],
                scope,
                stack: &stack,
            };
            let bindings = self.bind(&executor.parameters, home, &site);
            let inside = Scope::inside(home, &bindings);
            let entries = &executor.body.as_map()?.entries;
            let fields = entries.iter().filter(|entry| !matches!(&*entry.key, "parameters" | "description"));
            fields.map(|entry| self.substitute_entry(entry, inside)).collect()
        })
    }

    /// Joins what the executor says with what the job says itself: the job wins, environments add up.
    pub(super) fn join(&self, executor: Vec<Entry>, own: Vec<Entry>) -> Vec<Entry> {
        let says_where = own.iter().any(|entry| KINDS.contains(&&*entry.key));
        let mut joined: Vec<Entry> = Vec::with_capacity(executor.len() + own.len());
        for entry in executor {
            if says_where && KINDS.contains(&&*entry.key) {
                continue;
            }
            match own.iter().find(|mine| mine.key == entry.key) {
                Some(mine) if &*entry.key == "environment" => {
                    joined.push(Entry { value: join_environments(&entry.value, &mine.value), ..mine.clone() });
                }
                Some(_) => {}
                None => joined.push(entry),
            }
        }
        for mine in own {
            if !joined.iter().any(|entry| entry.key == mine.key) {
                joined.push(mine);
            }
        }
        joined
    }

    /// Reports a job that says twice where it runs.
    pub(super) fn check_kinds(&self, name: &str, fields: &[Entry]) {
        let kinds: Vec<&Entry> = fields.iter().filter(|entry| KINDS.contains(&&*entry.key)).collect();
        if let [first, second, ..] = kinds.as_slice() {
            let message = format!("the job `{name}` says twice where it runs: `{}` and `{}`", first.key, second.key);
            let report = Report::error(Code::Executor, second.key_span, message).related(first.key_span, "first here");
            self.sink.push(report.help("keep one of them".to_owned()));
        }
    }
}

/// Both maps of an environment; the second wins. A list counts as the map that it spells.
fn join_environments(outer: &Node, inner: &Node) -> Node {
    let mut entries = environment_entries(outer);
    let places: BTreeMap<Rc<str>, usize> =
        entries.iter().enumerate().map(|(at, entry)| (Rc::clone(&entry.key), at)).collect();
    for entry in environment_entries(inner) {
        match places.get(&entry.key) {
            Some(at) => entries[*at] = entry,
            None => entries.push(entry),
        }
    }
    Node::map(inner.span, entries)
}

/// The variables of an environment, spelled as a map, a list of maps, or a list of `NAME=value`.
pub(crate) fn environment_entries(node: &Node) -> Vec<Entry> {
    match &node.kind {
        Kind::Map(map) => map.entries.clone(),
        Kind::Seq(items) => items.iter().flat_map(environment_entries).collect(),
        Kind::Scalar(scalar) => match scalar.text().split_once('=') {
            Some((name, value)) => {
                vec![Entry { key: Rc::from(name.trim()), key_span: node.span, value: Node::string(node.span, value) }]
            }
            None => Vec::new(),
        },
    }
}
