//! Signature Version 4, by AWS's own crate.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

/// A request to be signed.
pub(super) struct Unsigned<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    /// The scope's service.
    pub(super) service: &'a str,
    /// The scope's region.
    pub(super) region: &'a str,
}

/// The headers that sign it, at a time; `Err` says what cannot be signed, without secrets.
pub(super) fn headers(
    request: &Unsigned<'_>,
    keys: &Credentials,
    at: SystemTime,
) -> Result<Vec<(String, String)>, String> {
    let identity = keys.clone().into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if request.service == "s3" {
        // Keys are signed as they are sent: "Signature Calculations", Amazon S3 API reference.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(request.region)
        .name(request.service)
        .time(at)
        .settings(settings)
        .build()
        .map_err(|e| e.to_string())?
        .into();
    let body = SignableBody::Bytes(request.body);
    let headers = request.headers.iter().copied();
    let signable = SignableRequest::new(request.method, request.url, headers, body);
    let signed =
        signable.and_then(|signable| sign(signable, &params)).map_err(|e| e.to_string())?;
    let added = signed.output().headers();
    Ok(added.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// 2015-08-30T12:36:00Z, as in AWS's test suite.
    const AT: Duration = Duration::from_secs(1_440_938_160);

    fn authorization(headers: &[(&str, &str)], body: &[u8], token: Option<&str>) -> String {
        let keys = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            token.map(str::to_owned),
            None,
            "test",
        );
        let request = Unsigned {
            method: "POST",
            url: "https://example.amazonaws.com/",
            headers,
            body,
            service: "service",
            region: "us-east-1",
        };
        let signed = super::headers(&request, &keys, UNIX_EPOCH + AT).expect("a signature");
        let found = signed.into_iter().find(|(name, _)| name == "authorization");
        found.expect("a header").1
    }

    /// `post-x-www-form-urlencoded` of the signing test suite that AWS publishes with its common
    /// runtime (aws-c-auth, tests/aws-signing-test-suite/v4).
    #[test]
    fn signs_as_aws_published() {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("host", "example.amazonaws.com"),
            ("content-length", "13"),
        ];
        assert_eq!(
            authorization(&headers, b"Param1=value1", None),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=content-length;content-type;host;x-amz-content-sha256;x-amz-date, \
             Signature=d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b"
        );
    }

    #[test]
    fn a_session_token_is_signed_too() {
        let headers = [("host", "example.amazonaws.com")];
        assert!(authorization(&headers, b"", Some("TOKEN")).contains(";x-amz-security-token,"));
    }

    /// The first two are published: Amazon S3 API reference, "Signature Calculations", examples
    /// "GET Object" and "Get Bucket (List Objects)". The others are what botocore's `S3SigV4Auth`
    /// makes of keys that other services would normalise.
    #[test]
    fn s3_signs_keys_as_they_are() {
        let keys = Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "test",
        );
        let at = UNIX_EPOCH + Duration::from_secs(1_369_353_600); // 2013-05-24
        for (host, resource, range, signature) in [
            (
                "examplebucket.s3.amazonaws.com",
                "test.txt",
                Some("bytes=0-9"),
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            (
                "examplebucket.s3.amazonaws.com",
                "?max-keys=2&prefix=J",
                None,
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
            (
                "s3.us-east-1.amazonaws.com",
                "logs/a//b%20c%2Bd%252F%26%C3%A9/../e.json",
                None,
                "4067ce931add3afe0ab5fd4f9c5702e32c97807cb8490c1bd6985cabc4f544e1",
            ),
            (
                "s3.us-east-1.amazonaws.com",
                "logs?list-type=2&encoding-type=url&prefix=AWSLogs%2F&delimiter=%2F",
                None,
                "8e74b4fe097ccd63bbd751a2de55fe31593b5f6679c944456f8f159b1e880848",
            ),
        ] {
            let mut headers = vec![("host", host)];
            headers.extend(range.map(|range| ("range", range)));
            let request = Unsigned {
                method: "GET",
                url: &format!("https://{host}/{resource}"),
                headers: &headers,
                body: b"",
                service: "s3",
                region: "us-east-1",
            };
            let signed = super::headers(&request, &keys, at).expect("a signature");
            let authorization = signed.iter().find(|(name, _)| name == "authorization");
            let (_, authorization) = authorization.expect("a header");
            assert!(authorization.ends_with(&format!("Signature={signature}")), "{authorization}");
        }
    }
}
