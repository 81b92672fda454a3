//! Nodes of a document.

use std::rc::Rc;

use super::{Resolved, Scalar};
use crate::source::Span;

/// A node of a document. Cloning shares what is below, as an alias does.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Seq(Rc<Vec<Node>>),
    Map(Rc<Map>),
}

/// A map, in the order of the text. Keys are unique.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map {
    pub(crate) entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Rc<str>,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

impl Node {
    /// A text.
    pub(crate) fn string(span: Span, text: impl Into<Rc<str>>) -> Self {
        Self { span, kind: Kind::Scalar(Scalar::string(text)) }
    }

    /// A plain scalar, which may be a number, a boolean or nothing.
    pub(crate) fn plain(span: Span, text: impl Into<Rc<str>>) -> Self {
        Self { span, kind: Kind::Scalar(Scalar::plain(text)) }
    }

    /// A list.
    pub(crate) fn seq(span: Span, items: Vec<Self>) -> Self {
        Self { span, kind: Kind::Seq(Rc::new(items)) }
    }

    /// A map.
    pub(crate) fn map(span: Span, entries: Vec<Entry>) -> Self {
        Self { span, kind: Kind::Map(Rc::new(Map { entries })) }
    }

    pub(crate) fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            Kind::Seq(_) | Kind::Map(_) => None,
        }
    }

    pub(crate) fn as_seq(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Seq(items) => Some(items),
            Kind::Scalar(_) | Kind::Map(_) => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(map) => Some(map),
            Kind::Scalar(_) | Kind::Seq(_) => None,
        }
    }

    /// The text of a scalar that is not nothing.
    pub(crate) fn as_text(&self) -> Option<&str> {
        self.as_scalar().filter(|scalar| !scalar.is_null()).map(Scalar::text)
    }

    /// Whether it is nothing: `~`, `null`, or not there at all.
    pub(crate) fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    /// A value of the map that it is, if it is one.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// What it is, for people: `a map`, `` the text `x` ``.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Seq(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
            Kind::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => "nothing".to_owned(),
                Resolved::Bool(_) => format!("the boolean `{}`", scalar.text()),
                Resolved::Int(_) | Resolved::Float(_) => format!("the number `{}`", scalar.text()),
                Resolved::Text => format!("the text `{}`", short(scalar.text())),
            },
        }
    }

    /// Whether both mean the same: types count, order of keys does not.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Scalar(left), Kind::Scalar(right)) => left.same(right),
            (Kind::Seq(left), Kind::Seq(right)) => {
                Rc::ptr_eq(left, right)
                    || left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| left.same(right))
            }
            (Kind::Map(left), Kind::Map(right)) => {
                Rc::ptr_eq(left, right)
                    || left.entries.len() == right.entries.len()
                        && left
                            .entries
                            .iter()
                            .all(|entry| right.get(&entry.key).is_some_and(|value| value.same(&entry.value)))
            }
            (Kind::Scalar(_) | Kind::Seq(_) | Kind::Map(_), _) => false,
        }
    }
}

/// The beginning of a text, on one line.
pub(crate) fn short(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    if line.chars().count() > 40 || line.len() < text.trim().len() {
        format!("{}…", line.chars().take(40).collect::<String>())
    } else {
        line.to_owned()
    }
}

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.key)
    }
}
