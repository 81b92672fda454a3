//! A branch or a tag.

use askama::Template;
use model::project::{GitRef, ProjectSlug};

use crate::http::web::address;

/// A branch or a tag, which leads to the pipelines of its kind.
#[derive(Clone, Debug, Template)]
#[template(path = "part/ref.html")]
pub struct Reference {
    href: String,
    icon: &'static str,
    name: String,
}

impl askama::filters::HtmlSafe for Reference {}

impl Reference {
    /// In a project.
    pub fn new(slug: &ProjectSlug, git_ref: &GitRef) -> Self {
        let project = address::project(slug);
        match git_ref {
            GitRef::Branch(name) => {
                Self { href: format!("{project}?branch={}", address::encode(name)), icon: "branch", name: name.clone() }
            }
            GitRef::Tag(name) => Self { href: project, icon: "tag", name: name.clone() },
        }
    }
}
