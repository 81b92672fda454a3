//! How a character looks.

use super::colour::Colour;

const BOLD: u8 = 1;
const DIM: u8 = 2;
const ITALIC: u8 = 4;
const UNDERLINE: u8 = 8;
const INVERSE: u8 = 16;
const STRUCK: u8 = 32;

/// The classes of each flag.
const FLAGS: [(u8, &str); 5] = [(BOLD, "a1"), (DIM, "a2"), (ITALIC, "a3"), (UNDERLINE, "a4"), (STRUCK, "a9")];

/// How a character looks: what SGR ("select graphic rendition") has selected so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    front: Option<Colour>,
    back: Option<Colour>,
    flags: u8,
}

impl Style {
    /// Whether it is the ordinary look.
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// As a number, for a cursor that a browser keeps.
    pub fn pack(self) -> u32 {
        let number = |colour: Option<Colour>| u32::from(colour.map_or(0, Colour::number));
        number(self.front) | number(self.back) << 8 | u32::from(self.flags) << 16
    }

    /// Reads [`Style::pack`]; numbers that mean nothing are no style.
    pub fn unpack(packed: u32) -> Self {
        let [front, back, flags, _] = packed.to_le_bytes();
        Self { front: Colour::from_number(front), back: Colour::from_number(back), flags: flags & 63 }
    }

    /// Its classes, separated by spaces.
    pub fn classes(self) -> String {
        let (front, back) = match self.flags & INVERSE {
            0 => (self.front, self.back),
            _ => (self.back, self.front),
        };
        let mut classes = Vec::new();
        if self.flags & INVERSE != 0 && self.front.is_none() {
            classes.push("a7".to_owned());
        } else if let Some(colour) = front {
            classes.push(format!("a{}", colour.number()));
        }
        classes.extend(back.map(|colour| format!("b{}", colour.number())));
        classes.extend(FLAGS.iter().filter(|(flag, _)| self.flags & flag != 0).map(|(_, class)| (*class).to_owned()));
        classes.join(" ")
    }

    /// Applies the parameters of one SGR sequence: `1;31`, `38;5;208`, `38:2::255:128:0`.
    pub fn select(&mut self, parameters: &str) {
        let mut rest = parameters.split(';');
        while let Some(parameter) = rest.next() {
            let mut parts = parameter.split(':');
            let code = number(parts.next());
            match code {
                38 | 48 => {
                    let parts: Vec<&str> = parts.collect();
                    let colour = if parts.is_empty() { by_semicolons(&mut rest) } else { by_colons(&parts) };
                    if code == 38 {
                        self.front = colour.or(self.front);
                    } else {
                        self.back = colour.or(self.back);
                    }
                }
                // An underline colour: passed over with its parameters.
                58 if parts.next().is_none() => drop(by_semicolons(&mut rest)),
                4 if parts.next() == Some("0") => self.flags &= !UNDERLINE,
                _ => self.select_one(code),
            }
        }
    }

    fn select_one(&mut self, code: u16) {
        let (on, off) = match code {
            0 => (0, u8::MAX),
            1 => (BOLD, 0),
            2 => (DIM, 0),
            3 => (ITALIC, 0),
            4 | 21 => (UNDERLINE, 0),
            7 => (INVERSE, 0),
            9 => (STRUCK, 0),
            22 => (0, BOLD | DIM),
            23 => (0, ITALIC),
            24 => (0, UNDERLINE),
            27 => (0, INVERSE),
            29 => (0, STRUCK),
            _ => (0, 0),
        };
        self.flags = self.flags & !off | on;
        let basic = |from: u16| u8::try_from(code - from).map_or(Colour::White, Colour::basic);
        match code {
            0 => (self.front, self.back) = (None, None),
            30..=37 => self.front = Some(basic(30)),
            39 => self.front = None,
            40..=47 => self.back = Some(basic(40)),
            49 => self.back = None,
            90..=97 => self.front = Some(basic(82)),
            100..=107 => self.back = Some(basic(92)),
            // Blinking, hiding, fonts: what hides or moves is not shown.
            _ => {}
        }
    }
}

/// Missing parameters are 0, absurd ones no code at all.
fn number(text: Option<&str>) -> u16 {
    match text.unwrap_or_default() {
        "" => 0,
        text => text.parse().unwrap_or(u16::MAX),
    }
}

fn channel(text: Option<&str>) -> u8 {
    u8::try_from(number(text)).unwrap_or(u8::MAX)
}

/// `…;5;208` and `…;2;255;128;0`: what follows is taken from the parameters.
fn by_semicolons<'a>(rest: &mut impl Iterator<Item = &'a str>) -> Option<Colour> {
    match number(rest.next()) {
        5 => Some(Colour::indexed(channel(rest.next()))),
        2 => {
            let (red, green, blue) = (channel(rest.next()), channel(rest.next()), channel(rest.next()));
            Some(Colour::rgb(red, green, blue))
        }
        _ => None,
    }
}

/// `5:208`, `2:255:128:0`, `2::255:128:0`: with a colour space, three channels still come last.
fn by_colons(parts: &[&str]) -> Option<Colour> {
    let at = |index: usize| channel(parts.get(index).copied());
    match (number(parts.first().copied()), parts.len()) {
        (5, _) => Some(Colour::indexed(at(1))),
        (2, 5..) => Some(Colour::rgb(at(2), at(3), at(4))),
        (2, _) => Some(Colour::rgb(at(1), at(2), at(3))),
        _ => None,
    }
}
