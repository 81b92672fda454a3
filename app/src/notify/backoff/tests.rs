use super::*;

#[test]
fn pauses_double_up_to_five_minutes_give_or_take_a_fifth() {
    for (tries, middle_ms) in [(0, 1_000), (1, 2_000), (5, 32_000), (9, 300_000), (400, 300_000)] {
        for key in 0..100 {
            let pause = u64::try_from(pause(key, tries, None).as_millis()).expect("it is short");
            assert!((middle_ms * 4 / 5..=middle_ms * 6 / 5).contains(&pause), "{tries}: {pause}");
        }
    }
}

#[test]
fn keys_do_not_come_at_once() {
    let mut all: Vec<Duration> = (0..100).map(|key| pause(key, 6, None)).collect();
    all.sort();
    all.dedup();
    assert!(all.len() > 90);
}

#[test]
fn what_a_forge_asks_for_counts_where_it_is_longer() {
    assert_eq!(pause("a", 0, Some(Duration::from_secs(60))), Duration::from_secs(60));
    assert!(pause("a", 9, Some(Duration::from_secs(1))) > Duration::from_secs(200));
}
