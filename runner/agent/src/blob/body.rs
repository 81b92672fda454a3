//! Bodies: chunked on the way out; chunked, of a known length, or until the end on the way in.

use std::io::{self, BufRead, BufReader, Read, Write};

use super::connection::Connection;

/// How much goes into one chunk.
const CHUNK_BYTES: usize = 64 << 10;

/// The longest line of a head.
const LONGEST_LINE: u64 = 16 << 10;

/// Writes a chunked body. It counts for the server only after [`Chunks::end`].
pub struct Chunks<'a, 'w> {
    connection: &'a Connection<'w>,
    buffer: Vec<u8>,
}

impl<'a, 'w> Chunks<'a, 'w> {
    /// Begins.
    pub fn new(connection: &'a Connection<'w>) -> Self {
        Self { connection, buffer: Vec::with_capacity(CHUNK_BYTES) }
    }

    fn send(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            let mut connection = self.connection;
            write!(connection, "{:x}\r\n", self.buffer.len())?;
            connection.write_all(&self.buffer)?;
            connection.write_all(b"\r\n")?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Ends the body.
    ///
    /// # Errors
    /// The connection broke.
    pub fn end(mut self) -> io::Result<()> {
        self.send()?;
        let mut connection = self.connection;
        connection.write_all(b"0\r\n\r\n")
    }
}

impl Write for Chunks<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK_BYTES - self.buffer.len();
        let count = bytes.len().min(room);
        self.buffer.extend_from_slice(&bytes[..count]);
        if self.buffer.len() == CHUNK_BYTES {
            self.send()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How an answer's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// After so many bytes.
    Bytes(u64),
    /// After so many bytes of this chunk, and those that follow.
    Chunks(u64),
    /// With the connection.
    Open,
}

/// Reads an answer's body.
pub struct Body<'a, 'w> {
    reader: BufReader<&'a Connection<'w>>,
    left: Length,
    begun: bool,
}

impl<'a, 'w> Body<'a, 'w> {
    /// Reads a body from where the head ended.
    pub fn new(reader: BufReader<&'a Connection<'w>>, left: Length) -> Self {
        Self { reader, left, begun: false }
    }

    /// The size of the next chunk.
    fn next_chunk(&mut self) -> io::Result<u64> {
        if self.begun {
            line(&mut self.reader)?;
        }
        self.begun = true;
        let size = line(&mut self.reader)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16).map_err(|_| self.cut("the answer's chunks cannot be read"))?;
        if size == 0 {
            while !line(&mut self.reader)?.is_empty() {}
            self.left = Length::Bytes(0);
        }
        Ok(size)
    }

    fn cut(&self, why: &str) -> io::Error {
        self.reader.get_ref().broke(io::Error::new(io::ErrorKind::ConnectionAborted, why))
    }
}

impl Read for Body<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = match self.left {
            Length::Open => return self.reader.read(buffer),
            Length::Bytes(left) => left,
            Length::Chunks(0) => match self.next_chunk()? {
                0 => return Ok(0),
                size => {
                    self.left = Length::Chunks(size);
                    size
                }
            },
            Length::Chunks(left) => left,
        };
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.reader.read(&mut buffer[..wanted])?;
        if count == 0 {
            return Err(self.cut("the answer ended too early"));
        }
        let left = left - count as u64;
        self.left = match self.left {
            Length::Bytes(_) => Length::Bytes(left),
            Length::Chunks(_) => Length::Chunks(left),
            Length::Open => Length::Open,
        };
        Ok(count)
    }
}

/// Reads a line of a head, without its end.
///
/// # Errors
/// It is too long, or the connection broke.
pub fn line(reader: &mut BufReader<&Connection<'_>>) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "the answer ended too early");
        return Err(reader.get_ref().broke(cut));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
