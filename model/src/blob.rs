//! Data of jobs on its way between the task agent and the server: caches, workspaces, artifacts, test results.
//!
//! The agent speaks HTTP/1.1 over the Unix socket [`SOCKET`] in the spool directory; the runner behind it passes each request
//! on to the server as `/api/runner/v1/tasks/{id}` + the request's path, with the task's token, and the answer back. Bodies are
//! streams of opaque bytes: only the agent makes and unpacks archives, inside the job's environment, as the job's user.
//!
//! | request | answer |
//! | --- | --- |
//! | `GET /blobs/cache?key=K1&key=K2…` | 200 with the archive and [`KEY_HEADER`], 404: none. The keys' order decides, then an exact key before a prefix, then the newest |
//! | `HEAD /blobs/cache?key=K` | 200: this exact key is stored already, 404 |
//! | `PUT /blobs/cache?key=K` | 201 stored, 200 was there already (the body is passed over) |
//! | `GET /blobs/workspace` | 200 with [`Workspace`]: the layers of all jobs upstream, in the order in which they are applied |
//! | `GET /blobs/workspace/{layer}` | 200 with the archive |
//! | `PUT /blobs/workspace` | 201 |
//! | `PUT /blobs/artifact?path=P` | 201; `P` is a relative path with `/`, without `.` and `..` |
//! | `PUT /blobs/test-results?path=P` | 201; the body is one JUnit XML file |
//! | `GET /blobs/timings` | 200 with [`Timings`] of earlier runs of this job |
//! | `GET /blobs/failed-tests` | 200 with [`FailedTests`], 404: this is no rerun of failed tests, or nothing is known of them |
//! | `GET /oidc/token` | see [`crate::oidc`] |
//!
//! Every answer that is not 2xx or 404 carries `{"message": …}` for people. A `PUT` counts only when its whole body has
//! arrived: an announced `Content-Length`, or the end of a chunked body.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Name of the socket in the spool directory.
pub const SOCKET: &str = "blobs.sock";

/// Header of a found cache: its key, percent-encoded.
pub const KEY_HEADER: &str = "x-roundhouse-key";

/// The layers that a job sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// In the order in which they are applied: a later one wins.
    pub layers: Vec<WorkspaceLayer>,
    /// Of each job with a layer here: the other such jobs that it comes after, directly or not. Two jobs of which neither
    /// comes after the other ran concurrently, and must not have persisted the same file.
    #[serde(default)]
    pub after: BTreeMap<String, BTreeSet<String>>,
}

/// What one step persisted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceLayer {
    /// For the address.
    pub id: Uuid,
    /// Name of the job that persisted it, for people.
    pub job: String,
    /// Size of the archive, in bytes.
    pub size_bytes: u64,
}

/// How long tests took in earlier runs, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// By file.
    pub file: BTreeMap<String, f64>,
    /// By class name.
    pub classname: BTreeMap<String, f64>,
    /// By name of the test.
    pub name: BTreeMap<String, f64>,
}

/// Of a rerun of failed tests only: what failed when this job ran before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTests {
    /// Files in which a test failed.
    pub file: BTreeSet<String>,
    /// Classes in which a test failed.
    pub classname: BTreeSet<String>,
    /// How many tests failed.
    pub failed: u64,
    /// How many there were.
    pub total: u64,
}
