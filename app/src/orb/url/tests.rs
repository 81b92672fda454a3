use super::*;

fn orbs() -> UrlOrbs {
    let allow = ["https://orbs.example.com/ci/", "https://1.1.1.1/", "https://127.0.0.1/", "https://[::1]/"];
    UrlOrbs::new(allow.map(str::to_owned).to_vec(), Clock::System)
}

#[test]
fn only_allowed_addresses_are_asked() {
    for address in [
        "https://orbs.example.com/ci/node.yml",
        "https://orbs.example.com/ci/deep/er/node.yml?x=1",
        "https://ORBS.example.com:443/ci/a/../node.yml",
        "https://1.1.1.1/node.yml",
    ] {
        assert!(orbs().check(address).is_ok(), "{address}");
    }
    for address in [
        "http://orbs.example.com/ci/node.yml",
        "https://orbs.example.com/cisco/node.yml",
        "https://orbs.example.com/ci",
        "https://orbs.example.com/ci/../secret.yml",
        "https://orbs.example.com/ci/%2e%2e/secret.yml",
        "https://orbs.example.com/ci/..%2fsecret.yml",
        "https://orbs.example.com/ci/..\\..\\secret.yml",
        "https://orbs.example.com:8443/ci/node.yml",
        "https://orbs.example.com.evil.example/ci/node.yml",
        "https://orbs.example.com@127.0.0.1/ci/node.yml",
        "https://user:word@orbs.example.com/ci/node.yml",
        "https://orbs.example.com./ci/node.yml",
        "https://127.0.0.1/node.yml",
        "https://0x7f.1/node.yml",
        "https://2130706433/node.yml",
        "https://[::1]/node.yml",
        "https://[::ffff:127.0.0.1]/node.yml",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/node.yml",
        "file:///etc/passwd",
        "gopher://orbs.example.com/ci/",
        "https:///ci/node.yml",
        "node.yml",
    ] {
        assert!(matches!(orbs().check(address), Err(OrbError::Permanent(_))), "{address}");
    }
}

#[test]
fn nothing_is_allowed_by_default() {
    let error = UrlOrbs::new(Vec::new(), Clock::System).check("https://orbs.example.com/ci/node.yml").unwrap_err();
    assert!(error.to_string().contains("`orb_url_allow`"), "{error}");
}

/// A name that leads into the own network is not connected to, though its prefix is allowed.
#[tokio::test]
async fn names_of_this_machine_are_refused() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let prefix = format!("https://localhost:{}/", listener.local_addr().unwrap().port());
    let orbs = UrlOrbs::new(vec![prefix.clone()], Clock::System);
    let error = orbs.fetch(&format!("{prefix}node.yml")).await.unwrap_err();
    assert!(matches!(&error, OrbError::Permanent(text) if text.contains("no public address")), "{error}");
    assert!(listener.accept().is_err(), "somebody connected");
}
