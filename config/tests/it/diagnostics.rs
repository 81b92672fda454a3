//! Every kind of finding, as people see it.

use std::collections::BTreeSet;

use config::{Code, Diagnostic};

use crate::kit::{findings, render};

const JOB: &str = "\n  build:\n    docker: [{image: a}]\n    steps: [checkout]\n";

/// Configurations with a mistake each, some with several.
fn samples() -> Vec<(&'static str, String)> {
    let with_job = |rest: &str| format!("version: 2.1\njobs:{JOB}{rest}");
    let steps = |steps: &str| format!("version: 2.1\njobs:\n  build:\n    docker: [{{image: a}}]\n    steps:\n{steps}");
    vec![
        ("yaml-syntax-indentation", "version: 2.1\njobs:\n  build:\n    docker: x\n      - image: a\n".to_owned()),
        ("yaml-syntax-tab", "version: 2.1\njobs:\n\tbuild: {}\n".to_owned()),
        ("yaml-syntax-anchor", "version: 2.1\njobs: *nobody\n".to_owned()),
        ("yaml-syntax-open", "version: 2.1\njobs: [a, b\n".to_owned()),
        ("yaml-syntax-conflict", with_job("<<<<<<< ours\nx: 1\n=======\nx: 2\n>>>>>>> theirs\n")),
        ("misspelled-required-key", steps("      - run: {comand: make}\n      - save_cache: {key: a, path: b}\n")),
        ("yaml-two-documents", "version: 2.1\n---\nversion: 2\n".to_owned()),
        ("too-large-bomb", bomb()),
        ("too-large-deep", format!("version: 2.1\nx: {}{}\n", "[".repeat(240), "]".repeat(240))),
        ("duplicate-key", with_job("  build:\n    machine: true\n")),
        ("not-a-map", "- version\n- 2.1\n".to_owned()),
        ("empty", String::new()),
        ("missing-version", format!("jobs:{JOB}")),
        ("unknown-version", format!("version: 3\njobs:{JOB}")),
        ("needs-version", format!("version: 2\norbs: {{node: circleci/node@5}}\njobs:{JOB}")),
        ("misspelled-top-key", with_job("worflows: {}\n")),
        ("no-workflow", with_job("").replace("build:", "test:")),
        ("nothing", "version: 2.1\n".to_owned()),
        ("unknown-job", with_job("workflows: {main: {jobs: [biuld]}}\n")),
        ("unknown-requires", with_job("workflows:\n  main:\n    jobs:\n      - build\n      - build: {name: b, requires: [biuld]}\n")),
        (
            "requires-cycle",
            with_job(
                "workflows:\n  main:\n    jobs:\n      - build: {name: a, requires: [c]}\n      - build: {name: b, \
                 requires: [a]}\n      - build: {name: c, requires: [b]}\n",
            ),
        ),
        ("unused-job", with_job("  spare:\n    machine: true\n    steps: [checkout]\nworkflows: {main: {jobs: [build]}}\n")),
        (
            "duplicate-job",
            with_job("workflows:\n  main:\n    jobs: [build, build, {build: {name: last, requires: [build]}}]\n"),
        ),
        ("invalid-pattern", with_job("workflows: {main: {jobs: [{build: {filters: {branches: {only: /(a/}}}}]}}\n")),
        ("unknown-step", steps("      - checkot\n      - runn: echo\n")),
        ("misindented-step", steps("      - run:\n        name: x\n        command: y\n")),
        ("step-without-space", "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      -run: x\n".to_owned()),
        ("unknown-executor", "version: 2.1\nexecutors: {linux: {machine: true}}\njobs:\n  build: {executor: linus, steps: [checkout]}\n".to_owned()),
        ("no-executor", "version: 2.1\njobs:\n  build: {steps: [checkout]}\n".to_owned()),
        ("two-executors", "version: 2.1\njobs:\n  build:\n    docker: [{image: a}]\n    machine: true\n    steps: [checkout]\n".to_owned()),
        ("wrong-types", "version: 2.1\njobs:\n  build:\n    docker: {image: a}\n    parallelism: many\n    environment: FOO\n    steps:\n      - run: [a]\n      - run: {command: x, background: perhaps}\n".to_owned()),
        ("invalid-values", steps("      - run: {command: x, when: sometimes, no_output_timeout: soon, max_auto_reruns: 9}\n      - checkout: {method: partial}\n")),
        ("missing-identity", "version: 2.1\njobs:\n  build:\n    docker:\n      - image: a\n        gcp_auth: {oidc_service_account: a, workload_identity_pool: b}\n    steps: [checkout]\n".to_owned()),
        ("missing-keys", steps("      - run: {name: x}\n      - save_cache: {key: a}\n      - restore_cache: {name: x}\n      - attach_workspace: {}\n")),
        ("unknown-key", steps("      - run: {comand: x, command: y, timeout: 5}\n")),
        ("not-supported", "version: 2.1\njobs:\n  build:\n    docker:\n      - image: a\n    steps: [install_signing_bundle]\n  win:\n    windows: {image: x}\n    steps: [checkout]\n".to_owned()),
        ("no-effect", "version: 2.1\njobs:\n  build:\n    machine: true\n    steps: [setup_remote_docker]\n".to_owned()),
        ("deprecated", steps("      - deploy: echo\n").replace("docker: [{image: a}]", "machine: {enabled: true}")),
        ("template-open", steps("      - run: |\n          cat <<EOF\n          x\n          EOF\n")),
        ("template-section", steps("      - run: echo <<# pipeline.number >> x\n")),
        ("expression-syntax", steps("      - run: echo << pipeline.number = 1 >>\n")),
        ("expression-type", with_job("workflows:\n  main:\n    when: pipeline.git.branch > 3\n    jobs: [build]\n")),
        ("unknown-name", steps("      - run: echo << pipeline.git.brunch >> << parameters.x >> << number >>\n")),
        (
            "arguments",
            "version: 2.1\ncommands:\n  greet:\n    parameters:\n      who: {type: string}\n      times: {type: integer, default: \
             1}\n      tone: {type: enum, enum: [soft, loud], default: soft}\n      upper: {type: boolean, default: \
             false}\n      where: {type: env_var_name, default: HOME}\n    steps:\n      - run: echo << parameters.who \
             >>\njobs:\n  build:\n    machine: true\n    steps:\n      - greet\n      - greet: {who: true}\n      - greet: \
             {who: a, times: many, tone: shrill, upper: maybe, where: a b}\n      - greet: {who: a, wo: b}\n"
                .to_owned(),
        ),
        (
            "recursion",
            "version: 2.1\ncommands:\n  a: {steps: [b]}\n  b: {steps: [a]}\njobs:\n  build:\n    machine: true\n    steps: \
             [a]\n"
                .to_owned(),
        ),
        ("unknown-orb", steps("      - nod/install\n      - slack/notify\n").replace("jobs:", "orbs: {node: {commands: {install: {steps: [checkout]}}}}\njobs:")),
        ("unknown-orb-part", steps("      - node/instal\n").replace("jobs:", "orbs: {node: {commands: {install: {steps: [checkout]}}}}\njobs:")),
        ("empty-orb", steps("      - node/install\n      - node/test\n").replace("jobs:", "orbs: {node: {}}\njobs:")),
        ("bad-orb-reference", with_job("orbs: {node: circleci-node}\n")),
        (
            "logic",
            with_job(
                "workflows:\n  main:\n    when: {and: []}\n    jobs: [build]\n  second:\n    when: {xor: [true, \
                 false]}\n    jobs: [build]\n  third:\n    when: [true]\n    jobs: [build]\n  fourth:\n    when: {and: [true], \
                 or: [true]}\n    jobs: [build]\n  fifth:\n    when: pipeline.number == 1 or << pipeline.git.branch \
                 >>\n    jobs: [build]\n",
            ),
        ),
        (
            "matrix",
            "version: 2.1\njobs:\n  build:\n    parameters: {a: {type: integer}}\n    machine: true\n    steps: \
             [checkout]\nworkflows:\n  main:\n    jobs:\n      - build: {matrix: {parameters: {a: [1, 2]}, exclude: [{b: \
             1}, {a: 7}]}}\n      - build: {name: n, matrix: {parameters: {}}}\n"
                .to_owned(),
        ),
        ("schedule", with_job("workflows:\n  nightly:\n    triggers: [{schedule: {cron: \"0 25 * *\", filters: {branches: {only: main}}}}]\n    jobs: [build]\n")),
        (
            "schedule-words",
            with_job(
                "workflows:\n  nightly:\n    triggers:\n      - schedule: {cron: \"0 0 * * funday\", filters: {branches: {only: \
                 main}}}\n      - schedule:\n          cron: 0 0 31 feb *\n          filters: {branches: {ignore: [/x/]}}\n      \
                 - schedule: {cron: '0 0 0 * * *', filters: {branches: {}}}\n      - schedule: {cron: '@daily', filters: \
                 {branches: {}}}\n      - schedule: {cron: '0 0 * * *', filters: {tags: {only: v1}}}\n      - schedule: \
                 {cron: '0 0 * * *'}\n      - schedules: {}\n    jobs: [build]\n",
            ),
        ),
        (
            "serial-group",
            with_job(
                "job-groups: {ship: {jobs: [{build: {name: a, serial-group: lock}}]}}\nworkflows:\n  twice:\n    jobs:\n      - build: \
                 {name: one, serial-group: lock}\n      - build: {name: two, serial-group: lock}\n  inside:\n    jobs:\n      - \
                 ship: {serial-group: lock}\n",
            ),
        ),
        (
            "job-group",
            with_job(
                "job-groups:\n  build: {jobs: [build]}\n  ship:\n    parameters: {a: {type: string}}\n    jobs: [build]\n  \
                 nested: {jobs: [ship]}\n  other: {jobs: [{build: {name: c, requires: [d]}}]}\n  last: {jobs: [{build: {name: \
                 d}}]}\nworkflows:\n  main:\n    jobs:\n      - ship: {context: org, pre-steps: [checkout], a: b, matrix: \
                 {parameters: {x: [1]}}}\n      - nested\n      - other\n      - last\n      - last\n      - build: {name: e, \
                 requires: [d]}\n      - build: {name: f, requires: [last]}\n",
            ),
        ),
        ("shell-injection", steps("      - run: echo << pipeline.git.branch >>\n")),
        (
            "plain-secret",
            steps("      - run: {command: x, environment: {TOKEN: ghp_abcdefghijklmnopqrstuvwxyz0123456789}}\n")
                .replace("{image: a}", "{image: a, auth: {username: me, password: hunter2}}"),
        ),
        ("parameter-types", with_job("parameters:\n  a: {type: strng, default: x}\n  b: {type: executor, default: x}\n  c: {default: x}\n  d: {type: string}\n")),
        (
            "inside-an-orb",
            "version: 2.1\norbs:\n  tools:\n    commands:\n      fetch:\n        steps:\n          - run: echo << \
             pipeline.parameters.x >>\nparameters: {x: {type: string, default: y}}\njobs:\n  build:\n    machine: \
             true\n    steps: [tools/fetch]\n"
                .to_owned(),
        ),
        ("misindented-job", with_job("workflows:\n  main:\n    jobs:\n      - build:\n        name: x\n      - build: {name: y}\n        requires: [x]\n")),
        ("status", with_job("workflows:\n  main:\n    jobs:\n      - build\n      - build: {name: b, requires: [{build: sucess}]}\n")),
    ]
}

fn bomb() -> String {
    let mut text = String::from("version: 2.1\na: &a [x, x, x, x, x, x, x, x, x]\n");
    for (outer, inner) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        let aliases = vec![format!("*{inner}"); 9].join(", ");
        text.push_str(&format!("{outer}: &{outer} [{aliases}]\n"));
    }
    text
}

#[test]
fn every_finding_has_a_report() {
    let mut seen = BTreeSet::new();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("snapshots/diagnostics");
    settings.set_omit_expression(true);
    for (name, text) in samples() {
        let found = findings(&text);
        assert!(!found.is_empty(), "{name}: nothing is found");
        seen.extend(found.iter().map(|finding| finding.code));
        settings.bind(|| insta::assert_snapshot!(name, render(&found)));
    }
    let unseen: Vec<&str> = Code::ALL.iter().filter(|code| !seen.contains(code)).map(|code| code.name()).collect();
    assert!(unseen.is_empty(), "no sample for {unseen:?}");
}

#[test]
fn a_finding_survives_json() {
    for (name, text) in samples() {
        for finding in findings(&text) {
            let json = serde_json::to_string(&finding).expect("a finding is plain data");
            let back: Diagnostic = serde_json::from_str(&json).expect("it was written so");
            assert_eq!(finding, back, "{name}");
        }
    }
}

#[test]
fn a_finding_in_json_has_place_and_excerpt() {
    let found = findings("version: 2.1\njobs:\n  build:\n    machine: true\n    steps: [checkot]\n");
    let json = serde_json::to_value(&found[0]).expect("a finding is plain data");
    insta::assert_json_snapshot!(json, @r#"
    {
      "code": "config::unknown-step",
      "severity": "error",
      "message": "there is no step or command `checkot`",
      "help": "did you mean `checkout`?",
      "file": "config.yml",
      "line": 5,
      "column": 13,
      "end_line": 5,
      "end_column": 20,
      "label": "",
      "excerpt": {
        "first_line": 4,
        "lines": [
          "    machine: true",
          "    steps: [checkot]",
          ""
        ]
      }
    }
    "#);
}

#[test]
fn colors_are_only_added() {
    let found = findings("version: 2.1\njobs:\n  build:\n    machine: true\n    steps: [checkot]\n");
    let colored = found[0].render(true);
    assert!(colored.contains("\u{1b}[1;31merror[config::unknown-step]\u{1b}[0m"), "{colored}");
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, found[0].render(false));
    assert_eq!(
        found[0].one_line(),
        "config.yml:5:13: error[config::unknown-step]: there is no step or command `checkot`"
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = "
version: 2.1
jobs:
  build:
    docker: [{image: a, environment: 5}]
    parallelism: x
    steps: [checkot, run: {command: x, when: never}]
workflows:
  main:
    jobs: [build, biuld, {build: {name: b, requires: [nobody], filters: {branches: {only: /(/}}}}]
";
    let codes: Vec<&str> =
        findings(text).iter().filter(|finding| finding.is_error()).map(|finding| finding.code.name()).collect();
    assert_eq!(
        codes,
        [
            "config::wrong-type",
            "config::wrong-type",
            "config::unknown-step",
            "config::invalid-value",
            "config::unknown-job",
            "config::unknown-requires",
            "config::invalid-pattern"
        ]
    );
}
