//! Collects findings: nobody stops at the first.

use std::cell::RefCell;
use std::collections::HashSet;

use super::{Code, Diagnostic, Label, Severity};
use crate::source::{Files, Span};

/// A finding before its place is looked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Report {
    code: Code,
    severity: Severity,
    span: Span,
    message: String,
    label: String,
    help: Option<String>,
    related: Vec<(Span, String)>,
}

impl Report {
    /// A finding that stops the compilation.
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span,
            message: message.into(),
            label: String::new(),
            help: None,
            related: Vec::new(),
        }
    }

    /// A finding that does not.
    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// What stands beside the carets.
    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    /// What to do.
    pub(crate) fn help(self, help: impl Into<Option<String>>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// Another place that matters.
    pub(crate) fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push((span, text.into()));
        self
    }
}

/// Where all phases put what they find.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    state: RefCell<State>,
}

/// Nobody reads more errors, or more warnings, than this.
const MAX_REPORTS: usize = 500;

#[derive(Debug, Default)]
struct State {
    reports: Vec<Report>,
    /// A job that is called thirty times has its mistakes reported once.
    seen: HashSet<(Severity, Code, Span, String)>,
    /// Values that could not be made: what else is wrong with them follows from that.
    poisoned: HashSet<Span>,
    /// The calls that lead to what is being looked at.
    calls: Vec<(Span, String)>,
    errors: usize,
    warnings: usize,
    /// Whether errors count as warnings for the moment.
    lenient: bool,
}

impl Sink {
    /// Takes a finding. One that stands in another file than its outermost call also shows the call.
    pub(crate) fn push(&self, mut report: Report) {
        let mut state = self.state.borrow_mut();
        if state.lenient {
            report.severity = Severity::Warning;
        }
        if state.poisoned.contains(&report.span)
            || !state.seen.insert((report.severity, report.code, report.span, report.message.clone()))
        {
            return;
        }
        let count = match report.severity {
            Severity::Error => &mut state.errors,
            Severity::Warning => &mut state.warnings,
        };
        *count += 1;
        if *count > MAX_REPORTS {
            return;
        }
        for (span, text) in state.calls.iter().rev() {
            if span.file != report.span.file && report.related.len() < 4 {
                report.related.push((*span, text.clone()));
            }
        }
        state.reports.push(report);
    }

    /// A value that stands here could not be made; nothing more is said about it.
    pub(crate) fn poison(&self, span: Span) {
        let mut state = self.state.borrow_mut();
        // The same text may stand, by an alias, in what does run.
        if !state.lenient {
            state.poisoned.insert(span);
        }
    }

    /// Does something in the name of a call.
    pub(crate) fn within<T>(&self, call: Span, text: impl Into<String>, work: impl FnOnce() -> T) -> T {
        self.within_all([(call, text.into())], work)
    }

    /// Does something in the name of calls, the outermost first.
    pub(crate) fn within_all<T>(&self, calls: impl IntoIterator<Item = (Span, String)>, work: impl FnOnce() -> T) -> T {
        let depth = self.state.borrow().calls.len();
        self.state.borrow_mut().calls.extend(calls);
        let result = work();
        self.state.borrow_mut().calls.truncate(depth);
        result
    }

    /// Looks at what does not run: its errors are warnings.
    pub(crate) fn leniently<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = std::mem::replace(&mut self.state.borrow_mut().lenient, true);
        let result = work();
        self.state.borrow_mut().lenient = before;
        result
    }

    /// Whether there are so many errors that no more are taken.
    pub(crate) fn is_full(&self) -> bool {
        self.state.borrow().errors >= MAX_REPORTS
    }

    /// How many errors there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.state.borrow().errors
    }

    /// Looks up all places: errors and warnings, in the order of the text.
    pub(crate) fn finish(self, files: &Files) -> Vec<Diagnostic> {
        let State { mut reports, seen, .. } = self.state.into_inner();
        // What is wrong in something that runs need not be said again of something that does not.
        let is_error =
            |report: &Report| seen.contains(&(Severity::Error, report.code, report.span, report.message.clone()));
        reports.retain(|report| report.severity == Severity::Error || !is_error(report));
        // A warning at the place of an error has the same cause, and the error says more.
        let wrong: HashSet<Span> =
            reports.iter().filter(|report| report.severity == Severity::Error).map(|report| report.span).collect();
        reports.retain(|report| report.severity == Severity::Error || !wrong.contains(&report.span));
        reports.sort_by_key(|report| (report.severity, report.span.file, report.span.start));
        reports
            .into_iter()
            // The user of an orb cannot mend it: its errors stop the work, its warnings do not concern them.
            .filter(|report| report.severity == Severity::Error || !files.get(report.span.file).is_foreign)
            .map(|Report { code, severity, span, message, label, help, related }| Diagnostic {
                code,
                severity,
                message,
                help,
                primary: Label::new(files, span, label),
                related: related.into_iter().map(|(span, text)| Label::new(files, span, text)).collect(),
            })
            .collect()
    }
}
