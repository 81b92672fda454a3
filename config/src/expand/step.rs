//! Steps: commands are put in, conditions decided, lists spliced.

use std::rc::Rc;

use super::Env;
use super::argument::{Bound, CallSite};
use super::namespace::{NamespaceId, What};
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::diagnostic::suggest::did_you_mean;
use crate::source::Span;
use crate::syntax::{Builtin, keys, read};
use crate::yaml::{Entry, Kind, Map, Node};

/// Commands within commands.
const MAX_CALLS: usize = 64;

/// What a step counts in the budget of what is produced.
const STEP_COST: usize = 256;

/// A literal step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kind: Builtin,
    /// What stands under its name; nothing for the short form.
    pub(crate) body: Node,
    pub(crate) span: Span,
    /// The call that brought it here.
    pub(crate) call: Option<Rc<Call>>,
}

/// A call of a command, and the call that it stands in.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) outer: Option<Rc<Call>>,
}

/// The calls that lead to a place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stack {
    names: Vec<(NamespaceId, Rc<str>)>,
    call: Option<Rc<Call>>,
}

impl Step {
    /// As it would be written.
    pub(crate) fn to_node(&self) -> Node {
        if self.body.is_null() {
            return Node::string(self.span, self.kind.name());
        }
        let entry = Entry { key: self.kind.name().into(), key_span: self.span, value: self.body.clone() };
        Node::map(self.span, vec![entry])
    }
}

/// Expands a list of steps.
pub(super) fn expand_steps(env: &Env<'_>, list: &Node, scope: Scope<'_>, stack: &Stack) -> Vec<Step> {
    let mut steps = Vec::new();
    Expander { env, scope, stack }.list(list, &mut steps);
    steps
}

struct Expander<'a> {
    env: &'a Env<'a>,
    scope: Scope<'a>,
    stack: &'a Stack,
}

impl Expander<'_> {
    /// A list of steps, or one `<< … >>` that stands for one.
    fn list(&self, node: &Node, out: &mut Vec<Step>) {
        self.env.nested(node.span, || self.list_items(node, out));
    }

    fn list_items(&self, node: &Node, out: &mut Vec<Step>) {
        match &node.kind {
            Kind::Seq(items) => {
                for item in items.iter() {
                    self.item(item, out);
                }
            }
            Kind::Scalar(_) if node.is_null() => {}
            Kind::Scalar(_) => match self.env.whole(node, self.scope) {
                Some(Some(Bound::Steps(steps))) => self.splice(&steps, out),
                Some(Some(Bound::Value(_) | Bound::Node(_) | Bound::Executor { .. }) | None) => {
                    read::wrong_type(self.env.sink, node, "`steps`", "a list of steps");
                }
                None => {}
            },
            Kind::Map(map) => {
                // CircleCI takes a map for a list of its entries.
                for entry in &map.entries {
                    match entry.key.strip_prefix('-') {
                        Some(name) => {
                            let message =
                                format!("`{}` is not a step: the list's `-` must be followed by a space", entry.key);
                            let report = Report::error(Code::UnknownStep, entry.key_span, message);
                            self.env.sink.push(report.help(format!("write `- {}:`", name.trim())));
                        }
                        None => {
                            let report = Report::warning(
                                Code::WrongType,
                                entry.key_span,
                                "`steps` should be a list: this is a map",
                            );
                            self.env.sink.push(report.help(format!("write `- {}:`", entry.key)));
                            self.step(&entry.key, entry.key_span, Some(&entry.value), out);
                        }
                    }
                }
            }
        }
    }

    fn splice(&self, steps: &Rc<Vec<Step>>, out: &mut Vec<Step>) {
        for step in steps.iter() {
            if self.env.spend(STEP_COST, step.span) {
                out.push(step.clone());
            }
        }
    }

    fn item(&self, node: &Node, out: &mut Vec<Step>) {
        if !self.env.spend(STEP_COST, node.span) || self.env.sink.is_full() {
            return;
        }
        match &node.kind {
            Kind::Map(map) => self.map_item(node, map, out),
            Kind::Scalar(_) => match self.env.whole(node, self.scope) {
                Some(Some(Bound::Steps(steps))) => self.splice(&steps, out),
                Some(Some(bound)) => {
                    let name = bound.value().to_string();
                    self.step(&name, node.span, None, out);
                }
                Some(None) => match node.as_text() {
                    Some(name) => {
                        if let Some(name) = self.env.name(name, node.span, self.scope) {
                            self.step(&name, node.span, None, out);
                        }
                    }
                    None => read::wrong_type(self.env.sink, node, "a step", "a name or a map"),
                },
                None => {}
            },
            Kind::Seq(_) => read::wrong_type(self.env.sink, node, "a step", "a name or a map"),
        }
    }

    fn map_item(&self, node: &Node, map: &Map, out: &mut Vec<Step>) {
        match map.entries.as_slice() {
            [Entry { key, key_span, value }] => {
                if let Some(name) = self.env.name(key, *key_span, self.scope) {
                    self.step(&name, *key_span, Some(value), out);
                }
            }
            [] => read::wrong_type(self.env.sink, node, "a step", "a name or a map with one key"),
            // Version 2 is not as strict as 2.1: it takes `- run:` with its keys at the same depth.
            [first, rest @ ..]
                if !self.env.templates && first.value.is_null() && Builtin::from_name(&first.key).is_some() =>
            {
                let message = format!("`{}` stands beside the step `{}`, not below it", rest[0].key, first.key);
                let report = Report::warning(Code::UnknownKey, rest[0].key_span, message);
                self.env.sink.push(report.help("indent it deeper than the step's name".to_owned()));
                let body = Node::map(node.span, rest.to_vec());
                self.step(&first.key, first.key_span, Some(&body), out);
            }
            [first, second, ..] => {
                let names: Vec<&str> = map.keys().collect();
                let message = format!("a step has one key; this one has {}", crate::diagnostic::suggest::list(names));
                let help = if first.value.is_null() || first.value.as_scalar().is_some() {
                    format!("indent what belongs to `{}` below it, deeper than its name", first.key)
                } else {
                    format!("begin `{}` with its own `- `", second.key)
                };
                let report = Report::error(Code::InvalidValue, second.key_span, message).help(help);
                self.env.sink.push(report.related(first.key_span, "the step begins here"));
            }
        }
    }

    /// A step of a name: a command of this namespace, a step that is built in, or one of the special forms.
    fn step(&self, name: &str, span: Span, body: Option<&Node>, out: &mut Vec<Step>) {
        let env = self.env;
        let calls_itself = self.stack.names.last().is_some_and(|(_, last)| &**last == name);
        let builtin = Builtin::from_name(name);
        let command =
            env.find(self.scope.namespace, What::Command, name).filter(|_| !(calls_itself && builtin.is_some()));
        match (command, name, builtin) {
            (Some((namespace, command)), ..) => {
                let found = match command.body.as_text() {
                    Some(_) => env.get(self.scope.namespace, What::Command, name, span),
                    None => Some((namespace, command)),
                };
                let Some((namespace, command)) = found else { return };
                let call = format!("in the command `{name}`, which is called here");
                let span_of_call = span;
                env.sink.within(span, call, || {
                    self.command(name, span_of_call, namespace, &command, body, out);
                });
            }
            (None, "when" | "unless", _) if env.templates => self.conditional(name, span, body, out),
            (None, "steps", _) if env.templates => match body {
                Some(list) => self.list(list, out),
                None => {
                    read::wrong_type(env.sink, &Node::string(span, name), "a step", "one with a list of steps below it")
                }
            },
            (None, _, Some(kind)) => {
                let nothing = Node::plain(span, "");
                if let (Builtin::Run | Builtin::Deploy, Some(body)) = (kind, body) {
                    super::shell::check(env, body);
                }
                let Some(body) = env.substitute(body.unwrap_or(&nothing), self.scope) else { return };
                out.push(Step { kind, body, span, call: self.stack.call.clone() });
            }
            (None, _, None) => self.unknown(name, span),
        }
    }

    fn unknown(&self, name: &str, span: Span) {
        let env = self.env;
        if name.contains('/') {
            env.report_unknown(self.scope.namespace, What::Command, name, span, Code::UnknownStep);
            return;
        }
        let message = format!("there is no step or command `{name}`");
        let report = Report::error(Code::UnknownStep, span, message);
        if !env.templates && matches!(name, "when" | "unless" | "steps") {
            env.sink.push(report.help("conditional steps need `version: 2.1`".to_owned()));
            return;
        }
        let commands = env.namespace(self.scope.namespace).definitions.commands.keys().map(|name| &**name);
        let names = Builtin::ALL.iter().map(|builtin| builtin.name()).chain(["when", "unless"]).chain(commands);
        let near = env.in_an_orb(self.scope.namespace, What::Command, name).or_else(|| did_you_mean(name, names));
        let help = near.unwrap_or_else(|| {
            "to run a shell command, write `run: …`; commands are declared under `commands:`".to_owned()
        });
        env.sink.push(report.help(help));
    }

    fn command(
        &self,
        name: &str,
        span: Span,
        namespace: NamespaceId,
        command: &crate::syntax::Definition,
        body: Option<&Node>,
        out: &mut Vec<Step>,
    ) {
        let env = self.env;
        let key = (namespace, Rc::clone(&command.name));
        if self.stack.names.contains(&key) || self.stack.names.len() >= MAX_CALLS {
            let chain: Vec<&str> = self.stack.names.iter().map(|(_, name)| &**name).chain([name]).collect();
            let message = format!("the command `{name}` calls itself: {}", chain.join(" → "));
            env.sink.push(
                Report::error(Code::Recursion, span, message).help("a command cannot be part of itself".to_owned()),
            );
            return;
        }
        let what = format!("the command `{name}`");
        let arguments = match body.map(|body| (&body.kind, body)) {
            None => Vec::new(),
            Some((Kind::Map(map), _)) => map.entries.iter().collect(),
            Some((_, body)) if body.is_null() => Vec::new(),
            Some((_, body)) => {
                read::wrong_type(env.sink, body, &format!("what stands below {what}"), "a map of its arguments");
                return;
            }
        };
        let site = CallSite { what, span, arguments, other_keys: &[], scope: self.scope, stack: self.stack };
        let bindings = env.bind(&command.parameters, namespace, &site);
        let mut stack = self.stack.clone();
        stack.names.push(key);
        let text = format!("in the command `{name}`, which is called here");
        stack.call = Some(Rc::new(Call { span, text, outer: stack.call.take() }));
        let Some(map) = command.body.as_map() else { return };
        let head = Node { span: command.name_span, ..command.body.clone() };
        let Some(steps) = read::required(env.sink, &head, map, "steps", &format!("the command `{name}`")) else {
            return;
        };
        Expander { env, scope: Scope::inside(namespace, &bindings), stack: &stack }.list(steps, out);
    }

    fn conditional(&self, name: &str, span: Span, body: Option<&Node>, out: &mut Vec<Step>) {
        let env = self.env;
        let nothing = Node::string(span, "");
        let Some(map) = read::map(env.sink, body.unwrap_or(&nothing), &format!("what stands below `{name}`")) else {
            return;
        };
        read::check_keys(env.sink, map, &keys::CONDITIONAL);
        let head = Node::string(span, name);
        let condition = read::required(env.sink, &head, map, "condition", &format!("a `{name}` step"));
        let steps = read::required(env.sink, &head, map, "steps", &format!("a `{name}` step"));
        let (Some(condition), Some(steps)) = (condition, steps) else { return };
        if env.condition(condition, self.scope) == Some(name == "when") {
            self.list(steps, out);
        }
    }
}
