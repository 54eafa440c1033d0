//! What the artifacts of one job said.

use tenure_model::Timestamp;
use tenure_model::entry::Gap;
use tenure_model::fact::Fact;
use tenure_model::usage::{Point, Row, Sightings, UsageRows};

use crate::records::FactSink;
use crate::source::Source;

/// Everything that the artifacts of a job said, each artifact by its number in the job.
pub(super) struct Said {
    /// Facts with their artifact and record.
    pub(super) facts: Vec<(u32, u64, Fact)>,
    /// Uses of access.
    pub(super) rows: UsageRows,
    /// What was mentioned in passing.
    pub(super) sightings: Sightings,
    artifact: u32,
    /// Nobody can tell of what comes after this.
    latest: Timestamp,
    ahead: Option<Ahead>,
    /// The first fact that does not fit its table, and how many there are.
    undeclared: Option<(String, u64)>,
}

/// Records that tell of instants after the collection.
struct Ahead {
    first: u64,
    at: Timestamp,
    last: u64,
    count: u64,
}

impl Said {
    pub(super) fn new(latest: Timestamp, rows: UsageRows) -> Self {
        Self {
            facts: Vec::new(),
            rows,
            sightings: Sightings::default(),
            artifact: 0,
            latest,
            ahead: None,
            undeclared: None,
        }
    }

    /// What follows is said by this artifact.
    pub(super) fn open(&mut self, artifact: u32) {
        self.artifact = artifact;
    }

    /// What is wrong with what the open artifact said.
    pub(super) fn close(&mut self, name: &str, gaps: &mut Vec<Gap>) {
        if let Some((problem, count)) = self.undeclared.take() {
            gaps.push(Gap {
                artifact: name.to_owned(),
                record: None,
                cause: format!("{count} facts were not used: {problem}"),
                hint: "this is a bug of the reader, please report it".to_owned(),
            });
        }
        if let Some(ahead) = self.ahead.take() {
            let (count, at) = (ahead.count, ahead.at);
            gaps.push(Gap {
                artifact: name.to_owned(),
                record: Some(ahead.first),
                cause: format!(
                    "{count} records tell of times after the collection (this one of {at})"
                ),
                hint: "they are kept as they stand; check the source's clock and this machine's"
                    .to_owned(),
            });
        }
    }

    /// Notes what each actor's acting tells: once per actor, not per use.
    pub(super) fn note_actors(&mut self, source: &dyn Source) {
        let mut met: Vec<Option<(Point, Point)>> = vec![None; self.rows.actors().len()];
        for row in &self.rows.rows {
            let at = Point { at: row.event_time, artifact: row.artifact, record: row.record };
            match &mut met[row.actor.0 as usize] {
                Some((_, last)) if *last < at => *last = at,
                Some((first, _)) => *first = at.min(*first),
                unmet => *unmet = Some((at, at)),
            }
        }
        for (actor, met) in self.rows.actors().iter().zip(met) {
            let Some((first, last)) = met else { continue };
            source.acted(&self.rows.texts, actor, &mut |kind, name, detail| {
                self.sightings.note_all(kind, name, detail, first, last);
            });
        }
    }

    fn tells_of(&mut self, record: u64, at: Timestamp) {
        if at <= self.latest {
            return;
        }
        let ahead = self.ahead.get_or_insert(Ahead { first: record, at, last: record, count: 1 });
        if ahead.last != record {
            (ahead.last, ahead.count) = (record, ahead.count + 1);
        }
    }
}

impl FactSink for Said {
    fn fact(&mut self, record: u64, fact: Fact) {
        self.tells_of(record, fact.change.at());
        match fact.misfit() {
            None => self.facts.push((self.artifact, record, fact)),
            Some(problem) => self.undeclared.get_or_insert((problem, 0)).1 += 1,
        }
    }

    fn rows(&mut self) -> &mut UsageRows {
        &mut self.rows
    }

    fn usage(&mut self, record: u64, row: Row) {
        self.tells_of(record, row.event_time);
        self.rows.rows.push(Row { artifact: self.artifact, record, ..row });
    }

    fn sighting(&mut self, record: u64, kind: u8, name: &str, detail: &str, at: Timestamp) {
        let point = Point { at, artifact: self.artifact, record };
        self.sightings.note(kind, name, detail, point);
    }
}
