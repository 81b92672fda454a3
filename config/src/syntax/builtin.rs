//! Steps that are built in.

use super::keys::Status;

/// A step that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    Run,
    Checkout,
    SetupRemoteDocker,
    SaveCache,
    RestoreCache,
    PersistToWorkspace,
    AttachWorkspace,
    StoreArtifacts,
    StoreTestResults,
    AddSshKeys,
    /// `deploy`: an old spelling of `run`.
    Deploy,
    /// `install_signing_bundle`: no effect.
    InstallSigningBundle,
}

impl Builtin {
    /// Every step that is built in.
    pub(crate) const ALL: [Self; 12] = [
        Self::Run,
        Self::Checkout,
        Self::SetupRemoteDocker,
        Self::SaveCache,
        Self::RestoreCache,
        Self::PersistToWorkspace,
        Self::AttachWorkspace,
        Self::StoreArtifacts,
        Self::StoreTestResults,
        Self::AddSshKeys,
        Self::Deploy,
        Self::InstallSigningBundle,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Checkout => "checkout",
            Self::SetupRemoteDocker => "setup_remote_docker",
            Self::SaveCache => "save_cache",
            Self::RestoreCache => "restore_cache",
            Self::PersistToWorkspace => "persist_to_workspace",
            Self::AttachWorkspace => "attach_workspace",
            Self::StoreArtifacts => "store_artifacts",
            Self::StoreTestResults => "store_test_results",
            Self::AddSshKeys => "add_ssh_keys",
            Self::Deploy => "deploy",
            Self::InstallSigningBundle => "install_signing_bundle",
        }
    }

    /// What becomes of it.
    pub(crate) const fn status(self) -> (Status, &'static str) {
        match self {
            Self::SetupRemoteDocker => (Status::Supported, "not for code from forks; see executors.md"),
            Self::Run
            | Self::Checkout
            | Self::SaveCache
            | Self::RestoreCache
            | Self::PersistToWorkspace
            | Self::AttachWorkspace
            | Self::StoreArtifacts
            | Self::StoreTestResults => (Status::Supported, ""),
            Self::AddSshKeys => (Status::Supported, "see secrets.md"),
            Self::Deploy => (Status::Deprecated, "read as `run`"),
            Self::InstallSigningBundle => {
                (Status::Accepted, "no effect (a warning): the certificates are in the keychain of your Mac")
            }
        }
    }

    /// Reads a name; `restore-cache` is an old spelling of `restore_cache`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }
}
