//! Secrets that let runners in: one for a runner, one for each claim of a task. Only their hashes are stored.

use model::protocol::{Epoch, TaskToken};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use store::{Store, runner, task::Task};
use subtle::ConstantTimeEq;

use super::DispatchError;
use crate::{clock::Clock, random};

/// Makes a token for runners under a label. A label has one token: what was made before under it opens nothing any more.
///
/// # Errors
/// The store cannot be written.
pub async fn create_runner_token(store: &Store, clock: &Clock, label: &str) -> anyhow::Result<SecretString> {
    let token = format!("rhr_{}", random::secret());
    let mut tx = store.begin().await?;
    runner::put_token(&mut tx, label, &hash(&token), clock.now()).await?;
    tx.commit().await?;
    Ok(token.into())
}

/// A task's token, to be: its epoch is known once the task is claimed.
pub(super) struct NewToken {
    secret: String,
    /// What is stored of it.
    pub(super) hash: [u8; 32],
}

impl NewToken {
    pub(super) fn random() -> Self {
        let secret = random::secret();
        Self { hash: hash(&secret), secret }
    }

    /// `EPOCH.SECRET`: the epoch tells a runner that was fenced from one that guesses.
    pub(super) fn with_epoch(self, Epoch(epoch): Epoch) -> TaskToken {
        TaskToken::new(format!("{epoch}.{}", self.secret))
    }
}

/// Whether a token speaks for the current claim of a task.
pub(super) fn verify(task: &Task, token: &TaskToken) -> Result<(), DispatchError> {
    let (epoch, secret) = token.expose().split_once('.').ok_or(DispatchError::Unauthorized)?;
    let epoch = Epoch(epoch.parse().map_err(|_| DispatchError::Unauthorized)?);
    let Some(stored) = task.token_hash.as_ref().filter(|_| epoch == task.epoch) else {
        return Err(match epoch <= task.epoch {
            true => DispatchError::Fenced(format!("task `{}` was taken from this runner", task.id)),
            false => DispatchError::Unauthorized,
        });
    };
    match bool::from(hash(secret).ct_eq(stored.as_slice())) {
        true => Ok(()),
        false => Err(DispatchError::Unauthorized),
    }
}

pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
