//! Files of a repository, at a commit.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{Method, header};
use model::project::Sha;
use serde::Deserialize;

use super::{
    client::{Answer, GitHub, Request},
    token::Purpose,
};
use crate::vcs::{
    error::ForgeError,
    forges::{CONFIG_LIMIT_BYTES, RepositoryHandle},
};

/// A file, in the form of an API that does not know the raw media type.
#[derive(Deserialize)]
struct Content {
    encoding: String,
    content: String,
}

impl GitHub {
    /// A text file at a commit; `None` when it is not there.
    pub(in crate::vcs) async fn read_file(
        &self,
        repository: &RepositoryHandle,
        path: &str,
        sha: &Sha,
    ) -> Result<Option<String>, ForgeError> {
        let name = repository.slug.full_name();
        let what = format!("read `{path}` of `{name}` at {}", sha.short());
        let request = Request {
            method: Method::GET,
            path: format!("/repos/{name}/contents/{path}?ref={sha}"),
            accept: Some("application/vnd.github.raw+json"),
            body: None,
        };
        let answer = self.ask(repository, Purpose::Read, request).await?;
        if answer.status == 404 {
            return match answer.message() {
                message if message.contains("No commit found") => {
                    Err(ForgeError::permanent(format!("could not {what}: the commit is gone from GitHub")))
                }
                _ => Ok(None),
            };
        }
        let answer = self.accept(answer, &what, Purpose::Read)?;
        let bytes = content(&answer, &what)?;
        if bytes.len() > CONFIG_LIMIT_BYTES {
            return Err(ForgeError::permanent(format!("could not {what}: it is larger than 3 MiB")));
        }
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| ForgeError::permanent(format!("could not {what}: it is not UTF-8 text")))
    }
}

/// The bytes of the file: the body itself, or what a JSON object holds in base64.
fn content(answer: &Answer, what: &str) -> Result<Vec<u8>, ForgeError> {
    let media = answer.headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    if media.split(';').next().map(str::trim) != Some("application/json") {
        return Ok(answer.body.to_vec());
    }
    let Ok(Content { encoding, content }) = serde_json::from_slice(&answer.body) else {
        return Err(ForgeError::permanent(format!("could not {what}: it is not a file")));
    };
    let packed: String = content.split_ascii_whitespace().collect();
    match encoding.as_str() {
        "base64" => BASE64_STANDARD.decode(packed).map_err(|error| {
            ForgeError::transient(format!("could not {what}: GitHub's answer makes no sense: {error}"))
        }),
        _ => {
            Err(ForgeError::permanent(format!("could not {what}: GitHub sent it in the unknown encoding `{encoding}`")))
        }
    }
}
