//! What an assignment means for the agent, for the way to the code, and for masking.

use model::{
    agent::{AgentTask, RemoteDocker, SERVER_URL_VARIABLE},
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
        ssh: assignment.ssh.clone(),
        forward_ports: forward_ports(assignment, kind),
        log_limit_bytes: assignment.log_limit_bytes,
        remote_docker: (kind == ExecutorKind::Machine).then_some(RemoteDocker::OfMachine),
        image_program: None,
        commands: None,
        time_limit_ms: assignment.time_limit_ms,
        clean_environment: kind == ExecutorKind::Machine,
    }
}

/// The ports of the host's own that the job's container has to be led to: of the forge, and of the server.
pub(super) fn forward_ports(assignment: &Assignment, kind: ExecutorKind) -> Vec<u16> {
    let forge = match &assignment.checkout {
        Some(CheckoutSource::Git { url, .. }) => loopback_port(url),
        Some(CheckoutSource::Directory { .. }) | None => None,
    };
    let server = assignment.environment.get(SERVER_URL_VARIABLE).and_then(|url| loopback_port(url));
    match kind {
        ExecutorKind::Docker => forge.into_iter().chain(server.filter(|port| Some(*port) != forge)).collect(),
        ExecutorKind::Machine => Vec::new(),
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
        // It names who may be asked: nothing in it is secret.
        ImageAuth::GcpIdentity(_) => None,
    });
    let registries = registries.filter(|value| plan::variable(value).is_none());
    assignment.secrets.iter().map(String::as_str).chain(checkout).chain(registries)
}
