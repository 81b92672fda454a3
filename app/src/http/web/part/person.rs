//! A person, with initials in a disc.

use askama::Template;
use model::trigger::Actor;

/// A person, with initials in a disc of a colour that stays theirs.
#[derive(Clone, Debug, Template)]
#[template(path = "part/who.html")]
pub struct Person {
    name: String,
    initials: String,
    tint: u32,
}

impl askama::filters::HtmlSafe for Person {}

impl Person {
    /// Who did it: the commit's author where it is known, else the login. `None` when nobody is known.
    pub fn new(actor: &Actor, author: Option<&str>) -> Option<Self> {
        let name = author.filter(|name| !name.trim().is_empty()).unwrap_or(&actor.login);
        if name.trim().is_empty() {
            return None;
        }
        let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let first = |word: Option<&&str>| word.and_then(|word| word.chars().next());
        let last = if words.len() > 1 { first(words.last()) } else { None };
        let initials = first(words.first()).into_iter().chain(last).flat_map(char::to_uppercase).collect();
        let sum = name.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Some(Self { name: name.to_owned(), initials, tint: sum % 7 })
    }
}
