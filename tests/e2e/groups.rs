//! Contexts that only some people may use: the forge says who is in which team.

use kit::app::TestApp;
use model::{
    job::{JobState, Outcome},
    project::Vcs,
    trigger::Actor,
};
use roundhouse::secret::Owner;
use secrecy::SecretString;
use store::{
    context::{self, Rule},
    job,
};

const CONFIG: &str = "version: 2.1
jobs:
  direct: {machine: true, steps: [run: 'true']}
  deploy: {machine: true, steps: [run: 'true']}
workflows:
  main:
    jobs:
      - direct: {context: locked}
      - hold: {type: approval}
      - deploy: {context: locked, requires: [hold]}
";

/// A context with one variable, for two teams.
async fn lock(app: &TestApp) {
    let (server, now) = (app.server(), app.server().clock().now());
    let mut tx = server.store().begin().await.unwrap();
    let context = context::create(&mut tx, Vcs::GitHub, "acme", "locked", now).await.unwrap();
    let value = SecretString::from("swordfish-42".to_owned());
    let sealed = server.vault().seal(Owner::Context(context.id, "TOKEN"), &value).unwrap();
    context::set_variable(&mut tx, context.id, "TOKEN", &sealed, now).await.unwrap();
    for group in ["deployers", "admins"] {
        context::restrict(&mut tx, context.id, &Rule::Group(group.to_owned()), now).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn approve(app: &TestApp, login: &str) {
    let by = Actor { id: Some(app.github().person_id(login)), login: login.to_owned() };
    let (hold, now) = (app.job("hold").await, app.server().clock().now());
    let mut tx = app.server().store().begin().await.unwrap();
    job::approve(&mut tx, hold.id, &by, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn end(app: &TestApp, name: &str) -> (JobState, String) {
    let job = app.job(name).await;
    (job.state, job.reason.unwrap_or_default())
}

#[tokio::test]
async fn whoever_made_the_job_run_has_to_be_in_a_group() {
    const UNAUTHORIZED: JobState = JobState::Ended(Outcome::Unauthorized);
    const SUCCESS: JobState = JobState::Ended(Outcome::Success);
    let mut app = TestApp::new().await;
    lock(&app).await;

    // Nobody is in a team: neither who pushed, nor who approved.
    app.push("main", CONFIG).await;
    app.settle().await;
    let (state, reason) = end(&app, "direct").await;
    assert_eq!(state, UNAUTHORIZED);
    assert_eq!(
        reason,
        "the job may not use the context `locked`: it is restricted to the groups `deployers`, `admins`, and ada, who made the \
         job run, is in none of them"
    );
    approve(&app, "grace").await;
    app.settle().await;
    let (state, reason) = end(&app, "deploy").await;
    assert!(state == UNAUTHORIZED && reason.contains(" and grace, who made the job run, is in none"), "{reason}");

    // Who approved counts for what comes after it, and who pushed for the rest.
    app.github().add_to_team("acme", "admins", "grace");
    app.push("main", &format!("{CONFIG}# again\n")).await;
    app.settle().await;
    assert_eq!(end(&app, "direct").await.0, UNAUTHORIZED);
    approve(&app, "grace").await;
    app.settle().await;
    assert_eq!(end(&app, "deploy").await, (SUCCESS, String::new()));
    app.github().add_to_team("acme", "deployers", "ada");
    app.push("main", &format!("{CONFIG}# once more\n")).await;
    app.settle().await;
    assert_eq!(end(&app, "direct").await, (SUCCESS, String::new()));
}
