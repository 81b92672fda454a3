//! Matrices: one job, every combination of arguments.

use std::rc::Rc;

use super::Env;
use super::argument::Bound;
use super::scope::{Bindings, Scope};
use crate::Code;
use crate::diagnostic::Report;
use crate::syntax::{keys, read};
use crate::yaml::{Entry, Kind, Map, Node, Resolved};

/// More jobs than this of one matrix are refused.
const MAX_JOBS: usize = 1024;

/// A matrix, laid out.
#[derive(Debug)]
pub(super) struct Matrix {
    /// What all of it can be required by; `None`: the name of the job.
    pub(super) alias: Option<String>,
    pub(super) combinations: Vec<Combination>,
}

/// One combination of arguments.
#[derive(Clone, Debug)]
pub(super) struct Combination {
    pub(super) arguments: Vec<Entry>,
}

impl Combination {
    /// What `matrix.` stands for.
    pub(super) fn bindings(&self) -> Bindings {
        self.arguments.iter().map(|entry| (Rc::clone(&entry.key), Bound::Node(entry.value.clone()))).collect()
    }

    /// The ending of the job's name where it has none of its own: the values, in the order of the parameters' names.
    pub(super) fn suffix(&self) -> String {
        let mut sorted: Vec<&Entry> = self.arguments.iter().collect();
        sorted.sort_by(|left, right| left.key.cmp(&right.key));
        let mut words = Vec::new();
        sorted.iter().for_each(|entry| name_words(&entry.value, &mut words));
        words.join("-")
    }
}

/// The words of a value in a job's name: a map gives its values.
fn name_words(node: &Node, words: &mut Vec<String>) {
    match &node.kind {
        Kind::Scalar(scalar) => words.push(match scalar.resolve() {
            Resolved::Bool(value) => value.to_string(),
            Resolved::Null | Resolved::Int(_) | Resolved::Float(_) | Resolved::Text => scalar.text().to_owned(),
        }),
        Kind::Seq(items) => items.iter().for_each(|item| name_words(item, words)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| name_words(&entry.value, words)),
    }
}

impl Env<'_> {
    /// Lays a matrix out. `None` after a mistake.
    pub(super) fn matrix(&self, node: &Node, scope: Scope<'_>) -> Option<Matrix> {
        let map = read::map(self.sink, node, "`matrix`")?;
        read::check_keys(self.sink, map, &keys::MATRIX);
        let alias = match map.get("alias") {
            Some(node) => Some(read::text(self.sink, &self.substitute(node, scope)?, "`alias` of a matrix")?),
            None => None,
        };
        let parameters = read::required(self.sink, node, map, "parameters", "`matrix`")?;
        let axes = self.axes(parameters, scope)?;
        let count = axes.iter().try_fold(1_usize, |count, (_, values)| count.checked_mul(values.len()));
        if count.is_none_or(|count| count > MAX_JOBS) {
            let message = format!("the matrix makes more than {MAX_JOBS} jobs");
            self.sink
                .push(Report::error(Code::Matrix, parameters.span, message).help("give it fewer values".to_owned()));
            return None;
        }
        let mut combinations = vec![Combination { arguments: Vec::new() }];
        // The last parameter is the outermost: `{a: [1, 2], b: [3, 4]}` gives 1-3, 2-3, 1-4, 2-4.
        for (entry, values) in axes.iter().rev() {
            combinations = combinations
                .iter()
                .flat_map(|combination| {
                    values.iter().map(move |value| {
                        let mut arguments = vec![Entry { value: value.clone(), ..(*entry).clone() }];
                        arguments.extend(combination.arguments.iter().cloned());
                        Combination { arguments }
                    })
                })
                .collect();
        }
        self.exclude(map, &axes, &mut combinations, scope)?;
        Some(Matrix { alias, combinations })
    }

    fn axes(&self, node: &Node, scope: Scope<'_>) -> Option<Vec<(Entry, Vec<Node>)>> {
        let map = read::map(self.sink, node, "`parameters` of a matrix")?;
        if map.entries.is_empty() {
            let report = Report::error(Code::Matrix, node.span, "the matrix has no parameters");
            self.sink.push(report.help("give it parameters of the job with a list of values each".to_owned()));
            return None;
        }
        let axis = |entry: &Entry| {
            let values = self.substitute(&entry.value, scope)?;
            let items = match &values.kind {
                Kind::Seq(items) => items.to_vec(),
                // One value without a list counts as a list of one.
                Kind::Scalar(_) if !values.is_null() => vec![values.clone()],
                Kind::Scalar(_) | Kind::Map(_) => {
                    read::wrong_type(
                        self.sink,
                        &values,
                        &format!("matrix parameter `{}`", entry.key),
                        "a list of values",
                    );
                    return None;
                }
            };
            if items.is_empty() {
                let message = format!("matrix parameter `{}` has no values", entry.key);
                let report = Report::warning(Code::Matrix, entry.key_span, message);
                self.sink.push(report.help("the matrix makes no job".to_owned()));
            }
            Some((entry.clone(), items))
        };
        let axes: Vec<Option<(Entry, Vec<Node>)>> = map.entries.iter().map(axis).collect();
        axes.into_iter().collect()
    }

    fn exclude(
        &self,
        map: &Map,
        axes: &[(Entry, Vec<Node>)],
        combinations: &mut Vec<Combination>,
        scope: Scope<'_>,
    ) -> Option<()> {
        let Some(node) = map.get("exclude").filter(|node| !node.is_null()) else { return Some(()) };
        for item in read::list(self.sink, node, "`exclude` of a matrix")? {
            let item = self.substitute(item, scope)?;
            let excluded = read::map(self.sink, &item, "each item of `exclude`")?;
            let mut known = true;
            for entry in &excluded.entries {
                if !axes.iter().any(|(axis, _)| axis.key == entry.key) {
                    let message = format!("the matrix has no parameter `{}` to exclude by", entry.key);
                    let names: Vec<&str> = axes.iter().map(|(axis, _)| &*axis.key).collect();
                    let help =
                        crate::diagnostic::suggest::did_you_mean_or_list(&entry.key, "its parameters are", names);
                    self.sink.push(Report::error(Code::Matrix, entry.key_span, message).help(help));
                    known = false;
                }
            }
            let before = combinations.len();
            combinations.retain(|combination| {
                let hit = |entry: &Entry| {
                    let given = combination.arguments.iter().find(|argument| argument.key == entry.key);
                    given.is_some_and(|argument| argument.value.same(&entry.value))
                };
                !excluded.entries.iter().all(hit) || excluded.entries.is_empty()
            });
            if known && combinations.len() == before {
                let message = "this combination is not in the matrix: nothing is excluded";
                self.sink.push(Report::warning(Code::Matrix, item.span, message));
            }
        }
        if combinations.is_empty() {
            self.sink.push(Report::warning(
                Code::Matrix,
                node.span,
                "every combination of the matrix is excluded: it makes no job",
            ));
        }
        Some(())
    }
}
