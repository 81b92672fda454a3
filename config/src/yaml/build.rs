//! Events to nodes, on a budget.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Entry, Kind, Map, Node, Scalar, merge};
use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::source::Span;

/// Nodes of a document, each alias counted as what it stands for.
const MAX_NODES: u64 = 500_000;
/// Collections within collections, through aliases too: a logic statement may have a hundred levels, each a map with a list.
const MAX_DEPTH: u32 = 220;

/// A node with what it costs.
#[derive(Clone)]
struct Built {
    node: Node,
    nodes: u64,
    height: u32,
}

/// A collection that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    is_map: bool,
    children: Vec<Built>,
}

/// Makes nodes of events.
pub(super) struct Builder<'a> {
    sink: &'a Sink,
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    total: u64,
    root: Option<Node>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(sink: &'a Sink) -> Self {
        Self { sink, open: Vec::new(), anchors: HashMap::new(), total: 0, root: None }
    }

    pub(super) fn is_done(&self) -> bool {
        self.root.is_some()
    }

    pub(super) fn finish(self) -> Option<Node> {
        self.root
    }

    pub(super) fn scalar(&mut self, span: Span, scalar: Scalar, anchor: usize) -> bool {
        let node = Node { span, kind: Kind::Scalar(scalar) };
        self.total += 1;
        self.add(Built { node, nodes: 1, height: 0 }, anchor)
    }

    pub(super) fn open(&mut self, span: Span, anchor: usize, is_map: bool) -> bool {
        self.total += 1;
        self.open.push(Open { span, anchor, is_map, children: Vec::new() });
        self.within_budget(span, 0)
    }

    pub(super) fn alias(&mut self, span: Span, anchor: usize) -> bool {
        let Some(built) = self.anchors.get(&anchor).cloned() else {
            let report = Report::error(Code::YamlSyntax, span, "the alias names what it stands in");
            self.sink.push(report.help("define the anchor above, outside of this value".to_owned()));
            return false;
        };
        self.total = self.total.saturating_add(built.nodes);
        // What the alias stands for keeps its own place: that is where its mistakes are.
        self.within_budget(span, built.height) && self.add(built, 0)
    }

    pub(super) fn close(&mut self) -> bool {
        let Some(Open { span, anchor, is_map, children }) = self.open.pop() else { return true };
        let nodes = children.iter().fold(1_u64, |sum, child| sum.saturating_add(child.nodes));
        let height = children.iter().map(|child| child.height + 1).max().unwrap_or(1);
        let span = children
            .iter()
            .filter(|child| child.node.span.start >= span.start)
            .fold(span, |span, child| span.to(child.node.span));
        let kind = if is_map {
            Kind::Map(Rc::new(self.map(children)))
        } else {
            Kind::Seq(Rc::new(children.into_iter().map(|child| child.node).collect()))
        };
        self.add(Built { node: Node { span, kind }, nodes, height }, anchor)
    }

    fn add(&mut self, built: Built, anchor: usize) -> bool {
        if anchor > 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let span = built.node.span;
        match self.open.last_mut() {
            Some(open) => open.children.push(built),
            None => self.root = Some(built.node),
        }
        self.within_budget(span, 0)
    }

    fn within_budget(&self, span: Span, height: u32) -> bool {
        let message = if self.total > MAX_NODES {
            format!("the document grows to more than {MAX_NODES} values")
        } else if self.open.len() as u32 + height > MAX_DEPTH {
            format!("the document is more than {MAX_DEPTH} levels deep")
        } else {
            return true;
        };
        let help = "aliases count as what they stand for: use fewer, or split the configuration".to_owned();
        self.sink.push(Report::error(Code::TooLarge, span, message).help(help));
        false
    }

    /// Pairs keys and values, refuses duplicates, and resolves merge keys.
    fn map(&self, children: Vec<Built>) -> Map {
        let mut pairs = Vec::with_capacity(children.len() / 2);
        let mut children = children.into_iter();
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let Kind::Scalar(scalar) = &key.node.kind else {
                let report = Report::error(Code::WrongType, key.node.span, "a key is a text, not a list or a map");
                self.sink.push(report);
                continue;
            };
            let is_merge = scalar.text() == "<<" && scalar.is_plain();
            let entry = Entry { key: scalar.shared_text(), key_span: key.node.span, value: value.node };
            pairs.push((entry, is_merge));
        }
        merge::resolve(self.sink, pairs)
    }
}
