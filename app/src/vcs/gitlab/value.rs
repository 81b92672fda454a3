//! Pipeline values that only GitLab's events have: `pipeline.trigger_parameters.gitlab.*`.

use model::project::GitRef;
use serde_json::{Value, json};

use super::webhook::{CommitBody, MergeRequestBody, PushBody};
use crate::vcs::{event::Commit, value::Values};

pub(super) fn of_push(body: &PushBody) -> Values {
    let sha = body.checkout_sha.as_ref().unwrap_or(&body.after);
    let git_ref = GitRef::from_full(&body.full_ref).ok();
    let mut values = Values::default();
    set(
        &mut values,
        [
            ("type", json!(body.object_kind)),
            ("ref", json!(body.full_ref)),
            ("branch", json!(git_ref.as_ref().and_then(GitRef::branch))),
            ("tag", json!(git_ref.as_ref().and_then(GitRef::tag))),
            ("checkout_sha", json!(sha)),
            ("user_id", json!(body.user_id.map(|id| id.to_string()))),
            ("user_name", json!(body.user_name)),
            ("user_username", json!(body.user_username.as_ref().or(body.user_name.as_ref()))),
            ("user_avatar", json!(body.user_avatar)),
            ("repo_name", json!(body.project.path_with_namespace.rsplit('/').next())),
            ("repo_url", json!(body.project.web_url)),
            ("web_url", json!(body.project.web_url)),
            ("default_branch", json!(body.project.default_branch)),
            ("is_fork_merge_request", json!(false)),
            ("commit_sha", json!(sha)),
        ],
    );
    if let Some(head) = body.commits.iter().find(|commit| commit.id == *sha) {
        commit(&mut values, head);
    }
    values
}

pub(super) fn of_merge_request(body: &MergeRequestBody) -> Values {
    let MergeRequestBody { user, project, object_attributes: part } = body;
    let mut values = Values::default();
    set(
        &mut values,
        [
            ("type", json!("merge_request")),
            ("ref", json!(part.source_branch)),
            ("branch", json!(part.source_branch)),
            ("target_branch", json!(part.target_branch)),
            ("checkout_sha", json!(part.last_commit.id)),
            ("user_id", json!(user.id.map(|id| id.to_string()))),
            ("user_name", json!(user.name)),
            ("user_username", json!(user.username)),
            ("user_avatar", json!(user.avatar_url)),
            ("repo_name", json!(project.path_with_namespace.rsplit('/').next())),
            ("repo_url", json!(project.web_url)),
            ("web_url", json!(part.url)),
            ("default_branch", json!(project.default_branch)),
            ("is_fork_merge_request", json!(part.source_project_id != Some(part.target_project_id))),
            ("commit_sha", json!(part.last_commit.id)),
        ],
    );
    commit(&mut values, &part.last_commit);
    values
}

fn commit(values: &mut Values, body: &CommitBody) {
    let Commit { subject, body: rest, .. } = Commit::new(&body.message, "");
    let author = body.author.as_ref();
    set(
        values,
        [
            ("commit_title", json!(subject)),
            ("commit_message", json!(rest)),
            ("commit_timestamp", json!(body.timestamp)),
            ("commit_author_name", json!(author.map(|author| &author.name))),
            ("commit_author_email", json!(author.and_then(|author| author.email.as_ref()))),
        ],
    );
}

fn set<const N: usize>(values: &mut Values, named: [(&str, Value); N]) {
    for (name, value) in named {
        values.set(&format!("trigger_parameters.gitlab.{name}"), value);
    }
}
