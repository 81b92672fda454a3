//! `/etc/passwd`, read by hand: glibc's own functions load shared libraries, which a static program in somebody else's
//! image must not.

use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt};

/// The home directory of a user id.
pub fn home_of(user: u32) -> Option<OsString> {
    home_in(&fs::read("/etc/passwd").ok()?, user)
}

/// Finds `NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL`.
fn home_in(passwd: &[u8], user: u32) -> Option<OsString> {
    let user = user.to_string();
    passwd.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let home = (fields.nth(2)? == user.as_bytes()).then(|| fields.nth(2))??;
        (!home.is_empty()).then(|| OsString::from_vec(home.to_vec()))
    })
}

#[cfg(test)]
mod tests {
    use super::home_in;

    #[test]
    fn the_home_is_found_by_number() {
        let passwd = b"root:x:0:0:root:/root:/bin/sh\n\nbroken\ncircleci:x:3434:3434::/home/circleci:/bin/bash";
        assert_eq!(home_in(passwd, 3434), Some("/home/circleci".into()));
        assert_eq!(home_in(passwd, 0), Some("/root".into()));
        assert_eq!(home_in(passwd, 1), None);
        assert_eq!(home_in(b"a:x:7:7:::/bin/sh", 7), None);
    }
}
