//! Words of an expression.

use super::ExpressionError;

/// A word of an expression, with its place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Name(String),
    Text(String),
    Int(i64),
    True,
    False,
    Pattern(String),
    Open,
    Close,
    And,
    Or,
    Not,
    Operator(Operator),
    Matches,
    End,
}

/// What compares two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    StartsWith,
    Contains,
    AtLeast,
    Above,
    AtMost,
    Below,
}

impl Operator {
    /// As it is written.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::StartsWith => "starts-with",
            Self::Contains => "contains",
            Self::AtLeast => ">=",
            Self::Above => ">",
            Self::AtMost => "<=",
            Self::Below => "<",
        }
    }
}

/// A longer pattern is refused.
const MAX_PATTERN_CHARS: usize = 256;

/// Splits an expression into its words; the last is `End`.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        if char.is_whitespace() {
            at += char.len_utf8();
            continue;
        }
        let after_matches = matches!(tokens.last(), Some(Token { kind: TokenKind::Matches, .. }));
        let (kind, length) = match char {
            '(' => (TokenKind::Open, 1),
            ')' => (TokenKind::Close, 1),
            '"' => string(text, at)?,
            '/' if after_matches => pattern(text, at)?,
            '=' | '!' | '<' | '>' => symbol(text, at)?,
            '-' | '0'..='9' => number(text, at)?,
            'a'..='z' | 'A'..='Z' | '_' => word(&text[at..]),
            '\'' => {
                return Err(ExpressionError::syntax(
                    text,
                    at,
                    at + 1,
                    "texts stand in double quotes",
                    "write \"…\" instead of '…'",
                ));
            }
            '&' | '|' => {
                let help = "write `and` and `or` instead of `&&` and `||`";
                return Err(ExpressionError::syntax(text, at, at + 1, "there is no such operator", help));
            }
            _ => {
                return Err(ExpressionError::syntax(
                    text,
                    at,
                    at + char.len_utf8(),
                    "this character means nothing here",
                    "",
                ));
            }
        };
        tokens.push(Token { kind, start: at, end: at + length });
        at += length;
    }
    tokens.push(Token { kind: TokenKind::End, start: text.len(), end: text.len() });
    Ok(tokens)
}

fn symbol(text: &str, at: usize) -> Result<(TokenKind, usize), ExpressionError> {
    let operator = |operator, length| Ok((TokenKind::Operator(operator), length));
    match &text.as_bytes()[at..] {
        [b'=', b'=', ..] => operator(Operator::Equal, 2),
        [b'!', b'=', ..] => operator(Operator::NotEqual, 2),
        [b'>', b'=', ..] => operator(Operator::AtLeast, 2),
        [b'<', b'=', ..] => operator(Operator::AtMost, 2),
        [b'>', ..] => operator(Operator::Above, 1),
        [b'<', ..] => operator(Operator::Below, 1),
        [b'!', ..] => Ok((TokenKind::Not, 1)),
        _ => Err(ExpressionError::syntax(text, at, at + 1, "there is no such operator", "write `==` to compare")),
    }
}

fn word(rest: &str) -> (TokenKind, usize) {
    let length = rest
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.')))
        .unwrap_or(rest.len());
    let kind = match &rest[..length] {
        "and" | "AND" => TokenKind::And,
        "or" | "OR" => TokenKind::Or,
        "not" | "NOT" => TokenKind::Not,
        "true" => TokenKind::True,
        "false" => TokenKind::False,
        "starts-with" => TokenKind::Operator(Operator::StartsWith),
        "contains" => TokenKind::Operator(Operator::Contains),
        "matches" => TokenKind::Matches,
        name => TokenKind::Name(name.to_owned()),
    };
    (kind, length)
}

fn number(text: &str, at: usize) -> Result<(TokenKind, usize), ExpressionError> {
    let rest = &text[at..];
    let length = 1 + rest[1..]
        .find(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '.' | '_')))
        .unwrap_or(rest.len() - 1);
    let word = &rest[..length];
    if let Ok(number) = word.parse() {
        return Ok((TokenKind::Int(number), length));
    }
    let message = if word.strip_prefix('-').unwrap_or(word).bytes().all(|byte| byte.is_ascii_digit()) && word != "-" {
        "the number does not fit into 64 bits"
    } else {
        "this is not a whole number"
    };
    Err(ExpressionError::syntax(text, at, at + length, message, "put a text into double quotes"))
}

fn string(text: &str, at: usize) -> Result<(TokenKind, usize), ExpressionError> {
    let mut value = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((offset, char)) = chars.next() {
        match char {
            '"' => return Ok((TokenKind::Text(value), offset + 2)),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            char => value.push(char),
        }
    }
    Err(ExpressionError::syntax(text, at, text.len(), "the text is not closed", "close it with a double quote"))
}

fn pattern(text: &str, at: usize) -> Result<(TokenKind, usize), ExpressionError> {
    let mut value = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((offset, char)) = chars.next() {
        match char {
            '/' => {
                let end = at + offset + 2;
                if !value.is_ascii() || value.len() > MAX_PATTERN_CHARS {
                    let message = format!("a pattern has at most {MAX_PATTERN_CHARS} characters, all ASCII");
                    return Err(ExpressionError::syntax(text, at, end, message, ""));
                }
                return Ok((TokenKind::Pattern(value), offset + 2));
            }
            '\\' => match chars.next() {
                Some((_, '/')) => value.push('/'),
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            },
            char => value.push(char),
        }
    }
    Err(ExpressionError::syntax(text, at, text.len(), "the pattern is not closed", "close it with a `/`"))
}
