//! Matrices, and how others require their jobs.

use crate::kit::{commands, findings, good, outline, plan};

/// Jobs of the examples.
const JOBS: &str = "
version: 2.1
executors:
  linux: {docker: [{image: linux}]}
  node: {parameters: {tag: {type: string, default: lts}}, docker: [{image: 'node:<< parameters.tag >>'}]}
jobs:
  test:
    parameters: {v: {type: string, default: x}, flag: {type: boolean, default: false}, os: {type: executor, default: linux}}
    executor: << parameters.os >>
    steps: [run: 'test << parameters.v >> << parameters.flag >> << parameters.os >>']
  count: {parameters: {n: {type: integer, default: 0}}, machine: true, steps: [run: count << parameters.n >>]}
  done: {machine: true, steps: [run: done]}
";

/// A workflow of these jobs.
fn main(jobs: &str) -> String {
    format!("{JOBS}workflows:\n  main:\n    jobs:\n{jobs}")
}

/// Number 12: the values in the order of the parameters' names, joined by hyphens.
#[test]
fn implicit_names() {
    let text = main(
        "      - test: {matrix: {parameters: {v: [v22.13, v20], flag: [true]}}}
      - test: {matrix: {parameters: {os: [linux, node], v: [named profile]}}, flag: on}
      - done: {requires: [test-true-v22.13, test-linux-named profile]}
      - done: {name: all, requires: [test]}
",
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    main
      test-true-v22.13
      test-true-v20
      test-linux-named profile
      test-node-named profile
      done ← test-true-v22.13, test-linux-named profile
      all ← test-true-v22.13, test-true-v20, test-linux-named profile, test-node-named profile
    ");
}

/// Number 13.
#[test]
fn a_named_matrix_required_by_its_job() {
    let text = main(
        "      - test: {name: engine_<< matrix.v >>, matrix: {parameters: {v: [duckdb, mysql]}}}
      - test: {name: cloud_<< matrix.v >>, matrix: {alias: clouds, parameters: {v: [athena]}}, requires: [test]}
      - done: {requires: [clouds]}
      - done: {name: last, requires: [test, cloud_athena]}
",
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    main
      engine_duckdb
      engine_mysql
      cloud_athena ← engine_duckdb, engine_mysql
      done ← cloud_athena
      last ← engine_duckdb, engine_mysql, cloud_athena
    ");
}

/// Number 14.
#[test]
fn requires_of_the_same_combination() {
    let text = main(
        "      - count: {matrix: {parameters: {n: [1, 2]}}}
      - test: {name: 'test (<<matrix.v>>)', matrix: {parameters: {v: ['1', '2']}}, requires: ['count-<<matrix.v>>']}
      - done: {name: done-<< matrix.v >>, matrix: {parameters: {v: ['1']}}, requires: ['test (<< matrix.v >>)': failed]}
",
    );
    // `done` has no parameter `v`.
    let found = findings(&text);
    assert_eq!(found[0].message, "the job `done` has no parameter `v`");
    let text = text.replace("  done: {", "  done: {parameters: {v: {type: string}}, ");
    insta::assert_snapshot!(outline(&good(&text)), @r#"
    main
      count-1
      count-2
      test (1) ← count-1
      test (2) ← count-2
      done-1 ← test (1) ["failed"]
    "#);
}

/// Number 15.
#[test]
fn requires_by_an_alias_of_the_values() {
    let text = main(
        "      - test: {name: << matrix.v >>, matrix: {parameters: {v: &tags [1.18-otp-27, 1.17-otp-26]}}}
      - done: {requires: *tags}
      - done: {name: last, requires: [done, *tags]}
",
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    main
      1.18-otp-27
      1.17-otp-26
      done ← 1.18-otp-27, 1.17-otp-26
      last ← done, 1.18-otp-27, 1.17-otp-26
    ");
}

/// Number 16: a map gives its values to the name; an empty text gives nothing but the hyphen.
#[test]
fn values_of_every_type() {
    let text = main(
        "      - test: {matrix: {parameters: {os: [linux, {name: node, tag: '21.4'}, {name: node, tag: 22}]}}}
      - test: {matrix: {alias: flags, parameters: {flag: [on, False], v: ['', \"a b\", 1.10]}}}
      - count: {matrix: {parameters: {n: [1, 0x10]}}}
",
    );
    let compiled = good(&text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      test-linux
      test-node-21.4
      test-node-22
      test-true-
      test-false-
      test-true-a b
      test-false-a b
      test-true-1.10
      test-false-1.10
      count-1
      count-0x10
    ");
    assert_eq!(commands(&compiled, "test-node-21.4"), ["test x false node"]);
    assert_eq!(commands(&compiled, "test-true-1.10"), ["test 1.10 true linux"]);
    assert_eq!(commands(&compiled, "count-0x10"), ["count 16"]);
    let crate::kit::Executor::Docker { containers } = &plan(&compiled, "test-node-22").executor else { panic!() };
    assert_eq!(containers[0].image, "node:22");
}

/// Number 17: names get numbers; the matrix wins over the argument.
#[test]
fn one_name_for_all() {
    let text = main(
        "      - test: {name: ndk, v: argument, flag: true, matrix: {parameters: {v: [a, b]}}}
      - done: {requires: [test]}
",
    );
    let compiled = good(&text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      ndk-1
      ndk-2
      done ← ndk-1, ndk-2
    ");
    assert_eq!(commands(&compiled, "ndk-2"), ["test b true linux"]);
    // The name that they share says not which one is meant.
    let found = findings(&text.replace("[test]", "[ndk]"));
    assert_eq!(found[0].help.as_deref(), Some("they run as `ndk-1`, `ndk-2`: give each a `name` of its own"));
}

/// Number 18.
#[test]
fn exclude_and_alias() {
    let text = main(
        "      - test:
          matrix:
            alias: fast
            parameters: {os: [linux, node, {name: node, tag: x}], v: [x64, arm64]}
            exclude:
              - {os: linux, v: arm64}
              - {v: x64, os: {tag: x, name: node}}
              - os: node
      - done: {requires: [fast]}
",
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    main
      test-linux-x64
      test-node-x-arm64
      done ← test-linux-x64, test-node-x-arm64
    ");
}

/// Number 19.
#[test]
fn the_same_job_several_times() {
    let text = main(
        "      - test
      - test: {v: a}
      - test: {matrix: {parameters: {v: [a, b]}}}
      - test: {v: c}
      - done
  other: {jobs: [done, test]}
",
    );
    let compiled = good(&text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      test-1
      test-2
      test-a
      test-b
      test-3
      done
    other
      done
      test-4
    ");
    assert_eq!(commands(&compiled, "test-3"), ["test c false linux"]);
}
