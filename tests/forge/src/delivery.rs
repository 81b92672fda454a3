//! A webhook, ready to be sent: its headers and the exact bytes that they sign.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A webhook, ready to be sent, and sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The forge's id of this delivery.
    pub guid: String,
    /// Path that it goes to.
    pub path: &'static str,
    /// All headers that the forge sets.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Delivery {
    /// The same delivery with another body under the old headers, as a forger would send it.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same delivery with one header replaced.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(existing, _)| !existing.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same delivery without one header.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(existing, _)| !existing.eq_ignore_ascii_case(name));
        self
    }

    /// Posts it to a server and returns the status code and the body of the answer.
    ///
    /// # Errors
    /// Fails when the server does not answer.
    pub async fn send(&self, base_url: &str) -> anyhow::Result<(u16, String)> {
        let mut request = client()?.post(format!("{base_url}{}", self.path)).body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.with_context(|| format!("send a webhook to {base_url}"))?;
        let status = response.status().as_u16();
        Ok((status, response.text().await.context("read the answer to a webhook")?))
    }
}

/// HMAC-SHA256 in lower-case hexadecimal digits, as in `X-Hub-Signature-256`.
pub fn hmac_sha256_hex(key: &[u8], body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A client for plain HTTP. It carries its own TLS settings, so that no process-wide ones are needed.
fn client() -> anyhow::Result<reqwest::Client> {
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("choose protocol versions")?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .user_agent("GitHub-Hookshot/fake")
        .build()
        .context("make an HTTP client")
}
