//! Configurations in a line.

/// A workflow of jobs that each require the one before. Every job runs `true` in the image `test/base`.
pub fn chain<const N: usize>(jobs: [&str; N]) -> String {
    let edges: Vec<(&str, Vec<&str>)> = jobs
        .iter()
        .enumerate()
        .map(|(index, job)| (*job, index.checked_sub(1).map(|before| jobs[before]).into_iter().collect()))
        .collect();
    graph(&edges)
}

/// A workflow of jobs with what each requires.
pub fn graph(jobs: &[(&str, Vec<&str>)]) -> String {
    let mut text = "version: 2.1\njobs:\n".to_owned();
    for (job, _) in jobs {
        text += &format!("  {job}:\n    docker: [{{image: test/base}}]\n    steps:\n      - run: \"true\"\n");
    }
    text += "workflows:\n  main:\n    jobs:\n";
    for (job, requires) in jobs {
        match requires.as_slice() {
            [] => text += &format!("      - {job}\n"),
            requires => text += &format!("      - {job}: {{requires: [{}]}}\n", requires.join(", ")),
        }
    }
    text
}

/// A workflow of one job of these steps in this image. Steps are YAML of a list at no indent.
pub fn docker_job(image: &str, steps: &str) -> String {
    one_job(&format!("docker: [{{image: {image}}}]"), steps)
}

/// A workflow of one job of these steps on the runner's host.
pub fn machine_job(steps: &str) -> String {
    one_job("machine: true", steps)
}

fn one_job(executor: &str, steps: &str) -> String {
    let steps: String = steps.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "version: 2.1\njobs:\n  build:\n    {executor}\n    steps:\n{steps}workflows:\n  main:\n    jobs: [build]\n"
    )
}
