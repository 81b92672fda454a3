//! Amazon's signature of a request, version 4: for a POST to `/` without a query, which is all that is needed here.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Who signs, and for what.
pub(super) struct Keys<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) secret_access_key: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// What is signed.
pub(super) struct Request<'a> {
    pub(super) host: &'a str,
    /// In lower case, and sorted together with `host` and `x-amz-date`.
    pub(super) headers: &'a [(&'static str, &'a str)],
    pub(super) body: &'a [u8],
}

/// The headers that the request is sent with.
pub(super) fn sign(keys: &Keys<'_>, request: &Request<'_>, now: SystemTime) -> Vec<(&'static str, String)> {
    let Keys { access_key_id, secret_access_key, region, service } = *keys;
    let (day, stamp) = timestamp(now);
    let mut headers: Vec<(&'static str, String)> =
        request.headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    headers.push(("host", request.host.to_owned()));
    headers.push(("x-amz-date", stamp.clone()));
    headers.sort_unstable();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(request.body)));
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = format!("AWS4{secret_access_key}").into_bytes();
    for part in [day.as_str(), region, service, "aws4_request"] {
        key = hmac(&key, part);
    }
    let signature = hex(&hmac(&key, &text));
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}");
    headers.push(("authorization", authorization));
    headers
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key may have any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `20150830` and `20150830T123600Z`.
fn timestamp(time: SystemTime) -> (String, String) {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (mut year, mut left) = (1970, days);
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    let day = format!("{year:04}{month:02}{:02}", left + 1);
    let stamp = format!("{day}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60);
    (day, stamp)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{Keys, Request, sign, timestamp};

    /// `post-vanilla` of Amazon's own test suite of the algorithm.
    #[test]
    fn a_request_is_signed_as_amazon_does_it() {
        let keys = Keys {
            access_key_id: "AKIDEXAMPLE",
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "service",
        };
        let request = Request { host: "example.amazonaws.com", headers: &[], body: b"" };
        let headers = sign(&keys, &request, UNIX_EPOCH + Duration::from_secs(1_440_938_160));
        let authorization = &headers.iter().find(|(name, _)| *name == "authorization").unwrap().1;
        assert!(
            authorization.ends_with(
                "SignedHeaders=host;x-amz-date, \
                 Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
            ),
            "{authorization}"
        );
    }

    #[test]
    fn a_time_is_a_day_and_a_stamp() {
        for (seconds, stamp) in
            [(0, "19700101T000000Z"), (951_782_399, "20000228T235959Z"), (951_868_800, "20000301T000000Z")]
        {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)).1, stamp);
        }
    }
}
