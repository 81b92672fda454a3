//! A line's characters and controls, told apart (ECMA-48, and what terminals made of it).

/// One thing in a line of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A character to show.
    Character(char),
    /// SGR, with its parameters.
    Select(&'a str),
    /// "Erase in line": 0 to the end, 1 to the start, 2 all of it.
    Erase(u8),
    /// Back to the start of the line.
    Return,
    /// One to the left.
    Backspace,
    /// What follows links there; `None` ends it.
    Link(Option<&'a str>),
}

/// Reads a line, without its end.
pub struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Starts at the line's start.
    pub const fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    /// After `ESC`: the token that the sequence is, if it is one for us. The whole sequence is consumed.
    fn sequence(&mut self) -> Option<Token<'a>> {
        let kind = self.rest.chars().next()?;
        match kind {
            '[' => {
                self.rest = &self.rest[1..];
                self.control()
            }
            // Operating system command, device control, start of string, privacy message, application program command.
            ']' | 'P' | 'X' | '^' | '_' => {
                let (body, rest) = string(&self.rest[1..])?;
                self.rest = rest;
                if kind == ']' { link(body) } else { None }
            }
            _ => {
                let intermediate = self.span(|c| (' '..='/').contains(&c));
                self.rest = &self.rest[intermediate.len()..];
                if let Some(last) = self.rest.chars().next().filter(|c| ('0'..='~').contains(c)) {
                    self.rest = &self.rest[last.len_utf8()..];
                }
                None
            }
        }
    }

    /// After `ESC [`.
    fn control(&mut self) -> Option<Token<'a>> {
        let parameters = self.span(|c| ('0'..='?').contains(&c));
        self.rest = &self.rest[parameters.len()..];
        let intermediate = self.span(|c| (' '..='/').contains(&c));
        self.rest = &self.rest[intermediate.len()..];
        // Anything else breaks the sequence off, and is itself again.
        let last = self.rest.chars().next().filter(|c| ('@'..='~').contains(c))?;
        self.rest = &self.rest[1..];
        match (last, intermediate) {
            ('m', "") if !parameters.starts_with(['<', '=', '>', '?']) => Some(Token::Select(parameters)),
            ('K', "") => Some(Token::Erase(parameters.parse().unwrap_or(0))),
            _ => None,
        }
    }

    fn span(&self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        &self.rest[..end]
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let next = self.rest.chars().next()?;
            self.rest = &self.rest[next.len_utf8()..];
            match next {
                '\u{1b}' => {
                    if let Some(token) = self.sequence() {
                        return Some(token);
                    }
                }
                '\r' => return Some(Token::Return),
                '\u{8}' => return Some(Token::Backspace),
                '\t' => return Some(Token::Character('\t')),
                control if control.is_control() => {}
                character => return Some(Token::Character(character)),
            }
        }
    }
}

/// The body of a string sequence and what follows it. `None` when it never ends: then it is text.
fn string(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['\u{7}', '\u{1b}', '\u{9c}'])?;
    let (body, rest) = text.split_at(end);
    let rest = match rest.strip_prefix('\u{1b}') {
        // `ESC \` ends it; any other escape breaks it off, and is itself again.
        Some(after) => after.strip_prefix('\\').unwrap_or(rest),
        None => rest.strip_prefix(['\u{7}', '\u{9c}']).unwrap_or(rest),
    };
    Some((body, rest))
}

/// `8;parameters;address`, where the address is one that a browser may follow.
fn link(body: &str) -> Option<Token<'_>> {
    let (_, address) = body.strip_prefix("8;")?.split_once(';')?;
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let allowed = matches!(scheme.as_deref(), Some("http" | "https")) && !address.contains(char::is_control);
    Some(Token::Link(allowed.then_some(address)))
}
