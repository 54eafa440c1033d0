//! Which part a key belongs to: ranges of about as many rows each, from a sample of the keys.

/// The first keys of all parts but the first, in order.
pub(super) struct Splits {
    first: Vec<Vec<u8>>,
    /// What all of them begin with: ids of one kind begin alike.
    prefix: usize,
    /// The next eight bytes of each, as a number that compares as they do.
    heads: Vec<u64>,
}

impl Splits {
    /// Cuts where a sample says that at most so many parts would be of one size.
    pub(super) fn of(mut sample: Vec<Vec<u8>>, parts: usize) -> Self {
        sample.sort_unstable();
        let cuts = (1..parts).filter_map(|n| sample.get(n * sample.len() / parts).cloned());
        let mut first: Vec<_> = cuts.collect();
        first.dedup();
        let prefix = match (first.first(), first.last()) {
            (Some(a), Some(b)) => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
            _ => 0,
        };
        let heads = first.iter().map(|key| head(key, prefix)).collect();
        Self { first, prefix, heads }
    }

    pub(super) fn parts(&self) -> usize {
        self.first.len() + 1
    }

    /// The number of a key's part.
    pub(super) fn part(&self, key: &[u8]) -> usize {
        let alike = self.first.first().is_some_and(|first| {
            key.get(..self.prefix).is_some_and(|start| *start == first[..self.prefix])
        });
        if !alike {
            return self.first.partition_point(|first| first.as_slice() <= key);
        }
        let head = head(key, self.prefix);
        let mut part = self.heads.partition_point(|first| *first < head);
        while self.heads.get(part) == Some(&head) && self.first[part].as_slice() <= key {
            part += 1;
        }
        part
    }
}

fn head(key: &[u8], prefix: usize) -> u64 {
    let mut head = [0; 8];
    let rest = &key[prefix.min(key.len())..];
    let length = rest.len().min(8);
    head[..length].copy_from_slice(&rest[..length]);
    u64::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof!["(AKIA0000[0-2]{0,10})", "[ab]{0,3}", "AKI"].prop_map(String::into_bytes)
    }

    proptest! {
        #[test]
        fn a_key_lies_behind_the_first_keys_that_are_not_after_it(
            sample in proptest::collection::vec(key(), 0..60), keys in proptest::collection::vec(key(), 1..60), parts in 1..20_usize,
        ) {
            let splits = Splits::of(sample, parts);
            prop_assert!(splits.parts() <= parts);
            for key in keys {
                let expected = splits.first.iter().filter(|first| **first <= key).count();
                prop_assert_eq!(splits.part(&key), expected);
            }
        }
    }
}
