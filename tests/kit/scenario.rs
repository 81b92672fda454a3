//! Scenario files: a configuration in, a timeline out.
//!
//! A scenario is a configuration with a few lines in front that say what happens, each in a comment that begins with `#:`.
//!
//! | line | what |
//! | --- | --- |
//! | `#: exits JOB CODE` | the first `run` step of the job exits with this code |
//! | `#: vanishes JOB` | the runner is never heard of again in the middle of the job; once |
//! | `#: runner NAME` | another runner stands beside the first, who is called `scripted` |
//! | `#: no-environment JOB REASON` | the job's environment cannot be had |
//! | `#: push BRANCH` | the configuration is pushed to the branch |
//! | `#: tag TAG` | the commit of the last push is tagged |
//! | `#: advance SECONDS` | so much time passes |
//! | `#: approve JOB BY`, `#: deny JOB BY` | somebody answers a job on hold |
//! | `#: cancel job JOB`, `#: cancel workflow WORKFLOW`, `#: cancel pipeline NUMBER` | somebody cancels |
//! | `#: rerun WHAT WORKFLOW` | somebody repeats a workflow: `from-start`, `from-failed`, `failed-tests`, or jobs with commas between |
//! | `#: release GROUP` | an administrator lets the next one into a serial group |
//! | `#: pause`, `#: resume` | the runner claims nothing, and claims again |
//! | `#: say BRANCH MESSAGE` | the configuration is pushed to the branch, under this commit message |
//! | `#: delete BRANCH` | the branch is deleted |
//! | `#: settings NAME…` | the project wants exactly these: `auto-cancel`, `forks`, `only-pull-requests` |
//! | `#: pull-request ACTION NUMBER BRANCH` | something happens to a pull request from a branch of the repository |
//! | `#: fork ACTION NUMBER BRANCH` | the same for one from a fork, whose commit is that of the branch |
//! | `#: trigger REF JSON` | somebody asks for a pipeline through the API; `REF` is a branch, or `tag:NAME` |
//! | `#: schedule BRANCH CRON` | somebody makes a schedule of the branch, called `by hand` |
//! | `#: block REASON`, `#: unblock` | an administrator blocks all new work, and lets it begin again |
//! | `#: limit NUMBER`, `#: limit default` | so many tasks of the project may run at the same time |
//! | `#: why JOB` | the sentence of a job that waits for a runner is told at the end |
//! | `#: continue JOB FILE JSON` | the job's first `run` step continues the pipeline with `continuations/FILE` |
//!
//! A job or a workflow is one of the newest pipeline, and its newest attempt; `NAME@2` is one of pipeline 2. After each line
//! everybody works until nobody has anything to do.

use std::path::{Path, PathBuf};

use model::project::GitRef;

use crate::TestApp;

/// A scenario file.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// `01_linear`.
    pub name: String,
    /// The whole file: comments are no matter to the compiler.
    pub config: String,
    directory: PathBuf,
}

impl Scenario {
    /// Every scenario of a directory, in the order of their names.
    pub fn all(directory: &Path) -> Vec<Self> {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "yml")).collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let directory = path.parent().unwrap().to_owned();
        Self { name, config: std::fs::read_to_string(path).unwrap(), directory }
    }

    /// Plays it, and tells what happened and what GitHub shows in the end.
    pub async fn play(&self, app: &mut TestApp) -> String {
        let mut pushed = None;
        let mut told = String::new();
        for line in self.config.lines().filter_map(|line| line.strip_prefix("#: ")) {
            let words: Vec<&str> = line.splitn(3, ' ').collect();
            match words.as_slice() {
                ["exits", job, code] => app.runner().exits(job, code.parse().unwrap()),
                ["runner", name] => app.runner().joined_by(name),
                ["vanishes", job] => app.runner().vanishes(job),
                ["no-environment", job, reason] => app.runner().has_no_environment(job, reason),
                ["push", branch] => pushed = Some(app.push(branch, &self.config).await.sha),
                ["tag", tag] => {
                    let sha = pushed.as_ref().expect("a tag comes after a push");
                    app.push_tag(tag, sha).await;
                }
                ["advance", seconds] => app.advance_s(seconds.parse().unwrap()).await,
                [answer @ ("approve" | "deny"), job, by] => app.answer(job, by, *answer == "approve").await,
                ["cancel", kind, name] => app.cancel(kind, name).await,
                ["rerun", what, workflow] => app.rerun(what, workflow).await,
                ["release", group] => app.release(group).await,
                ["pause"] => app.runner().pause(),
                ["resume"] => app.runner().resume(),
                ["block", reason @ ..] => app.block(&reason.join(" ")).await,
                ["unblock"] => app.unblock().await,
                ["limit", most] => app.limit(most.parse().ok()).await,
                ["why", job] => told += &format!("{job} waits: {}\n", app.why(job).await),
                ["say", branch, message] => {
                    pushed = Some(app.push_with_message(branch, &self.config, message).await.sha);
                }
                ["delete", branch] => app.delete_branch(branch).await,
                ["settings", names @ ..] => {
                    let named = |name: &str| names.iter().flat_map(|names| names.split(' ')).any(|given| given == name);
                    let change = |settings: &mut store::trigger_setting::TriggerSettings| {
                        settings.auto_cancel = named("auto-cancel");
                        settings.build_forks = named("forks");
                        settings.only_pull_requests = named("only-pull-requests");
                    };
                    app.set_triggers(change).await;
                }
                [kind @ ("pull-request" | "fork"), action, rest] => {
                    let (number, branch) = rest.split_once(' ').expect("a number and a branch");
                    let fork = (*kind == "fork").then_some("stranger/api");
                    app.pull_request(action, number.parse().unwrap(), branch, fork).await;
                }
                ["trigger", reference, parameters] => {
                    let git_ref = match reference.strip_prefix("tag:") {
                        Some(tag) => GitRef::Tag(tag.to_owned()),
                        None => GitRef::Branch((*reference).to_owned()),
                    };
                    app.trigger(Some(git_ref), serde_json::from_str(parameters).unwrap()).await;
                }
                ["schedule", branch, cron] => {
                    let git_ref = GitRef::Branch((*branch).to_owned());
                    app.schedule("by hand", git_ref, cron, serde_json::json!({})).await;
                }
                ["continue", job, rest] => {
                    let (file, parameters) = rest.split_once(' ').unwrap_or((rest, "{}"));
                    let path = self.directory.join("continuations").join(file);
                    let configuration = std::fs::read_to_string(path).unwrap();
                    app.runner().continues(job, &configuration, serde_json::from_str(parameters).unwrap());
                }
                _ => panic!("{}: what is `#: {line}`?", self.name),
            }
            app.settle().await;
            if app.cuts() > 0 {
                // What was cut off in the middle of a call is taken up again when its reservation has run out.
                for _ in 0..60 {
                    app.advance_s(60).await;
                }
            }
        }
        let sha = pushed.unwrap_or_else(|| panic!("{}: nothing is pushed", self.name));
        assert_eq!(app.waiting_statuses().await, 0, "{}: some statuses have not reached GitHub", self.name);
        format!("{}{told}\nGitHub shows:\n{}", app.timeline().await, app.shown(&sha))
    }
}
