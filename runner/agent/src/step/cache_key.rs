//! Templates of cache keys: the part of Go's templates that CircleCI documents.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{self, Read},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use model::{agent::AgentTask, plan::Environment, project::GitRef, protocol::CheckoutSource};
use sha2::{Digest, Sha256};

use crate::environment::{JobEnvironment, Variables};

/// What a value that is not there is written as, as Go does.
pub const NO_VALUE: &str = "<no value>";

/// What the documentation of a template's words says.
const KNOWN: &str = "known are `.Branch`, `.BuildNum`, `.Revision`, `.CheckoutKey`, `.Environment.NAME`, `checksum \"FILE\"`, \
                     `epoch` and `arch`";

/// What is known of the job, whatever its environment says.
pub struct Facts {
    branch: Option<String>,
    revision: Option<String>,
    checkout_key: Option<String>,
}

impl Facts {
    /// Reads a task.
    pub fn of(task: &AgentTask) -> Self {
        let checkout_key = task.ssh.checkout.as_ref().map(|checkout| checkout.key.sha256.clone());
        match &task.checkout {
            Some(CheckoutSource::Git { sha, git_ref, url: _, credentials: _ }) => Self {
                branch: match git_ref {
                    GitRef::Branch(name) => Some(name.clone()),
                    GitRef::Tag(_) => None,
                },
                revision: Some(sha.to_string()),
                checkout_key,
            },
            Some(CheckoutSource::Directory { path: _ }) | None => Self { branch: None, revision: None, checkout_key },
        }
    }
}

/// A key.
#[derive(Debug, PartialEq, Eq)]
pub struct Rendered {
    /// With all values in their places.
    pub key: String,
    /// Words of the template that have no value.
    pub unset: Vec<String>,
}

/// Makes a key of a template.
///
/// # Errors
/// A sentence: the template is malformed, or a file cannot be read.
pub fn render(template: &str, facts: &Facts, environment: &JobEnvironment) -> Result<Rendered, String> {
    let variables = environment.for_step(&Environment::new(), environment.working_directory());
    let checksum = |file: &str| checksum_of(&environment.path(file));
    render_with(template, facts, &variables, &checksum)
}

fn render_with(
    template: &str,
    facts: &Facts,
    variables: &Variables,
    checksum: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Rendered, String> {
    let mut rendered = Rendered { key: String::new(), unset: Vec::new() };
    let mut rest = template;
    while let Some(open) = rest.find("{{") {
        rendered.key.push_str(&rest[..open]);
        let inside = &rest[open + 2..];
        let close = end_of(inside).ok_or_else(|| format!("the key `{template}` has a `{{{{` that is not closed"))?;
        let mut expression = &inside[..close];
        rest = &inside[close + 2..];
        // `{{- x -}}` takes the spaces around it away.
        if let Some(trimmed) = expression.strip_prefix("- ") {
            expression = trimmed;
            rendered.key.truncate(rendered.key.trim_end().len());
        }
        if let Some(trimmed) = expression.strip_suffix(" -") {
            expression = trimmed;
            rest = rest.trim_start();
        }
        let expression = expression.trim();
        match value_of(expression, facts, variables, checksum)
            .map_err(|why| format!("the key `{template}` cannot be made: {why}"))?
        {
            Some(value) => rendered.key.push_str(&value),
            None => {
                rendered.key.push_str(NO_VALUE);
                rendered.unset.push(expression.to_owned());
            }
        }
    }
    rendered.key.push_str(rest);
    Ok(rendered)
}

/// Where `}}` closes an expression, outside of its quotes.
fn end_of(expression: &str) -> Option<usize> {
    let bytes = expression.as_bytes();
    let (mut quote, mut index) = (None, 0);
    while index < bytes.len() {
        match (quote, bytes[index]) {
            (Some(b'"'), b'\\') => index += 1,
            (Some(open), byte) if open == byte => quote = None,
            (None, byte @ (b'"' | b'`')) => quote = Some(byte),
            (None, b'}') if bytes.get(index + 1) == Some(&b'}') => return Some(index),
            (Some(_) | None, _) => {}
        }
        index += 1;
    }
    None
}

fn value_of(
    expression: &str,
    facts: &Facts,
    variables: &Variables,
    checksum: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Option<String>, String> {
    let variable = |name: &str| {
        let value = variables.get(OsStr::new(name))?;
        Some(value.to_string_lossy().into_owned())
    };
    if let Some(name) = expression.strip_prefix(".Environment.") {
        return Ok(variable(name));
    }
    if let Some(argument) = expression.strip_prefix("checksum").filter(|rest| rest.starts_with([' ', '\t', '"', '`'])) {
        return checksum(&unquoted(argument.trim())?).map(Some);
    }
    Ok(match expression {
        ".Branch" => variable("CIRCLE_BRANCH").or_else(|| facts.branch.clone()),
        ".BuildNum" => variable("CIRCLE_BUILD_NUM"),
        ".Revision" => variable("CIRCLE_SHA1").or_else(|| facts.revision.clone()),
        // None where the code comes with a token.
        ".CheckoutKey" => facts.checkout_key.clone(),
        "epoch" => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Some(now.as_secs().to_string())
        }
        "arch" => Some(arch(&fs::read_to_string("/proc/cpuinfo").unwrap_or_default())),
        other => return Err(format!("`{{{{ {other} }}}}` is unknown: {KNOWN}")),
    })
}

/// A string as Go writes it.
fn unquoted(text: &str) -> Result<String, String> {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(raw) = inner('`') {
        return Ok(raw.to_owned());
    }
    let quoted = inner('"').ok_or_else(|| format!("`checksum` needs the name of a file in quotes, not `{text}`"))?;
    let mut plain = String::new();
    let mut rest = quoted.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => plain.extend(rest.next()),
            character => plain.push(character),
        }
    }
    Ok(plain)
}

/// Of the content, as SHA-256 in Base64.
fn checksum_of(path: &Path) -> Result<String, String> {
    let hash = || -> io::Result<String> {
        let mut file = fs::File::open(path)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(BASE64_STANDARD.encode(hasher.finalize())),
                count => hasher.update(&buffer[..count]),
            }
        }
    };
    hash().map_err(|error| format!("the checksum of {} cannot be computed: {error}", path.display()))
}

/// `linux-amd64-6_85`, `darwin-arm64`: system and architecture as Go calls them, and family and model of the processor where it tells them.
fn arch(cpuinfo: &str) -> String {
    let name = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let facts: BTreeMap<&str, &str> = cpuinfo
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    match (facts.get("cpu family"), facts.get("model")) {
        (Some(family), Some(model)) => format!("{system}-{name}-{family}_{model}"),
        _ => format!("{system}-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Rendered, arch, checksum_of, render_with};
    use crate::environment::Variables;

    fn rendered(template: &str) -> Result<Rendered, String> {
        let facts = Facts { branch: Some("main".to_owned()), revision: Some("abc".to_owned()), checkout_key: None };
        let variables =
            Variables::from([("CIRCLE_BUILD_NUM", "7"), ("X", "a b")].map(|(name, value)| (name.into(), value.into())));
        render_with(template, &facts, &variables, &|file| match file {
            "none" => Err("no such file".to_owned()),
            file => Ok(format!("<{file}>")),
        })
    }

    fn key(template: &str) -> String {
        rendered(template).expect("well-formed").key
    }

    #[test]
    fn words_have_values() {
        assert_eq!(key("v1"), "v1");
        assert_eq!(key("v1-{{ .Branch }}-{{.BuildNum}}-{{ .Revision}}"), "v1-main-7-abc");
        assert_eq!(key("{{ .Environment.X }}!"), "a b!");
        assert_eq!(key(r#"{{ checksum "a/b.lock" }}{{checksum `c}}`}}{{checksum"d"}}"#), "<a/b.lock><c}}><d>");
        assert_eq!(key(r#"{{ checksum "a\"}}b" }}"#), "<a\"}}b>");
        assert_eq!(key("a {{- .Branch -}} b"), "amainb");
        assert!(key("{{ epoch }}").parse::<u64>().expect("a number") > 1_000_000_000);
        assert!(key("{{ arch }}").starts_with("linux-"));
    }

    #[test]
    fn what_has_no_value_is_told() {
        let rendered = rendered("{{ .CheckoutKey }}-{{ .Environment.NONE }}").expect("well-formed");
        assert_eq!(rendered.key, "<no value>-<no value>");
        assert_eq!(rendered.unset, [".CheckoutKey", ".Environment.NONE"]);
    }

    #[test]
    fn mistakes_are_explained() {
        for (template, why) in [
            ("{{ .Branch", "not closed"),
            ("{{ .Brunch }}", "`{{ .Brunch }}` is unknown"),
            ("{{ checksum a }}", "in quotes"),
            ("{{ checksum \"none\" }}", "no such file"),
        ] {
            let error = rendered(template).expect_err("malformed");
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_checksum_is_sha256_in_base64() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert_eq!(checksum_of(file.path()).as_deref(), Ok("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
        assert!(checksum_of("/nothing/here".as_ref()).is_err());
    }

    #[test]
    fn the_processor_is_named_where_it_tells() {
        assert!(
            arch("processor\t: 0\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: X\n\ncpu family: 7").ends_with("-6_85")
        );
        assert!(!arch("").ends_with('-'));
    }
}
