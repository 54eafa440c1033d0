//! Listings of keys (ListObjectsV2), page by page.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::client::Client;
use super::fault::Fault;

/// A page has at most 1,000 keys of at most 1,024 bytes, each perhaps encoded.
const MOST_OF_PAGE: u64 = 32 * 1024 * 1024;

/// An object as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    /// Changes whenever the object does; empty when the service gives none.
    pub(super) etag: String,
}

/// Up to 1,000 keys.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    /// Parts of keys up to the delimiter.
    pub(super) folders: Vec<String>,
    /// What to ask for the next page with.
    pub(super) next: Option<String>,
}

/// What to list.
#[derive(Clone, Copy, Default)]
pub(super) struct Query<'a> {
    pub(super) prefix: &'a str,
    /// Whether to stop at the next `/`.
    pub(super) folders: bool,
    /// Keys up to this one are left out.
    pub(super) after: Option<&'a str>,
    pub(super) token: Option<&'a str>,
}

impl Client {
    /// One page.
    pub(super) async fn page(&self, query: Query<'_>) -> Result<Page, Fault> {
        let mut parameters =
            vec![("list-type", "2"), ("encoding-type", "url"), ("prefix", query.prefix)];
        parameters.extend(query.folders.then_some(("delimiter", "/")));
        parameters.extend(query.after.map(|after| ("start-after", after)));
        parameters.extend(query.token.map(|token| ("continuation-token", token)));
        let reply = self.bucket(&parameters, MOST_OF_PAGE).await?;
        let page = parse(&reply.body)?;
        let stray = page.objects.iter().map(|o| &o.key).chain(&page.folders);
        if let Some(stray) = stray.into_iter().find(|key| !key.starts_with(query.prefix)) {
            return Err(Fault::Answer(format!("the listing names '{stray}', which is elsewhere")));
        }
        if page.next.is_some() && page.next.as_deref() == query.token {
            return Err(Fault::Answer("the listing does not go on".to_owned()));
        }
        Ok(page)
    }

    /// The folders right below a prefix, and the objects that lie beside them.
    pub(super) async fn folders(&self, prefix: &str) -> Result<Page, Fault> {
        let mut all = Page::default();
        let mut token = None;
        loop {
            let query = Query { prefix, folders: true, after: None, token: token.as_deref() };
            let page = self.page(query).await?;
            all.objects.extend(page.objects);
            all.folders.extend(page.folders);
            if page.next.is_none() {
                all.folders.sort();
                all.folders.dedup();
                return Ok(all);
            }
            token = page.next;
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBucketResult {
    #[serde(default)]
    contents: Vec<Contents>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefix>,
    is_truncated: bool,
    next_continuation_token: Option<String>,
    encoding_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    size: u64,
    #[serde(rename = "ETag", default)]
    etag: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: String,
}

fn parse(body: &[u8]) -> Result<Page, Fault> {
    let odd = |why: String| Fault::Answer(format!("the listing cannot be understood: {why}"));
    let text = std::str::from_utf8(body).map_err(|_| odd("it is not UTF-8".to_owned()))?;
    if !text.contains("<ListBucketResult") {
        return Err(odd("it is none".to_owned()));
    }
    let list: ListBucketResult = quick_xml::de::from_str(text).map_err(|e| odd(e.to_string()))?;
    let encoded = list.encoding_type.as_deref() == Some("url");
    let plain = |text: String| if encoded { decoded(&text) } else { Some(text) };
    let no_text = || odd("a key in it is not UTF-8".to_owned());
    let mut page = Page::default();
    for Contents { key, size, etag } in list.contents {
        page.objects.push(Listed { key: plain(key).ok_or_else(no_text)?, size, etag });
    }
    for CommonPrefix { prefix } in list.common_prefixes {
        page.folders.push(plain(prefix).ok_or_else(no_text)?);
    }
    page.next = list.next_continuation_token.filter(|_| list.is_truncated);
    if list.is_truncated && page.next.is_none() {
        return Err(odd("it is truncated and does not say how to go on".to_owned()));
    }
    Ok(page)
}

/// Keys come encoded as in HTML forms, where a space is a plus sign.
fn decoded(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "<?xml version=\"1.0\"?>\n<ListBucketResult><Name>b</Name>\
        <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <CommonPrefixes><Prefix>a%2Fx/</Prefix></CommonPrefixes>\
        <Contents><Key>a/b+c%2Bd//%C3%A9.json</Key><Size>7</Size><ETag>\"e\"</ETag></Contents>\
        <CommonPrefixes><Prefix>a/y/</Prefix></CommonPrefixes>\
        <NextContinuationToken>t</NextContinuationToken></ListBucketResult>";

    #[test]
    fn keys_come_out_as_they_are() {
        let page = parse(PAGE.as_bytes()).expect("a page");
        let key = "a/b c+d//é.json".to_owned();
        assert_eq!(page.objects, [Listed { key, size: 7, etag: "\"e\"".to_owned() }]);
        assert_eq!(page.folders, ["a/x/", "a/y/"]);
        assert_eq!(page.next.as_deref(), Some("t"));
        let plain = PAGE.replace("<EncodingType>url</EncodingType>", "");
        assert_eq!(parse(plain.as_bytes()).expect("a page").folders, ["a%2Fx/", "a/y/"]);
    }

    #[test]
    fn what_is_no_listing() {
        let cut = PAGE.replace("<NextContinuationToken>t</NextContinuationToken>", "");
        for bad in ["", "<html></html>", "{}", &PAGE[..120], &cut, &PAGE.replace("%C3%A9", "%FF")] {
            assert!(matches!(parse(bad.as_bytes()), Err(Fault::Answer(_))), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn nor_one_with_an_odd_byte(at in 0..PAGE.len(), byte in any::<u8>()) {
            let mut bytes = PAGE.as_bytes().to_vec();
            bytes[at] = byte;
            if let Ok(page) = parse(&bytes) {
                prop_assert!(page.objects.len() <= 1 && page.folders.len() <= 2);
            }
        }
    }
}
