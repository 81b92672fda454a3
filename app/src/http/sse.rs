//! Streams of server-sent events: the answer, and the pace.

use std::{
    convert::Infallible,
    time::{Duration, Instant},
};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures_util::Stream;
use http::{HeaderName, HeaderValue, header::CACHE_CONTROL};

/// A comment goes out so often when there is nothing to tell: proxies cut connections that are silent, and a browser finds
/// out only by writing or reading.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How soon a browser comes back when the connection breaks.
const RETRY: Duration = Duration::from_secs(2);

/// The least time between two looks at what is new: at most ten a second.
const PAUSE: Duration = Duration::from_millis(100);

/// The answer for a stream: nothing on the way may keep it back or keep a copy.
pub fn answer(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    use futures_util::StreamExt;
    let events = events.map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("beat")).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The first event of every stream: it tells how soon to come back.
pub fn hello() -> Event {
    Event::default().retry(RETRY).comment("hello")
}

/// Keeps looks at what is new apart.
#[derive(Debug, Default)]
pub struct Pace(Option<Instant>);

impl Pace {
    /// Returns when the next look may be taken: at once when the last one is long ago.
    pub async fn keep(&mut self) {
        if let Some(last) = self.0 {
            tokio::time::sleep(PAUSE.saturating_sub(last.elapsed())).await;
        }
        self.0 = Some(Instant::now());
    }
}
