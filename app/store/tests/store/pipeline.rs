//! Pipelines.

use model::{pipeline::PipelineState, project::GitRef, zone::Zone};
use serde_json::json;
use store::{
    Error, delivery,
    inbox::{NewDelivery, Stored},
    pipeline::{self, NewPipeline, OfProjects, PipelineFilter},
    status,
};

use crate::kit::{NOW, TestStore};

#[tokio::test]
async fn a_list_is_newest_first_and_goes_on_where_the_page_ended() {
    let store = TestStore::new().await;
    let (one, two) = (store.project().await, store.project().await);
    for _ in 0..3 {
        store.pipeline(&one).await;
        store.pipeline(&two).await;
    }
    let filter = PipelineFilter { of: OfProjects::One(one.id), branch: Some("main".to_owned()), before: None };
    let page = pipeline::list(store.read(), &filter, 2).await.unwrap();
    assert_eq!(page.iter().map(|pipeline| pipeline.number).collect::<Vec<_>>(), [3, 2]);
    let filter = PipelineFilter { before: Some(page[1].id), ..filter };
    let page = pipeline::list(store.read(), &filter, 2).await.unwrap();
    assert_eq!(page.iter().map(|pipeline| pipeline.number).collect::<Vec<_>>(), [1]);
    assert_eq!(pipeline::list(store.read(), &PipelineFilter::default(), 100).await.unwrap().len(), 6);
    for (ids, found) in [(vec![one.id], 3), (vec![one.id, two.id], 6), (Vec::new(), 0)] {
        for branch in [None, Some("main".to_owned())] {
            let filter = PipelineFilter { of: OfProjects::These(ids.clone()), branch, before: None };
            assert_eq!(pipeline::list(store.read(), &filter, 100).await.unwrap().len(), found, "{filter:?}");
        }
    }
    assert_eq!(pipeline::list_branches(store.read(), one.id, 10).await.unwrap(), ["main"]);
    assert_eq!(pipeline::find_by_number(store.read(), two.id, 3).await.unwrap().unwrap().slug, two.slug);
}

#[tokio::test]
async fn an_error_is_shown_on_the_commit_and_is_final() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let created = store.pipeline(&project).await;
    let mut tx = store.begin().await.unwrap();
    pipeline::set_config_source(&mut tx, created.id, "version: 2.1").await.unwrap();
    pipeline::set_errored(&mut tx, created.id, "the configuration has 2 errors", Some(&json!([1, 2])), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let errored = pipeline::get(store.read(), created.id).await.unwrap();
    assert_eq!(errored.state, PipelineState::Errored);
    assert_eq!(errored.errors, Some(json!([1, 2])));
    assert_eq!(pipeline::get_config_source(store.read(), created.id).await.unwrap().as_deref(), Some("version: 2.1"));
    assert_eq!(status::count_waiting(store.read()).await.unwrap(), 1);
    let mut tx = store.begin().await.unwrap();
    let again = pipeline::set_errored(&mut tx, created.id, "again", None, NOW).await;
    assert!(matches!(again, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn a_delivery_makes_one_pipeline_and_can_be_taken_back() {
    let store = TestStore::new().await;
    let project = store.project().await;
    let before = store.pipeline(&project).await;
    let delivery = NewDelivery {
        vcs: project.slug.vcs,
        guid: "g".to_owned(),
        event: "push".to_owned(),
        body: Vec::new(),
        received_at: NOW,
    };
    let Stored::Inserted(id) = store.inbox().insert(delivery).await.unwrap() else { panic!("it is new") };
    let new = NewPipeline {
        project_id: project.id,
        trigger: before.trigger,
        git_ref: GitRef::Tag("v1".to_owned()),
        sha: before.sha.clone(),
        subject: String::new(),
        body: String::new(),
        actor: before.actor.clone(),
        author: None,
        parameters: json!({}),
        values: json!({}),
        delivery_id: Some(id),
        zone: Zone::Repo,
    };
    let mut tx = store.begin().await.unwrap();
    let made = pipeline::create(&mut tx, &new, NOW).await.unwrap();
    delivery::finish(&mut tx, id).await.unwrap();
    assert!(matches!(pipeline::create(&mut tx, &new, NOW).await, Err(Error::Conflict(_))));
    tx.commit().await.unwrap();
    assert_eq!(pipeline::find_by_delivery(store.read(), id).await.unwrap().unwrap().id, made.id);
}
