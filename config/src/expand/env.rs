//! What every rule of the expansion needs at hand.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::argument::Bound;
use super::namespace::{Namespace, NamespaceId};
use crate::diagnostic::{Report, Sink};
use crate::expr::ExpressionErrorKind;
use crate::expr::{ExpressionError, Value};
use crate::source::{Files, Span};
use crate::{Code, Inputs};

/// Bytes and values that an expansion may produce.
const MAX_OUTPUT: u64 = 48 << 20;

/// Lists of steps within lists of steps: conditions, commands, steps as arguments.
const MAX_NESTING: u32 = 50;

/// What every rule of the expansion needs at hand.
pub(crate) struct Env<'a> {
    pub(crate) sink: &'a Sink,
    pub(crate) files: &'a Files,
    pub(crate) inputs: &'a Inputs,
    /// Whether `<< >>` means something: not in versions before 2.1.
    pub(crate) templates: bool,
    pub(crate) namespaces: Vec<Namespace>,
    /// The values of the pipeline's parameters.
    pub(crate) pipeline_parameters: BTreeMap<Rc<str>, Bound>,
    output: Cell<u64>,
    /// Lists of steps that are being expanded within one another.
    nesting: Cell<u32>,
    /// Logic statements that are being decided within one another.
    pub(super) logic: Cell<u32>,
    /// The configuration's own jobs that some workflow runs.
    used_jobs: RefCell<BTreeSet<Rc<str>>>,
    /// Names of orbs that are not imported, as far as they are reported.
    unknown_orbs: RefCell<BTreeSet<(NamespaceId, String)>>,
}

impl<'a> Env<'a> {
    pub(crate) fn new(sink: &'a Sink, files: &'a Files, inputs: &'a Inputs, templates: bool) -> Self {
        Self {
            sink,
            files,
            inputs,
            templates,
            namespaces: Vec::new(),
            pipeline_parameters: BTreeMap::new(),
            output: Cell::new(0),
            nesting: Cell::new(0),
            logic: Cell::new(0),
            used_jobs: RefCell::default(),
            unknown_orbs: RefCell::default(),
        }
    }

    pub(super) fn namespace(&self, id: NamespaceId) -> &Namespace {
        &self.namespaces[id.0]
    }

    /// Counts what is produced; `false` when it is too much, which is reported once.
    pub(super) fn spend(&self, amount: usize, span: Span) -> bool {
        let before = self.output.get();
        let after = before.saturating_add(amount as u64 + 1);
        self.output.set(after);
        if before <= MAX_OUTPUT && after > MAX_OUTPUT {
            let message = "the configuration grows beyond 48 MiB when it is expanded";
            let help = "commands that call each other, or texts that are put into one another, multiply".to_owned();
            self.sink.push(Report::error(Code::TooLarge, span, message).help(help));
        }
        after <= MAX_OUTPUT
    }

    /// Expands a list of steps within another, unless that goes too deep, which is reported.
    pub(super) fn nested(&self, span: Span, work: impl FnOnce()) {
        let depth = self.nesting.get();
        if depth >= MAX_NESTING {
            let message = format!("steps stand within steps more than {MAX_NESTING} levels deep");
            let help = "conditions and commands within one another count".to_owned();
            self.sink.push(Report::error(Code::TooLarge, span, message).help(help));
            return;
        }
        self.nesting.set(depth + 1);
        work();
        self.nesting.set(depth);
    }

    /// Whether too much was produced already.
    pub(super) fn is_spent(&self) -> bool {
        self.output.get() > MAX_OUTPUT
    }

    /// Whether it is the first time that an orb is missed, and nothing else explains it.
    pub(super) fn is_news(&self, from: NamespaceId, orb: &str) -> bool {
        let is_declared = self.namespace(from).definitions.orbs.iter().any(|used| &*used.name == orb);
        !is_declared && self.unknown_orbs.borrow_mut().insert((from, orb.to_owned()))
    }

    /// Remembers that a workflow runs a job of the configuration.
    pub(super) fn use_job(&self, namespace: NamespaceId, name: &Rc<str>) {
        if namespace == NamespaceId::ROOT {
            self.used_jobs.borrow_mut().insert(Rc::clone(name));
        }
    }

    /// The jobs of the configuration that some workflow runs.
    pub(crate) fn used_jobs(&self) -> BTreeSet<Rc<str>> {
        self.used_jobs.borrow().clone()
    }

    /// Where the configuration names a job of its own.
    pub(crate) fn job_span(&self, name: &str) -> Option<Span> {
        Some(self.namespace(NamespaceId::ROOT).definitions.jobs.get(name)?.name_span)
    }

    /// A pipeline value by its name, `pipeline.` included.
    pub(super) fn pipeline_value(&self, name: &str) -> Value {
        if let Some(value) = self.inputs.values.get(name) {
            return value.clone();
        }
        match name {
            "pipeline.git.branch" => self.inputs.git_ref.branch().into(),
            "pipeline.git.tag" => self.inputs.git_ref.tag().into(),
            _ => Value::Undefined,
        }
    }

    /// The place of the `index`-th `<< … >>` of a scalar, as far as it can be found in the source.
    pub(super) fn template_span(&self, span: Span, index: usize) -> Span {
        let slice = self.files.get(span.file).slice(span);
        let Some((at, _)) = slice.match_indices("<<").nth(index) else { return span };
        let length = slice[at..].find(">>").map_or(2, |end| end + 2);
        Span { file: span.file, start: span.start + at as u32, end: span.start + (at + length) as u32 }
    }

    /// Reports a mistake in an expression, at its word.
    pub(super) fn expression_error(&self, span: Span, error: ExpressionError) {
        let ExpressionError { kind, message, token, help, .. } = error;
        let slice = self.files.get(span.file).slice(span);
        let found = if token.is_empty() { None } else { slice.find(&token) };
        let place = found.map_or(span, |at| {
            let start = span.start + at as u32;
            Span { file: span.file, start, end: start + token.len() as u32 }
        });
        let (code, message) = match kind {
            ExpressionErrorKind::Syntax => {
                (Code::ExpressionSyntax, format!("the expression cannot be read: {message}"))
            }
            ExpressionErrorKind::UnknownName => (Code::UnknownName, message),
            ExpressionErrorKind::Type => (Code::ExpressionType, message),
            ExpressionErrorKind::Pattern => (Code::InvalidPattern, message),
        };
        if slice.contains("include(") && kind == ExpressionErrorKind::Syntax {
            let message = "`<< include(…) >>` stands in the source of an orb that is not packed";
            let help = "pack the orb first: packing puts the file's text here".to_owned();
            self.sink.push(Report::error(Code::TemplateSyntax, span, message).help(help));
            return;
        }
        let is_shell = kind == ExpressionErrorKind::Syntax && help.is_none();
        let help = if is_shell && slice.starts_with("<<") {
            Some("if this is not an expression but shell text, write `\\<<`".to_owned())
        } else {
            help
        };
        self.sink.push(Report::error(code, place, message).help(help));
    }
}
