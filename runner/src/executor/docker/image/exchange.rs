//! Asking a cloud for something in exchange for what the job has.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url};

use crate::executor::SpinUpError;

/// They usually answer within a fraction of a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much of an answer is read.
const MOST_BYTES: usize = 1 << 20;

/// Characters of an answer that are worth repeating.
const WORTH_REPEATING: usize = 300;

/// A service of a cloud.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service<'a> {
    /// As sentences name it: `Amazon's registry in eu-west-1`.
    pub(super) name: &'a str,
    /// Its usual address.
    pub(super) address: &'a str,
    /// The address of something that stands for it.
    pub(super) instead: Option<&'a str>,
}

impl Service<'_> {
    /// Its address, with this path.
    pub(super) fn url(self, path: &str) -> Result<Url, SpinUpError> {
        let Self { name: _, address, instead } = self;
        let base = instead.unwrap_or(address).trim_end_matches('/');
        Url::parse(&format!("{base}{path}")).map_err(|error| self.trouble(&format!("has a wrong address: {error}")))
    }

    /// Asks it. An answer of 500 and above, and "too many requests", is none.
    pub(super) async fn ask(
        self,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<(StatusCode, String), SpinUpError> {
        let client = Client::builder()
            .timeout(PATIENCE)
            .build()
            .map_err(|error| self.trouble(&format!("cannot be asked: {error}")))?;
        let sent = request(&client).send().await;
        let mut answer = sent.map_err(|error| self.trouble(&format!("does not answer: {}", error.without_url())))?;
        let (status, mut bytes) = (answer.status(), Vec::new());
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| self.trouble(&format!("stopped answering: {}", error.without_url())))?
        {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err(self.trouble("answers without end"));
            }
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(self.trouble(&format!("has trouble: {status} {}", cut(&body))));
        }
        Ok((status, body))
    }

    /// It, or the way to it, is to blame.
    pub(super) fn trouble(self, what: &str) -> SpinUpError {
        SpinUpError::infrastructure(format!("{} {what}", self.name))
    }
}

/// The beginning of an answer.
pub(super) fn cut(body: &str) -> String {
    body.chars().take(WORTH_REPEATING).collect()
}
