//! What goes on every few weeks: members of GitHub's organisations work, service accounts of Okta and
//! their tokens run. Nothing is planted here but that GitHub does not say when an account was made.

use crate::World;
use crate::files::github;
use crate::plant::{DAY, HOUR};

/// How often a member of an organisation does something, and a service account and its tokens.
const MEMBER: i64 = 28 * DAY;
const SERVICE: i64 = 20 * DAY;
/// The account of the pipeline, which is a member of nothing.
const PIPELINE: &str = "release-bot[bot]";

/// Has everything run that other scenarios made.
pub fn plant(world: &mut World) {
    let (from, until) = (world.settings.log_from(), world.settings.collected_at());
    for system in world.github.systems() {
        let organisation = world.github.organisation(&system);
        let mut stays = organisation.stays();
        if system == github::SYSTEM {
            stays.push((PIPELINE.to_owned(), vec![(from.plus_micros(DAY), None)]));
        }
        for (login, stays) in stays {
            for (n, (joined, gone)) in stays.into_iter().enumerate() {
                let end = gone.unwrap_or(until);
                let mut at = joined.plus_micros(HOUR);
                while at < end {
                    organisation.act(&login, "git.push", at);
                    at = at.plus_micros(MEMBER);
                }
                if n == 0 && world.settings.period.contains(joined) && gone.is_none() {
                    let item = format!("{system}/login/{login}");
                    let stretch = (Some(joined), Some(joined.plus_micros(HOUR)));
                    let why = "when the account was made is not on record";
                    world.truth.gap(("CRD-03", &item, "A"), stretch, why);
                }
            }
        }
    }
    for (account, created, ended) in world.okta.services() {
        let end = ended.unwrap_or(until);
        let mut at = created.plus_micros(HOUR);
        while at < end {
            if at >= from {
                world.okta.sign_in(&account, at, "198.51.100.30");
            }
            at = at.plus_micros(SERVICE);
        }
    }
    for (token, made, revoked, personal) in world.okta.tokens() {
        let end = if personal { made } else { revoked.unwrap_or(until) };
        let mut at = made.plus_micros(HOUR);
        while at < end {
            if at >= from {
                world.okta.use_token(&token, at);
            }
            at = at.plus_micros(SERVICE);
        }
    }
}
