//! Rows that wait on disk, by day, until their day is put in order. The file has no name and goes
//! with the process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use tenure_model::Timestamp;
use tenure_model::fact::UseOutcome;
use tenure_model::usage::{Actor, ActorId, EventId, Row, TextId, UsageRows};

use super::day_of;
use crate::store::{StoreError, io_error};

pub(super) struct Spill {
    file: File,
    directory: PathBuf,
    /// Where the blocks of each day lie, and how many rows the day has.
    days: BTreeMap<i64, (Vec<(u64, u64)>, u64)>,
}

impl Spill {
    pub(super) fn create(directory: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(directory).map_err(|e| io_error(directory, e))?;
        let file = tempfile::tempfile_in(directory).map_err(|e| io_error(directory, e))?;
        Ok(Self { file, directory: directory.to_owned(), days: BTreeMap::new() })
    }

    /// Writes rows, each day a block of its own.
    pub(super) fn write(&mut self, rows: &UsageRows) -> Result<(), StoreError> {
        let mut days: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
        for row in &rows.rows {
            days.entry(day_of(row.event_time)).or_default().push(row);
        }
        for (day, of_day) in days {
            let count = of_day.len() as u64;
            let block = encode(&rows.subset(&of_day)).map_err(|e| io_error(&self.directory, e))?;
            let at = self.append(&block).map_err(|e| io_error(&self.directory, e))?;
            let (blocks, total) = self.days.entry(day).or_default();
            blocks.push((at, block.len() as u64));
            *total += count;
        }
        Ok(())
    }

    /// How many rows each day has.
    pub(super) fn counts(&self) -> BTreeMap<i64, u64> {
        self.days.iter().map(|(day, (_, count))| (*day, *count)).collect()
    }

    /// All rows of these days.
    pub(super) fn read(&self, days: RangeInclusive<i64>) -> Result<UsageRows, StoreError> {
        let mut rows = UsageRows::default();
        for (_, (blocks, _)) in self.days.range(days) {
            for (at, length) in blocks {
                let block = load(&self.file, *at, *length).and_then(|bytes| decode(&bytes));
                rows.absorb(block.map_err(|e| io_error(&self.directory, e))?, 0);
            }
        }
        Ok(rows)
    }

    fn append(&mut self, block: &[u8]) -> std::io::Result<u64> {
        let at = self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(block)?;
        Ok(at)
    }
}

fn load(file: &File, at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes)
}

/// A block: texts, actors without nobody, rows; numbers are little-endian.
fn encode(rows: &UsageRows) -> std::io::Result<Vec<u8>> {
    let mut out = Encoder(zstd::Encoder::new(Vec::new(), 1)?);
    out.count(rows.texts.len())?;
    for text in rows.texts.ids().filter_map(|id| rows.text(id)) {
        out.count(text.len())?;
        out.0.write_all(text.as_bytes())?;
    }
    out.count(rows.actors().len() - 1)?;
    for actor in &rows.actors()[1..] {
        out.actor(actor)?;
    }
    out.count(rows.rows.len())?;
    for row in &rows.rows {
        out.row(row)?;
    }
    out.0.finish()
}

fn decode(block: &[u8]) -> std::io::Result<UsageRows> {
    let mut input = Decoder(zstd::Decoder::new(block)?);
    let mut rows = UsageRows::default();
    for _ in 0..input.u64()? {
        let mut text = vec![0; usize::try_from(input.u64()?).map_err(std::io::Error::other)?];
        input.0.read_exact(&mut text)?;
        rows.texts.add(std::str::from_utf8(&text).map_err(std::io::Error::other)?);
    }
    for _ in 0..input.u64()? {
        let actor = input.actor()?;
        rows.actor_id(actor);
    }
    for _ in 0..input.u64()? {
        rows.rows.push(input.row()?);
    }
    Ok(rows)
}

struct Encoder(zstd::Encoder<'static, Vec<u8>>);

impl Encoder {
    fn count(&mut self, count: usize) -> std::io::Result<()> {
        self.0.write_all(&(count as u64).to_le_bytes())
    }

    fn ids(&mut self, ids: &[u32]) -> std::io::Result<()> {
        ids.iter().try_for_each(|id| self.0.write_all(&id.to_le_bytes()))
    }

    fn actor(&mut self, a: &Actor) -> std::io::Result<()> {
        let texts = [
            a.actor_type,
            a.actor,
            a.actor_id,
            a.actor_name,
            a.credential_key,
            a.session_issuer,
            a.actor_account,
            a.invoked_by,
            a.source_identity,
            a.federated,
            a.on_behalf_of,
        ];
        self.ids(&texts.map(|id| id.0))?;
        self.0.write_all(&[flag(a.session_mfa)])
    }

    fn row(&mut self, r: &Row) -> std::io::Result<()> {
        for (uuid, text) in [r.event_id.parts(), r.shared_event_id.parts()] {
            self.0.write_all(&uuid.0.to_le_bytes())?;
            self.0.write_all(&uuid.1.to_le_bytes())?;
            self.ids(&[text.0])?;
        }
        self.0.write_all(&r.event_time.micros().to_le_bytes())?;
        let texts = [
            r.account,
            r.region,
            r.service,
            r.action,
            r.resource,
            r.error_code,
            r.src_ip,
            r.user_agent,
            r.issued_key,
        ];
        self.ids(&texts.map(|id| id.0))?;
        self.ids(&[r.actor.0, r.artifact])?;
        let outcome = match r.outcome {
            None => 0,
            Some(UseOutcome::Success) => 1,
            Some(UseOutcome::Denied) => 2,
            Some(UseOutcome::Error) => 3,
        };
        self.0.write_all(&[outcome, flag(r.mfa), flag(r.read_only), flag(r.management)])?;
        self.0.write_all(&r.record.to_le_bytes())
    }
}

struct Decoder<'b>(zstd::Decoder<'static, std::io::BufReader<&'b [u8]>>);

impl Decoder<'_> {
    fn bytes<const N: usize>(&mut self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn u64(&mut self) -> std::io::Result<u64> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn u32(&mut self) -> std::io::Result<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> std::io::Result<TextId> {
        self.u32().map(TextId)
    }

    fn actor(&mut self) -> std::io::Result<Actor> {
        Ok(Actor {
            actor_type: self.text()?,
            actor: self.text()?,
            actor_id: self.text()?,
            actor_name: self.text()?,
            credential_key: self.text()?,
            session_issuer: self.text()?,
            actor_account: self.text()?,
            invoked_by: self.text()?,
            source_identity: self.text()?,
            federated: self.text()?,
            on_behalf_of: self.text()?,
            session_mfa: unflag(self.bytes()?),
        })
    }

    fn id(&mut self) -> std::io::Result<EventId> {
        Ok(EventId::from_parts((self.u64()?, self.u64()?), self.text()?))
    }

    fn row(&mut self) -> std::io::Result<Row> {
        Ok(Row {
            event_id: self.id()?,
            shared_event_id: self.id()?,
            event_time: Timestamp::from_micros(self.bytes().map(i64::from_le_bytes)?),
            account: self.text()?,
            region: self.text()?,
            service: self.text()?,
            action: self.text()?,
            resource: self.text()?,
            error_code: self.text()?,
            src_ip: self.text()?,
            user_agent: self.text()?,
            issued_key: self.text()?,
            actor: ActorId(self.u32()?),
            artifact: self.u32()?,
            outcome: match self.bytes()? {
                [1] => Some(UseOutcome::Success),
                [2] => Some(UseOutcome::Denied),
                [3] => Some(UseOutcome::Error),
                _ => None,
            },
            mfa: unflag(self.bytes()?),
            read_only: unflag(self.bytes()?),
            management: unflag(self.bytes()?),
            record: self.u64()?,
        })
    }
}

const fn flag(flag: Option<bool>) -> u8 {
    match flag {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}

const fn unflag([flag]: [u8; 1]) -> Option<bool> {
    match flag {
        1 => Some(false),
        2 => Some(true),
        _ => None,
    }
}
