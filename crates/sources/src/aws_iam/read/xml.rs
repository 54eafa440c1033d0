//! An answer in XML as the value that the same answer is in JSON: `member` lists become arrays,
//! `entry` maps become objects, everything else is an object of texts.

use serde_json::{Map, Value};

use crate::aws::xml::Element;

/// What is inside `<…Response><…Result>`. An answer that is something else, such as an error page
/// of something in between, is none.
pub(super) fn result(body: &str) -> Result<Value, String> {
    let root = Element::parse(body).ok_or("the answer is no XML")?;
    if !root.name.ends_with("Response") {
        return Err(format!("the answer is a document '{}', not one of AWS", root.name));
    }
    let result = root.children.iter().find(|child| child.name.ends_with("Result"));
    Ok(result.map_or_else(|| Value::Object(Map::new()), value))
}

fn value(element: &Element) -> Value {
    let children = element.children.as_slice();
    match children.first().map(|child| child.name.as_str()) {
        None => Value::String(element.text.clone()),
        Some("member") => Value::Array(children.iter().map(value).collect()),
        Some("entry") => Value::Object(children.iter().filter_map(entry).collect()),
        Some(_) => {
            Value::Object(children.iter().map(|child| (child.name.clone(), value(child))).collect())
        }
    }
}

fn entry(element: &Element) -> Option<(String, Value)> {
    let key = element.text_of("key")?.to_owned();
    Some((key, element.child("value").map_or(Value::Null, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_maps_and_texts() {
        let body = "<XResponse xmlns='https://iam.amazonaws.com/doc/2010-05-08/'><XResult>\
            <L><member><A>1 &amp; 2</A></member><member/></L><E/>\
            <M><entry><key>Users</key><value>3</value></entry></M></XResult>\
            <ResponseMetadata><RequestId>7</RequestId></ResponseMetadata></XResponse>";
        let expected = serde_json::json!(
            {"L": [{"A": "1 & 2"}, ""], "E": "", "M": {"Users": "3"}});
        assert_eq!(result(body), Ok(expected));
    }

    #[test]
    fn an_error_page_is_no_answer() {
        assert!(result("<html><body>Bad gateway</body></html>").is_err());
        assert!(result("<XResponse><XResult>").is_err());
    }
}
