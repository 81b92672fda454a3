//! The needles: every dress of every secret, and fast answers to "does one begin here?".
//!
//! A needle of ten bytes holds seven groups of four, so a look at every seventh group of a text misses none of them (the idea
//! of Wu and Manber): a filter of bits over hashes of such groups rejects almost every stretch of an ordinary log at once.
//! Where it does not, a second filter says at which places needles may begin, and the sorted list of needles decides. All of it
//! is built in milliseconds for hundreds of secrets, takes a few bytes for each byte of needle, and, unlike an automaton, tells
//! at the end of a chunk which suffix is the beginning of a needle.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};

/// Raw values shorter than this are not masked; so every needle has at least so many bytes.
const SHORTEST: usize = 4;
/// What PEM puts around a key. It is the same for all keys, and no secret.
const ARMOUR: &[u8] = b"-----";
/// Values are looked for in encoded form from this length on.
const SHORTEST_ENCODED: usize = 8;

/// The bytes of a group.
const GROUP: usize = SHORTEST;
/// Groups are looked at this far from one another at most: beyond that the filter grows faster than the looks become fewer.
const LONGEST_STRIDE: usize = 8;

/// Odd, and without a pattern: the upper bits of a product with one are a hash.
const FACTORS: [u32; 2] = [0x9E37_79B1, 0x85EB_CA77];

#[derive(Debug)]
pub(super) struct Needles {
    /// In the order of their bytes, each once.
    sorted: Vec<Vec<u8>>,
    /// For each needle the longest other one that it begins with.
    parent: Vec<Option<usize>>,
    /// The groups that needles begin with.
    beginnings: Filter,
    /// The first groups of needles, as many of each as the stride is long.
    groups: Filter,
    /// Any so many places next to one another hold the first byte of a group of every needle that begins at the first of them.
    stride: usize,
    longest: usize,
}

impl Needles {
    pub(super) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sorted: Vec<Vec<u8>> = values.into_iter().flat_map(dresses).collect();
        sorted.retain(|needle| needle.len() >= SHORTEST);
        sorted.sort_unstable();
        sorted.dedup();
        let mut parent: Vec<Option<usize>> = Vec::with_capacity(sorted.len());
        for (index, needle) in sorted.iter().enumerate() {
            // What a needle begins with is before it in the order, and everything between begins with that too.
            let mut candidate = index.checked_sub(1);
            while let Some(other) = candidate.filter(|other| !needle.starts_with(&sorted[*other])) {
                candidate = parent[other];
            }
            parent.push(candidate);
        }
        let shortest = sorted.iter().map(Vec::len).min().unwrap_or(SHORTEST);
        let stride = (shortest - GROUP + 1).min(LONGEST_STRIDE);
        let (mut beginnings, mut groups) = (Filter::new(sorted.len()), Filter::new(sorted.len() * stride));
        for needle in &sorted {
            beginnings.insert(needle);
            needle.windows(GROUP).take(stride).for_each(|group| groups.insert(group));
        }
        let longest = sorted.iter().map(Vec::len).max().unwrap_or(0);
        Self { sorted, parent, beginnings, groups, stride, longest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Length of the longest needle.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// A place from `at` on where a needle may begin: none that `text` holds to its end begins between the two.
    #[inline]
    pub(super) fn next_candidate(&self, text: &[u8], at: usize) -> Option<usize> {
        let mut from = at;
        loop {
            // The needles that begin at one of `stride` places have a group that begins at the last of them.
            let rest = text.get(from + self.stride - 1..)?;
            let hit = rest.windows(GROUP).step_by(self.stride).position(|group| self.groups.may_have(group))?;
            from += hit * self.stride;
            let mut places = from..from + self.stride;
            if let Some(place) = places.find(|place| self.beginnings.may_have(&text[*place..])) {
                return Some(place);
            }
            from += self.stride;
        }
    }

    /// The first place from `from` on where the text ends within what may become a needle: a proper prefix of one.
    pub(super) fn next_beginning(&self, text: &[u8], from: usize) -> Option<usize> {
        (from..text.len()).find(|at| {
            let rest = &text[*at..];
            // The last three bytes are too few for the filter.
            (rest.len() < GROUP || self.beginnings.may_have(rest)) && self.is_beginning(rest)
        })
    }

    /// The length of the longest needle that `text` begins with.
    pub(super) fn longest_at(&self, text: &[u8]) -> Option<usize> {
        let mut candidate = self.sorted.partition_point(|needle| needle.as_slice() <= text).checked_sub(1);
        while let Some(index) = candidate {
            let needle = &self.sorted[index];
            if text.starts_with(needle) {
                return Some(needle.len());
            }
            candidate = self.parent[index];
        }
        None
    }

    /// Whether a needle begins with the whole of `text` and goes on after it.
    fn is_beginning(&self, text: &[u8]) -> bool {
        let next = self.sorted.partition_point(|needle| needle.as_slice() <= text);
        self.sorted.get(next).is_some_and(|needle| needle.starts_with(text))
    }
}

/// A set of groups that never denies one that it has. One bit for each hash, and two hashes, for two independent opinions.
#[derive(Debug)]
struct Filter {
    bits: Vec<u64>,
    shift: u32,
}

impl Filter {
    /// Room for so many: 64 bits for each, two of them set, so that about one place in a thousand passes by chance.
    fn new(count: usize) -> Self {
        let bits = (count * 64).next_power_of_two().clamp(1 << 12, 1 << 20);
        Self { bits: vec![0; bits / 64], shift: 32 - bits.trailing_zeros() }
    }

    /// Takes the first group of some bytes in.
    fn insert(&mut self, bytes: &[u8]) {
        for factor in FACTORS {
            let hash = hash(bytes, factor, self.shift);
            self.bits[hash / 64] |= 1 << (hash % 64);
        }
    }

    /// Whether the first group of some bytes may be in it.
    #[inline]
    fn may_have(&self, bytes: &[u8]) -> bool {
        FACTORS.iter().all(|factor| {
            let hash = hash(bytes, *factor, self.shift);
            self.bits[hash / 64] >> (hash % 64) & 1 == 1
        })
    }
}

#[inline]
fn hash(bytes: &[u8], factor: u32, shift: u32) -> usize {
    let word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    (word.wrapping_mul(factor) >> shift) as usize
}

/// Every form in which a value may show up.
fn dresses(value: &str) -> Vec<Vec<u8>> {
    let value = value.as_bytes();
    let mut needles = vec![value.to_vec(), value.trim_ascii().to_vec()];
    needles.extend(
        value
            .split(|byte| *byte == b'\n')
            .map(|line| line.trim_ascii().to_vec())
            .filter(|line| line.len() >= SHORTEST && line.len() < value.len() && !line.starts_with(ARMOUR)),
    );
    for value in [value, value.trim_ascii_end()] {
        if value.len() < SHORTEST_ENCODED {
            continue;
        }
        for alphabet in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            needles.extend((0..3).map(|before| base64(value, before, &alphabet)));
        }
        needles.push(value.iter().flat_map(|byte| hex(*byte, b"0123456789abcdef")).collect());
        needles.push(value.iter().flat_map(|byte| hex(*byte, b"0123456789ABCDEF")).collect());
        needles.extend([b"0123456789ABCDEF", b"0123456789abcdef"].map(|digits| percent(value, digits)));
    }
    needles.push(json(value));
    needles
}

/// The characters of base64 text that `value` alone decides when `before` bytes (0 to 2 more than a multiple of 3) stand
/// before it.
fn base64(value: &[u8], before: usize, alphabet: &impl Engine) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value);
    let (first, end) = ((8 * before).div_ceil(6), 8 * bytes.len() / 6);
    alphabet.encode(bytes).as_bytes()[first..end].to_vec()
}

fn hex(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]
}

/// Percent-encoded as in a query: everything but unreserved characters.
fn percent(value: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let mut text = Vec::with_capacity(value.len());
    for byte in value {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(*byte);
        } else {
            text.push(b'%');
            text.extend(hex(*byte, digits));
        }
    }
    text
}

/// As in a JSON string, without the quotes.
fn json(value: &[u8]) -> Vec<u8> {
    let text = serde_json::Value::from(String::from_utf8_lossy(value)).to_string();
    text.as_bytes()[1..text.len() - 1].to_vec()
}
