//! Scenes: a principal, its policies, and what comes out.

use std::collections::BTreeMap;

use tenure_sources::aws_iam::policy::{
    Attached, Bound, Document, Effective, Level, OnResource, Principal, ServicePrivilege, Via,
    evaluate,
};

pub(crate) const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

pub(crate) fn document(json: &str) -> Document {
    Document::parse(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// A document of statements written one after the other.
pub(crate) fn policy(statements: &str) -> Document {
    document(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))
}

/// A statement with one action and resource.
pub(crate) fn statement(effect: &str, action: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}"#)
}

/// What bears on a principal; `of` works it out.
#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) arn: Option<String>,
    pub(crate) own: Vec<Document>,
    pub(crate) groups: Vec<(String, Document)>,
    pub(crate) boundary: Option<Document>,
    pub(crate) scps: Vec<Vec<Document>>,
    pub(crate) resources: Vec<(String, Document)>,
}

impl Scene {
    pub(crate) fn own(statements: &str) -> Self {
        Self { own: vec![policy(statements)], ..Self::default() }
    }

    pub(crate) fn effective(&self) -> Effective {
        let names: Vec<_> = (0..self.own.len()).map(|n| format!("own{n}")).collect();
        let attached = names.iter().zip(&self.own).map(|(id, document)| Attached {
            id,
            via: Via::Direct,
            document: Some(document),
        });
        let groups = self.groups.iter().map(|(name, document)| Attached {
            id: "of-group",
            via: Via::Group(name),
            document: Some(document),
        });
        let bound = |name, document| Bound { name, document: Some(document) };
        evaluate(&Principal {
            arn: self.arn.as_deref().unwrap_or(ALICE),
            attached: attached.chain(groups).collect(),
            boundary: self.boundary.as_ref().map(|document| bound("boundary", document)),
            scps: self
                .scps
                .iter()
                .map(|level| level.iter().map(|document| bound("scp", document)).collect())
                .collect(),
            resources: self
                .resources
                .iter()
                .map(|(resource, document)| OnResource { id: resource, resource, document })
                .collect(),
        })
    }

    /// The highest level by service.
    pub(crate) fn levels(&self) -> BTreeMap<String, Level> {
        levels(&self.effective())
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.effective().escalations.into_iter().map(|path| path.name).collect()
    }
}

pub(crate) fn levels(effective: &Effective) -> BTreeMap<String, Level> {
    let mut levels = BTreeMap::new();
    for row in &effective.services {
        let level = levels.entry(row.service.clone()).or_insert(row.level);
        *level = (*level).max(row.level);
    }
    levels
}

pub(crate) fn row<'e>(effective: &'e Effective, service: &str) -> &'e ServicePrivilege {
    let mut rows = effective.services.iter().filter(|row| row.service == service);
    let first = rows.next().unwrap_or_else(|| panic!("no row of {service}: {effective:#?}"));
    assert_eq!(rows.next(), None, "one row of {service}");
    first
}

pub(crate) fn text(levels: &BTreeMap<String, Level>) -> String {
    let each = levels.iter().map(|(service, level)| format!("{service}={}", level.as_str()));
    each.collect::<Vec<_>>().join(" ")
}
