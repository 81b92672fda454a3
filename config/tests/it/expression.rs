//! The expression language, as a table.

use config::{ExpressionErrorKind, Inputs, Value, evaluate};

fn inputs() -> Inputs {
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(42));
    inputs.values.insert("pipeline.trigger_source".to_owned(), "webhook".into());
    inputs.values.insert("foo".to_owned(), Value::Undefined);
    inputs.parameters.insert("deploy".to_owned(), Value::Bool(true));
    inputs.parameters.insert("empty".to_owned(), "".into());
    inputs.parameters.insert("with-hyphen_and.dot".to_owned(), "yes".into());
    inputs
}

#[test]
fn values() {
    let yes = Value::Bool(true);
    let no = Value::Bool(false);
    let table: Vec<(&str, Value)> = vec![
        ("true", yes.clone()),
        ("12", Value::Int(12)),
        ("-12", Value::Int(-12)),
        ("9223372036854775807", Value::Int(i64::MAX)),
        ("-9223372036854775808", Value::Int(i64::MIN)),
        (r#""a \"b\" \\ c""#, r#"a "b" \ c"#.into()),
        ("pipeline.number", Value::Int(42)),
        (r#"pipeline.git.branch == "main""#, yes.clone()),
        (r#"pipeline.git.branch=="main""#, yes.clone()),
        (r#"pipeline.git.branch != "main""#, no.clone()),
        ("pipeline.number == \"42\"", no.clone()),
        ("pipeline.number != \"42\"", yes.clone()),
        ("pipeline.number >= 42 and pipeline.number <= 42", yes.clone()),
        ("pipeline.number > 42 or pipeline.number < 42", no.clone()),
        (r#"pipeline.git.branch starts-with "ma""#, yes.clone()),
        (r#"pipeline.git.branch contains "ai""#, yes.clone()),
        ("pipeline.git.branch matches /ma.*/", yes.clone()),
        ("pipeline.git.branch matches /ma/", no.clone()),
        (r"pipeline.git.branch matches /^(?!release\/).*$/", yes.clone()),
        // `and` and `or` give one of their operands.
        (r#"pipeline.git.branch == "main" and 10 or 1"#, Value::Int(10)),
        (r#"pipeline.git.branch == "dev" and 10 or 1"#, Value::Int(1)),
        (r#"pipeline.git.tag or "unknown""#, "unknown".into()),
        (r#""" or 0"#, Value::Int(0)),
        ("0 and 1", Value::Int(0)),
        ("true AND false OR true", yes.clone()),
        // The right operand of a decided one is not looked at.
        (r#"true or (1 > "a")"#, yes.clone()),
        (r#"false and (1 > "a")"#, no.clone()),
        // `not` binds tightly.
        ("not true and false", no.clone()),
        ("not (true and false)", yes.clone()),
        ("!true or true", yes.clone()),
        ("not not 5", yes.clone()),
        // A known name without a value.
        ("foo", Value::Undefined),
        ("foo or 12", Value::Int(12)),
        ("foo and 12", Value::Undefined),
        ("foo == foo", Value::Undefined),
        (r#"foo != "a""#, Value::Undefined),
        (r#"foo starts-with "a""#, Value::Undefined),
        ("foo > 3", Value::Undefined),
        ("foo matches /a/", Value::Undefined),
        ("not foo", yes.clone()),
        ("pipeline.git.tag", Value::Undefined),
        ("pipeline.event.github.whatever.it.sends", Value::Undefined),
        ("pipeline.parameters.deploy", yes.clone()),
        ("pipeline.parameters.empty", "".into()),
        ("pipeline.parameters.with-hyphen_and.dot", "yes".into()),
        ("  ( ( 1 ) )\n", Value::Int(1)),
        // From the left.
        ("1 == 1 == true", yes),
        ("1 < 2 == true", Value::Bool(true)),
        ("true or false and false", Value::Bool(true)),
        ("1 == 2", no),
    ];
    for (text, expected) in table {
        assert_eq!(evaluate(text, &inputs()), Ok(expected), "{text}");
    }
}

#[test]
fn mistakes_name_kind_word_and_place() {
    use ExpressionErrorKind::{Pattern, Syntax, Type, UnknownName};
    let long = format!("pipeline.git.branch matches /{}/", "a".repeat(257));
    let deep = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    let table: Vec<(&str, ExpressionErrorKind, &str, usize)> = vec![
        ("", Syntax, "", 0),
        ("1 +", Syntax, "+", 2),
        ("1 2", Syntax, "2", 2),
        ("(1", Syntax, "", 2),
        ("1)", Syntax, ")", 1),
        ("1 and", Syntax, "", 5),
        ("== 1", Syntax, "==", 0),
        ("1 = 1", Syntax, "=", 2),
        ("1 && 2", Syntax, "&", 2),
        ("\"open", Syntax, "\"open", 0),
        ("'single'", Syntax, "'", 0),
        ("9223372036854775808", Syntax, "9223372036854775808", 0),
        ("1.5", Syntax, "1.5", 0),
        ("pipeline.git.branch matches \"a\"", Syntax, "\"a\"", 28),
        ("pipeline.git.branch matches /a", Syntax, "/a", 28),
        ("pipeline.git.branch matches /ä/", Syntax, "/ä/", 28),
        (&long, Syntax, &long[28..], 28),
        ("pipeline.git.brunch", UnknownName, "pipeline.git.brunch", 0),
        ("true and nobody", UnknownName, "nobody", 9),
        ("pipeline.parameters.nobody", UnknownName, "pipeline.parameters.nobody", 0),
        ("pipeline.git.branch > 3", Type, "pipeline.git.branch", 0),
        ("3 > pipeline.git.branch", Type, "pipeline.git.branch", 4),
        ("pipeline.number starts-with \"4\"", Type, "pipeline.number", 0),
        ("\"4\" contains 4", Type, "4", 13),
        ("pipeline.number matches /4/", Type, "pipeline.number", 0),
        ("pipeline.git.branch matches /(/", Pattern, "pipeline.git.branch matches /(/", 0),
    ];
    for (text, kind, token, start) in table {
        let error = evaluate(text, &inputs()).expect_err(text);
        assert_eq!((error.kind, error.token.as_str(), error.start), (kind, token, start), "{text}: {error}");
    }
    assert_eq!(evaluate(&deep, &inputs()).expect_err("too deep").kind, Syntax);
    let error = evaluate("pipeline.git.brunch == 1", &inputs()).expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "unknown name at character 1 (pipeline.git.brunch): there is no value `pipeline.git.brunch`"
    );
    assert_eq!(error.help.as_deref(), Some("did you mean `pipeline.git.branch`?"));
}
