//! Names of blobs.

use object_store::path::Path;
use uuid::Uuid;

/// What a blob is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlobKind {
    /// The archive of a cache.
    Cache,
    /// The archive of a workspace's layer.
    Workspace,
    /// A file.
    Artifact,
}

impl BlobKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Workspace => "workspace",
            Self::Artifact => "artifact",
        }
    }
}

/// Which blob. Nothing that a job says is part of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobKey {
    /// What it is for.
    pub kind: BlobKind,
    /// The id of its row.
    pub id: Uuid,
}

impl BlobKey {
    /// A cache's.
    pub const fn cache(id: Uuid) -> Self {
        Self { kind: BlobKind::Cache, id }
    }

    /// A layer's.
    pub const fn workspace(id: Uuid) -> Self {
        Self { kind: BlobKind::Workspace, id }
    }

    /// An artifact's.
    pub const fn artifact(id: Uuid) -> Self {
        Self { kind: BlobKind::Artifact, id }
    }

    /// `cache/7f/01890a5d-…7f`: the last digits of an id are random, so directories stay small.
    pub(super) fn path(self) -> Path {
        let Self { kind, id } = self;
        let id = id.to_string();
        let last = id.get(34..).unwrap_or_default();
        Path::from_iter([kind.name(), last, id.as_str()])
    }
}
