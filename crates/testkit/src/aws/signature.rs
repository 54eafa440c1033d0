//! Signature Version 4 verified, written from AWS's description and independent of the crate that
//! signs in the product.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::http::Request;

/// Credentials that the server knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token, of temporary credentials.
    pub token: String,
    /// The account.
    pub account: String,
    /// Whose they are.
    pub arn: String,
}

impl Keys {
    /// Those of the caller.
    pub(super) fn first(account: &str) -> Self {
        Self {
            id: "AKIATENURETESTCALLER".to_owned(),
            secret: "the/secret+of/the/caller".to_owned(),
            token: String::new(),
            account: account.to_owned(),
            arn: format!("arn:aws:iam::{account}:user/collector"),
        }
    }
}

/// Whose request it is; else AWS's code and words.
pub(super) fn caller(
    request: &Request,
    known: &BTreeMap<String, Keys>,
) -> Result<Keys, (&'static str, String)> {
    let authorization = request.header("authorization");
    let id = authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next());
    let Some(id) = id else {
        return Err(("MissingAuthenticationToken", "Missing Authentication Token".to_owned()));
    };
    let Some(keys) = known.get(id) else {
        let words = "The security token included in the request is invalid.";
        return Err(("InvalidClientTokenId", words.to_owned()));
    };
    if request.header("x-amz-security-token") != keys.token {
        return Err((
            "InvalidClientTokenId",
            "The security token is not that of the key".to_owned(),
        ));
    }
    if signature_fits(request_parts(request), authorization, &keys.secret) {
        return Ok(keys.clone());
    }
    // AWS repeats the string it signed, with the token in it.
    let words =
        format!("The Canonical String should have been 'POST x-amz-security-token:{}'", keys.token);
    Err(("SignatureDoesNotMatch", words))
}

type Parts<'a> = (&'a str, &'a str, &'a BTreeMap<String, String>, &'a [u8]);

fn request_parts(request: &Request) -> Parts<'_> {
    (&request.method, &request.path, &request.headers, &request.body)
}

/// Whether an `Authorization` header is the signature of a request without query: method, path,
/// headers by lower-case name, body.
#[must_use]
pub fn signature_fits(request: Parts<'_>, authorization: &str, secret: &str) -> bool {
    let (method, path, headers, body) = request;
    let part = |name: &str| {
        let rest = authorization.split(name).nth(1)?;
        rest.split(',').next().map(str::trim)
    };
    let found = (part("Credential="), part("SignedHeaders="), part("Signature="));
    let (Some(credential), Some(signed), Some(signature)) = found else { return false };
    let Some((_, scope)) = credential.split_once('/') else { return false };
    if !signed.split(';').any(|name| name == "host") {
        return false;
    }
    let mut canonical = format!("{method}\n{path}\n\n");
    for name in signed.split(';') {
        let value = headers.get(name).map(String::as_str).unwrap_or_default();
        canonical.push_str(&format!("{name}:{}\n", value.trim()));
    }
    canonical.push_str(&format!("\n{signed}\n{}", hex::encode(Sha256::digest(body))));
    let date = headers.get("x-amz-date").map(String::as_str).unwrap_or_default();
    let hash = hex::encode(Sha256::digest(canonical.as_bytes()));
    let string = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part.as_bytes());
    }
    hex::encode(mac(&key, string.as_bytes())) == signature
}

fn mac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length is a key");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `post-x-www-form-urlencoded` of the signing test suite that AWS publishes.
    #[test]
    fn agrees_with_what_aws_published() {
        let body = b"Param1=value1";
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "example.amazonaws.com"),
            ("content-length", "13"),
            ("x-amz-date", "20150830T123600Z"),
            (
                "x-amz-content-sha256",
                "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
            ),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
            SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date, \
            Signature=d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b";
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert!(signature_fits(("POST", "/", &headers, body), authorization, secret));
        assert!(!signature_fits(("POST", "/", &headers, b"Param1=value2"), authorization, secret));
        assert!(!signature_fits(("POST", "/", &headers, body), authorization, "another"));
    }
}
