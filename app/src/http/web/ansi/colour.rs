//! Colours: whatever a program asks for becomes one of those that the style sheet has for both themes.

/// A colour of the palette, by the number of its class: `a31` in front, `b31` behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Colour {
    /// Black, or what is least visible without vanishing.
    Black = 30,
    /// Red.
    Red = 31,
    /// Green.
    Green = 32,
    /// Yellow.
    Yellow = 33,
    /// Blue.
    Blue = 34,
    /// Magenta.
    Magenta = 35,
    /// Cyan.
    Cyan = 36,
    /// Light grey.
    White = 37,
    /// Dark grey.
    Grey = 90,
    /// White.
    Bright = 97,
}

impl Colour {
    const ALL: [Self; 10] = [
        Self::Black,
        Self::Red,
        Self::Green,
        Self::Yellow,
        Self::Blue,
        Self::Magenta,
        Self::Cyan,
        Self::White,
        Self::Grey,
        Self::Bright,
    ];

    /// The number in its class.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Reads [`Colour::number`].
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.number() == number)
    }

    /// One of the terminal's sixteen. The bright ones share the hue of the others: both must be legible on white as on black.
    pub fn basic(index: u8) -> Self {
        match index {
            8 => Self::Grey,
            15 => Self::Bright,
            hue => Self::from_number(30 + hue % 8).unwrap_or(Self::White),
        }
    }

    /// One of the terminal's 256: sixteen, a cube of 6 × 6 × 6, and 24 greys.
    pub fn indexed(index: u8) -> Self {
        match index {
            0..16 => Self::basic(index),
            16..232 => {
                let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
                let cube = index - 16;
                Self::rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            232.. => {
                let grey = 8 + 10 * (index - 232);
                Self::rgb(grey, grey, grey)
            }
        }
    }

    /// The nearest hue; of greys the nearest lightness.
    pub fn rgb(red: u8, green: u8, blue: u8) -> Self {
        let (red, green, blue) = (i32::from(red), i32::from(green), i32::from(blue));
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let spread = most - least;
        if spread * 5 < most || most < 24 {
            return match most {
                0..48 => Self::Black,
                48..144 => Self::Grey,
                144..232 => Self::White,
                _ => Self::Bright,
            };
        }
        let angle = if most == red {
            (60 * (green - blue) / spread).rem_euclid(360)
        } else if most == green {
            120 + 60 * (blue - red) / spread
        } else {
            240 + 60 * (red - green) / spread
        };
        match angle {
            0..25 | 335.. => Self::Red,
            25..75 => Self::Yellow,
            75..165 => Self::Green,
            165..200 => Self::Cyan,
            200..258 => Self::Blue,
            _ => Self::Magenta,
        }
    }
}
