//! Workflows: matrices, names, groups, jobs of every kind.

use config::Inputs;
use model::plan::{GroupRole, JobKind, WorkflowSchedule};

use crate::kit::{commands, findings, good, good_with, job, outline, plan, render};

const MATRIX: &str = "
version: 2.1
jobs:
  build:
    parameters:
      version: {type: string}
      platform: {type: string}
    machine: true
    steps: [run: << parameters.platform >> << parameters.version >>]
  one:
    parameters: {a: {type: integer}, b: {type: boolean, default: false}, c: {type: string, default: x}}
    machine: true
    steps: [run: '<< parameters.a >> << parameters.b >> << parameters.c >>']
";

#[test]
fn a_matrix_runs_every_combination() {
    let text = format!(
        "{MATRIX}
workflows:
  main:
    jobs:
      - build: {{matrix: {{parameters: {{version: ['0.1', '0.2', '0.3'], platform: [macos, windows, linux]}}}}}}
"
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    main
      build-macos-0.1
      build-macos-0.2
      build-macos-0.3
      build-windows-0.1
      build-windows-0.2
      build-windows-0.3
      build-linux-0.1
      build-linux-0.2
      build-linux-0.3
    ");
    assert_eq!(commands(&good(&text), "build-windows-0.2"), ["windows 0.2"]);
}

#[test]
fn matrices_and_who_requires_them() {
    let text = format!(
        "{MATRIX}
workflows:
  main:
    jobs:
      - one: {{matrix: {{parameters: {{a: [1, 2, 3], b: [on, off]}}, exclude: [{{a: 3, b: true}}, {{a: 1, b: off}}]}}, c: z}}
      - one: {{name: 'n-<< matrix.a >>', matrix: {{alias: ns, parameters: {{a: [8, 9]}}}}, c: 'v<< matrix.a >>'}}
      - one: {{name: 'after-<< matrix.a >>', matrix: {{alias: afters, parameters: {{a: [8, 9]}}}}, a: 1, requires: ['n-<< matrix.a >>']}}
      - one: {{name: all, a: 1, requires: [one, ns]}}
      - one: {{name: single, a: 1, requires: [one-2-true, afters]}}
      - one: {{name: same, matrix: {{alias: x, parameters: {{a: [5, 6]}}}}}}
"
    );
    let compiled = good(&text);
    insta::assert_snapshot!(outline(&compiled), @r"
    main
      one-1-true
      one-2-true
      one-2-false
      one-3-false
      n-8
      n-9
      after-8 ← n-8
      after-9 ← n-9
      all ← one-1-true, one-2-true, one-2-false, one-3-false, n-8, n-9
      single ← one-2-true, after-8, after-9
      same-1
      same-2
    ");
    assert_eq!(commands(&compiled, "n-9"), ["9 false v9"]);
    assert_eq!(commands(&compiled, "after-8"), ["8 false x"]);
}

#[test]
fn names_that_are_not_unique_get_numbers() {
    let text = format!(
        "{MATRIX}
workflows:
  first:
    jobs:
      - one: {{a: 1}}
      - one: {{a: 2}}
      - build: {{version: '1', platform: p}}
  second:
    jobs:
      - one: {{a: 1}}
      - build: {{version: '1', platform: p}}
      - hold: {{type: approval}}
  third:
    jobs:
      - hold: {{type: approval}}
"
    );
    insta::assert_snapshot!(outline(&good(&text)), @r"
    first
      one-1
      one-2
      build
    second
      one-3
      build
      hold (approval)
    third
      hold (approval)
    ");
}

#[test]
fn pre_and_post_steps_stand_in_the_scope_of_the_workflow() {
    let text = format!(
        "{MATRIX}
commands: {{say: {{parameters: {{x: {{type: string}}}}, steps: [run: say << parameters.x >>]}}}}
workflows:
  main:
    jobs:
      - one:
          name: it
          matrix: {{parameters: {{a: [7]}}}}
          pre-steps: [run: before << matrix.a >>, say: {{x: << pipeline.git.branch >>}}]
          post-steps: [run: after]
"
    );
    assert_eq!(commands(&good(&text), "it"), ["before 7", "say main", "7 false x", "after"]);
}

#[test]
fn job_groups() {
    let text = "
version: 2.1
jobs:
  build: {machine: true, steps: [checkout]}
  deploy: {machine: true, steps: [checkout]}
  release: {machine: true, steps: [checkout]}
job-groups:
  ship: {jobs: [deploy, {release: {requires: [deploy]}}]}
workflows:
  once:
    jobs: [build, {ship: {requires: [build], serial-group: a/b}}, {build: {name: notify, requires: [ship]}}]
  twice:
    jobs:
      - build
      - ship: {name: staging, requires: [build], serial-group: a/staging}
      - ship: {name: production, requires: [staging]}
  left-out:
    jobs:
      - build: {filters: {branches: {ignore: main}}}
      - ship: {requires: [build]}
      - build: {name: notify, requires: [ship]}
  by-tag:
    jobs:
      - ship: {filters: {branches: {ignore: /.*/}, tags: {only: /.*/}}}
";
    let compiled = good(text);
    insta::assert_snapshot!(outline(&compiled), @r#"
    once
      build
      ship/group-start (no-op) ← build
      deploy ← ship/group-start
      release ← deploy
      ship/group-end (no-op) ← release
      notify ← ship/group-end
    twice
      build
      staging/group-start (no-op) ← build
      staging-deploy ← staging/group-start
      staging-release ← staging-deploy
      staging/group-end (no-op) ← staging-release
      production/group-start (no-op) ← staging/group-end
      production-deploy ← production/group-start
      production-release ← production-deploy
      production/group-end (no-op) ← production-release
    - left-out: all of its jobs are left out (`build`: filter branches.ignore [main]: the branch is `main`; `ship/group-start`: the job that it requires is left out: `build`; `deploy`: the job that it requires is left out: `ship/group-start`; `release`: the job that it requires is left out: `deploy`; `ship/group-end`: the job that it requires is left out: `release`)
    - by-tag: all of its jobs are left out (`ship/group-start`, `deploy`, `release`, `ship/group-end`: filter branches.ignore [/.*/]: the branch is `main`)
    "#);
    let groups: Vec<_> = compiled.workflows[0]
        .jobs
        .iter()
        .map(|job| {
            let lock = job.serial_group.as_ref().map(|group| group.0.as_str());
            (job.name.as_str(), job.group.as_ref().map(|group| (group.name.as_str(), group.role)), lock)
        })
        .collect();
    let of_ship = |role| Some(("ship", role));
    assert_eq!(
        groups,
        [
            ("build", None, None),
            ("ship/group-start", of_ship(GroupRole::Entry), Some("a/b")),
            ("deploy", of_ship(GroupRole::Member), None),
            ("release", of_ship(GroupRole::Member), None),
            ("ship/group-end", of_ship(GroupRole::Exit), None),
            ("notify", None, None),
        ]
    );
    let by_tag = good_with(text, &Inputs::tag("v1"));
    assert_eq!(by_tag.workflows[0].jobs.len(), 4, "{}", outline(&by_tag));
}

#[test]
fn workflow_jobs_of_every_kind() {
    let text = "
version: 2.1
setup: true
orbs: {team: {jobs: {test: {machine: true, steps: [run: the team's test]}}}}
jobs:
  build: {machine: true, steps: [checkout]}
  test: {machine: true, steps: [run: my test]}
  nothing: {type: no-op}
  publish: {type: release, plan_name: my-plan}
workflows:
  main:
    max_auto_reruns: 2
    jobs:
      - build: {context: org-global}
      - test: {override-with: team/test, context: [a, b, a], requires: build}
      - test: {name: fallback, override-with: team/missing}
      - hold: {type: approval, requires: [test]}
      - nothing: {requires: [hold, build: terminal, test: [failed, canceled]]}
      - publish: {requires: [nothing], serial-group: << pipeline.project.slug >>/deploy}
      - build: {name: chosen, context: << pipeline.git.branch == \"main\" and \"prod\" or \"dev\" >>}
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.project.slug".to_owned(), "gh/a/b".into());
    let compiled = good_with(text, &inputs);
    assert!(compiled.setup);
    assert_eq!(compiled.workflows[0].max_auto_reruns, 2);
    insta::assert_snapshot!(outline(&compiled), @r#"
    main
      build
      test ← build
      fallback
      hold (approval) ← test
      nothing (no-op) ← hold, build ["terminal"], test ["failed", "canceled"]
      publish (release) ← nothing
      chosen
    "#);
    assert_eq!(commands(&compiled, "test"), ["the team's test"]);
    assert_eq!(commands(&compiled, "fallback"), ["my test"]);
    assert_eq!(plan(&compiled, "test").contexts, ["a", "b"]);
    assert_eq!(plan(&compiled, "chosen").contexts, ["prod"]);
    assert_eq!(job(&compiled, "publish").kind, JobKind::Release { plan_name: "my-plan".into() });
    assert_eq!(job(&compiled, "publish").serial_group.as_ref().map(|group| group.0.as_str()), Some("gh/a/b/deploy"));
}

const SCHEDULED: &str = "
version: 2.1
jobs: {test: {machine: true, steps: [checkout]}}
workflows:
  push: {jobs: [test]}
  nightly:
    triggers:
      - schedule: {cron: '0 0 * * *', filters: {branches: {only: [main, '/release-.*/']}}}
      - schedule: {cron: '  30 12 * *   mon-fri ', filters: {branches: {ignore: main}}}
    jobs: [test]
  weekly:
    when: pipeline.trigger_source == \"schedule\"
    triggers: [{schedule: {cron: 0 0 * * 0, filters: {branches: {only: main, ignore: main}}}}]
    jobs: [{test: {filters: {branches: {only: dev}}}}]
";

#[test]
fn schedules_of_workflows() {
    let compiled = good(SCHEDULED);
    let schedules: Vec<_> = compiled
        .schedules
        .iter()
        .map(|WorkflowSchedule { workflow, cron, branches, applies }| {
            (workflow.as_str(), cron.as_str(), branches.only.clone(), branches.ignore.clone(), *applies)
        })
        .collect();
    let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        schedules,
        [
            ("nightly", "0 0 * * *", some(&["main", "/release-.*/"]), None, true),
            ("nightly", "30 12 * * mon-fri", None, some(&["main"]), false),
            ("weekly", "0 0 * * 0", some(&["main"]), some(&["main"]), true),
        ]
    );
    let applies =
        |inputs: &Inputs| good_with(SCHEDULED, inputs).schedules.iter().map(|each| each.applies).collect::<Vec<_>>();
    assert_eq!(applies(&Inputs::branch("release-1")), [true, true, false]);
    assert_eq!(applies(&Inputs::branch("a-release-1")), [false, true, false]);
    assert_eq!(applies(&Inputs::tag("main")), [false, false, false]);
    insta::assert_snapshot!(outline(&compiled), @r#"
    push
      test
    - nightly: it runs for its `triggers` only, not for this event
    - weekly: `when` `pipeline.trigger_source == "schedule"` is false
    "#);
}

#[test]
fn a_schedule_starts_its_workflow_and_no_other() {
    let scheduled = |name: &str| Inputs { scheduled: Some(name.to_owned()), ..Inputs::branch("main") };
    insta::assert_snapshot!(outline(&good_with(SCHEDULED, &scheduled("nightly"))), @r#"
    nightly
      test
    - push: the schedule that started the pipeline is of the workflow `nightly`
    - weekly: the schedule that started the pipeline is of the workflow `nightly`
    "#);
    // Its condition and the filters of its jobs count as ever.
    let mut weekly = scheduled("weekly");
    insta::assert_snapshot!(outline(&good_with(SCHEDULED, &weekly)), @r#"
    - push: the schedule that started the pipeline is of the workflow `weekly`
    - nightly: the schedule that started the pipeline is of the workflow `weekly`
    - weekly: `when` `pipeline.trigger_source == "schedule"` is false
    "#);
    weekly.values.insert("pipeline.trigger_source".to_owned(), "schedule".into());
    insta::assert_snapshot!(outline(&good_with(SCHEDULED, &weekly)), @r#"
    - push: the schedule that started the pipeline is of the workflow `weekly`
    - nightly: the schedule that started the pipeline is of the workflow `weekly`
    - weekly: all of its jobs are left out (`test`: filter branches.only [dev]: the branch is `main`)
    "#);
    // It is not in the configuration any more.
    insta::assert_snapshot!(outline(&good_with(SCHEDULED, &scheduled("gone"))), @r#"
    - push: the schedule that started the pipeline is of the workflow `gone`
    - nightly: the schedule that started the pipeline is of the workflow `gone`
    - weekly: the schedule that started the pipeline is of the workflow `gone`
    "#);
}

#[test]
fn a_no_op_needs_no_definition_and_other_types_do() {
    let text = |kind: &str| format!("version: 2.1\nworkflows: {{main: {{jobs: [join: {{type: {kind}}}]}}}}\n");
    insta::assert_snapshot!(outline(&good(&text("no-op"))), @r"
    main
      join (no-op)
    ");
    for kind in ["build", "release"] {
        assert!(render(&findings(&text(kind))).contains("unknown-job"), "{kind}");
    }
}

/// Serial execution, "troubleshooting": a job group ends with `success` or `not_run`.
#[test]
fn a_status_that_no_job_group_ends_with() {
    let text = |status: &str| {
        format!(
            "version: 2.1\njobs: {{a: {{machine: true, steps: [checkout]}}, b: {{machine: true, steps: [checkout]}}}}\njob-groups: \
             {{g: {{jobs: [a]}}}}\nworkflows: {{main: {{jobs: [g, b: {{requires: [g: {status}]}}]}}}}\n"
        )
    };
    for status in ["success", "not_run", "terminal", "[failed, not_run]", "canceled"] {
        assert!(good(&text(status)).warnings.is_empty(), "{status}");
    }
    assert_eq!(
        good(&text("[failed, unauthorized]")).warnings[0].message,
        "`b` never runs: the job group `g` does not end with `failed`"
    );
}

/// A name that two jobs have means the other one to each of them.
#[test]
fn a_job_may_require_its_namesake() {
    let text = "
version: 2.1
jobs: {a: {parameters: {s: {type: string}}, machine: true, steps: [run: << parameters.s >>]}}
workflows:
  main:
    jobs:
      - a: {s: first}
      - a: {s: second, requires: [a]}
";
    insta::assert_snapshot!(outline(&good(text)), @r"
    main
      a-1
      a-2 ← a-1
    ");
    let three = format!("{text}      - a: {{s: third, requires: [a]}}\n");
    let found: Vec<String> = findings(&three).iter().map(|finding| finding.one_line()).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    config.yml:8:35: error[config::duplicate-job]: `a-2` requires `a`, which is the name of 3 jobs of the workflow `main`
    config.yml:9:34: error[config::duplicate-job]: `a-3` requires `a`, which is the name of 3 jobs of the workflow `main`
    ");
}

#[test]
fn a_job_cannot_require_itself() {
    let text =
        "version: 2.1\njobs: {a: {machine: true, steps: [checkout]}}\nworkflows: {w: {jobs: [a: {requires: [a]}]}}\n";
    let found: Vec<String> = findings(text).iter().map(|finding| finding.one_line()).collect();
    assert_eq!(found, ["config.yml:3:39: error[config::requires-cycle]: the job `a` requires itself"]);
}
