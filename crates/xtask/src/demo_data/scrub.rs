//! Takes people out of files and messages. What is not known to be harmless is replaced.

use std::collections::HashSet;

use super::pseudonyms::Pseudonyms;

/// Keys of access files whose lists hold logins.
const PEOPLE: &[&str] = &[
    "admins",
    "members",
    "maintainers",
    "approvers",
    "reviewers",
    "emeritus_approvers",
    "emeritus_reviewers",
];

/// Words of commit titles that name nobody.
const HARMLESS: &str = "
a access active appropriate assigned add adding additional addition adds admin admins admission after agent ai aligned
all allow an and annual api apis app apps approver approvers arch archival archive archived as at
autoscaling aws azure based blixt blog both branch by capdo capi capo cd chair chairs change changes chore ci clean
cleanup cli client cloud cluster cl co comms config configurations content contributor controller
correct create creating csi cycle deprecated dir dns doc docs dra driver drivers due eks election
enhancements etc example filestore fix following for from gateway gcp general gh gie github go
group groups gw i ia id ids igw in inactive infra instrumentation invitations is it ja june july
k k8s kdp kep kubernetes lead leads lifecycle list main maintainer maintainers maintenance
management member members membership merge metrics milestone milestones misc missing more move
nesting network new no node noon nov oct of old on one org organization organizational
organizations orgs outdated owner owners pd pdcsi people permission permissions policies policy
preloads problem production prow provider prr read readiness readme reference release releases
remove removed removing resource rename renamed repo repos repositories repository request restore revert
review reviewer reviewers role rotate scheduling sept security shadow shadows sig sigs signal
stale state steering storage sub subproject sync system tab team teams tech test testing the their this
tl to topology triage typo ui ukrainian up update updated updates updating user username v vi wg
website window with write yaml aug dec feb jan mar apr may
";

/// What may stay.
pub(super) struct Known {
    /// Every login of the whole history, lower case.
    pub(super) logins: HashSet<String>,
    /// Names of teams, repositories, organisations and directories, lower case.
    pub(super) structure: HashSet<String>,
    /// Names in `OWNERS` files that stand for groups.
    pub(super) aliases: HashSet<String>,
}

impl Known {
    /// Whether a list's entry is a person (or bot), and no group.
    pub(super) fn is_person(&self, name: &str) -> bool {
        !self.aliases.contains(&name.to_lowercase())
    }

    fn is_harmless(&self, token: &str) -> bool {
        let lower = token.to_lowercase();
        if self.structure.contains(&lower) {
            return true;
        }
        if self.logins.contains(&lower) {
            return false;
        }
        lower.split(['-', '_', '.']).all(|part| {
            let known = |word: &str| HARMLESS.split_whitespace().any(|w| w == word);
            let digits = part.trim_start_matches('v').bytes().all(|b| b.is_ascii_digit());
            let part_of_name = self.structure.iter().any(|name| name.split('-').any(|p| p == part));
            digits || known(part) || (part_of_name && !self.logins.contains(part))
        })
    }
}

/// An access file (or another YAML file beside it) without people and comments.
pub(super) fn file(known: &Known, names: &mut Pseudonyms, text: &str) -> String {
    let mut out = Vec::new();
    let mut people = false;
    let mut list: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some(line) = without_comment(line) else { continue };
        let content = line.trim_start();
        let indent = &line[..line.len() - content.len()];
        if let Some(item) = content.strip_prefix("- ") {
            match people {
                true => list.push(format!("{indent}- {}", entry(known, names, item))),
                false => out.push(format!("{indent}- {}", value(known, names, item))),
            }
            continue;
        }
        flush(&mut list, &mut out);
        people = false;
        let Some((key, rest)) = content.split_once(':').filter(|(key, _)| !key.contains(' '))
        else {
            out.push(format!("{indent}{}", value(known, names, content)));
            continue;
        };
        people = PEOPLE.contains(&key);
        let rest = rest.trim();
        let rest = match rest.strip_prefix('[').and_then(|r| r.strip_suffix(']')) {
            Some(inside) if people => flow(known, names, inside),
            _ if key == "billing_email" => "billing@example.invalid".to_owned(),
            _ => value(known, names, rest),
        };
        let space = if rest.is_empty() { "" } else { " " };
        out.push(format!("{indent}{key}:{space}{rest}"));
    }
    flush(&mut list, &mut out);
    out.join("\n") + "\n"
}

/// The order of a list would tell who is who; so it is sorted again.
fn flush(list: &mut Vec<String>, out: &mut Vec<String>) {
    list.sort_by_key(|line| line.to_lowercase());
    out.append(list);
}

fn flow(known: &Known, names: &mut Pseudonyms, inside: &str) -> String {
    let mut entries: Vec<String> = inside
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| entry(known, names, name))
        .collect();
    entries.sort_by_key(|name| name.to_lowercase());
    format!("[{}]", entries.join(", "))
}

fn entry(known: &Known, names: &mut Pseudonyms, item: &str) -> String {
    let name = item.trim().trim_matches(['"', '\'']);
    if known.is_person(name) { names.of(name) } else { name.to_owned() }
}

/// Other text of a file: logins in it are replaced.
fn value(known: &Known, names: &mut Pseudonyms, text: &str) -> String {
    tokens(text, |token| {
        let lower = token.to_lowercase();
        let login = known.logins.contains(&lower) && !known.structure.contains(&lower);
        login.then(|| names.of(token))
    })
}

/// The title of a change: whatever is not known to be harmless is taken for a name.
pub(super) fn title(known: &Known, names: &mut Pseudonyms, text: &str) -> String {
    tokens(text, |token| (!known.is_harmless(token)).then(|| names.of(token)))
}

/// Replaces words.
fn tokens(text: &str, mut replace: impl FnMut(&str) -> Option<String>) -> String {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(is_word).unwrap_or(rest.len());
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let token = &rest[..end];
        let core = token.trim_matches('-');
        match replace(core).filter(|_| !core.is_empty()) {
            Some(name) => out.push_str(&token.replacen(core, &name, 1)),
            None => out.push_str(token),
        }
        rest = &rest[end..];
    }
    out
}

/// The line without its comment; `None` when nothing else is on it.
fn without_comment(line: &str) -> Option<&str> {
    let line = line.find(" #").map_or(line, |at| &line[..at]).trim_end();
    (!line.is_empty() && !line.trim_start().starts_with('#')).then_some(line)
}

/// Names on the people lists of a file, as spelled.
pub(super) fn people_of(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut people = false;
    for line in text.lines().filter_map(without_comment) {
        let content = line.trim_start();
        match content.strip_prefix("- ") {
            Some(item) if people => found.push(item.trim().trim_matches(['"', '\''])),
            Some(_) => {}
            None => {
                let (key, rest) = content.split_once(':').unwrap_or(("", ""));
                people = PEOPLE.contains(&key);
                let inside = rest.trim().strip_prefix('[').and_then(|r| r.strip_suffix(']'));
                found.extend(inside.filter(|_| people).into_iter().flat_map(|list| {
                    list.split(',').map(|name| name.trim().trim_matches(['"', '\'']))
                }));
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// Keys of a file: names of teams and repositories among them.
pub(super) fn keys_of(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(without_comment).filter_map(|line| {
        let (key, _) = line.trim_start().split_once(':')?;
        (!key.contains(' ') && !key.starts_with('-')).then_some(key)
    })
}
