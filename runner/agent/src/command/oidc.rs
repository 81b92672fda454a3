//! `circleci run oidc get`: a token that says who the job is, for an audience of its own choice.

use std::{ffi::OsString, io, process::ExitCode};

use model::{
    blob::SOCKET,
    oidc::{AUDIENCE, IssuedToken, PATH, ROOT_ISSUER},
};
use serde_json::Value;

use super::{
    Failure,
    arguments::{Argument, parse},
    place::spool_directory,
    print,
};
use crate::{
    blob::{Client, Failure as Broken, Target},
    watch::Watch,
};

/// Prints a token, which the server signs.
pub fn get(arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let target = target(arguments).map_err(Failure::Usage)?;
    let fail = |why: &str| Failure::Failed(format!("there is no token to be had: {why}"));
    let Some(directory) = spool_directory() else { return Err(fail("`run oidc get` works inside a job only")) };
    let client = Client::new(directory.join(SOCKET), Watch::never());
    let read = |body: &mut dyn io::Read| serde_json::from_reader::<_, IssuedToken>(body).map_err(io::Error::from);
    match client.get(&target, |_, body| read(body)) {
        Ok(Some(IssuedToken { token })) => Ok(print(format!("{token}\n").as_bytes())),
        Ok(None) => Err(fail("this server, or this job's runner, gives none: update them")),
        Err(Broken::Absent) => Err(fail("this runner has no connection to the server for jobs: update the runner")),
        Err(failure) => Err(fail(&failure.sentence())),
    }
}

/// What is asked for.
fn target(arguments: &[OsString]) -> Result<Target, String> {
    let mut target = Target::new(PATH);
    for argument in parse(arguments, &["root-issuer"])? {
        target = match argument {
            Argument::Flag(_) => target.with(ROOT_ISSUER, "true"),
            Argument::Option(name, claims) if name == "claims" => {
                audience(&claims)?.iter().fold(target, |target, text| target.with(AUDIENCE, text))
            }
            Argument::Option(name, _) => return Err(format!("`run oidc get` has no option `--{name}`")),
            Argument::Plain(word) => return Err(format!("`run oidc get` takes no `{}`", word.display())),
        };
    }
    Ok(target)
}

/// The audience in `--claims`: nothing else of a token is the job's to choose.
fn audience(claims: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`--claims` is a JSON object such as {{\"aud\": \"AUDIENCE\"}}, not `{claims}`");
    let Ok(Value::Object(claims)) = serde_json::from_str(claims) else { return Err(wrong()) };
    let mut audience = Vec::new();
    for (name, value) in claims {
        match (name.as_str(), value) {
            ("aud", Value::String(text)) => audience.push(text),
            ("aud", Value::Array(texts)) => {
                for text in texts {
                    audience.push(text.as_str().ok_or_else(wrong)?.to_owned());
                }
            }
            ("aud", _) => return Err(wrong()),
            (other, _) => return Err(format!("only the claim `aud` can be chosen, not `{other}`")),
        }
    }
    Ok(audience)
}

#[cfg(test)]
mod tests {
    use super::target;

    fn asked(words: &[&str]) -> Result<String, String> {
        let words: Vec<_> = words.iter().map(Into::into).collect();
        target(&words).map(|target| target.as_str().to_owned())
    }

    #[test]
    fn only_the_audience_and_the_issuer_are_chosen() {
        for (words, address) in [
            (&[][..], "/oidc/token"),
            (&["--root-issuer"], "/oidc/token?root-issuer=true"),
            (&["--claims", r#"{"aud": "sts.example.com"}"#], "/oidc/token?audience=sts.example.com"),
            (&["--claims={}"], "/oidc/token"),
            (
                &["--claims", r#"{"aud": ["a b", "c"]}"#, "--root-issuer"],
                "/oidc/token?audience=a%20b&audience=c&root-issuer=true",
            ),
        ] {
            assert_eq!(asked(words).as_deref(), Ok(address), "{words:?}");
        }
        for (words, why) in [
            (&["--claims", r#"{"sub": "somebody"}"#][..], "only the claim `aud` can be chosen, not `sub`"),
            (&["--claims", "aud"], "`--claims` is a JSON object"),
            (&["--claims", r#"{"aud": 1}"#], "`--claims` is a JSON object"),
            (&["--claims"], "`--claims` needs a value"),
            (&["--ttl", "5m"], "no option `--ttl`"),
            (&["aud"], "takes no `aud`"),
        ] {
            let refused = asked(words).unwrap_err();
            assert!(refused.contains(why), "{words:?}: {refused}");
        }
    }
}
