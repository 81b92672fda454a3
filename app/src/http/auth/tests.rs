//! Who is who, by what a request brings.

use std::{net::SocketAddr, sync::Arc};

use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, request::Parts};
use model::{id::ProjectId, permission::Permission, project::Vcs};
use secrecy::ExposeSecret;
use store::{
    Store, StoreOptions,
    project::{NewProject, Project},
    user::{Identity, NewUser, User},
};
use tempfile::TempDir;

use super::{
    Actor, AuthState, Denied, Readable, Rules, credentials,
    operator::{is_loopback_host, is_operator},
    origin::{Origin, origin},
    session, token,
};
use crate::{
    clock::Clock,
    settings::{GithubSettings, LoginSettings},
    vcs::{ForgeSettings, Forges},
};

/// For a server at this address, connected to no forge.
pub(crate) fn auth(store: &Store, clock: &Clock, public_url: &str) -> AuthState {
    let github = GithubSettings {
        url: "https://github.com".to_owned(),
        api_url: "https://api.github.com".to_owned(),
        app: None,
        webhook_secret: None,
    };
    let forges = Forges::new(ForgeSettings { github, gitlab: None }, clock.clone());
    let rules = Rules::new(public_url, &LoginSettings::default());
    AuthState::new(store.clone(), clock.clone(), Arc::new(forges), rules)
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
    HeaderMap::from_iter(pairs)
}

#[test]
fn only_the_person_at_this_machine_is_the_operator() {
    let here = "127.0.0.1";
    /// Address, headers, whether it is the operator.
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);
    let table: &[Row<'_>] = &[
        (here, &[("host", "127.0.0.1:8000")], true),
        (here, &[("host", "localhost:8000")], true),
        (here, &[("host", "LOCALHOST")], true),
        ("::1", &[("host", "[::1]:8000")], true),
        ("::ffff:127.0.0.1", &[("host", "127.0.0.1")], true),
        // Jobs come from another address of the loopback.
        ("127.0.0.2", &[("host", "127.0.0.1:8000")], false),
        ("192.168.0.7", &[("host", "127.0.0.1:8000")], false),
        ("::ffff:10.0.0.1", &[("host", "127.0.0.1")], false),
        // A name of somebody else that leads here.
        (here, &[("host", "rebound.example:8000")], false),
        (here, &[("host", "127.0.0.1.example")], false),
        (here, &[("host", "localhost.example:80")], false),
        (here, &[], false),
        // A proxy on this machine.
        (here, &[("host", "127.0.0.1:8000"), ("x-forwarded-for", "8.8.8.8")], false),
        (here, &[("host", "127.0.0.1:8000"), ("forwarded", "for=8.8.8.8")], false),
        (here, &[("host", "127.0.0.1:8000"), ("via", "1.1 caddy")], false),
        (here, &[("host", "127.0.0.1:8000"), ("x-real-ip", "8.8.8.8")], false),
        (here, &[("host", "127.0.0.1:8000"), ("authorization", "Basic YW5uOnA=")], false),
    ];
    for (peer, pairs, expected) in table {
        let pairs: Vec<(&'static str, &str)> = pairs.to_vec();
        let found = is_operator(Some(peer.parse().unwrap()), &parts("GET", peer, &pairs));
        assert_eq!(found, *expected, "{peer} {pairs:?}");
    }
    let here = Some([127, 0, 0, 1].into());
    let local = || parts("GET", "127.0.0.1", &[("host", "127.0.0.1:8000")]);
    assert!(!is_operator(None, &local()), "a connection of which nothing is known");
    let mut old = local();
    old.version = http::Version::HTTP_10;
    assert!(!is_operator(here, &old), "a proxy that adds nothing");
    let mut twice = local();
    twice.headers.append("host", "ci.example".parse().unwrap());
    assert!(!is_operator(here, &twice));
}

#[test]
fn hosts_of_this_machine_alone() {
    for host in ["localhost", "localhost:8000", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:8000"] {
        assert!(is_loopback_host(host), "{host}");
    }
    for host in ["", "ci.example", "0.0.0.0:8000", "10.0.0.1", "[2001:db8::1]:80", "::1", "localhost.example"] {
        assert!(!is_loopback_host(host), "{host}");
    }
}

#[test]
fn a_page_of_somebody_else_is_told_from_ours() {
    let table: &[(&[(&'static str, &str)], Origin)] = &[
        (&[("sec-fetch-site", "same-origin")], Origin::Ours),
        (&[("sec-fetch-site", "none")], Origin::Ours),
        (&[("sec-fetch-site", "same-site")], Origin::Foreign),
        (&[("sec-fetch-site", "cross-site")], Origin::Foreign),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://ci.example")], Origin::Foreign),
        (&[("origin", "https://ci.example")], Origin::Ours),
        (&[("origin", "https://CI.example")], Origin::Ours),
        (&[("origin", "https://ci.example:444")], Origin::Foreign),
        (&[("origin", "https://ci.example.evil")], Origin::Foreign),
        (&[("origin", "null")], Origin::Foreign),
        (&[("origin", "")], Origin::Foreign),
        (&[], Origin::Untold),
    ];
    for (pairs, expected) in table {
        assert_eq!(origin(&headers(pairs), &["ci.example", ""]), *expected, "{pairs:?}");
    }
}

#[test]
fn a_token_comes_in_every_form_that_clients_send() {
    // `cmh0XzE6` is `rht_1:`, `cmh0XzE6cA==` has a password, `YW5uOnA=` is for a proxy.
    /// Headers, address, the token in them.
    type Row<'a> = (&'a [(&'static str, &'a str)], &'a str, Option<&'a str>);
    let table: &[Row<'_>] = &[
        (&[("circle-token", "t1")], "/", Some("t1")),
        (&[("authorization", "Bearer t1")], "/", Some("t1")),
        (&[("authorization", "bearer t1")], "/", Some("t1")),
        (&[("authorization", "Basic cmh0XzE6")], "/", Some("rht_1")),
        (&[("authorization", "Basic cmh0XzE6cA==")], "/", Some("rht_1")),
        (&[("authorization", "Basic YW5uOnA=")], "/", None),
        (&[("circle-token", "t1"), ("authorization", "Basic cmh0XzE6")], "/", Some("t1")),
        (&[], "/x?a=b&circle-token=t1", Some("t1")),
        (&[("circle-token", "")], "/", None),
        (&[("authorization", "Basic ???")], "/", None),
        (&[("authorization", "Digest t1")], "/", None),
        (&[], "/x", None),
    ];
    for (pairs, uri, expected) in table {
        let (headers, uri): (_, http::Uri) = (headers(pairs), uri.parse().unwrap());
        assert_eq!(credentials::token(&headers, &uri).as_deref(), *expected, "{pairs:?} {uri}");
    }
    let cookies = headers(&[("cookie", "theme=dark; roundhouse_session=abc; x=y")]);
    assert_eq!(credentials::cookie(&cookies), Some("abc"));
}

struct Kit {
    auth: AuthState,
    store: Store,
    ada: User,
    token: String,
    _dir: TempDir,
}

impl Kit {
    async fn new(public_url: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open(dir.path(), StoreOptions::default()).await.unwrap();
        let clock = Clock::manual(model::time::Timestamp::from_millis(1_700_000_000_000));
        let auth = auth(&store, &clock, public_url);
        let new =
            NewUser { identity: Identity::Forge { vcs: Vcs::GitHub, id: 4815 }, login: "ada".to_owned(), name: None };
        let mut tx = store.begin().await.unwrap();
        let ada = store::user::create(&mut tx, &new, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let token = token::create(&store, &clock, ada.id, "test").await.unwrap().expose_secret().to_owned();
        Self { auth, store, ada, token, _dir: dir }
    }

    async fn project(&self, private: bool) -> Project {
        let new = NewProject { private, ..rows::project("gh/acme/app") };
        let mut tx = self.store.begin().await.unwrap();
        let project = store::project::upsert(&mut tx, &new, self.auth.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        project
    }
}

fn parts(method: &str, peer: &str, pairs: &[(&'static str, &str)]) -> Parts {
    let (mut parts, ()) = Request::builder().method(method).uri("/").body(()).unwrap().into_parts();
    parts.headers = headers(pairs);
    parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 40_000)));
    parts
}

#[tokio::test]
async fn a_token_opens_and_a_wrong_one_is_refused_even_here() {
    let kit = Kit::new("http://127.0.0.1:8000").await;
    let with = |token: &str| parts("POST", "10.0.0.1", &[("host", "ci"), ("circle-token", token)]);
    assert_eq!(kit.auth.identify(&with(&kit.token)).await, Ok(Some(Actor::User(kit.ada.clone()))));
    let wrong = parts("GET", "127.0.0.1", &[("host", "127.0.0.1:8000"), ("circle-token", "rht_wrong")]);
    assert_eq!(kit.auth.identify(&wrong).await, Err(Denied::BadToken));
}

#[tokio::test]
async fn the_operator_needs_no_login_and_nobody_elsewhere_acts_for_them() {
    let kit = Kit::new("http://127.0.0.1:8000").await;
    let host = ("host", "127.0.0.1:8000");
    assert_eq!(kit.auth.identify(&parts("POST", "127.0.0.1", &[host])).await, Ok(Some(Actor::Operator)));
    let page = parts("POST", "127.0.0.1", &[host, ("origin", "http://127.0.0.1:8000")]);
    assert_eq!(kit.auth.identify(&page).await, Ok(Some(Actor::Operator)));
    let foreign = parts("POST", "127.0.0.1", &[host, ("origin", "https://evil.example")]);
    assert_eq!(kit.auth.identify(&foreign).await, Err(Denied::Foreign));
    // As soon as others can reach it, there is no operator.
    let public = Kit::new("https://ci.example").await;
    assert_eq!(public.auth.identify(&parts("POST", "127.0.0.1", &[host])).await, Ok(None));
}

#[tokio::test]
async fn a_session_acts_from_our_own_pages_only() {
    let kit = Kit::new("https://ci.example").await;
    let cookie = session::open(&kit.auth, &kit.ada, None).await.unwrap();
    let cookie = cookie.to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    let cookie = ("cookie", cookie.split(';').next().unwrap());
    let ada = Ok(Some(Actor::User(kit.ada.clone())));
    let from = |method: &str, more: &[(&'static str, &str)]| {
        parts(method, "10.0.0.1", &[&[("host", "ci.example"), cookie], more].concat())
    };
    assert_eq!(kit.auth.identify(&from("GET", &[])).await, ada);
    assert_eq!(kit.auth.identify(&from("POST", &[("sec-fetch-site", "same-origin")])).await, ada);
    assert_eq!(kit.auth.identify(&from("POST", &[("origin", "https://ci.example")])).await, ada);
    assert_eq!(kit.auth.identify(&from("POST", &[("origin", "https://evil.example")])).await, Err(Denied::Foreign));
    assert_eq!(kit.auth.identify(&from("POST", &[("sec-fetch-site", "same-site")])).await, Err(Denied::Foreign));
    assert_eq!(kit.auth.identify(&from("POST", &[])).await, Err(Denied::Foreign), "who tells nothing has no cookie");
    kit.auth.clock.advance_millis(31 * 86_400_000);
    assert_eq!(kit.auth.identify(&from("GET", &[])).await, Ok(None));
}

#[tokio::test]
async fn rights_come_from_the_forge_from_the_administrator_or_from_everybody() {
    let kit = Kit::new("https://ci.example").await;
    let (project, ada) = (kit.project(true).await, Actor::User(kit.ada.clone()));
    // This forge cannot be asked, so the answer is no.
    assert!(matches!(kit.auth.require(Some(&ada), &project, Permission::Write).await, Err(Denied::Untold(_))));
    assert_eq!(kit.auth.require(None, &project, Permission::Read).await, Ok(()), "pages are open");
    assert_eq!(kit.auth.require(None, &project, Permission::Write).await, Err(Denied::Unknown));
    assert_eq!(kit.auth.require(Some(&Actor::Operator), &project, Permission::Admin).await, Ok(()));

    let now = kit.auth.clock.now();
    let mut tx = kit.store.begin().await.unwrap();
    store::permission::put(&mut tx, kit.ada.id, project.id, Permission::Write, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kit.auth.require(Some(&ada), &project, Permission::Write).await, Ok(()));
    let denied = kit.auth.require(Some(&ada), &project, Permission::Admin).await.unwrap_err();
    assert_eq!(
        denied.to_string(),
        "`ada` may not do this: it needs admin access to `gh/acme/app`, and the forge gives only write"
    );
    kit.auth.clock.advance_millis(5 * 60_000);
    assert!(matches!(kit.auth.permission(&ada, &project).await, Err(Denied::Untold(_))), "asked again");

    let mut tx = kit.store.begin().await.unwrap();
    store::user::set_admin(&mut tx, kit.ada.id, true).await.unwrap();
    let ada = Actor::User(store::user::get(tx.db(), kit.ada.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(kit.auth.permission(&ada, &project).await, Ok(Permission::Admin));

    // A person of another forge has no rights here but those of everybody.
    let lab = NewUser { identity: Identity::Forge { vcs: Vcs::GitLab, id: 1 }, login: "lab".to_owned(), name: None };
    let mut tx = kit.store.begin().await.unwrap();
    let lab = Actor::User(store::user::create(&mut tx, &lab, now).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(kit.auth.permission(&lab, &project).await, Ok(Permission::None));
    let public = kit.project(false).await;
    assert_eq!(kit.auth.permission(&lab, &public).await, Ok(Permission::Read));
}

#[tokio::test]
async fn lists_name_what_somebody_may_read() {
    let mut kit = Kit::new("https://ci.example").await;
    let (secret, ada) = (kit.project(true).await.id, Actor::User(kit.ada.clone()));
    let now = kit.auth.clock.now();
    let open = NewProject { forge_id: 2, ..rows::project("gh/acme/open") };
    let mut tx = kit.store.begin().await.unwrap();
    let open = store::project::upsert(&mut tx, &open, now).await.unwrap().id;
    tx.commit().await.unwrap();
    let both = [secret, open];
    assert_eq!(kit.auth.readable(None, both).await.unwrap(), Readable::All, "reading needs no login");

    kit.auth.rules = Arc::new(Rules { login_to_read: true, ..kit.auth.rules().clone() });
    assert_eq!(kit.auth.readable(Some(&Actor::Operator), both).await.unwrap(), Readable::All);
    assert_eq!(kit.auth.readable(None, both).await.unwrap(), Readable::These([].into()));
    let seen = |projects: &[ProjectId]| Readable::These(projects.iter().copied().collect());
    // This forge cannot be asked, so what it has not said is no.
    assert_eq!(kit.auth.readable(Some(&ada), both).await.unwrap(), seen(&[open]));
    for (level, readable) in [(Permission::Read, &both[..]), (Permission::None, &both[1..])] {
        let mut tx = kit.store.begin().await.unwrap();
        store::permission::put(&mut tx, kit.ada.id, secret, level, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(kit.auth.readable(Some(&ada), both).await.unwrap(), seen(readable), "{level:?}");
    }
    assert_eq!(kit.auth.readable(Some(&ada), [secret]).await.unwrap(), seen(&[]), "only what was asked for");
    assert_eq!(seen(&[open]).only(), Some(vec![open]));
    assert_eq!(Readable::All.only(), None);
}
