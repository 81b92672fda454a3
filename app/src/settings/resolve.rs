//! Finds the value of each setting, and remembers where it came from.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use strsim::levenshtein;

use super::catalogue::{CATALOGUE, Setting};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing was said.
    Default,
    /// The settings file.
    File(PathBuf),
    /// A variable of the environment, by name.
    Environment(String),
    /// A flag, with its dashes.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

impl Origin {
    /// The place that names a file to read the value from.
    fn of_file(&self) -> Self {
        match self {
            Self::Default | Self::File(_) => self.clone(),
            Self::Environment(name) => Self::Environment(format!("{name}_FILE")),
            Self::Flag(name) => Self::Flag(format!("{name}-file")),
        }
    }
}

/// A value: secrets do not show themselves.
#[derive(Clone, Debug)]
pub enum Value {
    /// May be printed.
    Plain(String),
    /// May not.
    Secret(SecretString),
}

/// What was said, before it is understood: flags, environment and file, by name.
#[derive(Debug, Default)]
pub struct Sources {
    /// By flag name without dashes (`github-app-id`).
    pub flags: BTreeMap<String, String>,
    /// The process's environment.
    pub environment: BTreeMap<String, String>,
    /// `--config-file`: must exist when given.
    pub config_file: Option<PathBuf>,
}

impl Sources {
    /// These flags, and the environment of this process.
    pub fn with_flags(flags: BTreeMap<String, String>, config_file: Option<PathBuf>) -> Self {
        let environment = std::env::vars().filter(|(name, _)| name.starts_with("ROUNDHOUSE_")).collect();
        Self { flags, environment, config_file }
    }
}

/// Every setting's value and origin.
#[derive(Debug)]
pub struct Resolved {
    values: BTreeMap<&'static str, (Value, Origin)>,
    warnings: Vec<String>,
}

impl Resolved {
    /// Resolves every setting of the catalogue.
    ///
    /// # Errors
    /// A file that cannot be read or is not TOML, a key in it that no setting has (with a suggestion), a value of the
    /// wrong shape, a setting given both directly and as a file in one place.
    pub fn new(sources: &Sources) -> anyhow::Result<Self> {
        let mut resolved = Self { values: BTreeMap::new(), warnings: Vec::new() };
        // The data directory says where the file is, so it cannot itself come from that file.
        let data_dir = CATALOGUE.iter().find(|setting| setting.key == "data_dir");
        if let Some(setting) = data_dir {
            resolved.take(setting, sources, None)?;
        }
        let file = match &sources.config_file {
            Some(path) => Some(SettingsFile::read(path)?),
            None => {
                let path = Path::new(resolved.text("data_dir").unwrap_or("./data")).join("roundhouse.toml");
                if path.exists() { Some(SettingsFile::read(&path)?) } else { None }
            }
        };
        for setting in CATALOGUE.iter().filter(|setting| setting.key != "data_dir") {
            resolved.take(setting, sources, file.as_ref())?;
        }
        resolved.warn_of_unknown_variables(sources);
        Ok(resolved)
    }

    /// The value of a setting that is no secret; `None` when it has none.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.values.get(key)?.0 {
            Value::Plain(text) => Some(text),
            Value::Secret(_) => None,
        }
    }

    /// The value of a secret.
    pub fn secret(&self, key: &str) -> Option<SecretString> {
        match &self.values.get(key)?.0 {
            Value::Plain(_) => None,
            Value::Secret(secret) => Some(secret.clone()),
        }
    }

    /// Where a setting's value came from.
    pub fn origin(&self, key: &str) -> Origin {
        self.values.get(key).map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// Names that were given and have no effect, each as a sentence.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Every setting with its value (secrets as `(set)`) and origin: `serve --print-settings`.
    pub fn rows(&self) -> Vec<(&'static str, String, String)> {
        CATALOGUE
            .iter()
            .filter(|setting| !setting.planned)
            .map(|setting| match self.values.get(setting.key) {
                Some((Value::Plain(text), origin)) => (setting.key, text.clone(), origin.to_string()),
                Some((Value::Secret(_), origin)) => (setting.key, "(set)".to_owned(), origin.to_string()),
                None => (setting.key, String::new(), "not set".to_owned()),
            })
            .collect()
    }

    fn take(&mut self, setting: &Setting, sources: &Sources, file: Option<&SettingsFile>) -> anyhow::Result<()> {
        let (flag, variable) = (setting.flag(), setting.variable());
        let places = [
            (
                sources.flags.get(&flag).cloned(),
                sources.flags.get(&format!("{flag}-file")).cloned(),
                Origin::Flag(format!("--{flag}")),
            ),
            (
                sources.environment.get(&variable).cloned(),
                sources.environment.get(&format!("{variable}_FILE")).cloned(),
                Origin::Environment(variable.clone()),
            ),
            match file {
                Some(file) => (
                    file.get(setting.key)?,
                    file.get(&format!("{}_file", setting.key))?,
                    Origin::File(file.path.clone()),
                ),
                None => (None, None, Origin::Default),
            },
        ];
        let mut found = None;
        for (direct, by_file, origin) in places {
            // An empty variable is how compose files and shells say "not set".
            let direct = direct.filter(|text| !text.is_empty());
            let by_file = by_file.filter(|path| setting.secret && !path.is_empty());
            let text = match (direct, by_file) {
                (Some(_), Some(_)) => {
                    bail!("`{}` is given twice in {origin}: once directly and once as a file; remove one", setting.key)
                }
                (Some(text), None) => text,
                (None, Some(path)) => {
                    let origin = origin.of_file();
                    std::fs::read_to_string(&path)
                        .with_context(|| {
                            format!("failed to read `{path}`, which {origin} names for `{}`", setting.key)
                        })?
                        .trim_end()
                        .to_owned()
                }
                (None, None) => continue,
            };
            found = Some((text, origin));
            break;
        }
        if let Some((_, origin)) = found.as_ref().filter(|_| setting.planned) {
            self.warnings
                .push(format!("`{}` (from {origin}) has no effect in this version of Roundhouse yet", setting.key));
        }
        let value = match found {
            Some((text, origin)) if setting.secret => Some((Value::Secret(text.into()), origin)),
            Some((text, origin)) => Some((Value::Plain(text), origin)),
            None if setting.default.is_empty() => None,
            None => Some((Value::Plain(setting.default.to_owned()), Origin::Default)),
        };
        if let Some(value) = value {
            self.values.insert(setting.key, value);
        }
        Ok(())
    }

    fn warn_of_unknown_variables(&mut self, sources: &Sources) {
        for name in sources.environment.keys() {
            let known = CATALOGUE.iter().any(|setting| {
                let variable = setting.variable();
                *name == variable || (setting.secret && name.strip_suffix("_FILE") == Some(&variable))
            });
            if !known {
                self.warnings.push(format!("the environment variable {name} is not a setting of Roundhouse"));
            }
        }
    }
}

impl Value {
    /// The text, secret or not: for those who must use it.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// `roundhouse.toml`, flattened to keys.
struct SettingsFile {
    path: PathBuf,
    table: toml::Table,
}

impl SettingsFile {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("failed to read settings from `{}`", path.display()))?;
        let table: toml::Table =
            text.parse().with_context(|| format!("failed to read settings from `{}`", path.display()))?;
        let file = Self { path: path.to_owned(), table };
        file.check_names()?;
        Ok(file)
    }

    fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        let value = match key.split_once('.') {
            Some((table, key)) => self.table.get(table).and_then(|table| table.get(key)),
            None => self.table.get(key),
        };
        Ok(Some(match value {
            None => return Ok(None),
            Some(toml::Value::String(text)) => text.clone(),
            Some(toml::Value::Integer(number)) => number.to_string(),
            Some(toml::Value::Boolean(true)) => "on".to_owned(),
            Some(toml::Value::Boolean(false)) => "off".to_owned(),
            Some(other) => bail!(
                "`{key}` in `{}` is {} but must be a text, a number or a boolean",
                self.path.display(),
                other.type_str()
            ),
        }))
    }

    fn check_names(&self) -> anyhow::Result<()> {
        let names = self.table.iter().flat_map(|(name, value)| match value {
            toml::Value::Table(table) => table.keys().map(|key| format!("{name}.{key}")).collect(),
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => vec![name.clone()],
        });
        for name in names {
            let known = CATALOGUE.iter().any(|setting| {
                name == setting.key || (setting.secret && name.strip_suffix("_file") == Some(setting.key))
            });
            if !known {
                let nearest = CATALOGUE.iter().min_by_key(|setting| levenshtein(setting.key, &name));
                let hint = match nearest {
                    Some(setting) if levenshtein(setting.key, &name) <= 3 => {
                        format!("did you mean `{}`?", setting.key)
                    }
                    _ => "see `roundhouse serve --help`".to_owned(),
                };
                bail!("`{name}` in `{}` is not a setting; {hint}", self.path.display());
            }
        }
        Ok(())
    }
}
