//! `{a,b}`: one pattern becomes several.

/// A pattern that becomes more is a mistake.
const MOST: usize = 10_000;

/// All patterns that a pattern with braces stands for, in their order. A brace that is not closed is an ordinary character.
///
/// # Errors
/// A sentence: there are too many.
pub fn expand(pattern: &str) -> Result<Vec<String>, String> {
    let mut expanded = Vec::new();
    let mut pending = vec![pattern.to_owned()];
    while let Some(pattern) = pending.pop() {
        match first(&pattern) {
            Some((open, close, commas)) => {
                let mut begin = open + 1;
                let mut alternatives = Vec::new();
                for end in commas.into_iter().chain([close]) {
                    alternatives.push(format!("{}{}{}", &pattern[..open], &pattern[begin..end], &pattern[close + 1..]));
                    begin = end + 1;
                }
                pending.extend(alternatives.into_iter().rev());
            }
            None => expanded.push(pattern),
        }
        if expanded.len() + pending.len() > MOST {
            return Err(format!("the braces stand for more than {MOST} patterns"));
        }
    }
    Ok(expanded)
}

/// The first outermost braces that are closed: where they open and close, and the commas between their alternatives.
fn first(pattern: &str) -> Option<(usize, usize, Vec<usize>)> {
    let bytes = pattern.as_bytes();
    let mut start = 0;
    loop {
        let open = start + next_open(&bytes[start..])?;
        let (mut depth, mut index, mut commas) = (0_usize, open, Vec::new());
        while index < bytes.len() {
            match bytes[index] {
                b'\\' => index += 1,
                b'{' => depth += 1,
                b'}' if depth == 1 => return Some((open, index, commas)),
                b'}' => depth -= 1,
                b',' if depth == 1 => commas.push(index),
                _ => {}
            }
            index += 1;
        }
        start = open + 1;
    }
}

fn next_open(bytes: &[u8]) -> Option<usize> {
    let mut index = 0;
    while index < bytes.len() {
        match bytes[index] {
            b'\\' => index += 1,
            b'{' => return Some(index),
            _ => {}
        }
        index += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn braces_become_alternatives() {
        let expanded = |pattern| expand(pattern).expect("few").join(" ");
        assert_eq!(expanded("a.{js,ts}"), "a.js a.ts");
        assert_eq!(expanded("{a,b{1,2}}/{x,}"), "a/x a/ b1/x b1/ b2/x b2/");
        assert_eq!(expanded("{a"), "{a");
        assert_eq!(expanded("{{a,b}"), "{a {b");
        assert_eq!(expanded(r"\{a,b}"), r"\{a,b}");
        assert!(expand(&"{a,b}".repeat(20)).is_err());
    }
}
