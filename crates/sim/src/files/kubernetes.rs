//! Kubernetes: the audit log of a cluster's API server at the level `RequestResponse` for RBAC and
//! service accounts, and what `kubectl get -o json --show-managed-fields` lists at the end.
//!
//! Shapes: Kubernetes API reference, "audit.k8s.io/v1" `Event`, and the objects of RBAC.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;

mod objects;

/// The system.
pub const SYSTEM: &str = "kubernetes";
/// The source of the audit log.
pub const SOURCE: &str = "kubernetes-audit";
/// What carries out what is merged: its namespace and name.
pub const DEPLOYER: (&str, &str) = ("gitops", "deployer");

const MILLI: i64 = 1_000;
const RBAC: &str = "rbac.authorization.k8s.io";

/// What happened in the cluster.
#[derive(Clone, Default, Debug)]
pub struct Kubernetes {
    accounts: BTreeMap<(String, String), Account>,
    /// Every binding there ever was, and when it was deleted.
    given: Vec<(Binding, Option<Timestamp>)>,
    /// Cluster roles beside those that every cluster has: the name, and the rules.
    roles: BTreeMap<String, Value>,
    tokens: BTreeMap<(String, String), Token>,
    events: Vec<(Timestamp, Value)>,
    /// Stretches of which one damaged line is all that is left of the log.
    pub lost: Vec<(Timestamp, Timestamp)>,
}

/// A service account.
#[derive(Clone, Debug)]
struct Account {
    created: Timestamp,
    deleted: Option<Timestamp>,
    labels: Value,
}

/// A token of a service account that is kept as a secret.
#[derive(Clone, Debug)]
struct Token {
    account: String,
    created: Timestamp,
}

/// Who is bound.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// A user, by the name that the identity provider gives.
    User(String),
    /// A service account, by namespace and name.
    Account(String, String),
    /// A group, by the name that the identity provider gives.
    Group(String),
}

/// A cluster role that somebody is bound to, in a namespace or everywhere.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The namespace; `None` = the whole cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The cluster role.
    pub role: String,
    /// Who.
    pub who: Who,
    /// When.
    pub created: Timestamp,
}

/// A request to the API server that succeeds.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// When it was received.
    pub at: Timestamp,
    /// By whom.
    pub by: &'a Who,
    /// The verb.
    pub verb: &'a str,
    /// The group of the API; empty for the core.
    pub group: &'a str,
    /// The resource, with its part.
    pub resource: &'a str,
    /// The namespace.
    pub namespace: Option<&'a str>,
    /// The object's name.
    pub name: Option<&'a str>,
    /// The object as it is afterwards.
    pub object: Option<Value>,
    /// The id of the token with which it was asked, of a service account.
    pub token: Option<&'a str>,
    /// The program and the address that it came from.
    pub from: (&'a str, &'a str),
}

impl Who {
    /// The name under which requests are made.
    #[must_use]
    pub fn login(&self) -> String {
        match self {
            Self::User(name) | Self::Group(name) => name.clone(),
            Self::Account(namespace, name) => login(namespace, name),
        }
    }

    /// The id of the account.
    #[must_use]
    pub fn identity(&self) -> String {
        let kind = if matches!(self, Self::Account(..)) { "service-account" } else { "user" };
        format!("{SYSTEM}/{kind}/{}", self.login())
    }
}

/// The name under which a service account makes requests.
#[must_use]
pub fn login(namespace: &str, name: &str) -> String {
    format!("system:serviceaccount:{namespace}:{name}")
}

impl Binding {
    /// The id of the grant.
    #[must_use]
    pub fn grant(&self) -> String {
        let of = match &self.namespace {
            Some(namespace) => format!("role-binding/{namespace}/{}", self.name),
            None => format!("cluster-role-binding/{}", self.name),
        };
        format!("{SYSTEM}/{of}#{}", self.who.login())
    }

    fn key(&self) -> String {
        format!("{}/{}", self.namespace.as_deref().unwrap_or_default(), self.name)
    }
}

impl<'a> Call<'a> {
    /// A read of a namespace's objects.
    #[must_use]
    pub const fn list(
        at: Timestamp,
        by: &'a Who,
        resource: &'a str,
        namespace: &'a str,
        from: (&'a str, &'a str),
    ) -> Self {
        Self {
            at,
            by,
            verb: "list",
            group: "",
            resource,
            namespace: Some(namespace),
            name: None,
            object: None,
            token: None,
            from,
        }
    }
}

impl Kubernetes {
    /// A service account is created by the deployer; before the log began, by whomever.
    pub fn account(&mut self, (namespace, name): (&str, &str), labels: Value, at: Timestamp) {
        let account = Account { created: at, deleted: None, labels };
        let object = objects::account(namespace, name, &account);
        self.change("create", "", "serviceaccounts", (Some(namespace), name), object, at);
        self.accounts.insert((namespace.to_owned(), name.to_owned()), account);
    }

    /// A service account is deleted.
    pub fn delete(&mut self, (namespace, name): (&str, &str), at: Timestamp) {
        if let Some(account) = self.accounts.get_mut(&(namespace.to_owned(), name.to_owned())) {
            account.deleted = Some(at);
        }
        let status = objects::deleted("serviceaccounts", name);
        self.change("delete", "", "serviceaccounts", (Some(namespace), name), status, at);
    }

    /// A token of a service account is kept as a secret, and never expires.
    pub fn keep_token(&mut self, namespace: &str, account: &str, name: &str, at: Timestamp) {
        let token = Token { account: account.to_owned(), created: at };
        // What is in secrets is not logged.
        let by = Who::Account(DEPLOYER.0.to_owned(), DEPLOYER.1.to_owned());
        let call = Call::list(at, &by, "secrets", namespace, POD);
        self.call(&Call { verb: "create", name: Some(name), ..call });
        self.tokens.insert((namespace.to_owned(), name.to_owned()), token);
    }

    /// A cluster role is made.
    pub fn role(&mut self, name: &str, rules: Value) {
        self.roles.insert(name.to_owned(), rules);
    }

    /// Somebody is bound.
    pub fn bind(&mut self, binding: Binding) {
        let resource = of(&binding);
        let place = (binding.namespace.as_deref(), binding.name.as_str());
        let object = objects::binding(&binding);
        self.change("create", RBAC, resource, place, object, binding.created);
        self.given.push((binding, None));
    }

    /// A binding is deleted.
    pub fn unbind(&mut self, binding: &Binding, at: Timestamp) {
        let mut given = self.given.iter_mut().rev();
        if let Some((_, end)) = given.find(|(one, _)| one.key() == binding.key()) {
            *end = Some(at);
        }
        let place = (binding.namespace.as_deref(), binding.name.as_str());
        let status = objects::deleted(of(binding), &binding.name);
        self.change("delete", RBAC, of(binding), place, status, at);
    }

    fn change(
        &mut self,
        verb: &str,
        group: &str,
        resource: &str,
        (namespace, name): (Option<&str>, &str),
        object: Value,
        at: Timestamp,
    ) {
        let by = Who::Account(DEPLOYER.0.to_owned(), DEPLOYER.1.to_owned());
        let (name, object) = (Some(name), Some(object));
        let from = ("kustomize-controller/v1.3.0 (linux/amd64) kubernetes/$Format", "10.0.3.17");
        let call = Call { verb, group, name, object, ..Call::list(at, &by, resource, "", from) };
        self.call(&Call { namespace, ..call });
    }

    /// A person has a token of a service account made.
    pub fn request_token(
        &mut self,
        by: &Who,
        (namespace, name): (&str, &str),
        id: &str,
        at: Timestamp,
    ) {
        let object = objects::token_request(at);
        let call = Call {
            verb: "create",
            name: Some(name),
            object: Some(object),
            ..Call::list(at, by, "serviceaccounts/token", namespace, LAPTOP)
        };
        self.call(&call);
        if let Some((_, event)) = self.events.last_mut() {
            event["annotations"]["authentication.kubernetes.io/issued-credential-id"] = json!(id);
        }
    }

    /// Every binding of an account there ever was, and when it was deleted.
    pub fn given(&self) -> impl Iterator<Item = &(Binding, Option<Timestamp>)> {
        self.given.iter().filter(|(binding, _)| !matches!(binding.who, Who::Group(_)))
    }

    /// A request that the API server received, and did not answer before it was stopped.
    pub fn interrupted(&mut self, call: &Call<'_>) {
        self.call(call);
        if let Some((_, event)) = self.events.last_mut()
            && let Some(event) = event.as_object_mut()
        {
            event.insert("stage".to_owned(), json!("RequestReceived"));
            event.insert("stageTimestamp".to_owned(), event["requestReceivedTimestamp"].clone());
            event.remove("responseStatus");
            event.remove("annotations");
        }
    }

    /// When something was logged.
    pub fn logged(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let lost =
            |at: Timestamp| self.lost.iter().any(|(begun, ended)| *begun < at && at < *ended);
        self.events.iter().map(|(at, _)| *at).filter(move |at| !lost(*at))
    }

    /// A request that the API server answers.
    pub fn call(&mut self, call: &Call<'_>) {
        let event = objects::event(call, self.events.len());
        self.events.push((call.at, event));
    }
}

/// The program of people and the address of their office.
pub const LAPTOP: (&str, &str) =
    ("kubectl/v1.31.2 (darwin/arm64) kubernetes/5864a46", "203.0.113.40");
/// The program of a workload and the address of its pod.
pub const POD: (&str, &str) = ("app/v0.0.0 (linux/amd64) kubernetes/$Format", "10.0.3.42");

const fn of(binding: &Binding) -> &'static str {
    if binding.namespace.is_some() { "rolebindings" } else { "clusterrolebindings" }
}

/// Writes the log since it was kept, and the listing of the day of collection.
pub fn write(world: &mut World) {
    let mut cluster = std::mem::take(&mut world.kubernetes);
    let (from, to) = (world.settings.log_from(), world.settings.collected_at());
    let mut events = std::mem::take(&mut cluster.events);
    events.retain(|(at, _)| from <= *at && *at < to);
    for (begun, ended) in &cluster.lost {
        events.retain(|(at, _)| !(begun < at && at < ended));
    }
    events.sort_by_key(|(at, _)| *at);
    let mut lines = String::new();
    let mut torn: BTreeSet<Timestamp> = cluster.lost.iter().map(|(_, ended)| *ended).collect();
    for (at, event) in &events {
        while torn.first().is_some_and(|next| next <= at) {
            torn.pop_first();
            lines.push_str("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"lev\n");
        }
        lines.push_str(&event.to_string());
        lines.push('\n');
    }
    world.output.gzip("kubernetes/audit/audit.log.gz", lines.as_bytes());
    let listed = to.plus_micros(-3_600 * 1_000 * MILLI);
    for (name, at) in [("opening", from), ("rbac", listed)] {
        let listing = objects::listing(&cluster, at).to_string();
        world.output.file(format!("kubernetes/{name}/rbac.json"), listing.into_bytes());
    }
    let (from, to) = world.settings.logged();
    let opening = [("path", "@/kubernetes/opening"), ("as-of", &*from)];
    world.output.source_of("kubernetes-opening", SYSTEM, "kubernetes", &opening);
    let log = [("path", "@/kubernetes/audit"), ("covers-from", &from), ("covers-to", &to)];
    world.output.source_of(SOURCE, SYSTEM, "kubernetes", &log);
    let listed = [("path", "@/kubernetes/rbac"), ("as-of", &to)];
    world.output.source_of("kubernetes-rbac", SYSTEM, "kubernetes", &listed);
}
