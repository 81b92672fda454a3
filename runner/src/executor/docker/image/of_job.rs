//! What a job brings to registries, beyond what the configuration says of an image: keys and identities among its variables, and
//! its OpenID Connect token.

use model::{
    oidc::TOKEN_V2_VARIABLE,
    plan::{AwsAuth, Environment, ImageAuth, WorkloadIdentity},
};

use super::{ecr, google, ready::Wanted};

/// Characters that the name of an AWS session may have besides letters and digits.
const SESSION_MARKS: &str = "_=,.@-";

/// The longest name of an AWS session.
const SESSION_CHARACTERS: usize = 64;

/// What a job brings.
#[derive(Clone, Debug)]
pub(in super::super) struct OfJob {
    aws: Option<ImageAuth>,
    google: Option<ImageAuth>,
    token: Option<String>,
    session_name: String,
}

/// Who a job is, for those who ask.
#[derive(Clone, Copy)]
pub(in super::super) struct Identity<'a> {
    /// Its OpenID Connect token; jobs of forks and of local runs have none.
    pub(super) token: Option<&'a str>,
    /// For the logs of others: `acme-app-17`.
    pub(super) session_name: &'a str,
}

impl OfJob {
    /// From the server's part of its variables. (What the configuration sets has no say.)
    pub(in super::super) fn new(environment: &Environment) -> Self {
        let value = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let aws = || {
            Some(ImageAuth::Aws(AwsAuth {
                access_key_id: Some(value("AWS_ACCESS_KEY_ID")?),
                secret_access_key: Some(value("AWS_SECRET_ACCESS_KEY")?),
                role_arn: None,
            }))
        };
        let google = || {
            Some(ImageAuth::GcpIdentity(WorkloadIdentity {
                service_account: value("GCP_OIDC_SERVICE_ACCOUNT")?,
                pool: value("GCP_WORKLOAD_IDENTITY_POOL")?,
                provider: value("GCP_WORKLOAD_IDENTITY_PROVIDER")?,
            }))
        };
        let name =
            ["CIRCLE_PROJECT_USERNAME", "CIRCLE_PROJECT_REPONAME", "CIRCLE_BUILD_NUM"].into_iter().filter_map(value);
        Self {
            aws: aws(),
            google: google(),
            token: value(TOKEN_V2_VARIABLE),
            session_name: session_name(&name.collect::<Vec<_>>().join("-")),
        }
    }

    /// An image without credentials of its own is asked for with the job's, where they are for its registry.
    pub(in super::super) fn complete<'a>(&'a self, wanted: Wanted<'a>) -> Wanted<'a> {
        let Self { aws, google, token, session_name } = self;
        let fitting = match wanted.name {
            image if ecr::has(image) => aws.as_ref(),
            image if google::has(image) => google.as_ref(),
            _ => None,
        };
        let identity = Identity { token: token.as_deref(), session_name };
        Wanted { auth: wanted.auth.or(fitting), identity: Some(identity), ..wanted }
    }
}

/// A name that Amazon takes: the end of it is what tells jobs apart.
fn session_name(text: &str) -> String {
    let fits = |character: char| character.is_ascii_alphanumeric() || SESSION_MARKS.contains(character);
    let name: Vec<char> =
        format!("roundhouse-{text}").chars().map(|character| if fits(character) { character } else { '-' }).collect();
    name[name.len().saturating_sub(SESSION_CHARACTERS)..].iter().collect()
}

#[cfg(test)]
mod tests {
    use model::plan::{AwsAuth, Environment, ImageAuth};

    use super::{OfJob, Wanted, session_name};

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    const ECR: &str = "1234.dkr.ecr.eu-west-1.amazonaws.com/app:1";

    #[test]
    fn the_keys_of_a_job_are_for_amazons_registry_alone() {
        let mut variables = environment(&[("AWS_ACCESS_KEY_ID", "AKIA1")]);
        assert_eq!(OfJob::new(&variables).aws, None);
        variables.insert("AWS_SECRET_ACCESS_KEY".to_owned(), "secret".to_owned());
        let job = OfJob::new(&variables);
        let given = |name, auth| job.complete(Wanted { name, auth, identity: None }).auth;
        assert!(job.aws.is_some());
        assert_eq!(given(ECR, None), job.aws.as_ref());
        assert_eq!(given("cimg/base:1", None), None);
        let own = ImageAuth::Aws(AwsAuth::default());
        assert_eq!(given(ECR, Some(&own)), Some(&own));
    }

    #[test]
    fn the_identity_of_a_job_is_for_googles_registries_alone() {
        let job = OfJob::new(&environment(&[
            ("GCP_OIDC_SERVICE_ACCOUNT", "pull@acme.iam.gserviceaccount.com"),
            ("GCP_WORKLOAD_IDENTITY_POOL", "projects/1/locations/global/workloadIdentityPools/ci"),
            ("GCP_WORKLOAD_IDENTITY_PROVIDER", "roundhouse"),
            ("CIRCLE_OIDC_TOKEN_V2", "head.claims.signature"),
        ]));
        let given = |name| job.complete(Wanted { name, auth: None, identity: None });
        assert!(given("us-docker.pkg.dev/acme/images/app:1").auth.is_some());
        assert!(given(ECR).auth.is_none());
        assert_eq!(given(ECR).identity.unwrap().token, Some("head.claims.signature"));
    }

    #[test]
    fn a_session_has_a_name_that_amazon_takes() {
        assert_eq!(session_name("acme-app-7"), "roundhouse-acme-app-7");
        assert_eq!(session_name("group/sub group-app-7"), "roundhouse-group-sub-group-app-7");
        let long = session_name(&format!("{}-7", "x".repeat(100)));
        assert!(long.len() == 64 && long.ends_with("x-7"), "{long}");
    }
}
