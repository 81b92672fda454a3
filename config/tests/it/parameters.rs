//! Parameters of every kind, and what becomes of their values.

use config::{Inputs, Value};
use model::plan::{Executor, StepKind};

use crate::kit::{commands, findings, good, good_with, plan, steps};

#[test]
fn texts_are_put_together_and_values_keep_their_type() {
    let text = "
version: 2.1
parameters:
  image: {type: string, default: cimg/base}
  shards: {type: integer, default: 4}
jobs:
  build:
    parameters:
      tag: {type: string, default: 2024.01}
      cpu: {type: string, default: medium}
      cache: {type: boolean, default: on}
    docker:
      - image: << pipeline.parameters.image >>:<< parameters.tag >>
        environment: {CACHE: << parameters.cache >>, PLAIN: yes, VERSION: 13.0, EMPTY: , BRANCH: << pipeline.git.branch >>}
    parallelism: << pipeline.parameters.shards >>
    resource_class: arm.<< parameters.cpu >>
    environment: {CACHE: << parameters.cache >>}
    steps:
      - setup_remote_docker: {docker_layer_caching: << parameters.cache >>}
      - run: \"[ << parameters.cache >> = true ] && cat \\\\<<EOF \\\\<<<x '<<
          parameters.tag
          >>>'\"
";
    let compiled = good(text);
    insta::assert_json_snapshot!(plan(&compiled, "build"), @r#"
    {
      "executor": {
        "kind": "docker",
        "containers": [
          {
            "image": "cimg/base:2024.01",
            "environment": {
              "BRANCH": "main",
              "CACHE": "1",
              "EMPTY": "",
              "PLAIN": "yes",
              "VERSION": "13.0"
            }
          }
        ]
      },
      "resource_class": "arm.medium",
      "environment": {
        "CACHE": "1"
      },
      "steps": [
        {
          "name": "Setup a remote Docker engine",
          "type": "setup_remote_docker",
          "docker_layer_caching": true
        },
        {
          "name": "[ true = true ] && cat <<EOF <<<x '2024.01>'",
          "type": "run",
          "command": "[ true = true ] && cat <<EOF <<<x '2024.01>'",
          "background": false,
          "no_output_timeout_ms": 600000,
          "max_auto_reruns": 0,
          "auto_rerun_delay_ms": 0
        }
      ],
      "parallelism": 4
    }
    "#);
}

#[test]
fn pipeline_parameters_take_arguments() {
    let text = "
version: 2.1
parameters:
  s: {type: string, default: a}
  b: {type: boolean, default: false}
  i: {type: integer, default: 1}
  e: {type: enum, enum: [x, y, 3], default: x}
  p: {type: string, default: 'n<< pipeline.number >>'}
  none: {type: string, default: ''}
jobs:
  build:
    machine: true
    steps: [run: '<< pipeline.parameters.s >> << pipeline.parameters.b >> << pipeline.parameters.i >> << pipeline.parameters.e >> << pipeline.parameters.p >>[<< pipeline.parameters.none >>]']
";
    let mut inputs = Inputs::branch("main");
    inputs.values.insert("pipeline.number".to_owned(), Value::Int(7));
    assert_eq!(commands(&good_with(text, &inputs), "build"), ["a false 1 x n7[]"]);
    inputs.parameters.insert("s".to_owned(), "5".into());
    inputs.parameters.insert("b".to_owned(), Value::Bool(true));
    inputs.parameters.insert("i".to_owned(), Value::Int(9));
    inputs.parameters.insert("e".to_owned(), Value::Int(3));
    assert_eq!(commands(&good_with(text, &inputs), "build"), ["5 true 9 3 n7[]"]);
}

#[test]
fn an_enum_keeps_the_type_of_its_values() {
    let text = steps("      - pick: {n: 2, s: '16.10'}\n")
        + "commands:
  pick:
    parameters:
      n: {type: enum, enum: [1, 2], default: 1}
      s: {type: enum, enum: [16.10, latest], default: latest}
    steps:
      - when: {condition: {equal: [2, << parameters.n >>]}, steps: [run: 'node << parameters.s >>']}
";
    assert_eq!(commands(&good(&text), "build"), ["node 16.10"]);
    let found = findings(&text.replace("'16.10'", "lates"));
    assert_eq!(found[0].help.as_deref(), Some("did you mean `latest`?"));
}

/// Variables reference, "usage example": in an environment a value that the pipeline does not have is `<nil>`; everywhere
/// else, and within a text, it is nothing.
#[test]
fn a_value_that_the_pipeline_does_not_have() {
    let text = "
version: 2.1
jobs:
  build:
    parameters: {flag: {type: boolean, default: true}, tag: {type: string, default: << pipeline.git.tag >>}}
    docker: [{image: a, environment: {TAG: << pipeline.git.tag >>}}]
    environment:
      - TAG: << pipeline.git.tag >>
      - FLAG: << parameters.flag >>
      - {WITHIN: 'v<< pipeline.git.tag >>', PASSED: << parameters.tag >>, OR: << pipeline.git.tag or \"none\" >>, BRANCH: << pipeline.git.branch >>}
    steps: [run: {command: 'echo [<< pipeline.git.tag >>]', environment: {TAG: << pipeline.git.tag >>}}]
";
    let compiled = good(text);
    let build = plan(&compiled, "build");
    insta::assert_json_snapshot!(build.environment, @r#"
    {
      "BRANCH": "main",
      "FLAG": "1",
      "OR": "none",
      "PASSED": "",
      "TAG": "<nil>",
      "WITHIN": "v"
    }
    "#);
    assert_eq!(commands(&compiled, "build"), ["echo []"]);
    let StepKind::Run(run) = &build.steps[0].kind else { panic!("{build:?}") };
    let Executor::Docker { containers } = &build.executor else { panic!("{build:?}") };
    assert_eq!([&run.environment["TAG"], &containers[0].environment["TAG"]], ["<nil>", "<nil>"]);
    let tagged = good_with(
        &format!("{text}workflows: {{w: {{jobs: [build: {{filters: {{tags: {{only: v1}}}}}}]}}}}\n"),
        &Inputs::tag("v1"),
    );
    assert_eq!(plan(&tagged, "build").environment["TAG"], "v1");
}

/// Pipeline values, "pipeline parameter scope": they do not know each other, and orbs do not know them.
#[test]
fn pipeline_parameters_do_not_know_each_other() {
    let text = "
version: 2.1
parameters: {a: {type: string, default: x}, b: {type: string, default: << pipeline.parameters.a >>}}
jobs: {build: {machine: true, steps: [run: << pipeline.parameters.b >>]}}
";
    let found = findings(text);
    assert_eq!(
        found.iter().map(|finding| finding.one_line()).collect::<Vec<_>>(),
        ["config.yml:3:75: error[config::unknown-name]: there is no pipeline parameter `a` here"]
    );
}

/// Expressions, "valid parameter names": others can be put in all the same.
#[test]
fn parameters_with_names_that_no_expression_takes() {
    let text = "
version: 2.1
parameters: {1st choice (a): {type: string, default: x}, a..b: {type: boolean, default: true}}
jobs:
  build:
    parameters: {'is it == so?': {type: boolean, default: false}}
    machine: true
    steps:
      - run: << pipeline.parameters.1st choice (a) >>-<< pipeline.parameters.a..b >>-<<parameters.is it == so?>>
      - when: {condition: << pipeline.parameters.a..b >>, steps: [checkout]}
";
    assert_eq!(commands(&good(text), "build"), ["x-true-false", "checkout"]);
}

/// Pipeline values, "element parameter scope": a command does not know the parameters of who calls it, a workflow those of
/// no job.
#[test]
fn parameters_are_known_where_they_are_declared() {
    let text = "
version: 2.1
commands: {say: {steps: [run: << parameters.message >>]}}
jobs: {build: {parameters: {message: {type: string, default: x}}, machine: true, steps: [say]}}
workflows: {main: {jobs: [build: {message: << parameters.message >>}]}}
";
    let found: Vec<String> = findings(text).iter().map(|finding| finding.one_line()).collect();
    assert_eq!(
        found,
        [
            "config.yml:3:34: error[config::unknown-name]: there is no parameter `message` here",
            "config.yml:5:47: error[config::unknown-name]: there is no parameter `message` here",
        ]
    );
}

/// Reusable configuration, "enum": a default that does not fit is wrong, whether anything uses it or not. It is said once.
#[test]
fn defaults_fit_their_types() {
    let text = "
version: 2.1
commands:
  unused: {parameters: {os: {type: enum, enum: [darwin, linux], default: windows}}, steps: [checkout]}
  used:
    parameters:
      flag: {type: boolean, default: maybe}
      n: {type: integer, default: many}
      text: {type: string, default: yes}
      os: {type: enum, enum: [darwin, linux], default: linx}
      name: {type: env_var_name, default: a b}
      first: {type: steps, default: checkout}
      later: {type: boolean, default: << pipeline.git.branch >>}
    steps: [checkout]
jobs: {build: {machine: true, steps: [used, used: {later: true}]}}
";
    let found: Vec<String> = findings(text).iter().map(|finding| finding.one_line()).collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    config.yml:4:74: error[config::wrong-argument]: the default of the parameter `os` of type `enum` is the text `windows`; it must be one of `darwin`, `linux`
    config.yml:7:38: error[config::wrong-argument]: the default of the parameter `flag` of type `boolean` is the text `maybe`
    config.yml:8:35: error[config::wrong-argument]: the default of the parameter `n` of type `integer` is the text `many`
    config.yml:9:37: error[config::wrong-argument]: the default of the parameter `text` of type `string` is the boolean `yes`; put it into quotes
    config.yml:10:56: error[config::wrong-argument]: the default of the parameter `os` of type `enum` is the text `linx`; it must be one of `darwin`, `linux`
    config.yml:11:43: error[config::wrong-argument]: the default of the parameter `name` of type `env_var_name` is the text `a b`, which cannot name an environment variable
    config.yml:12:37: error[config::wrong-argument]: the default of the parameter `first` of type `steps` is the text `checkout`; steps are a list
    config.yml:13:39: error[config::wrong-argument]: the parameter `later` of the command `used` is of type `boolean`; it gets the text `main`
    ");
}

/// Reference, "jobs": names differ in more than case, and some keys are the workflow's own.
#[test]
fn names_of_jobs_and_of_their_parameters() {
    let text = "
version: 2.1
jobs:
  Build: {machine: true, steps: [checkout]}
  build: {parameters: {name: {type: string, default: x}}, machine: true, steps: [run: << parameters.name >>]}
workflows: {main: {jobs: [Build, build: {name: given}]}}
";
    let compiled = good(text);
    assert_eq!(commands(&compiled, "given"), ["x"]);
    let warned: Vec<String> = compiled.warnings.iter().map(|finding| finding.one_line()).collect();
    insta::assert_snapshot!(warned.join("\n"), @r"
    config.yml:5:3: warning[config::duplicate-key]: the jobs `Build` and `build` differ only in upper and lower case
    config.yml:5:24: warning[config::invalid-value]: a workflow cannot give the job `build` its parameter `name`
    ");
}

#[test]
fn an_enum_has_values() {
    let text = "version: 2.1\nparameters: {e: {type: enum, enum: [], default: x}}\njobs: {build: {machine: true, steps: [checkout]}}\n";
    let found: Vec<String> = findings(text).iter().map(|finding| finding.one_line()).collect();
    assert_eq!(found, ["config.yml:2:36: error[config::invalid-value]: parameter `e` has no values to choose from"]);
}
