//! Lines of the log of an audit device.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use super::{Client, hmac, uuid};

/// When a request is answered.
pub(super) const fn answered(at: Timestamp) -> Timestamp {
    at.plus_micros(3_000)
}

/// What a role shows to sign in.
pub(super) fn shown(role: &str, secret: &str) -> Value {
    json!({"role_id": hmac(&uuid(&format!("role id of {role}"))), "secret_id": hmac(secret)})
}

/// Who is behind a token, with its life when it is new.
pub(super) fn auth(client: &Client, new: bool) -> Value {
    let mut auth = json!({
        "client_token": hmac(&client.token), "accessor": hmac(&format!("accessor {}", client.token)),
        "display_name": client.display, "policies": client.policies,
        "token_policies": client.policies, "token_type": "service",
    });
    if let Some(entity) = &client.entity {
        auth["entity_id"] = json!(entity);
    }
    if !client.metadata.is_null() {
        auth["metadata"] = client.metadata.clone();
    }
    if new {
        auth["token_ttl"] = json!(3_600);
    } else {
        auth["policy_results"] = json!({"allowed": true});
    }
    auth
}

/// A request and its answer.
pub(super) fn pair(
    at: Timestamp,
    by: Option<&Client>,
    (operation, path, kind): (&str, &str, &str),
    n: usize,
) -> [Value; 2] {
    let mut mount = path.splitn(3, '/');
    let first = mount.next().unwrap_or_default();
    let (point, class) = match (first, mount.next()) {
        ("auth", Some(second)) => (format!("auth/{second}/"), "auth"),
        _ => (format!("{first}/"), "secret"),
    };
    let of = |kind_of_line: &str, at: Timestamp| {
        let mut line = json!({
            "time": at.to_string(), "type": kind_of_line,
            "auth": by.map_or_else(|| json!({"token_type": "default"}), |by| auth(by, false)),
            "request": {
                "id": uuid(&format!("request {n} {path}")), "operation": operation,
                "mount_point": point, "mount_type": kind, "mount_class": class,
                "namespace": {"id": "root"}, "path": path,
                "remote_address": by.map_or("10.0.4.12", |by| by.ip), "remote_port": 40_000,
            },
        });
        if let Some(by) = by {
            line["request"]["client_token"] = json!(hmac(&by.token));
            line["request"]["client_token_accessor"] =
                json!(hmac(&format!("accessor {}", by.token)));
        }
        line
    };
    [of("request", at), of("response", answered(at))]
}
