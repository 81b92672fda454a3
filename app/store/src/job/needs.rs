//! What a job needs of its runner, and so where it waits.

use model::{
    plan::{Executor, ResourceClass},
    protocol::Offers,
};

/// The executor that a job needs its runner to offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Needs {
    /// The Docker executor.
    Docker,
    /// The machine executor.
    Machine,
    /// A Mac.
    Macos,
}

impl Needs {
    /// Every executor.
    pub const ALL: [Self; 3] = [Self::Docker, Self::Machine, Self::Macos];

    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Machine => "machine",
            Self::Macos => "macos",
        }
    }

    /// Reads [`Needs::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|needs| needs.name() == name)
    }

    /// What a planned executor needs.
    pub const fn of(executor: &Executor) -> Self {
        match executor {
            Executor::Docker { .. } => Self::Docker,
            Executor::Machine { .. } => Self::Machine,
            Executor::Macos { .. } => Self::Macos,
        }
    }

    /// The queue that a job with this executor waits in: the executor, or the executor and the label that its runner must
    /// offer ([`ResourceClass::label`]).
    pub fn queue(self, resource_class: Option<&ResourceClass>) -> String {
        match (self, resource_class.and_then(ResourceClass::label)) {
            // Whatever the class, a Mac is what it takes.
            (Self::Macos, Some(label)) if !label.contains('/') => self.name().to_owned(),
            (_, Some(label)) => format!("{}@{label}", self.name()),
            (_, None) => self.name().to_owned(),
        }
    }

    /// The queues that a runner with these offers serves, sorted.
    pub fn queues(offers: &Offers) -> Vec<String> {
        let Offers { docker, machine, resource_classes } = offers;
        let is_mac = *machine && resource_classes.iter().any(|label| label == "macos");
        let mut queues = Vec::new();
        for (offered, needs) in [(*docker, Self::Docker), (*machine, Self::Machine), (is_mac, Self::Macos)] {
            if offered {
                queues.push(needs.queue(None));
                queues.extend(resource_classes.iter().map(|label| needs.queue(Some(&ResourceClass(label.clone())))));
            }
        }
        queues.sort_unstable();
        queues.dedup();
        queues
    }
}
