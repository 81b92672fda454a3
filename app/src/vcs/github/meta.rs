//! What GitHub tells of itself.

use http::Method;
use serde::Deserialize;

use super::{
    client::{GitHub, Request},
    token::Purpose,
};
use crate::vcs::{error::ForgeError, forges::RepositoryHandle};

#[derive(Deserialize)]
struct MetaBody {
    #[serde(default)]
    ssh_keys: Vec<String>,
}

impl GitHub {
    /// The keys of its SSH host, as lines of a `known_hosts` file. None where it does not tell them.
    pub(in crate::vcs) async fn ssh_host_keys(
        &self,
        repository: &RepositoryHandle,
        host: &str,
    ) -> Result<String, ForgeError> {
        let what = "read the SSH host keys";
        let request = Request { method: Method::GET, path: "/meta".to_owned(), accept: None, body: None };
        let answer = self.ask(repository, Purpose::Read, request).await?;
        if answer.status.as_u16() == 404 {
            return Ok(String::new());
        }
        let MetaBody { ssh_keys } = self.accept(answer, what, Purpose::Read)?.json(what)?;
        Ok(ssh_keys.iter().map(|key| format!("{host} {}\n", key.replace(['\n', '\r'], ""))).collect())
    }
}
