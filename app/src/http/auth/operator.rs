//! The operator: the person at the machine that the server runs on, who needs no login as long as nobody else can reach it.
//!
//! A request is theirs when all of this holds:
//!
//! - the server's public address is one of this machine alone;
//! - the connection comes from 127.0.0.1 or ::1, and from no other address of the loopback: jobs come from 127.0.0.2;
//! - it asks for a host of the loopback: a page elsewhere whose name leads here asks for its own;
//! - nobody has passed it on: a proxy that hears the world comes from the loopback, too. It says so in a header, brings the
//!   credentials that somebody gave to it, or speaks HTTP/1.0 as no browser does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::{HeaderMap, Uri, Version, header, request::Parts};

/// Headers by which a proxy shows itself.
const PASSED_ON: [&str; 8] = [
    "authorization",
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
];

/// Whether a request comes from the person at this machine. `peer`: the other end of its connection.
pub(super) fn is_operator(peer: Option<IpAddr>, parts: &Parts) -> bool {
    let Parts { headers, uri, version, .. } = parts;
    let from_here = match peer.map(|peer| peer.to_canonical()) {
        Some(IpAddr::V4(peer)) => peer == Ipv4Addr::LOCALHOST,
        Some(IpAddr::V6(peer)) => peer == Ipv6Addr::LOCALHOST,
        None => false,
    };
    let passed_on = *version < Version::HTTP_11 || PASSED_ON.iter().any(|name| headers.contains_key(*name));
    from_here && !passed_on && host(headers, uri).is_some_and(is_loopback_host)
}

/// The host that a request asks for, with its port. HTTP/2 tells it in the address.
pub(super) fn host<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<&'r str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(host.to_str().ok()?),
        (Some(_), Some(_)) => return None,
        (None, _) => None,
    };
    named.or_else(|| uri.authority().map(|authority| authority.as_str()))
}

/// Whether a host, with or without a port, is this machine for itself alone.
pub(super) fn is_loopback_host(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|host| host.is_loopback())
}
