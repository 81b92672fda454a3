//! Trust zones.

use model::{project::GitRef, zone::Zone};

#[test]
fn what_comes_from_elsewhere_is_a_fork() {
    assert_eq!(Zone::of_pull_request(7, Some(7)), Zone::Repo);
    assert_eq!(Zone::of_pull_request(7, Some(8)), Zone::Fork { repository: Some(8) });
    assert_eq!(Zone::of_pull_request(7, None), Zone::Fork { repository: None });
    let branch = |name: &str| Zone::of_ref(&GitRef::Branch(name.to_owned()), "main");
    assert_eq!((branch("main"), branch("Main"), branch("fork:8")), (Zone::Protected, Zone::Repo, Zone::Repo));
    assert_eq!(Zone::of_ref(&GitRef::Tag("main".to_owned()), "main"), Zone::Repo, "a tag may have a branch's name");
}

#[test]
fn zones_are_read_as_they_are_written() {
    let zones = [Zone::Protected, Zone::Repo, Zone::Fork { repository: Some(12) }, Zone::Fork { repository: None }];
    for zone in zones {
        assert_eq!(zone.to_string().parse(), Ok(zone));
    }
    assert_eq!(zones.map(|zone| zone.to_string()), ["protected", "repo", "fork:12", "fork:gone"]);
    assert_eq!(zones.map(Zone::may_have_secrets), [true, true, false, false]);
    for wrong in ["", "fork", "fork:", "fork:x", "Repo"] {
        assert!(wrong.parse::<Zone>().is_err(), "{wrong}");
    }
}
