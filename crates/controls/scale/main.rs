//! Measures the control library on a company of any size. `tenure-scale make` writes a timeline
//! that is shaped like a company's, without a ledger; `tenure-scale day` adds a day of evidence,
//! `tenure-scale build` builds the tables again; `tenure-scale evaluate` tells what each control takes.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a development tool")]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

mod access;
mod company;
mod governance;
mod measure;
mod nhi;
mod out;
mod people;

use company::Company;

const USAGE: &str = "\
usage: tenure-scale <task>

tasks:
  make --people N --nhi N --out TIMELINE
        write a timeline of twelve months
  day --people N --nhi N --out TIMELINE
        add the evidence of one more day to it
  build --timeline TIMELINE
        build its tables again from its facts
  evaluate --timeline TIMELINE [--control ID]... [--json FILE] [--threads N] [--own DIRECTORY]
        evaluate its twelve months and print seconds and peak memory of each control
  sql --timeline TIMELINE --file FILE
        run a query and print what it takes";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Vec<String>) -> Result<(), Box<dyn Error>> {
    let mut arguments = arguments.into_iter();
    let task = arguments.next().ok_or("no task")?;
    let mut options: Vec<(String, String)> = Vec::new();
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        options.push((name, value));
    }
    let all = |name: &str| -> Vec<String> {
        options.iter().filter(|(n, _)| n == name).map(|(_, value)| value.clone()).collect()
    };
    let one = |name: &str| all(name).pop().ok_or_else(|| format!("{name} is missing"));
    match task.as_str() {
        "make" | "day" => {
            let company =
                Company { people: one("--people")?.parse()?, nhi: one("--nhi")?.parse()? };
            out::write(&company, &PathBuf::from(one("--out")?), task == "day")
        }
        "build" => out::again(&PathBuf::from(one("--timeline")?)),
        "sql" => measure::sql(one("--timeline")?.into(), &std::fs::read_to_string(one("--file")?)?),
        "evaluate" => measure::evaluate(&measure::Asked {
            timeline: one("--timeline")?.into(),
            controls: all("--control"),
            own: all("--own").pop().map(PathBuf::from),
            json: all("--json").pop().map(PathBuf::from),
            threads: all("--threads").pop().map_or(Ok(1), |n| n.parse())?,
        }),
        other => Err(format!("there is no task '{other}'").into()),
    }
}
