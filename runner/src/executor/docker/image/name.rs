//! Names of images, as `docker pull` reads them.

/// The name with a tag: without one Docker would pull every tag there is.
pub(super) fn with_tag(image: &str) -> String {
    match tag(image) {
        Reference::Nothing => format!("{image}:latest"),
        Reference::Tag(_) | Reference::Digest => image.to_owned(),
    }
}

/// The host in an image's name, if it has one.
pub(super) fn registry(image: &str) -> Option<&str> {
    let (first, _) = image.split_once('/')?;
    (first.contains(['.', ':']) || first == "localhost").then_some(first)
}

/// The name without tag and digest, and without what Docker adds to it.
pub(super) fn repository(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    let image = match tag(image) {
        Reference::Tag(tag) => &image[..image.len() - tag.len() - 1],
        Reference::Nothing | Reference::Digest => image,
    };
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    image.strip_prefix("library/").unwrap_or(image)
}

/// Whether the name means something else from time to time, by all that is usual: no tag, or one without a digit
/// (`latest`, `stable`, `current`, `bookworm`). `1.94` or `16-alpine` may be moved, too, but then with the same content in
/// mind.
pub(super) fn is_floating(image: &str) -> bool {
    match tag(image) {
        Reference::Nothing => true,
        Reference::Tag(tag) => !tag.contains(|character: char| character.is_ascii_digit()),
        Reference::Digest => false,
    }
}

/// What follows the name itself.
enum Reference<'a> {
    Nothing,
    Tag(&'a str),
    Digest,
}

fn tag(image: &str) -> Reference<'_> {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains('@') {
        return Reference::Digest;
    }
    last.split_once(':').map_or(Reference::Nothing, |(_, tag)| Reference::Tag(tag))
}

#[cfg(test)]
mod tests {
    use super::{is_floating, registry, repository, with_tag};

    #[test]
    fn a_repository_is_the_name_alone() {
        for (image, name) in [
            ("debian", "debian"),
            ("docker.io/library/debian:bookworm", "debian"),
            ("127.0.0.1:5000/app:1", "127.0.0.1:5000/app"),
            ("cimg/base:1@sha256:0123", "cimg/base"),
        ] {
            assert_eq!(repository(image), name);
        }
    }

    #[test]
    fn names_are_read_as_docker_reads_them() {
        let digest = "cimg/base@sha256:0123456789abcdef";
        for (image, tagged, host, floats) in [
            ("debian", "debian:latest", None, true),
            ("cimg/go:1.24", "cimg/go:1.24", None, false),
            ("cimg/node:current", "cimg/node:current", None, true),
            ("localhost/app", "localhost/app:latest", Some("localhost"), true),
            ("127.0.0.1:5000/app", "127.0.0.1:5000/app:latest", Some("127.0.0.1:5000"), true),
            ("ghcr.io/acme/app:main", "ghcr.io/acme/app:main", Some("ghcr.io"), true),
            (digest, digest, None, false),
        ] {
            assert_eq!((with_tag(image).as_str(), registry(image), is_floating(image)), (tagged, host, floats));
        }
    }
}
