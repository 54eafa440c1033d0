//! What a system logged, held as the text that it writes: a parsed record takes some five times the
//! memory, and a large company logs millions.

use serde_json::Value;
use tenure_model::Timestamp;

/// Records in the order in which they were told of. The last one can still be changed.
#[derive(Clone, Default, Debug)]
pub struct Events {
    told: Vec<(Timestamp, Box<str>)>,
    last: Option<(Timestamp, Value)>,
}

impl Events {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { told: Vec::new(), last: None }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.told.len() + self.last.is_some() as usize
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a record of an instant.
    pub fn push(&mut self, event: (Timestamp, Value)) {
        self.settle();
        self.last = Some(event);
    }

    /// The record that was added last.
    pub const fn last_mut(&mut self) -> Option<&mut (Timestamp, Value)> {
        self.last.as_mut()
    }

    fn settle(&mut self) {
        let last = self.last.take();
        self.told.extend(last.map(|(at, event)| (at, event.to_string().into_boxed_str())));
    }

    /// Each record's instant and text, in order of time; those of one instant in the order in which
    /// they were told of. Nothing is left.
    #[must_use]
    pub fn take(&mut self) -> Vec<(Timestamp, Box<str>)> {
        self.settle();
        let mut told = std::mem::take(&mut self.told);
        told.sort_by_key(|(at, _)| *at);
        told
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_may_change_and_all_are_told_in_order_of_time() {
        let at = Timestamp::from_micros;
        let mut events = Events::new();
        assert!(events.is_empty());
        events.push((at(2), json!({"n": 1})));
        if let Some((_, event)) = events.last_mut() {
            event["n"] = json!(9);
        }
        events.push((at(2), json!({"n": 2})));
        events.push((at(1), json!({"n": 3})));
        assert_eq!(events.len(), 3);
        let texts: Vec<_> = events.take().into_iter().map(|(_, text)| text.into_string()).collect();
        assert_eq!(texts, [r#"{"n":3}"#, r#"{"n":9}"#, r#"{"n":2}"#]);
        assert!(events.is_empty());
    }
}
