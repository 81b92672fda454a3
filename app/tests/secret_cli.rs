//! `roundhouse admin context|env|ssh-key|key|oidc`, and variables of local runs, from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use model::time::Timestamp;
use store::{
    Store, StoreOptions,
    project::{self, NewProject},
};

/// Runs a command with this on its standard input.
fn roundhouse(directory: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_roundhouse"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input may be gone by now.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A data directory with one project.
async fn data(directory: &Path) {
    let data = directory.join("data");
    fs::create_dir(&data).unwrap();
    let store = Store::open(&data, StoreOptions::default()).await.unwrap();
    let new = NewProject { private: true, ..rows::project("gh/acme/app") };
    let mut tx = store.begin().await.unwrap();
    project::upsert(&mut tx, &new, Timestamp::from_millis(1)).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn secrets_go_in_and_are_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    data(directory.path()).await;
    let admin = |arguments: &[&str], input: &str| {
        let output = roundhouse(directory.path(), &[&["admin"], arguments].concat(), input);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let refused = |arguments: &[&str], input: &str| {
        let output = roundhouse(directory.path(), &[&["admin"], arguments].concat(), input);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        text(&output.stderr)
    };
    admin(&["context", "create", "gh/acme", "deploy"], "");
    assert!(refused(&["context", "create", "gh/acme", "deploy"], "").contains("has a context `deploy` already"));
    admin(&["context", "set", "gh/acme", "deploy", "TOKEN"], "swordfish-42\n");
    assert!(
        refused(&["context", "set", "gh/acme", "deploy", "1TOKEN"], "x").contains("no name of an environment variable")
    );
    assert!(refused(&["context", "set", "gh/acme", "nothing", "TOKEN"], "x").contains("has no context `nothing`"));
    admin(&["context", "restrict", "gh/acme", "deploy", "--project", "gh/acme/app"], "");
    let id =
        admin(&["context", "restrict", "gh/acme", "deploy", "--expression", "pipeline.git.branch == \"main\""], "");
    assert!(
        refused(&["context", "restrict", "gh/acme", "deploy", "--expression", "a =="], "").contains("cannot be read")
    );
    admin(&["context", "restrict", "gh/acme", "deploy", "--group", "Site Reliability"], "");
    assert!(
        refused(&["context", "restrict", "gh/acme", "deploy", "--group", "a/b"], "")
            .contains("no team of an organization")
    );
    let listed: serde_json::Value =
        serde_json::from_str(&admin(&["context", "list", "gh/acme", "--format", "json"], "")).unwrap();
    let context = &listed["contexts"][0];
    assert_eq!((&context["name"], &context["variables"]), (&"deploy".into(), &serde_json::json!(["TOKEN"])));
    assert_eq!(context["restrictions"][0]["value"], "gh/acme/app");
    assert_eq!(
        (&context["restrictions"][2]["type"], &context["restrictions"][2]["value"]),
        (&"group".into(), &"site-reliability".into())
    );
    admin(&["context", "restrict", "gh/acme", "deploy", "--remove", id.trim()], "");

    admin(&["env", "set", "gh/acme/app", "LONG"], "a-very-long-secret-value\n");
    assert_eq!(admin(&["env", "list", "gh/acme/app"], "").split_whitespace().collect::<Vec<_>>(), ["LONG", "xxxxalue"]);
    assert!(refused(&["env", "set", "gh/acme/none", "A"], "x").contains("there is no project `gh/acme/none` yet"));

    let key = directory.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    let private = fs::read_to_string(&key).unwrap();
    let sha256 = admin(&["ssh-key", "add", "gh/acme/app", "--hostname", "example.com"], &private);
    let shown = admin(&["ssh-key", "list", "gh/acme/app"], "");
    assert!(shown.contains(sha256.trim()) && shown.contains("example.com") && !shown.contains("PRIVATE"), "{shown}");
    assert!(refused(&["ssh-key", "add", "gh/acme/app"], "ssh-ed25519 AAAA").contains("this is a public key"));

    assert!(admin(&["key", "rotate"], "").contains("(3)"));
    assert!(admin(&["env", "list", "gh/acme/app"], "").contains("xxxxalue"), "the new key opens everything");
    // Keys of tokens: the first signs at once, the next is known before it does.
    assert!(admin(&["oidc", "rotate"], "").ends_with(" now.\n"));
    assert!(admin(&["oidc", "rotate"], "").ends_with(" in 10 minutes.\n"));
    assert!(admin(&["key", "rotate"], "").contains("(5)"));
    assert!(admin(&["oidc", "rotate", "--at-once"], "").ends_with(" now.\n"));
    assert!(admin(&["key", "rotate"], "").contains("(4)"));
    admin(&["ssh-key", "remove", "gh/acme/app", sha256.trim()], "");
    admin(&["env", "unset", "gh/acme/app", "LONG"], "");
    admin(&["context", "unset", "gh/acme", "deploy", "TOKEN"], "");
    admin(&["context", "delete", "gh/acme", "deploy"], "");
    assert_eq!(admin(&["context", "list"], ""), "");
    // Nothing of a value was ever on the disk.
    for file in ["roundhouse.db", "roundhouse.db-wal"] {
        let bytes = fs::read(directory.path().join("data").join(file)).unwrap_or_default();
        for secret in [&b"swordfish-42"[..], b"a-very-long-secret-value"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{file}");
        }
    }
}

#[test]
fn a_local_run_takes_variables_from_files() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".circleci")).unwrap();
    fs::write(
        directory.path().join(".circleci/config.yml"),
        "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - run: test \"$TOKEN\" = swordfish-42 && echo \"$TOKEN for $WHO\"\n\
         \x20     - run: test -z \"$CIRCLE_OIDC_TOKEN$CIRCLE_OIDC_TOKEN_V2\" && ! circleci run oidc get 2>&1\n\
         workflows:\n  main:\n    jobs:\n      - build: {context: [deploy, missing]}\n",
    )
    .unwrap();
    fs::write(directory.path().join("env"), "# of the project\nTOKEN=weak-token\nWHO=\"everybody\"\n").unwrap();
    fs::write(directory.path().join("contexts"), "[deploy]\nTOKEN=swordfish-42\n").unwrap();
    let output = roundhouse(directory.path(), &["run", "--env-file", "env", "--context-file", "contexts"], "");
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}\n{}", text(&output.stderr));
    assert!(shown.contains("**** for ****") && !shown.contains("swordfish"), "{shown}");
    assert!(shown.contains("a job of `roundhouse run` has no OpenID Connect token"), "{shown}");
    let output = roundhouse(directory.path(), &["run", "--env-file", "contexts"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("contexts come from --context-file"), "{}", text(&output.stderr));
}
