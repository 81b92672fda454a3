//! Steps.

use std::rc::Rc;

use model::plan::{
    AddSshKeys, AttachWorkspace, Checkout, CheckoutMethod, Environment, PersistToWorkspace, RestoreCache, Run,
    SaveCache, SetupRemoteDocker, Step as PlanStep, StepKind, StoreArtifacts, StoreTestResults, When,
};

use super::duration::milliseconds;
use super::environment::environment;
use crate::Code;
use crate::diagnostic::suggest::did_you_mean_or_list;
use crate::diagnostic::{Report, Sink};
use crate::expand::{Call, Step};
use crate::source::Span;
use crate::syntax::keys::{self, Table};
use crate::syntax::{Builtin, read};
use crate::yaml::{Kind, Map, Node};

/// The longest pause before a step is tried again: ten minutes.
const MAX_RERUN_DELAY_MS: u64 = 600_000;

/// Reads the steps of a job.
pub(super) fn steps(sink: &Sink, steps: &[Step], in_docker: bool, parallelism: u32) -> Vec<PlanStep> {
    let one = |step: &Step| {
        let step_plan = lower(sink, step, in_docker)?;
        Some(if step.kind == Builtin::Deploy && parallelism > 1 {
            on_one_task(sink, step, step_plan)
        } else {
            step_plan
        })
    };
    steps.iter().filter_map(|step| within_calls(sink, step.call.as_ref(), || one(step))).collect()
}

/// `deploy` in a job with parallelism does its work in one of the tasks.
fn on_one_task(sink: &Sink, step: &Step, plan: PlanStep) -> PlanStep {
    let message = "`deploy` in a job with parallelism runs in the first task, and does not wait for the others";
    let help = "write `run` in a job of its own that requires this one".to_owned();
    sink.push(Report::warning(Code::Deprecated, step.span, message).help(help));
    let kind = match plan.kind {
        StepKind::Run(run) => {
            let others = "echo 'deploy runs in the first task only'; exit 0";
            let command = format!("if [ \"${{CIRCLE_NODE_INDEX:-0}}\" -ne 0 ]; then {others}; fi\n{}", run.command);
            StepKind::Run(Run { command, ..run })
        }
        other @ (StepKind::Checkout(_)
        | StepKind::SaveCache(_)
        | StepKind::RestoreCache(_)
        | StepKind::PersistToWorkspace(_)
        | StepKind::AttachWorkspace(_)
        | StepKind::StoreArtifacts(_)
        | StepKind::StoreTestResults(_)
        | StepKind::AddSshKeys(_)
        | StepKind::SetupRemoteDocker(_)) => other,
    };
    PlanStep { kind, ..plan }
}

/// Reports what is found in the name of the calls that brought the step here.
fn within_calls<T>(sink: &Sink, call: Option<&Rc<Call>>, work: impl FnOnce() -> T) -> T {
    let calls: Vec<&Rc<Call>> = std::iter::successors(call, |call| call.outer.as_ref()).collect();
    sink.within_all(calls.iter().rev().map(|call| (call.span, call.text.clone())), work)
}

fn lower(sink: &Sink, step: &Step, in_docker: bool) -> Option<PlanStep> {
    let reader = Reader { sink, step };
    match step.kind {
        Builtin::Run => reader.run(),
        Builtin::Deploy => {
            let report = Report::warning(Code::Deprecated, step.span, "the step `deploy` is deprecated");
            sink.push(report.help("write `run` instead; `deploy` is read as `run`".to_owned()));
            reader.run()
        }
        Builtin::Checkout => reader.checkout(),
        Builtin::SetupRemoteDocker => {
            if !in_docker {
                let message =
                    "`setup_remote_docker` has no use outside of the Docker executor: the machine has its own";
                let help = "remove the step; `docker_layer_caching` stands below `machine`".to_owned();
                sink.push(Report::warning(Code::NoEffect, step.span, message).help(help));
            }
            reader.setup_remote_docker()
        }
        Builtin::SaveCache => reader.save_cache(),
        Builtin::RestoreCache => reader.restore_cache(),
        Builtin::PersistToWorkspace => reader.persist_to_workspace(),
        Builtin::AttachWorkspace => reader.attach_workspace(),
        Builtin::StoreArtifacts => reader.store_artifacts(),
        Builtin::StoreTestResults => reader.store_test_results(),
        Builtin::AddSshKeys => reader.add_ssh_keys(),
        Builtin::InstallSigningBundle => {
            let message = "`install_signing_bundle` has no effect: there are no signing bundles here";
            let help = "install the certificates and profiles in the keychain of the Mac that runs the job".to_owned();
            sink.push(Report::warning(Code::NoEffect, step.span, message).help(help));
            None
        }
    }
}

/// A step that is being read.
struct Reader<'a> {
    sink: &'a Sink,
    step: &'a Step,
}

impl<'a> Reader<'a> {
    fn name(&self) -> String {
        format!("`{}`", self.step.kind.name())
    }

    /// The keys of the step.
    fn map(&self, table: &Table) -> Option<&'a Map> {
        let map = read::map(self.sink, &self.step.body, &self.name())?;
        read::check_keys(self.sink, map, table);
        Some(map)
    }

    /// The keys of a step that may do without.
    fn optional_map(&self, table: &Table) -> Option<Option<&'a Map>> {
        if self.step.body.is_null() { Some(None) } else { self.map(table).map(Some) }
    }

    fn head(&self) -> Node {
        Node { span: self.step.span, ..self.step.body.clone() }
    }

    fn required_text(&self, map: &Map, key: &str) -> Option<String> {
        let head = self.head();
        read::required(self.sink, &head, map, key, &self.name())?;
        read::filled_text(self.sink, map.get(key)?, &format!("`{key}` of {}", self.name()))
    }

    fn text(&self, map: &Map, key: &str) -> Option<String> {
        let node = map.get(key).filter(|node| !node.is_null())?;
        read::text(self.sink, node, &format!("`{key}` of {}", self.name())).filter(|text| !text.is_empty())
    }

    fn texts(&self, map: &Map, key: &str) -> Vec<String> {
        let texts = map.get(key).and_then(|node| read::texts(self.sink, node, &format!("`{key}` of {}", self.name())));
        texts.unwrap_or_default().into_iter().map(|(text, _)| text).collect()
    }

    /// A list that must hold something.
    fn required_texts(&self, map: &Map, key: &str) -> Option<Vec<String>> {
        let head = self.head();
        let node = read::required(self.sink, &head, map, key, &self.name())?.span;
        let texts = self.texts(map, key);
        if texts.is_empty() {
            self.sink.push(Report::error(Code::InvalidValue, node, format!("`{key}` of {} is empty", self.name())));
            return None;
        }
        Some(texts)
    }

    fn boolean(&self, map: &Map, key: &str) -> Option<bool> {
        let node = map.get(key).filter(|node| !node.is_null());
        node.map_or(Some(false), |node| read::boolean(self.sink, node, &format!("`{key}` of {}", self.name())))
    }

    fn when(&self, map: &Map, default: When) -> Option<When> {
        let Some(node) = map.get("when").filter(|node| !node.is_null()) else { return Some(default) };
        match read::text(self.sink, node, "`when` of a step")?.as_str() {
            "on_success" => Some(When::OnSuccess),
            "on_fail" => Some(When::OnFail),
            "always" => Some(When::Always),
            other => {
                let message = format!("a step cannot run `{}`", crate::yaml::short(other));
                let help = did_you_mean_or_list(other, "`when` is one of", ["always", "on_success", "on_fail"]);
                self.sink.push(Report::error(Code::InvalidValue, node.span, message).help(help));
                None
            }
        }
    }

    fn step(&self, map: Option<&Map>, title: &str, default: When, kind: StepKind) -> Option<PlanStep> {
        let name = map.and_then(|map| self.text(map, "name")).unwrap_or_else(|| title.to_owned());
        let when = map.map_or(Some(default), |map| self.when(map, default))?;
        Some(PlanStep { name, when, kind })
    }

    fn run(&self) -> Option<PlanStep> {
        let body = &self.step.body;
        let map = match &body.kind {
            Kind::Scalar(_) => {
                let command = read::text(self.sink, body, &self.name())?;
                return Some(PlanStep {
                    name: command.clone(),
                    when: When::OnSuccess,
                    kind: StepKind::Run(Run::command(command)),
                });
            }
            Kind::Map(_) => self.map(&keys::RUN)?,
            Kind::Seq(_) => {
                read::wrong_type(self.sink, body, &self.name(), "a command, or a map with one");
                return None;
            }
        };
        let head = self.head();
        let command = read::required(self.sink, &head, map, "command", &self.name());
        let command = command.and_then(|node| read::text(self.sink, node, "`command` of `run`"));
        let environment = map.get("environment").map_or_else(Environment::new, |node| environment(self.sink, node));
        let timeout = self.duration(map, "no_output_timeout");
        let (reruns, delay) = self.reruns(map);
        let run = Run {
            shell: self.text(map, "shell"),
            environment,
            working_directory: self.text(map, "working_directory"),
            background: self.boolean(map, "background").unwrap_or(false),
            no_output_timeout_ms: timeout.unwrap_or(Run::NO_OUTPUT_TIMEOUT_MS),
            max_auto_reruns: reruns,
            auto_rerun_delay_ms: delay,
            ..Run::command(String::new())
        };
        let when = self.when(map, When::OnSuccess);
        let command = command?;
        let name = self.text(map, "name").unwrap_or_else(|| command.clone());
        Some(PlanStep { name, when: when?, kind: StepKind::Run(Run { command, ..run }) })
    }

    fn duration(&self, map: &Map, key: &str) -> Option<u64> {
        let node = map.get(key).filter(|node| !node.is_null())?;
        let text = read::text(self.sink, node, &format!("`{key}`"))?;
        let duration = milliseconds(&text);
        if duration.is_none() {
            let message = format!("`{}` is not a duration", crate::yaml::short(&text));
            let help = "write a number with a unit: `20m`, `1.25h`, `30s`".to_owned();
            self.sink.push(Report::error(Code::InvalidValue, node.span, message).help(help));
        }
        duration
    }

    fn reruns(&self, map: &Map) -> (u8, u64) {
        let invalid = |span: Span, message: String| self.sink.push(Report::error(Code::InvalidValue, span, message));
        let delay = self.duration(map, "auto_rerun_delay").unwrap_or(0);
        let delay_span = map.get("auto_rerun_delay").map_or(self.step.span, |node| node.span);
        if delay > MAX_RERUN_DELAY_MS {
            invalid(delay_span, "`auto_rerun_delay` is at most 10 minutes".to_owned());
        }
        let Some(node) = map.get("max_auto_reruns").filter(|node| !node.is_null()) else {
            if delay > 0 {
                invalid(delay_span, "`auto_rerun_delay` needs `max_auto_reruns` beside it".to_owned());
            }
            return (0, 0);
        };
        let number = read::integer(self.sink, node, "`max_auto_reruns`").unwrap_or(1);
        match u8::try_from(number) {
            Ok(number @ 0..=5) => (number, delay),
            Ok(_) | Err(_) => {
                invalid(node.span, format!("`max_auto_reruns` is {number}; it must be between 1 and 5"));
                (0, 0)
            }
        }
    }

    fn checkout(&self) -> Option<PlanStep> {
        let map = self.optional_map(&keys::CHECKOUT)?;
        let method = match map.and_then(|map| map.get("method")).filter(|node| !node.is_null()) {
            None => CheckoutMethod::default(),
            Some(node) => match read::text(self.sink, node, "`method` of `checkout`")?.as_str() {
                "blobless" => CheckoutMethod::Blobless,
                "full" => CheckoutMethod::Full,
                "shallow" => CheckoutMethod::Shallow { depth: self.depth(map, node.span)? },
                other => {
                    let message = format!("there is no checkout method `{}`", crate::yaml::short(other));
                    let help = did_you_mean_or_list(other, "the methods are", ["blobless", "full", "shallow"]);
                    self.sink.push(Report::error(Code::InvalidValue, node.span, message).help(help));
                    return None;
                }
            },
        };
        if let Some(depth) =
            map.and_then(|map| map.entry("depth")).filter(|_| !matches!(method, CheckoutMethod::Shallow { .. }))
        {
            let report =
                Report::warning(Code::NoEffect, depth.key_span, "`depth` has no effect without `method: shallow`");
            self.sink.push(report.help("write `method: shallow` beside it".to_owned()));
        }
        let path = map.and_then(|map| self.text(map, "path"));
        self.step(map, "Checkout code", When::OnSuccess, StepKind::Checkout(Checkout { path, method }))
    }

    /// Commits of a shallow checkout.
    fn depth(&self, map: Option<&Map>, method: Span) -> Option<u32> {
        let Some(node) = map.and_then(|map| map.get("depth")).filter(|node| !node.is_null()) else {
            let report = Report::error(Code::MissingKey, method, "`method: shallow` needs the key `depth`");
            self.sink.push(report.label("`depth` is missing").help("write `depth: 1` for the commit alone".to_owned()));
            return None;
        };
        let number = read::integer(self.sink, node, "`depth` of `checkout`")?;
        let depth = u32::try_from(number).ok().filter(|depth| *depth > 0);
        if depth.is_none() {
            let message = format!("`depth` is {number}; it must be at least 1");
            self.sink.push(Report::error(Code::InvalidValue, node.span, message));
        }
        depth
    }

    fn setup_remote_docker(&self) -> Option<PlanStep> {
        let map = self.optional_map(&keys::SETUP_REMOTE_DOCKER)?;
        let kind = SetupRemoteDocker {
            version: map.and_then(|map| self.text(map, "version")),
            docker_layer_caching: map.map_or(Some(false), |map| self.boolean(map, "docker_layer_caching"))?,
        };
        self.step(map, "Setup a remote Docker engine", When::OnSuccess, StepKind::SetupRemoteDocker(kind))
    }

    fn save_cache(&self) -> Option<PlanStep> {
        let map = self.map(&keys::SAVE_CACHE)?;
        let (key, paths) = (self.required_text(map, "key"), self.required_texts(map, "paths"));
        let kind = StepKind::SaveCache(SaveCache { key: key?, paths: paths? });
        self.step(Some(map), "Saving Cache", When::OnSuccess, kind)
    }

    fn restore_cache(&self) -> Option<PlanStep> {
        let map = self.map(&keys::RESTORE_CACHE)?;
        // Where both are given, `key` is tried first.
        let keys: Vec<String> = self.text(map, "key").into_iter().chain(self.texts(map, "keys")).collect();
        if keys.is_empty() {
            let report =
                Report::error(Code::MissingKey, self.step.span, "`restore_cache` needs the key `key` or `keys`");
            self.sink.push(report.label("neither is here"));
            return None;
        }
        self.step(Some(map), "Restoring Cache", When::OnSuccess, StepKind::RestoreCache(RestoreCache { keys }))
    }

    fn persist_to_workspace(&self) -> Option<PlanStep> {
        let map = self.map(&keys::PERSIST_TO_WORKSPACE)?;
        let (root, paths) = (self.required_text(map, "root"), self.required_texts(map, "paths"));
        let kind = StepKind::PersistToWorkspace(PersistToWorkspace { root: root?, paths: paths? });
        self.step(Some(map), "Persisting to workspace", When::OnSuccess, kind)
    }

    fn attach_workspace(&self) -> Option<PlanStep> {
        let map = self.map(&keys::ATTACH_WORKSPACE)?;
        let kind = StepKind::AttachWorkspace(AttachWorkspace { at: self.required_text(map, "at")? });
        self.step(Some(map), "Attaching workspace", When::OnSuccess, kind)
    }

    fn store_artifacts(&self) -> Option<PlanStep> {
        let map = self.map(&keys::STORE_ARTIFACTS)?;
        let destination = self.text(map, "destination");
        let kind = StepKind::StoreArtifacts(StoreArtifacts { path: self.required_text(map, "path")?, destination });
        // Artifacts and test results are kept after a failure, too.
        self.step(Some(map), "Uploading artifacts", When::Always, kind)
    }

    fn store_test_results(&self) -> Option<PlanStep> {
        let map = self.map(&keys::STORE_TEST_RESULTS)?;
        let kind = StepKind::StoreTestResults(StoreTestResults { path: self.required_text(map, "path")? });
        self.step(Some(map), "Uploading test results", When::Always, kind)
    }

    fn add_ssh_keys(&self) -> Option<PlanStep> {
        let map = self.optional_map(&keys::ADD_SSH_KEYS)?;
        let fingerprints = map.map(|map| self.texts(map, "fingerprints")).unwrap_or_default();
        self.step(
            map,
            "Installing additional SSH keys",
            When::OnSuccess,
            StepKind::AddSshKeys(AddSshKeys { fingerprints }),
        )
    }
}
