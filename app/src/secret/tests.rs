use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use model::id::{ContextId, ProjectId, SshKeyId};
use secrecy::{ExposeSecret, SecretString};
use store::secret::Sealed;
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    BadSshKey, Owner, SealError, SshIdentity, Vault, check_context_name, check_value, check_variable_name, shown,
};

fn value(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn context(number: u128) -> ContextId {
    ContextId::from_uuid(Uuid::from_u128(number))
}

#[test]
fn a_value_opens_only_in_its_own_row() {
    let directory = TempDir::new().unwrap();
    let vault = Vault::open(directory.path(), None).unwrap();
    let owner = Owner::Context(context(1), "TOKEN");
    let sealed = vault.seal(owner, &value("swordfish")).unwrap();
    assert!(!sealed.0.windows(9).any(|window| window == b"swordfish"));
    assert_eq!(vault.unseal(owner, &sealed).unwrap().expose_secret(), "swordfish");
    assert_ne!(vault.seal(owner, &value("swordfish")).unwrap(), sealed, "the same value is never sealed alike");
    let others = [
        Owner::Context(context(2), "TOKEN"),
        Owner::Context(context(1), "TOKEN2"),
        Owner::Project(ProjectId::from_uuid(Uuid::from_u128(1)), "TOKEN"),
        Owner::SshKey(SshKeyId::from_uuid(Uuid::from_u128(1))),
    ];
    for other in others {
        assert!(matches!(vault.unseal(other, &sealed), Err(SealError::Damaged { .. })), "{other}");
    }
}

#[test]
fn whatever_is_changed_does_not_open() {
    let directory = TempDir::new().unwrap();
    let vault = Vault::open(directory.path(), None).unwrap();
    let owner = Owner::Context(context(1), "TOKEN");
    let sealed = vault.seal(owner, &value("")).unwrap();
    assert_eq!(vault.unseal(owner, &sealed).unwrap().expose_secret(), "", "an empty value is a value");
    for at in 0..sealed.0.len() {
        let mut changed = sealed.clone();
        changed.0[at] ^= 1;
        assert!(vault.unseal(owner, &changed).is_err(), "byte {at}");
        assert!(vault.unseal(owner, &Sealed(sealed.0[..at].to_vec())).is_err(), "cut at {at}");
    }
}

#[test]
fn the_key_is_made_once_for_its_owner_only() {
    let directory = TempDir::new().unwrap();
    let first = Vault::open(directory.path(), None).unwrap();
    let file = directory.path().join("master.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o400);
    assert_eq!(Vault::open(directory.path(), None).unwrap().current(), first.current());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left behind");
    let text = fs::read_to_string(&file).unwrap();
    assert!(!format!("{first:?}").contains(text.trim()), "a key never shows itself");
    let given = Vault::open(directory.path(), Some(&value(text.trim()))).unwrap();
    assert_eq!(given.current(), first.current());
    for wrong in ["", "short", "!!!", "c3dvcmRmaXNo"] {
        assert!(Vault::open(directory.path(), Some(&value(wrong))).is_err(), "{wrong}");
    }
}

#[test]
fn keys_rotate_under_a_running_server() {
    let directory = TempDir::new().unwrap();
    let (server, admin) = (Vault::open(directory.path(), None).unwrap(), Vault::open(directory.path(), None).unwrap());
    let owner = Owner::Context(context(1), "TOKEN");
    let before = server.seal(owner, &value("swordfish")).unwrap();
    let old = admin.current();
    assert_ne!(admin.begin_rotation().unwrap(), old);
    assert!(!admin.is_current(&before));
    assert_eq!(admin.unseal(owner, &before).unwrap().expose_secret(), "swordfish");
    let after = admin.seal(owner, &value("swordfish")).unwrap();
    admin.end_rotation().unwrap();
    assert!(admin.is_current(&after));
    // The server learns of the new key when it needs it.
    assert_eq!(server.unseal(owner, &after).unwrap().expose_secret(), "swordfish");
    assert_eq!(server.unseal(owner, &before).unwrap().expose_secret(), "swordfish");
    assert!(admin.is_current(&server.seal(owner, &value("swordfish")).unwrap()));
    // The next rotation forgets the first key.
    admin.begin_rotation().unwrap();
    admin.end_rotation().unwrap();
    let lost = Vault::open(directory.path(), None).unwrap().unseal(owner, &before);
    assert!(matches!(lost, Err(SealError::UnknownKey { key, .. }) if key == old));
}

#[test]
fn of_a_value_little_is_shown() {
    for (text, expected) in
        [("", "xxxx"), ("abc", "xxxx"), ("abcd", "xxxxd"), ("abcdefgh", "xxxxgh"), ("abcdefghijklmnopqrst", "xxxxqrst")]
    {
        assert_eq!(shown(&value(text)), expected);
    }
}

/// A fresh key pair as `ssh-keygen` makes it, and what it says of it.
fn key(directory: &TempDir, arguments: &[&str]) -> (String, String, [String; 2]) {
    let file = directory.path().join(format!("key-{}", Uuid::new_v4()));
    let made = Command::new("ssh-keygen").args(["-q", "-C", "", "-f"]).arg(&file).args(arguments).status();
    assert!(made.expect("ssh-keygen is installed (scripts/setup test)").success());
    let public = file.with_extension("pub");
    let fingerprint = |hash: &str| {
        let output = Command::new("ssh-keygen").args(["-l", "-E", hash, "-f"]).arg(&public).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let word = text.split_whitespace().nth(1).unwrap();
        word.strip_prefix("MD5:").unwrap_or(word).to_owned()
    };
    let prints = [fingerprint("md5"), fingerprint("sha256")];
    (fs::read_to_string(&file).unwrap(), fs::read_to_string(public).unwrap().trim().to_owned(), prints)
}

#[test]
fn fingerprints_are_those_of_ssh_keygen() {
    let directory = TempDir::new().unwrap();
    for arguments in [
        &["-t", "ed25519", "-N", ""][..],
        &["-t", "rsa", "-b", "2048", "-N", ""],
        &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""],
        &["-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", ""],
        &["-t", "ecdsa", "-b", "256", "-N", ""],
        &["-t", "ecdsa", "-b", "384", "-m", "PEM", "-N", ""],
        &["-t", "ecdsa", "-b", "521", "-m", "PKCS8", "-N", ""],
    ] {
        let (private, public, [md5, sha256]) = key(&directory, arguments);
        let identity = SshIdentity::of_private_key(&private).unwrap_or_else(|bad| panic!("{arguments:?}: {bad}"));
        assert_eq!((identity.md5, identity.sha256), (md5, sha256), "{arguments:?}");
        assert_eq!(identity.public_key, public, "{arguments:?}");
        assert_eq!(SshIdentity::of_private_key(&public), Err(BadSshKey::Public));
        let windows = private.replace('\n', "\r\n");
        assert!(SshIdentity::of_private_key(&windows).is_ok(), "line ends do not matter");
    }
}

#[test]
fn keys_that_no_job_could_use_are_refused() {
    let directory = TempDir::new().unwrap();
    for arguments in [
        &["-t", "ed25519", "-N", "phrase"][..],
        &["-t", "rsa", "-m", "PEM", "-N", "phrase"],
        &["-t", "rsa", "-m", "PKCS8", "-N", "phrase"],
    ] {
        let (private, _, _) = key(&directory, arguments);
        assert_eq!(SshIdentity::of_private_key(&private), Err(BadSshKey::Encrypted), "{arguments:?}");
    }
    let (private, _, _) = key(&directory, &["-t", "ed25519", "-N", ""]);
    for wrong in ["", "swordfish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", &private[..100]] {
        assert!(matches!(SshIdentity::of_private_key(wrong), Err(BadSshKey::Unreadable(_))), "{wrong}");
    }
}

#[test]
fn names_follow_the_rules() {
    for good in ["deploy", "org-global", "With Space", "\u{fc}"] {
        assert_eq!(check_context_name(good), Ok(()), "{good}");
    }
    for bad in ["", " ", " a", "a ", "a\nb", "a\u{b}b", &"x".repeat(201)] {
        assert!(check_context_name(bad).is_err(), "{bad:?}");
    }
    for good in ["A", "_", "a1", "TOKEN_2"] {
        assert_eq!(check_variable_name(good), Ok(()), "{good}");
    }
    for bad in ["", "1A", "A-B", "A B", "\u{c4}", "A=B", &"x".repeat(301)] {
        assert!(check_variable_name(bad).is_err(), "{bad:?}");
    }
    assert_eq!(check_value(""), Ok(()));
    assert!(check_value(&"x".repeat(32 * 1024)).is_ok() && check_value(&"x".repeat(32 * 1024 + 1)).is_err());
    assert!(check_value("a\0b").is_err());
}
