use super::host_of;

#[test]
fn hosts_are_found_in_both_forms() {
    for (address, host) in [
        ("git@github.com:acme/app.git", Some("github.com")),
        ("github.com:acme/app.git", Some("github.com")),
        ("ssh://git@git.example.com:2222/acme/app.git", Some("git.example.com")),
        ("ssh://127.0.0.1:2222/srv/app", Some("127.0.0.1")),
        ("https://github.com/acme/app.git", None),
        ("ssh://git@github.com", None),
        ("git@-oProxyCommand=x:app", None),
        ("ssh://-oProxyCommand=x/app", None),
        ("/srv/app", None),
        ("", None),
    ] {
        assert_eq!(host_of(address), host, "{address}");
    }
}
