//! What a commit object says, as far as access needs it: tree, parents, times, names, and the pull
//! request that its message tells about. E-mail addresses are read over and never kept.

use gix::ObjectId;
use tenure_model::time::Timestamp;

/// Titles that certainly tell of an access review. Every word of one line must occur.
const REVIEW_TITLES: &[&[&str]] = &[
    &["clean up", "inactive"],
    &["cleanup", "inactive"],
    &["remove", "inactive members"],
    &["prune", "inactive"],
];

/// Trailers by which somebody says that they approved the change.
const APPROVAL_TRAILERS: &[&str] = &["approved-by", "reviewed-by"];

/// A commit, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Commit {
    pub(super) id: ObjectId,
    pub(super) tree: ObjectId,
    pub(super) parent: Option<ObjectId>,
    /// Committer time: when the branch got this state.
    pub(super) at: Timestamp,
    pub(super) author: String,
    pub(super) committer: String,
    /// The pull request's number, in digits.
    pub(super) change_ref: Option<String>,
    /// The owner of the branch that was merged, lower case.
    pub(super) head_owner: Option<String>,
    pub(super) title: String,
    /// Names in approval trailers, in order.
    pub(super) approver: Option<String>,
}

impl Commit {
    /// Reads the bytes of a commit object.
    pub(super) fn parse(id: ObjectId, data: &[u8]) -> Result<Self, String> {
        let commit = gix::objs::CommitRef::from_bytes(data, id.kind())
            .map_err(|error| format!("commit {id} is not readable: {error}"))?;
        let committer = commit
            .committer()
            .map_err(|error| format!("commit {id} names no committer: {error}"))?;
        let seconds = committer.time().map_err(|error| format!("commit {id}: {error}"))?.seconds;
        let author =
            commit.author().map_err(|error| format!("commit {id} names no author: {error}"))?;
        let message = Message::parse(&String::from_utf8_lossy(commit.message));
        Ok(Self {
            id,
            tree: commit.tree(),
            parent: commit.parents().next(),
            at: Timestamp::from_seconds(seconds),
            author: String::from_utf8_lossy(author.name).trim().to_owned(),
            committer: String::from_utf8_lossy(committer.name).trim().to_owned(),
            change_ref: message.change_ref,
            head_owner: message.head_owner,
            title: message.title,
            approver: message.approver,
        })
    }

    /// Who made the change: the owner of the merged branch, else the author.
    pub(super) fn made_by(&self) -> &str {
        self.head_owner.as_deref().unwrap_or(&self.author)
    }

    /// `review` when the title says so beyond doubt.
    pub(super) fn removal_cause(&self) -> &'static str {
        let title = self.title.to_lowercase();
        let review = REVIEW_TITLES.iter().any(|words| words.iter().all(|w| title.contains(w)));
        if review { "review" } else { "unknown" }
    }
}

struct Message {
    change_ref: Option<String>,
    head_owner: Option<String>,
    title: String,
    approver: Option<String>,
}

impl Message {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines();
        let subject = lines.next().unwrap_or_default().trim();
        let body_title = lines.map(str::trim).find(|line| !line.is_empty());
        let approver = approver(text);
        if let Some((number, rest)) = subject.strip_prefix("Merge pull request #").and_then(digits)
        {
            let head_owner = rest
                .strip_prefix(" from ")
                .and_then(|branch| branch.split('/').next())
                .filter(|owner| !owner.is_empty())
                .map(str::to_lowercase);
            let title = body_title.unwrap_or(subject).to_owned();
            return Self { change_ref: Some(number.to_owned()), head_owner, title, approver };
        }
        let squash = subject.strip_suffix(')').and_then(|s| s.rsplit_once("(#"));
        if let Some((title, number)) = squash
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
        {
            let title = title.trim_end().to_owned();
            return Self { change_ref: Some(number.to_owned()), head_owner: None, title, approver };
        }
        Self { change_ref: None, head_owner: None, title: subject.to_owned(), approver }
    }
}

/// Splits leading digits off.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The names in approval trailers, without addresses.
fn approver(text: &str) -> Option<String> {
    let mut names = Vec::new();
    for line in text.lines().skip(1) {
        let Some((key, value)) = line.split_once(':') else { continue };
        if !APPROVAL_TRAILERS.contains(&key.trim().to_lowercase().as_str()) {
            continue;
        }
        let name = value.split('<').next().unwrap_or_default().trim();
        if !name.is_empty() && !name.contains('@') && !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_names_request_owner_and_title() {
        let m = Message::parse("Merge pull request #57 from Foo/add-me\n\nAdd Foo to org\n");
        assert_eq!(m.change_ref.as_deref(), Some("57"));
        assert_eq!(m.head_owner.as_deref(), Some("foo"));
        assert_eq!(m.title, "Add Foo to org");
    }

    #[test]
    fn a_squash_names_request_and_title() {
        let m = Message::parse("Add Foo (to org) (#57)\n\nReviewed-by: A B <a@b.c>\n");
        assert_eq!(m.change_ref.as_deref(), Some("57"));
        assert_eq!(m.head_owner, None);
        assert_eq!(m.title, "Add Foo (to org)");
        assert_eq!(m.approver.as_deref(), Some("A B"));
    }

    #[test]
    fn other_subjects_name_no_request() {
        for subject in ["", "Fix #57", "Add (#x)", "Add (#)", "Merge pull request #", "(#5) first"]
        {
            assert_eq!(Message::parse(subject).change_ref, None, "{subject}");
        }
    }
}
