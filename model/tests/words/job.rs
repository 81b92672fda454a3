//! A job's states.

use std::fmt::Write;

use model::job::{JobEvent, JobState, Outcome};

fn events() -> Vec<JobEvent> {
    let mut events =
        vec![JobEvent::Unblocked, JobEvent::Held, JobEvent::Approved, JobEvent::Claimed, JobEvent::Unclaimed];
    events.extend(Outcome::ALL.map(JobEvent::Ended));
    events
}

#[test]
fn every_state_and_every_event() {
    let mut table = String::new();
    for state in JobState::ALL {
        for event in events() {
            let after = state.on(event).map_or("-", JobState::name);
            writeln!(table, "{:<20} {:<30} {after}", state.name(), format!("{event:?}")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_end_is_final() {
    for outcome in Outcome::ALL {
        for event in events() {
            assert!(JobState::Ended(outcome).on(event).is_err(), "{outcome:?} {event:?}");
        }
    }
}

#[test]
fn rows_read_back_as_they_were_written() {
    for state in JobState::ALL {
        assert_eq!(JobState::from_row(state.phase(), state.outcome().map(Outcome::name)), Some(state));
    }
    for wrong in [("ended", None), ("running", Some("success")), ("ended", Some("fine")), ("lost", None)] {
        assert_eq!(JobState::from_row(wrong.0, wrong.1), None, "{wrong:?}");
    }
}

#[test]
fn the_worse_of_two_outcomes_does_not_depend_on_their_order() {
    for one in Outcome::ALL {
        assert_eq!(one.worse(one), one);
        for other in Outcome::ALL {
            assert_eq!(one.worse(other), other.worse(one), "{one:?} {other:?}");
        }
    }
}
