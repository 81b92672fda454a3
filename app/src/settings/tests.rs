use std::{collections::BTreeMap, fs};

use ::runner::settings::{RemoteDockerMode, RemoteDockerSettings};
use model::plan::ResourceClass;

use super::{Origin, Resolved, Settings, Sources};

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn environment(variables: &[(&str, &str)]) -> Sources {
    Sources { environment: pairs(variables), ..Sources::default() }
}

#[test]
fn with_no_setting_at_all_everything_has_a_value() {
    let resolved = Resolved::new(&Sources::default()).unwrap();
    let settings = Settings::new(&resolved).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.status_prefix, "ci/roundhouse");
    assert_eq!(settings.github.api_url, "https://api.github.com");
    assert!(settings.github.app.is_none() && settings.gitlab.is_none() && !settings.runner.machine);
    assert!(settings.runner.capacity >= 1);
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("settings.toml");
    fs::write(&file, "listen = \"127.0.0.1:1\"\nstatus_prefix = \"file\"\n[runner]\ncapacity = 3\nmachine = true\n")
        .unwrap();
    let sources = Sources {
        flags: pairs(&[("listen", "127.0.0.1:3")]),
        environment: pairs(&[("ROUNDHOUSE_LISTEN", "127.0.0.1:2"), ("ROUNDHOUSE_STATUS_PREFIX", "environment")]),
        config_file: Some(file.clone()),
    };
    let resolved = Resolved::new(&sources).unwrap();
    assert_eq!(resolved.origin("listen"), Origin::Flag("--listen".to_owned()));
    assert_eq!(resolved.origin("status_prefix"), Origin::Environment("ROUNDHOUSE_STATUS_PREFIX".to_owned()));
    assert_eq!(resolved.origin("runner.capacity"), Origin::File(file));
    let settings = Settings::new(&resolved).unwrap();
    assert_eq!((settings.listen.port(), settings.status_prefix.as_str()), (3, "environment"));
    assert_eq!((settings.runner.capacity, settings.runner.machine), (3, true));
}

#[test]
fn an_administrator_says_what_a_runner_has() {
    let settings = |variables: &[(&str, &str)]| {
        let resolved = Resolved::new(&environment(variables)).unwrap();
        Settings::new(&resolved).map(|settings| settings.runner).map_err(|error| error.to_string())
    };
    let runner = settings(&[]).unwrap();
    assert_eq!(runner.remote_docker, RemoteDockerSettings::default());
    assert!(runner.labels.is_empty() && runner.machine_images.is_empty());
    let runner = settings(&[
        ("ROUNDHOUSE_RUNNER_LABELS", "acme/big, gpu"),
        ("ROUNDHOUSE_RUNNER_REMOTE_DOCKER", "privileged"),
        ("ROUNDHOUSE_RUNNER_REMOTE_DOCKER_IMAGE", "local/remote-docker:1"),
        ("ROUNDHOUSE_RUNNER_MACHINE_IMAGES", "default=base:1"),
        ("ROUNDHOUSE_RUNNER_RESOURCE_CLASSES", "large=6:12GiB"),
    ])
    .unwrap();
    assert_eq!(runner.labels, ["acme/big", "gpu"]);
    assert_eq!(runner.remote_docker.mode, RemoteDockerMode::Privileged);
    assert_eq!(runner.remote_docker.image, "local/remote-docker:1");
    assert_eq!(runner.machine_images.find(None), Some("base:1"));
    let large = ResourceClass("large".to_owned());
    assert_eq!(runner.resource_classes.limits(Some(&large)).unwrap().unwrap().cpu_millis, 6000);
    assert_eq!(
        settings(&[("ROUNDHOUSE_RUNNER_RESOURCE_CLASSES", "large=6")]).unwrap_err(),
        "`runner.resource_classes` (from ROUNDHOUSE_RUNNER_RESOURCE_CLASSES): `large=6` is no class: write \
         NAME=PROCESSORS:MEMORY, like large=4:8GiB"
    );
}

#[test]
fn the_file_in_the_data_directory_is_found() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("roundhouse.toml"), "public_url = \"https://ci.example.com/\"").unwrap();
    let sources = environment(&[("ROUNDHOUSE_DATA_DIR", directory.path().to_str().unwrap())]);
    let settings = Settings::new(&Resolved::new(&sources).unwrap()).unwrap();
    assert_eq!(settings.public_url.as_deref(), Some("https://ci.example.com"));
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    fs::write(&file, "canary-value\n").unwrap();
    let resolved =
        Resolved::new(&environment(&[("ROUNDHOUSE_GITHUB_WEBHOOK_SECRET_FILE", file.to_str().unwrap())])).unwrap();
    let settings = Settings::new(&resolved).unwrap();
    assert!(settings.github.webhook_secret.is_some());
    let shown = format!("{:?} {:?} {:?}", resolved.rows(), resolved, settings);
    assert!(!shown.contains("canary-value"), "{shown}");
}

#[test]
fn what_is_wrong_is_said_with_name_and_origin() {
    let message = |variables: &[(&str, &str)]| {
        let resolved = Resolved::new(&environment(variables));
        match resolved.and_then(|resolved| Settings::new(&resolved).map(drop)) {
            Ok(()) => "no error".to_owned(),
            Err(error) => format!("{error:#}"),
        }
    };
    insta::assert_snapshot!(
        [
            message(&[("ROUNDHOUSE_LISTEN", "everywhere")]),
            message(&[("ROUNDHOUSE_PUBLIC_URL", "ci.example.com")]),
            message(&[("ROUNDHOUSE_GITHUB_APP_ID", "7")]),
            message(&[("ROUNDHOUSE_GITLAB_TOKEN", "t")]),
            message(&[("ROUNDHOUSE_RUNNER_CAPACITY", "0")]),
            message(&[("ROUNDHOUSE_RUNNER_MACHINE", "maybe")]),
            message(&[("ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE", "/does/not/exist")]),
            message(&[("ROUNDHOUSE_GITLAB_TOKEN", "t"), ("ROUNDHOUSE_GITLAB_TOKEN_FILE", "f")]),
        ]
        .join("\n"),
        @r"
    `listen` is `everywhere` (from ROUNDHOUSE_LISTEN), but must be an address and a port, like 127.0.0.1:8000
    `public_url` is `ci.example.com` (from ROUNDHOUSE_PUBLIC_URL), but must be an address that begins with http:// or https://
    `github.app_id` is set, but `github.private_key` is not: set ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE to the .pem file that GitHub made for the App
    `gitlab.token` is set, but `gitlab.url` is not: set ROUNDHOUSE_GITLAB_URL, for example https://gitlab.com
    `runner.capacity` is `0` (from ROUNDHOUSE_RUNNER_CAPACITY), but must be a number from 1 to 1024
    `runner.machine` is `maybe` (from ROUNDHOUSE_RUNNER_MACHINE), but must be `on` or `off`
    failed to read `/does/not/exist`, which ROUNDHOUSE_GITHUB_PRIVATE_KEY_FILE names for `github.private_key`: No such file or directory (os error 2)
    `gitlab.token` is given twice in ROUNDHOUSE_GITLAB_TOKEN: once directly and once as a file; remove one
    "
    );
}

#[test]
fn unknown_names_are_errors_in_the_file_and_warnings_in_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("settings.toml");
    fs::write(&file, "[github]\napp_idd = 7\n").unwrap();
    let sources = Sources { config_file: Some(file), ..Sources::default() };
    let error = Resolved::new(&sources).unwrap_err().to_string();
    assert!(error.contains("`github.app_idd`") && error.contains("did you mean `github.app_id`?"), "{error}");

    let resolved =
        Resolved::new(&environment(&[("ROUNDHOUSE_LISTN", "x"), ("ROUNDHOUSE_GITHUB_CLIENT_ID", "k")])).unwrap();
    assert_eq!(resolved.warnings().len(), 2, "{:?}", resolved.warnings());
}
