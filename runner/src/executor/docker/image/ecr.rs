//! A password of Amazon's registry (ECR), for access keys: `GetAuthorizationToken`.

use std::time::{Duration, SystemTime};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::{
    name::registry,
    sigv4::{Keys, Request, sign},
};
use crate::executor::SpinUpError;

const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";
/// It usually answers within a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    authorization_data: Vec<Authorization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Authorization {
    /// `AWS:password` in base64.
    authorization_token: String,
}

/// Whether an image is of this registry.
pub(super) fn has(image: &str) -> bool {
    registry(image).and_then(region).is_some()
}

/// User name and password for an image of ECR. `url`: another address of the service than the region's own.
pub(super) async fn password(
    image: &str,
    access_key_id: &str,
    secret_access_key: &str,
    url: Option<&str>,
) -> Result<(String, String), SpinUpError> {
    let Some((region, domain)) = registry(image).and_then(region) else {
        return Err(SpinUpError::failed(format!(
            "`aws_auth` is for images of Amazon's registry (ACCOUNT.dkr.ecr.REGION.amazonaws.com/…), and `{image}` is none"
        )));
    };
    let host = format!("api.ecr.{region}.{domain}");
    let url = url.map_or_else(|| format!("https://{host}/"), |url| format!("{}/", url.trim_end_matches('/')));
    let unreachable = |what: &str| SpinUpError::infrastructure(format!("Amazon's registry in {region} {what}"));
    let parsed = reqwest::Url::parse(&url).map_err(|error| unreachable(&format!("has a wrong address: {error}")))?;
    let host = match (parsed.host_str(), parsed.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => host,
    };
    let headers = sign(
        &Keys { access_key_id, secret_access_key, region, service: "ecr" },
        &Request { host: &host, headers: &[("content-type", CONTENT_TYPE), ("x-amz-target", TARGET)], body: b"{}" },
        SystemTime::now(),
    );
    let client =
        reqwest::Client::builder().timeout(PATIENCE).build().map_err(|error| unreachable(&error.to_string()))?;
    let mut request = client.post(parsed).body("{}");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.map_err(|error| unreachable(&format!("does not answer: {error}")))?;
    let status = answer.status();
    let body = answer.text().await.map_err(|error| unreachable(&format!("stopped answering: {error}")))?;
    if status.is_client_error() {
        return Err(SpinUpError::failed(format!(
            "Amazon's registry in {region} does not accept the keys of image `{image}`: {status} {}",
            body.chars().take(300).collect::<String>()
        )));
    }
    let token = serde_json::from_str::<Answer>(&body)
        .ok()
        .and_then(|answer| answer.authorization_data.into_iter().next())
        .and_then(|data| BASE64_STANDARD.decode(data.authorization_token).ok())
        .and_then(|token| String::from_utf8(token).ok());
    match token.as_deref().and_then(|token| token.split_once(':')) {
        Some((username, password)) => Ok((username.to_owned(), password.to_owned())),
        None => Err(unreachable(&format!("gave no password: {status}"))),
    }
}

/// The region in a registry's host, and the domain behind it.
fn region(host: &str) -> Option<(&str, &str)> {
    let (_, rest) = host.split_once(".dkr.ecr.").or_else(|| host.split_once(".dkr.ecr-fips."))?;
    let (region, domain) = rest.split_once('.')?;
    matches!(domain, "amazonaws.com" | "amazonaws.com.cn").then_some((region, domain))
}

#[cfg(test)]
mod tests {
    use super::{password, region};

    #[test]
    fn the_region_is_in_the_host() {
        assert_eq!(region("1234.dkr.ecr.eu-west-1.amazonaws.com"), Some(("eu-west-1", "amazonaws.com")));
        assert_eq!(region("1234.dkr.ecr.cn-north-1.amazonaws.com.cn"), Some(("cn-north-1", "amazonaws.com.cn")));
        assert_eq!(region("1234.dkr.ecr.eu-west-1.example.com"), None);
        assert_eq!(region("ghcr.io"), None);
    }

    #[tokio::test]
    async fn keys_become_a_password() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let service = wiremock::MockServer::start().await;
        let body = serde_json::json!({"authorizationData": [{"authorizationToken": "QVdTOnN3b3JkZmlzaA=="}]});
        wiremock::Mock::given(wiremock::matchers::method("POST"))
            .and(wiremock::matchers::header("x-amz-target", super::TARGET))
            .and(wiremock::matchers::header_regex(
                "authorization",
                "^AWS4-HMAC-SHA256 Credential=AKIA1/[0-9]{8}/eu-west-1/ecr/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$",
            ))
            .respond_with(wiremock::ResponseTemplate::new(200).set_body_json(body))
            .mount(&service)
            .await;
        let image = "1234.dkr.ecr.eu-west-1.amazonaws.com/app:1";
        let given = password(image, "AKIA1", "secret", Some(&service.uri())).await;
        assert_eq!(given, Ok(("AWS".to_owned(), "swordfish".to_owned())));
        service.reset().await;
        let refusal = wiremock::ResponseTemplate::new(400).set_body_string("UnrecognizedClientException");
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(refusal).mount(&service).await;
        let error = password(image, "AKIA1", "secret", Some(&service.uri())).await.unwrap_err();
        assert!(error.reason.contains("does not accept the keys"), "{error}");
        assert_eq!(error.outcome, model::job::Outcome::Failed);
    }
}
