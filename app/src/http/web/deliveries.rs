//! What the forges sent, and what became of it.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use http::StatusCode;
use serde::Deserialize;
use store::{
    delivery::{DeliveryId, DeliveryState},
    overview::{DeliveryOverview, list_deliveries},
};

use super::{
    WebState, address,
    error::PageError,
    part::{Glyph, Mark, When, prose},
    why,
};
use crate::http::{
    format,
    page::{Area, Frame, Html, render},
    viewer::Viewer,
};

/// Rows of a page.
const PAGE: u32 = 50;

/// What the list is narrowed to.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    older: Option<String>,
    filtered: bool,
    hooks: Vec<String>,
}

struct Tab {
    href: String,
    name: &'static str,
    mark: Option<Mark>,
    current: bool,
}

struct Row {
    id: i64,
    mark: Mark,
    time: String,
    age: When,
    event: String,
    forge: &'static str,
    what: Html,
    guid: String,
    size: String,
    attempts: u32,
    pipeline: Option<(String, String)>,
}

/// `GET /deliveries`.
pub async fn page(
    State(state): State<WebState>,
    Query(filter): Query<Filter>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let wanted = DeliveryState::from_name(&filter.state);
    let before = filter.before.map(DeliveryId);
    let mut found = list_deliveries(state.store.read(), wanted, before, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let query = wanted.map(|state| format!("state={}&", state.name())).unwrap_or_default();
    let older = found.last().filter(|_| more).map(|last| format!("/deliveries?{query}before={}", last.id));
    let now = state.now();
    let states = [
        None,
        Some(DeliveryState::New),
        Some(DeliveryState::Done),
        Some(DeliveryState::Ignored),
        Some(DeliveryState::Dead),
    ];
    let tabs = states.map(|tab| Tab {
        href: tab.map_or_else(|| "/deliveries".to_owned(), |state| format!("/deliveries?state={}", state.name())),
        name: tab.map_or("All", word),
        mark: tab.map(mark),
        current: tab == wanted,
    });
    let url = &state.store.options().public_url;
    let mut frame = Frame::new("Deliveries", Area::Deliveries, viewer);
    frame.events = (before.is_none()).then(|| "/events".to_owned());
    let page = DeliveriesPage {
        frame,
        tabs: tabs.into(),
        rows: found.into_iter().map(|delivery| row(delivery, now)).collect(),
        older,
        filtered: wanted.is_some() || before.is_some(),
        hooks: ["github", "gitlab"].map(|forge| format!("{url}/hooks/{forge}")).into(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn row(delivery: DeliveryOverview, now: model::time::Timestamp) -> Row {
    let DeliveryOverview { id, vcs, guid, event, size_bytes, received_at, state, note, attempts, pipeline } = delivery;
    let what = match (state, &pipeline, note) {
        (DeliveryState::Done, Some(_), _) => String::new(),
        (_, _, Some(note)) => why::sentence(&note),
        (DeliveryState::New, _, None) => "It waits to be looked at.".to_owned(),
        (DeliveryState::Done, None, None) => "It had its effect.".to_owned(),
        (DeliveryState::Ignored | DeliveryState::Dead, _, None) => String::new(),
    };
    Row {
        id: id.0,
        mark: mark(state),
        time: format::time_of_day(received_at),
        age: When::ago(received_at, now),
        event,
        forge: address::forge(vcs),
        what: prose(&what),
        guid,
        size: format::bytes(size_bytes),
        attempts,
        pipeline: pipeline
            .map(|(slug, number)| (address::pipeline(&slug, number), format!("{} #{number}", slug.full_name()))),
    }
}

const fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::New => "Waiting",
        DeliveryState::Done => "Done",
        DeliveryState::Ignored => "Ignored",
        DeliveryState::Dead => "Failed",
    }
}

const fn mark(state: DeliveryState) -> Mark {
    let glyph = match state {
        DeliveryState::New => Glyph::Queued,
        DeliveryState::Done => Glyph::Ok,
        DeliveryState::Ignored => Glyph::Skip,
        DeliveryState::Dead => Glyph::Bad,
    };
    Mark::new(glyph, word(state))
}
