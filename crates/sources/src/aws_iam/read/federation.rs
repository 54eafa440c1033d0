//! Identity providers: an account trusts what they sign. They stand as credentials of class
//! `federated_trust`, and what they are set to accept as configurations.

use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use super::answer::Content;
use super::facts::Cx;
use super::model::{OidcProvider, SamlProvider};
use super::settings::setting;
use super::tags::{Tags, owner};

pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    Some(match content {
        Content::Saml(providers) => providers.iter().flat_map(|p| saml(cx, p)).collect(),
        Content::OidcList(providers) => {
            let arns = providers.iter().filter_map(|provider| provider.arn.get());
            arns.map(|arn| trust("oidc-provider", arn, cx.seen())).collect()
        }
        Content::Oidc { arn, provider } => oidc(cx, arn.as_deref(), provider),
        _ => return None,
    })
}

fn saml(cx: Cx<'_>, provider: &SamlProvider) -> Vec<Fact> {
    let Some(arn) = provider.arn.get() else { return Vec::new() };
    let kind = provider.valid_until.0.map(|_| "fixed");
    cx.lived(
        provider.create_date.0,
        |change| trust("saml-provider", arn, change),
        |fact| {
            fact.with("status", "active")
                .with_some("expires_at", provider.valid_until.0)
                .with_some("expiry_kind", kind)
        },
    )
}

fn oidc(cx: Cx<'_>, arn: Option<&str>, provider: &OidcProvider) -> Vec<Fact> {
    let url = provider.url.get();
    let made = url.map(|url| {
        let place = url.strip_prefix("https://").unwrap_or(url);
        cx.account.arn("oidc-provider", place)
    });
    let Some(arn) = arn.map(str::to_owned).or(made) else { return Vec::new() };
    let sorted = |list: &[String]| {
        let mut sorted = list.to_vec();
        sorted.sort_unstable();
        sorted.join(" ")
    };
    let (audiences, thumbprints) =
        (sorted(&provider.client_id_list.0), sorted(&provider.thumbprint_list.0));
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut facts = cx.lived(
        provider.create_date.0,
        |change| trust("oidc-provider", &arn, change),
        |fact| {
            fact.with("status", "active")
                .with_some("material", said(&thumbprints))
                .with_some("issued_for", said(&audiences))
        },
    );
    let settings = [
        ("Url", url.unwrap_or_default()),
        ("ClientIDList", &audiences),
        ("ThumbprintList", &thumbprints),
    ];
    for (name, value) in settings {
        facts.push(setting(cx, "oidc-provider", &arn, name, value));
    }
    facts.extend(owner(cx, &Tags::of(&provider.tags.0), "credentials", &arn));
    facts
}

fn trust(kind: &'static str, arn: &str, change: tenure_model::fact::Change) -> Fact {
    Fact::new(TableId::Credentials, kind, arn, change)
        .with("class", "federated_trust")
        .with("native_kind", kind.replace('-', "_"))
        .with("public_id", arn)
}
