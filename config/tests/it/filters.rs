//! Which jobs run for which branches and tags.

use config::Inputs;

use crate::kit::{good_with, outline};

/// Whether a job with these filters runs.
fn runs(filters: &str, inputs: &Inputs) -> bool {
    let text = format!(
        "version: 2.1\njobs:\n  build:\n    machine: true\n    steps: [checkout]\nworkflows:\n  main:\n    jobs:\n      - \
         build:\n          filters: {filters}\n"
    );
    !good_with(&text, inputs).workflows.is_empty()
}

#[test]
fn branches() {
    let table = [
        ("{branches: {only: main}}", "main", true),
        ("{branches: {only: main}}", "maine", false),
        ("{branches: {only: [dev, main]}}", "main", true),
        ("{branches: {only: /main/}}", "mainline", false),
        ("{branches: {only: /^release\\/.*/}}", "release/1.0", true),
        ("{branches: {only: /release.*/}}", "my-release", false),
        // Without slashes it is a name, not a pattern.
        ("{branches: {only: release.*}}", "release-1", false),
        ("{branches: {ignore: main}}", "main", false),
        ("{branches: {ignore: main}}", "dev", true),
        ("{branches: {ignore: [/feature-.*/, docs]}}", "feature-x", false),
        // Both: `only` wins.
        ("{branches: {only: main, ignore: main}}", "main", true),
        ("{branches: {only: main, ignore: dev}}", "other", false),
        ("{branches: {}}", "main", true),
        ("{tags: {only: /.*/}}", "main", true),
        ("{branches: {only: /^(?!(pull|dependabot)\\/).*$/}}", "dependabot/npm", false),
        ("{branches: {only: /^(?!(pull|dependabot)\\/).*$/}}", "main", true),
        ("{branches: {only: '/^v\\p{Digit}+\\.\\p{Digit}+.*/'}}", "v1.20", true),
        ("{branches: {only: '/\\p{javaLowerCase}+|[\\p{Alpha}\\d]+/'}}", "Abc1", true),
        ("{branches: {only: /\\Qa.b\\E/}}", "a.b", true),
        ("{branches: {only: /\\Qa.b\\E/}}", "axb", false),
        ("{branches: {only: '/feature\\/\\w+#\\d+/'}}", "feature/x#1", true),
        ("{branches: {only: '/[a-z&&[^m]]+/'}}", "main", false),
        ("{branches: {only: '/[\\w+--]+/'}}", "a,b-c", true),
        ("{branches: {only: '/[~~a]+/'}}", "~a", true),
        ("{branches: {only: '/(?i)MAIN/'}}", "main", true),
        ("{branches: {only: '/(ma)(in)|\\1\\2/'}}", "main", true),
        ("{branches: {only: '/(?>ma)in/'}}", "main", true),
        ("{branches: {only: '/\\x6d\\u0061in/'}}", "main", true),
        ("{branches: {only: '/[\\p{L}&&[^\\p{Lu}]]+/'}}", "main", true),
        ("{branches: {only: '/(?<first>m)\\k<first>?ain/'}}", "main", true),
        ("pipeline.git.branch == \"main\"", "main", true),
        ("pipeline.git.branch == \"main\"", "dev", false),
        ("not (pipeline.git.branch matches /feature-.*/)", "feature-1", false),
        ("<< pipeline.git.branch == \"main\" >>", "main", true),
    ];
    for (filters, branch, expected) in table {
        assert_eq!(runs(filters, &Inputs::branch(branch)), expected, "{filters} for {branch}");
    }
}

#[test]
fn tags() {
    let table = [
        ("{branches: {only: main}}", "v1", false),
        ("{branches: {ignore: main}}", "v1", false),
        ("{tags: {only: v1}}", "v1", true),
        ("{tags: {only: /^v.*/}}", "v1.2.3", true),
        ("{tags: {only: /^v.*/}}", "1.2.3", false),
        ("{tags: {only: /^v.*/}, branches: {ignore: /.*/}}", "v1", true),
        ("{tags: {ignore: /.*-rc/}}", "v1-rc", false),
        ("{tags: {ignore: /.*-rc/}}", "v1", true),
        ("{tags: {}}", "v1", false),
        ("pipeline.git.tag starts-with \"v\"", "v1", true),
        ("pipeline.git.branch == \"main\"", "v1", false),
        ("pipeline.git.branch or (pipeline.git.tag matches /^v.*/)", "v1", true),
    ];
    for (filters, tag, expected) in table {
        assert_eq!(runs(filters, &Inputs::tag(tag)), expected, "{filters} for {tag}");
    }
}

const CHAIN: &str = "
version: 2.1
jobs:
  build: {machine: true, steps: [checkout]}
workflows:
  main:
    jobs:
      - build: {name: a}
      - build: {name: b, filters: {branches: {only: main}}}
      - build: {name: c, requires: [a, b]}
      - build: {name: d, requires: [b]}
      - build: {name: e, requires: [d]}
      - hold: {type: approval, requires: [e]}
  tagged:
    jobs:
      - build: {name: f, filters: {tags: {only: /v.*/}, branches: {ignore: /.*/}}}
";

#[test]
fn what_requires_only_what_is_left_out_is_left_out() {
    insta::assert_snapshot!(outline(&good_with(CHAIN, &Inputs::branch("dev"))), @r"
    main
      a
      c ← a
      - b: filter branches.only [main]: the branch is `dev`
      - d: the job that it requires is left out: `b`
      - e: the job that it requires is left out: `d`
      - hold: the job that it requires is left out: `e`
    - tagged: all of its jobs are left out (`f`: filter branches.ignore [/.*/]: the branch is `dev`)
    ");
}

#[test]
fn a_tag_runs_what_has_a_filter_for_it() {
    insta::assert_snapshot!(outline(&good_with(CHAIN, &Inputs::tag("v1"))), @r"
    tagged
      f
    - main: all of its jobs are left out (`a`, `b`, `c` and 3 more: the tag is `v1`, and a job runs for tags only when it has a filter for tags)
    ");
}

/// Reference, "tags": what a job requires needs a filter for the tag as well.
#[test]
fn a_tag_needs_a_filter_at_all_that_is_required() {
    let text = "
version: 2.1
jobs: {build: {machine: true, steps: [checkout]}, deploy: {machine: true, steps: [checkout]}}
workflows:
  main:
    jobs:
      - build
      - deploy: {requires: [build], filters: {tags: {only: /v.*/}, branches: {ignore: /.*/}}}
";
    insta::assert_snapshot!(outline(&good_with(text, &Inputs::tag("v1"))), @"- main: all of its jobs are left out (`build`: the tag is `v1`, and a job runs for tags only when it has a filter for tags; `deploy`: the job that it requires is left out: `build`)");
    let both = text.replace("- build\n", "- build: {filters: {tags: {only: /.*/}}}\n");
    insta::assert_snapshot!(outline(&good_with(&both, &Inputs::tag("v1"))), @r"
    main
      build
      deploy ← build
    ");
    insta::assert_snapshot!(outline(&good_with(&both, &Inputs::branch("main"))), @r"
    main
      build
      - deploy: filter branches.ignore [/.*/]: the branch is `main`
    ");
}

#[test]
fn a_job_named_build_runs_without_workflows() {
    let text =
        "version: 2\njobs:\n  build:\n    docker: [{image: a}]\n    branches: {only: main}\n    steps: [checkout]\n";
    insta::assert_snapshot!(outline(&good_with(text, &Inputs::branch("main"))), @r"
    workflow
      build
    ");
    insta::assert_snapshot!(outline(&good_with(text, &Inputs::branch("dev"))), @"- workflow: all of its jobs are left out (`build`: filter branches.only [main]: the branch is `dev`)");
    insta::assert_snapshot!(outline(&good_with(text, &Inputs::tag("v1"))), @"- workflow: all of its jobs are left out (`build`: the tag is `v1`, and a job runs for tags only when it has a filter for tags)");
}

#[test]
fn a_costly_pattern_ends_and_matches_nothing() {
    // Exponential for a backtracking engine; the look-around keeps it from the linear one.
    let name = format!("{}!", "a".repeat(40));
    assert!(!runs("{branches: {only: /(?=a)(a+)+$/}}", &Inputs::branch(name)));
}

#[test]
fn a_class_that_is_not_closed_is_refused() {
    for pattern in [r"/\p{ä/", r"/\p{/", r"/\P{Lx/", r"/[\p{Alpha]/"] {
        let text = format!(
            "version: 2.1\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows: {{w: {{jobs: [build: {{filters: {{branches: {{only: '{pattern}'}}}}}}]}}}}\n"
        );
        let findings = crate::kit::findings(&text);
        assert!(findings.iter().any(|finding| finding.code == config::Code::InvalidPattern), "{pattern}: {findings:?}");
    }
}

/// Reference, "filters": workflows pass over what a job itself says of branches.
#[test]
fn workflows_pass_over_the_branches_of_a_job() {
    let text = "
version: 2
jobs: {build: {machine: true, branches: {only: dev}, steps: [checkout]}}
workflows: {version: 2, main: {jobs: [build]}}
";
    let compiled = good_with(text, &Inputs::branch("main"));
    assert_eq!(outline(&compiled), "main\n  build\n");
    assert_eq!(compiled.warnings[0].message, "`branches` of a job is deprecated");
}
