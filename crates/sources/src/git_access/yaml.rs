//! YAML as access files need it: text, lists and maps. A plain subset is read by a fast path; all
//! else goes to a full parser, which also words the errors.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::yaml_plain;

/// Nesting beyond this is refused.
const MAX_DEPTH: usize = 64;
/// Nodes of a file at most; aliases can name more nodes than the file has bytes.
const MAX_NODES: usize = 2_000_000;

/// A value. Numbers and booleans are text: a login may consist of digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node<'a> {
    Null,
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Map(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Node<'a> {
    /// What a plain scalar means: nothing, or its text.
    pub(super) fn plain(text: Cow<'a, str>) -> Self {
        match text.as_ref() {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            _ => Self::Text(text),
        }
    }
}

/// Reads the one document of a file; an empty file is [`Node::Null`].
pub(super) fn parse(text: &str) -> Result<Node<'_>, String> {
    match yaml_plain::parse(text) {
        Some(node) => Ok(node),
        None => parse_full(text),
    }
}

/// The same by the full parser.
pub(super) fn parse_full(text: &str) -> Result<Node<'_>, String> {
    let mut builder = Builder { stack: Vec::new(), anchors: Vec::new(), budget: MAX_NODES };
    let mut document = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| {
            let at = e.marker();
            format!("line {}, column {}: {}", at.line(), at.col() + 1, e.info())
        })?;
        let Some(node) = builder.event(event, &span)? else { continue };
        if document.replace(node).is_some() {
            return Err(format!("line {}: a second YAML document begins", span.start.line()));
        }
    }
    Ok(document.unwrap_or(Node::Null))
}

struct Builder<'a> {
    stack: Vec<Open<'a>>,
    anchors: Vec<(usize, Node<'a>, usize)>,
    budget: usize,
}

/// A list or map that is not closed yet.
struct Open<'a> {
    anchor: usize,
    nodes: usize,
    content: Content<'a>,
}

enum Content<'a> {
    List(Vec<Node<'a>>),
    Map(Vec<(Cow<'a, str>, Node<'a>)>, Option<Cow<'a, str>>),
}

impl<'a> Builder<'a> {
    /// Gives the node when it is a whole document.
    fn event(&mut self, event: Event<'a>, span: &Span) -> Result<Option<Node<'a>>, String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let key =
                    matches!(self.stack.last(), Some(Open { content: Content::Map(_, None), .. }));
                let node = if style == ScalarStyle::Plain && !key {
                    Node::plain(text)
                } else {
                    Node::Text(text)
                };
                self.close(node, anchor, 1, span)
            }
            Event::SequenceStart(anchor, _) => self.open(Content::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => {
                self.open(Content::Map(Vec::new(), None), anchor, span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(None) };
                let node = match open.content {
                    Content::List(items) => Node::List(items),
                    Content::Map(entries, _) => Node::Map(unique(entries, span)?),
                };
                self.close(node, open.anchor, open.nodes, span)
            }
            Event::Alias(id) => {
                let found = self.anchors.iter().rev().find(|(anchor, ..)| *anchor == id);
                let (node, nodes) = found
                    .map(|(_, node, nodes)| (node.clone(), *nodes))
                    .ok_or_else(|| at(span, "an alias names no anchor before it"))?;
                self.close(node, 0, nodes, span)
            }
            _ => Ok(None),
        }
    }

    fn open(
        &mut self,
        content: Content<'a>,
        anchor: usize,
        span: &Span,
    ) -> Result<Option<Node<'a>>, String> {
        if matches!(self.stack.last(), Some(Open { content: Content::Map(_, None), .. })) {
            return Err(at(span, "a key is a list or a map"));
        }
        if self.stack.len() >= MAX_DEPTH {
            return Err(at(span, "it is nested too deep"));
        }
        self.stack.push(Open { anchor, nodes: 1, content });
        Ok(None)
    }

    fn close(
        &mut self,
        node: Node<'a>,
        anchor: usize,
        nodes: usize,
        span: &Span,
    ) -> Result<Option<Node<'a>>, String> {
        self.budget =
            self.budget.checked_sub(nodes).ok_or_else(|| at(span, "it has too many nodes"))?;
        if anchor > 0 {
            self.anchors.push((anchor, node.clone(), nodes));
        }
        let Some(open) = self.stack.last_mut() else { return Ok(Some(node)) };
        open.nodes += nodes;
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map(entries, key) => match (key.take(), node) {
                (Some(key), value) => entries.push((key, value)),
                (None, Node::Text(text)) if text == "<<" => {
                    return Err(at(span, "merge keys ('<<') are not read"));
                }
                (None, Node::Text(text)) => *key = Some(text),
                (None, _) => return Err(at(span, "a key is not text")),
            },
        }
        Ok(None)
    }
}

/// Refuses a map that says one key twice: which of the two counts is anybody's guess.
fn unique<'a>(
    entries: Vec<(Cow<'a, str>, Node<'a>)>,
    span: &Span,
) -> Result<Vec<(Cow<'a, str>, Node<'a>)>, String> {
    match repeated(&entries) {
        Some(key) => {
            let line = span.end.line();
            Err(format!("the key '{key}' is twice in the map that ends at line {line}"))
        }
        None => Ok(entries),
    }
}

/// A key that occurs twice.
pub(super) fn repeated<'e>(entries: &'e [(Cow<'_, str>, Node<'_>)]) -> Option<&'e str> {
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    keys.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

fn at(span: &Span, cause: &str) -> String {
    format!("line {}: {cause}", span.start.line())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};

    use gix::objs::Kind;

    use super::*;
    use crate::git_access::layout::{Layout, Scope};
    use crate::git_access::line;
    use crate::git_access::repo::{Repo, RepoTrees};
    use crate::git_access::tree::{Difference, compare};

    /// Compares both parsers on every version of every access file; gives how many there were, and
    /// how many the fast path took.
    fn agree(repository: &Path) -> (usize, usize) {
        let repo = Repo::open(&repository.display().to_string()).expect("a repository");
        let scope = Scope { layout: Layout::Peribolos, root: "config".to_owned() };
        let head = repo.branch(None).expect("a branch").head;
        let (mut before, mut buffer) = (None, Vec::new());
        let (mut seen, mut fast) = (HashSet::new(), 0);
        for id in line::follow(&repo, head, None).commits {
            let tree = repo.commit(id, &mut buffer).expect("readable").expect("a commit").tree;
            for difference in compare(&mut RepoTrees::of(&repo), &scope, before, Some(tree)) {
                let Difference::File { path, blob: Some(blob), .. } = difference else { continue };
                if !seen.insert(blob) {
                    continue;
                }
                assert_eq!(repo.object(blob, &mut buffer), Ok(Some(Kind::Blob)));
                let text = std::str::from_utf8(&buffer).expect("UTF-8");
                if let Some(plain) = yaml_plain::parse(text) {
                    assert_eq!(Ok(plain), parse_full(text), "{path} at {id}");
                    fast += 1;
                }
            }
            before = Some(tree);
        }
        (seen.len(), fast)
    }

    #[test]
    fn both_parsers_agree_on_half_a_year() {
        let bundle = "../../fixtures/demo/kubernetes-org-2025H2.bundle";
        let (all, fast) = agree(&Path::new(env!("CARGO_MANIFEST_DIR")).join(bundle));
        assert!(all > 300 && fast * 10 > all * 9, "{fast} of {all}");
    }

    #[test]
    fn both_parsers_agree_on_the_whole_history() {
        let Some(datasets) = std::env::var_os("TENURE_DATASETS").map(PathBuf::from) else { return };
        let (all, fast) = agree(&datasets.join("access-as-code/kubernetes-org.git.tar"));
        assert!(all > 4_000 && fast * 10 > all * 9, "{fast} of {all}");
    }

    #[test]
    fn both_parsers_agree_on_odd_text() {
        let odd = [
            "",
            "\n",
            "# only\n",
            "a:\n",
            "a: \n",
            "a: b\n",
            "a: 'b'\n",
            "a: \"b\"\n",
            "a: b # c\n",
            "a: b#c\n",
            "a:\n- b\n- c\n",
            "a:\n  - b\n",
            "a:\n  - b\n c: d\n",
            "- a\n- b\n",
            "a: []\nb: {}\n",
            "a: ~\n",
            "a: null\n",
            "a: b\n  c\n",
            "a: b\n\n  c\n",
            "a: b\n  # c\n  d\n",
            "a: b: c\n",
            "a: b:\n",
            "a:b: c\n",
            "a: - b\n",
            "a:\n  b\n",
            "a:\n  b: c\n  d:\n  - e\n",
            "a: |\n  b\n",
            "a: &x b\nc: *x\n",
            "a: 1\na: 2\n",
            "--- \na: b\n",
            "a: b\n---\nc: d\n",
            "a: 'it''s'\n",
            "'a': b\n",
            "\"a b\": c\n",
            "a:\n- null\n-\n- ''\n",
            "a:\n-  b\n",
            "a: b\n c: d\n",
            "a: é\n",
            "a:\tb\n",
            "a: b\r\n",
            "? a\n: b\n",
            "a: [b, c]\n",
            "a: b c\n d: e\n",
            "a: 'b\n",
            "...\n",
            "a: b\n...\n",
            "- - a\n",
            "- a: b\n",
            "a: !x b\n",
            "a: <<\n",
            "<<: a\n",
            "a: b\n  - c\n",
            "a: .b\n",
            "a: (b)\n",
            "a: b # c\n  d\n",
        ];
        for text in odd {
            if let Some(plain) = yaml_plain::parse(text) {
                assert_eq!(Ok(plain), parse_full(text), "{text:?}");
            }
        }
    }
}
