use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use model::{job::Outcome, plan::JobPlan, protocol::Assignment, zone::Zone};
use serde_json::{Value, json};
use store::{context, task};

use super::TokenOrder;
use crate::dispatch::{
    DispatchError,
    tests::kit::{Kit, docker, plan, run},
};

/// Of the kit's clock, in seconds.
const NOW: i64 = 1_700_000_000;

async fn claims(kit: &Kit, token: &str) -> Value {
    let keys = kit.oidc_keys.published().await.unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
}

fn with_context(name: &str) -> JobPlan {
    JobPlan { contexts: vec![name.to_owned()], ..plan(vec![run()], docker()) }
}

fn token<'a>(assignment: &'a Assignment, name: &str) -> &'a str {
    &assignment.environment[name]
}

#[tokio::test]
async fn the_claims_are_those_of_the_documentation() {
    let kit = Kit::new().await;
    let mut tx = kit.store.begin().await.unwrap();
    let context = context::create(&mut tx, model::project::Vcs::GitHub, "acme", "aws", kit.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    kit.queue(with_context("aws"), false).await;
    let (task, assignment) = kit.claim().await.unwrap();
    let (project, job) = (kit.project().await, kit.job(task.job_id).await);
    let organization = token(&assignment, "CIRCLE_ORGANIZATION_ID");
    let user = "01000000-0000-8000-8000-000000000001";
    let first = claims(&kit, token(&assignment, "CIRCLE_OIDC_TOKEN")).await;
    let expected = json!({
        "iss": format!("http://ci.example/oidc/org/{organization}"),
        "sub": format!("org/{organization}/project/{}/user/{user}", project.id),
        "aud": organization,
        "iat": NOW,
        "exp": NOW + 3600,
        "oidc.circleci.com/context-ids": [context.id],
        "oidc.circleci.com/job-id": job.id,
        "oidc.circleci.com/org-id": organization,
        "oidc.circleci.com/pipeline-id": job.pipeline_id,
        "oidc.circleci.com/project-id": project.id,
        "oidc.circleci.com/ssh-rerun": false,
        "oidc.circleci.com/vcs-origin": "github.com/acme/app",
        "oidc.circleci.com/vcs-ref": "refs/heads/main",
        "oidc.circleci.com/workflow-id": job.workflow_id,
    });
    assert_eq!(first, expected);
    let second = claims(&kit, token(&assignment, "CIRCLE_OIDC_TOKEN_V2")).await;
    let sub = format!(
        "org/{organization}/project/{}/user/{user}/vcs-origin/github.com/acme/app/vcs-ref/refs/heads/main",
        project.id
    );
    assert_eq!(second["sub"], sub);
    for name in ["CIRCLE_OIDC_TOKEN", "CIRCLE_OIDC_TOKEN_V2"] {
        assert!(assignment.secrets.iter().any(|secret| secret == token(&assignment, name)), "{name} is masked");
    }

    // The runner that takes the task up again, later and after a rotation, masks the very same tokens.
    kit.oidc_keys.rotate(crate::secret::Takeover::Announced).await.unwrap();
    kit.clock.advance_millis(3 * 3_600_000);
    let again = kit.dispatch.assignment(&kit.task(&task).await, assignment.token.clone()).await.unwrap();
    assert_eq!(again.secrets, assignment.secrets);
}

#[tokio::test]
async fn a_job_asks_for_an_audience_of_its_own() {
    let kit = Kit::new().await;
    kit.queue(plan(vec![run()], docker()), false).await;
    let (task, _) = kit.claim().await.unwrap();
    kit.clock.advance_millis(2_000_000);
    let order = TokenOrder { audience: vec!["sts.amazonaws.com".to_owned()], root_issuer: true };
    let token = kit.dispatch.issue_token(&task, &order).await.unwrap().token;
    let own = claims(&kit, &token).await;
    assert_eq!(
        (&own["aud"], &own["iss"], &own["iat"], &own["exp"]),
        (&json!("sts.amazonaws.com"), &json!("http://ci.example/oidc"), &json!(NOW + 2000), &json!(NOW + 5600))
    );
    let order = TokenOrder { audience: vec!["a".to_owned(), "b".to_owned()], root_issuer: false };
    let token = kit.dispatch.issue_token(&task, &order).await.unwrap().token;
    assert_eq!(claims(&kit, &token).await["aud"], json!(["a", "b"]));
    for audience in [vec![String::new()], vec!["x".repeat(2000)], vec!["x".to_owned(); 17]] {
        let refused = kit.dispatch.issue_token(&task, &TokenOrder { audience, root_issuer: false }).await;
        assert!(matches!(refused, Err(DispatchError::Refused(_))), "{refused:?}");
    }

    // Once it is over, there is nothing to be had.
    let mut tx = kit.store.begin().await.unwrap();
    task::end(&mut tx, task.id, Outcome::Success, None, kit.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let refused = kit.dispatch.issue_token(&kit.task(&task).await, &TokenOrder::default()).await;
    assert!(matches!(refused, Err(DispatchError::Fenced(_))), "{refused:?}");
}

#[tokio::test]
async fn code_of_a_fork_gets_none() {
    let kit = Kit::new().await;
    kit.queue_in(Zone::Fork { repository: Some(7) }, plan(vec![run()], docker()), false).await;
    let (task, assignment) = kit.claim().await.unwrap();
    assert!(assignment.environment.keys().all(|name| !name.starts_with("CIRCLE_OIDC")));
    assert!(assignment.notes[0].contains("no OpenID Connect tokens"), "{:?}", assignment.notes);
    let refused = kit.dispatch.issue_token(&task, &TokenOrder::default()).await;
    let Err(DispatchError::Refused(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(why, "this pipeline runs code of a fork: its jobs get no OpenID Connect tokens");
}
