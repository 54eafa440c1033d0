//! What `vault read -format=json` prints, one file each.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use super::{Secret, Vault, entity, role, uuid};

/// Everything that stands at the end.
pub(super) fn all(vault: &Vault, at: Timestamp) -> Vec<(String, Value)> {
    let mut files = Vec::new();
    for (name, text) in &vault.policies {
        let data = json!({"name": name, "policy": text});
        files.push((format!("sys/policies/acl/{name}.json"), printed(&data)));
    }
    for (name, one) in &vault.roles {
        let data = json!({"bind_secret_id": true, "token_policies": one.policies,
            "secret_id_ttl": 6_912_000, "token_ttl": 3_600, "token_max_ttl": 14_400});
        files.push((format!("{}.json", role(name)), printed(&data)));
        if !vault.signed_in.contains_key(name) {
            continue;
        }
        let alias = uuid(&format!("role id of {name}"));
        let (id, data) = of_entity((name, "approle"), &alias, one.created);
        files.push((format!("identity/entity/id/{id}.json"), data));
    }
    for (email, since) in &vault.people {
        let (id, data) = of_entity((email, "oidc"), email, *since);
        files.push((format!("identity/entity/id/{id}.json"), data));
    }
    let stands = |secret: &&Secret| {
        let ends = secret.created.plus_micros(secret.ttl * 1_000_000);
        secret.destroyed.is_none() && (secret.ttl == 0 || at < ends)
    };
    for secret in vault.secrets.iter().filter(stands) {
        let path = format!("{}/secret-id/{}.json", role(&secret.role), secret.accessor);
        files.push((path, of_secret(secret)));
    }
    for lease in &vault.leases {
        let ends = lease.given.plus_micros(lease.seconds * 1_000_000);
        if at < ends {
            let data = json!({"id": lease.id, "issue_time": lease.given.to_string(),
                "expire_time": ends.to_string(), "last_renewal": null, "renewable": true,
                "ttl": ends.seconds() - at.seconds()});
            files.push((format!("sys/leases/{}.json", uuid(&lease.id)), printed(&data)));
        }
    }
    files
}

fn printed(data: &Value) -> Value {
    json!({"request_id": uuid(&data.to_string()), "lease_id": "", "lease_duration": 0,
        "renewable": false, "data": data, "warnings": null})
}

fn of_entity((of, method): (&str, &str), alias: &str, since: Timestamp) -> (String, Value) {
    let id = entity(of);
    let data = json!({
        "id": id, "name": format!("entity_{}", &id[..8]), "disabled": false, "policies": [],
        "creation_time": since.to_string(), "last_update_time": since.to_string(), "metadata": null,
        "aliases": [{"id": uuid(alias), "canonical_id": id, "name": alias, "mount_type": method,
            "mount_path": format!("auth/{method}/"), "creation_time": since.to_string()}],
    });
    (id, printed(&data))
}

fn of_secret(secret: &Secret) -> Value {
    let ends = secret.created.plus_micros(secret.ttl * 1_000_000);
    let ends = if secret.ttl == 0 { "0001-01-01T00:00:00Z".to_owned() } else { ends.to_string() };
    printed(&json!({
        "secret_id_accessor": secret.accessor, "creation_time": secret.created.to_string(),
        "expiration_time": ends, "last_updated_time": secret.created.to_string(),
        "secret_id_num_uses": 0, "secret_id_ttl": secret.ttl, "metadata": {}, "cidr_list": [],
    }))
}
