//! Workflows, orbs, and what is not whole.

use config::{Code, Inputs, OrbRef, Orbs, Refusal, Source, compile};
use model::plan::{JobKind, StepKind};

use crate::kit::{commands, findings, good, good_with, job, outline, plan, try_compile};

/// Number 21.
#[test]
fn requires_with_a_status() {
    let text = "
version: 2.1
jobs: {lint: {machine: true, steps: [checkout]}, test: {machine: true, steps: [checkout]}}
workflows:
  main:
    jobs:
      - lint
      - test: {requires: [lint: success]}
      - test: {name: clean, requires: [{lint: [failed, canceled]}, test: [success, failed, not_run, unauthorized]]}
      - test: {name: always, requires: [test: terminal, lint: success, lint: failed]}
";
    insta::assert_snapshot!(outline(&good(text)), @r#"
    main
      lint
      test ← lint
      clean ← lint ["failed", "canceled"], test ["success", "failed", "not_run", "unauthorized"]
      always ← test ["terminal"], lint ["success", "failed"]
    "#);
}

/// Number 22.
#[test]
fn serial_groups_reruns_and_no_ops() {
    let text = "
version: 2.1
parameters: {env: {type: enum, enum: ['-', dev, staging], default: staging}}
jobs:
  build: {machine: true, steps: [run: {command: make, max_auto_reruns: 3, auto_rerun_delay: 2m}]}
  checkpoint: {type: no-op}
workflows:
  main:
    max_auto_reruns: 2
    jobs:
      - build
      - checkpoint: {name: build_done, requires: [build]}
      - build:
          name: deploy (<< pipeline.parameters.env >>)
          serial-group: deploy-lock/<< pipeline.parameters.env >>
          requires: [build_done]
      - build: {name: slug, serial-group: << pipeline.project.slug >>/build}
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.project.slug".to_owned(), "gh/a/b.c".into());
    let compiled = good_with(text, &inputs);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      build
      build_done (no-op) ← build
      deploy (staging) ← build_done
      slug
    ");
    assert_eq!(compiled.workflows[0].max_auto_reruns, 2);
    let group = |name: &str| job(&compiled, name).serial_group.as_ref().map(|group| group.0.clone());
    assert_eq!(group("build"), None);
    assert_eq!(group("deploy (staging)").as_deref(), Some("deploy-lock/staging"));
    assert_eq!(group("slug").as_deref(), Some("gh/a/b.c/build"));
    let StepKind::Run(run) = &plan(&compiled, "build").steps[0].kind else { panic!() };
    assert_eq!((run.max_auto_reruns, run.auto_rerun_delay_ms), (3, 120_000));
}

/// Number 31: taken as they are meant, with a warning.
#[test]
fn keys_beside_the_name_of_a_job() {
    let text = "
version: 2.1
jobs: {merge: {machine: true, steps: [checkout]}}
workflows:
  main:
    jobs:
      - merge:
        filters:
          branches:
            only: main
";
    assert_eq!(outline(&good(text)), "main\n  merge\n");
    assert_eq!(good(text).warnings[0].message, "`filters` stands beside the job `merge`, not below it");
    assert!(good_with(text, &Inputs::branch("dev")).workflows.is_empty());
}

/// Number 35.
#[test]
fn stubs_and_versions_of_orbs() {
    // A stub that nothing uses is none of our business; one that is used is reported once.
    let stub = |steps: &str| {
        format!("version: 2.1\norbs: {{node: {{}}}}\njobs: {{build: {{machine: true, steps: [{steps}]}}}}\n")
    };
    assert!(good(&stub("checkout")).warnings.is_empty());
    let found = findings(&stub("node/install, node/test"));
    assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::EmptyOrb]);

    let text = "
version: 2.1
parameters: {dev-orb-version: {type: string, default: 'dev:alpha'}}
orbs:
  a: ns/a@dev:<<pipeline.number>>
  b: ns/b@<<pipeline.parameters.dev-orb-version>>
  c: ns/c@volatile
  d: ns/d@1
  e: ns/e@1.2.3
  f: << pipeline.parameters.dev-orb-version >>
jobs: {build: {machine: true, steps: [a/go, c/go]}}
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.number".to_owned(), config::Value::Int(7));
    let source = Source::new("config.yml", text.replace("  f: << pipeline.parameters.dev-orb-version >>\n", ""));
    let needed = match compile(&source, &inputs, &Orbs::new()) {
        Err(Refusal::NeedsOrbs(needed)) => needed,
        other => panic!("{other:?}"),
    };
    let names: Vec<&str> = needed.iter().map(OrbRef::as_str).collect();
    assert_eq!(names, ["ns/a@dev:7", "ns/b@dev:alpha", "ns/c@volatile", "ns/d@1", "ns/e@1.2.3"]);
    let orbs: Orbs = needed
        .into_iter()
        .map(|orb| {
            let source = format!("commands: {{go: {{steps: [run: go {orb}]}}}}\n");
            (orb.clone(), Source::new(orb.as_str(), source))
        })
        .collect();
    let compiled = compile(&source, &inputs, &orbs).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(commands(&compiled, "build"), ["go ns/a@dev:7", "go ns/c@volatile"]);
    // What is no reference at all is said before anything is asked for.
    assert!(matches!(
        compile(&Source::new("config.yml", text), &inputs, &orbs),
        Err(Refusal::Invalid(found)) if found[0].message == "`dev:alpha` is not a reference to an orb"
    ));
}

/// Number 38.
#[test]
fn names_that_clash_and_odd_names() {
    let text = "
version: 2.1
orbs: {win: {commands: {install: {steps: [run: orb]}}, executors: {default: {machine: true}}}}
commands:
  win: {steps: [run: command, win/install]}
  test-chrome: {steps: [run: chrome]}
  build: {steps: [run: the command build]}
jobs:
  test-chrome: {executor: win/default, steps: [test-chrome, win]}
  deploy: {machine: true, steps: [build]}
  Create version file: {machine: true, steps: [run: file]}
  'medium: Compile 8.2 ZTS (asan) / amd64': {machine: true, steps: [checkout]}
  1.2: {machine: true, steps: [checkout]}
workflows:
  'a workflow with spaces':
    jobs:
      - test-chrome
      - Create version file
      - 'medium: Compile 8.2 ZTS (asan) / amd64': {requires: [Create version file]}
      - deploy: {requires: ['medium: Compile 8.2 ZTS (asan) / amd64', test-chrome, 1.2]}
      - 1.2
";
    let compiled = good(text);
    insta::assert_snapshot!(outline(&compiled), @r"
    a workflow with spaces
      test-chrome
      Create version file
      medium: Compile 8.2 ZTS (asan) / amd64 ← Create version file
      deploy ← medium: Compile 8.2 ZTS (asan) / amd64, test-chrome, 1.2
      1.2
    ");
    assert_eq!(commands(&compiled, "test-chrome"), ["chrome", "command", "orb"]);
    assert_eq!(commands(&compiled, "deploy"), ["the command build"]);
}

/// Number 40: jobs without workflows, workflows without jobs, text of another tool: each is refused for its own reason; a job
/// `build` alone is whole.
#[test]
fn configurations_that_are_not_whole() {
    let job = "{machine: true, steps: [run: circleci run release && circleci-agent step halt]}";
    let whole = good(&format!("version: 2.1\njobs: {{build: {job}}}\n"));
    assert!(matches!(whole.workflows[0].jobs[0].kind, JobKind::Build { .. }));
    let table = [
        (format!("version: 2.1\njobs: {{test: {job}}}\n"), Code::NoWorkflow),
        ("version: 2.1\nworkflows: {main: {jobs: [build]}}\n".to_owned(), Code::UnknownJob),
        (format!("version: 2.1\njobs: {{build: {job}}}\n{{% for x in y %}}\n"), Code::YamlSyntax),
        ("version: 2.1\njobs: {}\nworkflows: {}\n".to_owned(), Code::NoWorkflow),
    ];
    for (text, code) in table {
        let found = findings(&text);
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [code], "{text}: {found:?}");
    }
    // A part that another tool puts in is a text until then.
    let marked = "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - run: __MACRO__ {{ .Branch }}\n";
    assert!(try_compile(marked).is_ok());
}
