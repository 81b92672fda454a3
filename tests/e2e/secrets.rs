//! Secrets of jobs: from the row to the assignment, and to the masked log.

use kit::{app::TestApp, real::RealServer};
use model::{
    job::{JobState, Outcome},
    project::{ProjectSlug, Vcs},
    protocol::Assignment,
    zone::Zone,
};
use roundhouse::{
    clock::Clock,
    secret::{Owner, Vault},
};
use secrecy::SecretString;
use store::{
    Store,
    context::{self, Rule},
    job, pipeline,
    project::{self, Project},
    project_variable, workflow,
};

const CONFIG: &str = "version: 2.1
jobs:
  deploy:
    machine: true
    environment: {LEVEL: of the job}
    steps:
      - run: {name: look, command: 'echo \"token $TOKEN level $LEVEL of $PROJECT_LEVEL\"; printf %s \"$TOKEN\" | base64'}
workflows:
  main:
    jobs:
      - deploy: {context: [first, second]}
";

fn value(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

/// The project, with variables of its own and two contexts.
async fn fill(store: &Store, vault: &Vault) -> Project {
    let slug = ProjectSlug { vcs: Vcs::GitHub, org: "acme".to_owned(), repo: "api".to_owned() };
    let project = project::find_by_slug(store.read(), &slug).await.unwrap().expect("it was pushed to");
    let now = Clock::System.now();
    let mut tx = store.begin().await.unwrap();
    for (name, text) in [("TOKEN", "weak-token-1"), ("PROJECT_LEVEL", "project-level"), ("LEVEL", "project")] {
        let sealed = vault.seal(Owner::Project(project.id, name), &value(text)).unwrap();
        project_variable::set(&mut tx, project.id, name, &sealed, now).await.unwrap();
    }
    for (name, token) in [("first", "of the first context"), ("second", "swordfish-42")] {
        let context = context::create(&mut tx, Vcs::GitHub, "acme", name, now).await.unwrap();
        let sealed = vault.seal(Owner::Context(context.id, "TOKEN"), &value(token)).unwrap();
        context::set_variable(&mut tx, context.id, "TOKEN", &sealed, now).await.unwrap();
    }
    tx.commit().await.unwrap();
    project
}

/// The states and the reasons of all `deploy` jobs of a project, the newest first.
async fn ends(store: &Store, project: &Project) -> Vec<(JobState, Option<String>)> {
    let filter = pipeline::PipelineFilter { of: pipeline::OfProjects::One(project.id), ..Default::default() };
    let mut ends = Vec::new();
    for pipeline in pipeline::list(store.read(), &filter, 10).await.unwrap() {
        for workflow in workflow::list_by_pipeline(store.read(), pipeline.id).await.unwrap() {
            let job = job::find_by_name(store.read(), workflow.id, "deploy").await.unwrap().unwrap();
            ends.push((job.state, job.reason));
        }
    }
    ends
}

fn variable<'a>(assignment: &'a Assignment, name: &str) -> Option<&'a str> {
    assignment.environment.get(name).map(String::as_str)
}

#[tokio::test]
async fn a_job_gets_what_its_project_and_its_contexts_have() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let store = app.server().store().clone();
    let project = fill(&store, app.server().vault()).await;
    app.push("main", &format!("{CONFIG}# again\n")).await;
    app.settle().await;
    let assignment = app.runner().assignments().last().unwrap().clone();
    assert_eq!(variable(&assignment, "TOKEN"), Some("swordfish-42"), "the last context wins");
    assert_eq!(variable(&assignment, "PROJECT_LEVEL"), Some("project-level"));
    assert_eq!(variable(&assignment, "CI"), Some("true"));
    for masked in ["swordfish-42", "of the first context", "project-level", "weak-token-1"] {
        assert!(assignment.secrets.iter().any(|secret| secret == masked), "{masked}");
    }
    for name in ["CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2"] {
        let token = variable(&assignment, name).unwrap();
        assert!(assignment.secrets.iter().any(|secret| secret == token), "{name}");
    }
    assert_eq!(assignment.notes, Vec::<String>::new());
    let (state, reason) = ends(&store, &project).await.remove(1);
    assert_eq!(state, JobState::Ended(Outcome::Unauthorized));
    assert_eq!(
        reason.as_deref(),
        Some(
            "the context `first` does not exist in the organization `acme`: make it with `roundhouse admin context create \
             gh/acme first`, or take it out of the job"
        )
    );

    // Restrictions: another project's, then an expression.
    let other = {
        let mut tx = store.begin().await.unwrap();
        let new = project::NewProject { forge_id: 987_654, ..rows::project("gh/acme/other") };
        let other = project::upsert(&mut tx, &new, Clock::System.now()).await.unwrap();
        tx.commit().await.unwrap();
        other
    };
    let second = context::find(store.read(), Vcs::GitHub, "ACME", "second").await.unwrap().unwrap();
    let expected = [
        (
            Rule::Project(other.id),
            "the job may not use the context `second`: it is restricted to other projects than gh/acme/api",
        ),
        (
            Rule::Expression("pipeline.git.branch == \"release\"".to_owned()),
            "the job may not use the context `second`: its restriction `pipeline.git.branch == \"release\"` is not met",
        ),
    ];
    for (rule, expected) in expected {
        let mut tx = store.begin().await.unwrap();
        let restriction = context::restrict(&mut tx, second.id, &rule, Clock::System.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.push("main", &format!("{CONFIG}# {expected}\n")).await;
        app.settle().await;
        let (state, reason) = ends(&store, &project).await.remove(0);
        assert_eq!((state, reason.as_deref()), (JobState::Ended(Outcome::Unauthorized), Some(expected)));
        let mut tx = store.begin().await.unwrap();
        assert!(context::lift(&mut tx, second.id, restriction).await.unwrap());
        tx.commit().await.unwrap();
    }

    // A value that was moved into another row does not open, and says so.
    let moved = context::list_variables(store.read(), second.id).await.unwrap().remove(0).sealed;
    let mut tx = store.begin().await.unwrap();
    project_variable::set(&mut tx, project.id, "MOVED", &moved, Clock::System.now()).await.unwrap();
    tx.commit().await.unwrap();
    app.push("main", &format!("{CONFIG}# moved\n")).await;
    app.settle().await;
    let (state, reason) = ends(&store, &project).await.remove(0);
    assert_eq!(state, JobState::Ended(Outcome::InfrastructureFail));
    assert!(reason.unwrap().contains("was copied from another"));
    // Its status may have to wait for its turn.
    app.advance_s(300).await;
}

#[tokio::test]
async fn a_fork_gets_nothing() {
    let mut app = TestApp::new().await;
    app.push("main", CONFIG).await;
    app.settle().await;
    let project = fill(app.server().store(), app.server().vault()).await;
    let store = app.server().store().clone();
    // As a pull request of a fork makes it: the same repository's row, in another zone.
    let before = pipeline::list(store.read(), &pipeline::PipelineFilter::default(), 1).await.unwrap().remove(0);
    let now = before.created_at;
    let new = pipeline::NewPipeline {
        project_id: project.id,
        trigger: before.trigger,
        git_ref: model::project::GitRef::Branch("pull/7".to_owned()),
        sha: before.sha.clone(),
        subject: "Take the secrets".to_owned(),
        body: String::new(),
        actor: before.actor.clone(),
        author: None,
        parameters: serde_json::json!({}),
        values: serde_json::json!({
            "pipeline.event.context.github.pr_url": "https://github.com/acme/api/pull/7",
            "pipeline.event.github.pull_request.user.login": "mallory",
            "pipeline.event.github.pull_request.head.repo.full_name": "mallory/api-fork"
        }),
        delivery_id: None,
        zone: Zone::Fork { repository: Some(99) },
    };
    let mut tx = store.begin().await.unwrap();
    let fork = pipeline::create(&mut tx, &new, now).await.unwrap();
    pipeline::set_config_source(&mut tx, fork.id, CONFIG).await.unwrap();
    tx.commit().await.unwrap();
    app.settle().await;
    let assignment = app.runner().assignments().last().unwrap().clone();
    assert_eq!(variable(&assignment, "CIRCLE_BRANCH"), Some("pull/7"));
    for name in ["TOKEN", "PROJECT_LEVEL", "CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2"] {
        assert_eq!(variable(&assignment, name), None, "{name}");
    }
    let text = serde_json::to_string(&assignment).unwrap();
    for secret in ["swordfish", "weak-token", "project-level"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(assignment.notes[0].contains("code of a fork"), "{:?}", assignment.notes);
    assert_eq!(variable(&assignment, "CIRCLE_PR_NUMBER"), Some("7"));
    assert_eq!(variable(&assignment, "CIRCLE_PR_USERNAME"), Some("mallory"));
    assert_eq!(variable(&assignment, "CIRCLE_PR_REPONAME"), Some("api-fork"));
    assert_eq!(variable(&assignment, "CIRCLE_PULL_REQUEST"), Some("https://github.com/acme/api/pull/7"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_masked() {
    let server = RealServer::start().await;
    server.push_config(CONFIG).await;
    server.pipeline().await;
    fill(server.app().store(), server.app().vault()).await;
    let runner = server.runner().await.with("ROUNDHOUSE_RUNNER_MACHINE", "on").start();
    let job = server.ended_job("deploy").await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{}", job.reason, runner.log());
    let log = String::from_utf8(server.log(&job, "look").await).unwrap();
    // The job's own environment wins over the project's, and is no secret.
    assert_eq!(log, "token **** level of the job of ****\n****\n");
}
