//! `<< … >>` in values.

use std::borrow::Cow;
use std::rc::Rc;

use super::Env;
use super::argument::Bound;
use super::scope::Scope;
use crate::Code;
use crate::diagnostic::Report;
use crate::expr::{self, Piece, Template, TemplateCode, Value};
use crate::source::Span;
use crate::yaml::{Entry, Kind, Map, Node, Resolved, Scalar};

impl Env<'_> {
    /// What a scalar that is one `<< … >>` and nothing else stands for: `Some(None)` when it is something else, `None`
    /// after a mistake.
    pub(super) fn whole(&self, node: &Node, scope: Scope<'_>) -> Option<Option<Bound>> {
        let Some(text) = self.template_text(node) else { return Some(None) };
        // Most of what is asked is not a template, and most templates are not whole.
        if !text.trim_start().starts_with("<<") || !text.trim_end().ends_with(">>") {
            return Some(None);
        }
        let template = self.template(node, text)?;
        let Some(code) = template.whole() else { return Some(None) };
        self.value_of(code, node.span, scope).map(Some)
    }

    /// A copy of a node with every `<< … >>` replaced. `None` after a mistake.
    pub(super) fn substitute(&self, node: &Node, scope: Scope<'_>) -> Option<Node> {
        if !self.spend(0, node.span) {
            return None;
        }
        if !self.templates || !has_template(node) {
            return Some(node.clone());
        }
        match &node.kind {
            Kind::Scalar(scalar) => match self.template_text(node) {
                None => Some(node.clone()),
                Some(_) => self.substitute_scalar(node, scalar, scope),
            },
            Kind::Seq(items) => {
                let made: Vec<Option<Node>> = items.iter().map(|item| self.substitute(item, scope)).collect();
                Some(Node::seq(node.span, made.into_iter().collect::<Option<_>>()?))
            }
            Kind::Map(map) => {
                let made: Vec<Option<Entry>> =
                    map.entries.iter().map(|entry| self.substitute_entry(entry, scope)).collect();
                Some(Node::map(node.span, made.into_iter().collect::<Option<_>>()?))
            }
        }
    }

    /// A copy of a key and its value with every `<< … >>` replaced. `None` after a mistake.
    pub(super) fn substitute_entry(&self, entry: &Entry, scope: Scope<'_>) -> Option<Entry> {
        let key = if self.templates && Template::is_needed(&entry.key) {
            let key = Node::string(entry.key_span, Rc::clone(&entry.key));
            Rc::from(self.text(&key, scope)?)
        } else {
            Rc::clone(&entry.key)
        };
        let value = self.substitute(&entry.value, scope)?;
        let value = if &*key == "environment" { self.shell_values(&entry.value, value, scope) } else { value };
        Some(Entry { key, key_span: entry.key_span, value })
    }

    /// In an environment, a boolean that a parameter brings is `1` or `0`, as orbs' scripts expect it of CircleCI, and a
    /// pipeline value that this pipeline does not have is `<nil>` (pipeline values, "usage example"). What is written out
    /// stays as it is written.
    fn shell_values(&self, written: &Node, made: Node, scope: Scope<'_>) -> Node {
        let kind = match (&written.kind, &made.kind) {
            (Kind::Map(written), Kind::Map(map)) => {
                let entries = written.entries.iter().zip(&map.entries).map(|(written, entry)| {
                    let value = self.shell_value(&written.value, &entry.value, scope);
                    Entry { value, ..entry.clone() }
                });
                Kind::Map(Rc::new(Map { entries: entries.collect() }))
            }
            (Kind::Seq(written), Kind::Seq(items)) => {
                let items = written.iter().zip(items.iter());
                Kind::Seq(Rc::new(
                    items.map(|(written, item)| self.shell_values(written, item.clone(), scope)).collect(),
                ))
            }
            (_, _) => return made,
        };
        Node { kind, ..made }
    }

    fn shell_value(&self, written: &Node, made: &Node, scope: Scope<'_>) -> Node {
        if self.template_text(written).is_none() {
            return made.clone();
        }
        if let Some(Some(Bound::Value(Value::Undefined))) = self.whole(written, scope) {
            return Node::string(made.span, "<nil>");
        }
        match made.as_scalar().map(Scalar::resolve) {
            Some(Resolved::Bool(value)) => Node::string(made.span, if value { "1" } else { "0" }),
            _ => made.clone(),
        }
    }

    fn substitute_scalar(&self, node: &Node, scalar: &Scalar, scope: Scope<'_>) -> Option<Node> {
        let template = self.template(node, scalar.text())?;
        if let Some(code) = template.whole() {
            let literal = self.value_of(code, node.span, scope)?.to_node(node.span);
            if is_deeper(&literal, MAX_VALUE_DEPTH) {
                let message = format!("a value of more than {MAX_VALUE_DEPTH} levels cannot be put into another");
                self.sink.push(Report::error(Code::TooLarge, node.span, message));
                return None;
            }
            // A mistake in the value is shown where it is used; where it comes from is a call away.
            return Some(if literal.as_scalar().is_some() { Node { span: node.span, ..literal } } else { literal });
        }
        let text = self.render(&template, node.span, scope)?;
        Some(Node::string(node.span, text))
    }

    /// The text of a scalar with every `<< … >>` replaced.
    pub(super) fn text(&self, node: &Node, scope: Scope<'_>) -> Option<String> {
        let text = node.as_text()?;
        match self.template_text(node) {
            None => Some(text.to_owned()),
            Some(text) => {
                let template = self.template(node, text)?;
                self.render(&template, node.span, scope)
            }
        }
    }

    /// A name of a step or a job, which may have `<< … >>` in it: `install-<< parameters.system >>`. `None` after a mistake.
    pub(super) fn name<'n>(&self, name: &'n str, span: Span, scope: Scope<'_>) -> Option<Cow<'n, str>> {
        if self.templates && Template::is_needed(name) {
            return self.text(&Node::string(span, name), scope).map(Cow::Owned);
        }
        Some(Cow::Borrowed(name))
    }

    /// The text of a scalar that has something to replace.
    fn template_text<'n>(&self, node: &'n Node) -> Option<&'n str> {
        let text = node.as_scalar()?.text();
        (self.templates && Template::is_needed(text)).then_some(text)
    }

    pub(super) fn template(&self, node: &Node, text: &str) -> Option<Template> {
        Template::parse(text)
            .map_err(|error| {
                let span = self.template_span(node.span, error.index);
                self.sink.push(Report::error(Code::TemplateSyntax, span, error.message).help(error.help.to_owned()));
                self.sink.poison(node.span);
            })
            .ok()
    }

    fn render(&self, template: &Template, span: Span, scope: Scope<'_>) -> Option<String> {
        let mut out = String::new();
        let whole = self.render_pieces(&template.pieces, span, scope, &mut out);
        (self.spend(out.len(), span) && whole).then_some(out)
    }

    fn render_pieces(&self, pieces: &[Piece], span: Span, scope: Scope<'_>, out: &mut String) -> bool {
        let mut fine = true;
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value(code) => match self.value_of(code, span, scope) {
                    Some(bound) => out.push_str(&bound.value().to_string()),
                    None => fine = false,
                },
                Piece::Section { name, inverted, body } => match self.value_of(name, span, scope) {
                    Some(bound) if bound.value().is_truthy() != *inverted => {
                        fine &= self.render_pieces(body, span, scope, out);
                    }
                    Some(_) => {}
                    None => fine = false,
                },
            }
        }
        fine
    }

    /// What stands between `<<` and `>>`: a name, or else an expression.
    fn value_of(&self, code: &TemplateCode, span: Span, scope: Scope<'_>) -> Option<Bound> {
        if let Some(bound) = scope.parameter(self, &code.text) {
            return Some(bound);
        }
        let is_name = |char: char| !char.is_whitespace() && !matches!(char, '(' | ')' | '"' | '!' | '=' | '<' | '>');
        if !code.text.is_empty()
            && code.text.chars().all(is_name)
            && !code.text.starts_with(|char: char| char.is_ascii_digit())
            && let Ok(bound) = scope.lookup(self, &code.text)
        {
            return Some(bound);
        }
        match self.evaluate(&code.text, scope) {
            Ok(value) => Some(Bound::Value(value)),
            Err(error) => {
                self.expression_error(self.template_span(span, code.index), error);
                self.sink.poison(span);
                None
            }
        }
    }

    /// The value of an expression.
    pub(super) fn evaluate(&self, text: &str, scope: Scope<'_>) -> Result<Value, expr::ExpressionError> {
        let expression = expr::parse(text)?;
        expr::eval(text, &expression, &|name| scope.lookup(self, name).map(|bound| bound.value()))
    }
}

/// Levels of a list or map that is put into another: values must not grow deeper with every call.
const MAX_VALUE_DEPTH: u32 = 30;

/// Whether a node has more levels than this.
fn is_deeper(node: &Node, levels: u32) -> bool {
    match &node.kind {
        Kind::Scalar(_) => false,
        Kind::Seq(items) => levels == 0 || items.iter().any(|item| is_deeper(item, levels - 1)),
        Kind::Map(map) => levels == 0 || map.entries.iter().any(|entry| is_deeper(&entry.value, levels - 1)),
    }
}

/// Whether there is anything to replace in a node. Most nodes have nothing, and are shared.
fn has_template(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => Template::is_needed(scalar.text()),
        Kind::Seq(items) => items.iter().any(has_template),
        Kind::Map(map) => map.entries.iter().any(|entry| Template::is_needed(&entry.key) || has_template(&entry.value)),
    }
}
