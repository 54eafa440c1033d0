//! The bucket of the account's trail: a log object for each five minutes in which something
//! happened, and a chain of signed digests, one an hour.

use std::collections::BTreeMap;

use tenure_model::Timestamp;

use crate::World;
use crate::bucket::{Hour, Logged, Signer, Trail, public_keys};
use crate::files::aws::{ACCOUNT, Aws, REGION, SYSTEM};
use crate::time::HOUR;

/// The source.
pub const SOURCE: &str = "aws-trail";

const SLOT: i64 = 300_000_000;

/// Writes the bucket and the public keys.
pub fn write(world: &mut World) {
    let slots = slots(&mut world.aws, world.settings.log_from());
    let aws = &world.aws;
    let mut hours = hours(aws, (world.settings.log_from(), world.settings.collected_at()));
    for hour in &mut hours {
        let inside = slots.range(hour.start..hour.end);
        hour.deliveries.extend(inside.map(|(at, _)| *at));
    }
    let trail = Trail {
        account: ACCOUNT.to_owned(),
        name: "main".to_owned(),
        home: REGION.to_owned(),
        region: REGION.to_owned(),
        bucket: "example-trail".to_owned(),
    };
    let content = |at: Timestamp| logged(slots.get(&at).map_or(&[][..], Vec::as_slice), at);
    // Without random numbers there are no digests, and every reader says that nothing is proven.
    let objects = trail.deliver_of(&hours, content).unwrap_or_default();
    let ends: Vec<_> = hours.iter().map(|hour| trail.digest_key(hour.end, false)).collect();
    let lost: Vec<_> = aws.lost_digests.iter().map(|end| trail.digest_key(*end, false)).collect();
    // Each digest repeats the signature of the one before: metadata are asked for only where no
    // digest follows.
    let followed = |n: usize| {
        let next = hours.get(n + 1).zip(ends.get(n + 1));
        next.is_some_and(|(hour, key)| !hour.starting && !lost.contains(key))
    };
    let alone: Vec<_> = (0..ends.len())
        .filter(|n| !followed(*n))
        .map(|n| format!("{}.metadata.json", ends[n]))
        .collect();
    for (key, bytes) in objects {
        let kept =
            !lost.contains(&key) && (alone.contains(&key) || !key.ends_with(".metadata.json"));
        if kept {
            world.output.file(format!("aws/trail/{key}"), bytes);
        }
    }
    let valid = (world.settings.log_from(), world.settings.collected_at());
    let keys = public_keys(&[(Signer::FIRST, valid.0, valid.1)]);
    world.output.file("aws/trail/public-keys.json", keys);
    let settings = [("path", "@/aws/trail"), ("account", ACCOUNT)];
    world.output.source_of(SOURCE, SYSTEM, "cloudtrail", &settings);
}

/// Records by the instant at which they are delivered: with the five minutes in which they happened.
fn slots(aws: &mut Aws, from: Timestamp) -> BTreeMap<Timestamp, Vec<(Timestamp, Box<str>)>> {
    let mut slots: BTreeMap<Timestamp, Vec<(Timestamp, Box<str>)>> = BTreeMap::new();
    let events = aws.events.take().into_iter();
    let off = |at: Timestamp| aws.stopped.iter().any(|(from, to)| *from < at && at < *to);
    for event in events.filter(|(at, _)| *at >= from && !off(*at)) {
        let delivered = event.0.micros() - event.0.micros().rem_euclid(SLOT) + SLOT;
        slots.entry(Timestamp::from_micros(delivered)).or_default().push(event);
    }
    slots
}

/// Every hour; those that lie wholly in a stop have no digest, and a new chain begins after it.
fn hours(aws: &Aws, (from, to): (Timestamp, Timestamp)) -> Vec<Hour> {
    let mut hours = Vec::new();
    let (mut start, mut starting) = (from, true);
    while start < to {
        let end = start.plus_micros(HOUR);
        if aws.stopped.iter().any(|(from, to)| *from <= start && end <= *to) {
            starting = true;
        } else {
            hours.push(Hour { starting, ..Hour::new(start, &[]) });
            starting = false;
        }
        start = end;
    }
    hours
}

fn logged(events: &[(Timestamp, Box<str>)], at: Timestamp) -> Logged {
    let records: Vec<_> = events.iter().map(|(_, event)| &**event).collect();
    Logged {
        bytes: format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes(),
        oldest: events.first().map_or(at, |(at, _)| *at),
        newest: events.last().map_or(at, |(at, _)| *at),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use serde_json::Value;
    use tenure_model::{Period, Timestamp};

    use crate::{Settings, simulate};

    fn settings(seed: u64) -> Settings {
        let at = |text| Timestamp::parse_or_date(text).expect("a date");
        let period = Period::new(at("2025-01-01"), at("2025-03-01")).expect("a period");
        Settings { seed, people: 40, period }
    }

    fn object(bytes: &[u8]) -> Value {
        let mut text = String::new();
        let mut inflate = flate2::read::GzDecoder::new(bytes);
        inflate.read_to_string(&mut text).expect("it is gzip");
        serde_json::from_str(&text).expect("it is JSON")
    }

    #[test]
    fn a_seed_gives_one_bucket_and_every_file_of_it_can_be_read() {
        let files = simulate(settings(1)).output;
        assert_eq!(files.files(), simulate(settings(1)).output.files());
        assert_ne!(files.files(), simulate(settings(2)).output.files());
        let (mut records, mut digests) = (0, 0);
        let below = files.files().iter().filter(|(path, _)| path.starts_with("aws/"));
        for (path, bytes) in below {
            if path.ends_with(".json.gz") {
                let object = object(bytes);
                records += object["Records"].as_array().map_or(0, Vec::len);
                digests += usize::from(object["digestStartTime"].is_string());
            } else if path.ends_with(".json") {
                let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
                assert!(values.all(|value| value.is_ok()), "{path}");
            }
        }
        // 120 days before the period, 59 in it, 7 after it; neither stop nor loss lies in them.
        assert!(records > 1_000, "{records}");
        assert_eq!(digests, 186 * 24);
    }
}
