//! A small server of blobs on the socket of a task, as [`model::blob`] describes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use model::blob::{FailedTests, KEY_HEADER, SOCKET, Timings, Workspace, WorkspaceLayer};
use uuid::Uuid;

use super::Task;

/// What is stored.
#[derive(Default)]
pub struct Stored {
    /// In the order in which they were stored.
    pub caches: Vec<(String, Vec<u8>)>,
    pub layers: Vec<Layer>,
    /// The job that persists layers from now on; `build` where nobody says.
    pub persists: Option<String>,
    /// Which of these jobs come after which.
    pub after: BTreeMap<String, BTreeSet<String>>,
    pub artifacts: BTreeMap<String, Vec<u8>>,
    pub test_results: BTreeMap<String, Vec<u8>>,
    pub timings: Option<Timings>,
    pub failed_tests: Option<FailedTests>,
    /// The first lines of all requests.
    pub requests: Vec<String>,
    /// Answers every request with this.
    pub refusal: Option<(u16, String)>,
    /// So many requests are cut off before their answer is whole.
    pub cuts: usize,
}

/// What one step persisted.
pub struct Layer {
    id: Uuid,
    job: String,
    bytes: Vec<u8>,
}

/// The server; tasks share what it stores.
#[derive(Clone, Default)]
pub struct Blobs {
    stored: Arc<Mutex<Stored>>,
}

impl Blobs {
    /// What is stored now.
    pub fn stored(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap()
    }

    /// Listens for a task.
    pub fn serve(&self, task: &Task) {
        let socket = task.path("spool").join(SOCKET);
        drop(fs::remove_file(&socket));
        let listener = UnixListener::bind(socket).unwrap();
        let blobs = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let blobs = blobs.clone();
                // A client that goes away is part of some tests.
                thread::spawn(move || drop(blobs.answer(stream.unwrap())));
            }
        });
    }

    fn answer(&self, stream: UnixStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let (mut first, mut chunked) = (String::new(), false);
        reader.read_line(&mut first)?;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            chunked |= line.to_lowercase().starts_with("transfer-encoding: chunked");
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        self.stored().requests.push(format!("{method} {target}"));
        if let Some((status, message)) = self.stored().refusal.clone() {
            return respond(stream, status, &[], message.as_bytes(), None);
        }
        let body = if chunked { read_chunks(&mut reader)? } else { Vec::new() };
        let (status, headers, answer) = self.stored().act(&method, &target, body);
        let cut = {
            let mut stored = self.stored();
            let cut = stored.cuts > 0;
            stored.cuts = stored.cuts.saturating_sub(1);
            cut
        };
        let answer = if method == "HEAD" { Vec::new() } else { answer };
        respond(stream, status, &headers, &answer, cut.then_some(answer.len() / 2))
    }
}

impl Stored {
    fn act(&mut self, method: &str, target: &str, body: Vec<u8>) -> (u16, Vec<(&'static str, String)>, Vec<u8>) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let values: Vec<String> = query.split('&').filter_map(|pair| Some(decode(pair.split_once('=')?.1))).collect();
        let first = values.first().cloned().unwrap_or_default();
        match (method, path) {
            ("HEAD", "/blobs/cache") => {
                (if self.caches.iter().any(|(key, _)| *key == first) { 200 } else { 404 }, vec![], vec![])
            }
            ("PUT", "/blobs/cache") => {
                if self.caches.iter().any(|(key, _)| *key == first) {
                    return (200, vec![], vec![]);
                }
                self.caches.push((first, body));
                (201, vec![], vec![])
            }
            ("GET", "/blobs/cache") => {
                let newest = |wanted: &String| self.caches.iter().rev().find(|(key, _)| key.starts_with(wanted));
                match values.iter().find_map(newest) {
                    Some((key, bytes)) => {
                        (200, vec![(KEY_HEADER, key.replace('%', "%25").replace(' ', "%20"))], bytes.clone())
                    }
                    None => (404, vec![], vec![]),
                }
            }
            ("PUT", "/blobs/workspace") => {
                let job = self.persists.clone().unwrap_or_else(|| "build".to_owned());
                self.layers.push(Layer { id: Uuid::now_v7(), job, bytes: body });
                (201, vec![], vec![])
            }
            ("GET", "/blobs/workspace") => {
                let layer = |layer: &Layer| WorkspaceLayer {
                    id: layer.id,
                    job: layer.job.clone(),
                    size_bytes: layer.bytes.len() as u64,
                };
                let layers = self.layers.iter().map(layer).collect();
                let workspace = Workspace { layers, after: self.after.clone() };
                (200, vec![], serde_json::to_vec(&workspace).unwrap())
            }
            ("GET", "/blobs/timings") => match &self.timings {
                Some(timings) => (200, vec![], serde_json::to_vec(timings).unwrap()),
                None => (404, vec![], vec![]),
            },
            ("GET", "/blobs/failed-tests") => match &self.failed_tests {
                Some(failed) => (200, vec![], serde_json::to_vec(failed).unwrap()),
                None => (404, vec![], vec![]),
            },
            ("GET", "/oidc/token") => (200, vec![], format!("{{\"token\": \"{}\"}}", values.join("+")).into_bytes()),
            ("GET", path) => {
                let id = path.rsplit('/').next().unwrap();
                match self.layers.iter().find(|layer| layer.id.to_string() == id) {
                    Some(layer) => (200, vec![], layer.bytes.clone()),
                    None => (404, vec![], vec![]),
                }
            }
            ("PUT", "/blobs/artifact") => {
                self.artifacts.insert(first, body);
                (201, vec![], vec![])
            }
            ("PUT", "/blobs/test-results") => {
                self.test_results.insert(first, body);
                (201, vec![], vec![])
            }
            other => panic!("nobody should ask for {other:?}"),
        }
    }
}

/// Large answers are chunked, small ones have a length.
fn respond(
    mut stream: UnixStream,
    status: u16,
    headers: &[(&str, String)],
    body: &[u8],
    cut: Option<usize>,
) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 {status} Whatever\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    let sent = &body[..cut.unwrap_or(body.len())];
    if body.len() > 1000 {
        write!(stream, "Transfer-Encoding: chunked\r\n\r\n")?;
        for chunk in sent.chunks(777) {
            write!(stream, "{:X};extension\r\n", chunk.len())?;
            stream.write_all(chunk)?;
            stream.write_all(b"\r\n")?;
        }
        if cut.is_none() {
            stream.write_all(b"0\r\nTrailer: x\r\n\r\n")?;
        }
    } else {
        write!(stream, "Content-Length: {}\r\n\r\n", body.len().max(usize::from(cut.is_some())))?;
        stream.write_all(sent)?;
    }
    Ok(())
}

/// A body counts only with its last chunk.
fn read_chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let cut = || std::io::Error::other("the client went away");
        let size = usize::from_str_radix(size.trim_end(), 16).map_err(|_| cut())?;
        let start = body.len();
        body.resize(start + size, 0);
        reader.read_exact(&mut body[start..])?;
        let mut end = String::new();
        reader.read_line(&mut end)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// Reads percent-encoded text.
fn decode(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}
