//! People sign in to the console of AWS, with a second factor or without. AUT-01, CRD-03.

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::aws::{ACCOUNT, Call, Caller, SYSTEM, User, arn};
use crate::plant::glass;
use crate::time::{DAY, HOUR, SECOND};

/// Limit and grace of a password.
const DORMANT: i64 = 52 * DAY;

/// The place, among the users of people, of the one who may issue credentials by hand.
pub const ISSUER: usize = 1;
/// The place of one who may not.
pub const OUTSIDER: usize = 2;

/// The users of people: their names, which are the local parts of their addresses.
#[must_use]
pub fn people(world: &World) -> Vec<(String, String)> {
    let before = world.settings.log_from();
    let stays = world.company.people.iter().filter(|p| p.stayed() && p.hired() < before);
    let count = (world.settings.people / 10).max(20) as usize;
    let name = |email: &str| email.split('@').next().unwrap_or_default().to_owned();
    stays.skip(7).take(count).map(|p| (name(&p.email), p.email.clone())).collect()
}

/// Makes the users, and has them sign in.
pub fn plant(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    for (control, attribute, outcome, why) in [
        ("AUT-01", "A", none, "no register has a policy that enforces a second factor at sign-in"),
        ("AUT-01", "B", none, "no register lists ways around it"),
        ("AUT-01", "E", none, "no register has a history of such a policy"),
    ] {
        let items = if control == "MON-02" { "*" } else { "aws/*" };
        world.truth.circumstance((control, items, attribute), outcome, why);
    }
    let mut chance = world.chance("consoles");
    for (n, (name, email)) in people(world).into_iter().enumerate() {
        let from = world.settings.log_from();
        let created = from.plus_micros(-50 * DAY);
        let tags = vec![("Owner", email)];
        let user = User::new("/people/", tags, created);
        world.aws.user(&name, user);
        let mfa = (n % 10 != 3).then(|| created.plus_micros(DAY));
        world.aws.enrol(&name, created.plus_micros(HOUR), mfa);
        let item = item(&name);
        if mfa.is_none() {
            let whole = (world.settings.period.from, None);
            let why = "no second factor";
            world.truth.deviation(("AUT-01", &item, "C"), Outcome::Contradicted, whole, why);
        }
        let mut at = from.plus_micros(
            i64::try_from(chance.below(15)).unwrap_or(0) * DAY
                + 9 * HOUR
                + i64::try_from(n).unwrap_or(0) * SECOND,
        );
        let rests = world.settings.period.from.plus_micros(40 * DAY);
        let mut rested = false;
        while at < world.settings.collected_at() {
            world.aws.sign_in(&name, at, mfa.is_some());
            alone(world, &item, at, mfa.is_some());
            let mut next = at.plus_micros(i64::try_from(15 + chance.below(8)).unwrap_or(15) * DAY);
            if !rested && at > rests && matches!(n % 10, 4 | 5) {
                rested = true;
                let due = at.plus_micros(DORMANT);
                let password = format!("{SYSTEM}/login-profile/{}", arn("user", &name));
                let place = ("CRD-03", password.as_str(), "A");
                if n % 10 == 4 {
                    next = due.plus_micros(9 * DAY);
                    let why = "a password unused for long";
                    world.truth.deviation(place, Outcome::Contradicted, (due, Some(next)), why);
                } else {
                    next = due;
                    world.truth.near_miss(place, "used again just in time");
                }
            }
            at = next;
        }
    }
    root(world);
}

/// How AUT-01 names the user.
pub(super) fn item(name: &str) -> String {
    format!("{SYSTEM}/{ACCOUNT}/{name}")
}

/// A sign-in without a second factor, if it is in the period and the trail is on.
pub(super) fn alone(world: &mut World, item: &str, at: Timestamp, mfa: bool) {
    let (off, on) = crate::plant::logging::stop(&world.settings);
    let told = world.settings.period.contains(at) && !(off < at && at < on);
    if told && !mfa {
        let stretch = (at, Some(at.plus_micros(1)));
        let why = "signed in without a second factor";
        world.truth.deviation(("AUT-01", item, "D"), Outcome::Contradicted, stretch, why);
    }
}

/// The root user makes a change on one day, and only reads on another.
fn root(world: &mut World) {
    let from = world.settings.period.from;
    let item = format!("{SYSTEM}/{ACCOUNT}/root");
    let at = from.plus_micros(75 * DAY + 11 * HOUR);
    let request = json!({"requireLowercaseCharacters": true});
    let call = Call::new(at, Caller::Root, "iam", "UpdateAccountPasswordPolicy");
    world.aws.call(Call { request, ..call });
    let stretch = (at, Some(at.plus_micros(1)));
    let why = "the root user made a change";
    world.truth.deviation(("AUT-01", &item, "F"), Outcome::Contradicted, stretch, why);
    let at = from.plus_micros(90 * DAY + 11 * HOUR);
    world.aws.call(Call::new(at, Caller::Root, "iam", "GetAccountSummary"));
    world.truth.near_miss(("AUT-01", &item, "F"), "the root user only read something");
    glass::root(world, [75, 90].map(|day| from.plus_micros(day * DAY + 11 * HOUR)));
}
