//! `roundhouse admin limit`: how much may run at the same time.

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::{
    command::open,
    pause::{find_project, user},
};
use crate::{
    cli::settings_flags::SettingsFlags,
    clock::Clock,
    dispatch::{LimitChange, LimitOf, change_limit},
};

/// Sets how many tasks may run at the same time: of a project, of each, of a class, or in all.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("of").required(true),
    allow_missing_positional = true,
    after_help = "Example: roundhouse admin limit gh/acme/api 4\n         \
                  roundhouse admin limit gh/acme/api default\n         \
                  roundhouse admin limit --class docker/large 2\n         \
                  roundhouse admin limit --all none"
)]
pub(super) struct LimitAdmin {
    /// gh/ORG/REPO or gl/ORG/REPO.
    #[arg(group = "of")]
    project: Option<String>,
    /// Of all tasks.
    #[arg(long, group = "of")]
    all: bool,
    /// Of each project that has no limit of its own.
    #[arg(long, group = "of")]
    each_project: bool,
    /// Of a class.
    #[arg(long, group = "of", value_name = "CLASS")]
    class: Option<String>,
    /// A number; `none`: no limit; `default`: what the settings say.
    #[arg(value_name = "LIMIT")]
    limit: String,
    #[command(flatten)]
    settings: SettingsFlags,
}

impl LimitAdmin {
    pub(super) async fn execute(self) -> anyhow::Result<()> {
        let Self { project, all, each_project: _, class, limit, settings } = self;
        let change = parse(&limit)?;
        let store = open(settings).await?;
        let (limit, of) = match (&project, all, class) {
            (Some(slug), _, _) => (LimitOf::Project(find_project(&store, slug).await?.id), format!("of {slug}")),
            (None, true, _) => (LimitOf::All, "in all".to_owned()),
            (None, false, Some(class)) => (LimitOf::Class(class.clone()), format!("of the class {class}")),
            (None, false, None) => (LimitOf::EachProject, "of each project".to_owned()),
        };
        let by = user().unwrap_or_else(|| "an administrator".to_owned());
        let mut tx = store.begin().await?;
        change_limit(&mut tx, &limit, change, &by, Clock::System.now()).await?;
        tx.commit().await?;
        match (change, project) {
            (LimitChange::Most(most), _) => eprintln!("At most {most} tasks {of} run at the same time from now on."),
            (LimitChange::None, _) => eprintln!("There is no limit of tasks {of} from now on."),
            (LimitChange::Default, Some(slug)) => eprintln!("{slug} has no limit of its own any more."),
            (LimitChange::Default, None) => eprintln!("What the settings say of tasks {of} holds again."),
        }
        Ok(())
    }
}

fn parse(text: &str) -> anyhow::Result<LimitChange> {
    Ok(match text {
        "none" => LimitChange::None,
        "default" => LimitChange::Default,
        number => {
            let most = number.parse();
            LimitChange::Most(most.with_context(|| format!("`{number}` is neither a number nor `none` nor `default`"))?)
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        limit: LimitAdmin,
    }

    #[test]
    fn a_line_names_one_thing_and_a_number() {
        let read = |line: &str| Line::try_parse_from(line.split(' ')).map(|line| line.limit);
        let of_project = read("limit gh/acme/api 4").unwrap();
        assert_eq!((of_project.project.as_deref(), of_project.limit.as_str()), (Some("gh/acme/api"), "4"));
        let of_class = read("limit --class docker/large none").unwrap();
        assert_eq!((of_class.class.as_deref(), of_class.limit.as_str()), (Some("docker/large"), "none"));
        assert!(read("limit --all 4").unwrap().all && read("limit --each-project 4").unwrap().each_project);
        for wrong in ["limit 4", "limit --all", "limit --all --class a 4", "limit gh/acme/api --all 4"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse("7").unwrap(), LimitChange::Most(7));
        assert!(parse("many").is_err());
    }
}
