//! What a runner is given.

use model::{
    job::{JobState, Outcome},
    plan::{AddSshKeys, BasicAuth, Container, Executor, ImageAuth, StepKind},
    protocol::{CheckoutSource, SshAccess},
};
use store::ssh_key::Use;

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

#[tokio::test]
async fn registries_get_values_and_the_job_does_not() {
    let kit = Kit::new().await;
    let auth = ImageAuth::Basic(BasicAuth { username: "ada".to_owned(), password: "$REGISTRY_PASSWORD".to_owned() });
    let image = Container { image: "private".to_owned(), auth: Some(auth), ..Container::default() };
    kit.queue(plan(vec![run()], Executor::Docker { containers: vec![image] }), false).await;
    let project = kit.project().await;
    kit.set_variable(&project, "REGISTRY_PASSWORD", "swordfish-42").await;
    kit.set_variable(&project, "SWITCH", "true").await;
    kit.set_variable(&project, "CIRCLE_JOB", "mine").await;
    let (_, assignment) = kit.claim().await.unwrap();
    let Executor::Docker { containers } = &assignment.plan.executor else { panic!("Docker") };
    let Some(ImageAuth::Basic(auth)) = &containers[0].auth else { panic!("{:?}", containers[0].auth) };
    assert_eq!(auth.password, "swordfish-42");
    assert!(assignment.secrets.contains(&"swordfish-42".to_owned()));
    assert!(!assignment.secrets.contains(&"true".to_owned()), "truth values are no secrets");
    assert_eq!(assignment.environment["CIRCLE_JOB"], "test", "what is built in wins");
}

#[tokio::test]
async fn keys_come_only_where_they_are_asked_for() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run()], docker()), false).await;
    let project = kit.project().await;
    kit.add_ssh_key(&project, Use::Additional { hostname: Some("example.com".to_owned()) }, "SHA256:a").await;
    kit.add_ssh_key(&project, Use::Checkout { address: None }, "SHA256:b").await;
    let (_, assignment) = kit.claim().await.unwrap();
    assert_eq!(assignment.ssh, SshAccess::default(), "no step of this job wants one");
    kit.queue(plan(vec![StepKind::AddSshKeys(AddSshKeys::default())], docker()), false).await;
    let (_, assignment) = kit.claim().await.unwrap();
    let [key] = assignment.ssh.keys.as_slice() else { panic!("{:?}", assignment.ssh) };
    assert_eq!((key.hostname.as_deref(), key.private_key.as_str()), (Some("example.com"), "the private key"));
    assert_eq!(assignment.ssh.checkout, None);
    assert!(assignment.secrets.contains(&"the private key".to_owned()));
}

#[tokio::test]
async fn a_checkout_key_needs_a_host_that_is_known() {
    let kit = Kit::new().await;
    let job = kit.queue(plan(vec![checkout()], docker()), true).await;
    let project = kit.project().await;
    kit.add_ssh_key(&project, Use::Checkout { address: Some("git@gitlab.com:acme/app.git".to_owned()) }, "SHA256:b")
        .await;
    // The forge cannot be asked here, and gitlab.com is never believed blindly.
    assert!(kit.claim().await.is_none());
    assert_eq!(kit.job(job).await.state, JobState::Ended(Outcome::InfrastructureFail));
    let kit = Kit::with_known_hosts("git.example.com ssh-ed25519 AAAA\n").await;
    kit.queue(plan(vec![checkout()], docker()), true).await;
    let project = kit.project().await;
    let address = "ssh://git@git.example.com:2222/acme/app.git".to_owned();
    kit.add_ssh_key(&project, Use::Checkout { address: Some(address.clone()) }, "SHA256:b").await;
    let (_, assignment) = kit.claim().await.unwrap();
    let ssh = assignment.ssh.checkout.unwrap();
    assert_eq!((ssh.known_hosts.as_str(), ssh.accept_new), ("git.example.com ssh-ed25519 AAAA\n", false));
    assert_eq!(assignment.environment["CIRCLE_REPOSITORY_URL"], address);
    let Some(CheckoutSource::Git { url, credentials, .. }) = assignment.checkout else { panic!("no code") };
    assert_eq!((url, credentials), (address, None));
}
