//! Coverage: what is known of the completeness of streams. A later statement about the same source
//! and stream supersedes an earlier one where the two overlap, and leaves the rest standing.

use tenure_model::entry::CoverageBody;
use tenure_model::ids::Seq;

/// A statement, or what later statements left of it.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) body: CoverageBody,
    pub(crate) tx_from: Seq,
    pub(crate) tx_to: Option<Seq>,
}

/// Adds a statement and cuts what it supersedes.
pub(crate) fn state(stretches: &mut Vec<Stretch>, body: &CoverageBody, seq: Seq) {
    let mut rest = Vec::new();
    for stretch in stretches.iter_mut().filter(|s| s.tx_to.is_none()) {
        let old = &stretch.body;
        let same = old.source == body.source && old.stream == body.stream;
        // Statements of one run stand beside each other; only a later run supersedes.
        if !same || old.run == body.run || old.to <= body.from || body.to <= old.from {
            continue;
        }
        stretch.tx_to = Some(seq);
        if old.from < body.from {
            rest.push(CoverageBody { to: body.from, ..old.clone() });
        }
        if body.to < old.to {
            rest.push(CoverageBody { from: body.to, ..old.clone() });
        }
    }
    stretches.retain(|s| s.tx_to != Some(s.tx_from));
    stretches.extend(rest.into_iter().map(|body| Stretch { body, tx_from: seq, tx_to: None }));
    stretches.push(Stretch { body: body.clone(), tx_from: seq, tx_to: None });
}

/// In the order of the table.
pub(crate) fn sort(stretches: &mut [Stretch]) {
    stretches.sort_by(|a, b| {
        let key = |s: &Stretch| {
            (s.body.source.clone(), s.body.stream.clone(), s.body.from, s.body.to, s.tx_from)
        };
        key(a).cmp(&key(b))
    });
}

#[cfg(test)]
mod tests {
    use tenure_model::Timestamp;
    use tenure_model::entry::CoverageStatus;
    use tenure_model::ids::RunId;

    use super::*;

    fn body(run: u64, from: i64, to: i64, status: CoverageStatus) -> CoverageBody {
        let source = "trail".parse().expect("a name");
        CoverageBody {
            part_of: None,
            run: RunId::new(&source, run),
            source,
            system: "aws".parse().expect("a name"),
            stream: "usage".to_owned(),
            from: Timestamp::from_seconds(from),
            to: Timestamp::from_seconds(to),
            status,
            proof_kind: "delivery_manifest".to_owned(),
            detail: String::new(),
        }
    }

    #[test]
    fn a_later_statement_cuts_an_earlier_one() {
        let mut stretches = Vec::new();
        state(&mut stretches, &body(1, 0, 100, CoverageStatus::Gap), Seq(1));
        state(&mut stretches, &body(2, 40, 60, CoverageStatus::Proven), Seq(2));
        sort(&mut stretches);
        let current: Vec<_> = stretches
            .iter()
            .filter(|s| s.tx_to.is_none())
            .map(|s| (s.body.from.seconds(), s.body.to.seconds(), s.body.status))
            .collect();
        let expected = [
            (0, 40, CoverageStatus::Gap),
            (40, 60, CoverageStatus::Proven),
            (60, 100, CoverageStatus::Gap),
        ];
        assert_eq!(current, expected);
        assert_eq!(stretches.len(), 4, "what was known before stays on record");
    }
}
