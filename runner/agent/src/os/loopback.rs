//! The way to the runner where there are no Unix sockets to rely on: a port of 127.0.0.1. In the place of the socket there is a
//! file with the port and a secret, which whoever connects says first (`model::agent`).

use std::{
    fs,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::Path,
    time::Duration,
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// A connection to the runner. A socket of Windows that has waited in vain must not be
/// read any more, so the waiting is not left to it: it is done before.
pub struct Stream {
    stream: TcpStream,
    patience: Duration,
}

/// Connects to the runner, and says the secret. Reading and writing wait for `patience` at a time.
///
/// # Errors
/// `NotFound`: there is no file; or nobody listens.
pub fn connect(file: &Path, patience: Duration) -> io::Result<Stream> {
    let text = fs::read_to_string(file)?;
    let mut lines = text.lines();
    let port = lines.next().and_then(|port| port.parse::<u16>().ok());
    let (Some(port), Some(secret)) = (port, lines.next()) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file that names the runner's port cannot be read"));
    };
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.write_all(format!("{secret}\n").as_bytes())?;
    stream.set_nonblocking(true)?;
    Ok(Stream { stream, patience })
}

/// Whether something waits to be read.
pub fn is_readable(stream: &Stream) -> bool {
    stream.wait(PollFlags::IN, Duration::ZERO)
}

impl Stream {
    fn wait(&self, what: PollFlags, time: Duration) -> bool {
        // No patience is so long that the system has no number for it.
        let Ok(time) = Timespec::try_from(time) else { return false };
        let mut look = [PollFd::new(&self.stream, what)];
        matches!(poll(&mut look, Some(&time)), Ok(1..))
    }

    fn patiently<T>(&self, what: PollFlags, mut once: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match once() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.wait(what, self.patience) => once(),
            done => done,
        }
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.patiently(PollFlags::IN, || (&self.stream).read(buffer))
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patiently(PollFlags::OUT, || (&self.stream).write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{ErrorKind, Read, Write},
        net::TcpListener,
        time::Duration,
    };

    use super::{connect, is_readable};

    #[test]
    fn the_secret_comes_first_and_nothing_is_waited_for_longer_than_patience() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("way");
        let patience = Duration::from_millis(1);
        let absent = connect(&file, patience).err().unwrap();
        assert_eq!(absent.kind(), ErrorKind::NotFound);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        fs::write(&file, format!("{}\nopen sesame\n", listener.local_addr().unwrap().port())).unwrap();

        let stream = connect(&file, patience).unwrap();
        let (mut runner, _) = listener.accept().unwrap();
        (&stream).write_all(b"GET").unwrap();
        let mut heard = [0; 15];
        runner.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"open sesame\nGET");
        let mut buffer = [0; 8];
        assert_eq!((&stream).read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(!is_readable(&stream));
        runner.write_all(b"200").unwrap();
        while !is_readable(&stream) {}
        assert_eq!((&stream).read(&mut buffer).unwrap(), 3);
        drop(runner);
        while !is_readable(&stream) {}
        assert_eq!((&stream).read(&mut buffer).unwrap(), 0, "the end is one");
    }
}
