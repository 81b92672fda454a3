use model::{
    id::{PipelineId, ProjectId, RestrictionId},
    pipeline::PipelineState,
    project::{GitRef, ProjectSlug, Vcs},
    time::Timestamp,
    trigger::{Actor, Trigger},
    zone::Zone,
};
use serde_json::json;
use store::{
    context::{Restriction, Rule},
    pipeline::Pipeline,
};
use uuid::Uuid;

use super::check;

const NOW: Timestamp = Timestamp::from_millis(0);

fn pipeline(git_ref: GitRef) -> Pipeline {
    Pipeline {
        id: PipelineId::from_uuid(Uuid::nil()),
        project_id: project(1),
        slug: ProjectSlug { vcs: Vcs::GitHub, org: "acme".to_owned(), repo: "app".to_owned() },
        number: 7,
        state: PipelineState::Created,
        trigger: Trigger::Webhook,
        git_ref,
        sha: "a".repeat(40).parse().unwrap(),
        subject: String::new(),
        body: String::new(),
        actor: Actor::default(),
        author: None,
        parameters: json!({"deploy": true}),
        values: json!({"pipeline.event.name": "push", "pipeline.trigger_parameters.git.branch": "main"}),
        reason: None,
        errors: None,
        warnings: None,
        attempts: 0,
        delivery_id: None,
        zone: Zone::Protected,
        created_at: NOW,
    }
}

fn project(number: u128) -> ProjectId {
    ProjectId::from_uuid(Uuid::from_u128(number))
}

fn restriction(rule: Rule) -> Restriction {
    Restriction { id: RestrictionId::from_uuid(Uuid::nil()), rule, created_at: NOW }
}

#[test]
fn expressions_fail_closed() {
    let main = pipeline(GitRef::Branch("main".to_owned()));
    for (expression, met) in [
        ("pipeline.git.branch == \"main\"", true),
        (
            "pipeline.git.branch == \"main\" and not job.ssh.enabled and not (pipeline.config_source starts-with \"api\")",
            true,
        ),
        ("pipeline.git.branch == \"x\" or pipeline.git.branch starts-with \"ma\"", true),
        ("pipeline.number > 6", true),
        ("pipeline.event.name", true),
        ("\"\"", true),
        ("0", true),
        ("false", false),
        ("not \"\"", false),
        ("pipeline.git.branch != \"main\"", false),
        ("pipeline.git.tag == \"v1\"", false),
        ("not pipeline.git.tag", false),
        ("not pipeline.no_such", false),
        ("pipeline.git.tag != \"v1\"", false),
        ("pipeline.number > \"6\"", false),
        ("pipeline.number starts-with \"7\"", false),
        ("pipeline.parameters.deploy", false),
        ("pipeline.trigger_parameters.git.branch == \"main\"", false),
        ("pipeline.git.branch ==", false),
        ("", false),
    ] {
        let rules = [restriction(Rule::Expression(expression.to_owned()))];
        let checked = check(&rules, project(1), &main);
        assert_eq!(checked.is_ok(), met, "{expression}: {checked:?}");
    }
}

#[test]
fn one_project_and_every_expression() {
    let main = pipeline(GitRef::Branch("main".to_owned()));
    let of = |number| restriction(Rule::Project(project(number)));
    let when = |expression: &str| restriction(Rule::Expression(expression.to_owned()));
    assert_eq!(check(&[], project(1), &main), Ok(()));
    assert_eq!(check(&[of(2), of(1)], project(1), &main), Ok(()));
    assert!(check(&[of(2), of(3)], project(1), &main).unwrap_err().contains("gh/acme/app"));
    assert_eq!(check(&[of(1), when("true"), when("pipeline.number == 7")], project(1), &main), Ok(()));
    let refused = check(&[of(1), when("true"), when("pipeline.number == 8")], project(1), &main).unwrap_err();
    assert_eq!(refused, "its restriction `pipeline.number == 8` is not met");
}
