//! The table of all routes. `docs/api.md` has the same lines, and a test tries each with everybody.

use axum::routing::{MethodRouter, delete, get, patch, post, put};
use http::Method;
use model::permission::Permission::{Admin, Read, Write};

use super::{
    Access, ApiState, context, continuation, job, limit, me, pause, pipeline, project, runner, schedule, serial_group,
    setting, variable, workflow,
};

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below `/api/v2`.
    pub path: &'static str,
    /// What it takes.
    pub access: Access,
    pub(super) handler: MethodRouter<ApiState>,
}

/// Every route there is.
pub fn routes() -> Vec<Route> {
    use Access::{Administrator, Anybody, Bearer, Context, Job, Known, Pipeline, Project, Schedule, Workflow};
    let route = |method, path, access, handler| Route { method, path, access, handler };
    let read = |path, access, handler| route(Method::GET, path, access, handler);
    let act = |path, access, handler| route(Method::POST, path, access, handler);
    vec![
        // People.
        read("/me", Known, get(me::show)),
        read("/me/collaborations", Known, get(me::collaborations)),
        read("/user/{user}", Known, get(me::user)),
        // Projects.
        read("/project/{slug}", Project(Read), get(project::show)),
        read("/project/{slug}/settings", Project(Read), get(setting::show)),
        route(Method::PATCH, "/project/{slug}/settings", Project(Admin), patch(setting::change)),
        read("/project/{slug}/envvar", Project(Write), get(variable::list)),
        act("/project/{slug}/envvar", Project(Write), post(variable::set)),
        read("/project/{slug}/envvar/{name}", Project(Write), get(variable::show)),
        route(Method::DELETE, "/project/{slug}/envvar/{name}", Project(Write), delete(variable::unset)),
        act("/project/{slug}/pause", Project(Admin), post(pause::pause_project)),
        act("/project/{slug}/resume", Project(Admin), post(pause::resume_project)),
        // Pipelines.
        read("/pipeline", Anybody, get(pipeline::list_all)),
        act("/pipeline/continue", Bearer, post(continuation::receive)),
        read("/pipeline/{pipeline}", Pipeline(Read), get(pipeline::show)),
        read("/pipeline/{pipeline}/config", Pipeline(Read), get(pipeline::config)),
        read("/pipeline/{pipeline}/values", Pipeline(Read), get(pipeline::values)),
        read("/pipeline/{pipeline}/workflow", Pipeline(Read), get(workflow::list)),
        act("/pipeline/{pipeline}/cancel", Pipeline(Write), post(pipeline::cancel)),
        read("/project/{slug}/pipeline", Project(Read), get(pipeline::list)),
        act("/project/{slug}/pipeline", Project(Write), post(pipeline::trigger)),
        act("/project/{slug}/pipeline/run", Project(Write), post(pipeline::run)),
        read("/project/{slug}/pipeline/mine", Project(Read), get(pipeline::list_mine)),
        read("/project/{slug}/pipeline/{number}", Project(Read), get(pipeline::show_by_number)),
        // Workflows.
        read("/workflow/{workflow}", Workflow(Read), get(workflow::show)),
        read("/workflow/{workflow}/job", Workflow(Read), get(job::list)),
        act("/workflow/{workflow}/approve/{approval}", Workflow(Write), post(workflow::approve)),
        act("/workflow/{workflow}/deny/{approval}", Workflow(Write), post(workflow::deny)),
        act("/workflow/{workflow}/cancel", Workflow(Write), post(workflow::cancel)),
        act("/workflow/{workflow}/rerun", Workflow(Write), post(workflow::rerun)),
        // Jobs.
        read("/project/{slug}/job/{number}", Project(Read), get(job::show)),
        act("/project/{slug}/job/{number}/cancel", Project(Write), post(job::cancel_by_number)),
        read("/project/{slug}/{number}/artifacts", Project(Read), get(job::artifacts)),
        read("/project/{slug}/{number}/tests", Project(Read), get(job::tests)),
        act("/jobs/{job}/cancel", Job(Write), post(job::cancel)),
        act("/job/{job}/cancel", Job(Write), post(job::cancel)),
        // Schedules.
        read("/project/{slug}/schedule", Project(Read), get(schedule::list)),
        act("/project/{slug}/schedule", Project(Write), post(schedule::create)),
        read("/schedule/{schedule}", Schedule(Read), get(schedule::show)),
        route(Method::PATCH, "/schedule/{schedule}", Schedule(Write), patch(schedule::update)),
        route(Method::DELETE, "/schedule/{schedule}", Schedule(Write), delete(schedule::remove)),
        // Contexts.
        read("/context", Administrator, get(context::list)),
        act("/context", Administrator, post(context::create)),
        read("/context/{context}", Context, get(context::show)),
        route(Method::DELETE, "/context/{context}", Context, delete(context::remove)),
        read("/context/{context}/environment-variable", Context, get(context::variables)),
        route(Method::PUT, "/context/{context}/environment-variable/{name}", Context, put(context::set)),
        route(Method::DELETE, "/context/{context}/environment-variable/{name}", Context, delete(context::unset)),
        read("/context/{context}/restrictions", Context, get(context::restrictions)),
        act("/context/{context}/restrictions", Context, post(context::restrict)),
        route(Method::DELETE, "/context/{context}/restrictions/{restriction}", Context, delete(context::lift)),
        // Beyond CircleCI.
        read("/serial-group", Anybody, get(serial_group::list)),
        act("/serial-group/release", Administrator, post(serial_group::release)),
        read("/pause", Anybody, get(pause::list)),
        act("/pause", Administrator, post(pause::pause)),
        act("/resume", Administrator, post(pause::resume)),
        read("/limit", Anybody, get(limit::list)),
        act("/limit", Administrator, post(limit::set)),
        act("/limit/reset", Administrator, post(limit::reset)),
        read("/runner", Anybody, get(runner::list)),
        route(Method::DELETE, "/runner/{name}", Administrator, delete(runner::remove)),
    ]
}
