//! `roundhouse config` and `roundhouse orb` from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const DONE: i32 = 0;
const FAILED: i32 = 1;
const WRONG_USE: i32 = 2;
const IMPOSSIBLE: i32 = 3;

const TOOLS: &str = "version: 2.1\nexecutors: {base: {docker: [{image: cimg/base:1}]}}\ncommands:\n  greet:\n    parameters: \
                     {to: {type: string, default: you}}\n    steps: [{run: echo << parameters.to >>}]\njobs:\n  build: {executor: \
                     base, steps: [{greet: {to: world}}]}\nexamples:\n  simple:\n    usage:\n      version: 2.1\n      orbs: {tools: \
                     acme/tools@1.0}\n      workflows: {use-it: {jobs: [tools/build]}}\n";

const CONFIG: &str = "version: 2.1\nparameters: {deploy: {type: boolean, default: false}}\norbs: {tools: acme/tools@1}\nworkflows:\n  \
                      main:\n    jobs:\n      - tools/build\n      - tools/build: {name: release, requires: [tools/build], filters: \
                      {branches: {only: main}}}\n  deploy:\n    when: << pipeline.parameters.deploy >>\n    jobs: [tools/build]\n";

/// A directory with these files; nothing in it may reach the network.
fn files(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn with_orb() -> TempDir {
    files(&[(".circleci/config.yml", CONFIG), ("orbs/acme__tools@1.2.0.yml", TOOLS)])
}

fn roundhouse_with_input(directory: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", directory)
        .env("ROUNDHOUSE_ORB_REGISTRY_URL", "none")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read is not waited for.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

fn roundhouse(directory: &Path, arguments: &[&str]) -> Output {
    roundhouse_with_input(directory, arguments, "")
}

#[track_caller]
fn ends(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    (out, err)
}

#[test]
fn every_command_has_help_with_an_example() {
    let directory = files(&[]);
    for command in [
        ["config", "validate"],
        ["config", "process"],
        ["config", "explain"],
        ["config", "eval"],
        ["config", "pack"],
        ["config", "schema"],
        ["orb", "pack"],
        ["orb", "validate"],
        ["orb", "process"],
        ["orb", "import"],
        ["orb", "list"],
    ] {
        let (help, _) = ends(&roundhouse(directory.path(), &[command[0], command[1], "--help"]), DONE);
        assert!(help.contains("Example: "), "{command:?}");
    }
}

#[test]
fn process_prints_a_fixed_point() {
    let directory = with_orb();
    let (once, notes) = ends(&roundhouse(directory.path(), &["config", "process", "--orb-dir", "orbs"]), DONE);
    assert!(once.starts_with("version: 2\n") && once.contains("echo world") && !once.contains("orbs:"), "{once}");
    assert!(notes.contains("the orb `acme/tools@1` is version 1.2.0"), "{notes}");
    let (twice, _) = ends(&roundhouse_with_input(directory.path(), &["config", "process", "-"], &once), DONE);
    assert_eq!(once, twice);
}

#[test]
fn parameters_and_values_decide() {
    let directory = with_orb();
    fs::write(
        directory.path().join("values.json"),
        r#"{"pipeline": {"git": {"branch": "dev"}}, "pipeline.parameters.deploy": true}"#,
    )
    .unwrap();
    let explain = |more: &[&str]| {
        let arguments = [&["config", "explain", "--orb-dir", "orbs", "--format", "json"], more].concat();
        let (out, _) = ends(&roundhouse(directory.path(), &arguments), DONE);
        let json: Value = serde_json::from_str(&out).unwrap();
        let mut found = Vec::new();
        for workflow in json["workflows"].as_array().unwrap() {
            found.push((workflow["name"].as_str().unwrap().to_owned(), workflow["runs"].as_bool().unwrap()));
            for job in workflow["jobs"].as_array().into_iter().flatten() {
                found.push((job["name"].as_str().unwrap().to_owned(), job["runs"].as_bool().unwrap()));
            }
        }
        found
    };
    let pairs =
        |pairs: &[(&str, bool)]| pairs.iter().map(|(name, runs)| ((*name).to_owned(), *runs)).collect::<Vec<_>>();
    assert_eq!(explain(&[]), pairs(&[("main", true), ("tools/build", true), ("release", true), ("deploy", false)]));
    let all =
        pairs(&[("main", true), ("tools/build", true), ("release", true), ("deploy", true), ("tools/build", true)]);
    assert_eq!(explain(&["--param", "deploy=true"]), all);
    let dev =
        pairs(&[("main", true), ("tools/build", true), ("release", false), ("deploy", true), ("tools/build", true)]);
    assert_eq!(explain(&["--values", "values.json"]), dev);
    assert_eq!(explain(&["--values", "values.json", "--branch", "main"]), all);
    let arguments = ["config", "explain", "--orb-dir", "orbs", "--branch", "dev"];
    let (text, _) = ends(&roundhouse(directory.path(), &arguments), DONE);
    assert!(text.contains("release does not run: ") && text.contains("deploy does not run: "), "{text}");
    let wrong = ["config", "process", "--orb-dir", "orbs", "--param", "deploy"];
    let (_, error) = ends(&roundhouse(directory.path(), &wrong), WRONG_USE);
    assert!(error.contains("write KEY=VALUE"), "{error}");
    let wrong = ["config", "process", "--orb-dir", "orbs", "--param", "nonsense=1"];
    let (_, error) = ends(&roundhouse(directory.path(), &wrong), FAILED);
    assert!(error.contains("nonsense"), "{error}");
}

#[test]
fn what_a_job_waits_for_is_said_before_it_runs_in_the_schedulers_words() {
    let config = "version: 2.1\njobs: {x: &x {machine: true, steps: [checkout]}, build: *x, test: *x, deploy: *x, other: *x}\n\
                  workflows:\n  main:\n    jobs:\n      - build\n      - test: {requires: [build]}\n      \
                  - hold: {type: approval, requires: [build, test]}\n      \
                  - deploy: {requires: [hold], serial-group: prod}\n      \
                  - other: {filters: {branches: {only: main}}}\n";
    let directory = files(&[("config.yml", config)]);
    let (text, _) = ends(&roundhouse(directory.path(), &["config", "explain", "config.yml", "--branch", "dev"]), DONE);
    for line in [
        "\n  build runs at once\n",
        "\n  test runs: requires `build`, which has not ended\n",
        "\n  hold runs: requires `build` and `test`, which have not ended; then waits for the approval of someone who may \
         write to the repository\n",
        "\n  deploy runs: requires `hold`, which has not ended; then waits for the serial group `prod`, unless nobody has \
         the lock\n",
        "\n  other does not run: ",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let arguments = ["config", "explain", "config.yml", "--format", "json"];
    let json: Value = serde_json::from_str(&ends(&roundhouse(directory.path(), &arguments), DONE).0).unwrap();
    let jobs = &json["workflows"][0]["jobs"];
    assert_eq!(jobs[0]["waits"].as_array().map(Vec::len), Some(0), "{jobs}");
    assert_eq!(jobs[1]["waits"][0], "requires `build`, which has not ended", "{jobs}");
}

#[test]
fn a_schedule_is_explained_with_its_next_times() {
    let config = "version: 2.1\njobs: {test: {machine: true, steps: [checkout]}}\nworkflows:\n  nightly:\n    triggers: \
                  [{schedule: {cron: 30 2 * * *, filters: {branches: {only: main}}}}]\n    jobs: [test]\n";
    let directory = files(&[("config.yml", config)]);
    let (text, _) = ends(&roundhouse(directory.path(), &["config", "explain", "config.yml"]), DONE);
    assert!(text.contains("nightly runs by its schedule `30 2 * * *`, in UTC:\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.ends_with(" 02:30")).count(), 5, "{text}");
    let arguments = ["config", "explain", "config.yml", "--branch", "dev", "--format", "json"];
    let (text, _) = ends(&roundhouse(directory.path(), &arguments), DONE);
    let json: Value = serde_json::from_str(&text).unwrap();
    let schedule = &json["schedules"][0];
    assert_eq!(schedule["applies"], false, "{text}");
    assert_eq!(schedule["branches"]["only"][0], "main", "{text}");
    assert_eq!(schedule["next"].as_array().unwrap().len(), 5, "{text}");
}

#[test]
fn results_are_also_for_programs() {
    let directory = with_orb();
    let (text, _) = ends(&roundhouse(directory.path(), &["config", "schema"]), DONE);
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(schema["properties"]["workflows"].is_object(), "{text}");
    let process = ["config", "process", "-", "--orb-dir", "orbs", "--format", "json"];
    let (text, _) = ends(&roundhouse_with_input(directory.path(), &process, CONFIG), DONE);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert!(json["valid"] == true && json["output"].as_str().unwrap().starts_with("version: 2\n"), "{text}");
    let (text, _) = ends(&roundhouse_with_input(directory.path(), &process, "version: 4\n"), FAILED);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["diagnostics"][0]["code"], "config::unknown-version", "{text}");
}

#[test]
fn orbs_that_cannot_be_had_are_said_with_what_to_do() {
    let directory = with_orb();
    for command in ["validate", "process", "explain"] {
        let (_, error) = ends(&roundhouse(directory.path(), &["config", command]), IMPOSSIBLE);
        assert!(error.contains("the orb `acme/tools@1`") && error.contains("roundhouse orb import"), "{error}");
    }
    let (_, error) = ends(&roundhouse(directory.path(), &["run", "--list"]), IMPOSSIBLE);
    assert!(error.contains("the orb `acme/tools@1`"), "{error}");
    let (listed, _) = ends(&roundhouse(directory.path(), &["run", "--list", "--orb-dir", "orbs"]), DONE);
    assert!(listed.contains("  tools/build\n"), "{listed}");
}

#[test]
fn validate_takes_orbs_and_standard_input() {
    let directory = with_orb();
    let (out, _) = ends(&roundhouse(directory.path(), &["config", "validate", "--orb-dir", "orbs"]), DONE);
    assert!(out.contains("is valid"), "{out}");
    let older = CONFIG.replace("tools@1", "tools@1.1.7");
    let arguments = ["config", "validate", "-", "--orb-dir", "orbs"];
    let (_, notes) = ends(&roundhouse_with_input(directory.path(), &arguments, &older), DONE);
    assert!(notes.contains("`acme/tools@1.2.0` stands in for it"), "{notes}");
    let wrong = CONFIG.replace("[tools/build]}", "[tools/none]}").replace("- tools/build\n", "- tools/nope\n");
    let (out, error) = ends(&roundhouse_with_input(directory.path(), &arguments, &wrong), FAILED);
    assert!(error.contains("<stdin>:") && out.contains("<stdin>"), "{out}{error}");
    let (_, error) = ends(&roundhouse(directory.path(), &["config", "validate", "none.yml"]), IMPOSSIBLE);
    assert!(error.contains("failed to read the configuration `none.yml`"), "{error}");
}

#[test]
fn expressions_have_values() {
    let values =
        r#"{"pipeline.git.branch": "main", "pipeline.number": 42, "foo": null, "pipeline.parameters.deploy": true}"#;
    let directory = files(&[("values.json", values)]);
    let eval =
        |expression: &str| roundhouse(directory.path(), &["config", "eval", expression, "--values", "values.json"]);
    for (expression, expected) in [
        ("pipeline.git.branch == \"main\"", "true"),
        ("pipeline.git.branch", "\"main\""),
        ("pipeline.number > 41 and not false", "true"),
        ("foo or 12", "12"),
        ("pipeline.git.tag", "null"),
        ("pipeline.parameters.deploy", "true"),
    ] {
        assert_eq!(ends(&eval(expression), DONE).0, format!("{expected}\n"), "{expression}");
    }
    let (out, _) = ends(&roundhouse(directory.path(), &["config", "eval", "pipeline.git.branch"]), DONE);
    assert_eq!(out, "null\n", "nothing was pushed");
    let (_, error) = ends(&eval("pipeline.number > \"x\""), FAILED);
    assert!(error.contains("type error at character ") && error.contains('^'), "{error}");
    let arguments = ["config", "eval", "pipeline.nothing", "--format", "json"];
    let (out, _) = ends(&roundhouse(directory.path(), &arguments), FAILED);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&json["error"]["kind"], &json["error"]["start"]), (&json!("unknown name"), &json!(0)));
    fs::write(directory.path().join("values.json"), "[]").unwrap();
    let (_, error) = ends(&eval("1"), IMPOSSIBLE);
    assert!(error.contains("must be a JSON object"), "{error}");
}

#[test]
fn fragments_are_packed() {
    let directory = files(&[
        ("src/@config.yml", "version: 2.1\n"),
        ("src/jobs/build.yml", "docker: [{image: cimg/base:1}]\nsteps: [checkout]\n"),
        ("src/workflows/main.yml", "jobs: [build]\n"),
        ("orb/@orb.yml", "version: 2.1\n"),
        ("orb/commands/greet.yml", "steps: [{run: << include(scripts/greet.sh) >>}]\n"),
        ("orb/scripts/greet.sh", "cat <<< hello\n"),
    ]);
    let (packed, _) = ends(&roundhouse(directory.path(), &["config", "pack", "src"]), DONE);
    assert!(packed.contains("    build:\n        docker:\n            - image: cimg/base:1\n"), "{packed}");
    let (out, _) = ends(&roundhouse_with_input(directory.path(), &["config", "validate", "-"], &packed), DONE);
    assert!(out.contains("is valid"), "{out}");
    let (packed, _) = ends(&roundhouse(directory.path(), &["orb", "pack", "orb"]), DONE);
    assert!(packed.contains("cat \\<<< hello\n"), "{packed}");
    ends(&roundhouse_with_input(directory.path(), &["orb", "validate", "-"], &packed), DONE);
    let (_, error) = ends(&roundhouse(directory.path(), &["orb", "pack", "src"]), IMPOSSIBLE);
    assert!(error.contains("there is no `@orb.yml` in `src`"), "{error}");
}

#[test]
fn an_orb_is_checked_and_expanded() {
    let directory = files(&[("orb.yml", TOOLS), ("config.yml", CONFIG)]);
    ends(&roundhouse(directory.path(), &["orb", "validate", "orb.yml"]), DONE);
    let (out, _) = ends(&roundhouse(directory.path(), &["orb", "process", "orb.yml"]), DONE);
    assert!(out.contains("use-it:") && out.contains("echo world"), "{out}");
    let arguments = ["orb", "process", "orb.yml", "--config", "config.yml", "--param", "deploy=true"];
    let (out, _) = ends(&roundhouse(directory.path(), &arguments), DONE);
    assert!(out.contains("deploy:") && out.contains("echo world"), "{out}");
    let (_, error) =
        ends(&roundhouse(directory.path(), &["orb", "process", "orb.yml", "--example", "none"]), IMPOSSIBLE);
    assert!(error.contains("has no example `none`; it has `simple`"), "{error}");
    let wrong = TOOLS.replace("{greet: {to: world}}", "{greets: {to: world}}");
    let (_, error) = ends(&roundhouse_with_input(directory.path(), &["orb", "validate", "-"], &wrong), FAILED);
    assert!(error.contains("greets"), "{error}");
}

#[tokio::test]
async fn orbs_are_imported_and_listed() {
    let directory = with_orb();
    let import =
        |what: &[&str]| roundhouse(directory.path(), &[&["orb", "import", "--data-dir", "data"], what].concat());
    let (_, error) = ends(&import(&["orbs"]), IMPOSSIBLE);
    assert!(error.contains("there is no Roundhouse in"), "{error}");
    let data = directory.path().join("data");
    fs::create_dir(&data).unwrap();
    store::Store::open(&data, store::StoreOptions::default()).await.unwrap().close().await;
    let (out, _) = ends(&import(&["orbs"]), DONE);
    assert!(out.contains("Imported acme/tools@1.2.0"), "{out}");
    let (out, _) = ends(&import(&["orbs/acme__tools@1.2.0.yml"]), DONE);
    assert!(out.contains("Known already: acme/tools@1.2.0"), "{out}");
    fs::write(directory.path().join("orb.yml"), "version: 2.1\n").unwrap();
    let (_, error) = ends(&import(&["orb.yml"]), IMPOSSIBLE);
    assert!(error.contains("add --as acme/tools@1.2.3"), "{error}");
    let (_, error) = ends(&import(&["orb.yml", "--as", "acme/tools@1.2.0"]), IMPOSSIBLE);
    assert!(error.contains("a version never changes"), "{error}");
    let (_, error) = ends(&import(&["orb.yml", "--as", "acme/tools@1"]), IMPOSSIBLE);
    assert!(error.contains("a whole one"), "{error}");
    let (_, error) = ends(&import(&["circleci/node@5"]), IMPOSSIBLE);
    assert!(error.contains("no registry may be asked"), "{error}");
    ends(&import(&["orb.yml", "--as", "acme/tools@1.10.0"]), DONE);
    let list = ["orb", "list", "--data-dir", "data", "--format", "json"];
    let (out, _) = ends(&roundhouse(directory.path(), &list), DONE);
    let json: Value = serde_json::from_str(&out).unwrap();
    let versions: Vec<&str> =
        json["orbs"].as_array().unwrap().iter().map(|orb| orb["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.2.0", "1.10.0"]);
}
