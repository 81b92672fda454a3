//! Programs: how they are found, and who runs them.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus},
};

use super::child::Pid;

/// For environments that set no `PATH`.
pub const DEFAULT_PATH: &str = r"C:\Windows\System32;C:\Windows;C:\Windows\System32\WindowsPowerShell\v1.0";

/// Between the directories of a `PATH`.
pub const PATH_SEPARATOR: &str = ";";

/// The longest text that goes to a program as one argument: a whole command line has at most 32 Ki characters.
pub const LONGEST_ARGUMENT: usize = 24_000;

/// Shells of jobs that name none: PowerShell is CircleCI's default on Windows. The profile of a user has no place in a job,
/// and there is nobody to ask.
pub const DEFAULT_SHELLS: &[(Option<&str>, &str)] =
    &[(None, "powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass")];

/// Why a job has no `ssh-agent` of its own.
pub const NO_SSH_AGENT: Option<&str> = Some("The ssh-agent of Windows is one for the whole machine");

/// What is kept of an inherited environment that the user did not choose: without most of these, programs do not start.
pub const INHERITED: &[&str] = &[
    "ALLUSERSPROFILE",
    "COMMONPROGRAMFILES",
    "COMMONPROGRAMFILES(X86)",
    "COMMONPROGRAMW6432",
    "COMPUTERNAME",
    "COMSPEC",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "LANG",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROCESSOR_IDENTIFIER",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PROGRAMW6432",
    "PUBLIC",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TMP",
    "USER",
    "USERDOMAIN",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// Endings of programs, where no variable names them.
const ENDINGS: &str = ".COM;.EXE;.BAT;.CMD";

/// The program of this name in a directory.
pub fn find(directory: &Path, name: &str) -> Option<PathBuf> {
    let is_program = |candidate: &PathBuf| fs::metadata(candidate).is_ok_and(|found| found.is_file());
    let endings = env::var("PATHEXT").unwrap_or_else(|_| ENDINGS.to_owned());
    let with_endings =
        endings.split(';').map(|ending| directory.join(format!("{name}{}", ending.to_ascii_lowercase())));
    let exact = Path::new(name).extension().map(|_| directory.join(name));
    exact.into_iter().chain(with_endings).find(is_program)
}

/// The name of a variable, as it is kept: without regard to small and capital letters, which are the same here.
pub fn variable_name(name: OsString) -> OsString {
    name.to_ascii_uppercase()
}

/// Makes a program known by one more name: a link of the file system, or a copy, since symbolic links take a right that few
/// users have.
///
/// # Errors
/// It cannot be made.
pub fn link(program: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(program, name).or_else(|_| fs::copy(program, name).map(drop))
}

/// The user that the agent runs as, as the system writes it.
pub(super) fn account() -> OsString {
    let name = env::var_os("USERNAME").unwrap_or_default();
    match env::var_os("USERDOMAIN") {
        Some(mut domain) if !domain.is_empty() => {
            domain.push("\\");
            domain.push(name);
            domain
        }
        Some(_) | None => name,
    }
}

/// The user that the agent runs as, for people.
pub fn user() -> String {
    format!("the user {}", account().to_string_lossy())
}

/// The home of the user that the agent runs as, where `HOME` does not name it.
pub fn home() -> OsString {
    env::var_os("USERPROFILE").unwrap_or_else(|| r"C:\".into())
}

/// Runs another program in the place of this one.
///
/// # Errors
/// It cannot be started.
pub fn become_program(command: &mut Command, _name: &OsStr) -> Result<ExitCode, io::Error> {
    let status = command.status()?;
    Ok(ExitCode::from(u8::try_from(exit_code(status)).unwrap_or(1)))
}

/// Nobody listens: there is no such socket here.
pub fn answers(_socket: &Path) -> bool {
    false
}

/// The number of a process, as programs are told it.
pub fn number(pid: Pid) -> String {
    pid.0.to_string()
}

/// A path as a shell reads it, for which a backslash is something else.
pub fn shell_path(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The shell of `tests run`, which takes `-c COMMAND`: that of Git, by `PATH`.
pub fn plain_shell() -> &'static str {
    "bash.exe"
}

/// The code that a process ended with.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or(1)
}
