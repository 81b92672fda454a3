//! A flag for every setting, made from the catalogue: a new setting needs no code here.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, error::Error};

use crate::settings::{CATALOGUE, Resolved, Settings, Sources};

/// `--github-app-id 7 --config-file F …`, as given.
#[derive(Clone, Debug, Default)]
pub struct SettingsFlags {
    flags: BTreeMap<String, String>,
    config_file: Option<PathBuf>,
}

impl SettingsFlags {
    /// Resolves all settings with these flags on top.
    ///
    /// # Errors
    /// As [`Resolved::new`] and [`Settings::new`].
    pub fn resolve(self) -> anyhow::Result<(Resolved, Settings)> {
        let resolved = Resolved::new(&Sources::with_flags(self.flags, self.config_file))?;
        let settings = Settings::new(&resolved)?;
        Ok((resolved, settings))
    }

    /// As [`SettingsFlags::or`], but only where the environment does not say either.
    pub fn or_default(self, flag: &str, value: impl Into<String>) -> Self {
        let variable = format!("ROUNDHOUSE_{}", flag.replace('-', "_").to_uppercase());
        if std::env::var_os(variable).is_some() { self } else { self.or(flag, value) }
    }

    /// As if `--FLAG VALUE` had been given, unless it was.
    pub fn or(mut self, flag: &str, value: impl Into<String>) -> Self {
        self.flags.entry(flag.to_owned()).or_insert_with(|| value.into());
        self
    }
}

impl Args for SettingsFlags {
    fn augment_args(command: Command) -> Command {
        let heading = "Settings (each also as environment variable and in the settings file)";
        let command = command.arg(
            Arg::new("config-file")
                .long("config-file")
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .help("Settings file [default: roundhouse.toml in the data directory]")
                .help_heading(heading),
        );
        CATALOGUE.iter().filter(|setting| !setting.planned).fold(command, |command, setting| {
            let mut help = format!("{} [env: {}]", setting.meaning, setting.variable());
            if !setting.default.is_empty() {
                help += &format!(" [default: {}]", setting.default);
            }
            let flag = setting.flag();
            let command = if setting.secret {
                command.arg(
                    Arg::new(format!("{flag}-file"))
                        .long(format!("{flag}-file"))
                        .value_name("FILE")
                        .help(format!("{} (read from a file) [env: {}_FILE]", setting.meaning, setting.variable()))
                        .help_heading(heading),
                )
            } else {
                command
            };
            command.arg(
                Arg::new(flag.clone())
                    .long(flag)
                    .value_name(setting.value)
                    .help(help)
                    .hide(setting.secret)
                    .help_heading(heading),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingsFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for setting in CATALOGUE.iter().filter(|setting| !setting.planned) {
            let flag = setting.flag();
            let names = if setting.secret { vec![format!("{flag}-file"), flag] } else { vec![flag] };
            for name in names {
                if let Some(value) = matches.get_one::<String>(&name) {
                    self.flags.insert(name, value.clone());
                }
            }
        }
        self.config_file = matches.get_one::<PathBuf>("config-file").cloned();
        Ok(())
    }
}
