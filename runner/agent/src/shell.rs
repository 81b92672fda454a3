//! How a command is given to a shell.
//!
//! Known shells get it as `-c COMMAND`, whether or not the configuration wrote the `-c`: `/bin/bash -eo pipefail` and
//! `bash -lc` both work. PowerShell gets a file after `-File`, and ends with the code of the last program that the command
//! has run; `cmd.exe` gets a file after `/C CALL`. Every other interpreter (`python3`, `/usr/bin/env node`) gets a file with
//! the command as its last argument, unless its own option for inline code (`-c`, `-e`, `-Command`) is already there.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use crate::os::programs::{DEFAULT_SHELLS, LONGEST_ARGUMENT, shell_path};

const SH: &str = "/bin/sh";

/// Programs that take `-c COMMAND` and read a file with `. FILE`.
const SHELLS: [&str; 8] = ["bash", "sh", "dash", "ash", "ksh", "mksh", "zsh", "busybox"];

/// Options of other interpreters after which code is expected.
const INLINE: [&str; 6] = ["-c", "-e", "-r", "--eval", "-Command", "-command"];

/// What stands after a command in a file of PowerShell: without it, a program that fails at the end would not count.
const LAST_EXIT_CODE: &str = "\r\nif (Test-Path -LiteralPath Variable:\\LASTEXITCODE) { exit $LASTEXITCODE }\r\n";

/// A shell with its arguments.
#[derive(Debug, PartialEq, Eq)]
pub struct Shell {
    words: Vec<String>,
    form: Form,
    /// The default where there is no bash: a shell that does not read `$BASH_ENV` by itself.
    plain_default: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Form {
    /// A shell without `-c` yet.
    Shell,
    /// A shell with `-c`.
    ShellInline,
    /// Another interpreter that waits for code.
    Inline,
    /// PowerShell, of whichever age.
    PowerShell,
    /// The command interpreter of Windows.
    Cmd,
    /// Another interpreter, which reads a file.
    File,
}

impl Shell {
    /// Reads `shell` of a configuration.
    ///
    /// # Errors
    /// A sentence: it is empty, or a quote is not closed.
    pub fn parse(text: &str) -> Result<Self, String> {
        // A backslash is a part of a path where paths have them.
        let words = if cfg!(windows) { shlex::split(&text.replace('\\', "\\\\")) } else { shlex::split(text) };
        let words =
            words.ok_or_else(|| format!("`shell: {text}` cannot be split into words: a quote is not closed"))?;
        let last = words.last().ok_or("`shell` is empty: leave it out, or name a shell such as `/bin/sh`")?;
        let form = if words.iter().any(|word| is_shell(word)) {
            let inline = last.starts_with('-') && !last.starts_with("--") && last.contains('c');
            if inline { Form::ShellInline } else { Form::Shell }
        } else if INLINE.contains(&last.as_str()) {
            Form::Inline
        } else if words.iter().any(|word| matches!(name(word), "powershell" | "pwsh")) {
            Form::PowerShell
        } else if name(&words[0]) == "cmd" {
            Form::Cmd
        } else {
            Form::File
        };
        Ok(Self { words, form, plain_default: false })
    }

    /// The shell of jobs that name none. `works` runs a command line and says whether it succeeded.
    ///
    /// # Errors
    /// A sentence: there is no shell.
    pub fn default_of(works: impl FnOnce(&[&str]) -> bool) -> Result<Self, String> {
        let is_there = |program: &Option<&str>| program.is_none_or(|program| Path::new(program).exists());
        if let Some((_, shell)) = DEFAULT_SHELLS.iter().find(|(program, _)| is_there(program)) {
            return Self::parse(shell);
        }
        if !Path::new(SH).exists() {
            return Err("there is neither /bin/bash nor /bin/sh here: use an image that has a shell".to_owned());
        }
        let pipefail = works(&[SH, "-o", "pipefail", "-c", ":"]);
        let shell = Self::parse(if pipefail { "/bin/sh -eo pipefail -c" } else { "/bin/sh -e -c" })?;
        Ok(Self { plain_default: true, ..shell })
    }

    /// Whether this is the default where there is no bash, which does not read `$BASH_ENV` by itself.
    pub fn is_plain_default(&self) -> bool {
        self.plain_default
    }

    /// The program.
    pub fn program(&self) -> &str {
        &self.words[0]
    }

    /// The whole command line for a command, which sources `$BASH_ENV` first where that is asked for. `write` makes a file with the given extension and text.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn command_line(
        &self,
        command: &str,
        sources_bash_env: bool,
        write: impl FnOnce(&str, &str) -> io::Result<PathBuf>,
    ) -> io::Result<Vec<OsString>> {
        let Self { words, form, plain_default: _ } = self;
        let mut line: Vec<OsString> = words.iter().map(OsString::from).collect();
        match form {
            Form::Shell | Form::ShellInline => {
                if *form == Form::Shell {
                    line.push("-c".into());
                }
                // On the command's own first line: the numbers in the shell's error messages stay right.
                let source = if sources_bash_env { ". \"$BASH_ENV\"; " } else { "" };
                line.push(if command.len() > LONGEST_ARGUMENT {
                    format!("{source}. '{}'", shell_path(&write("sh", command)?)).into()
                } else {
                    format!("{source}{command}").into()
                });
            }
            Form::Inline => line.push(command.into()),
            Form::PowerShell => {
                if !words.last().is_some_and(|last| last.eq_ignore_ascii_case("-file")) {
                    line.push("-File".into());
                }
                // The mark tells PowerShell 5 that the file is UTF-8.
                line.push(write("ps1", &format!("\u{feff}{command}{LAST_EXIT_CODE}"))?.into());
            }
            Form::Cmd => {
                if !words.last().is_some_and(|last| last.eq_ignore_ascii_case("/c")) {
                    line.push("/C".into());
                }
                line.push("CALL".into());
                line.push(write("cmd", &format!("@echo off\r\n{}\r\n", command.replace('\n', "\r\n")))?.into());
            }
            Form::File => line.push(write("script", command)?.into()),
        }
        Ok(line)
    }
}

fn is_shell(word: &str) -> bool {
    SHELLS.contains(&name(word))
}

/// The name of a program, without its place and the ending that Windows gives it.
fn name(word: &str) -> &str {
    let file = word.rsplit(['/', '\\']).next().unwrap_or(word);
    file.strip_suffix(".exe").unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::Shell;

    fn line(shell: &str, command: &str) -> String {
        let line = Shell::parse(shell)
            .unwrap()
            .command_line(command, false, |extension, _| Ok(format!("/s.{extension}").into()));
        line.unwrap().into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn shells_take_the_command_after_c() {
        assert_eq!(line("/bin/bash -eo pipefail", "x y"), "/bin/bash|-eo|pipefail|-c|x y");
        assert_eq!(line("/bin/bash -eo pipefail -c", "x"), "/bin/bash|-eo|pipefail|-c|x");
        assert_eq!(line("bash -lc", "x"), "bash|-lc|x");
        assert_eq!(line("bash --login -eo pipefail", "x"), "bash|--login|-eo|pipefail|-c|x");
        assert_eq!(line("bash --rcfile", "x"), "bash|--rcfile|-c|x");
        assert_eq!(line("arch /bin/bash", "x"), "arch|/bin/bash|-c|x");
        assert_eq!(line("'/opt/my shells/zsh' -e", "x"), "/opt/my shells/zsh|-e|-c|x");
    }

    #[test]
    fn other_interpreters_read_a_file() {
        assert_eq!(line("python3", "x"), "python3|/s.script");
        assert_eq!(line("/usr/bin/env node", "x"), "/usr/bin/env|node|/s.script");
        assert_eq!(line("pwsh -NoProfile", "x"), "pwsh|-NoProfile|-File|/s.ps1");
        assert_eq!(
            line("powershell.exe -ExecutionPolicy Bypass -File", "x"),
            "powershell.exe|-ExecutionPolicy|Bypass|-File|/s.ps1"
        );
        assert_eq!(line("pwsh -Command", "x"), "pwsh|-Command|x");
        assert_eq!(line("cmd.exe", "x"), "cmd.exe|/C|CALL|/s.cmd");
        assert_eq!(line("'C:/Program Files/Git/bin/bash.exe' -e", "x"), "C:/Program Files/Git/bin/bash.exe|-e|-c|x");
        assert_eq!(line("python3 -c", "x"), "python3|-c|x");
        assert_eq!(line("node -e", "x"), "node|-e|x");
    }

    #[test]
    fn a_file_of_powershell_ends_with_the_last_code_and_one_of_cmd_has_the_line_ends_of_windows() {
        let file = |shell: &str, command: &str| {
            let mut file = String::new();
            let write = |_: &str, text: &str| {
                file = text.to_owned();
                Ok("/s".into())
            };
            Shell::parse(shell).unwrap().command_line(command, false, write).unwrap();
            file
        };
        let script = file("pwsh", "git status");
        assert!(script.starts_with("\u{feff}git status\r\n") && script.contains("exit $LASTEXITCODE"), "{script}");
        assert_eq!(file("cmd.exe", "one\ntwo"), "@echo off\r\none\r\ntwo\r\n");
    }

    #[test]
    fn long_commands_are_sourced_from_a_file() {
        assert_eq!(line("bash -e", &"x".repeat(200_000)), "bash|-e|-c|. '/s.sh'");
    }

    #[test]
    fn nonsense_is_explained() {
        assert!(Shell::parse("bash 'oops").unwrap_err().contains("quote"));
        assert!(Shell::parse("  ").unwrap_err().contains("empty"));
    }
}
