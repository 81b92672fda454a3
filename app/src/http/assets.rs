//! The style sheet, the script and the mark: parts of the binary, at addresses that change with their content, so that
//! browsers may keep them for ever.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use sha2::{Digest, Sha256};

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset {
            name: $name,
            kind: $kind,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../templates/assets/", $name)),
        }
    };
}

const ASSETS: [Asset; 3] = [
    asset!("app.css", "text/css; charset=utf-8"),
    asset!("app.js", "text/javascript; charset=utf-8"),
    asset!("mark.svg", "image/svg+xml"),
];

impl Asset {
    fn find(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|asset| asset.name == name)
    }

    fn hash(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(self.bytes)[..9])
    }
}

/// `/assets/{hash}/app.css`.
pub fn address(name: &str) -> String {
    let hash = Asset::find(name).map(Asset::hash).unwrap_or_default();
    format!("/assets/{hash}/{name}")
}

/// `GET /assets/{hash}/{name}`. A page that is older than this binary may ask with another hash: it gets what there is, but
/// must not keep it.
pub async fn get(Path((hash, name)): Path<(String, String)>) -> Response {
    let Some(asset) = Asset::find(&name) else {
        return (StatusCode::NOT_FOUND, "there is no such asset\n").into_response();
    };
    let keep = if asset.hash() == hash { "public, max-age=31536000, immutable" } else { "no-store" };
    ([(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, keep)], asset.bytes).into_response()
}
