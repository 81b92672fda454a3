//! Any text between `<<` and `>>`: in a step, as a whole value, in a condition, in a name, in an argument. What stands
//! before and after is up to the text, which may close the brackets and open others.
#![no_main]

use config::{Orbs, Value};
use config_fuzz::{answer, push, quoted};
use libfuzzer_sys::fuzz_target;

const DECLARED: &str = "version: 2.1
parameters:
  given: {type: string, default: no}
  flag: {type: boolean, default: true}
  count: {type: integer, default: 3}
commands:
  say:
    parameters:
      text: {type: string, default: hello}
      on: {type: boolean, default: true}
      times: {type: integer, default: 2}
      kind: {type: enum, enum: [a, b], default: a}
      inner: {type: steps, default: [run: inner]}
      secret: {type: env_var_name, default: TOKEN}
    steps:
";

fuzz_target!(|text: &str| {
    let inner = quoted(&format!("echo << {text} >> end"));
    let whole = quoted(&format!("<<{text}>>"));
    let step = format!("      - run: {inner}\n      - run: {{name: {inner}, command: {whole}}}\n");
    let condition = format!("      - when: {{condition: {whole}, steps: [run: x]}}\n      - steps: {whole}\n");
    let job = "jobs:\n  build:\n    docker: [{image: a}]\n    steps: [say]\n";
    let call = format!("jobs:\n  build:\n    docker: [{{image: a}}]\n    steps: [say: {{text: {whole}, times: {whole}}}]\n");
    let workflow = "workflows: {main: {jobs: [build]}}\n";
    let named = format!(
        "workflows: {{main: {{when: {whole}, jobs: [build: {{name: {inner}, matrix: {{parameters: {{a: [1, {whole}]}}}}}}]}}}}\n"
    );
    let mut inputs = push("main");
    inputs.parameters.insert("given".to_owned(), Value::from("yes"));
    let orbs = Orbs::new();
    answer(&format!("{DECLARED}{step}{job}{workflow}"), &inputs, &orbs);
    answer(&format!("{DECLARED}{condition}{job}{workflow}"), &inputs, &orbs);
    answer(&format!("{DECLARED}      - run: << parameters.text >>\n{call}{workflow}"), &inputs, &orbs);
    answer(&format!("{DECLARED}      - run: << parameters.text >>\n{job}{named}"), &inputs, &orbs);
});
