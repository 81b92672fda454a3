//! What a configuration is compiled for: the file, the event, its values and parameters.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use config::{Inputs, Source, Value};
use model::project::GitRef;

use crate::cli::compile::OrbFlags;

/// A configuration and the event that it is compiled for.
#[derive(Debug, Args)]
pub struct Input {
    /// The configuration; `-` is standard input.
    #[arg(default_value = ".circleci/config.yml")]
    pub file: PathBuf,
    #[command(flatten)]
    pub flags: InputFlags,
}

/// The event that a configuration is compiled for.
#[derive(Debug, Args)]
pub struct InputFlags {
    /// As if this branch had been pushed; `main` by default.
    #[arg(long)]
    pub branch: Option<String>,
    /// As if this tag had been pushed.
    #[arg(long, conflicts_with = "branch")]
    pub tag: Option<String>,
    /// A pipeline parameter.
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = parameter)]
    pub parameters: Vec<(String, Value)>,
    /// A JSON object of pipeline values, such as {"pipeline.git.branch": "main"}.
    #[arg(long, value_name = "FILE")]
    pub values: Option<PathBuf>,
    #[command(flatten)]
    pub orbs: OrbFlags,
}

/// `deploy=true`.
pub fn parameter(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("it has no `=`: write KEY=VALUE")?;
    if key.is_empty() {
        return Err("it has no name: write KEY=VALUE".to_owned());
    }
    let value = match value {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        // `007` and `1.10` stay texts.
        text => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Value::Int(number),
            Ok(_) | Err(_) => Value::String(text.to_owned()),
        },
    };
    Ok((key.to_owned(), value))
}

impl InputFlags {
    /// What they say. A branch or tag in the values counts where no flag names one.
    ///
    /// # Errors
    /// The file of values cannot be read or is no object of literals.
    pub fn inputs(&self) -> anyhow::Result<Inputs> {
        let values = match &self.values {
            Some(path) => read_values(path)?,
            None => BTreeMap::new(),
        };
        let text = |name: &str| match values.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(_) | None => None,
        };
        let git_ref = match (&self.tag, &self.branch) {
            (Some(tag), _) => GitRef::Tag(tag.clone()),
            (None, Some(branch)) => GitRef::Branch(branch.clone()),
            (None, None) => match (text("pipeline.git.tag"), text("pipeline.git.branch")) {
                (Some(tag), _) => GitRef::Tag(tag),
                (None, branch) => GitRef::Branch(branch.unwrap_or_else(|| "main".to_owned())),
            },
        };
        let mut inputs = Inputs::new(git_ref);
        inputs.values = usual_values(&inputs.git_ref);
        inputs.values.extend(values);
        // A flag says more than the file: both would be one event otherwise, and no event has both.
        if self.tag.is_some() || self.branch.is_some() {
            inputs.values.insert("pipeline.git.branch".to_owned(), inputs.git_ref.branch().into());
            inputs.values.insert("pipeline.git.tag".to_owned(), inputs.git_ref.tag().into());
        }
        split_parameters(&mut inputs);
        inputs.parameters.extend(self.parameters.iter().cloned());
        Ok(inputs)
    }
}

/// What every pipeline knows: names that nothing else says must stand for something, in the name of an orb's version too.
fn usual_values(git_ref: &GitRef) -> BTreeMap<String, Value> {
    let texts = [
        ("pipeline.id", "00000000-0000-0000-0000-000000000001"),
        ("pipeline.project.type", "github"),
        ("pipeline.project.slug", "gh/local/project"),
        ("pipeline.project.git_url", "https://github.com/local/project"),
        ("pipeline.git.revision", "0000000000000000000000000000000000000001"),
        ("pipeline.trigger_source", "webhook"),
    ];
    let mut values: BTreeMap<String, Value> =
        texts.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    values.insert("pipeline.number".to_owned(), Value::Int(1));
    values.insert("pipeline.git.branch".to_owned(), git_ref.branch().into());
    values.insert("pipeline.git.tag".to_owned(), git_ref.tag().into());
    values
}

/// `pipeline.parameters.deploy` among the values is an argument.
pub fn split_parameters(inputs: &mut Inputs) {
    const PREFIX: &str = "pipeline.parameters.";
    let names: Vec<String> = inputs.values.keys().filter(|name| name.starts_with(PREFIX)).cloned().collect();
    for name in names {
        if let Some(value) = inputs.values.remove(&name) {
            inputs.parameters.insert(name[PREFIX.len()..].to_owned(), value);
        }
    }
}

/// Reads an object of values. Objects in it are names with points: `{"pipeline": {"id": "x"}}` is `pipeline.id`.
///
/// # Errors
/// The file cannot be read, is no JSON object, or holds what is no value.
pub fn read_values(path: &Path) -> anyhow::Result<BTreeMap<String, Value>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("failed to read the values `{}`", path.display()))?;
    let json: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("the values `{}` are not JSON", path.display()))?;
    let serde_json::Value::Object(object) = json else {
        bail!("the values `{}` must be a JSON object, like {{\"pipeline.git.branch\": \"main\"}}", path.display());
    };
    let mut values = BTreeMap::new();
    flatten("", object, &mut values).with_context(|| format!("the values `{}`", path.display()))?;
    Ok(values)
}

fn flatten(
    prefix: &str,
    object: serde_json::Map<String, serde_json::Value>,
    into: &mut BTreeMap<String, Value>,
) -> anyhow::Result<()> {
    for (name, value) in object {
        let name = format!("{prefix}{name}");
        let value = match value {
            serde_json::Value::Null => Value::Undefined,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(number) => Value::Int(number),
                None => bail!("`{name}` is {number}: a value is a text, a whole number of 64 bits, a boolean or null"),
            },
            serde_json::Value::Object(inner) => {
                flatten(&format!("{name}."), inner, into)?;
                continue;
            }
            serde_json::Value::Array(_) => {
                bail!("`{name}` is a list: a value is a text, a whole number, a boolean or null")
            }
        };
        into.insert(name, value);
    }
    Ok(())
}

/// Reads a configuration; `-` is standard input.
///
/// # Errors
/// It cannot be read.
pub fn read_source(file: &Path) -> anyhow::Result<Source> {
    if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("failed to read the configuration from standard input")?;
        return Ok(Source::new("<stdin>", text));
    }
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read the configuration `{}`", file.display()))?;
    Ok(Source::new(file.display().to_string(), text))
}
