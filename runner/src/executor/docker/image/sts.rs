//! A role of Amazon's, taken with the job's OpenID Connect token: `AssumeRoleWithWebIdentity`.

use quick_xml::{Reader, escape::resolve_xml_entity, events::Event};
use reqwest::header::CONTENT_TYPE;

use super::exchange::{Service, cut};
use crate::executor::SpinUpError;

const VERSION: &str = "2011-06-15";

/// How long the keys are good for, in seconds: the least there is. They are used once, at once.
const LIFE_SECONDS: &str = "900";

/// Short-lived keys.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: String,
    pub(super) session_token: String,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    /// For this image.
    pub(super) image: &'a str,
    pub(super) role: &'a str,
    /// Where the image is.
    pub(super) region: &'a str,
    pub(super) domain: &'a str,
    /// The job's token.
    pub(super) token: &'a str,
    /// How Amazon's own logs name whoever takes the role.
    pub(super) session_name: &'a str,
}

/// Takes a role. `instead`: another address of the service than the region's own.
pub(super) async fn take_role(order: Order<'_>, instead: Option<&str>) -> Result<Session, SpinUpError> {
    let Order { image, role, region, domain, token, session_name } = order;
    let (name, address) = (format!("Amazon's STS in {region}"), format!("https://sts.{region}.{domain}"));
    let service = Service { name: &name, address: &address, instead };
    let url = service.url("/")?;
    let mut form = url.clone();
    form.query_pairs_mut().extend_pairs([
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", VERSION),
        ("RoleArn", role),
        ("RoleSessionName", session_name),
        ("DurationSeconds", LIFE_SECONDS),
        ("WebIdentityToken", token),
    ]);
    let form = form.query().unwrap_or_default().to_owned();
    let (status, body) = service
        .ask(|client| client.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form))
        .await?;
    if !status.is_success() {
        let why = match (element(&body, "Code"), element(&body, "Message")) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (_, _) => format!("{status} {}", cut(&body)),
        };
        return Err(SpinUpError::failed(format!("Amazon does not give the role `{role}` for image `{image}`: {why}")));
    }
    let keys = || {
        Some(Session {
            access_key_id: element(&body, "AccessKeyId")?,
            secret_access_key: element(&body, "SecretAccessKey")?,
            session_token: element(&body, "SessionToken")?,
        })
    };
    keys().ok_or_else(|| service.trouble(&format!("gave no keys: {status}")))
}

/// The text of the first element of this name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (mut reader, mut text) = (Reader::from_str(xml), None::<String>);
    loop {
        match (reader.read_event().ok()?, &mut text) {
            (Event::Start(start), None) if start.local_name().as_ref() == name => text = Some(String::new()),
            (Event::Text(part), Some(text)) => text.push_str(&part),
            (Event::GeneralRef(entity), Some(text)) => match entity.resolve_char_ref().ok()? {
                Some(character) => text.push(character),
                None => text.push_str(resolve_xml_entity(&entity)?),
            },
            (Event::End(_), Some(_)) => return text.map(|text| text.trim().to_owned()),
            (Event::Eof, _) => return None,
            (_, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use model::job::Outcome;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{any, body_string_contains, method},
    };

    use super::{Order, element, take_role};

    const ORDER: Order<'_> = Order {
        image: "1234.dkr.ecr.eu-west-1.amazonaws.com/app:1",
        role: "arn:aws:iam::1234:role/pull",
        region: "eu-west-1",
        domain: "amazonaws.com",
        token: "head.claims.signature",
        session_name: "acme-app-7",
    };

    const REFUSAL: &str = r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
        <Code>AccessDenied</Code><Message>Not authorized to perform &quot;sts:AssumeRoleWithWebIdentity&quot;</Message></Error>
        <RequestId>1</RequestId></ErrorResponse>"#;

    async fn answering(template: ResponseTemplate) -> MockServer {
        drop(rustls::crypto::ring::default_provider().install_default());
        let service = MockServer::start().await;
        Mock::given(any()).respond_with(template).mount(&service).await;
        service
    }

    #[tokio::test]
    async fn a_token_becomes_keys() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let service = MockServer::start().await;
        let body = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
             <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>a/b+c&amp;&#61;</SecretAccessKey>\
             <SessionToken>session</SessionToken></Credentials></AssumeRoleWithWebIdentityResult>\
             </AssumeRoleWithWebIdentityResponse>";
        Mock::given(method("POST"))
            .and(body_string_contains("Action=AssumeRoleWithWebIdentity&Version=2011-06-15"))
            .and(body_string_contains("&RoleArn=arn%3Aaws%3Aiam%3A%3A1234%3Arole%2Fpull&RoleSessionName=acme-app-7&"))
            .and(body_string_contains("&WebIdentityToken=head.claims.signature"))
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .expect(1)
            .mount(&service)
            .await;
        let keys = take_role(ORDER, Some(&service.uri())).await.unwrap();
        assert_eq!(
            (keys.access_key_id.as_str(), keys.secret_access_key.as_str(), keys.session_token.as_str()),
            ("ASIA1", "a/b+c&=", "session")
        );
    }

    #[tokio::test]
    async fn amazons_own_words_say_why_not() {
        let service = answering(ResponseTemplate::new(403).set_body_string(REFUSAL)).await;
        let error = take_role(ORDER, Some(&service.uri())).await.err().unwrap();
        assert_eq!(error.outcome, Outcome::Failed);
        assert_eq!(
            error.reason,
            "Amazon does not give the role `arn:aws:iam::1234:role/pull` for image \
             `1234.dkr.ecr.eu-west-1.amazonaws.com/app:1`: AccessDenied: Not authorized to perform \
             \"sts:AssumeRoleWithWebIdentity\""
        );
        let service = answering(ResponseTemplate::new(503)).await;
        let error = take_role(ORDER, Some(&service.uri())).await.err().unwrap();
        assert_eq!(error.outcome, Outcome::InfrastructureFail);
        let service = answering(ResponseTemplate::new(200).set_body_string("<html>")).await;
        let error = take_role(ORDER, Some(&service.uri())).await.err().unwrap();
        assert_eq!(error.reason, "Amazon's STS in eu-west-1 gave no keys: 200 OK");
    }

    #[test]
    fn an_element_is_found_by_its_name() {
        assert_eq!(element(REFUSAL, "Code").as_deref(), Some("AccessDenied"));
        assert_eq!(element(REFUSAL, "Secret"), None);
        assert_eq!(element("no XML < at all", "Code"), None);
    }
}
