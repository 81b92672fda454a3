use super::*;

#[test]
fn marks_near_the_start_count() {
    assert_eq!(
        skipped(&Commit::new("Fix docs [skip ci]", "")).as_deref(),
        Some("the subject of the commit message says [skip ci]")
    );
    assert_eq!(
        skipped(&Commit::new("Fix docs\n\nreally\n[ci skip]", "")).as_deref(),
        Some("the body of the commit message says [ci skip]")
    );
}

#[test]
fn marks_far_from_the_start_do_not_count() {
    assert_eq!(skipped(&Commit::new(&format!("{}[skip ci]", "ä".repeat(250)), "")), None);
    assert_eq!(skipped(&Commit::new("plain\n\nand simple", "")), None);
}
