//! What an assignment means for the agent, for the way to the code, and for masking.

use model::{
    agent::{AgentTask, RemoteDocker},
    plan::{self, ImageAuth},
    protocol::{Assignment, CheckoutSource},
};

use crate::{directory::ExecutorKind, forward::loopback_port};

/// The agent's part of an assignment.
///
/// Variables in rising order, as CircleCI has them: `CIRCLE_*`, project and contexts (the server's part), the container's,
/// the job's; a step's own come on top inside the agent.
pub(super) fn agent_task(assignment: &Assignment, kind: ExecutorKind) -> AgentTask {
    let plan = &assignment.plan;
    let mut environment = assignment.environment.clone();
    if let plan::Executor::Docker { containers } = &plan.executor
        && let Some(primary) = containers.first()
    {
        environment.extend(primary.environment.clone());
    }
    environment.extend(plan.environment.clone());
    AgentTask {
        steps: plan.steps.clone(),
        working_directory: plan.working_directory.clone(),
        shell: plan.shell.clone(),
        environment,
        checkout: assignment.checkout.clone(),
        forward_port: forward_port(assignment, kind),
        log_limit_bytes: assignment.log_limit_bytes,
        remote_docker: (kind == ExecutorKind::Machine).then_some(RemoteDocker::OfMachine),
        image_program: None,
        time_limit_ms: assignment.time_limit_ms,
        clean_environment: kind == ExecutorKind::Machine,
    }
}

/// The port of the host's own that the job's container has to be led to.
pub(super) fn forward_port(assignment: &Assignment, kind: ExecutorKind) -> Option<u16> {
    match kind {
        ExecutorKind::Docker => loopback_port(assignment.checkout.as_ref()),
        ExecutorKind::Machine => None,
    }
}

/// Everything that must not be seen: what the server says, and what is secret by its place.
pub(super) fn secret_values(assignment: &Assignment) -> impl Iterator<Item = &str> {
    let checkout = match &assignment.checkout {
        Some(CheckoutSource::Git { credentials: Some(credentials), .. }) => Some(credentials.password.as_str()),
        Some(CheckoutSource::Git { credentials: None, .. } | CheckoutSource::Directory { .. }) | None => None,
    };
    let containers = match &assignment.plan.executor {
        plan::Executor::Docker { containers } => containers.as_slice(),
        plan::Executor::Machine { .. } | plan::Executor::Macos { .. } => &[],
    };
    let registries = containers.iter().filter_map(|container| match container.auth.as_ref()? {
        ImageAuth::Basic(basic) => Some(basic.password.as_str()),
        ImageAuth::Aws(aws) => aws.secret_access_key.as_deref(),
        ImageAuth::Gcp { service_account } => Some(service_account.as_str()),
    });
    let registries = registries.filter(|value| plan::variable(value).is_none());
    assignment.secrets.iter().map(String::as_str).chain(checkout).chain(registries)
}
