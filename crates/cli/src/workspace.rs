//! A workspace: where everything lies, and how it is opened.
//!
//! ```text
//! tenure.toml      what this workspace is
//! keys/            the log's private key and the key of the record salts (0600)
//! ledger/          the database, the published tiles and the checkpoint
//! blobs/           raw bytes by digest
//! timeline/        projections; delete at will
//! timeline.lock    who reads or builds them
//! controls/        the workspace's own controls
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use tenure_blobs::{BlobStore, RecordKey};
use tenure_ledger::{Ledger, NewEntry, SigningKey};
use tenure_model::Timestamp;
use tenure_model::entry::KIND_WORKSPACE;
use tenure_model::ids::{SourceName, SystemId};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::Source;
use tenure_timeline::store::Store;

use crate::hint::hinted;

/// `kind` of the entry that configures a source.
pub(crate) const KIND_SOURCE: &str = "source";
/// `kind` of the entry that anchors an evaluation.
pub(crate) const KIND_EVALUATION: &str = "evaluation";

/// `tenure.toml`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Version of this file.
    version: u32,
    /// The log's name, as in its checkpoints.
    origin: String,
    /// How much of the machine may be used.
    #[serde(default)]
    limits: Limits,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Limits {
    /// Megabytes of memory that a collection may use, about.
    memory_mb: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mb: 512 }
    }
}

/// Body of an entry of kind `source`: a configured connection. The last one of a name counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceBody {
    pub(crate) name: SourceName,
    pub(crate) kind: String,
    pub(crate) system: SystemId,
    pub(crate) settings: BTreeMap<String, String>,
}

/// A configured source, ready to use.
pub(crate) struct Configured {
    pub(crate) body: SourceBody,
    pub(crate) source: &'static dyn Source,
    pub(crate) settings: Settings,
}

impl Configured {
    pub(crate) fn of(body: SourceBody) -> anyhow::Result<Self> {
        let source = registry::find(&body.kind).ok_or_else(|| {
            let kinds: Vec<_> = registry::ALL.iter().map(|s| s.about().kind).collect();
            hinted(
                format!("there is no kind of source '{}'", body.kind),
                format!("the kinds are {}", kinds.join(", ")),
            )
        })?;
        let about = source.about();
        let settings = Settings::checked(about.kind, about.settings, body.settings.clone())
            .map_err(|e| {
                hinted(
                    e.to_string(),
                    format!("'tenure source kinds' lists the settings of {}", about.kind),
                )
            })?;
        Ok(Self { body, source, settings })
    }
}

/// An open workspace.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) ledger: Ledger,
    pub(crate) blobs: BlobStore,
    pub(crate) timeline: Store,
    pub(crate) record_key: RecordKey,
    /// Bytes of memory that a collection may use, about.
    pub(crate) memory: usize,
    /// Held while the timeline is read or built; see [`Workspace::hold_timeline`].
    timeline_lock: fs::File,
}

impl Workspace {
    /// Makes a new workspace.
    pub(crate) fn create(
        root: &Path,
        origin: Option<&str>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        if root.join("tenure.toml").exists() {
            return Err(hinted(
                format!("{} is a workspace already", root.display()),
                "use it with --workspace, or choose another directory",
            ));
        }
        let keys = root.join("keys");
        fs::create_dir_all(&keys).with_context(|| format!("cannot create {}", keys.display()))?;
        let key = SigningKey::generate(getrandom::fill).context("cannot draw a key")?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).context("cannot draw a key")?;
        let origin = match origin {
            Some(origin) => origin.to_owned(),
            None => format!("tenure.local/{}", hex::encode(log_name()?)),
        };
        write_secret(&keys.join("log.key"), &key.to_text())?;
        write_secret(&keys.join("records.key"), &format!("{}\n", hex::encode(salt)))?;
        let ledger = Ledger::create(&root.join("ledger"), &origin, key)?;
        let body = serde_json::json!({
            "origin": origin,
            "log_key": ledger.verifier_key().to_string(),
            "tenure": env!("CARGO_PKG_VERSION"),
        });
        let first = NewEntry {
            kind: KIND_WORKSPACE.into(),
            at: now,
            actor: "tenure".into(),
            stream: "workspace".into(),
            rev: 0,
            body,
        };
        ledger.append(vec![first])?;
        ledger.publish(now)?;
        let config = Config { version: 1, origin, limits: Limits::default() };
        let text = toml::to_string(&config)?;
        fs::write(root.join("tenure.toml"), text).context("cannot write tenure.toml")?;
        Self::with_ledger(root, &config, ledger)
    }

    /// Opens a workspace.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        let path = root.join("tenure.toml");
        let text = fs::read_to_string(&path).map_err(|e| {
            hinted(
                format!("{} is no workspace: {}: {e}", root.display(), path.display()),
                "make one with 'tenure init DIR', or name one with --workspace",
            )
        })?;
        let config: Config =
            toml::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))?;
        anyhow::ensure!(
            config.version == 1,
            "{} is of version {}, which this tenure does not know",
            path.display(),
            config.version
        );
        Self::with_ledger(root, &config, Ledger::open(&root.join("ledger"))?)
    }

    fn with_ledger(root: &Path, config: &Config, ledger: Ledger) -> anyhow::Result<Self> {
        anyhow::ensure!(
            ledger.origin() == config.origin,
            "{} names origin {}, the ledger is {}",
            root.join("tenure.toml").display(),
            config.origin,
            ledger.origin()
        );
        let salt = fs::read_to_string(root.join("keys/records.key"))
            .context("cannot read keys/records.key")?;
        let lock = root.join("timeline.lock");
        let timeline_lock = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock)
            .with_context(|| format!("cannot open {}", lock.display()))?;
        let mut record_key = [0; 32];
        hex::decode_to_slice(salt.trim(), &mut record_key)
            .context("keys/records.key is not 32 bytes in hex")?;
        Ok(Self {
            root: root.to_owned(),
            ledger,
            blobs: BlobStore::open(root.join("blobs"))?,
            timeline: Store::new(root.join("timeline")),
            record_key: RecordKey::new(record_key),
            memory: config.limits.memory_mb as usize * 1_000_000,
            timeline_lock,
        })
    }

    /// Where a source keeps what a killed collection should find again.
    pub(crate) fn scratch(&self, source: &SourceName) -> PathBuf {
        self.root.join("scratch").join(source.as_str())
    }

    /// Takes or changes the lock on the timeline, waiting for other processes: shared to read,
    /// exclusive to build. It is freed when the workspace is dropped.
    pub(crate) fn hold_timeline(&self, how: FlockOperation) -> anyhow::Result<()> {
        flock(&self.timeline_lock, how).context("cannot lock the timeline")
    }

    /// The log's private key, needed to publish.
    pub(crate) fn signing_key(&self) -> anyhow::Result<SigningKey> {
        let path = self.root.join("keys/log.key");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(SigningKey::from_text(&text)?)
    }

    /// Lets the ledger have the log's private key, so that it can publish.
    pub(crate) fn unlock(&mut self) -> anyhow::Result<()> {
        if !self.ledger.has_key() {
            let key = self.signing_key()?;
            self.ledger.set_key(key)?;
        }
        Ok(())
    }

    /// Publishes everything sequenced.
    pub(crate) fn publish(&mut self, now: Timestamp) -> anyhow::Result<()> {
        self.unlock()?;
        self.ledger.publish(now)?;
        Ok(())
    }

    /// The configured sources, by name: the last entry of each counts.
    pub(crate) fn sources(&self) -> anyhow::Result<BTreeMap<SourceName, SourceBody>> {
        let mut sources = BTreeMap::new();
        for entry in self.ledger.of_kind(KIND_SOURCE)? {
            let entry = entry?;
            let body: SourceBody = serde_json::from_value(entry.entry.body)
                .with_context(|| format!("ledger entry {} is no source", entry.seq))?;
            sources.insert(body.name.clone(), body);
        }
        Ok(sources)
    }
}

fn log_name() -> anyhow::Result<[u8; 8]> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).context("cannot draw a name")?;
    Ok(name)
}

fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    file.sync_all().with_context(|| format!("cannot write {}", path.display()))
}
