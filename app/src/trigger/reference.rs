//! Branches and tags as callers name them.

use model::project::GitRef;

use super::TriggerError;

/// The longest name, in bytes.
const LONGEST: usize = 255;

/// Checks that a branch or tag can have this name, by the rules of `git check-ref-format`.
pub(super) fn check(git_ref: &GitRef) -> Result<(), TriggerError> {
    let (kind, name) = match git_ref {
        GitRef::Branch(name) => ("branch", name),
        GitRef::Tag(name) => ("tag", name),
    };
    let forbidden = |letter: char| letter.is_control() || " ~^:?*[\\".contains(letter);
    let wrong_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let wrong = name.len() > LONGEST
        || name.starts_with('-')
        || name.ends_with('.')
        || name == "@"
        || name.contains("..")
        || name.contains("@{")
        || name.contains(forbidden)
        || name.split('/').any(wrong_part);
    if wrong {
        return Err(TriggerError::refused(format!("`{}` cannot be the name of a {kind}", name.escape_debug())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::project::GitRef;

    use super::check;

    #[test]
    fn names_follow_the_rules_of_git() {
        let fits = |name: &str| check(&GitRef::Branch(name.to_owned())).is_ok();
        for name in ["main", "feature/ä", "v1.2", "a@b", "pull/7"] {
            assert!(fits(name), "{name}");
        }
        for name in [
            "", "-x", "a..b", "a b", "a~1", "a^", "a:b", ".a", "a/.b", "a.lock", "a/", "/a", "a//b", "@", "a@{1}",
            "a\n",
        ] {
            assert!(!fits(name), "{name}");
        }
    }
}
