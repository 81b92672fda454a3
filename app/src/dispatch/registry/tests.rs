use model::plan::{AwsAuth, BasicAuth, Container, Environment, Executor, ImageAuth};

use super::{Unset, masks, resolve, value};

fn variables() -> Environment {
    [("USER_NAME", "ada"), ("PASSWORD", "swordfish"), ("EMPTY", "")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

#[test]
fn variables_become_values() {
    for (text, expected) in [
        ("$PASSWORD", Ok("swordfish")),
        ("${PASSWORD}", Ok("swordfish")),
        ("$EMPTY", Ok("")),
        ("plain", Ok("plain")),
        ("", Ok("")),
        ("a$PASSWORD-b", Ok("aswordfish-b")),
        ("${USER_NAME}_$PASSWORD", Ok("ada_swordfish")),
        ("$UNSET", Err("UNSET")),
        ("${UNSET}", Err("UNSET")),
        ("pa$$word", Ok("pa$$word")),
        ("pa$word", Ok("pa$word")),
        ("$5", Ok("$5")),
        ("a$", Ok("a$")),
        ("${PASSWORD", Ok("${PASSWORD")),
        ("$\u{e9}", Ok("$\u{e9}")),
    ] {
        let expected = expected.map(str::to_owned).map_err(|name: &str| Unset(name.to_owned()));
        assert_eq!(value(text, &variables()), expected, "{text}");
    }
}

#[test]
fn credentials_that_nobody_set_are_taken_away_and_told() {
    let basic = |password: &str| {
        Some(ImageAuth::Basic(BasicAuth { username: "$USER_NAME".to_owned(), password: password.to_owned() }))
    };
    let aws = Some(ImageAuth::Aws(AwsAuth { secret_access_key: Some("$PASSWORD".to_owned()), ..AwsAuth::default() }));
    let container = |image: &str, auth| Container { image: image.to_owned(), auth, ..Container::default() };
    let containers = vec![container("a", basic("$PASSWORD")), container("b", basic("$NOBODY")), container("c", aws)];
    let mut executor = Executor::Docker { containers };
    let notes = resolve(&mut executor, &variables());
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("image b name $NOBODY"), "{}", notes[0]);
    assert_eq!(masks(&executor), ["swordfish", "swordfish"]);
    let Executor::Docker { containers } = executor else { panic!() };
    let expected = ImageAuth::Basic(BasicAuth { username: "ada".to_owned(), password: "swordfish".to_owned() });
    assert_eq!((containers[0].auth.as_ref(), containers[1].auth.as_ref()), (Some(&expected), None));
}
