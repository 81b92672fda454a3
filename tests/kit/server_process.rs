//! `roundhouse serve` as a process.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::real::binary;

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    address: SocketAddr,
}

impl ServerProcess {
    /// Starts one on a free port, with its data in `data_dir`, and waits until it says that it is ready.
    pub async fn start(data_dir: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        Self::start_by(Command::new(binary()), data_dir, arguments, variables).await
    }

    /// The same with no file allowed to grow beyond `limit_kib`: to a program, that is a full disk.
    pub async fn start_on_a_small_disk(data_dir: &Path, variables: &[(&str, String)], limit_kib: u64) -> Self {
        let mut command = Command::new("bash");
        // Ignored, the signal becomes an error of the write.
        command.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {limit_kib}; exec \"$@\"")).arg("bash").arg(binary());
        Self::start_by(command, data_dir, &["--no-runner"], variables).await
    }

    async fn start_by(mut command: Command, data_dir: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Self {
        // The port is free when this asks; another program that takes it at once makes the start fail, and the test with it.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let child = command
            .arg("serve")
            .args(arguments)
            .env("ROUNDHOUSE_DATA_DIR", data_dir)
            .env("ROUNDHOUSE_LISTEN", address.to_string())
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(data_dir.join("server.log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { child, address };
        for _ in 0..30_000 {
            if server.is_ready().await {
                return server;
            }
            if let Some(status) = server.child.try_wait().unwrap() {
                let log = std::fs::read_to_string(data_dir.join("server.log")).unwrap();
                panic!("roundhouse serve ended with {status}:\n{log}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("roundhouse serve does not get ready");
    }

    /// Whether `/readyz` answers 200.
    async fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address).await else { return false };
        let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: roundhouse\r\nConnection: close\r\n\r\n").await;
        let mut answer = Vec::new();
        asked.is_ok() && stream.read_to_end(&mut answer).await.is_ok() && answer.starts_with(b"HTTP/1.1 200")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Resident memory, in MiB.
    pub fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
    }

    /// SIGKILL, and waits for its end.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for its end.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have been stopped already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
