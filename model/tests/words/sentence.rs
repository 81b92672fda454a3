//! Sentences for people.

use model::event::{StepResult, duration};

#[test]
fn every_end_of_a_step_has_a_sentence() {
    let exit = |code| StepResult::Exit { code };
    let results = [
        exit(0),
        exit(1),
        exit(126),
        exit(127),
        exit(137),
        exit(255),
        StepResult::Signal { signal: 9, out_of_memory: false },
        StepResult::Signal { signal: 9, out_of_memory: true },
        StepResult::Signal { signal: 40, out_of_memory: false },
        StepResult::TimedOut { limit_ms: 3_600_000 },
        StepResult::NoOutput { limit_ms: 600_000 },
        StepResult::NotStarted { reason: "no such image".to_owned() },
        StepResult::Lost { reason: "the container is gone".to_owned() },
        StepResult::Canceled,
    ];
    let sentences: Vec<_> = results.iter().map(|result| result.sentence().unwrap_or_default()).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn durations() {
    let cases = [
        (0, "0 milliseconds"),
        (1, "1 millisecond"),
        (1_000, "1 second"),
        (1_500, "1.5 seconds"),
        (90_000, "90 seconds"),
        (60_000, "1 minute"),
        (5_400_000, "90 minutes"),
        (7_200_000, "2 hours"),
    ];
    for (millis, expected) in cases {
        assert_eq!(duration(millis), expected);
    }
}
