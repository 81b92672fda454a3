//! Brings a task's containers up: images first, all at once; then the containers, all at once; then the primary one starts,
//! and the others in its network; and when all of them run, the agent gets its task.

use std::sync::atomic::Ordering;

use bollard::{
    errors::Error,
    models::{ContainerCreateBody, Mount},
    query_parameters::{CreateContainerOptionsBuilder, StartContainerOptions},
};
use futures_util::future::join_all;
use model::{
    agent::{ImageProgram, RemoteDocker},
    plan::{self, Container},
    zone::Zone,
};

use tokio::sync::MutexGuard;

use super::{
    connection::{Daemon, status},
    container::{self, Frame},
    image::{self, Image, OfJob, Wanted},
    pipe::TaskPipe,
    remote::{self, Wish},
    run::{DockerExecutor, remove_container, short},
};
use crate::{
    executor::{SpinUpError, TaskSpec},
    own::SpinUpLog,
    resource::{ResourceClasses, Share},
    settings::RemoteDockerMode,
};

/// How long an agent may take to come for its task.
const AGENT_START: std::time::Duration = std::time::Duration::from_secs(60);

/// One spin-up.
pub(super) struct SpinUp<'a> {
    pub(super) executor: &'a DockerExecutor,
    pub(super) daemon: &'a Daemon,
    pub(super) spec: &'a TaskSpec<'a>,
    pub(super) log: &'a SpinUpLog,
}

/// A container that was made.
struct Made<'a> {
    id: String,
    wanted: Wanted<'a>,
    user: Option<&'a str>,
    name: String,
    body: ContainerCreateBody,
}

impl<'a> SpinUp<'a> {
    pub(super) async fn run(self) -> Result<(), SpinUpError> {
        let Self { executor, daemon, spec, log } = self;
        let machine;
        let containers = match &spec.assignment.plan.executor {
            plan::Executor::Docker { containers } => containers.as_slice(),
            plan::Executor::Machine { image, .. } => {
                let image = executor.machine_images.find(image.as_deref()).ok_or_else(|| {
                    SpinUpError::infrastructure("this runner has no container image for the job's machine image")
                })?;
                machine = [Container { image: image.to_owned(), ..Container::default() }];
                &machine
            }
            plan::Executor::Macos { .. } => {
                return Err(SpinUpError::infrastructure("the Docker executor was given a job that is not for it"));
            }
        };
        let Some((primary, services)) = containers.split_first() else {
            return Err(SpinUpError::failed("the job names no image"));
        };
        log.line(format!("Docker {} on {}", daemon.version, std::env::consts::ARCH));
        let share = self.share()?;
        let frame = Frame { key: spec.directory.key(), runner: executor.runner, share: &share };
        let (images, remote) = tokio::join!(self.images(containers), self.remote());
        let images = images?;
        let mut task = spec.task.clone();
        task.checkout = container::checkout(task.checkout);
        task.image_program = image_program(primary, &images[0]);
        task.remote_docker = remote.as_ref().map(|remote| match remote {
            Ok(wish) => RemoteDocker::Started { port: remote::PORT, from_the_beginning: wish.from_the_beginning },
            Err(error) => RemoteDocker::Unavailable { reason: error.reason.clone() },
        });
        let remote = remote.and_then(Result::ok);
        let spooled =
            |error| SpinUpError::infrastructure(format!("the runner cannot write its work directory: {error}"));
        let pipe = if services.is_empty() && remote.is_none() {
            spec.directory.write_task(&task).map_err(spooled)?;
            None
        } else {
            Some(TaskPipe::create(spec.directory).map_err(spooled)?)
        };
        let host_names = containers.iter().filter_map(|container| container.name.clone()).collect();
        let mounts = container::mounts(spec, &executor.agent)?;
        let key = frame.key;
        let mut wanted = vec![(primary, container::name(key), frame.primary(primary, host_names, mounts))];
        wanted.extend(
            (1..)
                .zip(services)
                .map(|(index, service)| (service, container::name_of_other(key, index), frame.service(service))),
        );
        let created = wanted.into_iter().zip(&images).map(async |((container, name, body), image)| {
            log.line(format!("Image {}{}", container.image, shown_id(image)));
            self.create(name, Wanted::from(container), container.user.as_deref(), body).await
        });
        let (created, remote) = tokio::join!(join_all(created), self.create_remote(frame, remote, containers.len()));
        let mut created: Vec<Made<'_>> = created.into_iter().collect::<Result<_, _>>()?;
        created.extend(remote?);
        let mut created = created.into_iter();
        let primary = created.next().expect("it was the first to be made");
        self.start(primary).await?;
        // All of them end before the first failure is told: nothing may come up after the caller has cleaned up.
        let started = join_all(created.map(|container| self.start(container))).await;
        started.into_iter().collect::<Result<(), _>>()?;
        let Some(pipe) = pipe else { return Ok(()) };
        for sentence in executor.dead_services(key).await {
            log.line(format!("Warning: {sentence}"));
        }
        match tokio::time::timeout(AGENT_START, pipe.give(&task)).await {
            Ok(given) => given.map_err(spooled),
            Err(_) => Err(SpinUpError::infrastructure("the task agent did not start in the container within a minute")),
        }
    }

    /// What of the host each container gets.
    fn share(&self) -> Result<Share, SpinUpError> {
        let class = self.spec.assignment.plan.resource_class.as_ref();
        let Some(limits) = self.executor.classes.limits(class).map_err(SpinUpError::failed)? else {
            return Ok(Share::default());
        };
        let name = class.map_or(ResourceClasses::DEFAULT, |class| class.0.as_str());
        let share = Share::of(name, limits, self.daemon.host);
        if let Some(sentence) = &share.shortage {
            self.log.line(sentence);
        }
        Ok(share)
    }

    async fn image(&self, wanted: Wanted<'_>) -> Result<Image, SpinUpError> {
        image::ready(&self.executor.connection, self.daemon, &self.executor.registries, wanted, self.log).await
    }

    async fn images(&self, containers: &[Container]) -> Result<Vec<Image>, SpinUpError> {
        // As on CircleCI: an image of Amazon's or Google's registry without credentials is asked for with the job's own, if it
        // has any.
        let of_job = OfJob::new(&self.spec.assignment.environment);
        let wanted = |container| of_job.complete(Wanted::from(container));
        let ready = join_all(containers.iter().map(|container| self.image(wanted(container)))).await;
        ready.into_iter().collect()
    }

    /// Whether the job gets a Docker daemon of its own; `None`: it does not ask for one. Its image is there then. A job
    /// whose daemon cannot be had begins all the same, and fails where it asks for it.
    async fn remote(&self) -> Option<Result<Wish, SpinUpError>> {
        let wish = remote::wish(&self.spec.assignment.plan)?;
        let settings = &self.executor.remote_docker;
        if settings.mode == RemoteDockerMode::Off {
            return Some(Err(SpinUpError::infrastructure(
                "this runner gives jobs no Docker daemon: its administrator can allow it with \
                 ROUNDHOUSE_RUNNER_REMOTE_DOCKER=on",
            )));
        }
        // A daemon has to have rights that reach to the host.
        if !self.spec.assignment.zone.is_some_and(Zone::may_have_secrets) {
            return Some(Err(SpinUpError::failed(
                "code from a fork gets no Docker daemon of its own on this runner: whoever may push to the repository can \
                 run it from a branch there",
            )));
        }
        Some(match self.image(Wanted { name: &settings.image, auth: None, identity: None }).await {
            Ok(image) => {
                self.log.line(format!("Image {}{} for the job's own Docker daemon", settings.image, shown_id(&image)));
                Ok(wish)
            }
            Err(error) => {
                let reason = format!("the job's own Docker daemon cannot be started: {error}");
                self.log.line(format!("Warning: {reason}"));
                Err(SpinUpError { reason, ..error })
            }
        })
    }

    async fn create_remote(
        &self,
        frame: Frame<'_>,
        wish: Option<Wish>,
        index: usize,
    ) -> Result<Option<Made<'_>>, SpinUpError> {
        let Some(wish) = wish else { return Ok(None) };
        let settings = &self.executor.remote_docker;
        let layers = if wish.layer_caching { self.layers(frame).await } else { None };
        let (layers, _choosing) = layers.unzip();
        let body = remote::body(frame, settings.mode, &settings.image, layers);
        let wanted = Wanted { name: &settings.image, auth: None, identity: None };
        self.create(container::name_of_other(frame.key, index), wanted, None, body).await.map(Some)
    }

    /// The volume with the layers of earlier jobs. Without one the job only takes longer.
    async fn layers(&self, frame: Frame<'_>) -> Option<(Mount, MutexGuard<'_, ()>)> {
        let Some(keep_under) = &self.spec.assignment.keep_under else {
            self.log.line("Docker layers are not kept: the server does not say for whom");
            return None;
        };
        match self.executor.layers.choose(self.daemon, frame, keep_under).await {
            Ok(Some((mount, choosing))) => {
                let volume = mount.source.as_deref().unwrap_or_default();
                self.log.line(format!("Docker layers are kept in the volume {volume}"));
                Some((mount, choosing))
            }
            Ok(None) => {
                self.log.line("Docker layers are not kept: too many jobs of this project do that at this moment");
                None
            }
            Err(error) => {
                self.log.line(format!("Docker layers are not kept: {error}"));
                None
            }
        }
    }

    async fn create<'b>(
        &self,
        name: String,
        wanted: Wanted<'b>,
        user: Option<&'b str>,
        mut body: ContainerCreateBody,
    ) -> Result<Made<'b>, SpinUpError> {
        if self.executor.few_open_files.load(Ordering::Relaxed) {
            body.host_config.get_or_insert_default().ulimits = None;
        }
        let options = || Some(CreateContainerOptionsBuilder::default().name(&name).build());
        let create = || self.daemon.docker.create_container(options(), body.clone());
        let mut created = create().await;
        if created.as_ref().is_err_and(|error| status(error) == Some(409)) {
            // The name is the task's: whatever has it is a remainder of the same claim.
            remove_container(self.daemon, &name)
                .await
                .map_err(|error| self.executor.connection.explain("remove a container", &error))?;
            created = create().await;
        }
        let id = created.map_err(|error| self.explain(wanted, user, &error))?.id;
        self.log.line(format!("Container {} ({name})", short(&id)));
        Ok(Made { id, wanted, user, name, body })
    }

    async fn start(&self, made: Made<'_>) -> Result<(), SpinUpError> {
        let Made { id, wanted, user, name, mut body } = made;
        let start = async |id: &str| self.daemon.docker.start_container(id, None::<StartContainerOptions>).await;
        let mut started = start(&id).await;
        let has_limit = body.host_config.as_ref().is_some_and(|host_config| host_config.ulimits.is_some());
        if has_limit && started.as_ref().is_err_and(|error| error.to_string().contains("rlimit")) {
            // A daemon that has fewer itself, and may not have more.
            self.executor.few_open_files.store(true, Ordering::Relaxed);
            body.host_config.get_or_insert_default().ulimits = None;
            remove_container(self.daemon, &id)
                .await
                .map_err(|error| self.executor.connection.explain("remove a container", &error))?;
            let again = self.create(name, wanted, user, body).await?;
            started = start(&again.id).await;
        }
        started.map_err(|error| self.explain(wanted, user, &error))
    }

    /// Why a container could not be made or started.
    fn explain(&self, wanted: Wanted<'_>, user: Option<&str>, error: &Error) -> SpinUpError {
        let (image, connection) = (wanted.name, &self.executor.connection);
        let Error::DockerResponseServerError { message, .. } = error else {
            return connection.explain(&format!("start a container of image `{image}`"), error);
        };
        let lower = message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if says(&["unable to find user", "unable to find group", "no matching entries in passwd"]) {
            let user = user.unwrap_or("of the image");
            SpinUpError::failed(format!("the user `{user}` does not exist in image `{image}`: {message}"))
        } else if says(&["exec format error"]) {
            SpinUpError::failed(format!("image `{image}` is made for another kind of processor: {message}"))
        } else if says(&["invalid reference format", "must be lowercase"]) {
            SpinUpError::failed(format!("`{image}` is not the name of an image: {message}"))
        } else if says(&["executable file not found", "no command specified", "no such file or directory: unknown"]) {
            SpinUpError::failed(format!("the container of image `{image}` cannot start its command: {message}"))
        } else {
            connection.explain(&format!("start a container of image `{image}`"), error)
        }
    }
}

/// ` (0123456789ab)`, where it is known.
fn shown_id(image: &Image) -> String {
    if image.id.is_empty() { String::new() } else { format!(" ({})", short(&image.id)) }
}

/// The image's own program, which runs beside the steps when the configuration names one, or when the image insists. As
/// Docker puts it together: an entrypoint of one's own takes the image's command away.
fn image_program(container: &Container, image: &Image) -> Option<ImageProgram> {
    let Container { entrypoint, command, .. } = container;
    if entrypoint.is_none() && command.is_none() && !image.preserve_entrypoint {
        return None;
    }
    let arguments = match (command, entrypoint) {
        (Some(command), _) => command.as_slice(),
        (None, Some(_)) => &[],
        (None, None) => image.command.as_slice(),
    };
    let program = entrypoint.as_deref().unwrap_or(&image.entrypoint);
    let command: Vec<String> = program.iter().chain(arguments).cloned().collect();
    (!command.is_empty()).then(|| ImageProgram { command, working_directory: image.working_directory.clone() })
}
