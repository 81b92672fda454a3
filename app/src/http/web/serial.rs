//! The queues of serial groups: one beside a job that waits in it, and all of them.

use model::{
    id::{JobId, ProjectId},
    time::Timestamp,
};
use store::{
    job::Job,
    pipeline::Pipeline,
    serial_group::{GroupKey, Ticket, TicketState, list_queue},
};

use super::{
    WebState,
    part::{Glyph, JobName, Lapse, Mark},
};
use crate::{
    http::{
        auth::{Actor, Readable},
        viewer::Viewer,
    },
    scheduler::group_key,
};

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
    /// The job or the job group; `None`: of a project that the reader may not see.
    pub unit: Option<JobName>,
    pub lapse: Lapse,
    /// It is the job's own.
    pub own: bool,
}

/// Whoever looks at a queue.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Whether they may release it.
    pub viewer: &'a Viewer,
    /// Which projects are theirs to see.
    pub readable: &'a Readable,
}

/// The queue that a job stands in; `None` when it has ended, or belongs to no group.
pub async fn load(
    state: &WebState,
    pipeline: &Pipeline,
    job: &Job,
    viewer: &Viewer,
    actor: Option<&Actor>,
) -> store::Result<Option<Queue>> {
    let Some(group) = job.serial_group.as_ref().filter(|_| job.state.outcome().is_none()) else { return Ok(None) };
    let key = group_key(pipeline, group.clone());
    let tickets = list_queue(state.store.read(), &key).await?;
    if tickets.is_empty() {
        return Ok(None);
    }
    let readable = state.auth.readable(actor, projects(&tickets)).await?;
    Ok(Some(queue(key, &tickets, Some(job.id), Reader { viewer, readable: &readable }, state.now())))
}

/// The queues of these tickets, which come by group.
pub fn queues(tickets: &[Ticket], reader: Reader<'_>, now: Timestamp) -> Vec<Queue> {
    let groups = tickets.chunk_by(|one, other| one.group == other.group);
    groups.map(|tickets| queue(tickets[0].group.clone(), tickets, None, reader, now)).collect()
}

/// The projects that stand in queues.
pub fn projects(tickets: &[Ticket]) -> impl Iterator<Item = ProjectId> + '_ {
    tickets.iter().map(|ticket| ticket.project_id)
}

fn queue(key: GroupKey, tickets: &[Ticket], job: Option<JobId>, reader: Reader<'_>, now: Timestamp) -> Queue {
    let Reader { viewer, readable } = reader;
    let held = tickets.iter().any(|ticket| matches!(ticket.state, TicketState::Holding { .. }));
    let mut waiting = 0;
    let places = tickets.iter().map(|ticket| place(ticket, job, readable, &mut waiting, now)).collect();
    let GroupKey { vcs, org, key } = key;
    Queue { key: key.0, vcs: vcs.long(), org, places, release: held && viewer.is_admin() }
}

fn place(ticket: &Ticket, job: Option<JobId>, readable: &Readable, waiting: &mut usize, now: Timestamp) -> Place {
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
        unit: JobName::of_ticket(ticket, readable),
        lapse: Lapse::new(Some(since), None, now),
        own: Some(ticket.job_id) == job,
    }
}
