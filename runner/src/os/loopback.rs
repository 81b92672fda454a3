//! The way of a job to its runner where there are no Unix sockets to rely on: a port of 127.0.0.1. In the place of the socket
//! there is a file with the port and a secret (`model::agent`), which only who may read the spool can know; whoever does not
//! say it first is turned away.

use std::{fs, io, path::Path, time::Duration};

use sha2::{Digest, Sha256};
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;
use uuid::Uuid;

/// A connection from a job.
pub(crate) type Stream = TcpStream;

/// How long somebody may take to say the secret.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that have said it and are not taken yet.
const WAITING: usize = 16;

/// Where jobs come to.
#[derive(Debug)]
pub(crate) struct Listener {
    accepted: tokio::sync::Mutex<mpsc::Receiver<TcpStream>>,
    _task: AbortOnDropHandle<()>,
}

impl Listener {
    /// Listens, and puts the file `name` into the spool of a task's directory.
    pub(crate) fn open(directory: &Path, name: &str) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let listener = TcpListener::from_std(listener)?;
        // 244 bits that nobody can guess.
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let draft = directory.join(name);
        fs::write(&draft, format!("{port}\n{secret}\n"))?;
        fs::rename(draft, directory.join("spool").join(name))?;
        let (sender, accepted) = mpsc::channel(WAITING);
        let task = tokio::spawn(accept_all(listener, format!("{secret}\n"), sender));
        Ok(Self { accepted: accepted.into(), _task: AbortOnDropHandle::new(task) })
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        self.accepted.lock().await.recv().await.ok_or_else(|| io::Error::other("nobody listens any more"))
    }
}

async fn accept_all(listener: TcpListener, secret: String, sender: mpsc::Sender<TcpStream>) {
    loop {
        match listener.accept().await {
            Ok((mut stream, _)) => {
                let (secret, sender) = (secret.clone(), sender.clone());
                tokio::spawn(async move {
                    if tokio::time::timeout(PATIENCE, knows(&mut stream, &secret)).await.unwrap_or(false) {
                        drop(sender.send(stream).await);
                    }
                });
            }
            Err(error) => {
                debug!("A connection from a job could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Whether it says the secret. The digests are compared, so that the time that it takes tells nothing.
async fn knows(stream: &mut TcpStream, secret: &str) -> bool {
    let mut said = vec![0; secret.len()];
    stream.read_exact(&mut said).await.is_ok() && Sha256::digest(&said) == Sha256::digest(secret)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::Listener;

    #[tokio::test]
    async fn only_who_knows_the_secret_comes_through() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("spool")).unwrap();
        let listener = Listener::open(directory.path(), "way").unwrap();
        let file = fs::read_to_string(directory.path().join("spool/way")).unwrap();
        let (port, secret) = file.split_once('\n').unwrap();
        let connect = || TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap()));

        let mut stranger = connect().await.unwrap();
        stranger.write_all(format!("{}\nhello", "0".repeat(secret.len() - 1)).as_bytes()).await.unwrap();
        // Turned away, in whichever manner the system does that.
        assert!(matches!(stranger.read(&mut [0; 1]).await, Ok(0) | Err(_)));

        let mut job = connect().await.unwrap();
        job.write_all(format!("{secret}hello").as_bytes()).await.unwrap();
        let mut accepted = listener.accept().await.unwrap();
        let mut said = [0; 5];
        accepted.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"hello");
    }
}
