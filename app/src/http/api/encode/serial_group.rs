//! Serial groups: who has the lock, and who waits.

use model::id::{JobId, WorkflowId};
use serde::Serialize;
use store::serial_group::{Ticket, TicketState};

use super::time::Time;

/// A group with its queue.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct SerialGroupBody {
    key: String,
    organization_slug: String,
    queue: Vec<TicketBody>,
}

/// A place in a queue.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct TicketBody {
    state: &'static str,
    name: String,
    job_id: JobId,
    job_number: u64,
    workflow_id: WorkflowId,
    pipeline_number: u64,
    project_slug: String,
    joined_at: Time,
    /// Null while it waits.
    held_since: Option<Time>,
}

impl TicketBody {
    pub(in crate::http::api) fn new(ticket: &Ticket) -> Self {
        let (state, held_since) = match ticket.state {
            TicketState::Waiting => ("waiting", None),
            TicketState::Holding { since } => ("holding", Some(since.into())),
            TicketState::Left => ("left", None),
        };
        Self {
            state,
            name: ticket.unit.clone(),
            job_id: ticket.job_id,
            job_number: ticket.job_number,
            workflow_id: ticket.workflow_id,
            pipeline_number: ticket.pipeline_number,
            project_slug: ticket.slug.to_string(),
            joined_at: ticket.joined_at.into(),
            held_since,
        }
    }
}

impl SerialGroupBody {
    /// Groups of tickets that come by group and in their order.
    pub(in crate::http::api) fn list(tickets: &[Ticket]) -> Vec<Self> {
        tickets
            .chunk_by(|one, other| one.group == other.group)
            .filter_map(|tickets| {
                let group = &tickets.first()?.group;
                Some(Self {
                    key: group.key.0.clone(),
                    organization_slug: format!("{}/{}", group.vcs.short(), group.org),
                    queue: tickets.iter().map(TicketBody::new).collect(),
                })
            })
            .collect()
    }
}
