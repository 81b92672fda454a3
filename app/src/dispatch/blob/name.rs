//! What jobs may call what they keep. Names are data in rows; they are never paths of this host.

use crate::dispatch::DispatchError;

/// Bytes of a key, as CircleCI has it.
const KEY_BYTES: usize = 900;

/// Bytes of a path.
const PATH_BYTES: usize = 1024;

/// Checks a cache's key.
pub(super) fn key(key: &str) -> Result<(), DispatchError> {
    if key.is_empty() || key.len() > KEY_BYTES {
        return Err(refused(format!(
            "the key of a cache must have 1 to {KEY_BYTES} bytes; this one has {}",
            key.len()
        )));
    }
    if key.contains(char::is_control) {
        return Err(refused(format!("the key {key:?} of a cache has a control character in it; remove it")));
    }
    Ok(())
}

/// Checks the path of an artifact or of a file of test results: relative, with `/`, no segment that is empty, `.` or `..`.
pub(super) fn path(path: &str) -> Result<(), DispatchError> {
    let shown: String = path.chars().take(80).collect();
    let wrong = |why: &str| Err(refused(format!("the path {shown:?} cannot be stored: {why}")));
    if path.is_empty() {
        return wrong("it is empty");
    }
    if path.len() > PATH_BYTES {
        return wrong(&format!("it is longer than {PATH_BYTES} bytes; choose a shorter `destination`"));
    }
    if path.contains('\0') {
        return wrong("it has a NUL byte in it");
    }
    if path.starts_with('/') {
        return wrong("it is absolute; paths of artifacts begin at the artifact's `destination`");
    }
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return wrong("it has an empty segment, `.` or `..` in it");
    }
    Ok(())
}

pub(super) fn refused(why: String) -> DispatchError {
    DispatchError::Refused(why)
}
