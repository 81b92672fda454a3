//! An access token of Google's, for a job's OpenID Connect token: workload identity federation, then the token of a service
//! account.

use model::plan::WorkloadIdentity;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    exchange::{Service, cut},
    name::registry,
};
use crate::executor::SpinUpError;

/// User name of Google's registries for an access token.
const USER: &str = "oauth2accesstoken";

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// How long the access token is good for. A pull may take its time.
const LIFE: &str = "3600s";

#[derive(Deserialize)]
struct Federated {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    access_token: String,
}

/// Other addresses of Google's services than their own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Addresses<'a> {
    pub(super) sts: Option<&'a str>,
    pub(super) iam: Option<&'a str>,
}

/// Whether an image is of Artifact Registry, or of the registry before it.
pub(super) fn has(image: &str) -> bool {
    let host = registry(image).unwrap_or_default();
    host.ends_with("-docker.pkg.dev") || host == "gcr.io" || host.ends_with(".gcr.io")
}

/// User name and password for an image.
pub(super) async fn password(
    image: &str,
    identity: &WorkloadIdentity,
    token: &str,
    instead: Addresses<'_>,
) -> Result<(String, String), SpinUpError> {
    let WorkloadIdentity { service_account, pool, provider } = identity;
    let sts = Service { name: "Google's STS", address: "https://sts.googleapis.com", instead: instead.sts };
    let url = sts.url("/v1/token")?;
    let order = json!({
        "audience": audience(pool, provider),
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "scope": SCOPE,
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
        "subjectToken": token,
    });
    let (status, body) = sts.ask(|client| client.post(url).json(&order)).await?;
    if !status.is_success() {
        let what = format!("the workload identity pool `{pool}` does not take the job's token");
        return Err(refused(image, &what, status, &body));
    }
    let Ok(Federated { access_token: federated }) = serde_json::from_str(&body) else {
        return Err(sts.trouble(&format!("gave no token: {status}")));
    };

    let iam = Service { name: "Google's IAM", address: "https://iamcredentials.googleapis.com", instead: instead.iam };
    let mut url = iam.url("/v1/projects/-/serviceAccounts")?;
    let path = format!("{service_account}:generateAccessToken");
    url.path_segments_mut().map_err(|()| iam.trouble("has a wrong address"))?.push(&path);
    let order = json!({ "scope": [SCOPE], "lifetime": LIFE });
    let (status, body) = iam.ask(|client| client.post(url).bearer_auth(federated).json(&order)).await?;
    if !status.is_success() {
        let what = format!("the service account `{service_account}` may not be used by the job");
        return Err(refused(image, &what, status, &body));
    }
    match serde_json::from_str(&body) {
        Ok(Access { access_token }) => Ok((USER.to_owned(), access_token)),
        Err(_) => Err(iam.trouble(&format!("gave no token: {status}"))),
    }
}

/// The provider's whole name. Both the pool and the provider may be written in full, or with the service's name in front.
fn audience(pool: &str, provider: &str) -> String {
    let bare = |name: &str| name.trim_start_matches("//iam.googleapis.com/").trim_matches('/').to_owned();
    match provider.contains("/providers/") {
        true => format!("//iam.googleapis.com/{}", bare(provider)),
        false => format!("//iam.googleapis.com/{}/providers/{provider}", bare(pool)),
    }
}

/// Google's own words: `{"error": "…", "error_description": "…"}`, or `{"error": {"status": "…", "message": "…"}}`.
fn refused(image: &str, what: &str, status: StatusCode, body: &str) -> SpinUpError {
    let answer: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let error = &answer["error"];
    let code = text(error).or_else(|| text(&error["status"]));
    let message = text(&answer["error_description"]).or_else(|| text(&error["message"]));
    let why = match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (_, _) => format!("{status} {}", cut(body)),
    };
    SpinUpError::failed(format!("image `{image}` cannot be pulled with workload identity, because {what}: {why}"))
}

#[cfg(test)]
mod tests {
    use model::{job::Outcome, plan::WorkloadIdentity};
    use serde_json::json;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{body_partial_json, header, path},
    };

    use super::{Addresses, audience, has, password};

    const IMAGE: &str = "europe-docker.pkg.dev/acme/images/app:1";

    fn identity() -> WorkloadIdentity {
        WorkloadIdentity {
            service_account: "pull@acme.iam.gserviceaccount.com".to_owned(),
            pool: "projects/12/locations/global/workloadIdentityPools/ci".to_owned(),
            provider: "roundhouse".to_owned(),
        }
    }

    async fn google(sts: ResponseTemplate, iam: ResponseTemplate) -> MockServer {
        drop(rustls::crypto::ring::default_provider().install_default());
        let service = MockServer::start().await;
        let provider =
            "//iam.googleapis.com/projects/12/locations/global/workloadIdentityPools/ci/providers/roundhouse";
        Mock::given(path("/v1/token"))
            .and(body_partial_json(json!({ "audience": provider, "subjectToken": "head.claims.signature" })))
            .respond_with(sts)
            .mount(&service)
            .await;
        let account = "/v1/projects/-/serviceAccounts/pull@acme.iam.gserviceaccount.com:generateAccessToken";
        Mock::given(path(account))
            .and(header("authorization", "Bearer federated"))
            .respond_with(iam)
            .mount(&service)
            .await;
        service
    }

    async fn asked(service: &MockServer) -> Result<(String, String), crate::SpinUpError> {
        let uri = service.uri();
        let instead = Addresses { sts: Some(&uri), iam: Some(&uri) };
        password(IMAGE, &identity(), "head.claims.signature", instead).await
    }

    fn ok(body: serde_json::Value) -> ResponseTemplate {
        ResponseTemplate::new(200).set_body_json(body)
    }

    #[tokio::test]
    async fn a_token_becomes_a_password() {
        let federated = ok(json!({ "access_token": "federated", "token_type": "Bearer" }));
        let service = google(federated.clone(), ok(json!({ "accessToken": "ya29.swordfish" }))).await;
        assert_eq!(asked(&service).await, Ok(("oauth2accesstoken".to_owned(), "ya29.swordfish".to_owned())));

        let denied = json!({ "error": { "code": 403, "status": "PERMISSION_DENIED", "message": "not allowed" } });
        let service = google(federated, ResponseTemplate::new(403).set_body_json(denied)).await;
        let error = asked(&service).await.unwrap_err();
        assert_eq!(error.outcome, Outcome::Failed);
        assert_eq!(
            error.reason,
            "image `europe-docker.pkg.dev/acme/images/app:1` cannot be pulled with workload identity, because the service \
             account `pull@acme.iam.gserviceaccount.com` may not be used by the job: PERMISSION_DENIED: not allowed"
        );
    }

    #[tokio::test]
    async fn googles_own_words_say_why_not() {
        let refusal = json!({ "error": "invalid_grant", "error_description": "The audience does not match" });
        let service = google(ResponseTemplate::new(400).set_body_json(refusal), ok(json!({}))).await;
        let error = asked(&service).await.unwrap_err();
        assert!(error.reason.ends_with("the job's token: invalid_grant: The audience does not match"), "{error}");
        let service = google(ResponseTemplate::new(500), ok(json!({}))).await;
        assert_eq!(asked(&service).await.unwrap_err().outcome, Outcome::InfrastructureFail);
    }

    #[test]
    fn names_of_providers_and_images() {
        let whole = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b";
        let pool = "projects/1/locations/global/workloadIdentityPools/a";
        assert_eq!(audience(pool, "b"), whole);
        assert_eq!(audience(&format!("//iam.googleapis.com/{pool}"), "b"), whole);
        assert_eq!(audience(pool, &format!("{pool}/providers/b")), whole);
        assert!(has(IMAGE) && has("gcr.io/acme/app") && has("eu.gcr.io/acme/app"));
        assert!(!has("cimg/base:1") && !has("docker.pkg.dev/x") && !has("pkg.dev.example.com/x"));
    }
}
