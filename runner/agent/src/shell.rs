//! How a command is given to a shell.
//!
//! Known shells get it as `-c COMMAND`, whether or not the configuration wrote the `-c`: `/bin/bash -eo pipefail` and
//! `bash -lc` both work. Every other interpreter (`python3`, `/usr/bin/env node`, `pwsh`) gets a file with the command as
//! its last argument, unless its own option for inline code (`-c`, `-e`) is already there.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

const BASH: &str = "/bin/bash";
const SH: &str = "/bin/sh";

/// Programs that take `-c COMMAND` and read a file with `. FILE`.
const SHELLS: [&str; 8] = ["bash", "sh", "dash", "ash", "ksh", "mksh", "zsh", "busybox"];

/// Options of other interpreters after which code is expected.
const INLINE: [&str; 6] = ["-c", "-e", "-r", "--eval", "-Command", "-command"];

/// Longer commands go into a file: the kernel takes at most 128 KiB as one argument.
const LONGEST_ARGUMENT: usize = 100_000;

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
    /// Another interpreter, which reads a file.
    File,
}

impl Shell {
    /// Reads `shell` of a configuration.
    ///
    /// # Errors
    /// A sentence: it is empty, or a quote is not closed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = shlex::split(text)
            .ok_or_else(|| format!("`shell: {text}` cannot be split into words: a quote is not closed"))?;
        let last = words.last().ok_or("`shell` is empty: leave it out, or name a shell such as `/bin/sh`")?;
        let form = if words.iter().any(|word| is_shell(word)) {
            let inline = last.starts_with('-') && !last.starts_with("--") && last.contains('c');
            if inline { Form::ShellInline } else { Form::Shell }
        } else if INLINE.contains(&last.as_str()) {
            Form::Inline
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
        if Path::new(BASH).exists() {
            return Self::parse("/bin/bash -eo pipefail -c");
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
                    let mut argument = OsString::from(source);
                    argument.push(". '");
                    argument.push(write("sh", command)?);
                    argument.push("'");
                    argument
                } else {
                    format!("{source}{command}").into()
                });
            }
            Form::Inline => line.push(command.into()),
            Form::File => {
                let extension = if words.iter().any(|word| word.ends_with("pwsh")) { "ps1" } else { "script" };
                line.push(write(extension, command)?.into());
            }
        }
        Ok(line)
    }
}

fn is_shell(word: &str) -> bool {
    SHELLS.contains(&word.rsplit('/').next().unwrap_or(word))
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
        assert_eq!(line("pwsh -NoProfile", "x"), "pwsh|-NoProfile|/s.ps1");
        assert_eq!(line("python3 -c", "x"), "python3|-c|x");
        assert_eq!(line("node -e", "x"), "node|-e|x");
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
