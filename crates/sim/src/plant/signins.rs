//! AUT-01 for Okta and GitHub: what their logs say of sign-ins, and where they have holes.

use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::github;
use crate::files::okta;

/// Tells of the accounts that scenarios made.
pub fn tell(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    for system in ["okta/okta-user", "github/login", "github-labs/login"] {
        for (attribute, why) in [
            ("A", "no source has a policy that enforces a second factor"),
            ("B", "no source lists ways around it"),
            ("D", "the log does not say of a sign-in how it was made"),
            ("E", "no source has a history of such a policy"),
        ] {
            world.truth.circumstance(("AUT-01", &format!("{system}/*"), attribute), none, why);
        }
    }
    let until = world.settings.collected_at();
    let kept = world.okta.kept_until.unwrap_or(until);
    for (id, created, active) in world.okta.of_people(until) {
        if active {
            let item = okta::identity(okta::SYSTEM, &id);
            let stretch = (Some(kept.max(created)), None);
            let why = "the log of the last days was not exported";
            world.truth.gap(("AUT-01", &item, "D"), stretch, why);
        }
    }
    let from = world.settings.period.from;
    let organisation = world.github.organisation(github::LABS);
    let kept = organisation.kept_from;
    for (login, _) in organisation.stays() {
        let item = format!("{}/login/{login}", github::LABS);
        let place = ("AUT-01", item.as_str(), "D");
        world.truth.gap(place, (Some(from), kept), "the log of that time was not kept");
    }
}
