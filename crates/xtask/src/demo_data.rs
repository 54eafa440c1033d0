//! The demonstration's data: half a year of the Kubernetes organisations' access files, as a small
//! git bundle in which nobody is named.

mod pack;
mod pseudonyms;
mod scrub;
mod source;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use gix::ObjectId;
use gix::objs::Kind;
use tenure_model::Timestamp;

use self::pack::Pack;
use self::pseudonyms::Pseudonyms;
use self::scrub::Known;
use self::source::{Commit, Files, Source, head_owner, repository};

const FROM: &str = "2025-07-01";
const TO: &str = "2026-01-01";
const BUNDLE: &str = "kubernetes-org-2025H2.bundle";
const ROOT: &str = "config";
/// Git's name for the merge button; nobody's name.
const MERGER: &str = "GitHub <noreply@github.com>";
const ROBOT: &str = "Kubernetes Prow Robot";

/// Writes the bundle and its README.
pub(crate) fn run(from: &Path, out: &Path) -> Result<()> {
    let (_unpacked, path) = repository(from)?;
    let repo = gix::open_opts(&path, gix::open::Options::isolated())
        .map_err(|error| anyhow::anyhow!("{} cannot be opened: {error}", path.display()))?;
    let source = Source { repo };
    let line = source.line()?;
    let (start, end) =
        (Timestamp::parse_or_date(FROM)?.seconds(), Timestamp::parse_or_date(TO)?.seconds());
    let first =
        line.iter().rposition(|c| c.committed < start).context("the history begins too late")?;
    let window: Vec<&Commit> = line[first..].iter().filter(|c| c.committed < end).collect();
    let known = source.known(&line, &window)?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let mut maker = Maker {
        source: &source,
        known,
        names: Pseudonyms::new(&key),
        pack: Pack::default(),
        scrubbed: HashMap::new(),
        last: HashMap::new(),
    };
    let (head, commits) = maker.commits(&window)?;
    maker.check()?;
    std::fs::create_dir_all(out)?;
    let bundle = maker.pack.bundle("main", head)?;
    std::fs::write(out.join(BUNDLE), &bundle)?;
    let last = window.last().context("the period is empty")?;
    std::fs::write(out.join("README.md"), readme(window[0], last, commits, bundle.len()))?;
    say(&format!("{commits} commits, {} bytes, head {head}", bundle.len()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a development tool talks to its user")]
fn say(text: &str) {
    println!("{text}");
}

struct Maker<'s> {
    source: &'s Source,
    known: Known,
    names: Pseudonyms,
    pack: Pack,
    scrubbed: HashMap<ObjectId, ObjectId>,
    /// The version of each file or directory that was added last.
    last: HashMap<String, ObjectId>,
}

impl Maker<'_> {
    /// Adds the commits that change the access files; the first is the state at the start.
    fn commits(&mut self, window: &[&Commit]) -> Result<(ObjectId, usize)> {
        let mut before = None;
        let mut head = None;
        let mut count = 0;
        for commit in window {
            if head.is_some() && commit.config == before {
                continue;
            }
            before = commit.config;
            let Some(config) = commit.config else { bail!("commit {} has no '{ROOT}'", commit.id) };
            let mut files = Files::new();
            self.source.files(config, "", &mut files)?;
            let mut blobs = BTreeMap::new();
            for (path, blob) in files {
                blobs.insert(format!("{ROOT}/{path}"), self.blob(&path, blob)?);
            }
            let tree = self.tree("", &blobs)?;
            let data = self.commit(commit, tree, head);
            head = Some(self.pack.add(Kind::Commit, data, None)?);
            count += 1;
        }
        Ok((head.context("the period has no commit")?, count))
    }

    fn blob(&mut self, path: &str, blob: ObjectId) -> Result<ObjectId> {
        if let Some(id) = self.scrubbed.get(&blob) {
            return Ok(*id);
        }
        let text = scrub::file(&self.known, &mut self.names, &self.source.text(blob)?);
        let id = self.pack.add(Kind::Blob, text.into_bytes(), self.last.get(path).copied())?;
        self.last.insert(path.to_owned(), id);
        self.scrubbed.insert(blob, id);
        Ok(id)
    }

    fn tree(&mut self, prefix: &str, files: &BTreeMap<String, ObjectId>) -> Result<ObjectId> {
        // Directories sort as if they ended in a slash, which is how their files are named.
        let mut entries: BTreeMap<String, (&str, ObjectId)> = BTreeMap::new();
        let mut directories = BTreeSet::new();
        for (path, blob) in files.iter().filter(|(path, _)| path.starts_with(prefix)) {
            match path[prefix.len()..].split_once('/') {
                Some((directory, _)) => {
                    directories.insert(directory.to_owned());
                }
                None => {
                    entries.insert(path[prefix.len()..].to_owned(), ("100644", *blob));
                }
            }
        }
        for directory in directories {
            let id = self.tree(&format!("{prefix}{directory}/"), files)?;
            entries.insert(format!("{directory}/"), ("40000", id));
        }
        let mut data = Vec::new();
        for (name, (mode, id)) in entries {
            data.extend_from_slice(format!("{mode} {}\0", name.trim_end_matches('/')).as_bytes());
            data.extend_from_slice(id.as_bytes());
        }
        let key = format!("tree {prefix}");
        let id = self.pack.add(Kind::Tree, data, None)?;
        self.last.insert(key, id);
        Ok(id)
    }

    fn commit(&mut self, commit: &Commit, tree: ObjectId, parent: Option<ObjectId>) -> Vec<u8> {
        let message = match parent {
            Some(_) => self.message(&commit.message),
            None => format!("State of the access files before {FROM}\n"),
        };
        let author = match parent.is_none() || commit.author == ROBOT {
            true => format!("{ROBOT} <robot@example.invalid>"),
            false => {
                let name = self.names.of(&commit.author);
                format!("{name} <{name}@example.invalid>")
            }
        };
        let parent = parent.map(|id| format!("parent {id}\n")).unwrap_or_default();
        let (authored, committed) = (commit.authored, commit.committed);
        format!("tree {tree}\n{parent}author {author} {authored} +0000\ncommitter {MERGER} {committed} +0000\n\n{message}")
            .into_bytes()
    }

    /// Subject and title; bodies are dropped, branch names too.
    fn message(&mut self, message: &str) -> String {
        let mut lines = message.lines();
        let subject = lines.next().unwrap_or_default();
        let title = lines.find(|line| !line.trim().is_empty()).unwrap_or_default();
        if let (Some(owner), Some(number)) = (head_owner(message), subject.split(' ').nth(3)) {
            let owner = self.names.of(owner);
            let title = scrub::title(&self.known, &mut self.names, title);
            return format!("Merge pull request {number} from {owner}/change\n\n{title}\n");
        }
        let (title, number) = subject.rsplit_once(" (").unwrap_or((subject, ""));
        let title = scrub::title(&self.known, &mut self.names, title);
        if number.is_empty() { format!("{title}\n") } else { format!("{title} ({number}\n") }
    }

    /// No login of the history may be a word of what is shipped.
    fn check(&self) -> Result<()> {
        for (kind, data) in self.pack.contents().filter(|(kind, _)| *kind != Kind::Tree) {
            let text = String::from_utf8_lossy(data).to_lowercase();
            for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
                let word = word.trim_matches('-');
                let login = word.len() >= 4 && self.known.logins.contains(word);
                ensure!(
                    !login || self.known.structure.contains(word),
                    "the login '{word}' survives in a {kind}"
                );
            }
        }
        Ok(())
    }
}

fn readme(first: &Commit, last: &Commit, commits: usize, bytes: usize) -> String {
    let (first, last) = (first.id, last.id);
    format!(
        "# Demonstration data

`{BUNDLE}` ({bytes} bytes, {commits} commits) is real: half a year in which the Kubernetes
organisations on GitHub changed who is a member of what. It is a git bundle; `git clone
{BUNDLE}` opens it.

- Source: <https://github.com/kubernetes/org>, first-parent history of `main`, directory `{ROOT}/`,
  {FROM} to {TO} (UTC, end excluded): commits `{first}` (the state at the start) to `{last}`.
- Licence of the source: Apache-2.0. Copyright the Kubernetes authors.
- Made by `cargo run -p tenure-xtask -- demo-data --from <clone of kubernetes/org> --out fixtures/demo`.

## What was changed

- Only commits that change `{ROOT}/` are kept, each with its first parent only. The state before
  the period is the root commit. So commit ids are other than the source's.
- Logins in the files are pseudonyms, the same throughout; a login that differs in letter case only
  still does. Bots keep their ending `-bot` or `-robot`. Lists are sorted by pseudonym. Comments are
  dropped. The billing address is replaced.
- Authors, and owners of merged branches, are pseudonyms; e-mail addresses and branch names are
  replaced. The committer `GitHub` and the author `{ROBOT}` are nobody and stay.
- Commit messages keep their subject and the pull request's title; bodies are dropped. Words of
  titles that are not known to be harmless are replaced.
- Names of organisations, teams and repositories, pull request numbers and times stay.

The key of the pseudonyms was random and is not kept, so nobody can compute a pseudonym from a login,
and a new run gives new ones. This is no anonymity: whoever compares the bundle with the public
source finds out who is who. The pseudonyms are there so that we do not publish a list of people
under our name. They are made of word lists; a likeness to an account that exists is chance.
"
    )
}
