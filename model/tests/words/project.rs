//! Names of projects, commits and refs.

use model::project::{GitRef, ProjectSlug, Sha, Vcs};

#[test]
fn slugs() {
    let slug: ProjectSlug = "gl/group/sub/app".parse().unwrap();
    assert_eq!((slug.vcs, slug.org.as_str(), slug.repo.as_str()), (Vcs::GitLab, "group/sub", "app"));
    assert_eq!(slug.to_string(), "gl/group/sub/app");
    assert_eq!("github/acme/app".parse::<ProjectSlug>().unwrap().to_string(), "gh/acme/app");
    for wrong in ["", "gh", "gh/acme", "gh//app", "gh/acme/", "gh/../app", "gh/acme/.", "svn/acme/app"] {
        assert!(wrong.parse::<ProjectSlug>().is_err(), "{wrong}");
    }
}

#[test]
fn commit_ids() {
    for digits in [40, 64] {
        assert!("0123456789abcdef".repeat(4)[..digits].parse::<Sha>().is_ok());
    }
    for wrong in ["", "abc", &"A".repeat(40), &"g".repeat(40), &"a".repeat(41), &"é".repeat(20)] {
        assert!(wrong.parse::<Sha>().is_err(), "{wrong}");
    }
    assert!("0".repeat(40).parse::<Sha>().unwrap().is_zero());
}

#[test]
fn refs() {
    for full in ["refs/heads/main", "refs/heads/feature/x", "refs/tags/v1.0"] {
        assert_eq!(GitRef::from_full(full).unwrap().full(), full);
    }
    for wrong in ["", "main", "refs/heads/", "refs/tags/", "refs/pull/1/head"] {
        assert!(GitRef::from_full(wrong).is_err(), "{wrong}");
    }
}
