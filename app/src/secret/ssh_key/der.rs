//! The little of DER that keys in PEM need.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CURVE: u8 = 0xa0;
const PUBLIC: u8 = 0xa1;

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Takes an element with this tag; what it holds.
fn element<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (first, after) = rest.split_first()?;
    let (length, mut after) = after.split_first()?;
    let mut length = usize::from(*length);
    if length >= 0x80 {
        let digits;
        (digits, after) = after.split_at_checked(length - 0x80).filter(|(digits, _)| digits.len() <= 4)?;
        length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
    }
    let (body, after) = after.split_at_checked(length)?;
    (*first == tag).then_some(())?;
    *rest = after;
    Some(body)
}

/// The strings of an SSH public key, each with its length before it.
fn blob(strings: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    for string in strings {
        blob.extend(u32::try_from(string.len()).expect("a key is short").to_be_bytes());
        blob.extend_from_slice(string);
    }
    blob
}

/// An `RSAPrivateKey` (PKCS #1). A DER integer has the form of an SSH one.
pub(super) fn rsa(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = element(&mut &bytes[..], SEQUENCE)?;
    let _version = element(&mut rest, INTEGER)?;
    let modulus = element(&mut rest, INTEGER)?;
    let exponent = element(&mut rest, INTEGER)?;
    Some(blob(&[b"ssh-rsa", exponent, modulus]))
}

/// An `ECPrivateKey` (SEC 1).
pub(super) fn ec(bytes: &[u8]) -> Option<Vec<u8>> {
    ec_on(bytes, None)
}

fn ec_on(bytes: &[u8], curve: Option<&[u8]>) -> Option<Vec<u8>> {
    let mut rest = element(&mut &bytes[..], SEQUENCE)?;
    let _version = element(&mut rest, INTEGER)?;
    let _private = element(&mut rest, OCTET_STRING)?;
    let own = element(&mut rest, CURVE).and_then(|mut curve| element(&mut curve, OBJECT));
    let name: &[u8] = match curve.or(own)? {
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => b"nistp256",
        [0x2b, 0x81, 0x04, 0x00, 0x22] => b"nistp384",
        [0x2b, 0x81, 0x04, 0x00, 0x23] => b"nistp521",
        _ => return None,
    };
    let mut public = element(&mut rest, PUBLIC)?;
    // The first byte counts the bits that are left over: none.
    let point = element(&mut public, BIT_STRING)?.strip_prefix(&[0])?;
    Some(blob(&[&[b"ecdsa-sha2-", name].concat(), name, point]))
}

/// A `PrivateKeyInfo` (PKCS #8).
pub(super) fn pkcs8(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = element(&mut &bytes[..], SEQUENCE)?;
    let _version = element(&mut rest, INTEGER)?;
    let mut algorithm = element(&mut rest, SEQUENCE)?;
    let key = element(&mut rest, OCTET_STRING)?;
    match element(&mut algorithm, OBJECT)? {
        RSA => rsa(key),
        EC => ec_on(key, element(&mut algorithm, OBJECT)),
        _ => None,
    }
}
