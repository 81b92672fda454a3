//! The queues of serial groups: one beside a job that waits in it, and all of them.

use model::{id::JobId, time::Timestamp};
use store::{
    Store,
    job::Job,
    pipeline::Pipeline,
    serial_group::{GroupKey, Ticket, TicketState, list_all, list_queue},
};

use super::{
    address,
    part::{Glyph, Lapse, Mark},
};
use crate::{http::viewer::Viewer, scheduler::group_key};

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The group's key.
    pub key: String,
    /// The forge and the organization that it spans.
    pub vcs: &'static str,
    pub org: String,
    pub places: Vec<Place>,
    /// Whether somebody has the lock, and the reader may take it away.
    pub release: bool,
}

/// A place in a queue.
#[derive(Clone, Debug)]
pub struct Place {
    pub mark: Mark,
    pub what: String,
    pub href: String,
    pub project: String,
    pub pipeline: u64,
    pub unit: String,
    pub lapse: Lapse,
    /// It is the job's own.
    pub own: bool,
}

/// The queue that a job stands in; `None` when it has ended, or belongs to no group.
pub async fn load(
    store: &Store,
    pipeline: &Pipeline,
    job: &Job,
    viewer: &Viewer,
    now: Timestamp,
) -> store::Result<Option<Queue>> {
    let Some(group) = job.serial_group.as_ref().filter(|_| job.state.outcome().is_none()) else { return Ok(None) };
    let key = group_key(pipeline, group.clone());
    let tickets = list_queue(store.read(), &key).await?;
    Ok((!tickets.is_empty()).then(|| queue(key, &tickets, Some(job.id), viewer, now)))
}

/// Every queue that is not empty.
pub async fn load_all(store: &Store, viewer: &Viewer, now: Timestamp) -> store::Result<Vec<Queue>> {
    let tickets = list_all(store.read(), None).await?;
    let groups = tickets.chunk_by(|one, other| one.group == other.group);
    Ok(groups.map(|tickets| queue(tickets[0].group.clone(), tickets, None, viewer, now)).collect())
}

fn queue(key: GroupKey, tickets: &[Ticket], job: Option<JobId>, viewer: &Viewer, now: Timestamp) -> Queue {
    let held = tickets.iter().any(|ticket| matches!(ticket.state, TicketState::Holding { .. }));
    let mut waiting = 0;
    let places = tickets.iter().map(|ticket| place(ticket, job, &mut waiting, now)).collect();
    let GroupKey { vcs, org, key } = key;
    Queue { key: key.0, vcs: vcs.long(), org, places, release: held && viewer.is_admin() }
}

fn place(ticket: &Ticket, job: Option<JobId>, waiting: &mut usize, now: Timestamp) -> Place {
    let (mark, what, since) = match ticket.state {
        TicketState::Holding { since } => (Mark::new(Glyph::Run, "Running"), "holds it".to_owned(), since),
        TicketState::Waiting | TicketState::Left => {
            *waiting += 1;
            let what = if *waiting == 1 { "next".to_owned() } else { format!("{waiting}. in line") };
            (Mark::new(Glyph::Wait, "Waiting"), what, ticket.joined_at)
        }
    };
    Place {
        mark,
        what,
        href: address::job(&ticket.slug, ticket.pipeline_number, ticket.workflow_id, ticket.job_number),
        project: ticket.slug.repo.clone(),
        pipeline: ticket.pipeline_number,
        unit: ticket.unit.clone(),
        lapse: Lapse::new(Some(since), None, now),
        own: Some(ticket.job_id) == job,
    }
}
