//! Pseudonyms: the same login always gets the same one within a run, and nobody can compute it
//! afterwards, because the key is random and thrown away.

use std::collections::{HashMap, HashSet};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const FIRST: &[&str] = &[
    "amber", "arctic", "autumn", "azure", "bold", "brave", "brisk", "bright", "calm", "cedar",
    "clear", "clever", "coral", "crisp", "dapper", "daring", "dawn", "eager", "early", "ember",
    "fleet", "frosty", "gentle", "golden", "grand", "hazel", "humble", "ivory", "jade", "jolly",
    "keen", "kind", "lively", "lucid", "lunar", "maple", "mellow", "merry", "misty", "noble",
    "olive", "opal", "patient", "plucky", "proud", "quiet", "rapid", "rosy", "ruby", "rustic",
    "sandy", "silent", "silver", "sleek", "solar", "spry", "steady", "sunny", "swift", "teal",
    "tidy", "velvet", "violet", "witty",
];

const SECOND: &[&str] = &[
    "badger", "beaver", "bison", "bobcat", "caribou", "condor", "cougar", "coyote", "crane",
    "curlew", "dingo", "dolphin", "egret", "falcon", "ferret", "finch", "gannet", "gecko",
    "gibbon", "gopher", "grouse", "hare", "heron", "ibex", "iguana", "impala", "jackal", "jaguar",
    "kestrel", "lemur", "leopard", "linnet", "lynx", "magpie", "marmot", "marten", "merlin",
    "mole", "moose", "newt", "ocelot", "oriole", "osprey", "otter", "panda", "pelican", "petrel",
    "pigeon", "plover", "puffin", "quail", "rabbit", "raven", "robin", "seal", "shrew", "sparrow",
    "stoat", "swan", "tapir", "toucan", "vole", "walrus", "wombat",
];

/// Endings that tell a bot and must survive, so that bots are still told from people.
const KEPT_ENDINGS: &[&str] = &["[bot]", "-bot", "-robot"];

pub(super) struct Pseudonyms {
    mac: Hmac<Sha256>,
    by_login: HashMap<String, Login>,
    taken: HashSet<String>,
}

struct Login {
    pseudonym: String,
    /// Spellings with capitals, in the order they were met.
    capitals: Vec<String>,
}

impl Pseudonyms {
    /// With a key that nobody keeps.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let mac = Hmac::new_from_slice(key).expect("HMAC takes a key of any length (RFC 2104)");
        Self { mac, by_login: HashMap::new(), taken: HashSet::new() }
    }

    /// The pseudonym of a login as spelled. Two spellings of one login differ by case only.
    pub(super) fn of(&mut self, spelled: &str) -> String {
        let login = spelled.to_lowercase();
        if !self.by_login.contains_key(&login) {
            let pseudonym = self.choose(&login);
            self.by_login.insert(login.clone(), Login { pseudonym, capitals: Vec::new() });
        }
        let entry = self.by_login.get_mut(&login).expect("inserted above");
        if spelled == login {
            return entry.pseudonym.clone();
        }
        let known = entry.capitals.iter().position(|s| s == spelled);
        let index = known.unwrap_or_else(|| {
            entry.capitals.push(spelled.to_owned());
            entry.capitals.len() - 1
        });
        match index {
            0 => capitalised(&entry.pseudonym),
            _ => entry.pseudonym.to_uppercase(),
        }
    }

    fn choose(&mut self, login: &str) -> String {
        let ending = KEPT_ENDINGS.iter().find(|ending| login.ends_with(**ending));
        for attempt in 0_u32.. {
            let mut mac = self.mac.clone();
            mac.update(&attempt.to_be_bytes());
            mac.update(login.as_bytes());
            let bytes = mac.finalize().into_bytes();
            let pick =
                |words: &[&'static str], at: usize| words[usize::from(bytes[at]) % words.len()];
            let name = format!("{}-{}", pick(FIRST, 0), pick(SECOND, 1));
            let name = match ending {
                Some(ending) => format!("{name}{ending}"),
                None => format!("{name}-{:02}", bytes[2] % 100),
            };
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
        unreachable!("there are more names than logins")
    }
}

fn capitalised(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let (head, tail) = word.split_at(word.len().min(1));
            head.to_uppercase() + tail
        })
        .collect::<Vec<_>>()
        .join("-")
}
