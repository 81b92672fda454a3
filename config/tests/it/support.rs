//! The page on what is supported is made of the compiler's own tables.

#![expect(clippy::disallowed_methods, reason = "the test keeps a file")]

use std::path::Path;

/// Run with `UPDATE_DOCS=1` to write the page.
#[test]
fn the_page_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/config-support.md");
    let page = config::support_page();
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/config-support.md is not what the tables say: run the test with UPDATE_DOCS=1");
}
