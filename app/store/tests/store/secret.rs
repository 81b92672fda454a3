//! Contexts, variables and SSH keys as rows. The store knows nothing of what is in a sealed value.

use model::project::Vcs;
use store::{
    Error,
    context::{self, Rule},
    oidc_key::{self, OidcKey},
    project_variable,
    secret::{self, Sealed, SealedRow},
    ssh_key::{self, SshKey, Use},
};

use crate::kit::{NOW, TestStore};

fn sealed(byte: u8) -> Sealed {
    Sealed(vec![byte; 40])
}

#[tokio::test]
async fn a_context_belongs_to_its_organization() {
    let store = TestStore::new().await;
    let mut tx = store.begin().await.unwrap();
    let made = context::create(&mut tx, Vcs::GitHub, "acme", "deploy", NOW).await.unwrap();
    assert!(matches!(context::create(&mut tx, Vcs::GitHub, "ACME", "deploy", NOW).await, Err(Error::Conflict(_))));
    context::create(&mut tx, Vcs::GitLab, "acme", "deploy", NOW).await.unwrap();
    context::create(&mut tx, Vcs::GitHub, "acme", "Deploy", NOW).await.unwrap();
    context::set_variable(&mut tx, made.id, "B", &sealed(1), NOW).await.unwrap();
    context::set_variable(&mut tx, made.id, "A", &sealed(2), NOW).await.unwrap();
    context::set_variable(&mut tx, made.id, "B", &sealed(3), NOW.plus_millis(5)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(context::find(store.read(), Vcs::GitHub, "Acme", "deploy").await.unwrap().unwrap(), made);
    assert_eq!(context::find(store.read(), Vcs::GitHub, "other", "deploy").await.unwrap(), None);
    let variables = context::list_variables(store.read(), made.id).await.unwrap();
    let found: Vec<_> =
        variables.iter().map(|it| (it.name.as_str(), &it.sealed, it.created_at, it.updated_at)).collect();
    assert_eq!(found, [("A", &sealed(2), NOW, NOW), ("B", &sealed(3), NOW, NOW.plus_millis(5))]);

    let mut tx = store.begin().await.unwrap();
    assert!(context::unset_variable(&mut tx, made.id, "A").await.unwrap());
    assert!(!context::unset_variable(&mut tx, made.id, "A").await.unwrap());
    assert!(context::delete(&mut tx, made.id).await.unwrap());
    tx.commit().await.unwrap();
    assert!(context::list_variables(store.read(), made.id).await.unwrap().is_empty(), "they go with it");
    assert_eq!(context::list(store.read()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_context_has_a_hundred_variables_and_no_more() {
    let store = TestStore::new().await;
    let mut tx = store.begin().await.unwrap();
    let made = context::create(&mut tx, Vcs::GitHub, "acme", "deploy", NOW).await.unwrap();
    for number in 0..context::MAX_VARIABLES {
        context::set_variable(&mut tx, made.id, &format!("V{number}"), &sealed(1), NOW).await.unwrap();
    }
    context::set_variable(&mut tx, made.id, "V7", &sealed(2), NOW).await.unwrap();
    let more = context::set_variable(&mut tx, made.id, "MORE", &sealed(1), NOW).await;
    assert!(matches!(more, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn restrictions_come_and_go() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let mut tx = store.begin().await.unwrap();
    let made = context::create(&mut tx, Vcs::GitHub, "acme", "deploy", NOW).await.unwrap();
    let rules = [Rule::Project(project.id), Rule::Expression("pipeline.number > 1".to_owned())];
    let mut ids = Vec::new();
    for rule in &rules {
        ids.push(context::restrict(&mut tx, made.id, rule, NOW).await.unwrap());
        assert!(matches!(context::restrict(&mut tx, made.id, rule, NOW).await, Err(Error::Conflict(_))));
    }
    let listed = context::list_restrictions(tx.db(), made.id).await.unwrap();
    assert_eq!(
        listed.iter().map(|it| (it.id, it.rule.clone())).collect::<Vec<_>>(),
        ids.iter().copied().zip(rules).collect::<Vec<_>>()
    );
    assert!(context::lift(&mut tx, made.id, ids[0]).await.unwrap());
    assert!(!context::lift(&mut tx, made.id, ids[0]).await.unwrap());
    assert_eq!(context::list_restrictions(tx.db(), made.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_project_is_checked_out_with_one_key() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let key = |usage: Use, number: u8| SshKey {
        id: ssh_key::new_id(),
        project_id: project.id,
        usage,
        public_key: "ssh-ed25519 AAAA".to_owned(),
        md5: format!("aa:0{number}"),
        sha256: format!("SHA256:{number}"),
        sealed: sealed(number),
        created_at: NOW,
    };
    let additional = key(Use::Additional { hostname: Some("example.com".to_owned()) }, 1);
    let (first, second) =
        (key(Use::Checkout { address: None }, 1), key(Use::Checkout { address: Some("git@x:y".to_owned()) }, 2));
    let mut tx = store.begin().await.unwrap();
    for key in [&additional, &first, &second] {
        ssh_key::create(&mut tx, key).await.unwrap();
    }
    let again = ssh_key::create(&mut tx, &key(Use::Additional { hostname: None }, 1)).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
    tx.commit().await.unwrap();
    assert_eq!(ssh_key::list(store.read(), project.id).await.unwrap(), [additional.clone(), second]);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(ssh_key::delete(&mut tx, project.id, "aa:01").await.unwrap(), 1);
    assert_eq!(ssh_key::delete(&mut tx, project.id, "SHA256:2").await.unwrap(), 1);
    assert_eq!(ssh_key::delete(&mut tx, project.id, "SHA256:2").await.unwrap(), 0);
}

#[tokio::test]
async fn every_sealed_value_is_found_and_replaced() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let mut tx = store.begin().await.unwrap();
    let made = context::create(&mut tx, Vcs::GitHub, "acme", "deploy", NOW).await.unwrap();
    context::set_variable(&mut tx, made.id, "A", &sealed(1), NOW).await.unwrap();
    project_variable::set(&mut tx, project.id, "A", &sealed(2), NOW).await.unwrap();
    let key = SshKey {
        id: ssh_key::new_id(),
        project_id: project.id,
        usage: Use::Additional { hostname: None },
        public_key: String::new(),
        md5: String::new(),
        sha256: "SHA256:x".to_owned(),
        sealed: sealed(3),
        created_at: NOW,
    };
    ssh_key::create(&mut tx, &key).await.unwrap();
    let signing =
        OidcKey { kid: "k".repeat(43), jwk: "{}".to_owned(), sealed: sealed(4), signs_from: NOW, created_at: NOW };
    oidc_key::create(&mut tx, &signing).await.unwrap();
    let rows = secret::list(tx.db()).await.unwrap();
    assert_eq!(
        rows,
        [
            (SealedRow::Context(made.id, "A".to_owned()), sealed(1)),
            (SealedRow::Project(project.id, "A".to_owned()), sealed(2)),
            (SealedRow::SshKey(key.id), sealed(3)),
            (SealedRow::OidcKey(signing.kid), sealed(4)),
        ]
    );
    for (of, _) in &rows {
        secret::replace(&mut tx, of, &sealed(9)).await.unwrap();
    }
    assert!(secret::list(tx.db()).await.unwrap().iter().all(|(_, found)| *found == sealed(9)));
}
