//! What CloudTrail says about itself: changes of trails, and the objects that it delivered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use super::fields::{Fields, is, text};
use super::identity::Account;
use super::names::ObjectName;
use super::record::{Event, Text, part};
use super::scan::Scan;

/// The service that delivers log objects. Others deliver other logs to the same buckets:
/// `delivery.logs.amazonaws.com` those of VPC flows.
const DELIVERER: &str = "cloudtrail.amazonaws.com";

/// Native type of a trail's setting.
pub(crate) const SETTING: &str = "trail-setting";
/// Whether a trail writes its log: `on` or `off`.
pub(crate) const LOGGING: &str = "logging";
/// What a trail writes to its log.
pub(super) const SELECTORS: &str = "event-selectors";

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trail<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    trail_name: Text<'a>,
    #[serde(borrow, default, rename = "trailARN")]
    trail_arn: Text<'a>,
    #[serde(borrow, default)]
    event_selectors: Option<&'a RawValue>,
    #[serde(borrow, default)]
    advanced_event_selectors: Option<&'a RawValue>,
}

/// Settings of trails that a successful call changed.
pub(super) fn settings(event: &Event<'_>, at: Timestamp) -> Vec<Fact> {
    if event.event_source.get() != Some("cloudtrail.amazonaws.com") || !event.succeeded() {
        return Vec::new();
    }
    let Some(action) = event.event_name.get() else { return Vec::new() };
    changed(event, action, at).unwrap_or_default()
}

fn changed(event: &Event<'_>, action: &str, at: Timestamp) -> Option<Vec<Fact>> {
    let begun = Change::Begun { at, basis: Basis::Event };
    let ended = Change::Ended { at, basis: Basis::Event };
    let request: Trail<'_> = event.request_parameters.and_then(part).unwrap_or_default();
    let response: Trail<'_> = event.response_elements.and_then(part).unwrap_or_default();
    let fact = |setting: &str, change| {
        let arn = trail_arn(event, &request, &response)?;
        let fact = Fact::new(TableId::Configurations, SETTING, format!("{arn}#{setting}"), change)
            .with("scope", format!("trail:{arn}"))
            .with("setting", setting)
            .with_some("change_ref", event.event_id.get())
            .with_some("changed_by", event.actor());
        Some(fact)
    };
    let written = |raw: Option<&RawValue>| raw.map(|raw| raw.get().to_owned());
    match action {
        // A trail made through the API does not write before it is started, so this says nothing
        // of logging (CloudTrail API Reference, "CreateTrail" and "StartLogging").
        "CreateTrail" | "UpdateTrail" => {
            let shape = written(event.response_elements.or(event.request_parameters));
            Some(vec![fact("trail", begun)?.with_some("value", shape)])
        }
        "DeleteTrail" => {
            Some(vec![fact("trail", ended)?, fact(LOGGING, begun)?.with("value", "off")])
        }
        "StartLogging" => Some(vec![fact(LOGGING, begun)?.with("value", "on")]),
        "StopLogging" => Some(vec![fact(LOGGING, begun)?.with("value", "off")]),
        "PutEventSelectors" => {
            let of = |t: &Trail<'_>| written(t.event_selectors.or(t.advanced_event_selectors));
            let value = of(&response).or_else(|| of(&request));
            Some(vec![fact(SELECTORS, begun)?.with_some("value", value)])
        }
        _ => None,
    }
}

/// Calls name a trail by its ARN or, in the trail's home region, by its name alone.
fn trail_arn(event: &Event<'_>, request: &Trail<'_>, response: &Trail<'_>) -> Option<String> {
    let named = response
        .trail_arn
        .get()
        .or_else(|| request.name.get())
        .or_else(|| request.trail_name.get())?;
    if named.starts_with("arn:") {
        return Some(named.to_owned());
    }
    let account = Account::of(event)?;
    let region = event.aws_region.get()?;
    Some(format!("arn:{}:cloudtrail:{region}:{}:trail/{named}", account.partition, account.id))
}

/// The trail that the last delivery was for, by what the record says of it: the next is often for
/// the same.
#[derive(Default)]
pub(super) struct LastTrail<'a> {
    context: &'a str,
    trail: String,
}

impl<'a> LastTrail<'a> {
    /// The object that a record of CloudTrail's own doing says was delivered, and the trail where
    /// that is said.
    pub(super) fn delivered(&mut self, fields: &Fields<'a>) -> Option<(ObjectName<'a>, &str)> {
        let is_put = fields.is(fields.event_name, "PutObject")
            && fields.is(fields.event_source, "s3.amazonaws.com")
            && fields.text(fields.error_code).is_none();
        if !is_put {
            return None;
        }
        let (mut key, mut context) = ("", "");
        Scan::new(fields.request_parameters).object(|name, value| match name {
            "key" => key = value,
            "x-amz-server-side-encryption-context" => context = value,
            _ => {}
        })?;
        // A key with escapes is none of CloudTrail's.
        let name = ObjectName::parse(key.strip_prefix('"')?.strip_suffix('"')?)?;
        if self.context != context {
            let trail = text(context).and_then(|context| trail_of(&context));
            (self.context, self.trail) = (context, trail.unwrap_or_default());
        }
        Some((name, &self.trail))
    }
}

/// Whether an actor is CloudTrail.
pub(super) fn is_cloudtrail(identity: &str) -> bool {
    let (mut kind, mut invoked_by) = ("", "");
    Scan::new(identity).object(|name, value| match name {
        "type" => kind = value,
        "invokedBy" => invoked_by = value,
        _ => {}
    });
    is(kind, "AWSService") && is(invoked_by, DELIVERER)
}

/// Deliveries that are encrypted with a customer's key say for which trail: the context is base64
/// of `{"aws:cloudtrail:arn": …}` (CloudTrail User Guide, "Configure AWS KMS key policies").
fn trail_of(context: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Context {
        #[serde(rename = "aws:cloudtrail:arn")]
        trail: String,
    }
    let text = STANDARD.decode(context).ok()?;
    serde_json::from_slice::<Context>(&text).ok().map(|context| context.trail)
}

/// An object of the log, by what its name says.
pub(super) fn object(name: &ObjectName<'_>, change: Change) -> Fact {
    Fact::new(TableId::LogObjects, "log-object", name.file, change)
        .with("kind", name.kind.as_str())
        .with("account", name.account)
        .with("region", name.region)
}
