//! What is odd about an object's records although each can be read.

use tenure_model::time::Timestamp;

use crate::cloudtrail::fields::Fields;
use crate::cloudtrail::names::ObjectName;
use crate::records::Records;

/// Records in an object are older than its name says. Later ones come from a wrong clock or do not
/// belong there; a day is tolerated.
const TOLERATED: i64 = Timestamp::DAY;

/// Oddities of one object.
pub(super) struct Oddities<'a> {
    name: Option<ObjectName<'a>>,
    expected_account: Option<&'a str>,
    too_early: Oddity,
    too_late: Oddity,
    other_account: Oddity,
    unexpected_account: Oddity,
}

/// Records with something odd about them: how many, and the first.
#[derive(Default)]
struct Oddity {
    count: u64,
    first: u64,
    example: String,
}

impl Oddity {
    fn note(&mut self, record: u64, example: impl FnOnce() -> String) {
        if self.count == 0 {
            (self.first, self.example) = (record, example());
        }
        self.count += 1;
    }

    fn report(&self, out: &mut Records<'_>, what: &str, hint: &str) {
        if self.count > 0 {
            let (count, first, example) = (self.count, self.first, &self.example);
            out.gap(
                format!("{count} records {what} (the first is record {first}: {example})"),
                hint,
            );
        }
    }
}

impl<'a> Oddities<'a> {
    pub(super) fn new(name: Option<ObjectName<'a>>, expected_account: Option<&'a str>) -> Self {
        Self {
            name,
            expected_account,
            too_early: Oddity::default(),
            too_late: Oddity::default(),
            other_account: Oddity::default(),
            unexpected_account: Oddity::default(),
        }
    }

    pub(super) fn check(&mut self, fields: &Fields<'_>, at: Timestamp, record: u64) {
        if at < Timestamp::from_seconds(0) {
            self.too_early.note(record, || at.to_string());
        }
        if self.name.is_some_and(|name| at > name.at.plus_micros(TOLERATED)) {
            self.too_late.note(record, || at.to_string());
        }
        let Some(account) = fields.text(fields.recipient_account_id) else { return };
        if self.name.is_some_and(|name| name.account != account) {
            self.other_account.note(record, || account.clone().into_owned());
        }
        if self.expected_account.is_some_and(|expected| expected != account) {
            self.unexpected_account.note(record, || account.into_owned());
        }
    }

    pub(super) fn report(&self, out: &mut Records<'_>) {
        let clock =
            "the events are kept as they stand; check the clock or the origin of the object";
        self.too_early.report(out, "are from before 1970", clock);
        self.too_late.report(out, "are a day or more after the object's own time", clock);
        let moved = "objects and their names belong together: fetch them from their bucket";
        self.other_account.report(out, "are of another account than the object's name says", moved);
        let setting = "check the setting account, or remove objects of other accounts";
        self.unexpected_account.report(out, "are of another account than expected", setting);
    }
}
