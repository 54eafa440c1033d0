//! The view of daily roll-ups: days that several runs told of are one row per key.
//!
//! To group every row by every key takes memory for all of them, so only days that more than one
//! file of a source reaches are grouped; whatever days a single file tells of are rows as they
//! stand. Which days those are follows from the bounds in the files' footers.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::statistics::Statistics;
use tenure_model::Timestamp;
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;

use crate::engine::intervals::{Interval, union};

/// Days of each source that more than one of its files may tell of.
pub(crate) type Shared = BTreeMap<String, Vec<Interval>>;

/// Reads the footers of the files in `root`: a directory per source, a file per run.
///
/// A file whose footer does not say which days it holds is taken to reach all of them.
pub(crate) fn shared(root: &Path) -> Shared {
    let mut shared = Shared::new();
    for source in entries(root) {
        let files: Vec<_> = entries(&source).iter().map(|file| days(file)).collect();
        let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stretches = overlaps(files);
        if !stretches.is_empty() {
            shared.insert(name, stretches);
        }
    }
    shared
}

fn entries(directory: &Path) -> Vec<std::path::PathBuf> {
    let found = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = found.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

const ALL: Interval = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));

/// From the first day of a file to the end of its last.
fn days(file: &Path) -> Interval {
    let reader = File::open(file).ok().and_then(|f| SerializedFileReader::new(f).ok());
    reader.and_then(|reader| bounds(reader.metadata())).unwrap_or(ALL)
}

fn bounds(metadata: &ParquetMetaData) -> Option<Interval> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let day = columns.iter().position(|column| column.name() == "day")?;
    let mut whole: Option<(i64, i64)> = None;
    for group in metadata.row_groups() {
        let Some(Statistics::Int64(told)) = group.column(day).statistics() else { return None };
        let (first, last) = (*told.min_opt()?, *told.max_opt()?);
        let known = whole.unwrap_or((first, last));
        whole = Some((known.0.min(first), known.1.max(last)));
    }
    let (first, last) = whole?;
    Some((Timestamp::from_micros(first), Timestamp::from_micros(last).plus_micros(Timestamp::DAY)))
}

/// What lies in more than one of the stretches.
fn overlaps(mut stretches: Vec<Interval>) -> Vec<Interval> {
    stretches.sort_unstable();
    let mut twice = Vec::new();
    let mut reached: Option<Timestamp> = None;
    for (from, to) in stretches {
        if let Some(end) = reached {
            twice.push((from, to.min(end)));
        }
        reached = Some(reached.map_or(to, |end| end.max(to)));
    }
    union(twice)
}

/// The view `usage_daily` of a schema, as known at an index.
pub(crate) fn view(within: &str, known_at: Seq, shared: &Shared) -> String {
    let (mut keys, mut grouped, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for column in TableId::UsageDaily.table().all_columns() {
        let name = column.name;
        let function = match name {
            "events" | "unattributed" | "incomplete" => "sum",
            "first_at" => "min",
            "last_at" => "max",
            _ => {
                keys.push(name);
                grouped.push(name.to_owned());
                plain.push(name.to_owned());
                continue;
            }
        };
        grouped.push(format!("{function}({name}) AS {name}"));
        plain.push(name.to_owned());
    }
    let from = format!("FROM parts.usage_daily WHERE tx_from_seq <= {}", known_at.0);
    let mut rows = format!("SELECT {} {from}", plain.join(", "));
    if !shared.is_empty() {
        let several = condition(shared);
        rows = format!(
            "{rows} AND NOT ({several}) UNION ALL SELECT {} {from} AND ({several}) GROUP BY {}",
            grouped.join(", "),
            keys.join(", ")
        );
    }
    format!("CREATE VIEW {within}usage_daily AS {rows}")
}

fn condition(shared: &Shared) -> String {
    let one = |(source, stretches): (&String, &Vec<Interval>)| {
        let source = source.replace('\'', "''");
        let days: Vec<_> = stretches
            .iter()
            .map(|(from, to)| match (*from, *to) == ALL {
                true => "true".to_owned(),
                false => format!("(day >= instant('{from}') AND day < instant('{to}'))"),
            })
            .collect();
        format!("(source = '{source}' AND ({}))", days.join(" OR "))
    };
    shared.iter().map(one).collect::<Vec<_>>().join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stretches: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let at = Timestamp::from_micros;
        let stretches = stretches.iter().map(|(from, to)| (at(*from), at(*to))).collect();
        overlaps(stretches).into_iter().map(|(from, to)| (from.micros(), to.micros())).collect()
    }

    #[test]
    fn only_what_lies_in_two_files_is_shared() {
        assert_eq!(told(&[(0, 10), (10, 20), (30, 40)]), []);
        assert_eq!(told(&[(10, 20), (0, 11)]), [(10, 11)]);
        assert_eq!(told(&[(0, 100), (10, 20), (30, 40), (35, 50)]), [(10, 20), (30, 50)]);
        assert_eq!(told(&[(0, 10), (0, 10)]), [(0, 10)]);
    }

    #[test]
    fn a_file_that_does_not_say_its_days_shares_all_of_them() {
        let missing = days(Path::new("no such file"));
        assert_eq!(missing, ALL);
        let shared = Shared::from([("lab".to_owned(), overlaps(vec![missing, missing]))]);
        assert!(view("", Seq(3), &shared).contains("AND (true)"), "{}", view("", Seq(3), &shared));
    }
}
