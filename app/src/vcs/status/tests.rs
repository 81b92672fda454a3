use super::*;

#[test]
fn a_short_description_stays() {
    assert_eq!(cut("Passed in 3 s", 140), "Passed in 3 s");
    assert_eq!(cut(&"x".repeat(140), 140), "x".repeat(140));
}

#[test]
fn a_long_description_is_cut_at_a_word() {
    assert_eq!(cut("the quick brown fox jumps", 17), "the quick brown…");
    assert_eq!(cut(&"x".repeat(141), 140), format!("{}…", "x".repeat(139)));
    assert_eq!(cut(&"ä".repeat(200), 140).chars().count(), 140);
}

#[test]
fn a_description_is_one_line() {
    assert_eq!(cut("one\n  two\tthree", 140), "one two three");
}
