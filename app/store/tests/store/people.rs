//! Users, their tokens and sessions, and what forges say of them.

use model::{permission::Permission, project::Vcs};
use store::{
    Error, permission,
    session::{self, NewSession},
    token,
    user::{self, Identity, NewUser, User},
};

use crate::kit::{NOW, TestStore};

async fn ada(store: &TestStore) -> User {
    let new = NewUser {
        identity: Identity::Forge { vcs: Vcs::GitHub, id: 4815 },
        login: "ada".to_owned(),
        name: Some("Ada".to_owned()),
    };
    let mut tx = store.begin().await.unwrap();
    let user = user::create(&mut tx, &new, NOW).await.unwrap();
    tx.commit().await.unwrap();
    user
}

#[tokio::test]
async fn a_person_is_a_user_once_and_names_follow_the_number() {
    let store = TestStore::new().await;
    let ada = ada(&store).await;
    assert!(!ada.is_admin);
    let mut tx = store.begin().await.unwrap();
    let again = NewUser { identity: ada.identity, login: "lovelace".to_owned(), name: None };
    assert!(matches!(user::create(&mut tx, &again, NOW).await, Err(Error::Conflict(_))));
    // The same login at another forge, or here, is another person.
    for identity in [Identity::Forge { vcs: Vcs::GitLab, id: 4815 }, Identity::Local] {
        let other = NewUser { identity, login: "ada".to_owned(), name: None };
        assert_ne!(user::create(&mut tx, &other, NOW).await.unwrap().id, ada.id);
    }
    let local = NewUser { identity: Identity::Local, login: "ADA".to_owned(), name: None };
    assert!(matches!(user::create(&mut tx, &local, NOW).await, Err(Error::Conflict(_))));
    user::set_names(&mut tx, ada.id, "lovelace", None).await.unwrap();
    user::set_admin(&mut tx, ada.id, true).await.unwrap();
    tx.commit().await.unwrap();
    let found = user::find_by_forge_id(store.read(), Vcs::GitHub, 4815).await.unwrap().unwrap();
    assert_eq!(found, User { login: "lovelace".to_owned(), is_admin: true, ..ada });
    assert_eq!(user::list(store.read()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_token_opens_until_it_is_revoked_and_its_sessions_end_with_it() {
    let store = TestStore::new().await;
    let ada = ada(&store).await;
    let mut tx = store.begin().await.unwrap();
    let id = token::create(&mut tx, ada.id, "laptop", &[1; 32], NOW).await.unwrap();
    let new = NewSession { hash: &[2; 32], user: ada.id, token: Some(id), expires_at: NOW.plus_millis(1_000) };
    session::create(&mut tx, new, NOW).await.unwrap();
    tx.commit().await.unwrap();

    let (found, user, is_news) = token::find(store.read(), &[1; 32], NOW).await.unwrap().unwrap();
    assert_eq!((found, &user, is_news), (id, &ada, true));
    assert_eq!(session::find_user(store.read(), &[2; 32], NOW).await.unwrap(), Some(ada));
    let over = NOW.plus_millis(1_000);
    assert_eq!(session::find_user(store.read(), &[2; 32], over).await.unwrap(), None, "its time is over");

    let mut tx = store.begin().await.unwrap();
    token::set_used(&mut tx, id, NOW).await.unwrap();
    tx.commit().await.unwrap();
    let (_, _, is_news) = token::find(store.read(), &[1; 32], NOW.plus_millis(1_000)).await.unwrap().unwrap();
    assert!(!is_news, "one note for many uses");

    let mut tx = store.begin().await.unwrap();
    assert!(token::remove(&mut tx, id).await.unwrap());
    assert!(!token::remove(&mut tx, id).await.unwrap());
    tx.commit().await.unwrap();
    assert!(token::find(store.read(), &[1; 32], NOW).await.unwrap().is_none());
    assert_eq!(session::find_user(store.read(), &[2; 32], NOW).await.unwrap(), None);
}

#[tokio::test]
async fn the_last_word_of_a_forge_counts() {
    let store = TestStore::new().await;
    let (ada, project) = (ada(&store).await, store.project().await);
    assert_eq!(permission::find(store.read(), ada.id, project.id).await.unwrap(), None);
    let mut tx = store.begin().await.unwrap();
    permission::put(&mut tx, ada.id, project.id, Permission::Write, NOW).await.unwrap();
    let later = NOW.plus_millis(1);
    permission::put(&mut tx, ada.id, project.id, Permission::None, later).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(permission::find(store.read(), ada.id, project.id).await.unwrap(), Some((Permission::None, later)));
}
