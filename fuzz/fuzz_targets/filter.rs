//! A branch in the first line, and below it a filter: exactly one of `only` and `ignore` lets the branch through.
#![no_main]

use config::Orbs;
use config_fuzz::{answer, push, quoted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (branch, pattern) = text.split_once('\n').unwrap_or(("main", text));
    let value = quoted(pattern);
    let config = format!(
        "version: 2.1
jobs: {{build: {{machine: true, steps: [checkout]}}}}
workflows:
  main:
    jobs:
      - build: {{name: always}}
      - build: {{name: only, filters: {{branches: {{only: {value}}}, tags: {{only: [{value}]}}}}}}
      - build: {{name: ignore, filters: {{branches: {{ignore: [{value}]}}, tags: {{ignore: {value}}}}}}}
"
    );
    let Some(compiled) = answer(&config, &push(branch), &Orbs::new()) else { return };
    let runs = |name: &str| compiled.workflows[0].jobs.iter().any(|job| job.name == name);
    assert!(runs("always"));
    // An empty expression is no filter.
    if !pattern.contains("<<") {
        assert_ne!(runs("only"), runs("ignore"), "`only` and `ignore` agree");
    }
    let expression = format!(
        "version: 2.1
jobs: {{build: {{machine: true, steps: [checkout]}}}}
workflows:
  main:
    when: {{matches: {{pattern: {value}, value: {branch}}}}}
    jobs:
      - build: {{filters: {value}}}
",
        branch = quoted(branch)
    );
    answer(&expression, &push(branch), &Orbs::new());
});
