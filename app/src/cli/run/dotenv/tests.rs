use super::parse;

#[test]
fn lines_become_variables() {
    let text = "\n# comment\nA=1\nexport B = two words \nC='it''s #'\nD=\"a\\nb \\\"c\\\" \\$x \\z\"\nE=\nF=a=b#c\n";
    let sections = parse(text).unwrap();
    let found: Vec<(&str, &str)> = sections[""].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected =
        [("A", "1"), ("B", "two words"), ("C", "it''s #"), ("D", "a\nb \"c\" $x \\z"), ("E", ""), ("F", "a=b#c")];
    assert_eq!(found, expected);
}

#[test]
fn sections_are_contexts() {
    let sections = parse("[deploy]\nTOKEN=x\n[empty]\n[deploy]\nOTHER=y\n").unwrap();
    assert_eq!(sections["deploy"].len(), 2);
    assert!(sections["empty"].is_empty());
}

#[test]
fn mistakes_are_told_without_the_value() {
    for (text, line) in
        [("A=1\nswordfish", 2), ("1A=swordfish", 1), ("A='swordfish", 1), ("A=\"swordfish\" x", 1), ("[ ]", 1)]
    {
        let (number, why) = parse(text).unwrap_err();
        assert_eq!(number, line, "{text}");
        assert!(!why.contains("swordfish"), "{why}");
    }
}
