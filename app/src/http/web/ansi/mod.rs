//! Terminal output as HTML, one line at a time.
//!
//! What a job prints is hostile until shown otherwise. Colours and weights (SGR) become classes, since the content
//! security policy forbids inline style; carriage returns, backspaces and "erase in line" act as on a terminal, within
//! their line; hyperlinks (OSC 8) stay links only to `http` and `https`; every other control sequence is dropped.
//! Characters that reorder text are shown by their number instead of acting. A sequence that never ends hides nothing:
//! it is shown as text.
//!
//! | module | noun |
//! | --- | --- |
//! | `colour` | any colour of a terminal, as one of a dozen that can be read on both themes |
//! | `style` | how a character looks, and what SGR does to it |
//! | `token` | a line's bytes, told apart: characters and controls |
//! | `line` | a line of cells, as a terminal would have drawn it, and its HTML |

mod colour;
mod line;
mod style;
#[cfg(test)]
mod tests;
mod token;

pub use line::Renderer;
pub use style::Style;
