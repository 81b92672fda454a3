//! Columns, places and paths.

/// Pixels of a unit.
pub(super) const UNIT: i32 = 28;
const GAP: i32 = 8;
const WIDTH: i32 = 176;
const BETWEEN: i32 = 32;
/// From a node's top to where its edges end.
const HOOK: i32 = 24;
/// The highest `s` class.
const MOST_SKIPPED: i32 = 40;

/// A job, as the layout sees it.
#[derive(Clone, Debug)]
pub struct Node {
    /// The jobs that it comes after, by their place in the list.
    pub after: Vec<usize>,
    /// Its height, in units.
    pub units: i32,
}

/// The layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// From left to right.
    pub columns: Vec<Vec<Place>>,
    /// Every edge that no longer path implies.
    pub edges: Vec<Edge>,
    /// Of the whole, in pixels.
    pub width: i32,
    /// Of the whole, in pixels.
    pub height: i32,
}

/// A node in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which node.
    pub node: usize,
    /// Units left free above it.
    pub skipped: i32,
    /// Units of its height.
    pub units: i32,
    /// Pixels from the top of the graph.
    pub(super) top: i32,
}

impl Place {
    /// Of a node in a list, which has no place of its own.
    pub const fn plain(node: usize) -> Self {
        Self { node, skipped: 0, units: 2, top: 0 }
    }
}

/// A line between two nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The node that it leaves.
    pub from: usize,
    /// The node that it reaches.
    pub to: usize,
    /// The SVG path.
    pub path: String,
}

/// Lays a graph out. Cycles cannot come from a compiled workflow; were there one, its edges would be left out.
pub fn layout(nodes: &[Node]) -> Layout {
    let columns = columns(nodes);
    let mut places: Vec<Vec<Place>> = vec![Vec::new(); columns.iter().max().map_or(0, |last| last + 1)];
    let mut tops = vec![0; nodes.len()];
    for (column, list) in places.iter_mut().enumerate() {
        let mut members: Vec<usize> = (0..nodes.len()).filter(|node| columns[*node] == column).collect();
        let wish = |node: &usize| {
            let above: Vec<i32> = nodes[*node].after.iter().filter_map(|parent| tops.get(*parent).copied()).collect();
            i32::try_from(above.len())
                .ok()
                .filter(|count| *count > 0)
                .map_or(0, |count| above.iter().sum::<i32>() / count)
        };
        // A stable sort: jobs that wish for the same place stay in the configuration's order.
        members.sort_by_key(wish);
        let mut free = 0;
        for node in members {
            let skipped = ((wish(&node) / UNIT) - free).clamp(0, MOST_SKIPPED);
            let top = (free + skipped) * UNIT;
            let units = nodes[node].units;
            list.push(Place { node, skipped, units, top });
            free += skipped + units;
        }
        for place in list {
            tops[place.node] = place.top;
        }
    }
    let column_count = i32::try_from(places.len()).unwrap_or(0);
    let bottom = places.iter().flatten().map(|place| place.top + place.units * UNIT - GAP).max().unwrap_or(0);
    let mut lowest = bottom;
    let mut edges = Vec::new();
    for (to, node) in nodes.iter().enumerate() {
        for from in node.after.iter().copied().filter(|from| *from < nodes.len() && columns[*from] < columns[to]) {
            // What stands no further right cannot come after it: a wide fan-in is not searched at all.
            let behind = |other: usize| other < nodes.len() && columns[other] > columns[from];
            if node.after.iter().any(|other| behind(*other) && reaches(nodes, &columns, from, *other)) {
                continue;
            }
            let (path, low) = route(&places, (columns[from], tops[from] + HOOK), (columns[to], tops[to] + HOOK));
            lowest = lowest.max(low);
            edges.push(Edge { from, to, path });
        }
    }
    Layout { columns: places, edges, width: (column_count * (WIDTH + BETWEEN) - BETWEEN).max(0), height: lowest }
}

/// The column of each node: the length of the longest path to it.
fn columns(nodes: &[Node]) -> Vec<usize> {
    let mut columns = vec![0; nodes.len()];
    // Each round settles at least one more column; a cycle would never settle, and is given up after as many rounds.
    for _ in 0..nodes.len() {
        let before = columns.clone();
        for (index, node) in nodes.iter().enumerate() {
            let parents = node.after.iter().filter_map(|parent| columns.get(*parent));
            columns[index] = parents.max().map_or(0, |parent| parent + 1).min(nodes.len().saturating_sub(1));
        }
        if columns == before {
            break;
        }
    }
    columns
}

/// Whether a path leads from one node to another, beyond a node to itself.
fn reaches(nodes: &[Node], columns: &[usize], from: usize, to: usize) -> bool {
    let mut seen = vec![false; nodes.len()];
    let mut open = vec![to];
    while let Some(node) = open.pop() {
        for parent in nodes.get(node).map_or(&[][..], |node| &node.after[..]) {
            if *parent == from {
                return true;
            }
            // Nothing in a column at or left of `from` comes after it.
            if *parent < nodes.len() && columns[*parent] > columns[from] && !std::mem::replace(&mut seen[*parent], true)
            {
                open.push(*parent);
            }
        }
    }
    false
}

/// The path of an edge, and the lowest point that it touches: a curve in the first gap to a height at which no node is in
/// the way, straight on, and a curve in the last gap.
fn route(places: &[Vec<Place>], from: (usize, i32), to: (usize, i32)) -> (String, i32) {
    let left = |column: usize| i32::try_from(column).unwrap_or(0) * (WIDTH + BETWEEN);
    let (start, end) = ((left(from.0) + WIDTH, from.1), (left(to.0), to.1));
    let between = &places[from.0 + 1..to.0];
    let height = lane(between, from.1, to.1);
    let mut path = format!("M{} {}", start.0, start.1);
    let mut x = start.0;
    if !between.is_empty() {
        if height != start.1 {
            path += &curve(x, start.1, x + BETWEEN, height);
            x += BETWEEN;
        }
        let last = end.0 - BETWEEN;
        if last > x {
            path += &format!("H{last}");
            x = last;
        }
    }
    path += &if height == end.1 && !between.is_empty() || start.1 == end.1 {
        format!("H{}", end.0)
    } else {
        curve(x, if between.is_empty() { start.1 } else { height }, end.0, end.1)
    };
    (path, height.max(end.1))
}

fn curve(x1: i32, y1: i32, x2: i32, y2: i32) -> String {
    format!("C{} {y1} {} {y2} {x2} {y2}", x1 + 18, x2 - 18)
}

/// The height that is free in all columns between, with the least way up and down.
fn lane(between: &[Vec<Place>], from: i32, to: i32) -> i32 {
    let covers = |place: &Place, y: i32| (place.top - 3..=place.top + place.units * UNIT - GAP + 3).contains(&y);
    let below = |place: &Place| place.top + place.units * UNIT - GAP / 2;
    let candidates = [from, to].into_iter().chain(between.iter().flatten().map(below));
    candidates
        .filter(|y| !between.iter().flatten().any(|place| covers(place, *y)))
        .min_by_key(|y| (y - from).abs() + (y - to).abs())
        .unwrap_or(from)
}
