//! A repository to check out from, as a file and over HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{
    project::{GitRef, Sha},
    protocol::{CheckoutSource, GitCredentials},
};
use tempfile::TempDir;

/// A bare repository with a working tree beside it.
pub struct Repository {
    directory: TempDir,
}

impl Repository {
    /// One commit on `main`, with the file `README`.
    pub fn new() -> Self {
        let repository = Self { directory: tempfile::tempdir().unwrap() };
        let work = repository.work();
        git(repository.directory.path(), &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        git(&repository.bare(), &["config", "uploadpack.allowFilter", "true"]);
        git(repository.directory.path(), &["clone", "-q", "origin.git", "work"]);
        git(&work, &["checkout", "-q", "-B", "main"]);
        repository.commit("README", "one\n");
        repository.push("main");
        repository
    }

    pub fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    pub fn bare(&self) -> PathBuf {
        self.directory.path().join("origin.git")
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Commits one file.
    pub fn commit(&self, file: &str, text: &str) -> Sha {
        std::fs::write(self.work().join(file), text).unwrap();
        git(&self.work(), &["add", "--", file]);
        git(&self.work(), &["commit", "-q", "-m", file]);
        git(&self.work(), &["rev-parse", "HEAD"]).trim().parse().unwrap()
    }

    /// Pushes what is checked out to a branch, whatever was there.
    pub fn push(&self, branch: &str) {
        git(&self.work(), &["push", "-q", "--force", "origin", &format!("HEAD:refs/heads/{branch}")]);
    }

    /// Runs git in the working tree.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.work(), arguments)
    }

    /// Checkout of a branch at its head, from the file.
    pub fn source(&self, branch: &str) -> CheckoutSource {
        let sha = git(&self.bare(), &["rev-parse", &format!("refs/heads/{branch}")]);
        self.at(sha.trim().parse().unwrap(), GitRef::Branch(branch.to_owned()))
    }

    /// Checkout of a commit, from the file.
    pub fn at(&self, sha: Sha, git_ref: GitRef) -> CheckoutSource {
        CheckoutSource::Git { url: format!("file://{}", self.bare().display()), sha, git_ref, credentials: None }
    }
}

/// Runs git, apart from this machine's settings.
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(directory).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Somebody").env(format!("GIT_{role}_EMAIL"), "somebody@example.com");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `git http-backend` on loopback, for one user name and password.
pub struct GitServer {
    pub url: String,
    pub port: u16,
    pub credentials: GitCredentials,
}

impl GitServer {
    /// Serves a repository until the test ends.
    pub fn start(repository: &Repository) -> Self {
        let credentials =
            GitCredentials { username: "x-access-token".to_owned(), password: "canary-5ecret".to_owned() };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let root = repository.directory().to_owned();
        let basic = BASE64_STANDARD.encode(format!("{}:{}", credentials.username, credentials.password));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (root, basic) = (root.clone(), basic.clone());
                thread::spawn(move || answer(stream.unwrap(), &root, &format!("Basic {basic}")));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/origin.git"), port, credentials }
    }
}

/// Answers one request, and closes.
fn answer(mut stream: TcpStream, root: &Path, authorization: &str) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
    if header("authorization") != authorization {
        stream
            .write_all(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        return;
    }
    let mut body = vec![0; header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let mut backend = Command::new("git");
    backend.arg("http-backend").stdin(Stdio::piped()).stdout(Stdio::piped());
    backend.env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1").env("REMOTE_USER", "x");
    backend.env("REQUEST_METHOD", method).env("PATH_INFO", path).env("QUERY_STRING", query);
    backend.env("CONTENT_TYPE", header("content-type")).env("CONTENT_LENGTH", body.len().to_string());
    backend.env("HTTP_CONTENT_ENCODING", header("content-encoding")).env("GIT_PROTOCOL", header("git-protocol"));
    let mut backend = backend.spawn().unwrap();
    backend.stdin.take().unwrap().write_all(&body).unwrap();
    let answer = backend.wait_with_output().unwrap().stdout;
    let head_end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&answer[..head_end]).unwrap();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{head}\r\n\r\n").unwrap();
    stream.write_all(&answer[head_end + 4..]).unwrap();
}
