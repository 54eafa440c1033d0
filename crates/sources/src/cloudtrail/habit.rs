//! In which order records name their members. Those of an object nearly always name the same ones
//! in the same order, so a name is compared with the one that came next before, which tells at once
//! where it ends and what it is.

use wide::u8x16;

use super::fields::Member;
use super::scan::Scan;

/// Longer names, with quotes and colon, are read each time.
const LONGEST: usize = 32;
/// No object has so many; what names more only takes longer.
const MOST: usize = 64;

/// The names met so far, in their order.
#[derive(Debug, Default)]
pub(super) struct Habit {
    names: Vec<Name>,
    /// The one that probably comes next.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    /// With quotes and colon, then zeros.
    written: [u8; LONGEST],
    length: usize,
    /// A bit for each byte.
    mask: u32,
    /// Whose name it is, if anybody asks for that.
    member: Option<Member>,
}

impl Habit {
    /// A record begins.
    pub(super) const fn begin(&mut self) {
        self.next = 0;
    }

    /// Steps over a name and its colon; says which member it names, if it is one that is asked for.
    #[inline]
    pub(super) fn name(&mut self, scan: &mut Scan<'_>) -> Option<Option<Member>> {
        // The last bytes of an object, fewer than these, are the end of a record.
        let Some(ahead) = scan.ahead() else { return scan.name().map(Member::named) };
        // What a record leaves out, a later one may have again.
        for (between, name) in self.names[self.next..].iter().enumerate() {
            if name.begins(ahead) {
                scan.step(name.length);
                self.next += between + 1;
                return Some(name.member);
            }
        }
        self.learn(scan)
    }

    #[cold]
    fn learn(&mut self, scan: &mut Scan<'_>) -> Option<Option<Member>> {
        let from = scan.at();
        let name = scan.name()?;
        let member = Member::named(name);
        // Neither spaces nor escapes: what looks the same is the same.
        let plain = !name.contains('\\') && scan.since(from).len() == name.len() + 3;
        if plain
            && self.names.len() < MOST
            && let Some(name) = Name::new(scan.since(from), member)
        {
            self.names.insert(self.next, name);
            self.next += 1;
        }
        Some(member)
    }
}

impl Name {
    /// `None` where it is too long.
    fn new(text: &[u8], member: Option<Member>) -> Option<Self> {
        let mut written = [0; LONGEST];
        written.get_mut(..text.len())?.copy_from_slice(text);
        let mask = u32::MAX.checked_shr((LONGEST - text.len()) as u32)?;
        Some(Self { written, length: text.len(), mask, member })
    }

    /// Whether the bytes begin with it.
    #[inline]
    fn begins(&self, bytes: &[u8; LONGEST]) -> bool {
        let half = |bytes: &[u8; LONGEST], half| u8x16::new(bytes.as_chunks().0[half]);
        let same = |of| half(bytes, of).simd_eq(half(&self.written, of)).to_bitmask();
        !(same(0) | same(1) << 16) & self.mask == 0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cloudtrail::fields::Fields;

    /// Records of some members in any order, some of them twice, with spaces or without.
    fn record() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec![
            "eventID",
            "eventTime",
            "eventName",
            "event\\u0049D",
            "event",
            "",
            "resources",
            "additionalEventData",
            "a name that is longer than most names are, \\\"",
            "nobody asks for this",
        ]);
        let value =
            prop::sample::select(vec!["1", "\"a\"", "null", "{\"eventID\":[]}", "\"\\\\\""]);
        let colon = prop::sample::select(vec![":", ":", ":", " : "]);
        let member = (name, colon, value).prop_map(|(n, c, v)| format!("\"{n}\"{c}{v}"));
        let comma = prop::sample::select(vec![",", ",", " ,\n "]);
        (prop::collection::vec(member, 0..9), comma).prop_map(|(m, c)| format!("{{{}}}", m.join(c)))
    }

    proptest! {
        #[test]
        fn what_came_before_changes_nothing(records in prop::collection::vec(record(), 0..30)) {
            let text = format!("{},", records.join(","));
            let (mut scan, mut habit) = (Scan::new(&text), Habit::default());
            let mut fields = Fields::default();
            for record in &records {
                let alone = Fields::scan(&mut Scan::new(record)).expect("a record");
                let met = fields.next(&mut scan, &mut habit);
                prop_assert_eq!(met, Some(alone.0));
                prop_assert_eq!(format!("{fields:?}"), format!("{:?}", alone.1));
                prop_assert!(scan.take(b',').is_some());
            }
        }

        #[test]
        fn nothing_panics(text in "(\\{\"eventID\":[1{\\[]?[}\\]],?|[{}\",:]|eventID|a{20}){0,40}") {
            let (mut scan, mut habit) = (Scan::new(&text), Habit::default());
            while Fields::default().next(&mut scan, &mut habit).is_some() {
                let _ = scan.take(b',');
            }
        }
    }

    #[test]
    fn the_order_is_learned_once() {
        let text =
            r#"{"a":1,"eventID":"x"},{"a":1,"b":2,"eventID":"y"},{"eventID":"z"},"#.repeat(9);
        let (mut scan, mut habit) = (Scan::new(&text), Habit::default());
        let mut fields = Fields::default();
        while fields.next(&mut scan, &mut habit).is_some() {
            assert!(scan.take(b',').is_some());
        }
        let names = habit.names.iter().map(|name| &name.written[..name.length]);
        assert_eq!(names.collect::<Vec<_>>(), [&b"\"a\":"[..], b"\"b\":", b"\"eventID\":"]);
    }
}
