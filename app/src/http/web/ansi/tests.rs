use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Renderer, Style};

fn html(lines: &[&str]) -> String {
    let mut renderer = Renderer::default();
    lines.iter().map(|line| renderer.line(line.as_bytes()).html.to_string()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_corpus_of_what_programs_print() {
    let cases = BTreeMap::from([
        ("bold, and off", "\u{1b}[1mwarning\u{1b}[0m: unused"),
        ("bright and dim", "\u{1b}[91mred\u{1b}[90m grey\u{1b}[39m plain \u{1b}[2mdim\u{1b}[22m"),
        ("background", "\u{1b}[30;42m PASS \u{1b}[49m rest"),
        ("inverse", "\u{1b}[7mplain\u{1b}[31m red\u{1b}[27m"),
        ("256 colours", "\u{1b}[38;5;208morange\u{1b}[38;5;21mblue\u{1b}[38;5;240mgrey\u{1b}[48;5;1mback"),
        ("true colour", "\u{1b}[38;2;255;80;80mred\u{1b}[38:2::0:255:0mgreen\u{1b}[38:5:39mblue"),
        ("underline colour is passed over", "\u{1b}[4;58;5;196mlink\u{1b}[24m"),
        ("empty parameters reset", "\u{1b}[31mred\u{1b}[mplain"),
        ("nested styles", "\u{1b}[1m\u{1b}[32mok\u{1b}[3m italic\u{1b}[9m struck\u{1b}[0m"),
        ("html", "<script>alert('x')</script> & \"quotes\""),
        ("carriage return overwrites", "progress 10%\rprogress 100%\r\u{1b}[Kdone"),
        ("carriage return without erase", "progress 100%\rdone"),
        ("line feed of Windows", "text\r"),
        ("backspace", "|\u{8}/\u{8}-\u{8}ok"),
        ("erase to the start", "abcdef\u{8}\u{8}\u{1b}[1K!"),
        ("erase all", "abc\u{1b}[2Kd"),
        ("link", "\u{1b}]8;;https://example.com/a?b=1&c=\"2\u{1b}\\text\u{1b}]8;;\u{1b}\\ after"),
        ("link with id, ended by bell", "\u{1b}]8;id=1;http://example.com\u{7}text\u{1b}]8;;\u{7}"),
        ("link that is none", "\u{1b}]8;;javascript:alert(1)\u{7}text\u{1b}]8;;\u{7}"),
        ("data link", "\u{1b}]8;;data:text/html,x\u{7}text"),
        ("colours within a link", "\u{1b}]8;;https://e.com\u{7}a\u{1b}[31mb\u{1b}[0mc\u{1b}]8;;\u{7}d"),
        ("title and other commands", "\u{1b}]0;title\u{7}a\u{1b}]52;c;cGFzdGU=\u{1b}\\b"),
        ("cursor and modes", "\u{1b}[?25la\u{1b}[2Ab\u{1b}[10;20Hc\u{1b}[?25h\u{1b}[6n\u{1b}(Bd\u{1b}=e\u{1b}7"),
        ("device control", "a\u{1b}P1$r0m\u{1b}\\b\u{1b}_apc\u{1b}\\c"),
        ("never-ending command hides nothing", "a\u{1b}]0;b c"),
        ("cut sequence", "a\u{1b}[31"),
        ("lone escape", "a\u{1b}"),
        ("control characters", "a\u{0}b\u{7}c\u{b}d\u{7f}e\u{9b}31mf\tg"),
        ("text that runs backwards", "access\u{202e}txt.exe\u{2066}x"),
        ("colour bomb", "\u{1b}[99999999999999;31;1;38;5m;x"),
        ("wide text", "日本語 👩‍👩‍👧 é"),
    ]);
    let rendered: BTreeMap<_, _> = cases.into_iter().map(|(name, line)| (name, html(&[line]))).collect();
    insta::assert_debug_snapshot!(rendered);
}

#[test]
fn colours_last_over_lines_and_resume() {
    insta::assert_snapshot!(html(&["\u{1b}[1;33mtwo", "lines\u{1b}[0m end"]), @r#"
    <b class="a33 a1">two</b>
    <b class="a33 a1">lines</b> end
    "#);
    let mut first = Renderer::default();
    first.line(b"\x1b[1;4;35;46mon");
    let packed = first.style().pack();
    assert_eq!(Style::unpack(packed), first.style());
    assert_eq!(Renderer::resume(Style::unpack(packed)).line(b"x"), first.line(b"x"));
}

#[test]
fn an_unfinished_line_does_not_disturb_the_next() {
    let mut renderer = Renderer::default();
    renderer.clone().line(b"\x1b[31mstart");
    assert_eq!(renderer.line(b"other").html.as_str(), "other");
}

#[test]
fn broken_utf8_and_very_long_lines_end() {
    let mut renderer = Renderer::default();
    assert_eq!(renderer.line(b"a\xff\xfe\xc3(b").text, "a\u{fffd}\u{fffd}\u{fffd}(b");
    let long = renderer.line(&vec![b'x'; 3 << 20]);
    assert_eq!(long.text.len(), 10_000);
    assert!(long.html.as_str().ends_with("the raw log has all of it</b>"));
    // A progress bar that redraws itself for ever shows its last state.
    let bar: Vec<u8> = (0..400_000).flat_map(|n| format!("\r{n:>9}").into_bytes()).collect();
    assert_eq!(renderer.line(&bar).text, "   399999");
}

/// The text of HTML; panics at a tag that this module must not make.
fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        let allowed = tag == "/b"
            || tag == "/a"
            || tag.strip_prefix("b class=\"").and_then(|tag| tag.strip_suffix('"')).is_some_and(|classes| {
                !classes.is_empty() && classes.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ')
            })
            || tag
                .strip_prefix("a href=\"http")
                .and_then(|tag| tag.strip_suffix("\" rel=\"noopener noreferrer nofollow\""))
                .is_some_and(|address| !address.contains('"'));
        assert!(allowed, "tag <{tag}>");
        rest = &rest[end + 1..];
    }
    text.push_str(rest);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

proptest! {
    #[test]
    fn whatever_comes_only_allowed_tags_go_out(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let line = Renderer::default().line(&bytes);
        prop_assert_eq!(text_of(line.html.as_str()), line.text);
    }

    #[test]
    fn hostile_sequences_make_no_tags(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "\u{1b}[", "\u{1b}]", "8;;", "http://", "javascript:", "\"", "<b>", "</b>", "'", ">", "&", "&lt;", "m",
                "31", ";", "K", "\r", "\u{8}", "\u{1b}\\", "\u{7}", "\u{202e}", "a", " ", "38;5;", "\u{1b}P", "\u{9c}",
            ]),
            0..60,
        )
    ) {
        let line = Renderer::default().line(parts.concat().as_bytes());
        prop_assert_eq!(text_of(line.html.as_str()), line.text);
    }

    #[test]
    fn text_without_controls_is_kept(words in "[ -~äöü€]{0,200}") {
        let line = Renderer::default().line(words.as_bytes());
        prop_assert_eq!(&line.text, &words);
        let coloured = words.chars().map(|c| format!("\u{1b}[3{}m{c}", u32::from(c) % 8)).collect::<String>();
        prop_assert_eq!(Renderer::default().line(coloured.as_bytes()).text, words);
    }
}
