//! Whatever the text, there is an answer.

#![expect(clippy::disallowed_methods, reason = "tests read files")]

use std::fs;
use std::path::Path;

use config::{Inputs, Orbs, Source, compile, evaluate, process};
use proptest::prelude::*;

/// Pieces that mean something, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "version: 2.1\n",
        "jobs:\n",
        "  build:\n",
        "    steps:\n",
        "      - run: x\n",
        "      - checkout\n",
        "    docker:\n",
        "      - image: a\n",
        "workflows:\n",
        "  main:\n",
        "    jobs:\n",
        "      - build:\n",
        "          requires: [build]\n",
        "          matrix: {parameters: {a: [1, 2]}}\n",
        "    when: ",
        "<< pipeline.number >>",
        "<<# parameters.a >>",
        "<</ a >>",
        "\\<<",
        ">>",
        "&a ",
        "*a",
        "<<: *a\n",
        "commands:\n",
        "executors:\n",
        "parameters:\n",
        "orbs:\n",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "\n",
        "  ",
        "\t",
        "\"",
        "'",
        "|\n",
        "ä",
        "filters: ",
        "/(a/",
        "not ",
        "and: ",
        "equal: ",
        "type: steps\n",
        "type: ",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..60).prop_map(|words| words.concat())
}

fn answer(text: &str) {
    let source = Source::new("config.yml", text);
    let inputs = Inputs::branch("main");
    let compiled = compile(&source, &inputs, &Orbs::new());
    let processed = process(&source, &inputs, &Orbs::new());
    assert_eq!(compiled.is_ok(), processed.is_ok(), "{text}");
    if let Ok(once) = processed {
        let twice = process(&Source::new("config.yml", once.clone()), &inputs, &Orbs::new());
        assert_eq!(twice.as_deref(), Ok(once.as_str()), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in ".{0,200}") {
        answer(&text);
    }

    #[test]
    fn any_pieces_have_an_answer(text in pieces()) {
        answer(&text);
    }

    #[test]
    fn any_expression_has_an_answer(text in "[ -~ä]{0,60}|([a-z.]{1,8}|==|!=|not|and|or|\\(|\\)|\"a\"|12|matches|/a/|>){0,12}") {
        let _ = evaluate(&text, &Inputs::branch("main"));
    }

    #[test]
    fn any_step_text_comes_out_as_it_went_in(command in "[ -~\n\tä]{1,80}") {
        // In version 2, `<<` is text.
        let yaml = format!("version: 2\njobs:\n  build:\n    machine: true\n    steps:\n      - run: {}\n", quoted(&command));
        answer(&yaml);
        let compiled = crate::kit::good(&yaml);
        prop_assert_eq!(crate::kit::commands(&compiled, "build"), vec![command]);
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

#[test]
fn real_shapes_of_nonsense_have_an_answer() {
    for text in [
        "\u{feff}version: 2.1\n",
        "\0",
        "- - - -",
        "? a\n: b",
        "? [a]\n: b",
        "!!str a",
        "a: !b c",
        "%YAML 1.2\n---\na",
        "...",
        "---",
        "&a *a",
    ] {
        answer(text);
    }
}

/// What fuzzing begins with, found and grown: there is an answer to each, here too.
#[test]
fn seeds_of_the_fuzzing() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let mut count = 0;
    for target in ["yaml_load", "compile_with_orbs", "expression"] {
        for file in fs::read_dir(seeds.join(target)).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            answer(&text);
            let _ = evaluate(&text, &Inputs::branch("main"));
            count += 1;
        }
    }
    assert!(count > 50, "only {count} seeds");
}

/// A server compiles on threads whose stacks are small.
#[test]
fn deep_nesting_does_not_exhaust_a_small_stack() {
    use std::fmt::Write as _;
    let mut text = String::from("version: 2.1\njobs: {build: {machine: true, steps: [c0]}}\ncommands:\n");
    for command in 0..60 {
        let inner = if command == 59 { "run: x".to_owned() } else { format!("c{}: {{}}", command + 1) };
        let open = "{when: {condition: true, steps: [".repeat(25);
        let close = "]}}".repeat(25);
        let _ = writeln!(text, "  c{command}: {{steps: [{open}{{{inner}}}{close}]}}");
    }
    let mut arguments = String::from("version: 2.1\njobs: {build: {machine: true, steps: [c0: {s: []}]}}\ncommands:\n");
    let deep_condition = format!("{}true{}", "{not: ".repeat(20), "}".repeat(20));
    for command in 0..60 {
        let inner = if command == 59 {
            format!("when: {{condition: {deep_condition}, steps: [run: x]}}")
        } else {
            format!("c{}: {{s: []}}", command + 1)
        };
        let open = format!("{{c{}: {{s: [", (command + 1).min(59)).repeat(if command == 59 { 0 } else { 20 });
        let close = "]}}".repeat(if command == 59 { 0 } else { 20 });
        let _ = writeln!(
            arguments,
            "  c{command}: {{parameters: {{s: {{type: steps}}}}, steps: [{open}{{{inner}}}{close}]}}"
        );
    }
    // An executor's arguments that hold the executor that was given, deeper with every call.
    let mut executors =
        String::from("version: 2.1\njobs: {build: {machine: true, steps: [c0: {e: {name: a}}]}}\ncommands:\n");
    for command in 0..45 {
        let next =
            format!("c{}: {{e: {{name: a, x: {}<< parameters.e >>{}}}}}", command + 1, "[".repeat(80), "]".repeat(80));
        let inner = if command == 44 { "run: x".to_owned() } else { next };
        let _ = writeln!(executors, "  c{command}: {{parameters: {{e: {{type: executor}}}}, steps: [{{{inner}}}]}}");
    }
    let deep_logic = format!("{}true{}", "{and: [".repeat(100), "]}".repeat(100));
    let logic = format!(
        "version: 2.1\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows: {{w: {{when: {deep_logic}, jobs: [build]}}}}\n"
    );
    let deep_expression = format!("{}true{}", "(".repeat(99), ")".repeat(99));
    let run = move || {
        answer(&text);
        answer(&arguments);
        answer(&executors);
        answer(&logic);
        for (open, close) in [("(", ")"), ("(?=", ")"), ("(?:a|", ")*"), ("[a&&", "]"), ("(?<!a", ")")] {
            let pattern = format!("{}a{}", open.repeat(1500), close.repeat(1500));
            answer(&format!(
                "version: 2.1\njobs: {{build: {{machine: true, steps: [checkout]}}}}\nworkflows: {{w: {{jobs: [build: {{filters: {{branches: {{only: '/{pattern}/'}}}}}}]}}}}\n"
            ));
        }
        let _ = evaluate(&deep_expression, &Inputs::branch("main"));
        let _ = evaluate(&"not ".repeat(3000), &Inputs::branch("main"));
        answer(&format!("version: 2.1\nx: {}{}\n", "[".repeat(3000), "]".repeat(3000)));
        answer(&format!(
            "version: 2.1\njobs: {{build: {{machine: true, steps: [run: '{}']}}}}\n",
            "<<# a >>".repeat(3000)
        ));
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run).expect("a thread can be started");
    thread.join().expect("there is an answer to each");
}
