use std::collections::BTreeMap;

use bytes::Bytes;
use model::{
    event::StepKey,
    id::{JobId, TaskId},
    protocol::Epoch,
    time::Timestamp,
};
use proptest::prelude::*;
use store::{
    Store, StoreOptions,
    task::{Task, TaskState},
};
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    Cursor, Feed, LineCounts, LogLine, Place, Window,
    cursor::{NoCursor, Position},
};
use crate::{
    http::web::ansi::Style,
    log::{LogKey, Logs},
};

struct Kit {
    logs: Logs,
    task: Task,
    counts: LineCounts,
    _dir: TempDir,
}

impl Kit {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open(dir.path(), StoreOptions::default()).await.unwrap();
        let logs = Logs::open(dir.path(), store.bus().clone()).unwrap();
        let task = Task {
            id: TaskId::from_uuid(Uuid::from_u128(1)),
            job_id: JobId::from_uuid(Uuid::from_u128(2)),
            node_index: 0,
            state: TaskState::Queued,
            reason: None,
            epoch: Epoch(1),
            runner_id: None,
            token_hash: None,
            claimed_at: None,
            ended_at: None,
            started_user_step: false,
            last_seq: 0,
            cancel_requested: false,
            unclaimed_count: 0,
            given_back_by: None,
        };
        Self { logs, task, counts: LineCounts::default(), _dir: dir }
    }

    async fn append(&self, step: u32, bytes: &[u8]) {
        let key = LogKey::of(&self.task, StepKey::first(step));
        let have = self.logs.len(key).await.unwrap();
        self.logs.append(key, have, Bytes::copy_from_slice(bytes), Timestamp::from_millis(1_000)).await.unwrap();
    }

    async fn window(&self, place: Place) -> Window {
        let key = LogKey::of(&self.task, StepKey::first(1));
        Window::read(&self.logs, &self.counts, key, place, false).await.unwrap()
    }
}

fn texts(lines: &[LogLine]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}", line.number, line.html)).collect()
}

#[tokio::test]
async fn windows_of_a_log() {
    let kit = Kit::new().await;
    assert!(kit.window(Place::Last(5)).await.lines.is_empty());
    kit.append(1, b"one\n\x1b[31mtwo\nthree\x1b[0m\nfour\nfi").await;

    let all = kit.window(Place::Last(100)).await;
    let red = "<b class=\"a31\">";
    assert_eq!(
        texts(&all.lines),
        [
            "1 one".to_owned(),
            format!("2 {red}two</b>"),
            format!("3 {red}three</b>"),
            "4 four".to_owned(),
            "5 fi".to_owned()
        ]
    );
    assert_eq!((all.before, all.after, all.end.line), (0, false, 5));
    assert_eq!(all.lines[0].time, "00:00:01.000");

    let last = kit.window(Place::Last(2)).await;
    assert_eq!(texts(&last.lines), ["4 four", "5 fi"]);
    assert_eq!((last.before, last.after), (3, false));

    let middle = kit.window(Place::From(3, 2)).await;
    assert_eq!(texts(&middle.lines), ["3 three", "4 four"]);
    assert_eq!((middle.before, middle.after), (2, true));

    let behind = kit.window(Place::From(99, 2)).await;
    assert_eq!(texts(&behind.lines), ["5 fi"]);
    kit.append(1, b"ve\n").await;
    assert_eq!(texts(&kit.window(Place::Last(1)).await.lines), ["5 five"]);
    assert_eq!(kit.window(Place::Nothing).await.lines.len(), 0);
}

#[tokio::test]
async fn windows_of_a_long_log_count_right() {
    let kit = Kit::new().await;
    let text: String = (1..=60_000).map(|n| format!("this is line {n} of a long log\n")).collect();
    kit.append(1, text.as_bytes()).await;
    for _ in 0..2 {
        let last = kit.window(Place::Last(2)).await;
        assert_eq!(texts(&last.lines)[1], "60000 this is line 60000 of a long log");
        let from = kit.window(Place::From(31_234, 1)).await;
        assert_eq!(texts(&from.lines), ["31234 this is line 31234 of a long log"]);
        assert_eq!((from.before, from.after), (31_233, true));
    }
    // More than a window holds: what does not fit comes with the next one.
    let most = kit.window(Place::Last(u64::MAX)).await;
    assert_eq!(most.before + most.lines.len() as u64, 60_000);
    // A browser that lags behind is told what it misses, and ends where the log ends.
    let mut feed = Feed::new(kit.logs.clone(), kit.counts.clone(), Cursor::default());
    let pieces = feed.next(&kit.task).await.unwrap();
    assert_eq!(pieces.len(), 1);
    assert_eq!(pieces[0].skipped + pieces[0].lines.len() as u64, 60_000);
    assert_eq!(feed.next(&kit.task).await.unwrap().len(), 0);
}

#[test]
fn cursors_are_read_back() {
    let mut style = Style::default();
    style.select("1;31;42");
    let logs = BTreeMap::from([
        (StepKey::first(0), Position { offset: 17, line: 2, style: Style::default() }),
        (StepKey { step: 3, attempt: 1 }, Position { offset: 1 << 40, line: 1 << 33, style }),
    ]);
    let cursor = Cursor { epoch: 4, logs };
    assert_eq!(cursor.to_string().parse(), Ok(cursor));
    for text in ["", "x", "1~", "1~1.0.0", "1~1.0.0.0.0", "1~1.0.-1.1.0", "1~4294967296.0.0.1.0"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

/// What a browser does with lines: one with a known id replaces, others are appended.
fn receive(shown: &mut Vec<(u64, String)>, lines: &[LogLine]) {
    for line in lines {
        let html = line.html.to_string();
        match shown.iter_mut().find(|(number, _)| *number == line.number) {
            Some(old) => old.1 = html,
            None => shown.push((line.number, html)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Output comes in arbitrary pieces, in two steps at once; the connection breaks at arbitrary points, and the browser
    /// comes back with the last id that it has seen. In the end it shows what a fresh page would show.
    #[test]
    fn a_broken_connection_loses_and_doubles_nothing(
        writes in prop::collection::vec((1..3_u32, "[a-c\n\r\u{1b}\\[31m;0 ]{0,12}", any::<bool>(), any::<bool>()), 1..30)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let kit = Kit::new().await;
            let mut shown: BTreeMap<u32, Vec<(u64, String)>> = BTreeMap::new();
            let mut last_id = Cursor::default().to_string();
            let mut feed = Feed::new(kit.logs.clone(), kit.counts.clone(), last_id.parse().unwrap());
            for (step, text, breaks, sees_half) in &writes {
                kit.append(*step, text.as_bytes()).await;
                let pieces = feed.next(&kit.task).await.unwrap();
                // A connection may break between two events.
                let count = if *breaks && *sees_half { pieces.len() / 2 } else { pieces.len() };
                for piece in &pieces[..count] {
                    receive(shown.entry(piece.key.step).or_default(), &piece.lines);
                    last_id = piece.cursor.to_string();
                }
                if *breaks {
                    feed = Feed::new(kit.logs.clone(), kit.counts.clone(), last_id.parse().unwrap());
                }
            }
            for piece in feed.next(&kit.task).await.unwrap() {
                receive(shown.entry(piece.key.step).or_default(), &piece.lines);
            }
            for step in 1..3 {
                let key = LogKey::of(&kit.task, StepKey::first(step));
                let fresh = Window::read(&kit.logs, &kit.counts, key, Place::Last(1_000), false).await.unwrap();
                let fresh: Vec<_> = fresh.lines.iter().map(|line| (line.number, line.html.to_string())).collect();
                assert_eq!(shown.remove(&step).unwrap_or_default(), fresh);
            }
        });
    }
}

#[test]
fn a_cursor_that_no_log_can_have_is_refused() {
    for text in
        ["1~1.0.0.2.0", "1~1.0.0.0.0", "1~1.0.18446744073709551615.1.0", "1~1.0.9.18446744073709551615.0", "1~x"]
    {
        assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
    }
    assert!("1~1.0.0.1.0".parse::<Cursor>().is_ok());
}
