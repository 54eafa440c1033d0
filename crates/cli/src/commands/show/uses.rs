//! How often, when, from where and with what outcome something was used, by the log.

use serde_json::json;
use tenure_model::Timestamp;

use super::look::{Look, Row, json};
use super::page::{Section, counted, short};

/// Which rows of `usage` are its uses.
pub(super) struct Uses<'l> {
    look: &'l Look<'l>,
    condition: String,
    sum: Row,
}

impl<'l> Uses<'l> {
    pub(super) fn of(look: &'l Look<'l>, condition: String) -> anyhow::Result<Self> {
        let sum = look.first(&format!(
            "SELECT count(*) AS uses, min(event_time) AS first_at, max(event_time) AS last_at,
                count(DISTINCT src_ip) AS addresses, count(DISTINCT user_agent) AS user_agents,
                sum(CASE WHEN outcome = 'success' THEN 1 ELSE 0 END) AS success,
                sum(CASE WHEN outcome = 'denied' THEN 1 ELSE 0 END) AS denied,
                sum(CASE WHEN outcome = 'error' THEN 1 ELSE 0 END) AS error
             FROM usage WHERE {condition}"
        ))?;
        Ok(Self { look, condition, sum: sum.unwrap_or_default() })
    }

    pub(super) fn condition(&self) -> &str {
        &self.condition
    }

    pub(super) fn count(&self) -> i64 {
        self.sum.int("uses")
    }

    pub(super) fn first(&self) -> Option<Timestamp> {
        self.sum.time("first_at")
    }

    pub(super) fn last(&self) -> Option<Timestamp> {
        self.sum.time("last_at")
    }

    /// Number, first and last, outcomes.
    pub(super) fn summary(&self) -> anyhow::Result<Section> {
        let refused = self.look.rows(&format!(
            "SELECT service, action, outcome, error_code, count(*) AS uses FROM usage
             WHERE ({}) AND outcome <> 'success'
             GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 3",
            self.condition
        ))?;
        let facts = json!({"total": self.sum.json(), "refused_or_failed": json(&refused)});
        let section = Section::new("uses", facts);
        let (Some(first), Some(last)) = (self.first(), self.last()) else {
            return Ok(section
                .line("none in the log")
                .unknown("whether it was used where the log is not complete"));
        };
        let [success, denied, error] = ["success", "denied", "error"].map(|o| self.sum.int(o));
        let section = section
            .line(format!(
                "{}: {success} success, {denied} denied, {error} error",
                counted(self.count(), "use", "uses")
            ))
            .line(format!("first {first}, last {last}"));
        let told: Vec<_> = refused.iter().map(told).collect();
        Ok(if told.is_empty() {
            section
        } else {
            section.line(format!("refused or failed: {}", told.join(", ")))
        })
    }

    /// The last use by the log, and what the source itself says of it; `None` where a source keeps
    /// no such record.
    pub(super) fn last_use(&self, reports: Option<&[Row]>) -> anyhow::Result<Section> {
        let logged = self.look.first(&format!(
            "SELECT event_time, service, action, region, outcome, src_ip, user_agent, event_id, evidence
             FROM usage WHERE {} ORDER BY event_time DESC, event_id DESC LIMIT 1",
            self.condition
        ))?;
        let report = reports
            .unwrap_or_default()
            .iter()
            .filter(|r| r.time("last_used_at").is_some() || r.flag("never_used").is_some())
            .max_by_key(|r| r.time("last_used_at"));
        let said = report.map(|r| {
            json!({
                "at": r.text("last_used_at"),
                "service": r.text("last_used_service"),
                "region": r.text("last_used_region"),
                "source": r.text("last_used_source"),
                "never_used": r.flag("never_used"),
            })
        });
        let facts = json!({"log": logged.as_ref().map(Row::json), "report": said});
        let mut section = Section::new("last use", facts);
        if let Some(row) = &logged {
            let with = short(row.text("user_agent").unwrap_or("an unnamed client"), 50);
            section = section
                .line(format!(
                    "{} {} {} (log)",
                    row.text("event_time").unwrap_or_default(),
                    call(row),
                    row.text("outcome").unwrap_or("outcome not said"),
                ))
                .line(format!(
                    "from {} with {with}",
                    row.text("src_ip").unwrap_or("an unnamed place")
                ));
        }
        Ok(match report {
            Some(report) => reported(section, report, self.last()),
            None if logged.is_none() => {
                section.line("none known").unknown("last use by the source's own record")
            }
            None if reports.is_none() => section,
            None => section.dim("the source's own record of last use is not collected"),
        })
    }

    /// Where from, and with which software.
    pub(super) fn origins(&self) -> anyhow::Result<Section> {
        let top = |column: &str, n: usize| {
            self.look.rows(&format!(
                "SELECT {column} AS name, count(*) AS uses, min(event_time) AS first_at,
                    max(event_time) AS last_at
                 FROM usage WHERE {} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {n}",
                self.condition
            ))
        };
        let (addresses, agents) = (top("src_ip", 10)?, top("user_agent", 10)?);
        let facts = json!({"addresses": json(&addresses), "user_agents": json(&agents)});
        let mut section = Section::new("from", facts);
        for (rows, shown, all, more) in [
            (&addresses, 3, "addresses", "more addresses"),
            (&agents, 2, "user_agents", "more user agents"),
        ] {
            section = section.lines(rows.iter().take(shown).map(place));
            let rest = self.sum.int(all) - i64::try_from(shown).unwrap_or(0);
            if rest > 0 {
                section = section.dim(format!("and {rest} {more}"));
            }
        }
        Ok(section)
    }
}

fn told(row: &Row) -> String {
    let why = row.text("error_code").or_else(|| row.text("outcome")).unwrap_or_default();
    format!("{} {} ({why})", row.int("uses"), call(row))
}

/// `iam:CreateUser`.
pub(super) fn call(row: &Row) -> String {
    let service = row.text("service").unwrap_or("?");
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(service);
    format!("{service}:{}", row.text("action").unwrap_or("?"))
}

fn place(row: &Row) -> String {
    let name = short(row.text("name").unwrap_or("(not said)"), 42);
    let day = |column: &str| row.time(column).map(Timestamp::date).unwrap_or_default();
    format!("{name:<42} {:>6}×  {} to {}", row.int("uses"), day("first_at"), day("last_at"))
}

/// What the source itself says, and whether the log agrees.
fn reported(section: Section, report: &Row, logged: Option<Timestamp>) -> Section {
    /// Reports round to the quarter of an hour and log later uses of it not at all (IAM User
    /// Guide, "Getting credential reports").
    const COARSE: i64 = 15 * 60 * 1_000_000;
    let source = report.text("last_used_source").unwrap_or("the source");
    match (report.time("last_used_at"), logged) {
        (Some(said), Some(seen)) if said > seen.plus_micros(COARSE) => section.warn(format!(
            "{source} says {said}, later than any use in the log: the log does not have that use"
        )),
        (Some(said), Some(seen)) if seen > said.plus_micros(COARSE) => {
            section.line(format!("{source} says {said}, earlier than the log: the log counts"))
        }
        (Some(said), Some(_)) => section.line(format!("{source} says {said}: it agrees")),
        (Some(said), None) => {
            let service = report.text("last_used_service").unwrap_or("a service not said");
            section.line(format!("{said} with {service} ({source}); the log has no use"))
        }
        (None, Some(_)) if report.flag("never_used") == Some(true) => {
            section.warn(format!("{source} says it was never used; the log shows uses"))
        }
        (None, None) if report.flag("never_used") == Some(true) => {
            section.line(format!("never, says {source}"))
        }
        _ => section.dim(format!("{source} says nothing of its last use")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn report(cells: &[(&str, Value)]) -> Row {
        Row(cells.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn said(report: &Row, logged: Option<&str>) -> String {
        let logged = logged.map(|at| at.parse().unwrap());
        reported(Section::new("last use", Value::Null), report, logged).told().join("\n")
    }

    #[test]
    fn a_report_and_the_log_may_disagree() {
        let at = "2025-03-01T10:00:00Z";
        let used = report(&[("last_used_at", at.into()), ("last_used_source", "list".into())]);
        let missed = said(&used, Some("2025-03-01T09:00:00Z"));
        assert!(missed.starts_with("! list says 2025-03-01T10:00:00Z, later"), "{missed}");
        assert!(said(&used, Some("2025-03-01T10:14:00Z")).ends_with("it agrees"));
        assert!(said(&used, Some("2025-03-02T00:00:00Z")).ends_with("the log counts"));
        assert!(said(&used, None).ends_with("the log has no use"));
        let never = report(&[("never_used", true.into()), ("last_used_source", "list".into())]);
        assert!(said(&never, Some(at)).starts_with("! list says it was never used"));
        assert_eq!(said(&never, None), "never, says list");
    }
}
