//! Orbs: inline ones, and those that the caller gave.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Env;
use super::namespace::{Namespace, NamespaceId};
use super::scope::Scope;
use crate::diagnostic::Report;
use crate::source::Files;
use crate::syntax::{Definitions, OrbUse, OrbUseKind};
use crate::yaml::{self, Node};
use crate::{Code, OrbRef, Orbs};

/// Orbs within orbs.
const MAX_DEPTH: usize = 20;

/// The files of a compilation with their documents: read before anything is expanded, so that places can be looked up.
#[derive(Default)]
pub(crate) struct Library {
    documents: BTreeMap<OrbRef, Option<Node>>,
}

impl Library {
    /// Reads every orb that the caller gave.
    pub(crate) fn read(orbs: &Orbs, files: &mut Files, sink: &crate::diagnostic::Sink) -> Self {
        let documents = orbs
            .iter()
            .map(|(reference, source)| {
                let id = files.add_orb(source);
                (reference.clone(), yaml::parse(files.get(id), id, sink))
            })
            .collect();
        Self { documents }
    }
}

/// Loads the namespaces of a configuration: its own, and those of its orbs. Returns the orbs that are lacking.
pub(crate) fn load(env: &mut Env<'_>, definitions: Definitions, library: &Library) -> BTreeSet<OrbRef> {
    let mut loader = Loader { library, loaded: BTreeMap::new(), missing: BTreeSet::new() };
    env.namespaces.push(Namespace { definitions, ..Namespace::default() });
    loader.imports(env, NamespaceId::ROOT, 0);
    loader.missing
}

struct Loader<'a> {
    library: &'a Library,
    loaded: BTreeMap<OrbRef, NamespaceId>,
    missing: BTreeSet<OrbRef>,
}

impl Loader<'_> {
    /// Loads the orbs that a namespace imports.
    fn imports(&mut self, env: &mut Env<'_>, id: NamespaceId, depth: usize) {
        let uses: Vec<OrbUse> = env.namespace(id).definitions.orbs.clone();
        if depth > MAX_DEPTH {
            if let Some(first) = uses.first() {
                let message = format!("orbs import orbs more than {MAX_DEPTH} levels deep");
                env.sink.push(Report::error(Code::TooLarge, first.span, message));
            }
            return;
        }
        for orb in uses {
            let found = match &orb.kind {
                OrbUseKind::Inline(node) => Some(self.inline(env, node, depth)),
                OrbUseKind::Reference(node) => self.reference(env, id, node, depth),
            };
            if let Some(found) = found {
                env.namespaces[id.0].orbs.insert(Rc::clone(&orb.name), found);
            }
        }
    }

    fn inline(&mut self, env: &mut Env<'_>, node: &Node, depth: usize) -> NamespaceId {
        let sink = env.sink;
        let definitions = node.as_map().map(|map| Definitions::read(sink, map)).unwrap_or_default();
        let is_empty_orb = node.as_map().is_none_or(|map| map.entries.is_empty());
        self.add(env, definitions, is_empty_orb, depth)
    }

    fn add(&mut self, env: &mut Env<'_>, definitions: Definitions, is_empty_orb: bool, depth: usize) -> NamespaceId {
        let id = NamespaceId(env.namespaces.len());
        env.namespaces.push(Namespace { definitions, is_empty_orb, ..Namespace::default() });
        self.imports(env, id, depth + 1);
        id
    }

    fn reference(&mut self, env: &mut Env<'_>, from: NamespaceId, node: &Node, depth: usize) -> Option<NamespaceId> {
        // `<< pipeline.… >>` may stand in the reference.
        let literal = env.substitute(node, Scope::bare(from))?;
        let reference = OrbUse::reference(env.sink, &literal)?;
        if let Some(id) = self.loaded.get(&reference) {
            return Some(*id);
        }
        let Some(document) = self.library.documents.get(&reference) else {
            self.missing.insert(reference);
            return None;
        };
        let sink = env.sink;
        let map = document.as_ref()?.as_map();
        if map.is_none() {
            let message = format!("the source of the orb `{reference}` is not a map");
            sink.push(Report::error(Code::UnknownOrb, node.span, message));
        }
        let definitions = sink.within(node.span, format!("in the orb `{reference}`, which is imported here"), || {
            map.map(|map| Definitions::read(sink, map)).unwrap_or_default()
        });
        // Entered before its own imports, so that orbs which import each other end.
        let id = NamespaceId(env.namespaces.len());
        self.loaded.insert(reference, id);
        Some(self.add(env, definitions, false, depth))
    }
}
