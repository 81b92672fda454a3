//! Branch and tag filters.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use model::project::GitRef;

use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::expr::Pattern;
use crate::source::Span;
use crate::syntax::{keys, read};
use crate::yaml::{Kind, Node};

/// Which branches, and which tags.
#[derive(Debug, Default)]
pub(super) struct Filters {
    /// An expression, decided.
    expression: Option<bool>,
    branches: Option<Rules>,
    tags: Option<Rules>,
}

/// `only` and `ignore`.
#[derive(Debug, Default)]
pub(super) struct Rules {
    only: Option<Vec<Rule>>,
    ignore: Option<Vec<Rule>>,
}

/// A name, or a pattern between slashes.
#[derive(Debug)]
struct Rule {
    text: String,
    pattern: Option<Rc<Pattern>>,
}

/// Patterns by their text: the jobs of a workflow tend to share theirs.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    known: RefCell<HashMap<String, Rc<Pattern>>>,
}

/// More different patterns are refused: each takes time to compile.
const MAX_PATTERNS: usize = 1000;

impl Patterns {
    fn get(&self, sink: &Sink, text: &str, span: Span) -> Rc<Pattern> {
        if let Some(pattern) = self.known.borrow().get(text) {
            return Rc::clone(pattern);
        }
        let compiled = match self.known.borrow().len() {
            0..MAX_PATTERNS => Pattern::new(text),
            _ => Err(format!("there are more than {MAX_PATTERNS} patterns")),
        };
        let pattern = Rc::new(compiled.unwrap_or_else(|why| {
            let message = format!("the pattern `{}` cannot be read: {why}", crate::yaml::short(text));
            let help = "patterns are Java's regular expressions, matched against the whole name".to_owned();
            sink.push(Report::error(Code::InvalidPattern, span, message).help(help));
            Pattern::never()
        }));
        self.known.borrow_mut().insert(text.to_owned(), Rc::clone(&pattern));
        pattern
    }
}

impl Rule {
    fn matches(&self, name: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.matches(name),
            None => self.text == name,
        }
    }
}

impl Filters {
    /// Reads literal filters.
    pub(super) fn read(sink: &Sink, patterns: &Patterns, node: &Node) -> Self {
        match &node.kind {
            Kind::Scalar(_) => Self { expression: read::boolean(sink, node, "`filters`"), ..Self::default() },
            Kind::Seq(_) => {
                read::wrong_type(sink, node, "`filters`", "a map with `branches` and `tags`, or an expression");
                Self::default()
            }
            Kind::Map(map) => {
                read::check_keys(sink, map, &keys::FILTERS);
                let rules = |key: &str| {
                    map.get(key).filter(|node| !node.is_null()).and_then(|node| rules(sink, patterns, node, key))
                };
                Self { expression: None, branches: rules("branches"), tags: rules("tags") }
            }
        }
    }

    /// Why a job does not run for what was pushed; `None` when it does.
    pub(super) fn excludes(&self, git_ref: &GitRef) -> Option<String> {
        if let Some(holds) = self.expression {
            return (!holds).then(|| "the expression of its filters is false".to_owned());
        }
        match git_ref {
            GitRef::Branch(name) => self.branches.as_ref().and_then(|rules| rules.excludes("branches", "branch", name)),
            GitRef::Tag(name) => match &self.tags {
                Some(rules) if rules.only.is_some() || rules.ignore.is_some() => rules.excludes("tags", "tag", name),
                _ => Some(no_tag_filter(name)),
            },
        }
    }
}

/// Why a job without a filter for tags does not run for one.
pub(super) fn no_tag_filter(name: &str) -> String {
    format!("the tag is `{name}`, and a job runs for tags only when it has a filter for tags")
}

impl Rules {
    /// Reads `branches` or `tags`.
    pub(super) fn read(sink: &Sink, patterns: &Patterns, node: &Node, key: &str) -> Option<Self> {
        rules(sink, patterns, node, key)
    }

    /// The texts of `only`, and of `ignore`.
    pub(super) fn texts(&self) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let texts = |rules: &Option<Vec<Rule>>| {
            rules.as_ref().map(|rules| rules.iter().map(|rule| rule.text.clone()).collect())
        };
        (texts(&self.only), texts(&self.ignore))
    }

    /// Whether a branch passes.
    pub(super) fn allows_branch(&self, name: &str) -> bool {
        self.excludes("branches", "branch", name).is_none()
    }

    fn excludes(&self, key: &str, what: &str, name: &str) -> Option<String> {
        let texts = |rules: &[Rule]| rules.iter().map(|rule| rule.text.as_str()).collect::<Vec<_>>().join(", ");
        match (&self.only, &self.ignore) {
            (Some(only), _) if only.iter().any(|rule| rule.matches(name)) => None,
            (Some(only), _) => Some(format!("filter {key}.only [{}]: the {what} is `{name}`", texts(only))),
            (None, Some(ignore)) if ignore.iter().any(|rule| rule.matches(name)) => {
                Some(format!("filter {key}.ignore [{}]: the {what} is `{name}`", texts(ignore)))
            }
            (None, _) => None,
        }
    }
}

fn rules(sink: &Sink, patterns: &Patterns, node: &Node, key: &str) -> Option<Rules> {
    let map = read::map(sink, node, &format!("`{key}` of `filters`"))?;
    read::check_keys(sink, map, &keys::FILTER);
    let list = |word: &str| {
        let node = map.get(word).filter(|node| !node.is_null())?;
        let texts = read::texts(sink, node, &format!("`{word}`"))?;
        Some(texts.into_iter().map(|(text, span)| rule(sink, patterns, text, span)).collect())
    };
    Some(Rules { only: list("only"), ignore: list("ignore") })
}

fn rule(sink: &Sink, patterns: &Patterns, text: String, span: Span) -> Rule {
    let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let pattern = inner.map(|inner| patterns.get(sink, inner, span));
    Rule { text, pattern }
}
