//! `tenure sim`: a simulated company with planted deviations, and how much of them is found.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tenure_model::{Period, Timestamp};
use tenure_sim::{Settings, Simulation, simulate};

mod accuracy;

use crate::cli::{Cx, instant};
use crate::exit::Exit;
use crate::hint::hinted;

/// A simulated company: native source files, with deviations planted in them.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    /// Write a company's files, the sources that read them, and the truth.
    Write {
        /// Where to; an empty directory, or a new one.
        dir: PathBuf,
        /// The seed: the same one gives the same bytes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[command(flatten)]
        size: Size,
    },
    /// Simulate, collect, evaluate, and compare with the truth, control by control.
    Accuracy {
        /// A seed. May be repeated.
        #[arg(long = "seed", value_name = "N", default_values_t = [1])]
        seeds: Vec<u64>,
        #[command(flatten)]
        size: Size,
        /// A control; all, if absent. May be repeated.
        #[arg(long = "control", value_name = "ID")]
        controls: Vec<String>,
        /// Keep the simulated workspaces below this directory.
        #[arg(long, value_name = "DIR")]
        keep: Option<PathBuf>,
        /// How many of the missed and the false to tell of each control.
        #[arg(long, value_name = "N", default_value_t = 5)]
        examples: usize,
        /// Tell of each attribute of each control by itself.
        #[arg(long)]
        attributes: bool,
    },
}

/// How large a company, over which period.
#[derive(clap::Args, Clone, Copy, Debug)]
struct Size {
    /// How many people work there at the start.
    #[arg(long, value_name = "N", default_value_t = 500)]
    people: u32,
    /// Start of the period.
    #[arg(long, value_name = "D", value_parser = instant, default_value = "2025-01-01")]
    from: Timestamp,
    /// End of the period, not included.
    #[arg(long, value_name = "D", value_parser = instant, default_value = "2026-01-01")]
    to: Timestamp,
}

impl Size {
    fn settings(self, seed: u64) -> anyhow::Result<Settings> {
        let period = Period::new(self.from, self.to).map_err(|e| {
            hinted(e.to_string(), "a period is [from, to): its end is not included")
        })?;
        Ok(Settings { seed, people: self.people, period })
    }
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    match args.verb {
        Verb::Write { dir, seed, size } => {
            let simulation = simulate(size.settings(seed)?);
            write(&simulation, &dir)?;
            cx.out.line(format!(
                "{}: {} sources, {} planted; sources.json names the sources, truth.jsonl what is planted",
                dir.display(),
                simulation.output.sources().len(),
                simulation.truth.len()
            ))?;
            Ok(Exit::Ok)
        }
        Verb::Accuracy { seeds, size, controls, keep, examples, attributes } => {
            let settings = seeds.iter().map(|seed| size.settings(*seed));
            let settings = settings.collect::<anyhow::Result<Vec<_>>>()?;
            let asked = accuracy::Asked { controls, keep, examples, attributes };
            accuracy::run(&settings, &asked, cx)
        }
    }
}

fn write(simulation: &Simulation, dir: &Path) -> anyhow::Result<()> {
    let taken = dir.exists() && dir.read_dir()?.next().is_some();
    if taken {
        return Err(hinted(
            format!("{} is not empty", dir.display()),
            "name a new directory: nothing is overwritten",
        ));
    }
    simulation
        .output
        .write(dir, &simulation.truth)
        .with_context(|| format!("cannot write the company to {}", dir.display()))
}
