//! How a local run looks: lines with the job's name in front, and, on a terminal, what runs right now below them.

use std::io::{self, Write};

use model::job::{JobState, Outcome};
use store::{job::Job, task::Task};

use crate::{cli::terminal, os::columns};

/// Something worth a line.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A job is in another state.
    Job {
        /// Its name.
        job: String,
        /// Its state.
        state: JobState,
        /// Why, where there is something to say.
        reason: Option<String>,
        /// How long it ran, in milliseconds.
        millis: Option<i64>,
    },
    /// A step began.
    Step {
        /// Of which job.
        job: String,
        /// Its name.
        name: String,
    },
    /// A step ended badly.
    StepFailed {
        /// Of which job.
        job: String,
        /// A sentence.
        sentence: String,
    },
    /// A line of output, without its end.
    Output {
        /// Of which job.
        job: String,
        /// The line, as it came.
        line: String,
    },
}

/// What runs right now: the lines at the bottom of a terminal.
#[derive(Clone, Debug)]
pub struct Active {
    /// The job.
    pub job: String,
    /// Its step.
    pub step: String,
    /// Since the job began, in milliseconds.
    pub millis: i64,
}

/// Writes to standard output.
#[derive(Debug)]
pub struct Screen {
    colours: bool,
    live: bool,
    quiet: bool,
    silent: bool,
    /// Width of the longest job name.
    width: usize,
    jobs: Vec<String>,
    footer: usize,
    frame: usize,
}

impl Screen {
    /// For the jobs with these labels. `quiet`: no output of steps, only states. `silent`: nothing at all.
    pub fn new(jobs: Vec<String>, quiet: bool, silent: bool) -> Self {
        let colours = terminal::colours_on_stdout();
        Self {
            colours,
            live: colours,
            quiet,
            silent,
            width: jobs.iter().map(|job| job.chars().count()).max().unwrap_or(0).min(32),
            jobs,
            footer: 0,
            frame: 0,
        }
    }

    /// Writes what happened, and then what runs.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn draw(&mut self, happenings: &[Happening], active: &[Active], waiting: usize) -> io::Result<()> {
        if self.silent {
            return Ok(());
        }
        let mut text = String::new();
        if self.footer > 0 {
            // Up over the footer, and clear from there.
            text += &format!("\r\x1b[{}A\x1b[J", self.footer);
            self.footer = 0;
        }
        for happening in happenings {
            self.line(happening, &mut text);
        }
        if self.live {
            self.footer(active, waiting, &mut text);
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// A line of its own, for the frame around the run.
    ///
    /// # Errors
    /// Standard output is gone.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        self.draw(&[], &[], 0)?;
        if self.silent { Ok(()) } else { writeln!(io::stdout(), "{line}") }
    }

    /// `text` in a style, where there are colours.
    pub fn paint(&self, style: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn line(&self, happening: &Happening, text: &mut String) {
        match happening {
            Happening::Output { .. } if self.quiet => {}
            Happening::Output { job, line } => {
                *text += &format!("{} {}\n", self.prefix(job), printable(line, self.colours));
            }
            Happening::Step { job, name } => {
                let title = name.lines().next().unwrap_or_default();
                *text += &format!("{} {}\n", self.prefix(job), self.paint("1", &format!("▸ {title}")));
            }
            Happening::StepFailed { job, sentence } => {
                *text += &format!("{} {}\n", self.prefix(job), self.paint("31", sentence));
            }
            Happening::Job { job, state, reason, millis } => {
                let (mark, style) = mark(*state);
                let mut line = format!("{mark} {job} {}", words(*state));
                if let Some(millis) = millis {
                    line += &format!(" in {}", seconds(*millis));
                }
                if let Some(reason) = reason {
                    line += &format!(": {reason}");
                }
                *text += &format!("{}\n", self.paint(style, &line));
            }
        }
    }

    fn prefix(&self, job: &str) -> String {
        const STYLES: [&str; 6] = ["36", "33", "35", "34", "32", "96"];
        let index = self.jobs.iter().position(|known| base(known) == base(job)).unwrap_or(0);
        let name: String = job.chars().take(self.width).collect();
        self.paint(STYLES[index % STYLES.len()], &format!("{name:<width$} │", width = self.width))
    }

    fn footer(&mut self, active: &[Active], waiting: usize, text: &mut String) {
        const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        if active.is_empty() {
            return;
        }
        self.frame = (self.frame + 1) % FRAMES.len();
        let columns = columns().unwrap_or(80).max(20);
        let mut lines = Vec::new();
        for job in active.iter().take(8) {
            let step = job.step.lines().next().unwrap_or_default();
            lines.push(format!("{} {}  {}  {step}", FRAMES[self.frame], job.job, seconds(job.millis)));
        }
        if active.len() > 8 {
            lines.push(format!("  and {} more running", active.len() - 8));
        }
        if waiting > 0 {
            lines.push(format!("  {waiting} {} waiting", if waiting == 1 { "job" } else { "jobs" }));
        }
        for line in &lines {
            let cut: String = line.chars().take(columns - 1).collect();
            *text += &format!("{}\n", self.paint("2", &cut));
        }
        self.footer = lines.len();
    }
}

/// What stands before the lines of a task: its job, and which run of it, where there are several.
pub fn label(job: &Job, task: &Task) -> String {
    if job.parallelism > 1 { run_label(&job.name, task.node_index) } else { job.name.clone() }
}

/// `test/0`.
pub fn run_label(job: &str, run: u32) -> String {
    format!("{job}/{run}")
}

/// The job of a label.
fn base(label: &str) -> &str {
    match label.rsplit_once('/') {
        Some((job, run)) if !run.is_empty() && run.bytes().all(|digit| digit.is_ascii_digit()) => job,
        Some(_) | None => label,
    }
}

/// `12s`, `2m 05s`.
pub fn seconds(millis: i64) -> String {
    let millis = millis.max(0);
    match millis / 1000 {
        seconds @ 60.. => format!("{}m {:02}s", seconds / 60, seconds % 60),
        seconds @ 10.. => format!("{seconds}s"),
        seconds => format!("{seconds}.{}s", millis % 1000 / 100),
    }
}

/// The glyph and style of a state.
pub fn mark(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Blocked | JobState::Queued => ("·", "2"),
        JobState::OnHold => ("◆", "33"),
        JobState::Running => ("▶", "34"),
        JobState::Ended(Outcome::Success) => ("✓", "32"),
        JobState::Ended(Outcome::Failed | Outcome::TimedOut) => ("✗", "31"),
        JobState::Ended(Outcome::InfrastructureFail) => ("▲", "31"),
        JobState::Ended(Outcome::Unauthorized) => ("▲", "35"),
        JobState::Ended(Outcome::Canceled | Outcome::NotRun) => ("–", "2"),
    }
}

fn words(state: JobState) -> &'static str {
    match state {
        JobState::Blocked => "is blocked",
        JobState::OnHold => "is on hold",
        JobState::Queued => "is queued",
        JobState::Running => "runs",
        JobState::Ended(Outcome::Success) => "succeeded",
        JobState::Ended(Outcome::Failed) => "failed",
        JobState::Ended(Outcome::Canceled) => "was canceled",
        JobState::Ended(Outcome::NotRun) => "did not run",
        JobState::Ended(Outcome::Unauthorized) => "was not allowed to run",
        JobState::Ended(Outcome::TimedOut) => "ran out of time",
        JobState::Ended(Outcome::InfrastructureFail) => "could not run",
    }
}

/// A line of somebody's output that cannot move the cursor: what a carriage return left standing, colours where wanted,
/// no other control sequence.
fn printable(line: &str, colours: bool) -> String {
    let line = line.trim_end_matches('\r');
    let line = line.rsplit('\r').next().unwrap_or(line);
    let mut text = String::new();
    let mut coloured = false;
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\x1b' if rest.peek() == Some(&'[') => {
                rest.next();
                let mut sequence = String::new();
                for next in rest.by_ref() {
                    sequence.push(next);
                    if ('@'..='~').contains(&next) {
                        break;
                    }
                }
                if colours && sequence.ends_with('m') && sequence.len() < 32 {
                    text += &format!("\x1b[{sequence}");
                    coloured = true;
                }
            }
            '\t' => text.push('\t'),
            control if control.is_control() => {}
            other => text.push(other),
        }
    }
    if coloured {
        text += "\x1b[0m";
    }
    text
}
