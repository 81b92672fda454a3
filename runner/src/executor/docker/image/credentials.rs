//! Credentials for registries. They go to the daemon with the pull, and nowhere else: no job sees them, no file holds
//! them.

use bollard::auth::DockerCredentials;
use model::plan::{AwsAuth, BasicAuth, Environment, ImageAuth, variable};

use super::{ecr, name::registry, ready::Wanted};
use crate::executor::SpinUpError;

/// User name of Google's registries for a service account's key.
const GCP_USER: &str = "_json_key";

/// How to get credentials for registries.
#[derive(Debug)]
pub(in super::super) struct Registries {
    /// Where Amazon's registry is asked for a password, instead of where its images are.
    ecr_url: Option<String>,
}

impl Registries {
    pub(in super::super) fn new(ecr_url: Option<String>) -> Self {
        Self { ecr_url }
    }

    /// What an image's registry is told. Values that are still `$VARIABLE` are nobody's.
    pub(super) async fn credentials(
        &self,
        image: &str,
        auth: Option<&ImageAuth>,
    ) -> Result<Option<DockerCredentials>, SpinUpError> {
        let Some(auth) = auth else { return Ok(None) };
        let (username, password) = match auth {
            ImageAuth::Basic(BasicAuth { username, password }) => {
                (resolved(image, "username", username)?, resolved(image, "password", password)?)
            }
            ImageAuth::Gcp { service_account } => {
                (GCP_USER.to_owned(), resolved(image, "service_account", service_account)?)
            }
            ImageAuth::Aws(AwsAuth { access_key_id: Some(id), secret_access_key: Some(secret), role_arn: None }) => {
                let id = resolved(image, "aws_access_key_id", id)?;
                let secret = resolved(image, "aws_secret_access_key", secret)?;
                ecr::password(image, &id, &secret, self.ecr_url.as_deref()).await?
            }
            ImageAuth::Aws(AwsAuth { role_arn: Some(role), .. }) => {
                return Err(SpinUpError::failed(format!(
                    "image `{image}` asks for the AWS role `{role}`: roles need an OIDC token of the server's, which this \
                     version does not give yet; use `aws_access_key_id` and `aws_secret_access_key`"
                )));
            }
            ImageAuth::Aws(AwsAuth { .. }) => {
                return Err(SpinUpError::failed(format!(
                    "`aws_auth` of image `{image}` needs both `aws_access_key_id` and `aws_secret_access_key`"
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
}

/// The keys for Amazon that a job has from its project or a context.
pub(in super::super) fn keys_of_job(environment: &Environment) -> Option<ImageAuth> {
    let value = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    Some(ImageAuth::Aws(AwsAuth {
        access_key_id: Some(value("AWS_ACCESS_KEY_ID")?),
        secret_access_key: Some(value("AWS_SECRET_ACCESS_KEY")?),
        role_arn: None,
    }))
}

/// An image of Amazon's registry that has no credentials of its own is asked for with these.
pub(in super::super) fn with_keys<'a>(wanted: Wanted<'a>, keys: Option<&'a ImageAuth>) -> Wanted<'a> {
    match keys {
        Some(keys) if wanted.auth.is_none() && ecr::has(wanted.name) => Wanted { auth: Some(keys), ..wanted },
        Some(_) | None => wanted,
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
    use model::plan::{AwsAuth, Environment, ImageAuth};

    use super::{Wanted, keys_of_job, with_keys};

    #[test]
    fn the_keys_of_a_job_are_for_amazons_registry_alone() {
        let mut environment = Environment::from([("AWS_ACCESS_KEY_ID".to_owned(), "AKIA1".to_owned())]);
        assert_eq!(keys_of_job(&environment), None);
        environment.insert("AWS_SECRET_ACCESS_KEY".to_owned(), "secret".to_owned());
        let keys = keys_of_job(&environment);
        let given = |name, auth| with_keys(Wanted { name, auth }, keys.as_ref()).auth;
        let ecr = "1234.dkr.ecr.eu-west-1.amazonaws.com/app:1";
        assert_eq!(given(ecr, None), keys.as_ref());
        assert_eq!(given("cimg/base:1", None), None);
        let own = ImageAuth::Aws(AwsAuth::default());
        assert_eq!(given(ecr, Some(&own)), Some(&own));
    }
}
