//! `add_ssh_keys`.

use model::{event::StepResult, plan::AddSshKeys, protocol::SshKey};

use crate::{step::job::Job, supervise::StepOutput};

impl Job {
    /// Puts keys of the project in place: those with these fingerprints, or all.
    pub(in crate::step) fn add_ssh_keys(&mut self, step: &AddSshKeys, output: &StepOutput) -> StepResult {
        match self.put_keys(step, output) {
            Ok(()) => StepResult::SUCCESS,
            Err(reason) => {
                output.say(format_args!("{reason}"));
                StepResult::NotStarted { reason }
            }
        }
    }

    fn put_keys(&mut self, step: &AddSshKeys, output: &StepOutput) -> Result<(), String> {
        let keys = self.task.ssh.keys.clone();
        let wanted = select(&keys, &step.fingerprints)?;
        let home = self.environment.as_ref().map_err(Clone::clone)?.home().to_owned();
        let mut files = Vec::new();
        for key in wanted {
            let path = self.ssh_files.add(&home, key).map_err(|error| {
                format!("the key {} cannot be written to {}/.ssh: {error}", key.sha256, home.display())
            })?;
            let host = key.hostname.as_deref().unwrap_or("every host");
            output.say(format_args!("{} for {host}: {}", key.sha256, path.display()));
            files.push(path);
        }
        if files.is_empty() {
            output.say(format_args!("The project has no additional SSH keys: nothing to add."));
            return Ok(());
        }
        self.add_to_agent(&files, output);
        Ok(())
    }
}

/// The keys with these fingerprints, MD5 or SHA256; all when none is named.
///
/// # Errors
/// A sentence that names a fingerprint which no key has, and those that there are.
fn select<'a>(keys: &'a [SshKey], fingerprints: &[String]) -> Result<Vec<&'a SshKey>, String> {
    if fingerprints.is_empty() {
        return Ok(keys.iter().collect());
    }
    let mut wanted = Vec::new();
    for fingerprint in fingerprints {
        let bare = fingerprint.trim();
        let md5 = bare.strip_prefix("MD5:").unwrap_or(bare);
        let sha256 = bare.trim_end_matches('=');
        match keys.iter().find(|key| key.md5.eq_ignore_ascii_case(md5) || key.sha256 == sha256) {
            Some(key) => wanted.push(key),
            None => {
                let known: Vec<String> = keys.iter().map(|key| format!("{} ({})", key.sha256, key.md5)).collect();
                return Err(match known.as_slice() {
                    [] => format!(
                        "no SSH key has the fingerprint {bare}: this job gets no keys; the project has none, or its pipeline \
                         runs code of a fork"
                    ),
                    known => format!("no SSH key has the fingerprint {bare}; the project has: {}", known.join(", ")),
                });
            }
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests;
