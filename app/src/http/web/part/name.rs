//! Names that may be long.

use askama::Template;

/// A name. Where there is no room for all of it, its middle goes: what tells names apart often stands at the end.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "part/name.html")]
pub struct Name {
    head: String,
    tail: String,
}

impl askama::filters::HtmlSafe for Name {}

impl Name {
    /// Shorter names than this are not divided.
    const SHORT: usize = 20;

    /// So many characters at the end are always shown.
    const TAIL: usize = 9;

    /// Of this text.
    pub fn new(text: &str) -> Self {
        let count = text.chars().count();
        let at = if count <= Self::SHORT { count } else { count - Self::TAIL };
        let (head, tail) = text.split_at(text.char_indices().nth(at).map_or(text.len(), |(at, _)| at));
        Self { head: head.to_owned(), tail: tail.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_their_end() {
        let parts = |text: &str| (Name::new(text).head, Name::new(text).tail);
        assert_eq!(parts("build"), ("build".to_owned(), String::new()));
        let long = ("test-everything-on-a-".to_owned(), "shärd-112".to_owned());
        assert_eq!(parts("test-everything-on-a-shärd-112"), long);
        assert!(Name::new("<b>").to_string().contains("&#60;b&#62;"));
    }
}
