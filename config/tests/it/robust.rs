//! Whatever the text, there is an answer.

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
