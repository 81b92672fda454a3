//! Texts with `<< … >>` in them.

/// A text with `<< … >>` in it, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) pieces: Vec<Piece>,
}

/// A part of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Stays as it is.
    Text(String),
    /// `<< … >>`
    Value(TemplateCode),
    /// `<<# name >> … <</ name >>`: stays when the value counts as true; with `<<^`, when it does not.
    Section { name: TemplateCode, inverted: bool, body: Vec<Piece> },
}

/// What stands between `<<` and `>>`, without the white space around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateCode {
    pub(crate) text: String,
    /// Which `<<` of the whole text, escaped ones included, this is: the first is 0.
    pub(crate) index: usize,
}

/// What is wrong with such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateError {
    pub(crate) message: String,
    pub(crate) help: &'static str,
    /// Which `<<` it is.
    pub(crate) index: usize,
}

/// Sections within sections.
const MAX_DEPTH: usize = 50;

impl Template {
    /// Whether there is anything to take apart.
    pub(crate) fn is_needed(text: &str) -> bool {
        text.contains("<<")
    }

    /// Takes a text apart.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut open: Vec<(TemplateCode, bool, Vec<Piece>)> = Vec::new();
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        let mut index = 0;
        while let Some(at) = rest.find("<<") {
            let (before, after) = (&rest[..at], &rest[at + 2..]);
            if let Some(before) = before.strip_suffix('\\') {
                // `\<<` is how a literal `<<` is written; a third `<` belongs to it: `\<<<`.
                plain.push_str(before);
                plain.push_str("<<");
                rest = after;
                if let Some(after) = rest.strip_prefix('<') {
                    plain.push('<');
                    rest = after;
                }
                index += 1;
                continue;
            }
            plain.push_str(before);
            let Some(length) = close(after) else {
                return Err(TemplateError {
                    message: "`<<` is opened and never closed".to_owned(),
                    help: "close it with `>>`; to keep it as text (a shell heredoc), write `\\<<`",
                    index,
                });
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            let inner = after[..length].trim();
            rest = &after[length + 2..];
            let code = |text: &str| TemplateCode { text: text.trim().to_owned(), index };
            if let Some(name) = inner.strip_prefix(['#', '^']) {
                if open.len() >= MAX_DEPTH {
                    let message = "sections are nested too deeply".to_owned();
                    return Err(TemplateError { message, help: "use fewer of them", index });
                }
                open.push((code(name), inner.starts_with('^'), std::mem::take(&mut pieces)));
            } else if let Some(name) = inner.strip_prefix('/') {
                match open.pop() {
                    Some((start, inverted, before)) if start.text == name.trim() => {
                        let body = std::mem::replace(&mut pieces, before);
                        pieces.push(Piece::Section { name: start, inverted, body });
                    }
                    _ => {
                        let message = format!("`<</ {} >>` ends a section that is not open here", name.trim());
                        return Err(TemplateError {
                            message,
                            help: "begin it with `<<# name >>` or `<<^ name >>`",
                            index,
                        });
                    }
                }
            } else {
                pieces.push(Piece::Value(code(inner)));
            }
            index += 1;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        match open.pop() {
            None => Ok(Self { pieces }),
            Some((TemplateCode { text, index }, ..)) => Err(TemplateError {
                message: format!("the section `<<# {text} >>` is never ended"),
                help: "end it with `<</ name >>`",
                index,
            }),
        }
    }

    /// The code of a text that is one `<< … >>` and nothing else: its value keeps its type.
    pub(crate) fn whole(&self) -> Option<&TemplateCode> {
        let mut found = None;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Value(code) if found.is_none() => found = Some(code),
                Piece::Text(_) | Piece::Value(_) | Piece::Section { .. } => return None,
            }
        }
        found
    }
}

/// Where the `>>` is that closes; one in a quoted text does not, unless no other does.
fn close(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quoted) = (0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'<' if !quoted && bytes[at..].starts_with(b"<<") => break,
            b'>' if !quoted && bytes[at..].starts_with(b">>") => return Some(at),
            _ => {}
        }
        at += 1;
    }
    text.find(">>")
}
