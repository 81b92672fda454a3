//! Names of groups of people at a forge.

use model::project::Vcs;

/// The one form of a group's name: the slug of a team at GitHub (its name is taken, too), the full path of a group at GitLab.
///
/// # Errors
/// A sentence: no group can have this name.
pub fn check_group(vcs: Vcs, name: &str) -> Result<String, String> {
    let fits = |text: &str| {
        let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        !text.is_empty() && text.chars().all(plain) && !matches!(text, "." | "..")
    };
    match vcs {
        Vcs::GitHub => {
            let slug = name.trim().to_lowercase().replace(' ', "-");
            let help =
                || format!("`{name}` is no team of an organization at GitHub: write its slug, as its address shows it");
            fits(&slug).then_some(slug).ok_or_else(help)
        }
        Vcs::GitLab => {
            let path = name.trim().trim_matches('/');
            let help = || format!("`{name}` is no group at GitLab: write its full path, such as `acme/deployers`");
            path.split('/').all(fits).then(|| path.to_owned()).ok_or_else(help)
        }
    }
}

#[cfg(test)]
mod tests {
    use model::project::Vcs::{GitHub, GitLab};

    use super::check_group;

    #[test]
    fn groups_have_one_form() {
        assert_eq!(check_group(GitHub, "Site Reliability").as_deref(), Ok("site-reliability"));
        assert_eq!(check_group(GitLab, "/acme/Deployers/").as_deref(), Ok("acme/Deployers"));
        for (vcs, wrong) in
            [(GitHub, ""), (GitHub, "a/b"), (GitHub, ".."), (GitLab, "a//b"), (GitLab, "a/../b"), (GitLab, " ")]
        {
            assert!(check_group(vcs, wrong).is_err(), "{wrong}");
        }
    }
}
