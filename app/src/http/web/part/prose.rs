//! Sentences that name things between backticks.

use crate::http::page::{Html, escape};

/// A sentence as HTML: what stands between backticks is code. A backtick without a second one is itself.
pub fn prose(text: &str) -> Html {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, after)| Some((before, after.split_once('`')?)))
    {
        escape(before, &mut html);
        html.push_str("<code>");
        escape(code, &mut html);
        html.push_str("</code>");
        rest = after;
    }
    escape(rest, &mut html);
    Html::trusted(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_are_code() {
        let html = |text| prose(text).to_string();
        assert_eq!(html("the job `a<b` failed"), "the job <code>a&lt;b</code> failed");
        assert_eq!(html("`x` and `y"), "<code>x</code> and `y");
        assert_eq!(html("<script>"), "&lt;script&gt;");
    }
}
