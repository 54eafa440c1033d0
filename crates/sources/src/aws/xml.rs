//! As much of XML as AWS's answers need: elements with text, without attributes and namespaces.

use quick_xml::Reader;
use quick_xml::events::Event;

/// An answer nests no deeper; what does is no answer of AWS.
const DEEPEST: usize = 64;

/// An element.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Element {
    /// Its name without prefix.
    pub(crate) name: String,
    /// Its own text.
    pub(crate) text: String,
    /// The elements in it, in order.
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// The root of a document; `None` when it is no XML.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if open.len() < DEEPEST => {
                    open.push(Self::named(start.local_name().as_ref()))
                }
                Event::Start(_) => return None,
                Event::Empty(start) => {
                    open.last_mut()?.children.push(Self::named(start.local_name().as_ref()))
                }
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.decode().ok()?),
                Event::CData(data) => open.last_mut()?.text.push_str(&data.decode().ok()?),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        None => {
                            quick_xml::escape::resolve_predefined_entity(&reference.decode().ok()?)?
                                .to_owned()
                        }
                    };
                    open.last_mut()?.text.push_str(&resolved);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        (open.len() == 1).then(|| open.pop()).flatten()?.children.into_iter().next()
    }

    fn named(name: &[u8]) -> Self {
        Self { name: String::from_utf8_lossy(name).into_owned(), ..Self::default() }
    }

    /// The first element of that name in it.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first element at that path in it.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The first element of that name at any depth, itself included.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// The `member` elements of the list at that path.
    pub(crate) fn members<'a>(&'a self, path: &[&str]) -> impl Iterator<Item = &'a Self> {
        let list = self.at(path).map(|list| list.children.as_slice()).unwrap_or_default();
        list.iter().filter(|child| child.name == "member" || child.name == "entry")
    }

    /// The text of the first element of that name in it.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_their_text() {
        let root = Element::parse(
            "<?xml version='1.0'?><a xmlns='x'><l><member><n>1 &amp; &#65;<![CDATA[<b>]]></n></member><member/></l></a>",
        )
        .expect("XML");
        assert_eq!(root.name, "a");
        let members: Vec<_> = root.members(&["l"]).map(|m| m.text_of("n")).collect();
        assert_eq!(members, [Some("1 & A<b>"), None]);
        assert_eq!(root.find("n").map(|n| n.text.as_str()), Some("1 & A<b>"));
    }

    #[test]
    fn what_is_no_xml_is_none() {
        for text in ["", "{}", "<a>", "<a></b>", &"<a>".repeat(100_000), "<a>&unknown;</a>"] {
            assert_eq!(Element::parse(text), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", cut in 0_usize..90) {
            let _ = Element::parse(&text);
            let whole = "<a><l><member><n>1 &amp; é</n></member></l></a>";
            let at = (0..=cut.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
            let _ = Element::parse(&format!("{}{text}{}", &whole[..at], &whole[at..]));
        }
    }
}
