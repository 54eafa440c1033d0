//! `vault`, by the outside: files in, uses and facts out.

mod expected;
mod listings;
mod log;
mod mutated;
mod openbao;
mod secrets;

use serde_json::{Value, json};

use crate::support::Workspace;

/// A log of these entries.
pub(crate) fn lines(entries: &[Value]) -> String {
    entries.iter().map(|entry| format!("{entry}\n")).collect()
}

/// An entry; `more` is merged into its parts.
pub(crate) fn entry(kind: &str, time: &str, id: &str, operation: &str, path: &str) -> Value {
    json!({
        "time": time, "type": kind,
        "auth": {
            "client_token": "hmac-sha256:t1", "accessor": "hmac-sha256:a1", "display_name": "token-ci",
            "policies": ["ci", "default"], "token_type": "service", "entity_id": "e-1",
        },
        "request": {
            "id": id, "operation": operation, "path": path, "client_token": "hmac-sha256:t1",
            "client_token_accessor": "hmac-sha256:a1", "namespace": {"id": "root"},
            "remote_address": "10.0.0.1",
        },
    })
}

/// A request and its response a tenth of a second later.
pub(crate) fn pair(
    second: u32,
    id: &str,
    operation: &str,
    path: &str,
    response: Value,
) -> [Value; 2] {
    let time = |tenth: u32| format!("2025-03-01T10:{:02}:{:02}.{tenth}Z", second / 60, second % 60);
    let request = entry("request", &time(0), id, operation, path);
    let mut answer = entry("response", &time(1), id, operation, path);
    answer["response"] = response;
    [request, answer]
}

pub(crate) fn collected(text: &str) -> Workspace {
    let workspace = Workspace::with_data("vault");
    workspace.write("audit.log", text);
    workspace
}
