//! Credentials for registries. They go to the daemon with the pull, and nowhere else: no job sees them, no file holds
//! them.

use bollard::auth::DockerCredentials;
use model::plan::{AwsAuth, BasicAuth, ImageAuth, WorkloadIdentity, variable};

use super::{
    ecr, google,
    name::registry,
    of_job::Identity,
    ready::Wanted,
    sts::{self, Session},
};
use crate::{executor::SpinUpError, settings::CloudAddresses};

/// User name of Google's registries for a service account's key.
const GCP_USER: &str = "_json_key";

/// How to get credentials for registries.
#[derive(Debug)]
pub(in super::super) struct Registries {
    addresses: CloudAddresses,
}

impl Registries {
    /// Clouds are asked at these addresses, where they name any.
    pub(in super::super) fn new(addresses: CloudAddresses) -> Self {
        Self { addresses }
    }

    /// What an image's registry is told. Values that are still `$VARIABLE` are nobody's.
    pub(super) async fn credentials(&self, wanted: Wanted<'_>) -> Result<Option<DockerCredentials>, SpinUpError> {
        let Wanted { name: image, auth, identity } = wanted;
        let Some(auth) = auth else { return Ok(None) };
        let (username, password) = match auth {
            ImageAuth::Basic(BasicAuth { username, password }) => {
                (resolved(image, "username", username)?, resolved(image, "password", password)?)
            }
            ImageAuth::Gcp { service_account } => {
                (GCP_USER.to_owned(), resolved(image, "service_account", service_account)?)
            }
            ImageAuth::GcpIdentity(WorkloadIdentity { service_account, pool, provider }) => {
                let resolved = WorkloadIdentity {
                    service_account: resolved(image, "oidc_service_account", service_account)?,
                    pool: resolved(image, "workload_identity_pool", pool)?,
                    provider: resolved(image, "workload_identity_provider", provider)?,
                };
                let asks = format!("the workload identity of `{}`", resolved.service_account);
                let (token, _) = token(image, &asks, identity)?;
                let CloudAddresses { google_sts, google_iam, ecr: _, sts: _ } = &self.addresses;
                let instead = google::Addresses { sts: google_sts.as_deref(), iam: google_iam.as_deref() };
                google::password(image, &resolved, token, instead).await?
            }
            ImageAuth::Aws(AwsAuth { role_arn: Some(role), .. }) => {
                let role = resolved(image, "oidc_role_arn", role)?;
                self.with_role(image, &role, identity).await?
            }
            ImageAuth::Aws(AwsAuth { access_key_id: Some(id), secret_access_key: Some(secret), role_arn: None }) => {
                let access_key_id = &resolved(image, "aws_access_key_id", id)?;
                let secret_access_key = &resolved(image, "aws_secret_access_key", secret)?;
                let keys = ecr::Keys { access_key_id, secret_access_key, session_token: None };
                ecr::password(image, keys, self.addresses.ecr.as_deref()).await?
            }
            ImageAuth::Aws(AwsAuth { .. }) => {
                return Err(SpinUpError::failed(format!(
                    "`aws_auth` of image `{image}` needs `oidc_role_arn`, or both `aws_access_key_id` and \
                     `aws_secret_access_key`"
                )));
            }
        };
        let serveraddress = registry(image).map(str::to_owned);
        Ok(Some(DockerCredentials {
            username: Some(username),
            password: Some(password),
            serveraddress,
            ..Default::default()
        }))
    }

    /// A password of Amazon's registry, for a role that the job may take.
    async fn with_role(
        &self,
        image: &str,
        role: &str,
        identity: Option<Identity<'_>>,
    ) -> Result<(String, String), SpinUpError> {
        let (region, domain) = ecr::region_of(image)?;
        let (token, session_name) = token(image, &format!("the AWS role `{role}`"), identity)?;
        let CloudAddresses { ecr, sts, google_sts: _, google_iam: _ } = &self.addresses;
        let order = sts::Order { image, role, region, domain, token, session_name };
        let Session { access_key_id, secret_access_key, session_token } = sts::take_role(order, sts.as_deref()).await?;
        let keys = ecr::Keys {
            access_key_id: &access_key_id,
            secret_access_key: &secret_access_key,
            session_token: Some(&session_token),
        };
        ecr::password(image, keys, ecr.as_deref()).await
    }
}

/// The job's token, and how others call the job.
fn token<'a>(image: &str, asks: &str, identity: Option<Identity<'a>>) -> Result<(&'a str, &'a str), SpinUpError> {
    match identity {
        Some(Identity { token: Some(token), session_name }) => Ok((token, session_name)),
        Some(Identity { token: None, .. }) | None => Err(SpinUpError::failed(format!(
            "image `{image}` asks for {asks}, and this job has no OpenID Connect token to get that with: jobs of forks and \
             of `roundhouse run` have none"
        ))),
    }
}

/// A value, unless it is the name of a variable that nobody has set.
fn resolved(image: &str, key: &str, value: &str) -> Result<String, SpinUpError> {
    match variable(value) {
        Some(name) => Err(SpinUpError::failed(format!(
            "`{key}` of image `{image}` is the variable `${name}`, which neither the project nor a context of the job has"
        ))),
        None if value.is_empty() => Err(SpinUpError::failed(format!("`{key}` of image `{image}` is empty"))),
        None => Ok(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use bollard::auth::DockerCredentials;
    use model::{
        job::Outcome,
        plan::{AwsAuth, ImageAuth, WorkloadIdentity},
    };
    use serde_json::json;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{body_string_contains, header, method},
    };

    use super::{Identity, Registries, Wanted};
    use crate::{executor::SpinUpError, settings::CloudAddresses};

    const IMAGE: &str = "1234.dkr.ecr.eu-west-1.amazonaws.com/app:1";
    const WITH_TOKEN: Identity<'static> = Identity { token: Some("head.claims.signature"), session_name: "acme-app-7" };

    fn role() -> ImageAuth {
        let role_arn = Some("arn:aws:iam::1234:role/pull".to_owned());
        ImageAuth::Aws(AwsAuth { role_arn, ..AwsAuth::default() })
    }

    async fn asked(
        addresses: CloudAddresses,
        auth: &ImageAuth,
        identity: Identity<'_>,
    ) -> Result<Option<DockerCredentials>, SpinUpError> {
        let wanted = Wanted { name: IMAGE, auth: Some(auth), identity: Some(identity) };
        Registries::new(addresses).credentials(wanted).await
    }

    #[tokio::test]
    async fn a_role_becomes_a_password() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let amazon = MockServer::start().await;
        let keys = "<R><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                    <SessionToken>session</SessionToken></R>";
        Mock::given(method("POST"))
            .and(body_string_contains("WebIdentityToken=head.claims.signature"))
            .respond_with(ResponseTemplate::new(200).set_body_string(keys))
            .mount(&amazon)
            .await;
        let password = json!({"authorizationData": [{"authorizationToken": "QVdTOnN3b3JkZmlzaA=="}]});
        Mock::given(header("x-amz-security-token", "session"))
            .respond_with(ResponseTemplate::new(200).set_body_json(password))
            .mount(&amazon)
            .await;
        let addresses =
            CloudAddresses { ecr: Some(amazon.uri()), sts: Some(amazon.uri()), ..CloudAddresses::default() };
        let given = asked(addresses, &role(), WITH_TOKEN).await.unwrap().unwrap();
        assert_eq!((given.username.as_deref(), given.password.as_deref()), (Some("AWS"), Some("swordfish")));
        assert_eq!(given.serveraddress.as_deref(), Some("1234.dkr.ecr.eu-west-1.amazonaws.com"));
    }

    #[tokio::test]
    async fn without_a_token_nobody_is_asked() {
        let identity = WorkloadIdentity {
            service_account: "pull@acme.iam.gserviceaccount.com".to_owned(),
            pool: "projects/1/locations/global/workloadIdentityPools/ci".to_owned(),
            provider: "roundhouse".to_owned(),
        };
        for (auth, what) in [
            (role(), "asks for the AWS role `arn:aws:iam::1234:role/pull`, and this job has no OpenID Connect token"),
            (
                ImageAuth::GcpIdentity(identity),
                "asks for the workload identity of `pull@acme.iam.gserviceaccount.com`, and this job has no",
            ),
        ] {
            let without = Identity { token: None, session_name: "x" };
            let error = asked(CloudAddresses::default(), &auth, without).await.unwrap_err();
            assert_eq!(error.outcome, Outcome::Failed);
            assert!(error.reason.contains(what), "{error}");
        }
        let nothing = ImageAuth::Aws(AwsAuth::default());
        let error = asked(CloudAddresses::default(), &nothing, WITH_TOKEN).await.unwrap_err();
        assert!(error.reason.contains("needs `oidc_role_arn`, or both `aws_access_key_id` and"), "{error}");
    }
}
