use model::plan::Environment;

use super::layered;

fn of(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_is_built_in_wins_over_what_is_stored() {
    let stored = of(&[("CI", "no"), ("TOKEN", "of the context")]);
    let environment = layered(&stored, of(&[("CI", "true"), ("CIRCLE_JOB", "test")]));
    assert_eq!(environment, of(&[("CI", "true"), ("CIRCLE_JOB", "test"), ("TOKEN", "of the context")]));
}
