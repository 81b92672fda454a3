//! Stable names of the kinds of findings.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// Stable name of a kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// `config::unknown-job`
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("config::", $name),)+
                }
            }
        }
    };
}

codes! {
    /// The text is not YAML.
    YamlSyntax = "yaml-syntax",
    /// The document is too large, too deep, or grows too much through its aliases or its expansion.
    TooLarge = "too-large",
    /// A key stands twice in one map.
    DuplicateKey = "duplicate-key",
    /// A value has the wrong type.
    WrongType = "wrong-type",
    /// A value has the right type and is still wrong.
    InvalidValue = "invalid-value",
    /// A key that must be there is not.
    MissingKey = "missing-key",
    /// A key that means nothing here.
    UnknownKey = "unknown-key",
    /// A key of CircleCI's that is not built yet.
    NotSupported = "not-supported",
    /// A key that is accepted and has no effect here.
    NoEffect = "no-effect",
    /// A key that CircleCI has given up.
    Deprecated = "deprecated",
    /// A version of the language that does not exist.
    UnknownVersion = "unknown-version",
    /// A key of version 2.1 in an older configuration.
    NeedsVersion = "needs-version",
    /// There is nothing to run.
    NoWorkflow = "no-workflow",
    /// A workflow runs a job that does not exist.
    UnknownJob = "unknown-job",
    /// A job requires one that the workflow does not have.
    UnknownRequires = "unknown-requires",
    /// Jobs that wait for each other.
    RequiresCycle = "requires-cycle",
    /// No workflow runs this job.
    UnusedJob = "unused-job",
    /// A job requires a name that several jobs of the workflow have.
    DuplicateJob = "duplicate-job",
    /// A regular expression that cannot be read.
    InvalidPattern = "invalid-pattern",
    /// A step that does not exist.
    UnknownStep = "unknown-step",
    /// An executor that does not exist.
    UnknownExecutor = "unknown-executor",
    /// A job that says not where it runs, or says it twice.
    Executor = "executor",
    /// `<<` without `>>`, or sections that do not match.
    TemplateSyntax = "template-syntax",
    /// An expression that cannot be read.
    ExpressionSyntax = "expression-syntax",
    /// An operator that gets a value it does not take.
    ExpressionType = "expression-type",
    /// A parameter or pipeline value that does not exist.
    UnknownName = "unknown-name",
    /// A parameter without a default gets no argument.
    MissingArgument = "missing-argument",
    /// An argument for a parameter that does not exist.
    UnknownArgument = "unknown-argument",
    /// An argument of the wrong type.
    WrongArgument = "wrong-argument",
    /// Commands that call each other without end.
    Recursion = "recursion",
    /// An orb that is not imported, or has no such part.
    UnknownOrb = "unknown-orb",
    /// An orb that holds nothing.
    EmptyOrb = "empty-orb",
    /// A logic statement that is not one.
    Logic = "logic",
    /// A matrix that cannot be laid out.
    Matrix = "matrix",
    /// Jobs of one workflow that wait for the same lock.
    SerialGroup = "serial-group",
    /// A job group that cannot be used like that.
    JobGroup = "job-group",
    /// A schedule that is not one.
    Schedule = "schedule",
    /// A value that others can choose stands in a shell command.
    ShellInjection = "shell-injection",
    /// A secret stands in the file.
    PlainSecret = "plain-secret",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let code = Self::ALL.iter().copied().find(|code| code.name() == name);
        code.ok_or_else(|| serde::de::Error::custom(format!("`{name}` is not a code of a finding")))
    }
}
