//! The files of what a run said, as it says it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use anyhow::{anyhow, bail};
use tenure_model::digest::Digest;
use tenure_model::fact::Fact;
use tenure_model::ids::Seq;
use tenure_model::usage::UsageRows;
use tenure_sources::pipeline::{RunSink, SinkError};
use tenure_timeline::facts::{FactsWriter, Line};
use tenure_timeline::store::{Store, StoreError};
use tenure_timeline::usage::{Arranged, UsageWriter};

use crate::workspace::{Configured, Workspace};

/// Writes what readers say of a run into its files.
pub(crate) struct RunFile {
    facts: Facts,
    uses: Uses,
    /// Who wants to know that there may be more blobs.
    more: Option<SyncSender<()>>,
}

/// Uses on their way to their files.
enum Uses {
    Coming(Box<UsageWriter>),
    /// All are here, and a thread puts them in order while facts come.
    Here(JoinHandle<Arranged>),
    Gone,
}

impl RunFile {
    /// For a run of a source that is not recorded yet, or to be read again.
    pub(crate) fn create(workspace: &Workspace, configured: &Configured) -> anyhow::Result<Self> {
        let (name, system) = (configured.body.name.as_str(), configured.body.system.as_str());
        let store = &workspace.timeline;
        let pending = store.root().join("facts").join(format!("pending-{name}.jsonl.zst"));
        let facts = Facts::to(FactsWriter::create(&pending, name)?);
        let uses = UsageWriter::new(store, name, system, workspace.memory);
        Ok(Self { facts, uses: Uses::Coming(Box::new(uses)), more: None })
    }

    /// With somebody who wants to know that there may be more blobs.
    pub(crate) fn telling(mut self, more: SyncSender<()>) -> Self {
        self.more = Some(more);
        self
    }

    /// Puts the files in place as those of the run with this ledger index.
    pub(crate) fn finish(self, store: &Store, seq: Seq) -> anyhow::Result<()> {
        let arranged = match self.uses {
            Uses::Coming(uses) => uses.arrange(),
            Uses::Here(arranged) => arranged.join().map_err(|_| anyhow!(GONE))?,
            Uses::Gone => bail!(GONE),
        };
        let rows = arranged.finish(store, seq.0)?;
        let mut facts = self.facts.finish().map_err(anyhow::Error::from_boxed)?;
        facts.line(&Line::Uses(rows))?;
        Ok(facts.finish_as(&store.facts_path(seq.0))?)
    }
}

impl RunSink for RunFile {
    fn fact(&mut self, artifact: &Digest, record: u64, fact: Arc<Fact>) -> Result<(), SinkError> {
        self.facts.add((*artifact, record, fact))
    }

    fn usage(&mut self, rows: UsageRows, artifacts: &[Digest]) -> Result<(), SinkError> {
        if let Some(more) = &self.more {
            // One notice that waits stands for this one, too.
            let _ = more.try_send(());
        }
        match &mut self.uses {
            Uses::Coming(uses) => Ok(uses.absorb(rows, artifacts)?),
            Uses::Here(_) | Uses::Gone => Err("a use came after the last one".into()),
        }
    }

    fn no_more_usage(&mut self) {
        self.more = None;
        self.uses = match std::mem::replace(&mut self.uses, Uses::Gone) {
            Uses::Coming(uses) => Uses::Here(thread::spawn(|| uses.arrange())),
            other => other,
        };
    }
}

/// A fact with the artifact and the record that it rests on.
type Told = (Digest, u64, Arc<Fact>);

/// Facts are handed on in lots of so many, and so many lots may wait: a run tells much at its end.
const LOT: usize = 256;
const LOTS: usize = 64;

/// Facts on their way to their file, which a thread writes: whoever hands them on has to see to the
/// workers.
struct Facts {
    told: Vec<Told>,
    lots: SyncSender<Vec<Told>>,
    /// Gone once its failure is told.
    writer: Option<JoinHandle<Result<FactsWriter, StoreError>>>,
}

impl Facts {
    fn to(facts: FactsWriter) -> Self {
        let (lots, told) = sync_channel(LOTS);
        Self { told: Vec::new(), lots, writer: Some(thread::spawn(|| write(facts, told))) }
    }

    fn add(&mut self, told: Told) -> Result<(), SinkError> {
        self.told.push(told);
        if self.told.len() < LOT {
            return Ok(());
        }
        let lot = std::mem::replace(&mut self.told, Vec::with_capacity(LOT));
        match self.lots.send(lot) {
            Ok(()) => Ok(()),
            Err(_) => Err(ended(self.writer.take()).err().unwrap_or_else(|| GONE.into())),
        }
    }

    /// Gives the writer back once it has written everything.
    fn finish(self) -> Result<FactsWriter, SinkError> {
        let Self { told, lots, writer } = self;
        // A writer that takes no more has failed, and says why below.
        let _ = lots.send(told);
        drop(lots);
        ended(writer)
    }
}

const GONE: &str = "the thread that writes facts or arranges uses has ended early";

fn ended(
    writer: Option<JoinHandle<Result<FactsWriter, StoreError>>>,
) -> Result<FactsWriter, SinkError> {
    Ok(writer.ok_or(GONE)?.join().map_err(|_| GONE)??)
}

fn write(mut facts: FactsWriter, lots: Receiver<Vec<Told>>) -> Result<FactsWriter, StoreError> {
    let mut open = None;
    for (artifact, record, fact) in lots.into_iter().flatten() {
        if open != Some(artifact) {
            facts.line(&Line::Artifact(artifact))?;
            open = Some(artifact);
        }
        facts.fact(record, &fact)?;
    }
    Ok(facts)
}
