//! Names in order, each with its place as its number.

use std::fs;
use std::path::Path;

use tenure_model::usage::{TextId, Texts};

use super::{IndexError, io_error};

/// Names in order.
#[derive(Debug)]
pub(super) struct Names {
    text: String,
    /// Where each name ends.
    ends: Vec<u32>,
}

impl Names {
    /// Reads the file of names: their number, where each ends, and the names, joined.
    pub(super) fn read(path: &Path) -> Result<Self, IndexError> {
        let bytes = fs::read(path).map_err(|e| io_error(path, e))?;
        Self::parse(&bytes).ok_or_else(|| IndexError::Damaged(path.to_owned()))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let count = u32::from_le_bytes(*count) as usize;
        let (ends, text) = rest.split_at_checked(count.checked_mul(4)?)?;
        let (ends, _) = ends.as_chunks::<4>();
        let ends: Vec<u32> = ends.iter().map(|end| u32::from_le_bytes(*end)).collect();
        let text = str::from_utf8(text).ok()?.to_owned();
        let inside = |end: &u32| text.is_char_boundary(*end as usize);
        (ends.is_sorted() && ends.iter().all(inside)).then_some(Self { text, ends })
    }

    pub(super) fn get(&self, number: u32) -> Option<&str> {
        let number = number as usize;
        let end = *self.ends.get(number)?;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        self.text.get(start as usize..end as usize)
    }

    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let (mut from, mut to) = (0, u32::try_from(self.ends.len()).ok()?);
        while from < to {
            let middle = from.midpoint(to);
            match self.get(middle)?.cmp(name) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }
}

/// Writes texts in order; gives the place of each by its id, from 1.
pub(super) fn write(texts: &Texts, path: &Path) -> Result<Vec<u32>, IndexError> {
    let mut ids: Vec<TextId> = texts.ids().skip(1).collect();
    ids.sort_unstable_by_key(|id| texts.get(*id));
    let mut places = vec![0; ids.len() + 1];
    let count = u32::try_from(ids.len()).expect("ids are of 32 bits");
    let mut bytes = count.to_le_bytes().to_vec();
    let mut end = 0_u32;
    for (place, id) in (0..).zip(&ids) {
        places[id.0 as usize] = place;
        let length = texts.get(*id).map_or(0, str::len);
        let too_long = || io_error(path, std::io::Error::other("names take more than 4 GiB"));
        end = u32::try_from(length).ok().and_then(|n| end.checked_add(n)).ok_or_else(too_long)?;
        bytes.extend_from_slice(&end.to_le_bytes());
    }
    ids.iter().filter_map(|id| texts.get(*id)).for_each(|t| bytes.extend_from_slice(t.as_bytes()));
    fs::write(path, bytes).map_err(|e| io_error(path, e))?;
    Ok(places)
}
