//! Listings that come in numbered pages: whether one is missing, and whether the last is the last.

use std::collections::BTreeMap;

use tenure_model::entry::Gap;

use super::gap;

/// Items by request and page.
#[derive(Debug, Default)]
pub(super) struct Pages(BTreeMap<String, BTreeMap<u32, u64>>);

impl Pages {
    pub(super) fn add(&mut self, url: &str, page: u32, items: u64) {
        *self.0.entry(url.to_owned()).or_default().entry(page).or_default() += items;
    }

    /// Pages that are missing, or may be.
    pub(super) fn gaps(&self) -> Vec<Gap> {
        self.0.iter().filter_map(|(url, pages)| missing(url, pages)).collect()
    }
}

fn missing(url: &str, pages: &BTreeMap<u32, u64>) -> Option<Gap> {
    let (first, last) = (pages.first_key_value()?, pages.last_key_value()?);
    let hint = "export every page, numbered one after another";
    if *first.0 > 1 {
        return Some(gap(url, format!("its first page has number {}", first.0), hint));
    }
    if let Some(hole) = (*first.0..=*last.0).find(|page| !pages.contains_key(page)) {
        return Some(gap(url, format!("page {hole} of {} is missing", last.0), hint));
    }
    if pages.len() > 1 && last.1 >= first.1 && *last.1 > 0 {
        let cause =
            format!("its last page is as full as its first ({} items): there may be more", last.1);
        return Some(gap(url, cause, hint));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_page_is_told() {
        let of = |pages: &[(u32, u64)]| {
            let mut all = Pages::default();
            pages.iter().for_each(|(page, items)| all.add("/users", *page, *items));
            all.gaps().first().map(|gap| gap.cause.clone()).unwrap_or_default()
        };
        assert_eq!(of(&[(1, 200), (2, 3)]), "");
        assert_eq!(of(&[(0, 200), (1, 3)]), "");
        assert_eq!(of(&[(1, 7)]), "");
        assert_eq!(of(&[(1, 200), (3, 3)]), "page 2 of 3 is missing");
        assert_eq!(of(&[(2, 3)]), "its first page has number 2");
        assert!(of(&[(1, 200), (2, 200)]).contains("there may be more"));
    }
}
