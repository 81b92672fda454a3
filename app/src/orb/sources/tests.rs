use std::fs;

use serde_json::json;
use store::{
    Store, StoreOptions,
    orb::{NewOrb, OrbOrigin},
};
use tempfile::TempDir;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::body_partial_json};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A registry, a server's rows, and orbs from both.
struct Fixture {
    registry: MockServer,
    store: Store,
    clock: Clock,
    directory: TempDir,
}

impl Fixture {
    async fn new() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let directory = TempDir::new().unwrap();
        let store = Store::open(directory.path(), StoreOptions::default()).await.unwrap();
        Self { registry: MockServer::start().await, store, clock: Clock::manual(NOW), directory }
    }

    fn sources(&self) -> OrbSources {
        let settings = OrbSettings { registry_url: Some(self.registry.uri()), url_allow: Vec::new() };
        OrbSources::new(&settings, Shelf::Store(self.store.clone(), self.clock.clone()), self.clock.clone())
    }

    /// What the registry says from now on.
    async fn serves(&self, orbs: &[(&str, &str, &str)]) {
        self.registry.reset().await;
        for (reference, version, source) in orbs {
            let body = json!({ "data": { "orbVersion": { "version": version, "source": source } } });
            self.mount(reference, ResponseTemplate::new(200).set_body_json(body)).await;
        }
        let nothing = json!({ "data": { "orbVersion": null } });
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_json(nothing))
            .with_priority(9)
            .mount(&self.registry)
            .await;
    }

    async fn mount(&self, reference: &str, response: ResponseTemplate) {
        Mock::given(body_partial_json(json!({ "variables": { "ref": reference } })))
            .respond_with(response)
            .mount(&self.registry)
            .await;
    }

    async fn fails(&self) {
        self.registry.reset().await;
        Mock::given(wiremock::matchers::any()).respond_with(ResponseTemplate::new(503)).mount(&self.registry).await;
    }

    async fn import(&self, name: &str, version: &str, source: &str) {
        let mut tx = self.store.begin().await.unwrap();
        let orb = NewOrb { name, version, source, sha256: sha256(source), origin: OrbOrigin::Import };
        store::orb::put(&mut tx, &orb, NOW).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn fetch(sources: &OrbSources, reference: &str) -> Result<(String, String), OrbError> {
    sources.fetch(&OrbRef::new(reference)).await.map(|fetched| (fetched.version, fetched.text))
}

fn found(version: &str, text: &str) -> Result<(String, String), OrbError> {
    Ok((version.to_owned(), text.to_owned()))
}

#[tokio::test]
async fn a_version_is_fetched_once() {
    let fixture = Fixture::new().await;
    fixture.serves(&[("acme/a@1.2.3", "1.2.3", "x")]).await;
    let sources = fixture.sources();
    assert_eq!(fetch(&sources, "acme/a@1.2.3").await, found("1.2.3", "x"));
    fixture.fails().await;
    assert_eq!(fetch(&sources, "acme/a@1.2.3").await, found("1.2.3", "x"));
    assert_eq!(fetch(&sources, "acme/a@1").await, found("1.2.3", "x"), "the kept one, while the registry is away");
    assert!(matches!(fetch(&sources, "acme/a@2").await, Err(OrbError::Transient(_))));
}

#[tokio::test]
async fn moving_versions_are_asked_for_again_after_a_while() {
    let fixture = Fixture::new().await;
    let sources = fixture.sources();
    fixture.serves(&[("acme/a@1", "1.0.0", "old"), ("acme/a@dev:x", "dev:x", "first")]).await;
    assert_eq!(fetch(&sources, "acme/a@1").await, found("1.0.0", "old"));
    assert_eq!(fetch(&sources, "acme/a@dev:x").await, found("dev:x", "first"));
    fixture.serves(&[("acme/a@1", "1.1.0", "new"), ("acme/a@dev:x", "dev:x", "second")]).await;
    assert_eq!(fetch(&sources, "acme/a@1").await, found("1.0.0", "old"));
    assert_eq!(fetch(&sources, "acme/a@dev:x").await, found("dev:x", "second"), "a dev version may change at any time");
    fixture.clock.advance_millis(FRESH_MS);
    assert_eq!(fetch(&sources, "acme/a@1").await, found("1.1.0", "new"));
}

#[tokio::test]
async fn a_version_with_other_bytes_is_refused() {
    let fixture = Fixture::new().await;
    fixture.serves(&[("acme/a@1", "1.0.0", "good")]).await;
    assert_eq!(fetch(&fixture.sources(), "acme/a@1").await, found("1.0.0", "good"));
    fixture.serves(&[("acme/a@1", "1.0.0", "evil")]).await;
    let error = fetch(&fixture.sources(), "acme/a@1").await.unwrap_err();
    assert!(
        matches!(&error, OrbError::Permanent(text) if text.contains("other bytes for the orb `acme/a@1.0.0`")),
        "{error}"
    );
    fixture.serves(&[("acme/a@2", "1.0.0", "good")]).await;
    let error = fetch(&fixture.sources(), "acme/a@2").await.unwrap_err();
    assert!(error.to_string().contains("which is another one"), "{error}");
}

#[tokio::test]
async fn an_imported_orb_comes_from_nowhere_else() {
    let fixture = Fixture::new().await;
    fixture.import("acme/deploy", "1.2.0", "ours").await;
    fixture.serves(&[("acme/deploy@1", "1.99.0", "theirs"), ("acme/deploy@2", "2.0.0", "theirs")]).await;
    let sources = fixture.sources();
    assert_eq!(fetch(&sources, "acme/deploy@1").await, found("1.2.0", "ours"));
    assert_eq!(fetch(&sources, "acme/deploy@volatile").await, found("1.2.0", "ours"));
    let error = fetch(&sources, "acme/deploy@2").await.unwrap_err().to_string();
    assert!(
        error.contains("there are `1.2.0`") && error.contains("roundhouse orb import acme__deploy@2.yml"),
        "{error}"
    );
    assert!(fixture.registry.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_nobody_has_is_said_with_what_to_do() {
    let fixture = Fixture::new().await;
    fixture.serves(&[]).await;
    let error = fetch(&fixture.sources(), "acme/none@1.0.0").await.unwrap_err().to_string();
    assert!(error.contains("the registry has no orb `acme/none@1.0.0`") && error.contains("orb import"), "{error}");
    let forbidden = OrbSources::new(&OrbSettings::default(), Shelf::Nowhere, Clock::System);
    let error = fetch(&forbidden, "acme/none@1.0.0").await.unwrap_err().to_string();
    assert!(error.contains("`orb_registry_url` is `none`"), "{error}");
    for reference in ["acme/none@1.2.3.4", "acme/none", "none@1", "acme/none@x y"] {
        assert!(matches!(fetch(&forbidden, reference).await, Err(OrbError::Permanent(_))), "{reference}");
    }
}

#[tokio::test]
async fn a_directory_comes_first() {
    let fixture = Fixture::new().await;
    fixture.serves(&[("acme/a@1", "1.9.0", "theirs"), ("acme/b@1", "1.0.0", "b")]).await;
    let path = fixture.directory.path().join("orbs");
    fs::create_dir(&path).unwrap();
    for (file, text) in
        [("acme__a@1.0.0.yml", "1.0"), ("acme__a@1.1.0.yml", "1.1"), ("acme__a@HEAD.yml", "head"), ("x.yml", "")]
    {
        fs::write(path.join(file), text).unwrap();
    }
    let open = || fixture.sources().with_directory(Some(OrbDirectory::open(&path).unwrap()));
    let sources = open();
    assert_eq!(fetch(&sources, "acme/a@1").await, found("1.1.0", "1.1"));
    assert_eq!(fetch(&sources, "acme/a@1.0").await, found("1.0.0", "1.0"));
    assert_eq!(fetch(&sources, "acme/a@HEAD").await, found("HEAD", "head"));
    assert_eq!(fetch(&sources, "acme/b@1").await, found("1.0.0", "b"));
    let error = fetch(&sources, "acme/a@1.2.0").await.unwrap_err().to_string();
    assert!(error.contains("which has `1.1.0`, `1.0.0`, `HEAD`"), "{error}");
    let near = open().with_nearest().fetch(&OrbRef::new("acme/a@1.2.0")).await.unwrap();
    assert_eq!(near.version, "1.1.0");
    assert!(near.note.unwrap().contains("`acme/a@1.1.0` stands in for it"));
}

#[tokio::test]
async fn files_keep_what_was_fetched() {
    let fixture = Fixture::new().await;
    let path = fixture.directory.path().join("cache/orbs");
    let shelf = Shelf::Files(path.clone());
    assert_eq!(shelf.versions("acme/a").await.unwrap(), []);
    shelf.keep("acme/a", "1.0.0", "x").await.unwrap();
    shelf.keep("acme/a", "1.0.0", "x").await.unwrap();
    assert_eq!(shelf.find("acme/a", "1.0.0").await.unwrap().as_deref(), Some("x"));
    assert!(path.join("acme__a@1.0.0.yml").exists());
    assert!(shelf.keep("acme/a", "1.0.0", "y").await.unwrap_err().to_string().contains("other bytes"));
}
