//! What the agent does before `curl` and `wget` in a job of a setup workflow: nothing but sending the call that continues the
//! pipeline to this server. Scripts and orbs make it to the address of CircleCI's own, which knows nothing of this pipeline.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use model::agent::SERVER_URL_VARIABLE;

use crate::{environment::find_program, os::programs};

/// The call.
const CONTINUE: &str = "/api/v2/pipeline/continue";

/// What a shell says of a program that is not there.
const NOT_FOUND: u8 = 127;

/// Becomes the program that is meant, with the address of the one call replaced.
pub fn stand_before(program: &str, arguments: &[OsString]) -> ExitCode {
    let server = env::var(SERVER_URL_VARIABLE).ok().filter(|url| !url.is_empty());
    let arguments = arguments.iter().map(|argument| match &server {
        Some(server) => redirected(argument, server),
        None => argument.clone(),
    });
    let Some(path) = real(program) else {
        eprintln!("{program}: command not found");
        return ExitCode::from(NOT_FOUND);
    };
    programs::become_program(Command::new(&path).args(arguments), OsStr::new(program)).unwrap_or_else(|error| {
        eprintln!("{}: {error}", path.display());
        ExitCode::from(NOT_FOUND)
    })
}

/// The address of the call at any host, as the one at this server; everything else as it is.
fn redirected(argument: &OsStr, server: &str) -> OsString {
    let call = || {
        let (scheme, rest) = argument.to_str()?.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/')?);
        let is_plain = !host.is_empty() && !host.contains(['?', '#', '@']);
        // Addresses that people put together have slashes too many.
        let path = path.split('/').filter(|part| !part.is_empty()).fold(String::new(), |path, part| path + "/" + part);
        (matches!(scheme, "http" | "https") && is_plain && path == CONTINUE).then_some(())
    };
    match call() {
        Some(()) => format!("{}{CONTINUE}", server.trim_end_matches('/')).into(),
        None => argument.to_owned(),
    }
}

/// The first program of this name that is not the agent.
fn real(program: &str) -> Option<PathBuf> {
    let agent = env::current_exe().ok();
    let path = env::var_os("PATH")?;
    let is_agent =
        |candidate: &Path| candidate.canonicalize().ok().zip(agent.as_ref()).is_some_and(|(it, agent)| it == *agent);
    let directories = env::split_paths(&path)
        .filter(|directory| !directory.as_os_str().is_empty())
        .filter(|directory| !programs::find(directory, program).is_some_and(|found| is_agent(&found)));
    find_program(program, &env::join_paths(directories).ok()?)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::redirected;

    #[test]
    fn only_the_one_call_goes_elsewhere() {
        let to = |argument: &str| redirected(OsStr::new(argument), "http://127.0.0.1:8000/").into_string().unwrap();
        let ours = "http://127.0.0.1:8000/api/v2/pipeline/continue";
        assert_eq!(to("https://circleci.com/api/v2/pipeline/continue"), ours);
        assert_eq!(to("https://ci.example:8443/api/v2//pipeline/continue"), ours);
        for other in [
            "https://circleci.com/api/v2/pipeline/continue/x",
            "https://circleci.com/api/v2/me",
            "https://circleci.com/api/v2/pipeline/continue?x=1",
            "ftp://circleci.com/api/v2/pipeline/continue",
            "-XPOST",
            "{\"url\": \"https://circleci.com/api/v2/pipeline/continue\"}",
            "@/tmp/circleci/continue_post.json",
        ] {
            assert_eq!(to(other), other);
        }
    }
}
