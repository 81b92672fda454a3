//! A password of Amazon's registry (ECR), for access keys: `GetAuthorizationToken`.

use std::time::SystemTime;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::{
    exchange::{Service, cut},
    name::registry,
    sigv4::{self, Request, sign},
};
use crate::executor::SpinUpError;

const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

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

/// Keys, and what comes with short-lived ones.
#[derive(Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) secret_access_key: &'a str,
    pub(super) session_token: Option<&'a str>,
}

/// The region of an image, and the domain of Amazon's services there.
pub(super) fn region_of(image: &str) -> Result<(&str, &str), SpinUpError> {
    registry(image).and_then(region).ok_or_else(|| {
        SpinUpError::failed(format!(
            "`aws_auth` is for images of Amazon's registry (ACCOUNT.dkr.ecr.REGION.amazonaws.com/…), and `{image}` is none"
        ))
    })
}

/// User name and password for an image of ECR. `instead`: another address of the service than the region's own.
pub(super) async fn password(
    image: &str,
    keys: Keys<'_>,
    instead: Option<&str>,
) -> Result<(String, String), SpinUpError> {
    let (region, domain) = region_of(image)?;
    let (name, address) = (format!("Amazon's registry in {region}"), format!("https://api.ecr.{region}.{domain}"));
    let service = Service { name: &name, address: &address, instead };
    let url = service.url("/")?;
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return Err(service.trouble("has an address without a host")),
    };
    let Keys { access_key_id, secret_access_key, session_token } = keys;
    let mut headers = vec![("content-type", CONTENT_TYPE), ("x-amz-target", TARGET)];
    headers.extend(session_token.map(|token| ("x-amz-security-token", token)));
    let headers = sign(
        &sigv4::Keys { access_key_id, secret_access_key, region, service: "ecr" },
        &Request { host: &host, headers: &headers, body: b"{}" },
        SystemTime::now(),
    );
    let request = |client: &reqwest::Client| {
        headers.iter().fold(client.post(url).body("{}"), |request, (name, value)| request.header(*name, value))
    };
    let (status, body) = service.ask(request).await?;
    if status.is_client_error() {
        return Err(SpinUpError::failed(format!(
            "Amazon's registry in {region} does not accept the keys of image `{image}`: {status} {}",
            cut(&body)
        )));
    }
    let token = serde_json::from_str::<Answer>(&body)
        .ok()
        .and_then(|answer| answer.authorization_data.into_iter().next())
        .and_then(|data| BASE64_STANDARD.decode(data.authorization_token).ok())
        .and_then(|token| String::from_utf8(token).ok());
    match token.as_deref().and_then(|token| token.split_once(':')) {
        Some((username, password)) => Ok((username.to_owned(), password.to_owned())),
        None => Err(service.trouble(&format!("gave no password: {status}"))),
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
    use super::{Keys, password, region};

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
        let keys = Keys { access_key_id: "AKIA1", secret_access_key: "secret", session_token: None };
        let given = password(image, keys, Some(&service.uri())).await;
        assert_eq!(given, Ok(("AWS".to_owned(), "swordfish".to_owned())));
        service.reset().await;
        let refusal = wiremock::ResponseTemplate::new(400).set_body_string("UnrecognizedClientException");
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(refusal).mount(&service).await;
        let error = password(image, keys, Some(&service.uri())).await.unwrap_err();
        assert!(error.reason.contains("does not accept the keys"), "{error}");
        assert_eq!(error.outcome, model::job::Outcome::Failed);
    }
}
