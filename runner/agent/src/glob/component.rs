//! One part of a pattern, between two slashes.

/// Whose rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Go's `filepath.Match`: `*`, `?`, `[a-z]`, `[^a-z]`, `\`.
    Go,
    /// Also `**`, `{a,b}` and `[!a-z]`.
    Globstar,
}

/// Whether a name matches.
///
/// # Errors
/// A sentence: the pattern is malformed.
pub fn matches(pattern: &str, name: &str, dialect: Dialect) -> Result<bool, String> {
    let terms = parse(pattern, dialect)?;
    let name: Vec<char> = name.chars().collect();
    // The last `*`, and how much of the name it takes: a later one makes trying an earlier one again needless.
    let (mut term, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match terms.get(term) {
            Some(Term::Any) => {
                star = Some((term, at));
                term += 1;
            }
            Some(one) if one.takes(name[at]) => {
                term += 1;
                at += 1;
            }
            Some(_) | None => match star {
                Some((starred, taken)) => {
                    star = Some((starred, taken + 1));
                    (term, at) = (starred + 1, taken + 1);
                }
                None => return Ok(false),
            },
        }
    }
    Ok(terms[term..].iter().all(|term| matches!(term, Term::Any)))
}

enum Term {
    Any,
    One,
    Char(char),
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Term {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Char(own) => *own == character,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&character)) != *negated
            }
        }
    }
}

fn parse(pattern: &str, dialect: Dialect) -> Result<Vec<Term>, String> {
    let malformed = |why: &str| format!("the pattern `{pattern}` is malformed: {why}");
    let mut terms = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        terms.push(match character {
            '*' => Term::Any,
            '?' => Term::One,
            '\\' => Term::Char(rest.next().ok_or_else(|| malformed("nothing follows the last `\\`"))?),
            '[' => {
                let negated =
                    rest.next_if(|sign| *sign == '^' || (*sign == '!' && dialect == Dialect::Globstar)).is_some();
                let mut ranges = Vec::new();
                let open = || malformed("a `[` is not closed");
                while rest.next_if(|end| *end == ']' && !ranges.is_empty()).is_none() {
                    let mut one = || match rest.next() {
                        Some('\\') => rest.next().ok_or_else(open),
                        Some('-' | ']') if dialect == Dialect::Go => Err(malformed("`-` or `]` needs a `\\` there")),
                        Some(character) => Ok(character),
                        None => Err(open()),
                    };
                    let low = one()?;
                    let high = if rest.next_if(|sign| *sign == '-').is_some() {
                        match rest.next() {
                            Some('\\') => rest.next().ok_or_else(open)?,
                            // As in a shell, a `-` at the end is one.
                            Some(']') if dialect == Dialect::Globstar => {
                                ranges.extend([(low, low), ('-', '-')]);
                                break;
                            }
                            Some('-' | ']') => return Err(malformed("`-` or `]` needs a `\\` there")),
                            Some(character) => character,
                            None => return Err(open()),
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Term::Class { negated, ranges }
            }
            character => Term::Char(character),
        });
    }
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::{Dialect, matches};

    #[test]
    fn the_cases_of_go() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*", ".hidden", true),
            ("*c", "abc", true),
            ("a*", "ab", true),
            ("a*b*c*d*e*", "axbxcxdxexxx", true),
            ("a*b*c*d*e*f", "axbxcxdxexxx", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("ab[^b-d]", "abc", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a??b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("[!a]", "a", true),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "z", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches(pattern, name, Dialect::Go), Ok(expected), "{pattern} {name}");
        }
        for pattern in ["[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a\\", "[a-b-c]"] {
            assert!(matches(pattern, "a", Dialect::Go).is_err(), "{pattern}");
        }
    }

    #[test]
    fn shells_negate_otherwise_too() {
        assert_eq!(matches("[!a]", "a", Dialect::Globstar), Ok(false));
        assert_eq!(matches("[!a]", "b", Dialect::Globstar), Ok(true));
        assert_eq!(matches("[a-]", "-", Dialect::Globstar), Ok(true));
        assert_eq!(matches("[]]", "]", Dialect::Globstar), Ok(true));
    }
}
