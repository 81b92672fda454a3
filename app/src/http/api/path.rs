//! Addresses in all forms that clients send, brought into one.
//!
//! Clients join host and path without care, so slashes come doubled and at the end. The slug of a project comes as three
//! segments (`gh/acme/app`), as one (`gh%2Facme%2Fapp`), or as the project's id; a GitLab project lies as deep as its groups.

/// Where the API is.
const PREFIX: &str = "/api/v2/";

/// What may follow a project's slug; `{}` is any one segment.
const BELOW_PROJECT: [&[&str]; 18] = [
    &["pipeline"],
    &["pipeline", "run"],
    &["pipeline", "{}"],
    &["job", "{}"],
    &["job", "{}", "cancel"],
    &["{}", "artifacts"],
    &["{}", "tests"],
    &["envvar"],
    &["envvar", "{}"],
    &["schedule"],
    &["settings"],
    &["pause"],
    &["resume"],
    &["pipeline", "mine"],
    &["job", "{}", "tests"],
    &["job", "{}", "artifacts"],
    &["checkout-key"],
    &["checkout-key", "{}"],
];

/// The one form of an address that routes are written for: single slashes, none at the end, a project's slug as one segment.
/// `None` when it is in that form already, or none of the API's.
pub fn canonical(path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let ["api", "v2", rest @ ..] = segments.as_slice() else { return None };
    let joined = match rest {
        ["project", below @ ..] => {
            let (slug, below) = split_slug(below);
            let mut joined = format!("{PREFIX}project");
            for segment in std::iter::once(slug.as_str()).filter(|slug| !slug.is_empty()).chain(below.iter().copied()) {
                joined.push('/');
                joined.push_str(segment);
            }
            joined
        }
        rest => format!("{PREFIX}{}", rest.join("/")),
    };
    (joined != path).then_some(joined)
}

/// A slug as one segment, and what follows it.
fn split_slug<'p>(segments: &'p [&'p str]) -> (String, &'p [&'p str]) {
    let Some((first, rest)) = segments.split_first() else { return (String::new(), segments) };
    let joined = |length: usize| (segments[..length].join("%2F"), &segments[length..]);
    match *first {
        // Groups lie in groups: what follows the slug tells where it ends.
        "gl" | "gitlab" => {
            let fits = |length: &usize| BELOW_PROJECT.iter().any(|pattern| matches(pattern, &segments[*length..]));
            joined((3..segments.len()).rev().find(fits).unwrap_or(segments.len()))
        }
        "gh" | "github" | "bb" | "bitbucket" | "circleci" => joined(segments.len().min(3)),
        first => (first.to_owned(), rest),
    }
}

fn matches(pattern: &[&str], segments: &[&str]) -> bool {
    pattern.len() == segments.len()
        && pattern.iter().zip(segments).all(|(pattern, segment)| match *pattern {
            "{}" => true,
            word => word == *segment,
        })
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn addresses_are_brought_into_one_form() {
        let table = [
            ("/api/v2/me", None),
            ("//api/v2//me/", Some("/api/v2/me")),
            ("/api/v2/project/gh%2Facme%2Fapp/pipeline", None),
            ("/api/v2/project/gh/acme/app", Some("/api/v2/project/gh%2Facme%2Fapp")),
            ("/api/v2/project/github/acme/app/pipeline/7", Some("/api/v2/project/github%2Facme%2Fapp/pipeline/7")),
            ("/api/v2/project/gh/acme/app/7/tests", Some("/api/v2/project/gh%2Facme%2Fapp/7/tests")),
            ("/api/v2/project/gl/a/b/app", Some("/api/v2/project/gl%2Fa%2Fb%2Fapp")),
            ("/api/v2/project/gl/a/b/app/job/3/cancel", Some("/api/v2/project/gl%2Fa%2Fb%2Fapp/job/3/cancel")),
            ("/api/v2/project/gl/a/app/pipeline", Some("/api/v2/project/gl%2Fa%2Fapp/pipeline")),
            ("/api/v2/project/0198/envvar/A", None),
            ("/api/v2/project", None),
            ("/api/runner/v1//claim", None),
            ("/pipelines//x", None),
        ];
        for (path, expected) in table {
            assert_eq!(canonical(path).as_deref(), expected, "{path}");
        }
    }
}
