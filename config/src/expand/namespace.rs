//! Where names are looked up: the configuration, and each orb.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Env;
use crate::Code;
use crate::diagnostic::Report;
use crate::diagnostic::suggest::{did_you_mean_or_list, list, nearest};
use crate::source::Span;
use crate::syntax::{Definition, Definitions};

/// One of the namespaces of a compilation. The configuration's is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NamespaceId(pub(crate) usize);

impl NamespaceId {
    /// The configuration's.
    pub(crate) const ROOT: Self = Self(0);
}

/// What a configuration or an orb declares and imports.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    pub(crate) definitions: Definitions,
    pub(crate) orbs: BTreeMap<Rc<str>, NamespaceId>,
    /// Whether it is an inline orb with nothing in it, to be filled in by a tool.
    pub(crate) is_empty_orb: bool,
}

/// What kind of definition is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Command,
    Executor,
    Job,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Executor => "executor",
            Self::Job => "job",
        }
    }

    const fn unknown(self) -> Code {
        match self {
            Self::Command => Code::UnknownStep,
            Self::Executor => Code::UnknownExecutor,
            Self::Job => Code::UnknownJob,
        }
    }

    pub(super) fn of(self, definitions: &Definitions) -> &BTreeMap<Rc<str>, Rc<Definition>> {
        match self {
            Self::Command => &definitions.commands,
            Self::Executor => &definitions.executors,
            Self::Job => &definitions.jobs,
        }
    }
}

/// Names for names of a definition.
const MAX_NAMES: usize = 10;

impl Env<'_> {
    /// Finds a definition by its name, and through other names for it. `None` after a mistake, which is reported.
    pub(super) fn get(
        &self,
        from: NamespaceId,
        what: What,
        name: &str,
        span: Span,
    ) -> Option<(NamespaceId, Rc<Definition>)> {
        let (mut name, mut span, mut from) = (name.to_owned(), span, from);
        for _ in 0..MAX_NAMES {
            let Some((home, definition)) = self.find(from, what, &name) else {
                self.report_unknown(from, what, &name, span, what.unknown());
                return None;
            };
            let Some(other) = definition.body.as_text() else { return Some((home, definition)) };
            (name, span, from) = (other.to_owned(), definition.body.span, home);
        }
        let message = format!("the {} `{name}` is only another name for itself", what.name());
        self.sink.push(Report::error(Code::Recursion, span, message));
        None
    }

    /// Finds a definition by its name, `orb/name` too, with the namespace that it belongs to. It may be another name for
    /// one.
    pub(crate) fn find(&self, from: NamespaceId, what: What, name: &str) -> Option<(NamespaceId, Rc<Definition>)> {
        let namespace = self.namespace(from);
        if let Some(definition) = what.of(&namespace.definitions).get(name) {
            return Some((from, Rc::clone(definition)));
        }
        let (orb, name) = name.split_once('/')?;
        let id = *namespace.orbs.get(orb)?;
        Some((id, Rc::clone(what.of(&self.namespace(id).definitions).get(name)?)))
    }

    /// Where an imported orb has what a name without an orb may mean.
    pub(super) fn in_an_orb(&self, from: NamespaceId, what: What, name: &str) -> Option<String> {
        let mut orbs = self.namespace(from).orbs.iter();
        let (orb, _) = orbs.find(|(_, id)| what.of(&self.namespace(**id).definitions).contains_key(name))?;
        Some(format!("did you mean `{orb}/{name}`?"))
    }

    /// Reports that [`Env::find`] found nothing; `code` is for a name without an orb.
    pub(super) fn report_unknown(&self, from: NamespaceId, what: What, name: &str, span: Span, code: Code) {
        let namespace = self.namespace(from);
        let kind = what.name();
        let report = match name.split_once('/') {
            Some((orb, part)) => match namespace.orbs.get(orb) {
                Some(id) if self.namespace(*id).is_empty_orb => {
                    // Said once, where the orb is, not once for each of its parts.
                    let place = namespace
                        .definitions
                        .orbs
                        .iter()
                        .find(|used| &*used.name == orb)
                        .map_or(span, |used| used.span);
                    let message = format!("the inline orb `{orb}` is empty, and the configuration uses parts of it");
                    let help = "its source is put in by orb-tools when the pipeline runs; give the orb's source here";
                    let report = Report::error(Code::EmptyOrb, place, message);
                    report.related(span, format!("this {kind} is used here")).help(help.to_owned())
                }
                Some(id) => {
                    let message = format!("the orb `{orb}` has no {kind} `{part}`");
                    let names = what.of(&self.namespace(*id).definitions).keys().map(|name| &**name);
                    let title = format!("its {kind}s are");
                    let names: Vec<&str> = names.collect();
                    let help = match nearest(part, names.iter().copied()) {
                        Some(meant) => Some(format!("did you mean `{orb}/{meant}`?")),
                        None => did_you_mean_or_list(part, &title, names),
                    };
                    Report::error(Code::UnknownOrb, span, message).help(help)
                }
                // Its import is a mistake of its own, or its absence is reported already.
                None if !self.is_news(from, orb) => return,
                None => {
                    let message = format!("no orb `{orb}` is imported, so there is no {kind} `{name}`");
                    let names: Vec<&str> = namespace.orbs.keys().map(|name| &**name).collect();
                    let help = match (nearest(orb, names.iter().copied()), names.as_slice()) {
                        (Some(meant), _) => format!("did you mean `{meant}`?"),
                        (None, []) => format!("import it: `orbs: {{{orb}: namespace/name@version}}`"),
                        (None, names) => format!(
                            "import it below `orbs:`, such as `{orb}: namespace/name@version`; imported are {}",
                            list(names.iter().take(10).copied())
                        ),
                    };
                    Report::error(Code::UnknownOrb, span, message).help(help)
                }
            },
            None => {
                let names: Vec<&str> = what.of(&namespace.definitions).keys().map(|name| &**name).collect();
                if let Some(meant) = nearest(name, names.iter().copied()).filter(|_| what == What::Job) {
                    // That nothing runs the job that is meant follows from the mistake.
                    self.use_job(from, &Rc::from(meant));
                }
                let title = format!("the {kind}s are");
                let help = self.in_an_orb(from, what, name).or_else(|| did_you_mean_or_list(name, &title, names));
                let help = help.unwrap_or_else(|| format!("declare it under `{kind}s:`"));
                Report::error(code, span, format!("there is no {kind} `{name}`")).help(help)
            }
        };
        self.sink.push(report);
    }
}
