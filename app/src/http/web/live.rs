//! The streams that tell pages of changes and bring new lines of logs.
//!
//! `/events` tells of all pipelines, `?project=`, `?pipeline=` and `?job=` of one thing, `?server=true` also of what happens
//! without news. Events:
//!
//! | event | data | the page |
//! | --- | --- | --- |
//! | `changed` | a word | asks for itself again and swaps what differs |
//! | `log` | rendered lines; the id begins with the step's anchor | puts them in, each in the place of its number |
//! | `reset` | a word | loads itself anew: what it shows of logs is void |
//! | `end` | a word | asks for itself a last time, and listens no more |
//!
//! A stream begins with `changed`, since something may have happened between the page and the stream. The id of a `log`
//! event is a [`Cursor`] over all logs of the task, so a browser that comes back with `Last-Event-ID` goes on exactly where
//! it was.

use std::{collections::VecDeque, time::Duration};

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{Response, sse::Event},
};
use futures_util::stream;
use http::HeaderMap;
use model::{
    id::{JobId, PipelineId, ProjectId},
    permission::Permission,
};
use serde::Deserialize;
use store::{
    Topic,
    bus::{Change, Topics},
    task::Task,
};
use tracing::warn;

use super::{
    WebState,
    error::PageError,
    log::{Feed, Lines, Piece, anchor},
};
use crate::http::{
    auth::Visitor,
    format::{count, plural},
    named,
    sse::{self, Pace},
};

/// News may be lost; then it takes so long until a job is looked at again.
const POLL: Duration = Duration::from_secs(5);

/// What a page listens to.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Subject {
    project: Option<ProjectId>,
    pipeline: Option<PipelineId>,
    job: Option<JobId>,
    /// The page is about the server: runners come and go, and pauses begin, without any news, so it looks now and then.
    #[serde(default)]
    server: bool,
    #[serde(default)]
    run: u32,
    /// Where the page's own lines end.
    #[serde(default)]
    from: String,
}

/// What has happened, as far as a page is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct News {
    changed: bool,
    log: bool,
}

struct Live {
    state: WebState,
    subject: Subject,
    topics: Topics,
    pipeline: Option<PipelineId>,
    feed: Feed,
    pace: Pace,
    queue: VecDeque<Event>,
    over: bool,
}

/// `GET /events`.
pub async fn events(
    State(state): State<WebState>,
    Query(subject): Query<Subject>,
    Visitor(actor): Visitor,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    // Before anything is read: what happens from now on is heard.
    let topics = state.store.bus().topics();
    let pipeline = match (subject.pipeline, subject.job) {
        (Some(pipeline), _) => Some(store::pipeline::get(state.store.read(), pipeline).await?.id),
        (None, Some(job)) => Some(store::job::get(state.store.read(), job).await?.pipeline_id),
        (None, None) => None,
    };
    if let Some(pipeline) = pipeline.filter(|_| state.auth.rules().login_to_read) {
        let project = named::pipeline(&state.store, pipeline).await?.project;
        state.auth.require(actor.as_ref(), &project, Permission::Read).await?;
    }
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let cursor = last.and_then(|id| id.split_once(':')).map_or(subject.from.as_str(), |(_, cursor)| cursor);
    let feed = Feed::new(state.logs.clone(), state.counts.clone(), cursor.parse().unwrap_or_default());
    let queue = VecDeque::from([sse::hello(), signal("changed")]);
    let live = Live { state, subject, topics, pipeline, feed, pace: Pace::default(), queue, over: false };
    Ok(sse::answer(stream::unfold((live, true), |(mut live, first)| async move {
        let event = live.next(first).await?;
        Some((event, (live, false)))
    })))
}

impl Live {
    /// The next event; `None` ends the stream.
    async fn next(&mut self, first: bool) -> Option<Event> {
        if first {
            self.look(News { changed: false, log: true }).await;
        }
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            let stop = self.state.stop.clone();
            let mut news = tokio::select! {
                () = stop.cancelled() => return None,
                news = hear(&mut self.topics, &self.subject, self.pipeline) => news?,
                () = tokio::time::sleep(POLL), if self.subject.job.is_some() => News { changed: false, log: true },
                () = tokio::time::sleep(POLL), if self.subject.server => News { changed: true, log: false },
            };
            self.pace.keep().await;
            // What has come in the meantime is told with it.
            while let Ok(more) =
                tokio::time::timeout(Duration::ZERO, hear(&mut self.topics, &self.subject, self.pipeline)).await
            {
                let more = more?;
                news = News { changed: news.changed || more.changed, log: news.log || more.log };
            }
            self.look(news).await;
        }
    }

    /// Queues what there is to tell: lines first, then the change that may end the page's listening.
    async fn look(&mut self, news: News) {
        match self.lines_and_end().await {
            Ok(over) => {
                if news.changed || over {
                    self.queue.push_back(signal("changed"));
                }
                if over {
                    self.queue.push_back(signal("end"));
                    self.over = true;
                }
            }
            Err(error) => {
                warn!("A stream of events ends early: {error:#}");
                self.over = true;
            }
        }
    }

    /// Queues new lines of the job's logs; tells whether nothing more will come.
    async fn lines_and_end(&mut self) -> anyhow::Result<bool> {
        let Some(job) = self.subject.job else {
            let Some(pipeline) = self.subject.pipeline else { return Ok(false) };
            return self.pipeline_is_over(pipeline).await;
        };
        // The state is read before the logs: all bytes of a job that is over are there.
        let over = store::job::get(self.state.store.read(), job).await?.state.outcome().is_some();
        let tasks = store::task::list_by_job(self.state.store.read(), job).await?;
        if let Some(task) = tasks.iter().find(|task| task.node_index == self.subject.run) {
            if !self.feed.is_of(task) {
                self.queue.push_back(signal("reset"));
                self.over = true;
                return Ok(false);
            }
            self.lines(task).await?;
        }
        Ok(over)
    }

    async fn lines(&mut self, task: &Task) -> anyhow::Result<()> {
        for piece in self.feed.next(task).await? {
            self.queue.push_back(event(&piece)?);
        }
        Ok(())
    }

    async fn pipeline_is_over(&self, id: PipelineId) -> anyhow::Result<bool> {
        use model::pipeline::PipelineState as S;
        let pipeline = store::pipeline::get(self.state.store.read(), id).await?;
        Ok(match pipeline.state {
            S::Errored => true,
            S::Pending | S::SetupPending | S::Setup => false,
            S::Created => {
                let workflows = store::workflow::list_by_pipeline(self.state.store.read(), id).await?;
                workflows.iter().all(|workflow| workflow.status.is_ended())
            }
        })
    }
}

/// Waits for news that concern a page; `None` when there is nobody left who could send any.
async fn hear(topics: &mut Topics, subject: &Subject, pipeline: Option<PipelineId>) -> Option<News> {
    loop {
        let news = match topics.next().await? {
            Change::Missed => News { changed: true, log: true },
            Change::Topic(topic) => concerns(topic, subject, pipeline),
        };
        if news != News::default() {
            return Some(news);
        }
    }
}

fn concerns(topic: Topic, subject: &Subject, pipeline: Option<PipelineId>) -> News {
    let changed = match (topic, subject.job, subject.project) {
        (Topic::Log(job), wanted, _) => return News { changed: false, log: wanted == Some(job) },
        (Topic::Job(job), wanted, _) => wanted == Some(job),
        (Topic::Pipeline(id), _, None) => pipeline.is_none_or(|wanted| wanted == id),
        (Topic::Pipeline(_), _, Some(_)) => false,
        (Topic::Project(id), _, Some(wanted)) => wanted == id,
        (Topic::Project(_), _, None) => pipeline.is_none(),
    };
    News { changed, log: changed }
}

/// An event that says all by its name. It has data all the same: browsers pass over events without any.
fn signal(name: &str) -> Event {
    Event::default().event(name).data("now")
}

/// A `log` event: the first word of its id says which log, the rest is the cursor.
fn event(piece: &Piece) -> anyhow::Result<Event> {
    let step = anchor(piece.key);
    let mut html = String::new();
    if piece.skipped > 0 {
        let lines = plural(piece.skipped, "line").replacen(&piece.skipped.to_string(), &count(piece.skipped), 1);
        html = format!("<p class=\"more m\">{lines} came too fast to be shown here; the raw log has them.</p>");
    }
    html += &Lines { step: &step, lines: &piece.lines }.render()?;
    Ok(Event::default().event("log").id(format!("{step}:{}", piece.cursor)).data(html))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{super::log::Cursor, *};

    #[test]
    fn pages_hear_what_concerns_them() {
        let (job, other) = (JobId::from_uuid(Uuid::from_u128(1)), JobId::from_uuid(Uuid::from_u128(2)));
        let pipeline = PipelineId::from_uuid(Uuid::from_u128(3));
        let project = ProjectId::from_uuid(Uuid::from_u128(4));
        let all = [
            Topic::Job(job),
            Topic::Job(other),
            Topic::Log(job),
            Topic::Log(other),
            Topic::Pipeline(pipeline),
            Topic::Pipeline(PipelineId::from_uuid(Uuid::from_u128(9))),
            Topic::Project(project),
            Topic::Project(ProjectId::from_uuid(Uuid::from_u128(9))),
        ];
        let heard = |subject: &Subject, pipeline| {
            let word = |news: News| match (news.changed, news.log) {
                (true, _) => 'c',
                (false, true) => 'l',
                (false, false) => '-',
            };
            all.iter().map(|topic| word(concerns(*topic, subject, pipeline))).collect::<String>()
        };
        assert_eq!(heard(&Subject::default(), None), "----cccc");
        assert_eq!(heard(&Subject { project: Some(project), ..Subject::default() }, None), "------c-");
        assert_eq!(heard(&Subject { pipeline: Some(pipeline), ..Subject::default() }, Some(pipeline)), "----c---");
        assert_eq!(heard(&Subject { job: Some(job), ..Subject::default() }, Some(pipeline)), "c-l-c---");
    }

    #[test]
    fn an_id_leads_back_to_its_cursor() {
        let cursor: Cursor = "3~1.0.4096.17.0".parse().unwrap();
        let id = format!("s1:{cursor}");
        assert_eq!(id.split_once(':').unwrap().1.parse(), Ok(cursor));
    }
}
