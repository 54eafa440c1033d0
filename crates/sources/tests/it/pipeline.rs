//! The pipeline's own promises, whatever the source.

use std::collections::BTreeMap;

use tenure_model::entry::{RunKind, RunOutcome};
use tenure_sources::pipeline::{RereadError, reread};
use tenure_sources::records::Records;
use tenure_sources::settings::Settings;
use tenure_sources::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, ReadError, Source, SourceFile,
};

use crate::support::{KEY, Said, Workspace, gaps};

fn event(id: usize) -> String {
    format!("{{\"eventID\":\"{id}\",\"eventTime\":\"2024-05-01T00:00:00Z\"}}")
}

fn workspace() -> Workspace {
    let workspace = Workspace::with_data("cloudtrail");
    for n in 0..40 {
        workspace
            .write(&format!("{n:02}.json"), format!("[{},{}]", event(2 * n), event(2 * n + 1)));
    }
    workspace
}

#[test]
fn artifacts_come_in_order_whatever_the_number_of_workers() {
    let drafts: Vec<_> = [1, 2, 8]
        .into_iter()
        .map(|workers| {
            let mut workspace = workspace();
            workspace.settings.insert("path".to_owned(), workspace.data().display().to_string());
            workspace.workers = workers;
            let (draft, said) = workspace.run();
            let names: Vec<_> = draft.artifacts.iter().map(|a| a.name.clone()).collect();
            assert!(names.is_sorted());
            (draft.artifacts, draft.coverage, said)
        })
        .collect();
    assert_eq!(drafts[0], drafts[1]);
    assert_eq!(drafts[0], drafts[2]);
}

#[test]
fn raw_bytes_are_stored_and_commitments_are_rooted() {
    let mut workspace = workspace();
    let (draft, _) = workspace.run();
    let first = &draft.artifacts[0];
    let bytes = workspace.blobs.get(&first.blob).unwrap();
    assert_eq!(bytes, std::fs::read(workspace.data().join("00.json")).unwrap());
    let salts = KEY.salts(&first.blob);
    let commitments: Vec<_> = (0..2)
        .map(|n: u64| {
            let record = event(usize::try_from(n).unwrap());
            tenure_blobs::record_commitment(&salts.salt(n), record.as_bytes())
        })
        .collect();
    assert_eq!(first.records_root, tenure_blobs::records_root(&commitments));
}

/// A source some of whose files go between being found and being read.
struct Leaving {
    source: &'static dyn Source,
    goes: &'static str,
}

struct Remove<'a>(&'a mut dyn Artifacts, &'static str);

impl Artifacts for Remove<'_> {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        self.0.put(artifact)
    }

    fn put_file(&mut self, file: SourceFile) -> Result<(), CollectError> {
        if file.name == self.1 {
            std::fs::remove_file(&file.path).unwrap();
        }
        self.0.put_file(file)
    }
}

impl Source for Leaving {
    fn about(&self) -> &'static About {
        self.source.about()
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        self.source.test(settings)
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        self.source.collect(cx, &mut Remove(out, self.goes))
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        self.source.read(settings, artifact, out)
    }
}

#[test]
fn a_file_that_is_gone_when_its_turn_comes_is_a_gap() {
    let mut workspace = workspace();
    let source = Leaving { source: workspace.source(), goes: "17.json" };
    let (draft, _) = workspace.run_as(&source);
    assert_eq!(draft.artifacts.len(), 39);
    assert!(draft.artifacts.iter().all(|a| a.name != "17.json"));
    let gaps = gaps(&workspace, &draft.run);
    let gap = gaps.iter().find(|gap| gap.artifact == "17.json").unwrap();
    assert!(gap.cause.starts_with("it cannot be read: "), "{gap:?}");
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
}

#[test]
fn nothing_new_is_recorded_as_such() {
    let mut workspace = workspace();
    let (first, _) = workspace.run();
    assert!(!first.nothing_new);
    let (second, said) = workspace.run();
    assert!(second.nothing_new);
    assert_eq!((second.run.kind, second.run.outcome), (RunKind::Delta, RunOutcome::Complete));
    assert_eq!(said, Said::default());
    assert_eq!(second.run.config, first.run.config);
}

#[test]
fn a_source_that_is_gone_fails_and_keeps_its_cursor() {
    let mut workspace = workspace();
    workspace.run();
    let cursor = workspace.cursor.clone();
    std::fs::remove_dir_all(workspace.data()).unwrap();
    let (draft, _) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Failed);
    assert!(!draft.nothing_new);
    assert_eq!(workspace.cursor, cursor);
}

#[test]
fn many_gaps_go_to_a_blob() {
    let mut workspace = Workspace::with_data("cloudtrail");
    for n in 0..300 {
        workspace.write(&format!("{n:03}.json"), "not JSON");
    }
    let (draft, _) = workspace.run();
    assert_eq!((draft.run.gap_count, draft.run.gaps.len()), (300, 20));
    assert_eq!(gaps(&workspace, &draft.run).len(), 300);
    assert!(serde_json::to_vec(&draft.run).unwrap().len() < 60_000);
}

#[test]
fn long_gaps_are_shortened_in_the_entry_and_kept_in_the_blob() {
    let mut workspace = Workspace::with_data("cloudtrail");
    let deep = ["\u{1}".repeat(250).as_str(); 12].join("/");
    for n in 0..30 {
        workspace.write(&format!("{deep}/{n}.json"), "not JSON");
    }
    let (draft, _) = workspace.run();
    let all = gaps(&workspace, &draft.run);
    assert_eq!(all.len(), 30);
    assert!(all.iter().all(|gap| gap.artifact.len() > 3_000));
    assert!(draft.run.gaps.len() < 20);
    assert!(serde_json::to_vec(&draft.run).unwrap().len() < 60_000);
}

#[test]
fn a_long_cursor_goes_to_a_blob() {
    let mut workspace = Workspace::with_data("cloudtrail");
    for n in 0..200 {
        let name = format!("111122223333_CloudTrail_eu-west-1_20240501T1000Z_{n}.json");
        workspace.write(&name, format!("[{}]", event(n)));
    }
    let (draft, _) = workspace.run();
    assert!(draft.run.cursor.is_none() && draft.run.cursor_blob.is_some());
    let (again, _) = workspace.run();
    assert_eq!(again.run.cursor_blob, draft.run.cursor_blob);
}

#[test]
fn what_was_recorded_is_what_is_read_again() {
    let mut workspace = workspace();
    let (draft, said) = workspace.run();
    let settings = workspace.checked();
    let again = |artifacts: &[&_], said: &mut Said| {
        reread(workspace.source(), &settings, artifacts, &workspace.blobs, &KEY, said)
    };
    let mut found = Said::default();
    again(&draft.artifacts.iter().collect::<Vec<_>>(), &mut found).unwrap();
    assert_eq!(found, said);

    let mut other = draft.artifacts[0].clone();
    other.with_facts -= 1;
    other.skipped = BTreeMap::from([("x".to_owned(), 1)]);
    let mut nothing = Said::default();
    let error = again(&[&other], &mut nothing).unwrap_err();
    assert!(matches!(error, RereadError::Account { .. }), "{error}");
    let mut other = draft.artifacts[0].clone();
    other.records_root = other.blob;
    assert!(matches!(again(&[&other], &mut nothing), Err(RereadError::Root { .. })));
    let mut other = draft.artifacts[0].clone();
    other.blob = other.records_root;
    assert!(matches!(again(&[&other], &mut nothing), Err(RereadError::Blob { .. })));
    assert_eq!(nothing, Said::default(), "nothing is said that does not add up");
}
