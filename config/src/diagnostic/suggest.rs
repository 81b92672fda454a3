//! "Did you mean": the nearest known name.

/// Longer names are not compared, nor more of them: a suggestion must not cost more than the mistake.
const MAX_LENGTH: usize = 64;
const MAX_CANDIDATES: usize = 500;

/// The candidate nearest to a name, if one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let folded = fold(name);
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|candidate| {
            !candidate.is_empty() && *candidate != name && candidate.len().abs_diff(name.len()) <= limit * 4
        })
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Whether a name is another one with a slip or two of the keyboard.
pub(crate) fn is_slip(name: &str, meant: &str) -> bool {
    nearest(name, [meant]).is_some() && distance(&fold(name), &fold(meant)) <= 2
}

/// `` did you mean `x`? ``, if something is near.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|found| format!("did you mean `{found}`?"))
}

/// `did you mean`, or else the list of what there is, or its beginning, or else nothing.
pub(crate) fn did_you_mean_or_list<'a>(
    name: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    did_you_mean(name, candidates.iter().copied()).or_else(|| match candidates.len() {
        0 => None,
        1..=12 => Some(format!("{what}: {}", list(candidates))),
        count => Some(format!("{what}: {}, and {} more", list(candidates.into_iter().take(10)), count - 10)),
    })
}

/// `` `a`, `b`, `c` ``
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn fold(name: &str) -> String {
    name.chars().map(|char| if matches!(char, '_' | ' ') { '-' } else { char.to_ascii_lowercase() }).collect()
}

/// Edits (insert, delete, replace, swap neighbours) from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    if from.len().abs_diff(to.len()) > 8 || from.len().max(to.len()) > MAX_LENGTH * 2 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, left) in from.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right) in to.iter().enumerate() {
            let mut cost =
                (last[column] + usize::from(left != right)).min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && from[row] == to[column - 1] && from[row - 1] == to[column] {
                cost = cost.min(before[column - 1] + 1);
            }
            current.push(cost);
        }
        before = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}
