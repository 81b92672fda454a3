//! OpenID Connect tokens: a job says who it is, and whoever trusts the server believes it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use kit::{config::docker_job, real::RealServer};
use model::job::{JobState, Outcome};
use serde_json::Value;

const BUSYBOX: &str = "roundhouse-test/busybox:1";

/// Reads a document as clouds do: without a login.
async fn document(url: &str) -> Value {
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200, "{url}");
    assert!(answer.headers()["cache-control"].to_str().unwrap().starts_with("public, max-age="));
    answer.json().await.unwrap()
}

/// The claims of a token, as somebody believes them who trusts this issuer and is this audience.
async fn believed(token: &str, issuer: &str, audience: &str) -> Value {
    let configuration = document(&format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(configuration["issuer"], issuer);
    assert_eq!(configuration["id_token_signing_alg_values_supported"], serde_json::json!(["RS256"]));
    let keys = document(configuration["jwks_uri"].as_str().unwrap()).await;
    let keys: JwkSet = serde_json::from_value(keys).unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).expect("it is published")).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn docker_a_job_says_who_it_is() {
    let server = RealServer::start().await;
    let runner = server.runner().await.start();
    let config = docker_job(
        BUSYBOX,
        "- run: {name: masked, command: 'echo \"one $CIRCLE_OIDC_TOKEN two $CIRCLE_OIDC_TOKEN_V2\"'}\n\
         - run: {name: claims, command: 'for t in $CIRCLE_OIDC_TOKEN $CIRCLE_OIDC_TOKEN_V2; do c=$(echo $t | cut -d. -f2 | tr _- /+); while [ $((${#c} % 4)) != 0 ]; do c=$c=; done; echo $c | base64 -d; echo; done'}\n\
         - run: {name: parts, command: 'echo $CIRCLE_OIDC_TOKEN_V2 | tr . \"\\n\"; echo $CIRCLE_ORGANIZATION_ID'}\n\
         - run: {name: own, command: 'circleci run oidc get --root-issuer --claims \"{\\\"aud\\\": \\\"sts.example.com\\\"}\" | tr . \"\\n\"'}\n\
         - run: {name: refused, command: 'circleci run oidc get --claims \"{\\\"sub\\\": \\\"root\\\"}\" || echo $?'}",
    );
    let sha = server.push_config(&config).await;
    let job = server.ended_job("build").await;
    let logs = server.all_logs(&job).await;
    assert_eq!(job.state, JobState::Ended(Outcome::Success), "{:?}\n{logs}\n{}", job.reason, runner.log());
    let log = async |step: &str| String::from_utf8(server.log(&job, step).await).unwrap();
    assert_eq!(log("masked").await, "one **** two ****\n");

    let parts = log("parts").await;
    let [head, claims, signature, organization] = parts.lines().collect::<Vec<_>>()[..] else { panic!("{parts}") };
    let token = [head, claims, signature].join(".");
    let issuer = format!("{}/oidc/org/{organization}", server.url());
    let second = believed(&token, &issuer, organization).await;
    let pipeline = server.pipeline().await;
    assert_eq!(second["oidc.circleci.com/project-id"], pipeline.project_id.to_string());
    assert_eq!(second["oidc.circleci.com/job-id"], job.id.to_string());
    let subject = second["sub"].as_str().unwrap();
    assert!(subject.starts_with(&format!("org/{organization}/project/{}/user/", pipeline.project_id)), "{subject}");
    assert!(subject.ends_with("/acme/api/vcs-ref/refs/heads/main"), "{subject}");
    assert_eq!(second["exp"].as_i64().unwrap() - second["iat"].as_i64().unwrap(), 3600);

    let shown = log("claims").await;
    let shown: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(shown[1], second, "of {sha}");
    assert_eq!(shown[0]["sub"], subject.split("/vcs-origin/").next().unwrap());

    let own = log("own").await;
    let own = believed(&own.trim_end().replace('\n', "."), &format!("{}/oidc", server.url()), "sts.example.com").await;
    assert_eq!(own["oidc.circleci.com/job-id"], job.id.to_string());
    assert!(log("refused").await.ends_with("`circleci --help` says more\n2\n"));

    // What was changed is not believed.
    let mut changed: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    changed["oidc.circleci.com/project-id"] = "another".into();
    let forged = [head, &BASE64_URL_SAFE_NO_PAD.encode(changed.to_string()), signature].join(".");
    let keys = document(&format!("{issuer}/.well-known/jwks-pub.json")).await;
    let key = DecodingKey::from_jwk(&serde_json::from_value::<JwkSet>(keys).unwrap().keys[0]).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[organization]);
    assert!(jsonwebtoken::decode::<Value>(&forged, &key, &validation).is_err());
}
