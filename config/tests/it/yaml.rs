//! YAML as CircleCI reads it.

use crate::kit::{commands, findings, good, plan};

#[test]
fn yaml_as_circleci_reads_it() {
    let text = "
version: '2.1'
x-data: {a: '<< not.looked.at'}
.references: &refs {one: &one {A: 1, B: 2}, two: &two {B: 3, C: 4}}
last: &last x
again: &last y
cond: &cond {condition: true}
fetch: &fetch {run: fetched}
list: &list [checkout, *fetch]
remote: &remote {version: default}
filters: &filters {branches: {only: /.*/}}
jobs:
  build:
    machine: true
    environment:
      <<: *one
      <<: *two
      D: *last
      B: 9
    steps:
      - <<: *fetch
      - when: {<<: *cond, steps: [run: merged]}
      - when:
          condition: {matches: {<<: {pattern: 'ma.*'}, value: << pipeline.git.branch >>}}
          steps: *list
      - run: >
          folded
          text
      - run: plain
          over lines
      - run: \"quoted \\
          join\"
workflows:
  version: 2
  main:
    jobs:
      - build: {filters: *filters}
";
    let compiled = good(text);
    assert_eq!(
        commands(&compiled, "build"),
        ["fetched", "merged", "checkout", "fetched", "folded text\n", "plain over lines", "quoted join"]
    );
    let environment = &plan(&compiled, "build").environment;
    let pairs: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(pairs, ["A=1", "B=9", "C=4", "D=y"]);
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
}

/// Lines of a list in brackets may begin anywhere, as web3.py's do; places stay what they are.
#[test]
fn lines_in_brackets_may_begin_anywhere() {
    let text = "
version: 2.1
jobs:
  test:
    parameters: {env: {type: string, default: ä}}
    machine: true
    steps: [
    checkout, # first
# a comment at the margin

  {run: << parameters.env >>},
    ]
workflows:
  main:
    jobs:
      - test:
          matrix:
            parameters:
              env: [
                \"core\", # of two
                \"lint\"
              ]
      - {
  test: {
  name: last
        } }
";
    let compiled = good(text);
    let names: Vec<&str> = compiled.workflows[0].jobs.iter().map(|job| job.name.as_str()).collect();
    assert_eq!(names, ["test-core", "test-lint", "last"]);
    assert_eq!(commands(&compiled, "test-lint"), ["checkout", "lint"]);
    let found = findings(&text.replace("{run: <<", "chekout, {run: <<"));
    assert_eq!(
        found[0].one_line(),
        "config.yml:11:3: error[config::unknown-step]: there is no step or command `chekout`"
    );
    let open = findings(&text.replace("        } }", "        }"));
    assert_eq!(open[0].code, config::Code::YamlSyntax);
}

#[test]
fn in_version_2_angle_brackets_are_text() {
    let text = "version: 2\njobs:\n  build:\n    machine: true\n    steps:\n      - run: cat <<EOF << x >> \\<<\n";
    assert_eq!(commands(&good(text), "build"), ["cat <<EOF << x >> \\<<"]);
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_taken() {
    let text = "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n          a\n          b\n      - run: ä\n      - checkot\n";
    let good_text = text.replace("      - checkot\n", "");
    for marked in [
        format!("\u{feff}{good_text}"),
        good_text.replace('\n', "\r\n"),
        format!("---\n{good_text}..."),
        good_text.trim_end().to_owned(),
    ] {
        assert_eq!(commands(&good(&marked), "build"), ["a\nb\n", "ä"], "{marked:?}");
    }
    let found = findings(&format!("\u{feff}{}", text.replace('\n', "\r\n")));
    assert_eq!(
        found[0].one_line(),
        "config.yml:10:9: error[config::unknown-step]: there is no step or command `checkot`"
    );
}
