//! AGT-01: AI agents under roles of AWS, and in GitHub with tokens: in their own register, with
//! scopes that were approved, for persons, and with drills of stopping them.

use std::collections::BTreeSet;

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use crate::World;
use crate::files::aws::{Call, Caller, Rights, Role, SYSTEM, arn, identity, session};
use crate::files::cloudtrail;
use crate::plant::contradictions::LIAISON;
use crate::plant::inventory::own;
use crate::plant::{DAY, HOUR, SECOND, logging, records};

mod ends;
mod fates;
mod register;
mod tokens;

use fates::{FATES, Fate};

/// Whether an agent's own scenario enters it, so that no other does.
pub(crate) fn is_one(login: &str) -> bool {
    login.starts_with("agent-")
}

/// An agent under a role of AWS.
struct Agent {
    name: String,
    fate: Fate,
    created: Timestamp,
    ended: Option<Timestamp>,
}

impl Agent {
    fn item(&self) -> String {
        identity("role", &self.name)
    }

    /// Its one right, as AWS names it.
    fn right(&self) -> String {
        format!("inline:{}/access", arn("role", &self.name))
    }
}

/// Every fate once, and one agent for each two hundred people that is as it should be.
pub fn plant(world: &mut World) {
    let mut silent = BTreeSet::new();
    let fine = world.settings.people as usize / 200;
    for n in 0..FATES.len() + fine {
        let fate = FATES.get(n).copied().unwrap_or(Fate::Fine);
        silent.extend(agent(world, n, fate));
    }
    for week in silent {
        let why = "an agent acted and did not say on whose behalf";
        records::tell(world, cloudtrail::SOURCE, "H", week, why);
    }
    tokens::plant(world);
}

fn agent(world: &mut World, n: usize, fate: Fate) -> BTreeSet<Timestamp> {
    let period = world.settings.period;
    let ends = matches!(fate, Fate::EndedQuietly | Fate::EndedByTicket | Fate::EndedOnRecord);
    let agent = Agent {
        name: format!("agent-{n:03}"),
        fate,
        created: world.settings.log_from().plus_micros(-100 * DAY),
        ended: ends.then(|| period.from.plus_micros(100 * DAY + 10 * HOUR)),
    };
    let tags = [("Purpose", "triage"), ("Environment", "production"), ("Tier", "T2")];
    let tags = tags.map(|(key, value)| (key, value.to_owned())).into();
    let role = Role {
        tags,
        created: agent.created,
        deleted: None,
        trusts: "lambda.amazonaws.com",
        may: Rights::Read("ec2"),
    };
    world.aws.role(&agent.name, role);
    owners(world, &agent);
    register::enter(world, &agent);
    register::drills(world, &agent.name, &agent.item(), fate);
    let silent = acts(world, &agent, n);
    fates::tell(world, &agent);
    ends::end(world, &agent);
    silent
}

/// Who answers for it.
fn owners(world: &mut World, agent: &Agent) {
    let head = world.company.head("Engineering").email.clone();
    let (account, since) = (arn("role", &agent.name), agent.created);
    let place = (SYSTEM, account.as_str());
    match agent.fate {
        Fate::Orphan => {}
        Fate::Team => own(world, place, "platform team", (since, None)),
        Fate::Loaned => own(world, place, LIAISON, (since, None)),
        Fate::HalfLoaned => {
            own(world, place, LIAISON, (since, None));
            own(world, place, &head, (since.plus_micros(SECOND), None));
        }
        Fate::HandedOver | Fate::Shared => {
            let Some((leaver, left)) = fates::leaver(world) else {
                return own(world, place, &head, (since, None));
            };
            own(world, place, &leaver, (since, None));
            let shared = agent.fate == Fate::Shared;
            let taken = left.plus_micros(if shared { -20 * DAY } else { DAY });
            own(world, place, &head, (taken, None));
        }
        _ => own(world, place, &head, (since, None)),
    }
}

/// It acts every two weeks, and says on whose behalf; the weeks in which it does not.
fn acts(world: &mut World, agent: &Agent, n: usize) -> BTreeSet<Timestamp> {
    let settings = world.settings;
    let whom = world.company.head("Support").email.clone();
    let mut silent = BTreeSet::new();
    let until = agent.ended.unwrap_or_else(|| settings.collected_at());
    let start = settings.log_from().plus_micros(3 * DAY + 4 * HOUR);
    for turn in 0.. {
        let minutes = i64::try_from(n % 200).unwrap_or(0) * 60;
        let at = start.plus_micros(turn * 14 * DAY + minutes * SECOND);
        if at >= until {
            break;
        }
        let forgets = agent.fate == Fate::Forgets && turn == 15;
        let says = !forgets && agent.fate != Fate::ForOnePerson;
        act(world, &agent.name, at, says.then_some(&whom));
        let (off, on) = logging::stop(&settings);
        if says || !settings.period.contains(at) || (off <= at && at <= on) {
            continue;
        }
        silent.insert(records::monday(at));
        if forgets {
            let stretch = (at, Some(at.plus_micros(1)));
            let why = "acted without saying on whose behalf";
            let item = agent.item();
            world.truth.deviation(("AGT-01", &item, "E"), Contradicted, stretch, why);
        }
    }
    silent
}

/// A service obtains a session for whom the agent acts for, and the agent reads something in it.
fn act(world: &mut World, role: &str, at: Timestamp, whom: Option<&String>) {
    let key = session(role, at);
    let mut request = json!({"roleArn": arn("role", role), "roleSessionName": "agent"});
    if let Some(whom) = whom {
        request["sourceIdentity"] = json!(whom);
    }
    let call = Call {
        request,
        response: json!({"credentials": {"accessKeyId": key, "expiration": at.plus_micros(HOUR)}}),
        ip: "lambda.amazonaws.com",
        agent: "lambda.amazonaws.com",
        ..Call::new(at, Caller::Service("lambda.amazonaws.com"), "sts", "AssumeRole")
    };
    world.aws.call(call);
    if let Some((_, event)) = world.aws.events.last_mut() {
        event["resources"] = json!([{"ARN": arn("role", role), "type": "AWS::IAM::Role"}]);
    }
    let by = Caller::Session(role, "agent", &key);
    world.aws.call(Call::new(at, by, "ec2", "DescribeInstances"));
    if let Some((_, event)) = world.aws.events.last_mut()
        && let Some(whom) = whom
    {
        event["userIdentity"]["sessionContext"]["sourceIdentity"] = json!(whom);
    }
}

/// A deviation over the whole period.
fn whole(
    world: &mut World,
    control: &str,
    item: &str,
    attribute: &str,
    outcome: Outcome,
    why: &str,
) {
    let stretch = (world.settings.period.from, None);
    world.truth.deviation((control, item, attribute), outcome, stretch, why);
}

/// Something that is not on record, over the whole period.
fn missing(world: &mut World, item: &str, attribute: &str, why: &str) {
    whole(world, "AGT-01", item, attribute, NotDemonstrated, why);
}
