//! Plans: every key of jobs, containers and steps.

use model::plan::{CheckoutMethod, StepKind, When};

use crate::kit::{findings, good, plan, steps};

#[test]
fn steps_of_every_kind() {
    let text = steps(
        "      - checkout
      - checkout: {path: src, method: full}
      - run: |
          make
          test
      - run: {name: Named, command: make, shell: /bin/sh -e, environment: {A: 1, B: no}, background: true, working_directory: sub, no_output_timeout: 1.5h, when: always, max_auto_reruns: 3, auto_rerun_delay: 10s}
      - setup_remote_docker
      - save-cache: {key: 'v1-{{ checksum \"a\" }}', paths: node_modules, when: on_fail}
      - save_cache: {key: k, paths: [a, ~/b]}
      - restore_cache: {keys: [a, b]}
      - restore_cache: {key: a, keys: [b], name: Mine}
      - persist_to_workspace: {root: /tmp, paths: ['*']}
      - attach_workspace: {at: /tmp}
      - store_artifacts: {path: out, destination: build}
      - store_test_results: {path: results}
      - add_ssh_keys
      - add_ssh_keys: {fingerprints: ['SHA256:x']}
",
    );
    let compiled = good(&text);
    insta::assert_json_snapshot!(plan(&compiled, "build").steps, @r#"
    [
      {
        "name": "Checkout code",
        "type": "checkout",
        "method": "blobless"
      },
      {
        "name": "Checkout code",
        "type": "checkout",
        "path": "src",
        "method": "full"
      },
      {
        "name": "make\ntest\n",
        "type": "run",
        "command": "make\ntest\n",
        "background": false,
        "no_output_timeout_ms": 600000,
        "max_auto_reruns": 0,
        "auto_rerun_delay_ms": 0
      },
      {
        "name": "Named",
        "when": "always",
        "type": "run",
        "command": "make",
        "shell": "/bin/sh -e",
        "environment": {
          "A": "1",
          "B": "no"
        },
        "working_directory": "sub",
        "background": true,
        "no_output_timeout_ms": 5400000,
        "max_auto_reruns": 3,
        "auto_rerun_delay_ms": 10000
      },
      {
        "name": "Setup a remote Docker engine",
        "type": "setup_remote_docker",
        "docker_layer_caching": false
      },
      {
        "name": "Saving Cache",
        "when": "on_fail",
        "type": "save_cache",
        "key": "v1-{{ checksum \"a\" }}",
        "paths": [
          "node_modules"
        ]
      },
      {
        "name": "Saving Cache",
        "type": "save_cache",
        "key": "k",
        "paths": [
          "a",
          "~/b"
        ]
      },
      {
        "name": "Restoring Cache",
        "type": "restore_cache",
        "keys": [
          "a",
          "b"
        ]
      },
      {
        "name": "Mine",
        "type": "restore_cache",
        "keys": [
          "a",
          "b"
        ]
      },
      {
        "name": "Persisting to workspace",
        "type": "persist_to_workspace",
        "root": "/tmp",
        "paths": [
          "*"
        ]
      },
      {
        "name": "Attaching workspace",
        "type": "attach_workspace",
        "at": "/tmp"
      },
      {
        "name": "Uploading artifacts",
        "when": "always",
        "type": "store_artifacts",
        "path": "out",
        "destination": "build"
      },
      {
        "name": "Uploading test results",
        "when": "always",
        "type": "store_test_results",
        "path": "results"
      },
      {
        "name": "Installing additional SSH keys",
        "type": "add_ssh_keys",
        "fingerprints": []
      },
      {
        "name": "Installing additional SSH keys",
        "type": "add_ssh_keys",
        "fingerprints": [
          "SHA256:x"
        ]
      }
    ]
    "#);
}

#[test]
fn containers_with_every_key() {
    let text = "
version: 2
jobs:
  build:
    docker:
      - image: a@sha256:0123
        user: root
        auth: {username: me, password: $PASSWORD}
        environment: [A=1, B=x=y, {C: 2, D: }]
      - image: 123.dkr.ecr.us-east-1.amazonaws.com/b
        name: db
        command: mongod --port 27017 '--a b'
        entrypoint: [/entry, -x]
        aws_auth: {aws_access_key_id: AKIA, aws_secret_access_key: $SECRET}
      - image: c
        aws_auth: {oidc_role_arn: 'arn:x'}
      - image: d
        gcp_auth: {service_account: $KEY}
      - image: us-docker.pkg.dev/acme/images/e
        gcp_auth:
          oidc_service_account: pull@acme.iam.gserviceaccount.com
          workload_identity_pool: projects/12/locations/global/workloadIdentityPools/ci
          workload_identity_provider: $PROVIDER
    environment:
      - X: 16.10
      - Y: true
    shell: /bin/bash -e
    working_directory: ~/w
    parallelism: '2'
    retention: {caches: 7d}
    circleci_ip_ranges: true
    steps: [checkout]
";
    let compiled = good(text);
    insta::assert_json_snapshot!(plan(&compiled, "build"), @r#"
    {
      "executor": {
        "kind": "docker",
        "containers": [
          {
            "image": "a@sha256:0123",
            "user": "root",
            "environment": {
              "A": "1",
              "B": "x=y",
              "C": "2",
              "D": ""
            },
            "auth": {
              "kind": "basic",
              "username": "me",
              "password": "$PASSWORD"
            }
          },
          {
            "image": "123.dkr.ecr.us-east-1.amazonaws.com/b",
            "name": "db",
            "entrypoint": [
              "/entry",
              "-x"
            ],
            "command": [
              "mongod",
              "--port",
              "27017",
              "--a b"
            ],
            "auth": {
              "kind": "aws",
              "access_key_id": "AKIA",
              "secret_access_key": "$SECRET"
            }
          },
          {
            "image": "c",
            "auth": {
              "kind": "aws",
              "role_arn": "arn:x"
            }
          },
          {
            "image": "d",
            "auth": {
              "kind": "gcp",
              "service_account": "$KEY"
            }
          },
          {
            "image": "us-docker.pkg.dev/acme/images/e",
            "auth": {
              "kind": "gcp_identity",
              "service_account": "pull@acme.iam.gserviceaccount.com",
              "pool": "projects/12/locations/global/workloadIdentityPools/ci",
              "provider": "$PROVIDER"
            }
          }
        ]
      },
      "working_directory": "~/w",
      "shell": "/bin/bash -e",
      "environment": {
        "X": "16.10",
        "Y": "true"
      },
      "steps": [
        {
          "name": "Checkout code",
          "type": "checkout",
          "method": "blobless"
        }
      ],
      "parallelism": 2,
      "cache_retention_days": 7
    }
    "#);
}

#[test]
fn store_steps_run_after_a_failure_too() {
    let compiled =
        good(&steps("      - store_artifacts: {path: a}\n      - store_test_results: {path: b, when: on_success}\n"));
    let whens: Vec<When> = plan(&compiled, "build").steps.iter().map(|step| step.when).collect();
    assert_eq!(whens, [When::Always, When::OnSuccess]);
}

#[test]
fn a_release_without_a_plan_and_steps_in_the_wrong_shape() {
    let found = findings("version: 2.1\njobs:\n  build: {type: release}\n");
    assert_eq!(found[0].message, "the job `build` of type `release` needs the key `plan_name`");
    let compiled = good("version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      run: x\n");
    assert!(matches!(plan(&compiled, "build").steps[0].kind, StepKind::Run(_)));
    assert_eq!(compiled.warnings.len(), 1);
}

#[test]
fn a_shallow_checkout_says_how_deep() {
    let compiled = good(&steps("      - checkout: {method: shallow, depth: 3}\n"));
    let StepKind::Checkout(checkout) = &plan(&compiled, "build").steps[0].kind else { panic!("{compiled:?}") };
    assert_eq!(checkout.method, CheckoutMethod::Shallow { depth: 3 });
    let table = [
        ("{method: shallow}", "`method: shallow` needs the key `depth`"),
        ("{method: shallow, depth: 0}", "`depth` is 0; it must be at least 1"),
        ("{method: shallow, depth: all}", "`depth` of `checkout` must be a whole number, not the text `all`"),
        ("{method: full, depth: 3}", "`depth` has no effect without `method: shallow`"),
    ];
    for (checkout, message) in table {
        let found = findings(&steps(&format!("      - checkout: {checkout}\n")));
        assert_eq!(found.iter().map(|finding| finding.message.as_str()).collect::<Vec<_>>(), [message], "{checkout}");
    }
}

#[test]
fn a_machine_and_a_mac_may_say_shell_and_class() {
    for kind in ["machine: {image: default, ", "macos: {xcode: 16, "] {
        let text = format!(
            "version: 2.1\njobs:\n  build:\n    {kind}shell: /bin/zsh, resource_class: m4pro.medium}}\n    steps: [checkout]\n"
        );
        let compiled = good(&text);
        let build = plan(&compiled, "build");
        assert_eq!(build.shell.as_deref(), Some("/bin/zsh"));
        assert_eq!(build.resource_class.as_ref().map(|class| class.0.as_str()), Some("m4pro.medium"));
        assert!(compiled.warnings.is_empty(), "{:?}", compiled.warnings);
    }
}

#[test]
fn locks_are_made_of_serial_groups() {
    let found = findings("version: 2.1\njobs: {build: {type: lock, key: a}}\n");
    assert_eq!(found[0].message, "jobs of the type `lock` are not supported: a serial group makes its own");
}
