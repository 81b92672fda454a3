use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn sort(status: u16, headers: &[(&'static str, &'static str)], message: &str) -> ForgeError {
    let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    Refusal {
        forge: "GitHub",
        what: "read `a` of `o/r`",
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        message,
        credentials: "check the key",
        permission: "give it",
    }
    .sort(NOW)
}

fn pause_of(error: &ForgeError) -> Option<u64> {
    match error {
        ForgeError::Transient { retry_after, .. } => Some(retry_after.map_or(0, |pause| pause.as_secs())),
        ForgeError::Permanent { .. } => None,
    }
}

#[test]
fn what_may_pass_is_transient() {
    for status in [408, 425, 500, 502, 503, 504] {
        assert_eq!(pause_of(&sort(status, &[], "")), Some(0), "{status}");
    }
    assert_eq!(pause_of(&sort(503, &[("retry-after", "7")], "")), Some(7));
}

#[test]
fn a_rate_limit_is_transient_and_says_how_long() {
    assert_eq!(pause_of(&sort(429, &[("retry-after", "30")], "")), Some(30));
    assert_eq!(pause_of(&sort(429, &[], "")), Some(60));
    assert_eq!(pause_of(&sort(403, &[("retry-after", "12")], "")), Some(12));
    assert_eq!(pause_of(&sort(403, &[], "You have exceeded a secondary rate limit")), Some(60));
    let window = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000090")];
    assert_eq!(pause_of(&sort(403, &window, "API rate limit exceeded")), Some(91));
    // A window with room in it says nothing about how long to wait.
    let room = [("x-ratelimit-remaining", "10"), ("x-ratelimit-reset", "1700000090")];
    assert_eq!(pause_of(&sort(403, &room, "Resource not accessible by integration")), None);
    assert_eq!(pause_of(&sort(429, &[("retry-after", "999999999")], "")), Some(3600));
}

#[test]
fn a_refusal_without_a_word_is_not_the_forges_own() {
    assert_eq!(pause_of(&sort(403, &[], "")), Some(60));
}

#[test]
fn what_stays_is_permanent_and_says_what_to_do() {
    for status in [400, 404, 409, 410, 422] {
        assert_eq!(pause_of(&sort(status, &[], "")), None, "{status}");
    }
    assert_eq!(
        sort(403, &[], "Resource not accessible by integration").to_string(),
        "GitHub does not let us read `a` of `o/r` (403): Resource not accessible by integration; give it"
    );
}

#[test]
fn refused_credentials_wait_for_a_person() {
    let error = sort(401, &[], "Bad credentials");
    assert_eq!(pause_of(&error), Some(120));
    assert_eq!(
        error.to_string(),
        "GitHub refused our credentials (401); could not read `a` of `o/r`: Bad credentials; check the key"
    );
}
