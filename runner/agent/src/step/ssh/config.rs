//! Entries of the client's configuration, `~/.ssh/config`, between marks by which they are found again.

use std::path::Path;

const BEGIN: &str = "# added by add_ssh_keys: begin";
const END: &str = "# added by add_ssh_keys: end";

/// The text with an entry for a host in front: `ssh` takes the first value that it finds. A key without a host is for
/// every host, beside those of the agent (CircleCI's `IdentitiesOnly no`); a key with one is the only one for that.
pub(super) fn with_entry(text: &str, hostname: Option<&str>, key: &Path) -> String {
    let key = key.display();
    let entry = match hostname {
        Some(host) => format!("{BEGIN}\nHost {host}\n  IdentitiesOnly yes\n  IdentityFile \"{key}\"\n{END}\n"),
        None => format!("{BEGIN}\nHost *\n  IdentitiesOnly no\n  IdentityFile \"{key}\"\n{END}\n"),
    };
    if text.contains(&entry) {
        return text.to_owned();
    }
    // An entry for every host would win over those of single hosts.
    match hostname {
        Some(_) => entry + text,
        None if text.is_empty() || text.ends_with('\n') => format!("{text}{entry}"),
        None => format!("{text}\n{entry}"),
    }
}

/// The text without entries that were added.
pub(super) fn without_entries(text: &str) -> String {
    let mut left = String::new();
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        match line.trim_end() {
            BEGIN => inside = true,
            END => inside = false,
            _ if !inside => left.push_str(line),
            _ => {}
        }
    }
    left
}

#[cfg(test)]
mod tests;
