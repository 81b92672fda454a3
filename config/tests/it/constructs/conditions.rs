//! Conditions, patterns and filters.

use config::{Code, Inputs, Value};

use crate::kit::{commands, findings, good, good_with, outline};

/// Which of these conditions hold, for a push to a branch or of a tag.
fn holds(parameters: &str, condition: &str, inputs: &Inputs) -> bool {
    let text = format!(
        "version: 2.1\nparameters: {{{parameters}}}\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows:\n  \
         main:\n    when: {condition}\n    jobs: [{{build: {{filters: {{tags: {{only: /.*/}}}}}}}}]\n"
    );
    !good_with(&text, inputs).workflows.is_empty()
}

/// Number 6.
#[test]
fn equal_over_whole_maps() {
    let text = "
version: 2.1
executors:
  amd: &amd {docker: [{image: amd}], environment: {A: 1}}
  arm: &arm {machine: {image: arm}}
  sized: {parameters: {size: {type: string}}, machine: true, resource_class: << parameters.size >>}
names: {amd: &by-name {name: sized, size: large}}
jobs:
  build:
    parameters: {platform: {type: executor}}
    executor: amd
    steps:
      - when: {condition: {equal: [*by-name, << parameters.platform >>]}, steps: [run: sized]}
      - when: {condition: {equal: [amd, << parameters.platform >>]}, steps: [run: amd]}
      - when: {condition: {equal: [*amd, << parameters.platform >>]}, steps: [run: the definition of amd]}
      - when: {condition: {equal: [*amd, {environment: {A: 1}, docker: [{image: amd}]}]}, steps: [run: order is nothing]}
      - when: {condition: {equal: [*amd, *arm]}, steps: [run: never]}
workflows:
  main:
    jobs:
      - build: {name: a, platform: {size: large, name: sized}}
      - build: {name: b, platform: amd}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "a"), ["sized", "order is nothing"]);
    // By its name, and by what the name stands for.
    assert_eq!(commands(&compiled, "b"), ["amd", "the definition of amd", "order is nothing"]);
}

/// Number 20.
#[test]
fn expressions() {
    let text = "
version: 2.1
parameters: {action: {type: string, default: build}}
jobs: {build: {machine: true, steps: [run: 'on << pipeline.git.branch or \"no branch\" >>']}}
workflows:
  build: {when: pipeline.parameters.action == \"build\", jobs: [build]}
  deploy:
    when: pipeline.parameters.action == \"deploy\" and pipeline.trigger_source == \"api\"
    jobs: [build]
  filtered:
    jobs:
      - build: {filters: pipeline.git.branch != \"main\"}
      - build:
          name: tagged
          filters: |
            pipeline.git.tag starts-with \"v\"
            or not (pipeline.git.branch matches /^ma.*$/)
      - build: {name: both, filters: << pipeline.git.branch == \"main\" or pipeline.git.tag >>}
";
    let mut api = Inputs::branch("main");
    api.parameters.insert("action".to_owned(), "deploy".into());
    api.values.insert("pipeline.trigger_source".to_owned(), "api".into());
    let shown = [Inputs::branch("main"), Inputs::branch("dev"), Inputs::tag("v1"), api]
        .map(|inputs| outline(&good_with(text, &inputs)))
        .join("---\n");
    insta::assert_snapshot!(shown, @r#"
    build
      build
    filtered
      both
      - build: the expression of its filters is false
      - tagged: the expression of its filters is false
    - deploy: `when` `pipeline.parameters.action == "deploy" and pipeline.trigger_source == "api"` is false
    ---
    build
      build
    filtered
      build
      tagged
      - both: the expression of its filters is false
    - deploy: `when` `pipeline.parameters.action == "deploy" and pipeline.trigger_source == "api"` is false
    ---
    filtered
      tagged
      both
      - build: the expression of its filters is false
    - build: all of its jobs are left out (`build`: the tag is `v1`, and a job runs for tags only when it has a filter for tags)
    - deploy: `when` `pipeline.parameters.action == "deploy" and pipeline.trigger_source == "api"` is false
    ---
    deploy
      build
    filtered
      both
      - build: the expression of its filters is false
      - tagged: the expression of its filters is false
    - build: `when` `pipeline.parameters.action == "build"` is false
    "#);
    let tagged = good_with(text, &Inputs::tag("v1"));
    let last = tagged.workflows.iter().find(|workflow| workflow.name == "filtered").expect("it runs");
    let model::plan::JobKind::Build { plan } = &last.jobs[0].kind else { panic!("{last:?}") };
    assert_eq!(plan.steps[0].name, "on no branch");
}

/// Number 23: they are texts, and true; the warning says so.
#[test]
fn conditions_that_only_look_dynamic() {
    let text = "
version: 2.1
jobs:
  build:
    machine: true
    steps:
      - when: {condition: '${CIRCLE_TAG} && ${GITHUB_TOKEN}', steps: [run: a]}
      - when: {condition: $CIRCLE_PULL_REQUEST, steps: [run: b]}
      - unless: {condition: a text, steps: [run: c]}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "build"), ["a", "b"]);
    let warned: Vec<(Code, u32)> =
        compiled.warnings.iter().map(|finding| (finding.code, finding.primary.line)).collect();
    assert_eq!(warned, [(Code::Logic, 7), (Code::Logic, 8)]);
}

/// Number 24.
#[test]
fn texts_as_conditions() {
    let parameters = "none: {type: string, default: ''}, some: {type: string, default: 'false'}";
    let (branch, tag) = (Inputs::branch("main"), Inputs::tag("v1"));
    let table = [
        ("<< pipeline.parameters.none >>", false, false),
        ("<< pipeline.parameters.some >>", true, true),
        ("{not: << pipeline.git.tag >>}", true, false),
        ("{or: [<<pipeline.git.tag>>]}", false, true),
        ("{and: [<< pipeline.parameters.some >>, {not: << pipeline.parameters.none >>}]}", true, true),
        ("<< pipeline.parameters.none >><< pipeline.git.tag >>", false, true),
        ("x<< pipeline.parameters.none >>", true, true),
        ("pipeline.parameters.none or pipeline.git.tag", false, true),
    ];
    for (condition, on_branch, on_tag) in table {
        let found = (holds(parameters, condition, &branch), holds(parameters, condition, &tag));
        assert_eq!(found, (on_branch, on_tag), "{condition}");
    }
}

/// Number 25.
#[test]
fn comparing_with_types() {
    let parameters = "coverage: {type: boolean, default: yes}, n: {type: integer, default: 3}, text: {type: string, \
                      default: 'true'}, e: {type: enum, enum: [1, two], default: 1}";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(42));
    let table = [
        ("{equal: [true, << pipeline.parameters.coverage >>]}", true),
        ("{equal: ['true', << pipeline.parameters.coverage >>]}", false),
        ("{equal: [on, << pipeline.parameters.coverage >>]}", true),
        ("{equal: [true, << pipeline.parameters.text >>]}", false),
        ("{equal: ['true', << pipeline.parameters.text >>]}", true),
        ("{equal: [42, 42]}", true),
        ("{equal: [42, << pipeline.number >>]}", true),
        ("{equal: ['3', << pipeline.parameters.n >>]}", false),
        ("{equal: ['3', 'x<< pipeline.parameters.n >>']}", false),
        ("{equal: [3, << pipeline.parameters.n >>, 3]}", true),
        ("{equal: [1, << pipeline.parameters.e >>]}", true),
        ("{equal: [3.0, << pipeline.parameters.n >>]}", true),
        ("{equal: ['', << pipeline.git.tag >>]}", true),
        ("{equal: [[1, a], [1, 'a']]}", true),
        ("pipeline.parameters.n == \"3\"", false),
        ("pipeline.parameters.n != \"3\"", true),
        ("pipeline.parameters.coverage == true", true),
    ];
    for (condition, expected) in table {
        assert_eq!(holds(parameters, condition, &inputs), expected, "{condition}");
    }
}

/// Number 26.
#[test]
fn java_patterns() {
    let table = [
        (r"/^v\p{Digit}+\.\p{Digit}+.*/", "v1.20", "v1"),
        (r"/^(?!(pull|dependabot)\/).*$/", "main", "pull/5"),
        (r"/^((?!pre).)*$/", "main", "my-pre-view"),
        (r"/feature\/(?!7.x-|8.x-)[a-z0-9-.,_]+/", "feature/x-1", "feature/7.x-1"),
        (r"/(?<=a)b|(?i)C+/", "cC", "b"),
        (r"/\p{Alpha}++\d*+/", "abc1", "1abc"),
        (r"/[\w&&[^\d]]+/", "ab_c", "a1"),
    ];
    for (pattern, matching, other) in table {
        for (name, expected) in [(matching, true), (other, false)] {
            let text = format!(
                "version: 2.1\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows:\n  main:\n    jobs:\n      \
                 - build: {{filters: {{branches: {{only: '{pattern}'}}}}}}\n"
            );
            let runs = !good_with(&text, &Inputs::branch(name)).workflows.is_empty();
            assert_eq!(runs, expected, "{pattern} for {name}");
            let condition = format!("{{matches: {{pattern: '{pattern}', value: << pipeline.git.branch >>}}}}");
            assert_eq!(holds("", &condition, &Inputs::branch(name)), expected, "{condition} for {name}");
        }
    }
}

/// Number 27: `matches` takes slashes or none; in filters, only what stands between slashes is a pattern. Both mean the
/// whole text.
#[test]
fn forms_of_patterns() {
    let conditions = [
        ("{matches: {pattern: '/^release-[0-9]+$/', value: << pipeline.git.branch >>}}", "release-1", true),
        ("{matches: {pattern: ^release-.$, value: << pipeline.git.branch >>}}", "release-1", true),
        ("{matches: {pattern: release, value: << pipeline.git.branch >>}}", "release-1", false),
        ("{matches: {pattern: a/b/, value: << pipeline.git.branch >>}}", "a/b/", true),
    ];
    for (condition, branch, expected) in conditions {
        assert_eq!(holds("", condition, &Inputs::branch(branch)), expected, "{condition} for {branch}");
    }
    let filters = [
        ("release.*", "release-1", false),
        ("release.*", "release.*", true),
        ("/release.*/", "release-1", true),
        ("/release/", "release-1", false),
        ("/master/", "master", true),
        ("^main$", "main", false),
        ("/", "/", true),
    ];
    for (only, branch, expected) in filters {
        let text = format!(
            "version: 2.1\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows: {{main: {{jobs: [{{build: \
             {{filters: {{branches: {{only: '{only}'}}}}}}}}]}}}}\n"
        );
        let runs = !good_with(&text, &Inputs::branch(branch)).workflows.is_empty();
        assert_eq!(runs, expected, "only {only} for {branch}");
    }
}

/// Number 28.
#[test]
fn templates_in_filters() {
    let text = "
version: 2.1
parameters: {deploy-branch: {type: string, default: main}, ignored: {type: string, default: /dependabot.*/}}
jobs: {build: {machine: true, steps: [checkout]}}
workflows:
  main:
    jobs:
      - build: {filters: {branches: {only: << pipeline.parameters.deploy-branch >>}}}
      - build:
          name: most
          filters:
            branches:
              ignore: [<< pipeline.parameters.ignored >>, '/<< pipeline.parameters.deploy-branch >>-.*/']
";
    let shown =
        ["main", "main-2", "dependabot/npm", "dev"].map(|branch| outline(&good_with(text, &Inputs::branch(branch))));
    insta::assert_snapshot!(shown.join("---\n"), @r"
    main
      build
      most
    ---
    - main: all of its jobs are left out (`build`: filter branches.only [main]: the branch is `main-2`; `most`: filter branches.ignore [/dependabot.*/, /main-.*/]: the branch is `main-2`)
    ---
    - main: all of its jobs are left out (`build`: filter branches.only [main]: the branch is `dependabot/npm`; `most`: filter branches.ignore [/dependabot.*/, /main-.*/]: the branch is `dependabot/npm`)
    ---
    main
      most
      - build: filter branches.only [main]: the branch is `dev`
    ");
    let found = findings(&text.replace("only: << pipeline.parameters.deploy-branch >>", "only: << matrix.branch >>"));
    assert_eq!(found[0].code, Code::UnknownName);
}
