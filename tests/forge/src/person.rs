//! Who does everything here.

/// Login name.
pub(crate) const LOGIN: &str = "ada";
/// Name.
pub(crate) const NAME: &str = "Ada Example";
/// Address.
pub(crate) const EMAIL: &str = "ada@example.com";
/// Numeric id at the forge.
pub(crate) const ID: i64 = 4_815;

/// The same number for the same name, in every run: ids of repositories, groups, hooks.
pub(crate) fn stable_id(name: &str) -> i64 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i64::from(hash % 900_000_000) + 100_000_000
}

/// The number of a person.
pub(crate) fn id_of(login: &str) -> i64 {
    if login == LOGIN { ID } else { stable_id(login) }
}
