//! Images of a registry that asks for a password.

use model::{
    job::Outcome,
    plan::{Container, ImageAuth},
};

use crate::kit::{Job, Registry, ask, docker, robot};

fn container(image: &str, auth: Option<ImageAuth>) -> Vec<Container> {
    vec![Container { image: image.to_owned(), auth, ..Container::default() }]
}

#[tokio::test]
async fn a_private_image_is_pulled_with_the_credentials_of_the_configuration() {
    let runner = docker();
    let mut registry = Registry::start();
    let image = registry.push("private:1", "LABEL a=b");
    let refused =
        |auth: Option<ImageAuth>| runner.run(Job::containers("build", container(&image, auth)).step("Never", "true"));

    let record = refused(None).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    let reason = reason.unwrap();
    assert!(reason.contains(&format!("gives no access to image `{image}`")), "{reason}");
    assert!(reason.ends_with("A private image needs `auth` in the configuration"), "{reason}");

    let record = refused(robot("wrong password")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("with the credentials of the configuration"), "{reason:?}");

    let record = refused(robot("$REGISTRY_PASSWORD")).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains("the variable `$REGISTRY_PASSWORD`, which neither"), "{reason:?}");

    let look =
        "env | grep -c 'sword[f]ish' || true; grep -rl 'sword[f]ish' /.roundhouse /tmp /root /etc || echo nowhere";
    let job = Job::containers("build", container(&image, robot("swordfish"))).step("Look", look);
    let record = runner.run(job).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)), "{}", record.log(0));
    assert_eq!(record.log(1), "0\nnowhere\n");
    assert!(record.log(0).contains(&format!("Pulling image {image} …")), "{}", record.log(0));

    // It is there now: a version is not asked for again, and the registry may be away.
    registry.stop();
    let job = Job::containers("build", container(&image, robot("swordfish"))).step("Work", "true");
    let record = runner.run(job).await;
    assert_eq!(record.end(), Some((Outcome::Success, None)), "{}", record.log(0));
    assert!(!record.log(0).contains("Pulling"), "{}", record.log(0));
}

#[tokio::test]
async fn a_tag_that_floats_is_compared_with_the_registrys() {
    let runner = docker();
    let mut registry = Registry::start();
    let image = registry.push("app:latest", "ENV WHICH=first");
    let job = || Job::containers("build", container(&image, robot("swordfish"))).step("Which", "echo $WHICH");
    assert_eq!(runner.run(job()).await.log(1), "first\n");
    let again = runner.run(job()).await;
    assert_eq!(again.log(1), "first\n");
    assert!(!again.log(0).contains("Pulling"), "{}", again.log(0));
    // `push` takes it away from the host: what the host has must stay old for this.
    ask(&["tag", &image, "roundhouse-test/kept:1"]);
    registry.push("app:latest", "ENV WHICH=second");
    ask(&["tag", "roundhouse-test/kept:1", &image]);
    let newer = runner.run(job()).await;
    assert_eq!(newer.log(1), "second\n", "{}", newer.log(0));
    registry.stop();
    let away = runner.run(job()).await;
    ask(&["rmi", "roundhouse-test/kept:1"]);
    assert_eq!(away.log(1), "second\n", "{}", away.log(0));
    assert!(away.log(0).contains("is used as this host has it, because it could not be refreshed"), "{}", away.log(0));
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_not_there() {
    let runner = docker();
    let mut registry = Registry::start();
    let image = registry.push("app:1", "LABEL a=b");
    let absent = image.replace("app:1", "app:2");
    let job = Job::containers("build", container(&absent, robot("swordfish"))).step("Never", "true");
    let record = runner.run(job).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::Failed);
    assert!(reason.unwrap().contains(&format!("image `{absent}` does not exist at 127.0.0.1:")), "{reason:?}");

    registry.stop();
    let job = Job::containers("build", container(&absent, robot("swordfish"))).step("Never", "true");
    let record = runner.run(job).await;
    let (outcome, reason) = record.end().unwrap();
    assert_eq!(outcome, Outcome::InfrastructureFail);
    assert!(reason.unwrap().contains("is not on this runner's host, and its registry (127.0.0.1:"), "{reason:?}");
}

#[tokio::test]
async fn an_image_is_found_by_its_digest() {
    let runner = docker();
    let registry = Registry::start();
    let image = registry.push("app:1", "ENV WHICH=digest");
    let job = Job::containers("build", container(&image, robot("swordfish"))).step("Which", "echo $WHICH");
    assert_eq!(runner.run(job).await.log(1), "digest\n");
    let digest = ask(&["inspect", "--format", "{{index .RepoDigests 0}}", &image]);
    ask(&["rmi", "--force", &image]);
    let job = Job::containers("build", container(&digest, robot("swordfish"))).step("Which", "echo $WHICH");
    let record = runner.run(job).await;
    assert_eq!(record.log(1), "digest\n", "{}", record.log(0));
    ask(&["rmi", "--force", &digest]);
}
