//! Which node gets which test: the same answer on every node.

use std::cmp::Reverse;

/// The node of each test. The heaviest goes first, always to the node with the least to do.
pub fn nodes(tests: &[(&str, u64)], total: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by_key(|test| (Reverse(tests[*test].1), tests[*test].0));
    // What a node has to do, and how many tests: those without weight are spread too.
    let mut loads = vec![(0_u64, 0_usize); total];
    let mut nodes = vec![0; tests.len()];
    for test in order {
        let lightest = (0..total).min_by_key(|node| (loads[*node], *node)).unwrap_or(0);
        loads[lightest].0 = loads[lightest].0.saturating_add(tests[test].1);
        loads[lightest].1 += 1;
        nodes[test] = lightest;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::nodes;

    #[test]
    fn equal_tests_go_round_by_name() {
        let tests = [("c", 1), ("a", 1), ("d", 1), ("b", 1), ("e", 1)];
        assert_eq!(nodes(&tests, 2), [0, 0, 1, 1, 0]);
        assert_eq!(nodes(&tests.map(|(name, _)| (name, 0)), 2), [0, 0, 1, 1, 0]);
    }

    #[test]
    fn heavy_tests_are_spread() {
        let tests = [("a", 10), ("b", 50), ("c", 20), ("d", 30), ("e", 1)];
        assert_eq!(nodes(&tests, 2), [0, 0, 1, 1, 1]);
    }

    #[test]
    fn every_test_has_one_node_and_the_order_of_the_input_does_not_matter() {
        let names: Vec<String> = (0..200).map(|number| format!("t{number}")).collect();
        let mut tests: Vec<(&str, u64)> =
            names.iter().zip(0..).map(|(name, number)| (name.as_str(), number * 7919 % 101)).collect();
        let one: std::collections::BTreeMap<_, _> = tests.clone().into_iter().zip(nodes(&tests, 7)).collect();
        tests.reverse();
        let other: std::collections::BTreeMap<_, _> = tests.clone().into_iter().zip(nodes(&tests, 7)).collect();
        assert_eq!(one, other);
        let load = |node| one.iter().filter(|(_, own)| **own == node).map(|((_, weight), _)| weight).sum::<u64>();
        assert!((1..7).all(|node| load(node).abs_diff(load(0)) <= 100));
    }

    #[test]
    fn more_nodes_than_tests_is_fine() {
        assert_eq!(nodes(&[("a", 3)], 5), [0]);
        assert!(nodes(&[], 5).is_empty());
    }
}
