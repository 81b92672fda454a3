//! The tests of a job: failures first, the rest by how long it took.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use model::job::{JobState, Outcome};
use store::test_result::{self, TestOutcome, TestResult};

use super::{
    WebState,
    artifacts::{Title, title},
    error::PageError,
    job::Loaded,
    keeps::{Tab, Tabs},
    part::Mark,
};
use crate::http::{
    format,
    page::{Area, Frame, render},
    viewer::Viewer,
};

/// Failures that are shown.
const FAILURES: u32 = 500;

/// Other tests that are shown.
const OTHERS: u32 = 500;

/// Failures that are open from the start.
const OPEN: usize = 20;

#[derive(Template)]
#[template(path = "job-tests.html")]
struct TestsPage {
    frame: Frame,
    title: Title,
    tabs: Tabs,
    total: u64,
    summary: String,
    groups: Vec<Group>,
}

struct Group {
    title: &'static str,
    tests: Vec<TestView>,
    rest: Option<String>,
}

struct TestView {
    mark: Mark,
    name: String,
    place: String,
    run: Option<u32>,
    took: String,
    message: Vec<String>,
    open: bool,
}

/// `GET …/jobs/{n}/tests`.
pub async fn page(state: &WebState, loaded: &Loaded, viewer: Viewer) -> Result<Response, PageError> {
    let (db, job) = (state.store.read(), &loaded.job);
    let counts = test_result::count(db, job.id).await?;
    let failed = test_result::list_failed(db, job.id, FAILURES).await?;
    let others = test_result::list_slowest(db, job.id, OTHERS).await?;
    let title = title(loaded, "tests");
    let tabs = Tabs::load(state, loaded, title.href.clone(), Tab::Tests).await?;
    let parallel = loaded.tasks.len() > 1;
    let view = |(at, test)| view(test, parallel, at);
    let groups = [
        ("Failed", failed, counts.failed),
        ("Passed and skipped, slowest first", others, counts.success + counts.skipped),
    ];
    let groups = groups.into_iter().filter(|(_, tests, _)| !tests.is_empty()).map(|(title, tests, all)| Group {
        title,
        rest: (all > tests.len() as u64).then(|| format!("{} of {} shown", tests.len(), format::count(all))),
        tests: tests.into_iter().enumerate().map(view).collect(),
    });
    let mut parts = Vec::new();
    for (count, word) in [(counts.failed, "failed"), (counts.success, "passed"), (counts.skipped, "skipped")] {
        if count > 0 {
            parts.push(format!("{} {word}", format::count(count)));
        }
    }
    let page = TestsPage {
        frame: Frame::new(format!("Tests of {} · {}", job.name, loaded.pipeline.slug.repo), Area::Pipelines, viewer),
        title,
        tabs,
        total: counts.total(),
        summary: parts.join(", "),
        groups: groups.collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn view(test: TestResult, parallel: bool, at: usize) -> TestView {
    let TestResult { node_index, case } = test;
    let (outcome, failed) = match case.result {
        TestOutcome::Success => (Outcome::Success, false),
        TestOutcome::Failure | TestOutcome::Error => (Outcome::Failed, true),
        TestOutcome::Skipped => (Outcome::NotRun, false),
    };
    TestView {
        mark: Mark::of_job(JobState::Ended(outcome)),
        name: case.name,
        place: case.file.unwrap_or(case.classname),
        run: parallel.then_some(node_index),
        took: if case.result == TestOutcome::Skipped { String::new() } else { seconds(case.duration_us) },
        message: case.message.lines().map(str::to_owned).collect(),
        open: failed && at < OPEN,
    }
}

/// `0.39s`.
fn seconds(micros: u64) -> String {
    format!("{}.{:02}s", micros / 1_000_000, micros % 1_000_000 / 10_000)
}
