//! Secrets: sealed in rows, [`SecretString`](secrecy::SecretString) in memory, never printed.
//!
//! A value is sealed with XChaCha20-Poly1305 under the master key, with the identity of its row as associated data: a sealed
//! value that is moved to another row does not open. Each sealed value names its key, so that keys can be rotated.
//!
//! `oidc` has the keys that sign tokens of jobs.

mod key;
mod key_file;
mod oidc;
mod owner;
mod rotate;
mod rule;
mod seal;
mod shown;
mod ssh_key;
mod vault;

pub use key::{KeyId, MasterKey};
pub use oidc::{LIFE_MS, OidcKeys, Rotated, SigningKey, Takeover};
pub use owner::Owner;
pub use rotate::rotate;
pub use rule::{check_context_name, check_hostname, check_value, check_variable_name};
pub use seal::SealError;
pub use shown::shown;
pub use ssh_key::{BadSshKey, SshIdentity};
pub use vault::Vault;

#[cfg(test)]
mod tests;
