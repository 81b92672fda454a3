//! Logic statements: `and`, `or`, `not`, `equal`, `matches`, expressions and truthiness.

use super::Env;
use super::argument::Bound;
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::diagnostic::suggest::{did_you_mean_or_list, nearest};
use crate::expr::{self, Pattern, Template};
use crate::syntax::read;
use crate::yaml::{Entry, Kind, Node};

/// Logic statements within one another (reference, "logic statements").
const MAX_LEVELS: u32 = 100;

const OPERATORS: [&str; 5] = ["and", "or", "not", "equal", "matches"];

impl Env<'_> {
    /// Decides a logic statement. `None` after a mistake.
    pub(super) fn condition(&self, node: &Node, scope: Scope<'_>) -> Option<bool> {
        match &node.kind {
            Kind::Scalar(_) => self.scalar_condition(node, scope),
            Kind::Seq(items) => {
                let message = "a condition is a value or a logic statement, not a list";
                let report = Report::error(Code::Logic, node.span, message);
                let help = if items.is_empty() { "remove it" } else { "put `and:` or `or:` above the list" };
                self.sink.push(report.help(help.to_owned()));
                None
            }
            Kind::Map(map) => match map.entries.as_slice() {
                [] => Some(false),
                [entry] => self.deeper(node, || self.statement(entry, scope)),
                [_, second, ..] => {
                    let message = "a logic statement has one operator; this map has several keys";
                    let report = Report::error(Code::Logic, second.key_span, message);
                    self.sink.push(report.help("join several with `and:` and a list".to_owned()));
                    None
                }
            },
        }
    }

    /// Decides a statement within another, unless that goes too deep, which is reported.
    fn deeper(&self, node: &Node, decide: impl FnOnce() -> Option<bool>) -> Option<bool> {
        let depth = self.logic.get();
        if depth >= MAX_LEVELS {
            let message = format!("logic statements stand within one another more than {MAX_LEVELS} levels deep");
            let report = Report::error(Code::TooLarge, node.span, message);
            self.sink
                .push(report.help("decide a part of it in a pipeline parameter, or write an expression".to_owned()));
            return None;
        }
        self.logic.set(depth + 1);
        let decided = decide();
        self.logic.set(depth);
        decided
    }

    fn scalar_condition(&self, node: &Node, scope: Scope<'_>) -> Option<bool> {
        if let Some(bound) = self.whole(node, scope)? {
            return Some(super::argument::node_truth(&bound));
        }
        let text = node.as_scalar()?.text();
        if self.templates && Template::is_needed(text) {
            let made = self.text(node, scope)?;
            if (text.contains("pipeline.") || text.contains("parameters."))
                && (text.contains("==") || text.contains(" and ") || text.contains(" or "))
            {
                let message =
                    "the condition mixes an expression with `<< >>`: it is taken as a text, which is always true";
                let report = Report::warning(Code::Logic, node.span, message);
                self.sink.push(report.help("write names in an expression without `<< >>`".to_owned()));
            }
            return Some(!made.is_empty());
        }
        if self.is_expression(text) {
            return match self.evaluate(text, scope) {
                Ok(value) => Some(value.is_truthy()),
                Err(error) => {
                    self.expression_error(node.span, error);
                    None
                }
            };
        }
        if self.templates && text.contains('$') {
            let message = "the condition is a text, which is always true: environment variables are not known yet";
            let report = Report::warning(Code::Logic, node.span, message);
            let help = "test the variable in the shell, or use a pipeline value such as `<< pipeline.git.tag >>`";
            self.sink.push(report.help(help.to_owned()));
        }
        Some(super::argument::is_true(node))
    }

    /// Whether a text without `<< >>` is an expression: it names a pipeline value or a parameter.
    pub(super) fn is_expression(&self, text: &str) -> bool {
        let trimmed = text.trim_start_matches(|char: char| char.is_whitespace() || matches!(char, '(' | '!'));
        self.templates
            && (["pipeline.", "parameters.", "not ", "not(", "NOT "].iter().any(|start| trimmed.starts_with(start))
                || text.contains("pipeline.") && expr::parse(text).is_ok())
    }

    fn statement(&self, entry: &Entry, scope: Scope<'_>) -> Option<bool> {
        let Entry { key, key_span, value } = entry;
        match &**key {
            "and" => {
                let values: Vec<Option<bool>> =
                    self.items(entry)?.iter().map(|item| self.condition(item, scope)).collect();
                values.into_iter().try_fold(true, |all, value| Some(all & value?))
            }
            "or" => {
                let values: Vec<Option<bool>> =
                    self.items(entry)?.iter().map(|item| self.condition(item, scope)).collect();
                values.into_iter().try_fold(false, |any, value| Some(any | value?))
            }
            // One statement, also as a list of one.
            "not" => match value.as_seq() {
                Some([only]) => self.condition(only, scope).map(|value| !value),
                Some(_) | None => self.condition(value, scope).map(|value| !value),
            },
            "equal" => {
                let items = self.items(entry)?;
                let values: Option<Vec<Vec<Node>>> = items.iter().map(|item| self.compared(item, scope)).collect();
                let same = |pair: &[Vec<Node>]| pair[0].iter().any(|left| pair[1].iter().any(|right| left.same(right)));
                Some(values?.windows(2).all(same))
            }
            "matches" => self.matches(value, scope),
            other => {
                let message = format!("there is no logic operator `{other}`");
                if nearest(other, OPERATORS).is_some() {
                    let report = Report::error(Code::Logic, *key_span, message);
                    self.sink.push(report.help(did_you_mean_or_list(other, "the operators are", OPERATORS)));
                    return None;
                }
                // CircleCI takes any other map for a value, and a value that is not empty for true.
                let report = Report::warning(Code::Logic, *key_span, format!("{message}: the map counts as true"));
                self.sink.push(report.help(did_you_mean_or_list(other, "the operators are", OPERATORS)));
                Some(true)
            }
        }
    }

    /// What a value of `equal` is the same as. An executor that a parameter brings is its name, and what the name stands for:
    /// people compare it with an alias of the definition.
    fn compared(&self, item: &Node, scope: Scope<'_>) -> Option<Vec<Node>> {
        if let Some(Bound::Executor { node, namespace }) = self.whole(item, scope)? {
            let fields = self.executor(item, scope).map(|fields| Node::map(node.span, fields));
            let definition = self.executor_definition(namespace, &node);
            return Some([node].into_iter().chain(fields).chain(definition).collect());
        }
        Some(vec![self.substitute(item, scope)?])
    }

    fn items<'n>(&self, entry: &'n Entry) -> Option<&'n [Node]> {
        let items = read::list(self.sink, &entry.value, &format!("`{}`", entry.key))?;
        if items.is_empty() {
            let message = format!("`{}` has nothing to decide on: its list is empty", entry.key);
            let help = "put conditions into it, or remove it".to_owned();
            self.sink.push(Report::error(Code::Logic, entry.value.span, message).help(help));
            return None;
        }
        Some(items)
    }

    fn matches(&self, node: &Node, scope: Scope<'_>) -> Option<bool> {
        let map = read::map(self.sink, node, "`matches`")?;
        let pattern_node = read::required(self.sink, node, map, "pattern", "`matches`");
        let value = read::required(self.sink, node, map, "value", "`matches`");
        let (pattern_node, value) = (pattern_node?, value?);
        let pattern = self.substitute(pattern_node, scope)?;
        let pattern = read::text(self.sink, &pattern, "`pattern`")?;
        let inner = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).unwrap_or(&pattern);
        let value = self.substitute(value, scope)?;
        let value = if value.is_null() { String::new() } else { read::text(self.sink, &value, "`value`")? };
        self.pattern(inner, pattern_node.span).map(|pattern| pattern.matches(&value))
    }

    /// Compiles a pattern.
    pub(super) fn pattern(&self, pattern: &str, span: crate::source::Span) -> Option<Pattern> {
        // Each pattern takes time to compile.
        if !self.spend(8192, span) {
            return None;
        }
        Pattern::new(pattern)
            .map_err(|why| {
                let message = format!("the pattern `{}` cannot be read: {why}", crate::yaml::short(pattern));
                let help = "patterns are Java's regular expressions, matched against the whole text".to_owned();
                self.sink.push(Report::error(Code::InvalidPattern, span, message).help(help));
            })
            .ok()
    }
}
