//! `roundhouse run` from outside: what it keeps between runs, and what it leaves behind.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A project with a configuration, and a home of its own.
struct Project {
    directory: TempDir,
    home: TempDir,
}

impl Project {
    fn new(jobs: &str, workflow: &str) -> Self {
        let project = Self { directory: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        fs::create_dir(project.path(".circleci")).unwrap();
        let config = format!("version: 2.1\njobs:\n{jobs}workflows:\n  main:\n    jobs:\n{workflow}");
        fs::write(project.path(".circleci/config.yml"), config).unwrap();
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_roundhouse"))
            .arg("run")
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs, and gives what was printed.
    fn shown(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{shown}\n{}", String::from_utf8_lossy(&output.stderr));
        shown
    }
}

#[test]
fn caches_are_kept_between_runs() {
    let project = Project::new(
        "  build:\n    machine: true\n    steps:\n      - restore_cache: {keys: [v1-]}\n      \
         - run: mkdir -p deps; cat deps/lib || true; echo cached > deps/lib\n      \
         - save_cache: {key: v1-a, paths: [deps]}\n",
        "      - build\n",
    );
    assert!(project.shown(0, &[]).contains("No cache was found"));
    let again = project.shown(0, &[]);
    assert!(again.contains("Found: v1-a") && again.contains("│ cached\n"), "{again}");
    assert!(again.contains("A cache with this key is already stored"), "{again}");
    assert!(project.shown(0, &["--no-cache"]).contains("No cache was found"));
    assert!(project.shown(0, &[]).contains("Found: v1-a"));
    // Bytes that are gone are no fault.
    let blobs = walk(&project.home.path().join(".cache/roundhouse/run"));
    blobs.iter().filter(|path| !path.ends_with("notes")).for_each(|path| {
        if path.extension().is_none() {
            fs::remove_file(path).unwrap();
        }
    });
    assert!(project.shown(0, &[]).contains("No cache was found"));
    assert!(project.shown(0, &[]).contains("Found: v1-a"));
}

fn walk(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[test]
fn artifacts_and_test_results_are_left_behind() {
    let report = "<testsuite><testcase classname=\"a.B\" name=\"good\"/><testcase classname=\"a.B\" name=\"bad\" file=\"b.py\">\
                  <failure>expected 1\n\ngot 2</failure></testcase><testcase name=\"later\"><skipped/></testcase></testsuite>";
    let project = Project::new(
        "  build:\n    machine: true\n    steps:\n      - checkout\n      - run: 'ls -A > list'\n      \
         - store_artifacts: {path: list}\n  \
         test:\n    machine: true\n    parallelism: 2\n    steps:\n      - checkout\n      \
         - store_artifacts: {path: report.xml, destination: reports/junit.xml}\n      \
         - store_test_results: {path: report.xml}\n      - run: exit 1\n",
        "      - build\n      - test\n",
    );
    fs::write(project.path("report.xml"), report).unwrap();
    let shown = project.shown(1, &[]);
    assert!(shown.contains("✗ a.B › bad  in test/0  b.py\n    expected 1\n    got 2\n"), "{shown}");
    assert!(shown.contains("\ntest/1 │ ▸ exit 1\n") && shown.contains("\nbuild  │ ▸ ls -A > list\n"), "{shown}");
    assert!(
        shown.contains("Tests: 2 failed, 2 passed, 2 skipped\nArtifacts: 3 files in .roundhouse/artifacts/\n"),
        "{shown}"
    );
    for run in ["0", "1"] {
        let file = project.path(&format!(".roundhouse/artifacts/test/{run}/reports/junit.xml"));
        assert_eq!(fs::read_to_string(file).unwrap(), report);
    }
    assert_eq!(fs::read_to_string(project.path(".roundhouse/.gitignore")).unwrap(), "*\n");
    // What an earlier run left behind is neither checked out nor kept.
    let shown = project.shown(0, &["build", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&report["artifacts"]["files"], &report["tests"]["failed"]), (&1.into(), &0.into()), "{report}");
    let list = fs::read_to_string(project.path(".roundhouse/artifacts/build/list")).unwrap();
    assert_eq!(list, ".circleci\nlist\nreport.xml\n");
    assert!(!project.path(".roundhouse/artifacts/test").exists());
    project.shown(0, &["build", "--artifacts", "out"]);
    assert!(project.path("out/build/list").is_file() && project.path(".roundhouse/artifacts/build/list").is_file());
}

#[test]
fn a_setup_workflow_goes_on_with_what_it_made() {
    let project = Project::new("", "");
    let next = "version: 2.1\nparameters:\n  word: {type: string, default: none}\njobs:\n  next:\n    machine: true\n    \
                steps: [run: echo the word is << pipeline.parameters.word >>]\nworkflows:\n  main:\n    jobs: [next]\n";
    fs::write(project.path("next.yml"), next).unwrap();
    let setup = |send: &str| {
        let config = format!(
            "version: 2.1\nsetup: true\njobs:\n  generate:\n    machine: true\n    steps:\n      - checkout\n      \
             - run:\n          command: |\n            {send}\nworkflows:\n  setup:\n    jobs: [generate]\n"
        );
        fs::write(project.path(".circleci/config.yml"), config).unwrap();
    };
    let body = r#"{"continuation-key": env.CIRCLE_CONTINUATION_KEY, configuration: $c, parameters: {word: "hello"}}"#;
    setup(&format!(
        "jq -n --rawfile c next.yml '{body}' | curl -fsS -d @- https://circleci.com/api/v2/pipeline/continue"
    ));
    let shown = project.shown(0, &[]);
    assert!(shown.contains("Pipeline continued") && shown.contains("the word is hello"), "{shown}");
    // Orbs of a directory are there for what the setup made as well.
    fs::create_dir(project.path("orbs")).unwrap();
    let orb = "version: 2.1\njobs:\n  hello:\n    machine: true\n    steps: [run: echo from the orb]\n";
    fs::write(project.path("orbs/acme__tools@1.2.3.yml"), orb).unwrap();
    let next = "version: 2.1\norbs: {tools: acme/tools@1}\nparameters:\n  word: {type: string, default: none}\nworkflows: {main: {jobs: [tools/hello]}}\n";
    fs::write(project.path("next.yml"), next).unwrap();
    let shown = project.shown(0, &["--orb-dir", "orbs"]);
    assert!(shown.contains("from the orb"), "{shown}");
    setup("true");
    let shown = project.shown(1, &[]);
    assert!(shown.contains("no job of it has continued the pipeline"), "{shown}");
    let wrong = r#"{"continuation-key": env.CIRCLE_CONTINUATION_KEY, configuration: "version: 9"}"#;
    setup(&format!("jq -n '{wrong}' | curl -fsS -d @- https://circleci.com/api/v2/pipeline/continue"));
    let shown = project.shown(1, &[]);
    assert!(shown.contains("What the setup workflow made is no configuration"), "{shown}");
}
