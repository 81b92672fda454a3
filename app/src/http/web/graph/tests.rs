use super::{Node, layout, layout::Layout};

/// `after` of each node; two units high.
fn graph(after: &[&[usize]]) -> Layout {
    let nodes: Vec<Node> = after.iter().map(|after| Node { after: after.to_vec(), units: 2 }).collect();
    layout(&nodes)
}

fn draw(layout: &Layout) -> String {
    let columns = layout.columns.iter().map(|column| {
        let places = column.iter().map(|place| format!("{}@{}", place.node, place.top)).collect::<Vec<_>>();
        places.join(" ")
    });
    let edges = layout.edges.iter().map(|edge| format!("{} -> {}: {}", edge.from, edge.to, edge.path));
    let size = format!("{} x {}", layout.width, layout.height);
    columns.chain(edges).chain([size]).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_and_one() {
    assert_eq!(graph(&[]), Layout::default());
    insta::assert_snapshot!(draw(&graph(&[&[]])), @r"
    0@0
    176 x 48
    ");
}

#[test]
fn a_chain_is_straight_and_implied_edges_are_left_out() {
    insta::assert_snapshot!(draw(&graph(&[&[], &[0], &[1, 0], &[2, 1, 0]])), @r"
    0@0
    1@0
    2@0
    3@0
    0 -> 1: M176 24H208
    1 -> 2: M384 24H416
    2 -> 3: M592 24H624
    800 x 48
    ");
}

#[test]
fn fan_out_and_in() {
    insta::assert_snapshot!(draw(&graph(&[&[], &[0], &[0], &[0], &[1, 2, 3]])), @r"
    0@0
    1@0 2@56 3@112
    4@56
    0 -> 1: M176 24H208
    0 -> 2: M176 24C194 24 190 80 208 80
    0 -> 3: M176 24C194 24 190 136 208 136
    1 -> 4: M384 24C402 24 398 80 416 80
    2 -> 4: M384 80H416
    3 -> 4: M384 136C402 136 398 80 416 80
    592 x 160
    ");
}

#[test]
fn a_long_edge_goes_round_what_is_in_its_way() {
    // 0 -> 1 -> 2 -> 5, and 0 -> 3, 4 -> 5 over the columns of 1 and 2.
    insta::assert_snapshot!(draw(&graph(&[&[], &[0], &[1], &[0], &[], &[2, 4]])), @r"
    0@0 4@56
    1@0 3@56
    2@0
    5@28
    0 -> 1: M176 24H208
    1 -> 2: M384 24H416
    0 -> 3: M176 24C194 24 190 80 208 80
    2 -> 5: M592 24C610 24 606 52 624 52
    4 -> 5: M176 80C194 80 190 52 208 52H592H624
    800 x 104
    ");
}

#[test]
fn tall_nodes_push_the_next_down() {
    let nodes = [(vec![], 5), (vec![], 2), (vec![0, 1], 3)].map(|(after, units)| Node { after, units });
    insta::assert_snapshot!(draw(&layout(&nodes)), @r"
    0@0 1@140
    2@56
    0 -> 2: M176 24C194 24 190 80 208 80
    1 -> 2: M176 164C194 164 190 80 208 80
    384 x 188
    ");
}

#[test]
fn nonsense_ends() {
    // A cycle, an edge to itself, an edge from nowhere: the compiler refuses them; the page must not hang on them.
    let layout = graph(&[&[1], &[0], &[2], &[9]]);
    assert_eq!(layout.columns.iter().flatten().count(), 4);
}

#[test]
fn nodes_never_overlap() {
    // A grid of eight by eight where each job requires three of the column before.
    let nodes: Vec<Node> = (0..64)
        .map(|n| Node {
            after: if n < 8 { vec![] } else { (0..3).map(|k| n / 8 * 8 - 8 + (n + k * 3) % 8).collect() },
            units: 2 + i32::from(n % 5 == 0),
        })
        .collect();
    for column in layout(&nodes).columns {
        for pair in column.windows(2) {
            assert!(pair[1].top >= pair[0].top + pair[0].units * super::layout::UNIT);
        }
    }
}
