//! Test results: the cases of the JUnit files that tasks stored.

use model::{
    blob::{FailedTests, Timings},
    id::{JobId, ProjectId, TaskId},
};
use serde::Serialize;
use sqlx::SqliteExecutor;

use crate::{Error, Result, Tx, row};

/// Cases that are written by one statement.
const BATCH: usize = 2_000;

/// How many earlier runs of a job timings come from.
const RUNS: u32 = 5;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TestOutcome {
    /// It passed.
    Success,
    /// What it checks is not so.
    Failure,
    /// It broke before it could check.
    Error,
    /// It was not run.
    Skipped,
}

impl TestOutcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Error, Self::Skipped];

    /// The name in rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }

    /// Reads [`TestOutcome::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.name() == name)
    }
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// Its class, module or suite; may be empty.
    pub classname: String,
    /// Where it is written, when the report tells.
    pub file: Option<String>,
    /// How it ended.
    pub result: TestOutcome,
    /// How long it took.
    pub duration_us: u64,
    /// What it says about its end; empty for most.
    pub message: String,
}

/// A case with the task that ran it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// Which of its job's tasks, from 0.
    pub node_index: u32,
    /// The case.
    pub case: TestCase,
}

/// Counts of a job's cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TestCounts {
    /// Those that passed.
    pub success: u64,
    /// Those that failed or broke.
    pub failed: u64,
    /// Those that were not run.
    pub skipped: u64,
}

impl TestCounts {
    /// All of them.
    pub const fn total(self) -> u64 {
        self.success + self.failed + self.skipped
    }
}

/// Where cases come from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The job.
    pub job: JobId,
    /// Which of its tasks.
    pub task: TaskId,
    /// The same by its place, from 0.
    pub node_index: u32,
    /// Path of the file.
    pub path: &'a str,
}

/// Forgets what came from a file before: it is stored again.
pub async fn clear(tx: &mut Tx, source: Source<'_>) -> Result<()> {
    let task = source.task.to_string();
    sqlx::query!("DELETE FROM test_result WHERE task_id = ?1 AND source = ?2", task, source.path)
        .execute(tx.db())
        .await?;
    Ok(())
}

/// Adds cases of a file.
pub async fn append(tx: &mut Tx, source: Source<'_>, cases: &[TestCase]) -> Result<()> {
    let Source { job, task, node_index, path } = source;
    let (job, task) = (job.to_string(), task.to_string());
    for batch in cases.chunks(BATCH) {
        let batch = row::to_json(batch)?;
        sqlx::query!(
            "INSERT INTO test_result (job_id, task_id, node_index, source, name, classname, file, result, duration_us, message)
             SELECT ?1, ?2, ?3, ?4, value ->> 'name', value ->> 'classname', value ->> 'file', value ->> 'result',
                    value ->> 'duration_us', value ->> 'message'
             FROM json_each(?5)",
            job,
            task,
            node_index,
            path,
            batch
        )
        .execute(tx.db())
        .await?;
    }
    Ok(())
}

/// How many cases of each kind a job has.
pub async fn count(db: impl SqliteExecutor<'_>, job: JobId) -> Result<TestCounts> {
    let job = job.to_string();
    let rows = sqlx::query!(
        r#"SELECT result, count(*) AS "count!: i64" FROM test_result WHERE job_id = ?1 GROUP BY result"#,
        job
    )
    .fetch_all(db)
    .await?;
    let mut counts = TestCounts::default();
    for found in rows {
        let count: u64 = row::number("count", found.count)?;
        match row::name("result", &found.result, TestOutcome::from_name)? {
            TestOutcome::Success => counts.success += count,
            TestOutcome::Failure | TestOutcome::Error => counts.failed += count,
            TestOutcome::Skipped => counts.skipped += count,
        }
    }
    Ok(counts)
}

struct TestRow {
    node_index: i64,
    name: String,
    classname: String,
    file: Option<String>,
    result: String,
    duration_us: i64,
    message: String,
}

impl TryFrom<TestRow> for TestResult {
    type Error = Error;

    fn try_from(row: TestRow) -> Result<Self> {
        let TestRow { node_index, name, classname, file, result, duration_us, message } = row;
        let case = TestCase {
            name,
            classname,
            file,
            result: row::name("result", &result, TestOutcome::from_name)?,
            duration_us: row::number("duration_us", duration_us)?,
            message,
        };
        Ok(Self { node_index: row::number("node_index", node_index)?, case })
    }
}

/// The cases of a job in the order in which they came: those after `after` (0: from the first on), at most `limit`. With the
/// place of the last one, when there are more.
pub async fn list(
    db: impl SqliteExecutor<'_>,
    job: JobId,
    after: i64,
    limit: u32,
) -> Result<(Vec<TestResult>, Option<i64>)> {
    let (job, one_more) = (job.to_string(), limit.saturating_add(1));
    let mut rows = sqlx::query!(
        r#"SELECT id AS "id!: i64", node_index, name, classname, file, result, duration_us, message FROM test_result
           WHERE job_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"#,
        job,
        after,
        one_more
    )
    .fetch_all(db)
    .await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().map(|row| row.id).filter(|_| has_more);
    let results = rows.into_iter().map(|found| {
        TestResult::try_from(TestRow {
            node_index: found.node_index,
            name: found.name,
            classname: found.classname,
            file: found.file,
            result: found.result,
            duration_us: found.duration_us,
            message: found.message,
        })
    });
    Ok((results.collect::<Result<_>>()?, last))
}

/// The failed cases of a job, at most `limit`, in the order in which they came.
pub async fn list_failed(db: impl SqliteExecutor<'_>, job: JobId, limit: u32) -> Result<Vec<TestResult>> {
    let job = job.to_string();
    sqlx::query_as!(
        TestRow,
        "SELECT node_index, name, classname, file, result, duration_us, message FROM test_result
         WHERE job_id = ?1 AND result IN ('failure', 'error') ORDER BY id LIMIT ?2",
        job,
        limit
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(TestResult::try_from)
    .collect()
}

/// The cases of a job that did not fail, the slowest first, at most `limit`.
pub async fn list_slowest(db: impl SqliteExecutor<'_>, job: JobId, limit: u32) -> Result<Vec<TestResult>> {
    let job = job.to_string();
    sqlx::query_as!(
        TestRow,
        "SELECT node_index, name, classname, file, result, duration_us, message FROM test_result
         WHERE job_id = ?1 AND result IN ('success', 'skipped') ORDER BY duration_us DESC, id LIMIT ?2",
        job,
        limit
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(TestResult::try_from)
    .collect()
}

/// Files and classes of a job that had a failed test, and how many tests failed.
pub async fn failed_tests(db: impl SqliteExecutor<'_> + Copy, job: JobId) -> Result<FailedTests> {
    let TestCounts { success, failed, skipped } = count(db, job).await?;
    let job = job.to_string();
    let rows = sqlx::query!(
        "SELECT DISTINCT file, classname FROM test_result WHERE job_id = ?1 AND result IN ('failure', 'error')",
        job
    )
    .fetch_all(db)
    .await?;
    let mut tests = FailedTests { failed, total: success + failed + skipped, ..FailedTests::default() };
    for row in rows {
        tests.file.extend(row.file.filter(|file| !file.is_empty()));
        tests.classname.extend(Some(row.classname).filter(|classname| !classname.is_empty()));
    }
    Ok(tests)
}

/// How long the tests of a job took in its last runs before `before` that have results: the mean over the runs in which
/// each occurs.
pub async fn timings(
    db: impl SqliteExecutor<'_> + Copy,
    project: ProjectId,
    job_name: &str,
    before: u64,
) -> Result<Timings> {
    let (project, before) = (project.to_string(), row::integer(before));
    let runs = sqlx::query_scalar!(
        "SELECT id FROM job j WHERE project_id = ?1 AND name = ?2 AND number < ?3
           AND EXISTS (SELECT 1 FROM test_result WHERE job_id = j.id AND result <> 'skipped')
         ORDER BY number DESC LIMIT ?4",
        project,
        job_name,
        before,
        RUNS
    )
    .fetch_all(db)
    .await?;
    let runs = row::to_json(&runs)?;
    let mut timings = Timings::default();
    // A test runs in one task of each run; a file or class is the sum of its tests there.
    let files = sqlx::query!(
        r#"SELECT label AS "label!: String", avg(us) AS "us!: f64" FROM
           (SELECT file AS label, sum(duration_us) AS us FROM test_result
            WHERE job_id IN (SELECT value FROM json_each(?1)) AND result <> 'skipped' AND file IS NOT NULL
            GROUP BY job_id, file) GROUP BY label"#,
        runs
    )
    .fetch_all(db)
    .await?;
    timings.file.extend(files.into_iter().map(|row| (row.label, row.us / 1e6)));
    let classes = sqlx::query!(
        r#"SELECT label AS "label!: String", avg(us) AS "us!: f64" FROM
           (SELECT classname AS label, sum(duration_us) AS us FROM test_result
            WHERE job_id IN (SELECT value FROM json_each(?1)) AND result <> 'skipped' AND classname <> ''
            GROUP BY job_id, classname) GROUP BY label"#,
        runs
    )
    .fetch_all(db)
    .await?;
    timings.classname.extend(classes.into_iter().map(|row| (row.label, row.us / 1e6)));
    let names = sqlx::query!(
        r#"SELECT label AS "label!: String", avg(us) AS "us!: f64" FROM
           (SELECT name AS label, sum(duration_us) AS us FROM test_result
            WHERE job_id IN (SELECT value FROM json_each(?1)) AND result <> 'skipped'
            GROUP BY job_id, name) GROUP BY label"#,
        runs
    )
    .fetch_all(db)
    .await?;
    timings.name.extend(names.into_iter().map(|row| (row.label, row.us / 1e6)));
    Ok(timings)
}
