//! Removing the logs of jobs.

use std::{
    fs, io,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use model::{id::JobId, time::Timestamp};

use super::{Logs, append::blocking};

impl Logs {
    /// Removes all logs of a job; one that has none is no error.
    ///
    /// # Errors
    /// The directory cannot be removed.
    pub async fn remove(&self, job: &str) -> io::Result<()> {
        let Some(directory) = self.directory(job) else { return Ok(()) };
        blocking(move || match fs::remove_dir_all(&directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        })
        .await
    }

    /// How many bytes the logs of a job have.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub async fn job_bytes(&self, job: &str) -> io::Result<u64> {
        let Some(directory) = self.directory(job) else { return Ok(0) };
        blocking(move || bytes_below(&directory)).await
    }

    /// How many bytes all logs have.
    ///
    /// # Errors
    /// A directory cannot be read.
    pub async fn total_bytes(&self) -> io::Result<u64> {
        let root = self.root().to_owned();
        blocking(move || bytes_below(&root)).await
    }

    /// Ids of the jobs whose logs were begun before this time.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub async fn list_older(&self, before: Timestamp) -> io::Result<Vec<String>> {
        let root = self.root().to_owned();
        let before = UNIX_EPOCH + Duration::from_millis(u64::try_from(before.millis()).unwrap_or(0));
        blocking(move || {
            let mut jobs = Vec::new();
            for entry in fs::read_dir(root)? {
                let entry = entry?;
                let name = entry.file_name().into_string().unwrap_or_default();
                let is_old = entry.metadata().and_then(|found| found.modified()).is_ok_and(|at| at < before);
                if is_old && name.parse::<JobId>().is_ok() {
                    jobs.push(name);
                }
            }
            Ok(jobs)
        })
        .await
    }

    /// `None`: that is no job.
    fn directory(&self, job: &str) -> Option<std::path::PathBuf> {
        let job: JobId = job.parse().ok()?;
        Some(self.root().join(job.to_string()))
    }
}

fn bytes_below(directory: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes += bytes_below(&entry.path())?,
            Ok(found) => bytes += found.len(),
            // It went in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
