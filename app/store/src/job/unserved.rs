//! Whether any runner can take a job at all.

use model::{plan::ResourceClass, protocol::Offers, time::Timestamp};

use super::Needs;
use crate::runner::Runner;

/// A runner that has not been heard of for so long, in milliseconds, is away: a waiting claim comes every minute at the
/// least.
pub const AWAY_MS: i64 = 180_000;

/// Why no runner of those that are there can take a job; `None` when one can.
pub fn unserved(needs: Needs, class: Option<&ResourceClass>, runners: &[Runner], now: Timestamp) -> Option<String> {
    let offers: Vec<&Offers> =
        runners.iter().filter(|runner| runner.is_online(now)).map(|runner| &runner.offers).collect();
    unserved_by(needs, class, &offers)
}

/// Why runners with these offers cannot take a job; `None` when one can.
pub fn unserved_by(needs: Needs, class: Option<&ResourceClass>, offers: &[&Offers]) -> Option<String> {
    let queue = needs.queue(class);
    if offers.iter().any(|offers| Needs::queues(offers).contains(&queue)) {
        return None;
    }
    if offers.is_empty() {
        return Some("no runner is connected".to_owned());
    }
    let label = match (needs, class) {
        (Needs::Macos, class) => class.and_then(ResourceClass::label).or(Some("macos")),
        (Needs::Docker | Needs::Machine, class) => class.and_then(ResourceClass::label),
    };
    let Some(label) = label else {
        return Some(match needs {
            Needs::Machine => {
                "no connected runner offers the machine executor: an administrator can allow it on a runner's \
                               host with ROUNDHOUSE_RUNNER_MACHINE=on, or map machine images to container images with \
                               ROUNDHOUSE_RUNNER_MACHINE_IMAGES"
                    .to_owned()
            }
            Needs::Docker => "no connected runner offers the Docker executor".to_owned(),
            Needs::Macos => "no connected runner is a Mac".to_owned(),
        });
    };
    let class = class.map_or(label, |class| class.0.as_str());
    Some(format!(
        "no runner offers the resource class `{class}`: start one with ROUNDHOUSE_RUNNER_LABELS={label}{}, or choose \
         another class",
        match needs {
            Needs::Docker => "",
            Needs::Machine | Needs::Macos => " and ROUNDHOUSE_RUNNER_MACHINE=on",
        }
    ))
}

#[cfg(test)]
mod tests {
    use model::{plan::ResourceClass, protocol::Offers};

    use super::{Needs, unserved_by};

    fn offers(docker: bool, machine: bool, labels: &[&str]) -> Offers {
        Offers { docker, machine, resource_classes: labels.iter().map(|label| (*label).to_owned()).collect() }
    }

    #[test]
    fn a_job_is_served_where_its_queue_is() {
        let docker = offers(true, false, &[]);
        let arm = offers(true, false, &["arm", "acme/big"]);
        let mac = offers(false, true, &["macos"]);
        let windows = offers(false, true, &["windows"]);
        let all = [&docker, &arm, &mac, &windows];
        for (needs, class, servers) in [
            (Needs::Docker, None, vec![&docker, &arm]),
            (Needs::Docker, Some("large"), vec![&docker, &arm]),
            (Needs::Docker, Some("arm.large"), vec![&arm]),
            (Needs::Docker, Some("acme/big"), vec![&arm]),
            (Needs::Docker, Some("acme/small"), vec![]),
            (Needs::Docker, Some("gpu.nvidia.small"), vec![]),
            (Needs::Machine, None, vec![&mac, &windows]),
            (Needs::Machine, Some("windows.medium"), vec![&windows]),
            (Needs::Machine, Some("arm.medium"), vec![]),
            (Needs::Macos, None, vec![&mac]),
            (Needs::Macos, Some("m2pro.medium"), vec![&mac]),
            (Needs::Macos, Some("macos.m1.medium.gen1"), vec![&mac]),
        ] {
            let class = class.map(|class: &str| ResourceClass(class.to_owned()));
            for offers in all {
                let served = unserved_by(needs, class.as_ref(), &[offers]).is_none();
                assert_eq!(served, servers.contains(&offers), "{needs:?} {class:?} {offers:?}");
            }
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let class = |class: &str| ResourceClass(class.to_owned());
        let docker = offers(true, false, &[]);
        let say = |needs, class: Option<&ResourceClass>| unserved_by(needs, class, &[&docker]).unwrap();
        assert_eq!(unserved_by(Needs::Docker, None, &[]).unwrap(), "no runner is connected");
        assert_eq!(
            say(Needs::Docker, Some(&class("acme/gpu"))),
            "no runner offers the resource class `acme/gpu`: start one with ROUNDHOUSE_RUNNER_LABELS=acme/gpu, or choose \
             another class"
        );
        assert!(say(Needs::Machine, Some(&class("windows.medium"))).contains("ROUNDHOUSE_RUNNER_LABELS=windows and"));
        assert!(say(Needs::Machine, None).contains("ROUNDHOUSE_RUNNER_MACHINE=on"));
        assert!(say(Needs::Macos, None).contains("ROUNDHOUSE_RUNNER_LABELS=macos"));
    }
}
