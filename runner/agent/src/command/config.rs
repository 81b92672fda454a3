//! `circleci config validate`, `process` and `pack`: the same compiler as the server's, here, with no network.

use std::{
    env,
    ffi::OsString,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

use ::config::{Inputs, Orbs, Refusal, Source, Value};
use model::project::GitRef;

use super::{
    Failure,
    arguments::{Argument, parse},
    print,
};

/// Where a configuration is when nobody says.
const DEFAULT: &str = ".circleci/config.yml";

/// Options without a value.
const FLAGS: [&str; 4] = ["ignore-deprecated-images", "skip-update-check", "verbose", "v"];

/// Options that say something to CircleCI's own servers: read, and passed over.
const PASSED_OVER: [&str; 5] = ["org-id", "org-slug", "o", "token", "host"];

/// What to compile.
struct Request {
    source: Source,
    inputs: Inputs,
}

/// Reports every mistake of a configuration.
pub fn validate(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let Request { source, inputs } = Request::read(arguments)?;
    let compiled =
        ::config::compile(&source, &inputs, &Orbs::default()).map_err(|refusal| refused(&source, refusal))?;
    for warning in &compiled.warnings {
        eprintln!("{}", warning.render(false));
    }
    Ok(print(format!("Config file at {} is valid.\n", source.name).as_bytes()))
}

/// Prints a configuration with everything put in.
pub fn process(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let Request { source, inputs } = Request::read(arguments)?;
    let text = ::config::process(&source, &inputs, &Orbs::default()).map_err(|refusal| refused(&source, refusal))?;
    Ok(print(text.as_bytes()))
}

/// Makes one document of a directory of fragments.
pub fn pack(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let [directory] = arguments else {
        return Err(Failure::Usage("`config pack` needs one directory".to_owned()));
    };
    let packed = fyaml::pack_config(Path::new(directory)).map_err(|error| Failure::Failed(format!("{error:#}")))?;
    Ok(print(packed.as_bytes()))
}

fn refused(source: &Source, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Invalid(findings) => {
            for finding in &findings {
                eprintln!("{}", finding.render(false));
            }
            Failure::Failed(format!("`{}` is not valid", source.name))
        }
        Refusal::NeedsOrbs(orbs) => {
            let names: Vec<String> = orbs.iter().map(|orb| format!("`{}`", orb.as_str())).collect();
            Failure::Failed(format!(
                "`{}` uses {}, and there are no orbs inside a job: `roundhouse config validate` outside of it has them",
                source.name,
                names.join(", ")
            ))
        }
    }
}

impl Request {
    fn read(arguments: &[OsString]) -> Result<Self, Failure> {
        let (mut file, mut parameters) = (None, None);
        for argument in parse(arguments, &FLAGS).map_err(Failure::Usage)? {
            match argument {
                Argument::Flag(_) => {}
                Argument::Plain(name) if file.is_none() => file = Some(PathBuf::from(name)),
                Argument::Plain(_) => return Err(Failure::Usage("only one configuration can be read".to_owned())),
                Argument::Option(name, value) => match name.as_str() {
                    "c" | "config" => file = Some(value.into()),
                    "pipeline-parameters" => parameters = Some(value),
                    name if PASSED_OVER.contains(&name) => {}
                    _ => return Err(Failure::Usage(format!("there is no option `--{name}` here"))),
                },
            }
        }
        let file = file.unwrap_or_else(|| DEFAULT.into());
        let text = match file.to_str() {
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
            }
            Some(_) | None => fs::read_to_string(&file),
        };
        let text = text.map_err(|error| Failure::Failed(format!("{} cannot be read: {error}", file.display())))?;
        let mut inputs = Inputs::new(git_ref());
        if let Some(parameters) = parameters {
            inputs.parameters = arguments_of(&parameters)?;
        }
        Ok(Self { source: Source::new(file.display().to_string(), text), inputs })
    }
}

/// What this job was started for; outside of a job, a push to `main`.
fn git_ref() -> GitRef {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    match variable("CIRCLE_TAG") {
        Some(tag) => GitRef::Tag(tag),
        None => GitRef::Branch(variable("CIRCLE_BRANCH").unwrap_or_else(|| "main".to_owned())),
    }
}

/// Reads `{"deploy": true}`, or a file of that.
fn arguments_of(text: &str) -> Result<std::collections::BTreeMap<String, Value>, Failure> {
    let wrong =
        |why: String| Failure::Usage(format!("`--pipeline-parameters` is a JSON object, or a file of one: {why}"));
    let json = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        fs::read_to_string(text).map_err(|error| wrong(format!("{text} cannot be read: {error}")))?
    };
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&json).map_err(|error| wrong(error.to_string()))?;
    object
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                serde_json::Value::Bool(value) => Value::Bool(value),
                serde_json::Value::String(value) => Value::String(value),
                serde_json::Value::Number(number) => match number.as_i64() {
                    Some(number) => Value::Int(number),
                    None => return Err(wrong(format!("`{name}` is no whole number"))),
                },
                serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                    return Err(wrong(format!("`{name}` is neither a text, nor a number, nor true or false")));
                }
            };
            Ok((name, value))
        })
        .collect()
}
