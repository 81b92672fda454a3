//! What a runner is given.

use model::{
    job::{JobState, Outcome},
    protocol::CheckoutSource,
};

use super::kit::{Kit, checkout, docker, plan, run};
#[tokio::test]
async fn the_variables_of_the_reference_are_there() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run()], docker()), false).await;
    let (task, assignment) = kit.claim().await.unwrap();
    let job = kit.job(task.job_id).await;
    let expected = [
        ("CI", "true"),
        ("CIRCLECI", "true"),
        ("CIRCLE_BRANCH", "main"),
        ("CIRCLE_BUILD_NUM", "1"),
        ("CIRCLE_JOB", "test"),
        ("CIRCLE_NODE_INDEX", "0"),
        ("CIRCLE_NODE_TOTAL", "1"),
        ("CIRCLE_PROJECT_REPONAME", "app"),
        ("CIRCLE_PROJECT_USERNAME", "acme"),
        ("CIRCLE_REPOSITORY_URL", "https://github.com/acme/app.git"),
        ("CIRCLE_SHA1", &"a".repeat(40)),
        ("CIRCLE_USERNAME", "ada"),
        ("CIRCLE_WORKFLOW_ID", &job.workflow_id.to_string()),
        ("CIRCLE_WORKFLOW_JOB_ID", &job.id.to_string()),
        ("CIRCLE_PIPELINE_ID", &job.pipeline_id.to_string()),
        ("CIRCLE_WORKING_DIRECTORY", "~/project"),
        ("ROUNDHOUSE", "true"),
        (
            "CIRCLE_BUILD_URL",
            &format!("http://ci.example/pipelines/github/acme/app/1/workflows/{}/jobs/1", job.workflow_id),
        ),
    ];
    for (name, value) in expected {
        assert_eq!(assignment.environment.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!assignment.environment.contains_key("CIRCLE_TAG"));
    assert_eq!(assignment.checkout, None, "nothing is asked of the forge for a job that needs no code");
}

#[tokio::test]
async fn public_code_needs_no_credentials() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![checkout()], docker()), false).await;
    let (_, assignment) = kit.claim().await.unwrap();
    let Some(CheckoutSource::Git { url, credentials, .. }) = assignment.checkout else { panic!("no code") };
    assert_eq!((url.as_str(), credentials), ("https://github.com/acme/app.git", None));
}

#[tokio::test]
async fn private_code_without_a_way_to_it_ends_the_job_with_the_reason() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![checkout()], docker()), true).await;
    assert!(kit.claim().await.is_none());
    let job = kit.job(job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::InfrastructureFail));
    assert!(job.reason.unwrap().starts_with("the code of acme/app cannot be fetched: "));
}
