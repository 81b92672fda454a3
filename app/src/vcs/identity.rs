//! Ids of people and organizations, as the API, jobs and their tokens tell them.

use model::project::Vcs;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The id of a person: made from their number at the forge, so that it is the same whether or not they have ever logged in
/// here. Nobody known: all zeros.
pub fn person_id(vcs: Vcs, id: Option<i64>) -> Uuid {
    let Some(id) = id else { return Uuid::nil() };
    let mut bytes = [0; 16];
    bytes[0] = match vcs {
        Vcs::GitHub => 1,
        Vcs::GitLab => 2,
    };
    bytes[8..].copy_from_slice(&id.to_be_bytes());
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// The same of an organization, which has no number here: made from its name.
pub fn organization_id(vcs: Vcs, org: &str) -> Uuid {
    let hash = Sha256::digest(format!("{}/{}", vcs.long(), org.to_lowercase()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
