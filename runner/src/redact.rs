//! Masks secrets in a stream of bytes, wherever the stream is cut into chunks.
//!
//! A secret shows up in more than one dress: as it is, line by line, and encoded (base64, hexadecimal, percent, JSON).
//! Each of these is a *needle*. Every stretch that occurrences of needles cover becomes [`MASK`], and overlapping
//! occurrences become one. Bytes are only held back while they could be the beginning of a needle, so that a live log is
//! not delayed, and what comes out depends on nothing but the bytes that go in: masking the same log again after a
//! restart gives the same bytes.

use self::needle::Needles;

mod needle;

/// Stands where a secret stood.
pub const MASK: &[u8] = b"****";

/// What to look for: built once for a task, shared by the [`Redactor`]s of its logs.
#[derive(Debug)]
pub struct Secrets {
    needles: Needles,
}

impl Secrets {
    /// Prepares values. Those shorter than 4 bytes are passed over: masking `a` would make a log unreadable.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        Self { needles: Needles::new(values) }
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Masks a whole text.
    pub fn mask(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        let mut masked = Vec::with_capacity(text.len());
        let mut redactor = Redactor::default();
        redactor.push(self, text.as_bytes(), &mut masked);
        redactor.finish(self, &mut masked);
        String::from_utf8_lossy(&masked).into_owned()
    }
}

/// Masks one stream.
#[derive(Debug, Default)]
pub struct Redactor {
    /// Bytes that came in and of which it is not known yet whether a needle begins there.
    held: Vec<u8>,
    /// So many bytes at the beginning of `held` are covered by an occurrence whose mask is out already.
    covered: usize,
}

impl Redactor {
    /// Takes a chunk and appends what is certain by now to `out`.
    pub fn push(&mut self, secrets: &Secrets, chunk: &[u8], out: &mut Vec<u8>) {
        if secrets.is_empty() {
            out.extend_from_slice(chunk);
        } else if self.held.is_empty() {
            let rest = self.scan(&secrets.needles, chunk, false, out);
            self.held.extend_from_slice(&chunk[rest..]);
        } else {
            let mut text = std::mem::take(&mut self.held);
            text.extend_from_slice(chunk);
            let rest = self.scan(&secrets.needles, &text, false, out);
            text.drain(..rest);
            self.held = text;
        }
    }

    /// The stream has ended: what was held back is no beginning of anything.
    pub fn finish(&mut self, secrets: &Secrets, out: &mut Vec<u8>) {
        let text = std::mem::take(&mut self.held);
        let rest = self.scan(&secrets.needles, &text, true, out);
        debug_assert_eq!(rest, text.len(), "at the end every byte is certain");
        self.covered = 0;
    }

    /// How many bytes are held back.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Masks `text` up to the first byte that is uncertain, and returns its index.
    fn scan(&mut self, needles: &Needles, text: &[u8], last: bool, out: &mut Vec<u8>) -> usize {
        // From here on a needle may begin that `text` does not hold to its end.
        let border = if last { text.len() } else { text.len().saturating_sub(needles.longest().saturating_sub(1)) };
        let mut covered = std::mem::take(&mut self.covered);
        // Everything before `plain` is out.
        let mut plain = covered.min(text.len());
        let mut at = 0;
        // The first uncertain place, searched for when the search for needles comes so far.
        let mut stop = None;
        loop {
            let candidate = needles.next_candidate(text, at);
            if candidate.is_none_or(|start| start >= border) && stop.is_none() {
                stop = Some(if last { text.len() } else { needles.next_beginning(text, border).unwrap_or(text.len()) });
            }
            let Some(start) = candidate.filter(|start| stop.is_none_or(|stop| *start < stop)) else {
                let rest = stop.unwrap_or(text.len());
                if rest > plain {
                    out.extend_from_slice(&text[plain..rest]);
                }
                self.covered = covered.saturating_sub(rest);
                return rest;
            };
            if let Some(length) = needles.longest_at(&text[start..]) {
                if start >= covered {
                    out.extend_from_slice(&text[plain..start]);
                    out.extend_from_slice(MASK);
                }
                covered = covered.max(start + length);
                plain = covered;
            }
            at = start + 1;
        }
    }
}
