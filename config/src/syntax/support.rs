//! The page that says what becomes of each key.

use std::fmt::Write as _;

use super::Builtin;
use super::keys::{ALL, Status, Table};

/// `docs/config-support.md`: each key of the language and what becomes of it. Made of the tables that the compiler uses.
pub fn support_page() -> String {
    let mut page = String::from(
        "# What is supported of the configuration language\n\n\
         This page is made from the compiler's own tables (`config/src/syntax/keys.rs`); a test keeps it true. \
         It says what the compiler understands.\n\n\
         | status | meaning |\n| --- | --- |\n\
         | supported | means what CircleCI's configuration reference says |\n\
         | accepted | allowed, with the meaning that the note says |\n\
         | documentation | for readers; no meaning to what runs |\n\
         | deprecated | works, with a warning |\n\
         | not yet | legal, and an error here, because leaving it out would change what runs |\n\n\
         A key that is in no table is ignored with a warning, as CircleCI tolerates it; at the top level it is ignored \
         without one, because people keep anchors there.\n",
    );
    page.push_str("\n## Steps\n\n| step | status | note |\n| --- | --- | --- |\n");
    for step in Builtin::ALL {
        let (status, note) = step.status();
        let _ = writeln!(page, "| `{}` | {} | {note} |", step.name(), status_name(status));
    }
    page.push_str("| `when`, `unless` | supported | decided when the configuration is compiled |\n");
    page.push_str("| `steps` | supported | the steps of a parameter of type `steps` |\n");
    for Table { what, path, keys } in ALL {
        let _ = write!(page, "\n## {what}: `{path}`\n\n| key | status | note |\n| --- | --- | --- |\n");
        for key in *keys {
            let status = status_name(key.status);
            let note = if key.status == Status::Prose { "" } else { key.note };
            let _ = writeln!(page, "| `{}` | {status} | {note} |", key.name);
        }
    }
    page
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Supported => "supported",
        Status::Accepted => "accepted",
        Status::Prose => "documentation",
        Status::Deprecated => "deprecated",
        Status::NotYet => "not yet",
    }
}
