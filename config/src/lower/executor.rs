//! `docker`, `machine`, `macos`.

use model::plan::{AwsAuth, BasicAuth, Container, Environment, Executor, ImageAuth, WorkloadIdentity};

use super::environment::environment;
use super::words;
use crate::Code;
use crate::diagnostic::{Report, Sink};
use crate::syntax::{keys, read};
use crate::yaml::{Entry, Kind, Map, Node};

/// Reads where a job runs.
pub(super) fn executor(sink: &Sink, entry: &Entry) -> Option<Executor> {
    match &*entry.key {
        "docker" => docker(sink, &entry.value),
        "machine" => machine(sink, &entry.value),
        _ => macos(sink, &entry.value),
    }
}

fn docker(sink: &Sink, node: &Node) -> Option<Executor> {
    if let Some(map) = node.as_map() {
        let message = "`docker` must be a list, not a map".to_owned();
        let report = Report::error(Code::WrongType, node.span, message).label("expected a list");
        let first = map.keys().next().unwrap_or("image");
        sink.push(report.help(format!("begin each container with `- `: `- {first}: …`")));
        return None;
    }
    let items = read::list(sink, node, "`docker`")?;
    if items.is_empty() {
        sink.push(
            Report::error(Code::Executor, node.span, "`docker` names no image").help("add `- image: …`".to_owned()),
        );
        return None;
    }
    let containers: Vec<Option<Container>> = items.iter().map(|item| container(sink, item)).collect();
    Some(Executor::Docker { containers: containers.into_iter().collect::<Option<_>>()? })
}

fn container(sink: &Sink, node: &Node) -> Option<Container> {
    let map = read::map(sink, node, "each item of `docker`")?;
    read::check_keys(sink, map, &keys::CONTAINER);
    let image = read::required(sink, node, map, "image", "a container")
        .and_then(|node| read::filled_text(sink, node, "`image`"));
    let text = |key: &str| {
        let node = map.get(key).filter(|node| !node.is_null())?;
        read::text(sink, node, &format!("`{key}` of a container"))
    };
    let environment = map.get("environment").map_or_else(Environment::new, |node| environment(sink, node));
    let command = command_line(sink, map, "command");
    let entrypoint = command_line(sink, map, "entrypoint");
    let container = Container {
        image: String::new(),
        name: text("name"),
        entrypoint,
        command,
        user: text("user"),
        environment,
        auth: auth(sink, map),
    };
    Some(Container { image: image?, ..container })
}

/// A list of words, or a text that is split into words as a shell would.
fn command_line(sink: &Sink, map: &Map, key: &str) -> Option<Vec<String>> {
    let node = map.get(key).filter(|node| !node.is_null())?;
    let what = format!("`{key}` of a container");
    match &node.kind {
        Kind::Scalar(scalar) => Some(words::split(scalar.text())),
        Kind::Seq(_) => Some(read::texts(sink, node, &what)?.into_iter().map(|(word, _)| word).collect()),
        Kind::Map(_) => {
            read::wrong_type(sink, node, &what, "a text or a list of texts");
            None
        }
    }
}

fn auth(sink: &Sink, map: &Map) -> Option<ImageAuth> {
    let text = |map: &Map, key: &str| {
        let node = map.get(key).filter(|node| !node.is_null())?;
        read::text(sink, node, &format!("`{key}`"))
    };
    if let Some(node) = map.get("auth").filter(|node| !node.is_null()) {
        let auth = read::map(sink, node, "`auth`")?;
        read::check_keys(sink, auth, &keys::AUTH);
        for key in ["username", "password"] {
            read::required(sink, node, auth, key, "`auth`");
        }
        if let Some(node) = auth.get("password") {
            crate::check::plain_password(sink, node.as_text().unwrap_or_default(), node.span);
        }
        return Some(ImageAuth::Basic(BasicAuth {
            username: text(auth, "username")?,
            password: text(auth, "password")?,
        }));
    }
    if let Some(node) = map.get("aws_auth").filter(|node| !node.is_null()) {
        let auth = read::map(sink, node, "`aws_auth`")?;
        read::check_keys(sink, auth, &keys::AWS_AUTH);
        if let Some(node) = auth.get("aws_secret_access_key") {
            crate::check::plain_password(sink, node.as_text().unwrap_or_default(), node.span);
        }
        return Some(ImageAuth::Aws(AwsAuth {
            access_key_id: text(auth, "aws_access_key_id"),
            secret_access_key: text(auth, "aws_secret_access_key"),
            role_arn: text(auth, "oidc_role_arn"),
        }));
    }
    let node = map.get("gcp_auth").filter(|node| !node.is_null())?;
    let auth = read::map(sink, node, "`gcp_auth`")?;
    read::check_keys(sink, auth, &keys::GCP_AUTH);
    if auth.get("service_account").is_some_and(|node| !node.is_null()) {
        return Some(ImageAuth::Gcp { service_account: text(auth, "service_account")? });
    }
    let [service_account, pool, provider] =
        ["oidc_service_account", "workload_identity_pool", "workload_identity_provider"].map(|key| {
            let node = read::required(sink, node, auth, key, "`gcp_auth`")?;
            read::filled_text(sink, node, &format!("`{key}`"))
        });
    Some(ImageAuth::GcpIdentity(WorkloadIdentity {
        service_account: service_account?,
        pool: pool?,
        provider: provider?,
    }))
}

fn machine(sink: &Sink, node: &Node) -> Option<Executor> {
    let plain = Executor::Machine { image: None, docker_layer_caching: false };
    match &node.kind {
        Kind::Scalar(_) if read::is_plain_boolean(node) => match read::boolean(sink, node, "`machine`")? {
            true => Some(plain),
            false => {
                let report = Report::error(Code::Executor, node.span, "`machine: false` says not where the job runs");
                sink.push(report.help("write `machine: true`, or name an image below `machine`".to_owned()));
                None
            }
        },
        // An old short form: the image alone.
        Kind::Scalar(_) => {
            let image = read::filled_text(sink, node, "`machine`")?;
            Some(Executor::Machine { image: Some(image).filter(|image| image != "true"), docker_layer_caching: false })
        }
        Kind::Map(map) => {
            read::check_keys(sink, map, &keys::MACHINE);
            let image =
                map.get("image").filter(|node| !node.is_null()).map(|node| read::filled_text(sink, node, "`image`"));
            let caching = map.get("docker_layer_caching").filter(|node| !node.is_null());
            let caching = caching.map(|node| read::boolean(sink, node, "`docker_layer_caching`"));
            Some(Executor::Machine {
                image: image.map_or(Some(None), |image| image.map(Some))?,
                docker_layer_caching: caching.flatten().unwrap_or(false),
            })
        }
        Kind::Seq(_) => {
            read::wrong_type(sink, node, "`machine`", "`true` or a map");
            None
        }
    }
}

fn macos(sink: &Sink, node: &Node) -> Option<Executor> {
    let map = read::map(sink, node, "`macos`")?;
    read::check_keys(sink, map, &keys::MACOS);
    let xcode = read::required(sink, node, map, "xcode", "`macos`")?;
    Some(Executor::Macos { xcode: read::filled_text(sink, xcode, "`xcode`")? })
}
