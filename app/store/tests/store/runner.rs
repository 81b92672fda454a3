//! Runners come and go.

use model::{
    job::{JobEvent, Outcome},
    protocol::Offers,
};
use store::{
    Error,
    job::AWAY_MS,
    pause::{self, PauseScope},
    runner, task,
};
use uuid::Uuid;

use crate::kit::{NOW, TestStore, build};

#[tokio::test]
async fn a_runner_that_is_gone_can_be_removed_and_what_it_ran_keeps_its_name() {
    let store = TestStore::new().await;
    let (_, jobs) = store.jobs(vec![build("one", 1, &[])]).await;
    store.happen(jobs[0], JobEvent::Unblocked, None).await.unwrap();
    let anna = store.runner("anna").await;
    let task = store.claim(anna, Uuid::now_v7()).await.unwrap().unwrap();
    let paused = PauseScope::Runner("anna".to_owned());
    let mut tx = store.begin().await.unwrap();
    pause::begin(&mut tx, &paused, "ada", "", NOW).await.unwrap();
    tx.commit().await.unwrap();

    let (here, gone) = (NOW.plus_millis(AWAY_MS - 1), NOW.plus_millis(AWAY_MS));
    let mut refusals = Vec::new();
    for (name, now) in [("anna", here), ("anna", gone), ("bert", gone)] {
        let mut tx = store.begin().await.unwrap();
        refusals.push(runner::remove(&mut tx, name, now).await.unwrap_err());
    }
    let [Error::Conflict(online), Error::Conflict(busy), Error::NotFound(missing)] = refusals.as_slice() else {
        panic!("{refusals:?}");
    };
    assert_eq!(online, "the runner `anna` is online: stop it, and remove it 3 minutes later");
    assert!(busy.starts_with("the runner `anna` still has tasks that run (1)"), "{busy}");
    assert_eq!(missing, "runner `bert`");

    let mut tx = store.begin().await.unwrap();
    task::end(&mut tx, task.id, Outcome::Canceled, None, NOW).await.unwrap();
    runner::remove(&mut tx, "anna", gone).await.unwrap();
    tx.commit().await.unwrap();
    assert!(runner::list(store.read()).await.unwrap().is_empty());
    assert_eq!(pause::find(store.read(), &paused).await.unwrap(), None);
    let ran_on = task::get(store.read(), task.id).await.unwrap().runner_id.unwrap();
    assert_eq!(runner::get(store.read(), ran_on).await.unwrap().name, "anna");

    // Whoever comes under that name now is somebody else, with any token.
    let mut tx = store.begin().await.unwrap();
    let token = runner::put_token(&mut tx, "another", &[9; 32], NOW).await.unwrap();
    let again = runner::seen(&mut tx, token, "anna", &Offers::default(), gone).await.unwrap();
    tx.commit().await.unwrap();
    assert_ne!(again, anna);
    let here = runner::list(store.read()).await.unwrap();
    assert_eq!(here.iter().map(|runner| (runner.id, runner.name.as_str())).collect::<Vec<_>>(), [(again, "anna")]);
}
