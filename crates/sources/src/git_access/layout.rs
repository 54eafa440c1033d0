//! Which files of a tree say who holds what, by layout.

use serde::{Deserialize, Serialize};

/// How access is written down in the repository.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Layout {
    /// Kubernetes' peribolos: `<root>/<org>/org.yaml` and `<root>/<org>/<dir>/teams.yaml`.
    Peribolos,
    /// The Rust project's team repository: `people/*.toml` and `teams/*.toml`.
    RustTeam,
}

impl Layout {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Peribolos => "peribolos",
            Self::RustTeam => "rust-team",
        }
    }
}

/// What a file in scope is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum FileKind {
    /// Members, admins, settings and teams of an organisation.
    Org,
    /// Teams of an organisation.
    Teams,
    /// Approvers and reviewers of a directory.
    Owners,
    /// A person (rust-team).
    Person,
    /// A team (rust-team).
    Team,
}

/// The part of the tree that is looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    pub(super) layout: Layout,
    /// Directory without slashes at the ends; empty = the top of the repository.
    pub(super) root: String,
}

impl Scope {
    /// Whether the tree at `path` may hold files in scope, or leads to the root.
    pub(super) fn descends(&self, path: &str) -> bool {
        let Some(inside) = self.inside(path) else {
            return path.is_empty() || is_parent(path, &self.root);
        };
        match self.layout {
            Layout::Peribolos => true,
            Layout::RustTeam => matches!(inside, "" | "people" | "teams"),
        }
    }

    /// The directories whose every change is a change under control.
    pub(super) fn tops(&self) -> Vec<String> {
        let below = |name: &str| match self.root.as_str() {
            "" => name.to_owned(),
            root => format!("{root}/{name}"),
        };
        match self.layout {
            Layout::Peribolos => vec![self.root.clone()],
            Layout::RustTeam => vec![below("people"), below("teams")],
        }
    }

    /// What the file at `path` is, if it is in scope.
    pub(super) fn kind(&self, path: &str) -> Option<FileKind> {
        let inside = self.inside(path)?;
        let mut parts = inside.rsplit('/');
        let name = parts.next()?;
        let depth = parts.count();
        match (self.layout, depth, name) {
            (Layout::Peribolos, 1, "org.yaml") => Some(FileKind::Org),
            // Exactly one directory between: the upstream tool does not deploy deeper files.
            (Layout::Peribolos, 2, "teams.yaml") => Some(FileKind::Teams),
            (Layout::Peribolos, _, "OWNERS") => Some(FileKind::Owners),
            (Layout::RustTeam, 1, _) if inside.ends_with(".toml") => match inside.split_once('/') {
                Some(("people", _)) => Some(FileKind::Person),
                Some(("teams", _)) => Some(FileKind::Team),
                _ => None,
            },
            _ => None,
        }
    }

    /// The organisation (peribolos) that the file is about.
    pub(super) fn organisation<'p>(&self, path: &'p str) -> &'p str {
        let inside = self.inside(path).unwrap_or_default();
        inside.split_once('/').map_or("", |(org, _)| org)
    }

    /// The directory of the file, as written in the repository.
    pub(super) fn directory<'p>(&self, path: &'p str) -> &'p str {
        path.rsplit_once('/').map_or("", |(directory, _)| directory)
    }

    /// The rest of `path` below the root.
    fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.root.is_empty() {
            return Some(path);
        }
        let rest = path.strip_prefix(self.root.as_str())?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }
}

fn is_parent(path: &str, of: &str) -> bool {
    of.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_force_are_in_scope() {
        let scope = Scope { layout: Layout::Peribolos, root: "config".to_owned() };
        assert_eq!(scope.kind("config/k/org.yaml"), Some(FileKind::Org));
        assert_eq!(scope.kind("config/k/sig/teams.yaml"), Some(FileKind::Teams));
        assert_eq!(scope.kind("config/k/OWNERS"), Some(FileKind::Owners));
        for out in
            ["config/org.yaml", "config/k/teams.yaml", "config/k/a/b/teams.yaml", "x/k/org.yaml"]
        {
            assert_eq!(scope.kind(out), None, "{out}");
        }
        assert!(scope.descends("") && scope.descends("config") && scope.descends("config/k/a/b"));
        assert!(!scope.descends("configuration") && !scope.descends("cmd"));
    }

    #[test]
    fn archived_teams_are_out_of_scope() {
        let scope = Scope { layout: Layout::RustTeam, root: String::new() };
        assert_eq!(scope.kind("people/a.toml"), Some(FileKind::Person));
        assert_eq!(scope.kind("teams/a.toml"), Some(FileKind::Team));
        assert_eq!(scope.kind("teams/archive/a.toml"), None);
        assert!(!scope.descends("teams/archive"));
    }
}
