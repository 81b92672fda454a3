//! A row of dots: the jobs of a workflow, or the latest pipelines of a branch, at a glance.

use askama::Template;
use model::job::JobState;

use super::Mark;
use crate::http::format::plural;

/// A row of dots, ten pixels apart.
#[derive(Clone, Debug, Template)]
#[template(path = "part/dots.html")]
pub struct Dots {
    marks: Vec<Mark>,
    label: String,
}

impl askama::filters::HtmlSafe for Dots {}

impl Dots {
    /// More dots than this tell nothing more.
    const MOST: usize = 20;

    /// With a label of one's own.
    pub fn new(mut marks: Vec<Mark>, label: String) -> Self {
        marks.truncate(Self::MOST);
        Self { marks, label }
    }

    /// One for each job. The label counts them by state, in the order of their first one.
    pub fn of_jobs(jobs: &[JobState]) -> Self {
        let marks: Vec<Mark> = jobs.iter().map(|job| Mark::of_job(*job)).collect();
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for mark in &marks {
            match counts.iter_mut().find(|(label, _)| *label == mark.label) {
                Some((_, count)) => *count += 1,
                None => counts.push((mark.label, 1)),
            }
        }
        let counts: Vec<String> =
            counts.iter().map(|(label, count)| format!("{count} {}", label.to_lowercase())).collect();
        Self::new(marks, format!("{}: {}", plural(jobs.len() as u64, "job"), counts.join(", ")))
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    fn width(&self) -> usize {
        (self.marks.len() * 10).saturating_sub(2)
    }

    fn dots(&self) -> impl Iterator<Item = (usize, Mark)> {
        self.marks.iter().enumerate().map(|(index, mark)| (index * 10, *mark))
    }
}
