//! Reads one artifact: keeps its account and holds what it says until its turn comes.

use std::collections::BTreeMap;

use tenure_blobs::RecordKey;
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::fact::{Fact, UsageEvent};

use crate::records::{Account, FactSink, Records};
use crate::settings::Settings;
use crate::source::{Artifact, Source};

use super::{RunSink, SinkError};

/// What an artifact said and how its records are accounted for.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) account: Account,
    pub(super) records_root: Digest,
    said: Vec<(u64, Said)>,
}

#[derive(Debug)]
enum Said {
    Fact(Fact),
    Usage(Box<UsageEvent>),
}

/// Reads the artifact whose bytes have this digest.
pub(super) fn read(
    source: &dyn Source,
    settings: &Settings,
    key: &RecordKey,
    digest: &Digest,
    artifact: &Artifact,
) -> Reading {
    let mut held = Held::default();
    let mut records = Records::new(&artifact.name, key.salts(digest), &mut held);
    let read = source.read(settings, artifact, &mut records);
    if let Err(error) = read {
        records.stopped(error);
    }
    let (mut account, records_root) = records.finish();
    if let Some((problem, count)) = held.undeclared {
        account.gaps.push(Gap {
            artifact: artifact.name.clone(),
            record: None,
            cause: format!("{count} facts were not used: {problem}"),
            hint: "this is a bug of the reader, please report it".to_owned(),
        });
    }
    Reading { account, records_root, said: held.said }
}

impl Reading {
    /// The facts without usage.
    pub(super) fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.said.iter().filter_map(|(_, said)| match said {
            Said::Fact(fact) => Some(fact),
            Said::Usage(_) => None,
        })
    }

    /// Records that tell of instants after this one: the first with its instant, and how many.
    pub(super) fn ahead_of(&self, latest: Timestamp) -> Option<(u64, Timestamp, u64)> {
        let told = self.said.iter().filter_map(|(record, said)| match said {
            Said::Fact(fact) => Some((*record, fact.change.at())),
            Said::Usage(event) => event.event_time.map(|at| (*record, at)),
        });
        let mut records = BTreeMap::new();
        for (record, at) in told.filter(|(_, at)| *at > latest) {
            records.entry(record).or_insert(at);
        }
        let (record, at) = records.first_key_value()?;
        Some((*record, *at, records.len() as u64))
    }

    /// Hands everything on.
    pub(super) fn tell(
        self,
        artifact: &Digest,
        sink: &mut dyn RunSink,
    ) -> Result<Account, SinkError> {
        for (record, said) in self.said {
            match said {
                Said::Fact(fact) => sink.fact(artifact, record, fact)?,
                Said::Usage(event) => sink.usage(artifact, record, *event)?,
            }
        }
        Ok(self.account)
    }
}

#[derive(Default)]
struct Held {
    said: Vec<(u64, Said)>,
    /// The first fact that does not fit its table, and how many there are.
    undeclared: Option<(String, u64)>,
}

impl FactSink for Held {
    fn fact(&mut self, record: u64, fact: Fact) {
        match fact.misfit() {
            None => self.said.push((record, Said::Fact(fact))),
            Some(problem) => self.undeclared.get_or_insert((problem, 0)).1 += 1,
        }
    }

    fn usage(&mut self, record: u64, event: UsageEvent) {
        self.said.push((record, Said::Usage(Box::new(event))));
    }
}
