//! A company simulator: native source files over a period, with deviations planted in them, and the
//! truth about those.
//!
//! It writes what real systems write, and knows nothing of how it will be evaluated. A company is
//! made in three steps: [`company`] makes people who work there without anything going wrong; each
//! scenario in [`plant`] adds what it is about (accounts, keys, requests, reviews), clean for most and
//! with deviations, near misses and gaps for some, and says so to [`truth`]; [`output`] holds the
//! files, each written by the module of its format under [`files`].

use tenure_model::{Period, Timestamp};

pub mod accuracy;
pub mod bucket;
pub mod chance;
pub mod company;
pub mod files;
pub mod output;
pub mod plant;
pub mod time;
pub mod truth;

use chance::Chance;
use company::Company;
use files::aws::Aws;
use files::github::GitHub;
use files::jira::Jira;
use files::kubernetes::Kubernetes;
use files::okta::Okta;
use files::pagerduty::OnCall;
use files::register::Registers;
use files::vault::Vault;
use output::Output;
use truth::{Planted, Truth};

/// What to simulate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The seed: the same one gives the same bytes.
    pub seed: u64,
    /// How many people work there at the start.
    pub people: u32,
    /// The period of the audit.
    pub period: Period,
}

impl Settings {
    /// The instant at which everything is collected: a week after the period.
    #[must_use]
    pub const fn collected_at(&self) -> Timestamp {
        self.period.to.plus_micros(7 * Timestamp::DAY)
    }

    /// The instant from which logs were kept: 120 days before the period, so that silence can be
    /// shown on its first day.
    #[must_use]
    pub const fn log_from(&self) -> Timestamp {
        self.period.from.plus_micros(-120 * Timestamp::DAY)
    }

    /// The time over which logs were kept, as settings of sources say it: its start and its end.
    #[must_use]
    pub fn logged(&self) -> (String, String) {
        (self.log_from().to_string(), self.collected_at().to_string())
    }
}

/// A company over a period: its files, and the truth.
#[derive(Debug)]
pub struct Simulation {
    /// The files that its systems wrote, and the sources that read them.
    pub output: Output,
    /// What was planted in them.
    pub truth: Vec<Planted>,
}

/// What a scenario works on.
pub struct World {
    /// What to simulate.
    pub settings: Settings,
    /// The people.
    pub company: Company,
    /// What happened in Okta.
    pub okta: Okta,
    /// What happened in the second organisation of Okta.
    pub labs: Okta,
    /// What happened in AWS.
    pub aws: Aws,
    /// What was asked for and approved.
    pub jira: Jira,
    /// What happened in GitHub.
    pub github: GitHub,
    /// What was declared in the on-call tool.
    pub oncall: OnCall,
    /// What happened in the Kubernetes cluster.
    pub kubernetes: Kubernetes,
    /// What happened in Vault.
    pub vault: Vault,
    /// What people keep in lists.
    pub registers: Registers,
    /// What the inventory says of those who use AWS's keys.
    pub declared: plant::consumers::Declared,
    /// Policy exceptions to what credentials do.
    pub(crate) accepted: Vec<plant::accepted::Accepted>,
    /// The files.
    pub output: Output,
    /// What is planted.
    pub truth: Truth,
}

impl World {
    /// The stream of chance of a scenario.
    #[must_use]
    pub fn chance(&self, purpose: &str) -> Chance {
        Chance::new(self.settings.seed, purpose)
    }
}

/// Makes a company and plants every scenario in it.
#[must_use]
pub fn simulate(settings: Settings) -> Simulation {
    let company = Company::new(&settings);
    let mut world = World {
        settings,
        company,
        okta: Okta::default(),
        labs: Okta::of(files::okta::LABS),
        aws: Aws::default(),
        jira: Jira::default(),
        github: GitHub::default(),
        oncall: OnCall::default(),
        kubernetes: Kubernetes::default(),
        vault: Vault::default(),
        registers: Registers::default(),
        declared: plant::consumers::Declared::default(),
        accepted: Vec::new(),
        output: Output::default(),
        truth: Truth::default(),
    };
    for scenario in plant::ALL {
        scenario(&mut world);
    }
    // What scenarios did shows in the files of every system.
    files::hr::write(&mut world);
    files::okta::write(&mut world);
    files::aws_iam::write(&mut world);
    files::cloudtrail::write(&mut world);
    files::jira::write(&mut world);
    files::github::write(&mut world);
    files::pagerduty::write(&mut world);
    files::kubernetes::write(&mut world);
    files::vault::write(&mut world);
    files::register::write(&mut world);
    let truth = world.truth.before(world.settings.period.to).sorted();
    Simulation { output: world.output, truth }
}
