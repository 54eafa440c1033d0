//! Telling records: what a commit changes in the state in force, and how certain its time is.

use std::collections::BTreeSet;

use gix::ObjectId;

use super::{Opened, Reader, Restart};
use crate::git_access::artifact::Base;
use crate::git_access::commit::Commit;
use crate::git_access::facts::{self, Moment};
use crate::git_access::files::Parsed;
use crate::git_access::layout::FileKind;
use crate::git_access::tree::{Difference, is_below};
use crate::records::Records;

/// What follows from a file that cannot be read.
const KEPT: &str = "the version before stays in force until one can be read; what it granted or removed is not known";

/// What is wrong, and what to do about it.
type Problem = (String, &'static str);

impl<'a> Reader<'a, '_> {
    /// Hands the record over.
    pub(super) fn tell(&mut self, record: Opened<'a>, parsed: &Parsed<'a>, out: &mut Records<'_>) {
        let commit = match record.commit {
            None => return out.skip(record.raw, "start of the history"),
            Some(Ok(commit)) => commit,
            Some(Err(cause)) => {
                return out.reject(record.raw, cause, "collect the repository again");
            }
        };
        let mut problems = Vec::new();
        self.apply(&record.differences, parsed, &mut problems);
        if record.number == 0 {
            return self.tell_base(record.raw, &commit, problems, out);
        }
        if let Base::Rewritten { .. } = self.header.base
            && let Some(restart) = self.restart.take()
        {
            return self.tell_restart(restart, (record.raw, record.number), &commit, problems, out);
        }
        if !record.touches {
            return out.skip(record.raw, "touches no access file");
        }
        let delta = self.state.step();
        let at = &commit.id.to_string()[..12];
        problems.extend(delta.oddities.iter().map(|oddity| (oddity.clone(), "correct the file")));
        if delta.is_unchanged() && !problems.is_empty() {
            let causes: Vec<_> = problems.into_iter().map(|(cause, _)| cause).collect();
            let cause = format!("commit {at}: {}", causes.join("; "));
            return out.reject(record.raw, cause, KEPT);
        }
        for (cause, hint) in problems {
            out.gap(format!("commit {at}: {cause}"), hint);
        }
        out.facts(record.raw, facts::of_step(&self.state, &delta, &commit, Moment::Pinned));
    }

    fn tell_base(
        &mut self,
        raw: &[u8],
        commit: &Commit,
        problems: Vec<Problem>,
        out: &mut Records<'_>,
    ) {
        let delta = self.state.step();
        if let Base::Rewritten { .. } = self.header.base {
            self.restart = Some(Restart { old_at: commit.at });
        }
        if !matches!(self.header.base, Base::Boundary { .. }) {
            return out.skip(raw, "state that earlier artifacts have told");
        }
        for (cause, hint) in problems {
            out.gap(cause, hint);
        }
        out.facts(raw, facts::of_step(&self.state, &delta, commit, Moment::Found));
    }

    /// While a rewritten line is no later than the head it replaces, nothing says when its states
    /// came into force. The first later commit, or the end, tells the whole difference at once.
    fn tell_restart(
        &mut self,
        restart: Restart,
        (raw, number): (&[u8], u64),
        commit: &Commit,
        problems: Vec<Problem>,
        out: &mut Records<'_>,
    ) {
        let Base::Rewritten { commit: old, onto, seen_at } = &self.header.base else { return };
        for (cause, hint) in problems {
            out.gap(cause, hint);
        }
        let later = commit.at > restart.old_at;
        if !later && number + 1 < self.header.records {
            self.restart = Some(restart);
            return out
                .skip(raw, "part of a rewritten line; a later commit of it tells the difference");
        }
        let by = if later { commit.at } else { (*seen_at).max(restart.old_at) };
        let delta = self.state.step();
        let mut told = vec![facts::rewritten(old, &self.header.head, onto, *seen_at)];
        told.extend(facts::of_step(
            &self.state,
            &delta,
            commit,
            Moment::Between(restart.old_at, by),
        ));
        out.facts(raw, told);
    }

    /// Brings the differences into force; what cannot be read leaves the state as it was.
    fn apply(
        &mut self,
        differences: &[Difference],
        parsed: &Parsed<'a>,
        problems: &mut Vec<Problem>,
    ) {
        let mut stale = BTreeSet::new();
        for difference in differences {
            match difference {
                Difference::Relisted { path } => {
                    stale.extend(self.state.below(path).map(str::to_owned));
                }
                Difference::Unreadable { path, cause } => {
                    stale.retain(|stale| !is_below(stale, path));
                    problems.push((format!("{path}: {cause}"), KEPT));
                }
                Difference::File { path, blob: None, .. } => self.state.remove(path),
                Difference::File { path, kind, blob: Some(blob) } => {
                    stale.remove(path);
                    if let Err(cause) = self.put(path, *kind, *blob, parsed) {
                        problems.push((format!("{path}: {cause}"), KEPT));
                    }
                }
            }
        }
        for path in stale {
            self.state.remove(&path);
        }
    }

    fn put(
        &mut self,
        path: &str,
        kind: FileKind,
        blob: ObjectId,
        parsed: &Parsed<'a>,
    ) -> Result<(), String> {
        if self.state.blob(path) == Some(blob) {
            return Ok(());
        }
        let cause = match parsed.get(&(path.to_owned(), blob)) {
            Some(Ok(doc)) => {
                self.state.put(path, kind, blob, doc.clone());
                return Ok(());
            }
            Some(Err(cause)) => cause.clone(),
            None => format!("its content {blob} is not in the repository"),
        };
        let held = self
            .header
            .held
            .iter()
            .find(|held| held.path == path && self.state.blob(path).is_none());
        let held = held.and_then(|held| ObjectId::from_hex(held.blob.as_bytes()).ok());
        if let Some(held) = held
            && let Some(Ok(doc)) = parsed.get(&(path.to_owned(), held))
        {
            self.state.put(path, kind, held, doc.clone());
        }
        Err(cause)
    }
}
