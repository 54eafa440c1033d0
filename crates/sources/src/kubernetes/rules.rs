//! What the rules of a role allow, as a level. What counts as privileged follows "Role Based Access
//! Control Good Practices" of the Kubernetes documentation, without its remark on creating
//! workloads, which nearly every deployer may do.

use serde_json::Value;

use crate::audit_files::texts;
use crate::level::Level;

const READING: &[&str] = &["get", "list", "watch"];
const WRITING: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
/// Verbs that go beyond what their holder was given.
const ESCALATING: &[&str] = &["bind", "escalate", "impersonate"];

const CORE: &str = "";
const CERTIFICATES: &str = "certificates.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const ADMISSION: &str = "admissionregistration.k8s.io";

const RBAC_OBJECTS: &[&str] = &["clusterrolebindings", "clusterroles", "rolebindings", "roles"];
const IMPERSONATED: &[&str] = &["groups", "serviceaccounts", "uids", "users"];
/// What runs code elsewhere, or hands out what others hold.
const REACHING: &[&str] = &["nodes/proxy", "pods/attach", "pods/exec", "serviceaccounts/token"];
const WEBHOOKS: &[&str] = &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];

/// The level of the rules together, and whether they are privileged.
pub(super) fn judge<'v>(rules: impl IntoIterator<Item = &'v Value>) -> (Level, bool) {
    let (mut level, mut privileged) = (Level::Unknown, false);
    for rule in rules {
        let (of_rule, is_privileged) = judge_one(rule);
        level = level.max(of_rule);
        privileged |= is_privileged;
    }
    (level, privileged)
}

fn judge_one(rule: &Value) -> (Level, bool) {
    let rule = Rule {
        groups: texts(rule, "/apiGroups"),
        resources: texts(rule, "/resources"),
        verbs: texts(rule, "/verbs"),
    };
    let (reads, writes) = (rule.any(READING), rule.any(WRITING));
    let every_verb = rule.verbs.contains(&"*");
    let escalates = rule.verbs.iter().any(|verb| ESCALATING.contains(verb))
        || (every_verb && (rule.names(RBAC, RBAC_OBJECTS) || rule.names(CORE, IMPERSONATED)));
    let administers = escalates || (writes && rule.names(RBAC, RBAC_OBJECTS));
    let reaches = (reads && rule.names(CORE, &["secrets"]))
        || rule.names(CORE, REACHING)
        || (writes && rule.names(CERTIFICATES, &["certificatesigningrequests/approval"]))
        || (rule.any(&["approve", "sign"]) && rule.names(CERTIFICATES, &["signers"]))
        || (writes && rule.names(ADMISSION, WEBHOOKS));
    let level = if administers {
        Level::Admin
    } else if rule.verbs.iter().any(|verb| !READING.contains(verb)) {
        Level::Write
    } else if reads {
        Level::Read
    } else {
        Level::Unknown
    };
    (level, administers || reaches)
}

/// One rule of a role (Kubernetes API reference, `PolicyRule`).
struct Rule<'a> {
    groups: Vec<&'a str>,
    resources: Vec<&'a str>,
    verbs: Vec<&'a str>,
}

impl Rule<'_> {
    fn any(&self, verbs: &[&str]) -> bool {
        self.verbs.iter().any(|verb| *verb == "*" || verbs.contains(verb))
    }

    /// Whether it is about any of these resources of a group. `*` is every resource with its
    /// parts, `pods/*` every part of pods, `*/scale` that part of each.
    fn names(&self, group: &str, wanted: &[&str]) -> bool {
        let of_group = self.groups.iter().any(|named| *named == "*" || *named == group);
        let matches = |resource: &str, wanted: &str| {
            let (main, part) = resource.split_once('/').unwrap_or((resource, ""));
            let (wanted_main, wanted_part) = wanted.split_once('/').unwrap_or((wanted, ""));
            resource == "*"
                || ((main == "*" || main == wanted_main)
                    && (part == wanted_part || (part == "*" && !wanted_part.is_empty())))
        };
        of_group && self.resources.iter().any(|r| wanted.iter().any(|w| matches(r, w)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(groups: &[&str], resources: &[&str], verbs: &[&str]) -> (Level, bool) {
        judge([&json!({"apiGroups": groups, "resources": resources, "verbs": verbs})])
    }

    #[test]
    fn levels() {
        assert_eq!(of(&["*"], &["*"], &["*"]), (Level::Admin, true));
        assert_eq!(of(&[""], &["pods"], &["get", "list"]), (Level::Read, false));
        assert_eq!(of(&["apps"], &["deployments"], &["*"]), (Level::Write, false));
        assert_eq!(of(&[""], &["secrets"], &["list"]), (Level::Read, true));
        assert_eq!(of(&["*"], &["*"], &["get"]), (Level::Read, true), "secrets are among them");
        assert_eq!(of(&["apps"], &["*"], &["get"]), (Level::Read, false), "apps has no secrets");
        assert_eq!(of(&[""], &["pods/exec"], &["create"]), (Level::Write, true));
        assert_eq!(of(&[""], &["pods/*"], &["create"]), (Level::Write, true));
        assert_eq!(of(&[""], &["pods"], &["create"]), (Level::Write, false));
        assert_eq!(of(&[""], &["users"], &["impersonate"]), (Level::Admin, true));
        let rbac = &["rbac.authorization.k8s.io"];
        assert_eq!(of(rbac, &["rolebindings"], &["create"]), (Level::Admin, true));
        assert_eq!(of(rbac, &["rolebindings"], &["get"]), (Level::Read, false));
        assert_eq!(of(rbac, &["clusterroles"], &["escalate"]), (Level::Admin, true));
        assert_eq!(judge([]), (Level::Unknown, false));
        let path = json!({"nonResourceURLs": ["/healthz"], "verbs": ["get"]});
        assert_eq!(judge([&path]), (Level::Read, false));
    }
}
