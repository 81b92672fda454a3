//! Debian's registry of images, on the loopback, with a password.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use model::plan::{BasicAuth, ImageAuth};
use tempfile::TempDir;

use super::{BUSYBOX, ask};

/// `robot` and [`PASSWORD`], with bcrypt.
const ACCOUNT: &str = "robot:$2y$05$jLgdE2AeF1jXUfwfKLR2reZzDiswCoBA4BXyd5XddmmUUQ8XeqaJC";
/// The only account's password.
pub const PASSWORD: &str = "swordfish";

/// A registry. Its images go with it, here and there.
pub struct Registry {
    process: Child,
    port: u16,
    directory: TempDir,
}

impl Registry {
    /// With the account `robot`.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let accounts = directory.path().join("accounts");
        fs::write(&accounts, ACCOUNT).unwrap();
        let port = free_port();
        let configuration = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {root}}}}}\n\
             http: {{addr: '127.0.0.1:{port}'}}\nauth: {{htpasswd: {{realm: test, path: {accounts}}}}}\n",
            root = directory.path().join("images").display(),
            accounts = accounts.display()
        );
        let file = directory.path().join("config.yml");
        fs::write(&file, configuration).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry is needed for this test: scripts/setup installs it");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Self { process, port, directory }
    }

    /// Puts BusyBox there under this name, changed by one of Dockerfile's instructions, and takes it away from here.
    pub fn push(&self, name: &str, change: &str) -> String {
        let image = format!("127.0.0.1:{}/{name}", self.port);
        let container = ask(&["create", BUSYBOX, "sh"]);
        ask(&["commit", "--change", change, &container, &image]);
        ask(&["rm", &container]);
        let home = self.directory.path().join("docker");
        let home = home.to_str().unwrap().to_owned();
        ask(&[
            "--config",
            &home,
            "login",
            "--username",
            "robot",
            "--password",
            PASSWORD,
            &format!("127.0.0.1:{}", self.port),
        ]);
        ask(&["--config", &home, "push", "--quiet", &image]);
        ask(&["rmi", &image]);
        image
    }

    /// Ends it, as if the network did.
    pub fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        // Also those that lost their tag to a newer one.
        let reference = format!("reference=127.0.0.1:{}/*", self.port);
        let left = ask(&["images", "--all", "--quiet", "--filter", &reference]);
        for image in left.lines() {
            drop(Command::new("docker").args(["rmi", "--force", image]).output());
        }
    }
}

/// The account.
pub fn robot(password: &str) -> Option<ImageAuth> {
    Some(ImageAuth::Basic(BasicAuth { username: "robot".to_owned(), password: password.to_owned() }))
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
