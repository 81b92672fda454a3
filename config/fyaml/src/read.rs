//! YAML to trees.

use std::collections::{BTreeMap, HashMap};

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::tree::{Scalar, Tree};

/// Values of a document, each alias counted as what it stands for.
const MOST_VALUES: usize = 200_000;
/// Collections within collections.
const MOST_DEPTH: usize = 100;

/// A value, and whether it may be a merge key.
struct Value {
    tree: Tree,
    is_plain: bool,
}

/// A collection that is not closed yet.
struct Open {
    anchor: usize,
    is_map: bool,
    values: Vec<Value>,
}

/// Reads the one document of a text. An empty text is nothing.
///
/// # Errors
/// What is wrong, with line and column: it is not YAML, has a key twice, or grows too large.
pub fn parse(text: &str) -> Result<Tree, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, (Tree, usize)> = HashMap::new();
    let mut root = None;
    let mut count = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event
            .map_err(|error| format!("{}:{}: {}", error.marker().line(), error.marker().col() + 1, error.info()))?;
        let place = format!("{}:{}", span.start.line(), span.start.col() + 1);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                count += 1;
                let tagged_text = tag.is_some_and(|tag| {
                    tag.is_yaml_core_schema() && tag.suffix == "str" || tag.handle == "!" && tag.suffix.is_empty()
                });
                let is_plain = style == ScalarStyle::Plain && !tagged_text;
                let scalar = if is_plain { Scalar::plain(&text) } else { Scalar::Text(text.into_owned()) };
                (Value { tree: Tree::Scalar(scalar), is_plain }, anchor)
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) if open.len() >= MOST_DEPTH => {
                let _ = anchor;
                return Err(format!("{place}: the document is more than {MOST_DEPTH} levels deep"));
            }
            Event::SequenceStart(anchor, _) => {
                count += 1;
                open.push(Open { anchor, is_map: false, values: Vec::new() });
                continue;
            }
            Event::MappingStart(anchor, _) => {
                count += 1;
                open.push(Open { anchor, is_map: true, values: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { anchor, is_map, values }) = open.pop() else { continue };
                let tree = if is_map {
                    Tree::Map(map(values).map_err(|why| format!("{place}: {why}"))?)
                } else {
                    Tree::List(values.into_iter().map(|value| value.tree).collect())
                };
                (Value { tree, is_plain: false }, anchor)
            }
            Event::Alias(anchor) => {
                let Some((tree, size)) = anchors.get(&anchor) else {
                    return Err(format!("{place}: the alias names what it stands in"));
                };
                count += size;
                if count > MOST_VALUES {
                    return Err(format!("{place}: the document grows to more than {MOST_VALUES} values"));
                }
                (Value { tree: tree.clone(), is_plain: false }, 0)
            }
            Event::DocumentStart(_) if root.is_some() => {
                return Err(format!("{place}: there is a second document; keep one"));
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {
                continue;
            }
        };
        if count > MOST_VALUES {
            return Err(format!("{place}: the document grows to more than {MOST_VALUES} values"));
        }
        if anchor > 0 {
            anchors.insert(anchor, (value.tree.clone(), size(&value.tree)));
        }
        match open.last_mut() {
            Some(open) => open.values.push(value),
            None => root = Some(value.tree),
        }
    }
    Ok(root.unwrap_or(Tree::Scalar(Scalar::Literal("null".to_owned()))))
}

fn size(tree: &Tree) -> usize {
    match tree {
        Tree::Scalar(_) => 1,
        Tree::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Tree::Map(map) => 1 + map.values().map(|value| 1 + size(value)).sum::<usize>(),
    }
}

/// Pairs keys and values. What the map says itself wins over what it merges; among merged maps the earlier wins.
fn map(values: Vec<Value>) -> Result<BTreeMap<String, Tree>, String> {
    let mut own = BTreeMap::new();
    let mut merged = Vec::new();
    let mut values = values.into_iter();
    while let (Some(key), Some(value)) = (values.next(), values.next()) {
        let Tree::Scalar(Scalar::Text(name) | Scalar::Literal(name)) = key.tree else {
            return Err(format!("a key is a text, not {}", key.tree.kind()));
        };
        if name == "<<" && key.is_plain {
            merged.push(value.tree);
        } else if own.insert(name.clone(), value.tree).is_some() {
            return Err(format!("the key `{name}` stands twice in one map"));
        }
    }
    let mut merged: std::collections::VecDeque<Tree> = merged.into();
    while let Some(tree) = merged.pop_front() {
        match tree {
            Tree::Map(map) => {
                for (key, value) in map {
                    own.entry(key).or_insert(value);
                }
            }
            Tree::List(trees) => trees.into_iter().rev().for_each(|tree| merged.push_front(tree)),
            Tree::Scalar(_) => return Err("a merge key `<<` takes a map or a list of maps".to_owned()),
        }
    }
    Ok(own)
}
