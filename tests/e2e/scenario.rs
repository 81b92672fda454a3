//! Scenario files: a configuration in, a timeline out; and the same again with a server that is dropped all the time.

use std::path::{Path, PathBuf};

use kit::{Scenario, TestApp};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[tokio::test]
async fn every_scenario_has_its_timeline() {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(directory());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for scenario in Scenario::all(&directory()) {
        let mut app = TestApp::new().await;
        let timeline = scenario.play(&mut app).await;
        settings.set_description(scenario.config.lines().next().unwrap_or_default().trim_start_matches("# "));
        settings.bind(|| insta::assert_snapshot!(scenario.name.as_str(), timeline));
    }
}

#[tokio::test]
async fn a_server_that_is_dropped_after_every_step_does_the_same() {
    for scenario in Scenario::all(&directory()) {
        let expected = scenario.play(&mut TestApp::new().await).await;
        let restarted = scenario.play(&mut TestApp::new().await.restarting()).await;
        assert_eq!(restarted, expected, "{}", scenario.name);
    }
}

/// The scenarios are shared out among so many tests: being cut off everywhere takes its time.
const SHARES: usize = 3;

async fn cut_off_anywhere(share: usize) {
    for scenario in Scenario::all(&directory()).iter().skip(share).step_by(SHARES) {
        let expected = scenario.play(&mut TestApp::new().await).await;
        let mut app = TestApp::new().await.cutting();
        let told = scenario.play(&mut app).await;
        assert_eq!(what_counts_of(&told), what_counts_of(&expected), "{}: after {} cuts", scenario.name, app.cuts());
        assert!(app.cuts() > 20, "{}: only {} cuts were made, this tests nothing", scenario.name, app.cuts());
    }
}

#[tokio::test]
async fn a_step_that_is_cut_off_anywhere_is_done_again() {
    cut_off_anywhere(0).await;
}

#[tokio::test]
async fn a_step_that_is_cut_off_anywhere_is_done_again_in_the_second_third() {
    cut_off_anywhere(1).await;
}

#[tokio::test]
async fn a_step_that_is_cut_off_anywhere_is_done_again_in_the_last_third() {
    cut_off_anywhere(2).await;
}

/// What stays the same however often somebody was cut off: not how long jobs took, which depends on how often the clock was
/// turned, and not the order of GitHub's list, where a status that was cut off comes after those that were not.
fn what_counts_of(text: &str) -> String {
    let (timeline, shown) = text.split_once("GitHub shows:").expect("a story ends with what GitHub shows");
    let mut shown: Vec<&str> = shown.lines().map(|line| line.split(" (Succeeded in").next().unwrap_or(line)).collect();
    shown.sort_unstable();
    format!("{timeline}GitHub shows:{}", shown.join("\n"))
}
