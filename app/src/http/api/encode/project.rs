//! Projects.

use model::{id::ProjectId, project::Vcs};
use serde::Serialize;
use store::project::Project;
use uuid::Uuid;

use crate::vcs::organization_id;

/// A project.
#[derive(Debug, Serialize)]
pub(in crate::http::api) struct ProjectBody {
    id: ProjectId,
    slug: String,
    name: String,
    organization_name: String,
    organization_slug: String,
    organization_id: Uuid,
    vcs_info: VcsInfo,
}

#[derive(Debug, Serialize)]
struct VcsInfo {
    vcs_url: String,
    provider: &'static str,
    default_branch: String,
}

impl ProjectBody {
    pub(in crate::http::api) fn new(project: &Project) -> Self {
        let Project { id, slug, default_branch, web_url, .. } = project;
        Self {
            id: *id,
            slug: slug.to_string(),
            name: slug.repo.clone(),
            organization_name: slug.org.clone(),
            organization_slug: format!("{}/{}", slug.vcs.short(), slug.org),
            organization_id: organization_id(slug.vcs, &slug.org),
            vcs_info: VcsInfo {
                vcs_url: web_url.clone(),
                provider: provider(slug.vcs),
                default_branch: default_branch.clone(),
            },
        }
    }
}

/// A forge's name in the API.
pub(super) const fn provider(vcs: Vcs) -> &'static str {
    match vcs {
        Vcs::GitHub => "GitHub",
        Vcs::GitLab => "GitLab",
    }
}
