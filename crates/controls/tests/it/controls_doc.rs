//! `docs/controls.md` is made from the library. `TENURE_UPDATE=1` rewrites it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tenure_controls::definition::Definition;
use tenure_controls::library::Library;

const HEAD: &str = "# Controls

This page is generated from `crates/controls/library/*.yaml`; do not edit it.

A control is one YAML file: what it says, what counts as a deviation, the attributes that are tested, and the SQL that tests them.
Print one with `tenure controls show JML-01`.

Parameters, tests and business days can be changed, and controls added, in your workspace: see [Your own controls](own-controls.md).

## Outcomes

| outcome | when |
|---|---|
| supported | evidence shows that it held |
| contradicted | evidence shows that it did not hold; a deviation |
| not demonstrated | the record that should show it is missing; a deviation, marked as such |
| indeterminate | a gap in a source, or an uncertain instant, decides; blocks \"no deviations\" |
| not yet due | the deadline lies after what is known |
| not applicable | the attribute does not apply |

An item takes the worst outcome of its attributes.
A policy exception annotates a deviation and never removes it: gross and net are both shown.
A population of zero is \"no occurrences\"; nothing was tested.

## Kinds

| kind | queries | the engine adds |
|---|---|---|
| STATE | `exposure(item, label, from_ts, to_ts, system, evidence)`, `violation(item, attribute, outcome, from_lo, from_hi, to_lo, to_hi, reason, evidence, silent_from)` | maximal intervals, `grace`, clipping to the period, carry-in and carry-out, entity-days, coverage |
| EVENT | `population(item, label, from_ts, system, evidence)`, `attributes(item, attribute, outcome, anchor_ts, completed_ts, reason, evidence, performed_ts)`; `performed_ts` = when what it is about was done, where that completes nothing | deadlines (`sla`) and lateness where the outcome is null |
| RECURRING | `expected(item, label, from_ts, to_ts, cadence)`, `performed(item, attribute, outcome, anchor_ts, completed_ts, reason, performed_ts, from_hi, to_hi)`; `anchor_ts` says which slot it is for; more [below](#recurring) | slots by `cadence`, `limit`, `min_window_share`; a performance counts for one slot; what names none and came after the `limit` is late if the slot in which it came has another, and the attributes in `whenever` hold of it all the same |
| CONFIG | `configurations(item, label, conforming, change_ref, from_lo, from_hi, to_lo, to_hi, reason, evidence)` | value at every instant, changes without a record |

Any kind may have `reconcile(against, item, ours, theirs, reason)`, one row for each thing that either side knows: the population compared with a second source.
When performances, approvals and repairs were made is held against the end of the period for every kind: see [When it was done](concepts.md#when-it-was-done).
A system that enters scope mid-period (`scope_from` in `systems`) is tested from then on.
Queries may use `$from`, `$to`, `$as_of` and every parameter as `$name`.
A violation with the outcome `not_applicable` says that the attribute does not apply to the item, one with `supported` that it applies and held.

## RECURRING

Slots are windows of the calendar (`month`, `quarter`, `half-year`, `year`) or of a length (`7d`), as the parameter `cadence` says.
The column `cadence` of `expected` gives an item a cadence of its own: the name of another parameter, or a window itself; where it is null, the parameter `cadence` holds.
An item may have several rows with different cadences, one after another: a slot is expected if enough of it (`min_window_share`) lies in the row's stretch.

Of several performances whose `anchor_ts` lies in a slot, the one with the least against it counts, with everything that is said of it; rows with one `anchor_ts` are one performance.
One without an `anchor_ts` counts for the slot in which it was completed, or else for the one before, within the limit.

- `performed_ts`: an instant that must lie in the slot itself, whatever the limit; outside, the attribute is contradicted.
- A row without `anchor_ts` and `completed_ts`, and with the outcome `not_applicable`, says that the attribute does not apply to the item, in any slot.
- A row without them and with a stretch (`from_hi`, `to_hi`) says where the record of performances is not whole: a slot that it meets, up to its limit, takes that row's outcome where nothing better is on record.

## What a control rests on

`requires` names the streams whose coverage a population rests on; a population of whose streams nothing is shown complete is not demonstrated.
`or` names streams of other kinds of sources that serve as well.
Two sources of one stream and system are each necessary, unless they declare with `part-of` that they keep stretches of one thing.
The stream `iam-state` is listed at instants: its last listing decides, and one that was refused in part demonstrates nothing.

- `absence` names attributes that hold only while the stream is silent: where it is not covered, they are indeterminate. For an EVENT, `window` names the parameter that says for how long after the event.
- `dormancy` names attributes whose deviations are drawn from silence: a violation gives `silent_from`, the instant since which the stream must have been silent. A hole `[a, b)` leaves `[a, b + L)` indeterminate, with `L` the time from `silent_from` to the start of the violation.

## What the engine says of attributes by itself

Two fields of a STATE control save a query the rows on items of which there is nothing to tell, and one of a RECURRING control tells late from not at all.

- `applies_if_told: [B]` names attributes that apply only to items of which `violation` gives a row in their exposure; to all others they are not applicable.
- `exceptions: { attribute: D, of: [A, B], compensated: true }` names the attribute that asks for a policy exception: not applicable where none of `of` is contradicted; supported as far as exceptions in force on the control and the item cover what is; not demonstrated elsewhere. With `compensated`, only those count that name a compensating control. What such an attribute lacks, no exception covers.
- `whenever: [C, D]` names attributes of a RECURRING control that hold of what was done late as well; that it was late, another attribute tells.
";

#[test]
fn the_page_is_what_the_library_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/controls.md");
    let library = Library::load(None).expect("the built-in library");
    let mut expected = HEAD.to_owned();
    for control in library.controls() {
        render(&mut expected, control.current());
    }
    if std::env::var_os("TENURE_UPDATE").is_some() {
        fs::write(&page, &expected).expect("docs/controls.md can be written");
    }
    let found = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(found, expected, "docs/controls.md is stale; run the tests with TENURE_UPDATE=1");
}

fn render(page: &mut String, d: &Definition) {
    let _ = write!(
        page,
        "\n## {}: {}\n\nKind {}, {}.\n\n{}\n\n",
        d.id,
        d.title,
        d.kind.as_str(),
        d.frequency,
        d.statement
    );
    if let Some(population) = &d.population {
        let _ = write!(page, "**Population.** {population}\n\n");
    }
    let _ = write!(page, "**Deviation.** {}\n\n", d.deviation);
    for (letter, attribute) in &d.attributes {
        let _ = writeln!(page, "- **{letter}**: {attribute}");
    }
    if !d.parameters.is_empty() {
        page.push_str("\n| parameter | value | meaning |\n|---|---|---|\n");
        for (name, parameter) in &d.parameters {
            let _ = writeln!(page, "| `{name}` | `{}` | {} |", parameter.value, parameter.doc);
        }
    }
    let mappings: Vec<_> =
        d.frameworks.iter().map(|(f, ids)| format!("{f} {}", ids.join(", "))).collect();
    let _ = write!(page, "\n**Maps to.** {}.\n\n", mappings.join("; "));
    let _ = writeln!(page, "**Auditor asks.** {}.", d.auditor_asks.join("; "));
}
