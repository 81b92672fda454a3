//! Requests and answers.

use std::{
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use super::{
    Failure, Target,
    body::{Body, Chunks, Length, line},
    connection::Connection,
};
use crate::watch::Watch;

/// Pauses before a request is made again: a runner that is restarted is soon back.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// The longest sleep at a time, so that the task can be stopped.
const NAP: Duration = Duration::from_millis(50);

/// Header lines of an answer.
const MOST_HEADERS: usize = 100;

/// How much is read of what the server says about a refusal.
const MOST_MESSAGE_BYTES: u64 = 64 << 10;

/// Writes a request's body.
type WriteBody<'a> = dyn FnMut(&mut dyn Write) -> io::Result<()> + 'a;

/// Speaks with the server, through the runner.
pub struct Client<'a> {
    socket: PathBuf,
    watch: Watch<'a>,
}

/// The head of an answer.
#[derive(Debug)]
pub struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

/// One answer to one request, whatever it says.
enum Once<T> {
    /// It was heard.
    Answered(Result<T, Failure>),
    /// It was not, and may be asked again.
    Again(String),
}

impl Head {
    /// The value of a header, whose name is written in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl<'a> Client<'a> {
    /// A client for this socket.
    pub fn new(socket: PathBuf, watch: Watch<'a>) -> Self {
        Self { socket, watch }
    }

    /// Where it connects.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The watch that ends its waits.
    pub fn watch(&self) -> Watch<'a> {
        self.watch
    }

    /// Whether something is there.
    ///
    /// # Errors
    /// The server cannot be asked, or refuses.
    pub fn has(&self, target: &Target) -> Result<bool, Failure> {
        let found = self.request("HEAD", target, None, &mut |_, _| Ok(()))?;
        Ok(found.is_some())
    }

    /// Reads something; `None`: it is not there. `take` may be called again after the connection broke.
    ///
    /// # Errors
    /// The server cannot be asked, or refuses, or `take` fails.
    pub fn get<T>(
        &self,
        target: &Target,
        mut take: impl FnMut(&Head, &mut dyn Read) -> io::Result<T>,
    ) -> Result<Option<T>, Failure> {
        self.request("GET", target, None, &mut take)
    }

    /// Sends something, as a stream. `write` may be called again after the connection broke. True: it was stored; false: it
    /// was there already.
    ///
    /// # Errors
    /// The server cannot be asked, or refuses, or `write` fails.
    pub fn put(
        &self,
        target: &Target,
        mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<bool, Failure> {
        const THERE_ALREADY: u16 = 200;
        let stored = self.request("PUT", target, Some(&mut write), &mut |head, _| Ok(head.status != THERE_ALREADY))?;
        stored.ok_or_else(|| Failure::Refused { status: 404, message: "the server knows no such place".to_owned() })
    }

    fn request<T>(
        &self,
        method: &str,
        target: &Target,
        mut body: Option<&mut WriteBody<'_>>,
        take: &mut dyn FnMut(&Head, &mut dyn Read) -> io::Result<T>,
    ) -> Result<Option<T>, Failure> {
        let mut pauses = PAUSES.into_iter();
        loop {
            // A plain `as_deref_mut` would borrow it for ever.
            let again = body.as_mut().map(|body| &mut **body as &mut WriteBody<'_>);
            let why = match self.once(method, target, again, take) {
                Once::Answered(answer) => {
                    return answer.map(Some).or_else(|failure| match failure {
                        Failure::Refused { status: 404, .. } => Ok(None),
                        failure => Err(failure),
                    });
                }
                Once::Again(why) => why,
            };
            let Some(pause) = pauses.next() else { return Err(Failure::Broken(why)) };
            self.sleep(pause)?;
        }
    }

    fn once<T>(
        &self,
        method: &str,
        target: &Target,
        body: Option<&mut WriteBody<'_>>,
        take: &mut dyn FnMut(&Head, &mut dyn Read) -> io::Result<T>,
    ) -> Once<T> {
        let connection = match Connection::open(&self.socket, self.watch) {
            Ok(connection) => connection,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Once::Answered(Err(Failure::Absent)),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Once::Answered(Err(Failure::Broken(
                    "the job's user may not use the runner's socket".to_owned(),
                )));
            }
            Err(error) => return Once::Again(error.to_string()),
        };
        // A server that has refused may have closed its ear, and its answer is there all the same.
        if let Err(failure) = self.send(&connection, method, target, body) {
            match failure {
                Failure::Broken(_) => {}
                failure => return Once::Answered(Err(failure)),
            }
        }
        let mut reader = BufReader::new(&connection);
        let head = match read_head(&mut reader) {
            Ok(head) => head,
            Err(_) if self.watch.stops() => return Once::Answered(Err(Failure::Stopped)),
            Err(error) => return Once::Again(error.to_string()),
        };
        let length = if method == "HEAD" { Length::Bytes(0) } else { head.length() };
        let mut body = Body::new(reader, length);
        match head.status {
            200..=299 => match take(&head, &mut body) {
                Ok(taken) => Once::Answered(Ok(taken)),
                Err(_) if self.watch.stops() => Once::Answered(Err(Failure::Stopped)),
                Err(error) if connection.is_broken() => Once::Again(error.to_string()),
                Err(error) => Once::Answered(Err(Failure::Local(error))),
            },
            502..=504 => Once::Again(message(&mut body).unwrap_or_else(|| format!("status {}", head.status))),
            status => Once::Answered(Err(Failure::Refused { status, message: message(&mut body).unwrap_or_default() })),
        }
    }

    fn send(
        &self,
        connection: &Connection<'_>,
        method: &str,
        target: &Target,
        body: Option<&mut WriteBody<'_>>,
    ) -> Result<(), Failure> {
        let encoding = if body.is_some() { "Transfer-Encoding: chunked\r\n" } else { "" };
        let head =
            format!("{method} {} HTTP/1.1\r\nHost: roundhouse\r\nConnection: close\r\n{encoding}\r\n", target.as_str());
        let mut writer = connection;
        let written = writer.write_all(head.as_bytes()).and_then(|()| match body {
            Some(body) => {
                let mut chunks = Chunks::new(connection);
                body(&mut chunks)?;
                chunks.end()
            }
            None => Ok(()),
        });
        written.map_err(|error| {
            if self.watch.stops() {
                Failure::Stopped
            } else if connection.is_broken() {
                Failure::Broken(error.to_string())
            } else {
                Failure::Local(error)
            }
        })
    }

    fn sleep(&self, pause: Duration) -> Result<(), Failure> {
        let mut left = pause;
        while !left.is_zero() {
            if self.watch.stops() {
                return Err(Failure::Stopped);
            }
            let nap = left.min(NAP);
            thread::sleep(nap);
            left -= nap;
        }
        Ok(())
    }
}

impl Head {
    fn length(&self) -> Length {
        let chunked = self.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        match self.header("content-length").and_then(|value| value.parse().ok()) {
            _ if self.status == 204 => Length::Bytes(0),
            _ if chunked => Length::Chunks(0),
            Some(length) => Length::Bytes(length),
            None => Length::Open,
        }
    }
}

/// Reads the head of an answer; those that only say "go on" are passed over.
fn read_head(reader: &mut BufReader<&Connection<'_>>) -> io::Result<Head> {
    loop {
        let first = line(reader)?;
        let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse().ok());
        let Some(status) = status else {
            return Err(reader.get_ref().broke(io::Error::other("the answer is not HTTP")));
        };
        let mut headers = Vec::new();
        loop {
            let line = line(reader)?;
            if line.is_empty() {
                break;
            }
            if headers.len() >= MOST_HEADERS {
                return Err(reader.get_ref().broke(io::Error::other("the answer has too many headers")));
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        if !(100..200).contains(&status) {
            return Ok(Head { status, headers });
        }
    }
}

/// What the server says about a refusal.
fn message(body: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    // What came before it broke is said.
    drop(body.take(MOST_MESSAGE_BYTES).read_to_end(&mut bytes));
    let answer: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    Some(answer.get("message")?.as_str()?.to_owned())
}
