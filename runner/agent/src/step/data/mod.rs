//! Steps that move data between the job and the server: caches, workspaces, artifacts, test results.

mod artifacts;
mod cache;
mod owners;
mod reach;
mod send;
mod tree;
mod workspace;
