//! Words of an expression to a tree.

use super::ExpressionError;
use super::token::{Operator, Token, TokenKind, tokens};

/// Parentheses and negations within one another.
const MAX_DEPTH: u32 = 100;
/// A longer expression is refused.
const MAX_CHARS: usize = 8192;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    pub(crate) kind: ExpressionKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExpressionKind {
    Name(String),
    Text(String),
    Int(i64),
    Bool(bool),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare(Operator, Box<Expression>, Box<Expression>),
    Matches(Box<Expression>, String),
}

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Expression, ExpressionError> {
    if text.len() > MAX_CHARS {
        let message = format!("an expression has at most {MAX_CHARS} characters");
        return Err(ExpressionError::syntax(text, 0, 0, message, ""));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let expression = parser.or()?;
    match &parser.peek().kind {
        TokenKind::End => Ok(expression),
        TokenKind::Close => Err(parser.unexpected("nothing is open here that it could close", "")),
        _ => {
            Err(parser
                .unexpected("an operator must stand before this", "join with `and` or `or`, or compare with `==`"))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn unexpected(&self, message: &str, help: &str) -> ExpressionError {
        let Token { start, end, .. } = *self.peek();
        ExpressionError::syntax(self.text, start, end, message, help)
    }

    fn or(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.and()?;
        while self.peek().kind == TokenKind::Or {
            self.next();
            let right = self.and()?;
            left = join(left, right, ExpressionKind::Or);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.compare()?;
        while self.peek().kind == TokenKind::And {
            self.next();
            let right = self.compare()?;
            left = join(left, right, ExpressionKind::And);
        }
        Ok(left)
    }

    fn compare(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.unary()?;
        loop {
            if let TokenKind::Operator(operator) = self.peek().kind {
                self.next();
                let right = self.unary()?;
                left = join(left, right, |left, right| ExpressionKind::Compare(operator, left, right));
            } else if self.peek().kind == TokenKind::Matches {
                self.next();
                let TokenKind::Pattern(pattern) = self.peek().kind.clone() else {
                    let help = "write it between slashes: `matches /v.*/`";
                    return Err(self.unexpected("`matches` takes a pattern", help));
                };
                let end = self.next().end;
                let start = left.start;
                left = Expression { kind: ExpressionKind::Matches(Box::new(left), pattern), start, end };
            } else {
                return Ok(left);
            }
        }
    }

    fn unary(&mut self) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unexpected("the expression is too deep", ""));
        }
        let token = self.peek().clone();
        let expression = match token.kind {
            TokenKind::Not => {
                self.next();
                let operand = self.unary()?;
                let end = operand.end;
                Expression { kind: ExpressionKind::Not(Box::new(operand)), start: token.start, end }
            }
            TokenKind::Open => {
                self.next();
                let inner = self.or()?;
                if self.peek().kind != TokenKind::Close {
                    return Err(self.unexpected("a `)` is missing", ""));
                }
                let end = self.next().end;
                Expression { start: token.start, end, ..inner }
            }
            TokenKind::Name(name) => self.leaf(ExpressionKind::Name(name)),
            TokenKind::Text(text) => self.leaf(ExpressionKind::Text(text)),
            TokenKind::Int(number) => self.leaf(ExpressionKind::Int(number)),
            TokenKind::True => self.leaf(ExpressionKind::Bool(true)),
            TokenKind::False => self.leaf(ExpressionKind::Bool(false)),
            TokenKind::End => return Err(self.unexpected("a value is missing at the end", "")),
            TokenKind::Pattern(_)
            | TokenKind::Close
            | TokenKind::And
            | TokenKind::Or
            | TokenKind::Operator(_)
            | TokenKind::Matches => {
                return Err(self.unexpected("a value is missing before this", ""));
            }
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn leaf(&mut self, kind: ExpressionKind) -> Expression {
        let Token { start, end, .. } = self.next();
        Expression { kind, start, end }
    }
}

fn join(
    left: Expression,
    right: Expression,
    kind: impl FnOnce(Box<Expression>, Box<Expression>) -> ExpressionKind,
) -> Expression {
    let (start, end) = (left.start, right.end);
    Expression { kind: kind(Box::new(left), Box::new(right)), start, end }
}
