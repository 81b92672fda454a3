//! Logic statements, as a table.

use config::{Code, Inputs, Value};

use crate::kit::{commands, findings, good, good_with};

#[test]
fn logic_statements() {
    let table = [
        ("true", true),
        ("no", false),
        ("''", false),
        ("0", false),
        ("42", true),
        ("a string", true),
        ("~", false),
        ("{}", false),
        // Only looks dynamic.
        ("${CIRCLE_TAG} && ${GITHUB_TOKEN}", true),
        ("<< pipeline.git.branch >>", true),
        ("<< pipeline.git.tag >>", false),
        ("\"<< pipeline.parameters.off >>\"", false),
        ("{not: << pipeline.parameters.off >>}", true),
        ("{and: [true, 1, x]}", true),
        ("{and: [true, false]}", false),
        ("{or: [false, << pipeline.git.tag >>]}", false),
        ("{or: [false, {not: false}]}", true),
        ("{equal: [main, << pipeline.git.branch >>]}", true),
        ("{equal: [<< pipeline.git.branch >>, \"staging\"]}", false),
        ("{equal: ['', << pipeline.git.tag >>]}", true),
        ("{equal: [42, << pipeline.number >>]}", true),
        ("{equal: ['42', << pipeline.number >>]}", false),
        ("{equal: [true, << pipeline.parameters.off >>]}", false),
        ("{equal: [{a: 1, b: [x]}, {b: [x], a: 1}]}", true),
        ("{equal: [1, 1, 2]}", false),
        ("{matches: {pattern: '^ma.*$', value: << pipeline.git.branch >>}}", true),
        ("{matches: {pattern: 'ma', value: << pipeline.git.branch >>}}", false),
        ("{matches: {pattern: '/^main$/', value: << pipeline.git.branch >>}}", true),
        ("{matches: {pattern: '.*', value: << pipeline.git.tag >>}}", true),
        ("pipeline.git.branch == \"main\"", true),
        ("pipeline.parameters.off", false),
        ("not pipeline.parameters.off", true),
        ("pipeline.git.tag starts-with \"v\"", false),
        ("pipeline.git.tag == \"v\" or pipeline.number > 41", true),
        ("<< pipeline.git.branch == \"main\" and pipeline.number == 42 >>", true),
    ];
    for (condition, expected) in table {
        let text = format!(
            "version: 2.1\nparameters: {{off: {{type: boolean, default: false}}}}\njobs:\n  build:\n    machine: \
             true\n    steps:\n      - when:\n          condition: {condition}\n          steps: [run: x]\nworkflows:\n  main:\n    when: {condition}\n    jobs: \
             [build]\n  unless:\n    unless: {condition}\n    jobs: [build]\n"
        );
        let mut inputs = Inputs::branch("main");
        inputs.values.insert("pipeline.number".to_owned(), Value::Int(42));
        let compiled = good_with(&text, &inputs);
        let names: Vec<&str> = compiled.workflows.iter().map(|workflow| workflow.name.as_str()).collect();
        assert_eq!(names, [if expected { "main" } else { "unless" }], "{condition}");
        assert_eq!(commands(&compiled, "build").len(), usize::from(expected), "{condition}");
        assert_eq!(compiled.skipped.len(), 1);
    }
}

#[test]
fn logic_statements_may_be_a_hundred_levels_deep() {
    let text = |levels: usize, open: &str, close: &str| {
        let condition = format!("{}true{}", open.repeat(levels), close.repeat(levels));
        format!(
            "version: 2.1\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows: {{w: {{when: {condition}, \
             jobs: [build]}}}}\n"
        )
    };
    for (open, close) in [("{not: ", "}"), ("{and: [", "]}"), ("{or: [", "]}")] {
        assert_eq!(good(&text(100, open, close)).workflows.len(), 1, "{open}");
        let found = findings(&text(101, open, close));
        assert_eq!(found.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::TooLarge], "{open}");
    }
}
