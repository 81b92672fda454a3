//! Merge keys: `<<: *defaults`, once or several times in a map, with one map or a list of maps.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Entry, Kind, Map, Node};
use crate::Code;
use crate::diagnostic::{Report, Sink};

/// Makes a map of pairs. What the map says itself wins; among merged maps the earlier wins.
pub(super) fn resolve(sink: &Sink, pairs: Vec<(Entry, bool)>) -> Map {
    let mut own: HashMap<Rc<str>, crate::source::Span> = HashMap::new();
    let mut kept = Vec::with_capacity(pairs.len());
    for (entry, is_merge) in pairs {
        if !is_merge {
            if let Some(first) = own.get(&entry.key) {
                let message = format!("the key `{}` stands twice in one map", entry.key);
                let report = Report::error(Code::DuplicateKey, entry.key_span, message).label("here again");
                sink.push(report.related(*first, "first here").help("keep one of them".to_owned()));
                continue;
            }
            own.insert(Rc::clone(&entry.key), entry.key_span);
        }
        kept.push((entry, is_merge));
    }
    if kept.iter().all(|(_, is_merge)| !is_merge) {
        return Map { entries: kept.into_iter().map(|(entry, _)| entry).collect() };
    }
    let mut entries: Vec<Entry> = Vec::with_capacity(kept.len() * 2);
    for (entry, is_merge) in kept {
        if !is_merge {
            entries.push(entry);
            continue;
        }
        for merged in sources(sink, &entry.value) {
            for inherited in merged {
                if !own.contains_key(&inherited.key) {
                    own.insert(Rc::clone(&inherited.key), inherited.key_span);
                    entries.push(inherited);
                }
            }
        }
    }
    Map { entries }
}

/// The maps that a merge key names.
fn sources(sink: &Sink, value: &Node) -> Vec<Vec<Entry>> {
    match &value.kind {
        Kind::Map(map) => vec![map.entries.clone()],
        Kind::Seq(items) => items.iter().flat_map(|item| sources(sink, item)).collect(),
        Kind::Scalar(_) => {
            let message = format!("a merge key `<<` takes a map or a list of maps, not {}", value.describe());
            sink.push(Report::error(Code::WrongType, value.span, message));
            Vec::new()
        }
    }
}
