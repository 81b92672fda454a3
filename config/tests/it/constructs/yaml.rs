//! What YAML allows, and what CircleCI's reader of it takes.

use config::Code;
use model::plan::StepKind;

use crate::kit::{commands, findings, good, good_with, plan};

/// Number 2: an alias means the definition above it.
#[test]
fn an_anchor_defined_twice() {
    let text = "
version: 2.1
a: &steps [run: first]
jobs:
  early: {machine: true, steps: *steps}
  late:
    machine: true
    steps: &steps [run: second]
  last: {machine: true, steps: *steps}
workflows: {main: {jobs: [early, late, last]}}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "early"), ["first"]);
    assert_eq!(commands(&compiled, "last"), ["second"]);
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
}

/// Number 3: both count, the earlier one first; what the map says itself wins.
#[test]
fn two_merge_keys_in_one_map() {
    let text = "
version: 2.1
one: &one {machine: true, environment: {A: 1}, resource_class: large}
two: &two {environment: {B: 2}, resource_class: small, working_directory: ~/w, steps: [run: never]}
jobs:
  build:
    <<: *one
    resource_class: medium
    <<: *two
    steps: [run: x]
";
    let compiled = good(text);
    let build = plan(&compiled, "build");
    assert_eq!(build.environment.iter().collect::<Vec<_>>(), [(&"A".to_owned(), &"1".to_owned())]);
    assert_eq!(build.resource_class.as_ref().map(|class| class.0.as_str()), Some("medium"));
    assert_eq!(build.working_directory.as_deref(), Some("~/w"));
    assert_eq!(commands(&compiled, "build"), ["x"]);
}

/// Number 4: refused, as CircleCI does since 2020; the report shows both.
#[test]
fn a_key_twice_in_one_map() {
    let text = "
version: 2.1
executors:
  a: {machine: true}
jobs:
  build:
    executor: a
    steps: [checkout]
    executor: a
";
    let found = findings(text);
    let reports: Vec<(Code, u32, u32)> =
        found.iter().map(|finding| (finding.code, finding.primary.line, finding.related[0].line)).collect();
    assert_eq!(reports, [(Code::DuplicateKey, 9, 7)]);
}

/// Number 5.
#[test]
fn templates_in_brackets() {
    let text = "
version: 2.1
latest: &latest {pattern: '^1[.]18.*$'}
parameters: {env: {type: string, default: staging}}
jobs:
  test:
    parameters: {tag: {type: string}}
    docker: [{image: hexpm/elixir:<< parameters.tag >>}]
    environment: {TAG: << parameters.tag >>, ENV: <<pipeline.parameters.env>>}
    steps:
      - when: {condition: {matches: { <<: *latest, value: << parameters.tag >> }}, steps: [run: credo]}
      - when:
          condition: {not: {matches: {value: << parameters.tag >>, <<: *latest}}}
          steps: [run: no credo, run: {command: << parameters.tag >>}]
workflows:
  main:
    when: {and: [equal: [<< pipeline.parameters.env >>, \"staging\"], not: << pipeline.git.tag >>]}
    jobs: [test: {matrix: {parameters: {tag: [1.18.2, 1.17.0]}}}]
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "test-1.18.2"), ["credo"]);
    assert_eq!(commands(&compiled, "test-1.17.0"), ["no credo", "1.17.0"]);
    let environment: Vec<String> = plan(&compiled, "test-1.17.0").environment.values().cloned().collect();
    assert_eq!(environment, ["staging", "1.17.0"]);
}

/// Number 29: nothing in them counts or is looked at, but anchors.
#[test]
fn any_key_at_the_top() {
    let text = "
version: 2.1
references:
  image: &image {image: cimg/base:1}
  broken: '<<# this is not looked at'
  steps: [{no-step: {a: b}}, << parameters.nowhere >>]
aliases: [&fetch {run: fetch}]
_defaults: &defaults {docker: [*image]}
x-data: 5
.filters: &filters {branches: {only: main}}
filters: << what.ever >>
jobs: {build: {<<: *defaults, steps: [*fetch]}}
workflows: {main: {jobs: [build: {filters: *filters}]}}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "build"), ["fetch"]);
    assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    assert_eq!(good_with(text, &config::Inputs::branch("dev")).workflows.len(), 0);
}

/// Number 34.
#[test]
fn a_step_that_is_only_a_merge() {
    let text = "
version: 2.1
checkout: &checkout {checkout: {path: src}}
condition: &condition {condition: << pipeline.git.branch >>}
jobs:
  build:
    docker: [{image: a}]
    steps:
      - <<: *checkout
      - when: {<<: *condition, steps: [run: on a branch]}
      - unless:
          <<: *condition
          steps: [run: on a tag]
      - setup_remote_docker: &remote {version: default, docker_layer_caching: true}
      - setup_remote_docker: *remote
      - run: {<<: {name: Named, command: a}, command: b}
";
    let compiled = good(text);
    let steps = &plan(&compiled, "build").steps;
    let kinds: Vec<String> = steps
        .iter()
        .map(|step| match &step.kind {
            StepKind::Checkout(checkout) => format!("checkout {:?}", checkout.path),
            StepKind::Run(run) => format!("{}: {}", step.name, run.command),
            StepKind::SetupRemoteDocker(remote) => format!("docker {}", remote.docker_layer_caching),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["checkout Some(\"src\")", "on a branch: on a branch", "docker true", "docker true", "Named: b"]);
}
