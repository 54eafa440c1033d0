//! The ledger entries of a run, from what was collected and read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::entry::{
    ArtifactBody, CoverageBody, Gap, KIND_ARTIFACT, KIND_COVERAGE, KIND_RUN, RunBody, RunKind,
    RunOutcome,
};
use tenure_model::fact::Fact;
use tenure_model::time::Timestamp;

use crate::settings::{PART_OF, Settings};
use crate::source::{Claim, CollectError, Collected, Conclude, Conclusion};

use super::{Concluded, Run, RunError};

/// Gaps that stand in the run's entry itself.
const INLINE_GAPS: usize = 20;
/// The most characters of a text of an inline gap.
const INLINE_TEXT: usize = 500;
/// The most bytes that the inline gaps take as JSON.
const INLINE_BYTES: usize = 30_000;
/// Longer cursors go to a blob.
const INLINE_CURSOR: usize = 8_000;
/// An entry has at most 65,535 bytes; its envelope needs some of them.
const LARGEST_BODY: usize = 60_000;

/// What a collection left beside its artifacts.
pub struct Unconcluded {
    pub(super) started: Timestamp,
    pub(super) collected: Result<Collected, CollectError>,
    pub(super) facts: Vec<Arc<Fact>>,
    pub(super) gaps: Vec<Gap>,
}

impl Unconcluded {
    /// Draws what follows from the run as a whole.
    ///
    /// # Errors
    /// When bytes cannot be stored, or an entry would be too large.
    pub fn conclude(
        self,
        request: &Run<'_>,
        artifacts: &[ArtifactBody],
    ) -> Result<Concluded, RunError> {
        let Self { started, collected, facts, mut gaps } = self;
        let known = Known { artifacts, facts: &facts, gaps: &gaps };
        let (summary, conclusion, failed) = conclude(request, &known, collected);
        let first = request.known.is_empty();
        let nothing = artifacts.is_empty();
        let nothing_new = nothing && !failed && !first;
        gaps.extend(conclusion.gaps);
        if nothing && first && gaps.is_empty() {
            gaps.push(nothing_there(&summary.scope));
        }
        let usable = nothing_new || artifacts.iter().any(|a| a.with_facts > 0);
        let mut run = body(request, started, summary, outcome(&gaps, usable));
        if nothing {
            // Zero artifacts are no listing of anything, whatever the source usually gives.
            run.kind = RunKind::Delta;
        }
        run.received_totals = conclusion.totals;
        run.checks = conclusion.checks;
        place_cursor(request, &mut run, conclusion.cursor)?;
        place_gaps(request, &mut run, gaps)?;
        run.ended = request.clock.now();
        let coverage = conclusion.coverage.into_iter().map(|c| coverage_body(request, c)).collect();
        let concluded = Concluded { coverage, run, nothing_new };
        check_sizes(artifacts, &concluded)?;
        Ok(concluded)
    }
}

/// What conclusions are drawn from.
struct Known<'a> {
    artifacts: &'a [ArtifactBody],
    facts: &'a [Arc<Fact>],
    gaps: &'a [Gap],
}

fn outcome(gaps: &[Gap], usable: bool) -> RunOutcome {
    match (gaps.is_empty(), usable) {
        (true, _) => RunOutcome::Complete,
        (false, true) => RunOutcome::Partial,
        (false, false) => RunOutcome::Failed,
    }
}

fn nothing_there(scope: &str) -> Gap {
    Gap {
        artifact: scope.to_owned(),
        record: None,
        cause: "there is nothing there".to_owned(),
        hint: "check the source's settings: an empty first collection is no evidence".to_owned(),
    }
}

/// The run's entry, without what is concluded.
fn body(request: &Run<'_>, started: Timestamp, summary: Summary, outcome: RunOutcome) -> RunBody {
    let about = request.source.about();
    RunBody {
        run: request.id.clone(),
        source: request.name.clone(),
        system: request.system.clone(),
        source_kind: about.kind.to_owned(),
        reader_version: about.reader_version,
        config: config_digest(about.kind, request.settings),
        scope: summary.scope,
        kind: summary.kind.unwrap_or(about.run_kind),
        started,
        ended: started,
        outcome,
        requests: summary.requests,
        source_totals: summary.source_totals,
        received_totals: BTreeMap::new(),
        checks: Vec::new(),
        gaps: Vec::new(),
        gap_count: 0,
        gap_list: None,
        cursor: None,
        cursor_blob: None,
    }
}

/// What the run's entry needs of a collection.
struct Summary {
    scope: String,
    kind: Option<RunKind>,
    requests: u64,
    source_totals: BTreeMap<String, u64>,
}

fn conclude(
    request: &Run<'_>,
    taken: &Known<'_>,
    collected: Result<Collected, CollectError>,
) -> (Summary, Conclusion, bool) {
    match collected {
        Ok(mut collected) => {
            let summary = Summary {
                scope: collected.scope.clone(),
                kind: collected.kind,
                requests: collected.requests,
                source_totals: std::mem::take(&mut collected.source_totals),
            };
            let cx = Conclude {
                settings: request.settings,
                previous: request.cursor,
                known: request.known,
                artifacts: taken.artifacts,
                facts: taken.facts,
                read_gaps: taken.gaps,
                blobs: request.blobs,
            };
            (summary, request.source.conclude(&cx, collected), false)
        }
        Err(error) => {
            let gap = Gap {
                artifact: error.what.clone(),
                record: None,
                cause: error.cause,
                hint: error.hint,
            };
            let summary = Summary {
                scope: error.what,
                kind: None,
                requests: 0,
                source_totals: BTreeMap::new(),
            };
            let conclusion = Conclusion {
                gaps: vec![gap],
                // Nothing was concluded, so the next run goes on where this one should have.
                cursor: request.cursor.map(str::to_owned),
                ..Conclusion::default()
            };
            (summary, conclusion, true)
        }
    }
}

fn coverage_body(request: &Run<'_>, claim: Claim) -> CoverageBody {
    CoverageBody {
        run: request.id.clone(),
        source: request.name.clone(),
        system: request.system.clone(),
        stream: claim.stream,
        part_of: request.settings.get(PART_OF.name).map(str::to_owned),
        from: claim.from,
        to: claim.to,
        status: claim.status,
        proof_kind: claim.proof_kind.to_owned(),
        detail: claim.detail,
    }
}

fn place_cursor(
    request: &Run<'_>,
    run: &mut RunBody,
    cursor: Option<String>,
) -> Result<(), RunError> {
    match cursor {
        Some(text) if text.len() > INLINE_CURSOR => {
            let blob = request.blobs.put(text.as_bytes()).map_err(|e| blob_error(request, e))?;
            run.cursor_blob = Some(blob);
        }
        inline => run.cursor = inline,
    }
    Ok(())
}

/// The first gaps stand in the entry, shortened if need be; then a blob has all of them in full.
fn place_gaps(request: &Run<'_>, run: &mut RunBody, gaps: Vec<Gap>) -> Result<(), RunError> {
    let mut room = INLINE_BYTES;
    let inline: Vec<Gap> = gaps
        .iter()
        .take(INLINE_GAPS)
        .map(shortened)
        .take_while(|gap| {
            let bytes = serde_json::to_vec(gap).map_or(usize::MAX, |text| text.len());
            room = room.saturating_sub(bytes);
            room > 0
        })
        .collect();
    if inline != gaps {
        let mut lines = Vec::new();
        for gap in &gaps {
            serde_json::to_writer(&mut lines, gap)
                .expect("a gap is text and numbers, which JSON always can hold");
            lines.push(b'\n');
        }
        let blob = request.blobs.put(&lines).map_err(|e| blob_error(request, e))?;
        run.gap_list = Some(blob);
    }
    run.gap_count = gaps.len() as u64;
    run.gaps = inline;
    Ok(())
}

fn shortened(gap: &Gap) -> Gap {
    let cut = |text: &str| match text.char_indices().nth(INLINE_TEXT) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    };
    Gap {
        artifact: cut(&gap.artifact),
        record: gap.record,
        cause: cut(&gap.cause),
        hint: cut(&gap.hint),
    }
}

/// SHA-256 of the settings as canonical JSON (RFC 8785: names in order, no white space).
fn config_digest(kind: &str, settings: &Settings) -> Digest {
    #[derive(Serialize)]
    struct Config<'a> {
        kind: &'a str,
        settings: &'a Settings,
    }
    let text = serde_json::to_vec(&Config { kind, settings })
        .expect("settings are text by text, which JSON always can hold");
    Digest(Sha256::digest(text).into())
}

fn check_sizes(artifacts: &[ArtifactBody], concluded: &Concluded) -> Result<(), RunError> {
    fits(KIND_RUN, concluded.run.run.as_str(), &concluded.run)?;
    let large = artifacts.iter().filter(|a| most_bytes(a) >= LARGEST_BODY);
    large.into_iter().try_for_each(|a| fits(KIND_ARTIFACT, &a.name, a))?;
    concluded.coverage.iter().try_for_each(|c| fits(KIND_COVERAGE, &c.stream, c))
}

/// The most bytes that an artifact's body can take as JSON: a byte of text takes six at most, and
/// everything of fixed size less than a thousand.
fn most_bytes(artifact: &ArtifactBody) -> usize {
    let skipped: usize = artifact.skipped.keys().map(|reason| reason.len() + 30).sum();
    let integrity = artifact.integrity.iter();
    let integrity: usize = integrity.map(|(check, verdict)| check.len() + verdict.len() + 10).sum();
    let texts = artifact.name.len()
        + artifact.media_type.len()
        + artifact.run.as_str().len()
        + artifact.source.as_str().len();
    6 * (texts + skipped + integrity) + 1_000
}

fn fits(kind: &'static str, what: &str, body: &impl Serialize) -> Result<(), RunError> {
    let bytes = serde_json::to_vec(body).map_or(usize::MAX, |text| text.len());
    if bytes < LARGEST_BODY {
        return Ok(());
    }
    Err(RunError::TooLarge { kind, what: what.to_owned(), bytes })
}

fn blob_error(request: &Run<'_>, source: tenure_blobs::BlobError) -> RunError {
    RunError::Blob { source_name: request.name.clone(), source }
}
