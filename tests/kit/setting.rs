//! A server's options, connected to the fake forges.

use std::path::Path;

use fake_forge::{FakeGitHub, FakeGitLab};
use roundhouse::{
    clock::Clock,
    secret::{Owner, SigningKey},
    server::{App, Options},
    settings::{
        BlobSettings, GithubSettings, GitlabSettings, LimitSettings, LoginSettings, OrbSettings, RetentionSettings,
        SecretSettings,
    },
    vcs::ForgeSettings,
};
use secrecy::SecretString;
use store::oidc_key::{self, OidcKey};

/// Options for a server with its data in `data_dir`.
pub fn options(data_dir: &Path, public_url: &str, clock: Clock, github: &FakeGitHub, gitlab: &FakeGitLab) -> Options {
    let secret = |text: &str| SecretString::from(text.to_owned());
    Options {
        data_dir: data_dir.to_owned(),
        public_url: public_url.to_owned(),
        status_prefix: "ci/roundhouse".to_owned(),
        forges: ForgeSettings {
            github: GithubSettings {
                url: github.url(),
                api_url: github.api_url(),
                app: Some((github.app_id(), secret(github.private_key_pem()))),
                webhook_secret: Some(secret(github.webhook_secret())),
            },
            gitlab: Some(GitlabSettings {
                url: gitlab.url(),
                token: Some(secret(gitlab.token())),
                webhook_secret: Some(secret(gitlab.webhook_secret())),
            }),
        },
        orbs: OrbSettings::default(),
        orb_sources: None,
        blobs: BlobSettings::default(),
        secrets: SecretSettings::default(),
        login: LoginSettings::default(),
        serial_group_timeout_ms: roundhouse::scheduler::SERIAL_GROUP_TIMEOUT_MS,
        limits: LimitSettings::default(),
        retention: RetentionSettings::default(),
        runner_capacity: None,
        clock,
    }
}

/// Gives a fresh server a key for tokens of jobs: to make one takes a while, and hardly a test is about that.
pub async fn put_oidc_key(app: &App, github: &FakeGitHub) {
    let pem = SecretString::from(github.private_key_pem().to_owned());
    let (key, now) = (SigningKey::read(&pem).unwrap(), app.clock().now());
    let row = OidcKey {
        kid: key.kid().to_owned(),
        jwk: serde_json::to_string(key.jwk()).unwrap(),
        sealed: app.vault().seal(Owner::OidcKey(key.kid()), &pem).unwrap(),
        signs_from: now,
        created_at: now,
    };
    let mut tx = app.store().begin().await.unwrap();
    oidc_key::create(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// Chooses the process's TLS library, as `main` does. Tests share a process under `cargo test`, so the first one wins.
pub fn choose_tls() {
    // Every test chooses the same one: being second is no failure.
    rustls::crypto::ring::default_provider().install_default().ok();
}

/// The same for a server that is a process of its own: environment variables that connect it to GitHub.
pub fn variables(github: &FakeGitHub) -> Vec<(&'static str, String)> {
    vec![
        ("ROUNDHOUSE_GITHUB_URL", github.url()),
        ("ROUNDHOUSE_GITHUB_API_URL", github.api_url()),
        ("ROUNDHOUSE_GITHUB_APP_ID", github.app_id().to_string()),
        ("ROUNDHOUSE_GITHUB_PRIVATE_KEY", github.private_key_pem().to_owned()),
        ("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET", github.webhook_secret().to_owned()),
    ]
}
