//! What starts a pipeline, and who.

use serde::{Deserialize, Serialize};

/// What started a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// An event of the forge: a push, a tag, a pull request.
    Webhook,
    /// A schedule.
    Schedule,
    /// A call of the API, or a person at the dashboard.
    Api,
    /// The command line on the user's own machine (`roundhouse run`).
    Local,
}

impl Trigger {
    /// The value of `pipeline.trigger_source`, as rows hold it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Schedule => "schedule",
            Self::Api => "api",
            Self::Local => "local",
        }
    }

    /// Reads [`Trigger::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Webhook, Self::Schedule, Self::Api, Self::Local].into_iter().find(|trigger| trigger.name() == name)
    }
}

/// A person (or bot) at the forge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// The forge's numeric id: the identity. Names can be taken by others.
    pub id: Option<i64>,
    /// Login name, shown.
    pub login: String,
}
