//! A new master key for everything.

use store::{
    Store,
    secret::{self, SealedRow},
};

use super::{key::KeyId, owner::Owner, vault::Vault};

/// Seals every row anew, with a new key, and forgets the keys that no row needs any more. A rotation that was cut off is
/// simply begun again. A server that runs meanwhile takes the new key up when it meets it.
///
/// With keys that a setting gives, the first of them is the new one.
///
/// # Errors
/// A row that does not open, a file or a database that cannot be written. Nothing has changed then that a second try would
/// not mend.
pub async fn rotate(store: &Store, vault: &Vault) -> anyhow::Result<(KeyId, usize)> {
    let key = vault.begin_rotation()?;
    // The only writer: nobody adds a row in between.
    let mut tx = store.begin().await?;
    let rows = secret::list(tx.db()).await?;
    for (of, sealed) in rows.iter().filter(|(_, sealed)| !vault.is_current(sealed)) {
        let owner = match of {
            SealedRow::Context(id, name) => Owner::Context(*id, name),
            SealedRow::Project(id, name) => Owner::Project(*id, name),
            SealedRow::SshKey(id) => Owner::SshKey(*id),
            SealedRow::OidcKey(kid) => Owner::OidcKey(kid),
        };
        let value = vault.unseal(owner, sealed)?;
        let anew = vault.seal(owner, &value)?;
        secret::replace(&mut tx, of, &anew).await?;
    }
    tx.commit().await?;
    vault.end_rotation()?;
    Ok((key, rows.len()))
}
