//! Legal keys and values in all their forms: they compile, and expand to what the references say.

use config::{Inputs, Orbs, Refusal, Source, Value, process};

/// Expands a text, and what comes out again, which must be the same.
fn expanded(text: &str) -> String {
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(42));
    inputs.values.insert("pipeline.id".to_owned(), "0f".into());
    let expand = |text: &str| match process(&Source::new("config.yml", text), &inputs, &Orbs::new()) {
        Ok(text) => text,
        Err(Refusal::Invalid(findings)) => panic!("{}", crate::kit::render(&findings)),
        Err(refusal) => panic!("{refusal}"),
    };
    let once = expand(text);
    assert_eq!(expand(&once), once);
    once
}

#[test]
fn lists_and_maps_in_every_form() {
    insta::assert_snapshot!(expanded(LISTS_AND_MAPS_IN_EVERY_FORM));
}

const LISTS_AND_MAPS_IN_EVERY_FORM: &str = r#"%YAML 1.1
---
version: 2.1
orbs:
commands:
parameters:
executors:
  x: &x
    docker: &d
      - image: !!str a
aliases:
  - &one {environment: {A: 1}}
  - &two {environment: {B: 1}, resource_class: small}
jobs:
  build:
    <<: [*one, *two]
    docker: *d
    parallelism: "4"
    steps:
      - run: ""
      - run: {command: "x", name: ""}
      - when: {condition: "", steps: [checkout]}
      - when: {condition: 0, steps: [checkout]}
      - when: {condition: null, steps: [checkout]}
      - when: {condition: 0.0, steps: [checkout]}
      - when: {condition: .nan, steps: [checkout]}
      - when: {condition: no, steps: [checkout]}
      - unless: {condition: false, steps: [run: u]}
      - ? run
        : command: q
  empty:
    executor: x
    environment:
    resource_class:
    working_directory:
    parameters: {}
    steps:
      - checkout:
      - setup_remote_docker:
          version: default
  typed: {type: build, machine: {image: default}, steps: [checkout]}
workflows:
  w:
    jobs:
      - build: {context: [], requires: [], filters: }
      - build:
          name: b2
          context:
          filters: {branches: , tags: {only: }}
          requires:
      - empty:
          requires: [build: [success]]
      - typed: {name: t-<< pipeline.git.branch >>, filters: {branches: {ignore: []}}}
  e:
    jobs: []
"#;

#[test]
fn parameters_in_every_form() {
    insta::assert_snapshot!(expanded(PARAMETERS_IN_EVERY_FORM));
}

const PARAMETERS_IN_EVERY_FORM: &str = r#"version: 2.1
parameters:
  run-x_y.z: {type: boolean, default: false}
  Img: {type: string, default: "cimg/base"}
  num: {type: integer, default: 3}
  w: {type: enum, enum: [always, on_fail], default: always}
executors:
  l: {parameters: {tag: {type: string, default: x}}, docker: [{image: "<< pipeline.parameters.Img >>:<< parameters.tag >>"}]}
jobs:
  j:
    parameters:
      m: {type: string}
      os: {type: executor, default: l}
      flag: {type: boolean, default: << pipeline.parameters.run-x_y.z >>}
      n: {type: integer, default: << pipeline.parameters.num >>}
      s: {type: steps, default: [checkout]}
      env: {type: env_var_name, default: FOO}
      en: {type: enum, enum: [1, two, true], default: two}
    executor: << parameters.os >>
    parallelism: << parameters.n >>
    environment:
      - A: << parameters.flag >>
      - C=d
      - {E: f, G: h}
    steps:
      - steps: << parameters.s >>
      - << parameters.s >>
      - run: echo ${<< parameters.env >>} <<parameters.en>> << parameters.m >> << parameters.flag >>
      - run: {command: x, when: << pipeline.parameters.w >>, background: "true", no_output_timeout: 1h30m}
      - when:
          condition:
            and:
              - not: {equal: ["", << parameters.m >>]}
              - or:
                - << parameters.flag >>
                - equal: [<< parameters.n >>, 3]
          steps: [run: "yes"]
      - when: {condition: {equal: ["3", << parameters.n >>]}, steps: [run: another type]}
      - when: {condition: << parameters.n >> == 4, steps: [run: a text is true]}
workflows:
  w:
    when: << pipeline.parameters.num >>
    jobs:
      - j: {matrix: {parameters: {m: ["1.0", 2.10, a b, ""], os: [l, {name: l, tag: "9"}]}}}
      - j: {name: last, m: x, os: {name: l}, s: [run: x, run: {command: y}], en: 1, requires: [j]}
  x:
    when: {or: [equal: [1, 2], << pipeline.parameters.run-x_y.z >>]}
    jobs: [j: {m: a}]
  y:
    when: (pipeline.parameters.num > 2 and not pipeline.parameters.run-x_y.z) or pipeline.git.tag
    jobs: [j: {name: why, m: a}]
"#;

#[test]
fn an_orb_within_an_orb() {
    insta::assert_snapshot!(expanded(AN_ORB_WITHIN_AN_ORB));
}

const AN_ORB_WITHIN_AN_ORB: &str = r#"version: 2.1
orbs:
  o:
    orbs:
      inner:
        commands: {c: {steps: [run: inner]}}
    executors: {default: {docker: [{image: x:<< parameters.t >>}], parameters: {t: {type: string, default: "1"}}}}
    commands:
      c: {steps: [inner/c]}
      when_it: {parameters: {x: {type: boolean, default: true}}, steps: [{when: {condition: {and: [<< parameters.x >>, << pipeline.git.branch >>]}, steps: [c]}}]}
    jobs:
      j:
        executor: default
        parameters: {after: {type: steps, default: []}, name: {type: string, default: n}}
        steps: [c, when_it, {steps: << parameters.after >>}, {run: {name: "<<^ parameters.name >>none<</ parameters.name >><<# parameters.name >>has <<parameters.name>><</ parameters.name >>", command: x}}]
jobs:
  local:
    executor: {name: o/default, t: "2"}
    steps: [o/c, {o/when_it: {x: false}}]
workflows:
  a:
    jobs:
      - o/j: {name: zz, after: [o/c, checkout], pre-steps: [checkout], post-steps: [{run: post}]}
      - local: {context: [a, b], requires: [{zz: [success, failed]}]}
  b:
    unless: << pipeline.git.tag >>
    max_auto_reruns: 3
    jobs: [{local: {name: local-b}}]
"#;

#[test]
fn jobs_and_steps_in_every_form() {
    insta::assert_snapshot!(expanded(JOBS_AND_STEPS_IN_EVERY_FORM));
}

const JOBS_AND_STEPS_IN_EVERY_FORM: &str = r#"version: 2.1
setup: true
jobs:
  a:
    machine: {image: "ubuntu-2204:current", docker_layer_caching: true}
    resource_class: large
    circleci_ip_ranges: true
    retention: {caches: 7d}
    steps:
      - checkout: {method: blobless, path: ~/p}
      - setup_remote_docker
      - add_ssh_keys
      - add_ssh_keys: {fingerprints: ["SHA256:abc"]}
      - run: {command: x, shell: /bin/bash, environment: {A: 1, B: null, C: "<< pipeline.id >>"}, working_directory: x, max_auto_reruns: 2, auto_rerun_delay: 10s, when: on_success}
      - store_test_results: {path: x}
      - store_artifacts: {path: x, destination: y}
      - persist_to_workspace: {root: ., paths: ["*"]}
      - attach_workspace: {at: /tmp}
      - save-cache: {key: 'v1-{{ checksum "a" }}', paths: ~/x}
      - restore-cache: {keys: [v1-]}
  b: {macos: {xcode: 15.3, code_signing: [s]}, resource_class: macos.m1.medium.gen1, shell: /bin/bash --login -eo pipefail, steps: [install_signing_bundle, checkout]}
  c: {machine: ubuntu-2004, steps: [checkout]}
  d: {docker: [{image: x, auth: {username: $U, password: $P}}, {image: y, aws_auth: {aws_access_key_id: $A, aws_secret_access_key: $B}, name: n, user: u, entrypoint: [e], command: c d}], steps: [checkout]}
  e: {type: no-op}
  f: {type: release, plan_name: p}
  g: {type: approval}
  h: {machine: true, resource_class: ns/rc, steps: [run: {command: x, no_output_timeout: 1.5m}]}
workflows:
  m:
    jobs:
      - a
      - b
      - c: {requires: [a: failed]}
      - d: {filters: pipeline.git.branch == "main" or pipeline.git.tag starts-with "v"}
      - e: {requires: [a, b]}
      - f: {requires: [e]}
      - g: {requires: [e]}
      - h: {requires: [g], serial-group: x/<< pipeline.number >>, context: << pipeline.git.branch == "main" and "p" or "d" >>}
"#;

#[test]
fn job_groups_and_schedules() {
    insta::assert_snapshot!(expanded(JOB_GROUPS_AND_SCHEDULES));
}

const JOB_GROUPS_AND_SCHEDULES: &str = r#"version: 2.1
jobs:
  build: {machine: true, steps: [checkout]}
  deploy: {machine: true, steps: [checkout], parameters: {to: {type: string, default: a}}}
  release: {machine: true, steps: [checkout]}
job-groups:
  ship:
    description: deploys, then releases
    jobs:
      - deploy: {matrix: {parameters: {to: [b, c]}}, context: org}
      - hold: {type: approval, requires: [deploy]}
      - release: {requires: [hold, deploy-b], pre-steps: [checkout]}
workflows:
  once:
    jobs:
      - build
      - ship: {requires: [build], serial-group: a/<< pipeline.number >>, filters: {branches: {only: main}}}
      - build: {name: notify, requires: [ship: [success, not_run]]}
  twice:
    triggers:
      - schedule: {cron: 30 2 * * mon-fri, filters: {branches: {only: [main, /release-.*/]}}}
    jobs:
      - ship: {name: staging}
      - ship: {name: production, requires: [staging]}
"#;
