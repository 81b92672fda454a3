//! A job in a list that spans projects: named to those who may read its project, and to nobody else.

use store::{overview::JobOverview, serial_group::Ticket};

use crate::http::{auth::Readable, web::address};

/// What a list says of a job.
#[derive(Clone, Debug)]
pub struct JobName {
    /// Its page.
    pub href: String,
    pub name: String,
    pub project: String,
    /// The number of its pipeline.
    pub pipeline: u64,
}

impl JobName {
    /// A job; `None`: its project is not the reader's to see.
    pub fn of_job(job: &JobOverview, readable: &Readable) -> Option<Self> {
        readable.has(job.project_id).then(|| Self {
            href: address::job(&job.slug, job.pipeline_number, job.workflow_id, job.number),
            name: job.name.clone(),
            project: job.slug.repo.clone(),
            pipeline: job.pipeline_number,
        })
    }

    /// The job, or the job group, that stands in a queue.
    pub fn of_ticket(ticket: &Ticket, readable: &Readable) -> Option<Self> {
        readable.has(ticket.project_id).then(|| Self {
            href: address::job(&ticket.slug, ticket.pipeline_number, ticket.workflow_id, ticket.job_number),
            name: ticket.unit.clone(),
            project: ticket.slug.repo.clone(),
            pipeline: ticket.pipeline_number,
        })
    }
}
