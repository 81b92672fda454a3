//! SSH private keys: what is public in them, read without a program of OpenSSH.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD},
};
use md5::Md5;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

mod der;

/// Why a text is not an SSH key that a job could use. The text of the key is not in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSshKey {
    /// It has a passphrase.
    #[error(
        "the key has a passphrase, which nobody could type in a job: make one without (`ssh-keygen -t ed25519 -N '' -f FILE`)"
    )]
    Encrypted,
    /// It is a public key.
    #[error("this is a public key: the private one is wanted (the file without `.pub`)")]
    Public,
    /// It is something else.
    #[error("this is no private SSH key ({0}): a file as `ssh-keygen` makes it is wanted, beginning with `-----BEGIN`")]
    Unreadable(&'static str),
}

/// The public side of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshIdentity {
    /// As in `authorized_keys`: `ssh-ed25519 AAAA…`.
    pub public_key: String,
    /// `c9:0b:1c:…`, 16 pairs.
    pub md5: String,
    /// `SHA256:…`.
    pub sha256: String,
}

impl SshIdentity {
    /// A private key as somebody hands it in: its public side, and its text as OpenSSH wants it, with line feeds and one at the
    /// end.
    ///
    /// # Errors
    /// As [`SshIdentity::of_private_key`].
    pub fn take(text: &SecretString) -> Result<(Self, SecretString), BadSshKey> {
        let text = text.expose_secret();
        let identity = Self::of_private_key(text)?;
        Ok((identity, format!("{}\n", text.replace('\r', "").trim()).into()))
    }

    /// Reads the public side of a private key: OpenSSH's own form, or PEM (RSA, ECDSA).
    ///
    /// # Errors
    /// It is no such key, or has a passphrase.
    pub fn of_private_key(text: &str) -> Result<Self, BadSshKey> {
        let text = text.trim();
        if ["ssh-", "ecdsa-", "sk-", "---- BEGIN SSH2"].iter().any(|public| text.starts_with(public)) {
            return Err(BadSshKey::Public);
        }
        let (label, body) = armour(text).ok_or(BadSshKey::Unreadable("it has no PEM lines"))?;
        if label.contains("PUBLIC KEY") {
            return Err(BadSshKey::Public);
        }
        if label == "ENCRYPTED PRIVATE KEY" || body.contains("ENCRYPTED") {
            return Err(BadSshKey::Encrypted);
        }
        let base64: String = body.lines().filter(|line| !line.contains(':')).map(str::trim).collect();
        let bytes = BASE64_STANDARD.decode(base64).map_err(|_| BadSshKey::Unreadable("its base64 is broken"))?;
        let blob = match label {
            "OPENSSH PRIVATE KEY" => openssh(&bytes)?,
            "RSA PRIVATE KEY" => der::rsa(&bytes).ok_or(BadSshKey::Unreadable("the RSA key is cut off"))?,
            "EC PRIVATE KEY" => der::ec(&bytes).ok_or(BadSshKey::Unreadable("the EC key has no public part"))?,
            "PRIVATE KEY" => der::pkcs8(&bytes).ok_or(BadSshKey::Unreadable(
                "only RSA and ECDSA keys are read in this form; `ssh-keygen -p -N '' -f FILE` rewrites a key",
            ))?,
            _ => return Err(BadSshKey::Unreadable("its PEM lines name another thing")),
        };
        Self::of_blob(&blob).ok_or(BadSshKey::Unreadable("its public part is cut off"))
    }

    fn of_blob(blob: &[u8]) -> Option<Self> {
        let algorithm = std::str::from_utf8(string(&mut &blob[..])?).ok()?;
        let hex: Vec<String> = Md5::digest(blob).iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self {
            public_key: format!("{algorithm} {}", BASE64_STANDARD.encode(blob)),
            md5: hex.join(":"),
            sha256: format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(blob))),
        })
    }
}

/// The label and the body of the first PEM block.
fn armour(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    Some((label, body))
}

/// The public key of OpenSSH's own form.
fn openssh(bytes: &[u8]) -> Result<Vec<u8>, BadSshKey> {
    const CUT_OFF: BadSshKey = BadSshKey::Unreadable("the OpenSSH key is cut off");
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0").ok_or(CUT_OFF)?;
    let cipher = string(&mut rest).ok_or(CUT_OFF)?;
    if cipher != b"none" {
        return Err(BadSshKey::Encrypted);
    }
    for _function_and_options in 0..2 {
        string(&mut rest).ok_or(CUT_OFF)?;
    }
    let rest = &mut rest.get(4..).ok_or(CUT_OFF)?;
    string(rest).map(<[u8]>::to_vec).ok_or(CUT_OFF)
}

/// Takes a string of the SSH protocol: four bytes of length, then so many bytes.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (text, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = after;
    Some(text)
}
