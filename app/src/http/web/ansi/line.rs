//! A line as a terminal would have drawn it.

use std::rc::Rc;

use super::{
    style::Style,
    token::{Token, Tokens},
};
use crate::http::page::{Html, escape};

/// How many characters of a line are shown. The raw log has all of them.
const MOST_CELLS: usize = 10_000;

/// How many bytes of a line are looked at: enough for a progress bar that redraws itself for a long time.
const MOST_BYTES: usize = 1 << 18;

/// A rendered line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its HTML: text, `<b class>` and `<a href rel>`, nothing else.
    pub html: Html,
    /// Its text, as it is shown.
    pub text: String,
}

/// Renders the lines of a log in their order: colours stay on until something turns them off.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    style: Style,
    link: Option<Rc<str>>,
}

#[derive(Clone, Debug)]
struct Cell {
    character: char,
    style: Style,
    link: Option<Rc<str>>,
}

impl Renderer {
    /// Goes on with what an earlier one had selected.
    pub const fn resume(style: Style) -> Self {
        Self { style, link: None }
    }

    /// What is selected now.
    pub const fn style(&self) -> Style {
        self.style
    }

    /// The next line, without its `\n`. The start of an unfinished one may be rendered by a clone.
    pub fn line(&mut self, bytes: &[u8]) -> Line {
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let (bytes, mut cut) = match bytes.len() {
            0..=MOST_BYTES => (bytes, false),
            length if bytes.contains(&b'\r') => (&bytes[length - MOST_BYTES..], false),
            _ => (&bytes[..MOST_BYTES], true),
        };
        let text = String::from_utf8_lossy(bytes);
        let mut cells: Vec<Cell> = Vec::new();
        let mut column = 0;
        for token in Tokens::new(&text) {
            match token {
                Token::Character(character) => {
                    let cell = Cell { character, style: self.style, link: self.link.clone() };
                    if column < cells.len() {
                        cells[column] = cell;
                    } else if column < MOST_CELLS {
                        cells.push(cell);
                    } else {
                        cut = true;
                    }
                    column = (column + 1).min(MOST_CELLS);
                }
                Token::Select(parameters) => self.style.select(parameters),
                Token::Erase(0) => cells.truncate(column),
                Token::Erase(1) => cells.iter_mut().take(column + 1).for_each(Cell::clear),
                Token::Erase(_) => cells.iter_mut().for_each(Cell::clear),
                Token::Return => column = 0,
                Token::Backspace => column = column.saturating_sub(1),
                Token::Link(address) => self.link = address.map(Rc::from),
            }
        }
        // What was erased at the end is not there.
        while cells.last().is_some_and(|cell| cell.character == '\0') {
            cells.pop();
        }
        draw(&cells, cut)
    }
}

impl Cell {
    /// Empties it. No program can print this character: controls never become cells.
    fn clear(&mut self) {
        *self = Self { character: '\0', style: Style::default(), link: None };
    }
}

fn draw(cells: &[Cell], cut: bool) -> Line {
    let mut html = String::new();
    let mut text = String::new();
    for of_link in cells.chunk_by(|a, b| a.link == b.link) {
        let link = of_link.first().and_then(|cell| cell.link.as_deref());
        if let Some(address) = link {
            html.push_str("<a href=\"");
            escape(address, &mut html);
            html.push_str("\" rel=\"noopener noreferrer nofollow\">");
        }
        for of_style in of_link.chunk_by(|a, b| a.style == b.style) {
            let style = of_style.first().map_or_else(Style::default, |cell| cell.style);
            if !style.is_plain() {
                html.push_str("<b class=\"");
                html.push_str(&style.classes());
                html.push_str("\">");
            }
            for cell in of_style {
                match cell.character {
                    '\0' => {
                        html.push(' ');
                        text.push(' ');
                    }
                    character if reorders(character) => {
                        let name = format!("U+{:04X}", u32::from(character));
                        html.push_str("<b class=\"ctl\">");
                        html.push_str(&name);
                        html.push_str("</b>");
                        text.push_str(&name);
                    }
                    character => {
                        escape(character.encode_utf8(&mut [0; 4]), &mut html);
                        text.push(character);
                    }
                }
            }
            if !style.is_plain() {
                html.push_str("</b>");
            }
        }
        if link.is_some() {
            html.push_str("</a>");
        }
    }
    if cut {
        html.push_str(" <b class=\"ctl\">long line cut here; the raw log has all of it</b>");
    }
    Line { html: Html::trusted(html), text }
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm: they can make a line read as what it is not.
const fn reorders(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
