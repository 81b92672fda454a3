use std::{fs, path::Path};

use insta::assert_snapshot;

use super::*;

fn files(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

#[test]
fn an_orb_is_put_together() {
    let directory = files(&[
        (
            "@orb.yml",
            "version: 2.1\ndescription: >\n  Greets people,\n  politely.\ndisplay:\n  home_url: https://example.com\n",
        ),
        (
            "commands/greet.yml",
            "description: Greets.\nparameters:\n  to: {type: string, default: World}\n  loud: {type: boolean, default: no}\n\
             steps:\n  - run:\n      name: Greet << parameters.to >>\n      environment: {TO: << parameters.to >>}\n      \
             command: <<include(scripts/greet.sh)>>\n",
        ),
        ("jobs/hello.yml", "executor: default\nsteps:\n  - greet: {to: \"0123\"}\n  - run: 'echo \"a: b\"'\n"),
        (
            "executors/default.yml",
            "docker:\n  - image: cimg/base:<< parameters.tag >>\nparameters: {tag: {type: string, default: '2024.01'}}\n",
        ),
        ("examples/first.yaml", "description: It greets.\nusage:\n  version: 2.1\n"),
        ("scripts/greet.sh", "#!/bin/bash\ncat <<EOF\n  Hello $TO\nEOF\n"),
        ("tests/other.yml", "not: part of it\n"),
    ]);
    assert_snapshot!(pack_orb(directory.path()).unwrap(), @r#"
    commands:
        greet:
            description: Greets.
            parameters:
                loud:
                    default: false
                    type: boolean
                to:
                    default: World
                    type: string
            steps:
                - run:
                    command: |
                        #!/bin/bash
                        cat \<<EOF
                          Hello $TO
                        EOF
                    environment:
                        TO: << parameters.to >>
                    name: Greet << parameters.to >>
    description: |
        Greets people, politely.
    display:
        home_url: https://example.com
    examples:
        first:
            description: It greets.
            usage:
                version: 2.1
    executors:
        default:
            docker:
                - image: cimg/base:<< parameters.tag >>
            parameters:
                tag:
                    default: "2024.01"
                    type: string
    jobs:
        hello:
            executor: default
            steps:
                - greet:
                    to: "0123"
                - run: 'echo "a: b"'
    version: 2.1
    "#);
}

#[test]
fn includes_stay_in_the_orb() {
    let pack = |text: &str| {
        let directory =
            files(&[("src/@orb.yml", "version: 2.1\n"), ("src/commands/a.yml", text), ("secret", "canary")]);
        pack_orb(&directory.path().join("src"))
    };
    for text in
        ["x: << include(../secret) >>", "x: << include(/etc/hostname) >>", "x: <<include(scripts/../../secret)>>"]
    {
        let error = pack(text).unwrap_err().to_string();
        assert!(error.contains("leaves the orb's directory"), "{error}");
    }
    let error = pack("x: << include(scripts/none.sh) >>").unwrap_err().to_string();
    assert!(error.contains("failed to include `scripts/none.sh`"), "{error}");
    let packed = pack("x: 'say << include(@orb.yml) >> and \\<< include(no) >>'").unwrap();
    assert!(packed.contains("say version: 2.1") && packed.contains("and \\<< include(no) >>"), "{packed}");
}

#[test]
fn parts_of_an_orb_are_sorted_into_directories_at_will() {
    let sorted = [
        ("@orb.yml", "version: 2.1"),
        ("commands/aws/login.yml", "steps: []"),
        ("commands/aws/@base.yml", "shared: {steps: [checkout]}"),
    ];
    let packed = pack_orb(files(&sorted).path()).unwrap();
    assert_snapshot!(packed, @r"
    commands:
        login:
            steps: []
        shared:
            steps:
                - checkout
    version: 2.1
    ");
    let twice =
        [("@orb.yml", "version: 2.1"), ("commands/aws/login.yml", "steps: []"), ("commands/login.yml", "steps: []")];
    let error = pack_orb(files(&twice).path()).unwrap_err().to_string();
    assert!(error.contains("both define `login`"), "{error}");
    let error = pack_orb(files(&[("commands/a.yml", "x: 1")]).path()).unwrap_err().to_string();
    assert!(error.contains("there is no `@orb.yml`"), "{error}");
}

#[test]
fn a_configuration_is_put_together() {
    let directory = files(&[
        ("@config.yml", "version: 2.1\n"),
        ("other.yml", "orbs: {node: circleci/node@5}\n"),
        ("jobs/build.yml", "steps: [checkout]\n"),
        ("jobs/@shared.yml", "lint: {steps: [checkout]}\n"),
        ("workflows/nightly/@flow.yml", "jobs: [build]\n"),
        ("workflows/nightly/when.yml", "equal: [a, b]\n"),
        (".hidden.yml", "- no map\n"),
        ("notes.txt", "no yaml\n"),
        ("empty/.gitkeep", ""),
    ]);
    assert_snapshot!(pack_config(directory.path()).unwrap(), @r"
    jobs:
        build:
            steps:
                - checkout
        lint:
            steps:
                - checkout
    orbs:
        node: circleci/node@5
    version: 2.1
    workflows:
        nightly:
            jobs:
                - build
            when:
                equal:
                    - a
                    - b
    ");
}

#[test]
fn what_cannot_be_packed_is_said_with_its_place() {
    let error = |text: &str| pack_config(files(&[("jobs/a.yml", text)]).path()).unwrap_err().to_string();
    assert!(error("- a\n").ends_with("jobs/a.yml` holds a list; a fragment is a map"), "{}", error("- a\n"));
    assert!(error("a: [\n").contains("jobs/a.yml:2:"), "{}", error("a: [\n"));
    assert!(error("a: 1\na: 2\n").contains("the key `a` stands twice"), "{}", error("a: 1\na: 2\n"));
    let bomb: String = (1..9)
        .map(|level| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")))
        .collect();
    assert!(error(&format!("a0: &a0 x\n{bomb}")).contains("more than 200000 values"));
    assert!(error(&"- ".repeat(1_000)).contains("levels deep"));
    assert!(pack_config(Path::new("/nowhere")).unwrap_err().to_string().contains("there is no `/nowhere`"));
}

/// Every text is read back as it was, wherever it stands.
#[test]
fn texts_come_back_as_they_were() {
    let texts = [
        "",
        " ",
        "a",
        "yes",
        "no",
        "null",
        "~",
        "1",
        "1.10",
        "16.10.0",
        "1e3",
        "0x1f",
        "2024-01-02",
        "12:30:45",
        "a: b",
        "a #b",
        "#a",
        "- a",
        "-",
        "-a",
        "? a",
        ": a",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "a:",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na",
        " a\nb",
        "a \nb",
        "a\n\nb",
        "\ta",
        "a\tb\nc",
        "a\r\nb",
        "\u{7}",
        "ü — 你好 🎉",
        "<<",
        "<< x >>",
        "---",
        "--- a",
        "...",
        "a\n---\nb",
        "\n",
        "\n\n",
        "=",
        "y",
        "n",
        ".5",
        ".",
        "+1",
        "1_000",
        "0b11",
        "0o17",
        "on",
        "OFF",
        "true",
        "5-alpine",
    ];
    let list = Tree::List(texts.iter().map(|text| Tree::text(*text)).collect());
    assert_eq!(parse(&write(&list)).unwrap(), list);
    let map = Tree::Map(texts.iter().map(|text| ((*text).to_owned(), list.clone())).collect());
    let nested = Tree::List(vec![map.clone(), Tree::List(vec![map, list])]);
    assert_eq!(parse(&write(&nested)).unwrap(), nested, "{}", write(&nested));
}

#[test]
fn aliases_and_merges_are_resolved() {
    let text = "base: &base {a: 1, b: &list [x, on]}\nother: {<<: *base, a: 2, c: *list}\nmany:\n  <<: [{a: 1}, {a: 2, z: 3}]\n";
    assert_snapshot!(write(&parse(text).unwrap()), @r"
    base:
        a: 1
        b:
            - x
            - true
    many:
        a: 1
        z: 3
    other:
        a: 2
        b:
            - x
            - true
        c:
            - x
            - true
    ");
}
