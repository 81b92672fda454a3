//! Regular expressions as Java reads them, matched against the whole text, on a strict budget.

/// Steps of look-around before a match is given up, which counts as no match.
const BACKTRACK_LIMIT: usize = 10_000;
/// Memory of a compiled pattern.
const SIZE_LIMIT: usize = 256 << 10;
/// A longer pattern is refused.
const MAX_BYTES: usize = 8192;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// Matched in linear time.
    Plain(regex::Regex),
    /// With look-around or back-references.
    Fancy(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// Compiles a pattern.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        if pattern.len() > MAX_BYTES {
            return Err(format!("it is longer than {MAX_BYTES} bytes"));
        }
        let whole = format!(r"\A(?:{})\z", translate(pattern));
        let plain = regex::RegexBuilder::new(&whole).size_limit(SIZE_LIMIT).build();
        match plain {
            Ok(regex) => Ok(Self::Plain(regex)),
            Err(regex::Error::CompiledTooBig(_)) => Err("it is too large".to_owned()),
            Err(_) => fancy_regex::RegexBuilder::new(&whole)
                .backtrack_limit(BACKTRACK_LIMIT)
                .delegate_size_limit(SIZE_LIMIT)
                .build()
                .map(|regex| Self::Fancy(Box::new(regex)))
                .map_err(|error| last_line(&error.to_string())),
        }
    }

    /// A pattern that nothing matches: stands in for one that cannot be read.
    pub(crate) fn never() -> Self {
        Self::Plain(regex::Regex::new("[^\\s\\S]").expect("the empty class is a valid pattern"))
    }

    /// Whether the whole text matches. A match that costs too much is none.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Plain(regex) => regex.is_match(text),
            Self::Fancy(regex) => regex.is_match(text).unwrap_or(false),
        }
    }
}

/// The sentence at the end of the engine's report.
fn last_line(error: &str) -> String {
    let line = error.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(error).trim();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    // Positions are those of the pattern as the engine sees it, not as it was written.
    let line = line
        .strip_prefix("Parsing error at position ")
        .and_then(|rest| rest.split_once(": "))
        .map_or(line, |(_, why)| why);
    let mut chars = line.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Names of Java's classes that Rust spells otherwise.
const CLASSES: [(&str, &str); 14] = [
    ("Digit", "0-9"),
    ("Alpha", "a-zA-Z"),
    ("Alnum", "a-zA-Z0-9"),
    ("Lower", "a-z"),
    ("Upper", "A-Z"),
    ("XDigit", "0-9a-fA-F"),
    ("Space", r"\t\n\x0B\f\r "),
    ("Blank", r" \t"),
    ("Punct", r##"!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~"##),
    ("Graph", r"\x21-\x7E"),
    ("Print", r"\x20-\x7E"),
    ("Cntrl", r"\x00-\x1F\x7F"),
    ("ASCII", r"\x00-\x7F"),
    ("IsAlphabetic", r"\p{Alphabetic}"),
];

/// Java's spelling to Rust's: `\p{Digit}`, `\h`, `\Q…\E`, `\Z`, ASCII `\d`, `\w`, `\s`, and escapes that mean nothing.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut class_depth = 0_u32;
    while let Some(char) = rest.chars().next() {
        if char != '\\' {
            match char {
                '[' => class_depth += 1,
                // In a class of Rust's, two of these take away; in one of Java's they are what they are.
                '-' | '~' if class_depth > 0 && out.ends_with(char) => out.push('\\'),
                ']' => class_depth = class_depth.saturating_sub(1),
                _ => {}
            }
            out.push(char);
            rest = &rest[char.len_utf8()..];
            continue;
        }
        rest = &rest[1..];
        let Some(escaped) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        rest = &rest[escaped.len_utf8()..];
        let in_class = class_depth > 0;
        match escaped {
            'd' => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
            'w' => out.push_str(if in_class { "a-zA-Z0-9_" } else { "[a-zA-Z0-9_]" }),
            's' => out.push_str(if in_class { r"\t\n\x0B\f\r " } else { r"[\t\n\x0B\f\r ]" }),
            'h' => out.push_str(if in_class { r" \t\xA0" } else { r"[ \t\xA0]" }),
            'D' => out.push_str("[^0-9]"),
            'W' => out.push_str("[^a-zA-Z0-9_]"),
            'S' => out.push_str(r"[^\t\n\x0B\f\r ]"),
            'Z' => out.push_str(r"\z"),
            'e' => out.push_str(r"\x1B"),
            'p' | 'P' if rest.starts_with('{') => {
                // One that is not closed is the engine's to refuse.
                let Some((name, after)) = rest[1..].split_once('}') else {
                    out.extend(['\\', escaped]);
                    continue;
                };
                let name = name.strip_prefix("java").unwrap_or(name);
                match CLASSES.iter().find(|(java, _)| *java == name) {
                    Some((_, class)) if escaped == 'P' => out.push_str(&format!("[^{class}]")),
                    Some((_, class)) if in_class => out.push_str(class),
                    Some((_, class)) => out.push_str(&format!("[{class}]")),
                    None => {
                        let name = name.strip_prefix("Is").or_else(|| name.strip_prefix("In")).unwrap_or(name);
                        out.push_str(&format!("\\{escaped}{{{name}}}"));
                    }
                }
                rest = after;
            }
            'Q' => {
                let end = rest.find("\\E").unwrap_or(rest.len());
                out.push_str(&regex::escape(&rest[..end]));
                rest = rest.get(end + 2..).unwrap_or_default();
            }
            // Java allows a backslash before everything that is not a letter; Rust only before what it knows.
            other if !other.is_ascii_alphanumeric() => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
            other => out.extend(['\\', other]),
        }
    }
    out
}
