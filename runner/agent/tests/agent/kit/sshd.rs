//! A real `sshd` on loopback, and keys from `ssh-keygen`.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use model::protocol::SshKey;
use tempfile::TempDir;

/// A server that lets the user of this process in, with the keys that it was told.
pub struct Sshd {
    directory: TempDir,
    process: Child,
    pub port: u16,
    pub user: String,
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is not here (scripts/setup test): {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A fresh key, with what `ssh-keygen` says of it, and its public part.
pub fn ssh_key(directory: &Path, name: &str, hostname: Option<&str>) -> (SshKey, String) {
    let file = directory.join(name);
    let path = file.to_str().unwrap();
    output("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path]);
    let fingerprint = |hash: &str| {
        let text = output("ssh-keygen", &["-l", "-E", hash, "-f", path]);
        text.split_whitespace().nth(1).unwrap().to_owned()
    };
    let key = SshKey {
        hostname: hostname.map(str::to_owned),
        md5: fingerprint("md5").trim_start_matches("MD5:").to_owned(),
        sha256: fingerprint("sha256"),
        private_key: fs::read_to_string(&file).unwrap(),
    };
    (key, fs::read_to_string(file.with_extension("pub")).unwrap())
}

impl Sshd {
    /// Starts one that knows these public keys.
    pub fn start(authorized: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        output("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &path("host")]);
        fs::write(path("authorized_keys"), authorized.concat()).unwrap();
        // A server that root starts wants this directory.
        fs::create_dir_all("/run/sshd").ok();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\nUsePAM no\nAcceptEnv GIT_PROTOCOL\n\
             PasswordAuthentication no\nPermitRootLogin yes\n",
            path("host"),
            path("authorized_keys")
        );
        fs::write(path("config"), config).unwrap();
        let process = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f", &path("config")])
            .stdin(Stdio::null())
            .stderr(fs::File::create(path("log")).unwrap())
            .spawn()
            .expect("sshd is installed (scripts/setup test)");
        let server = Self { process, port, user: output("id", &["-un"]), directory };
        for _ in 0..1_000 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return server;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("sshd does not answer: {}", fs::read_to_string(server.directory.path().join("log")).unwrap());
    }

    /// Its host key, as a line of a `known_hosts` file.
    pub fn known_host(&self) -> String {
        let key = fs::read_to_string(self.directory.path().join("host.pub")).unwrap();
        format!("[127.0.0.1]:{} {key}", self.port)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
