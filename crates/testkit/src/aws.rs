//! A server that answers like AWS as far as tests need it: it verifies signatures, pages,
//! throttles, delays, drops connections and denies, with errors in AWS's shapes.
//!
//! [moto](crate::moto) knows far more of AWS; this server misbehaves on purpose, which moto cannot.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod answers;
mod center;
mod http;
mod iam;
mod organizations;
mod signature;
mod trails;
mod world;

pub use signature::{Keys, signature_fits};
pub use world::{Account, User, World};

use answers::{Answer, refuse};
use http::Request;

/// How the server misbehaves. Nothing by default.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Items per page.
    pub page: usize,
    /// Every so many requests one is throttled; 0 = never.
    pub throttle_every: u64,
    /// What a throttled answer says in `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// Every so many requests one connection is dropped without an answer; 0 = never.
    pub reset_every: u64,
    /// Every so many requests one answer breaks off in its middle; 0 = never.
    pub cut_every: u64,
    /// Every so many requests one fails with 503; 0 = never.
    pub fail_every: u64,
    /// How long an answer takes.
    pub delay: Duration,
    /// Actions that are denied, as `iam:ListMFADevices`, for one user or (empty) for all.
    pub deny: Vec<(String, String)>,
    /// The credentials expire after so many requests.
    pub expire_after: Option<u64>,
    /// The action whose marker never changes.
    pub endless: Option<String>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            page: 100,
            throttle_every: 0,
            retry_after: None,
            reset_every: 0,
            cut_every: 0,
            fail_every: 0,
            delay: Duration::ZERO,
            deny: Vec::new(),
            expire_after: None,
            endless: None,
        }
    }
}

impl Behaviour {
    /// Denies an action, for one user or (empty) for all.
    #[must_use]
    pub fn denying(mut self, action: &str, user: &str) -> Self {
        self.deny.push((action.to_owned(), user.to_owned()));
        self
    }
}

/// A request that the server answered, for tests to count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// As `iam:ListUsers`.
    pub action: String,
    /// What it was about: a user, a key, a policy; empty if nothing.
    pub subject: String,
    /// The status of the answer; 0 when the connection was dropped.
    pub status: u16,
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct FakeAws {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    world: Mutex<World>,
    behaviour: Mutex<Behaviour>,
    keys: Mutex<BTreeMap<String, Keys>>,
    seen: Mutex<Vec<Seen>>,
    stop: AtomicBool,
}

impl FakeAws {
    /// Starts a server on a free port of this machine.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn start(world: World, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let first = Keys::first(world.caller());
        let state = Arc::new(State {
            world: Mutex::new(world),
            behaviour: Mutex::new(behaviour),
            keys: Mutex::new(BTreeMap::from([(first.id.clone(), first)])),
            seen: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&shared);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || state.serve(stream));
                }
            }
        });
        Self { address, state }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The caller's credentials, as the environment variables that AWS's tools read.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 2] {
        let first = Keys::first("");
        [("AWS_ACCESS_KEY_ID", first.id), ("AWS_SECRET_ACCESS_KEY", first.secret)]
    }

    /// Behaves otherwise from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.state.behaviour) = behaviour;
    }

    /// Changes what there is.
    pub fn change(&self, how: impl FnOnce(&mut World)) {
        how(&mut lock(&self.state.world));
    }

    /// The requests so far, in the order in which they were answered.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// How many requests of an action were answered well.
    #[must_use]
    pub fn answered(&self, action: &str) -> usize {
        lock(&self.state.seen).iter().filter(|s| s.action == action && s.status == 200).count()
    }
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        while let Some(request) = Request::read(&mut stream) {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let behaviour = lock(&self.behaviour).clone();
            std::thread::sleep(behaviour.delay);
            let number = lock(&self.seen).len() as u64 + 1;
            let every = |n: u64| n != 0 && number.is_multiple_of(n);
            let answer = if every(behaviour.reset_every) {
                None
            } else {
                Some(self.answer(&request, &behaviour, number))
            };
            lock(&self.seen).push(Seen {
                action: request.permission(),
                subject: request.subject(),
                status: answer.as_ref().map_or(0, |answer| answer.status),
            });
            let Some(answer) = answer else { return };
            let cut = every(behaviour.cut_every);
            if answer.write(&mut stream, number, cut).is_err() || cut {
                return;
            }
        }
    }

    fn answer(&self, request: &Request, behaviour: &Behaviour, number: u64) -> Answer {
        let every = |n: u64| n != 0 && number.is_multiple_of(n);
        if every(behaviour.throttle_every) {
            let answer = refuse(request, 400, "Throttling", "Rate exceeded");
            return answer.after(behaviour.retry_after);
        }
        if every(behaviour.fail_every) {
            return refuse(request, 503, "ServiceUnavailable", "busy");
        }
        let keys = lock(&self.keys).clone();
        let caller = match signature::caller(request, &keys) {
            Ok(caller) => caller,
            Err((code, words)) => return refuse(request, 403, code, &words),
        };
        if behaviour.expire_after.is_some_and(|after| number > after) {
            return refuse(
                request,
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            );
        }
        let (action, subject) = (request.permission(), request.subject());
        let denied =
            |(a, user): &(String, String)| *a == action && (user.is_empty() || *user == subject);
        if behaviour.deny.iter().any(denied) {
            let words = format!("User: {} is not authorized to perform: {action}", caller.arn);
            let code = if request.is_json() { "AccessDeniedException" } else { "AccessDenied" };
            return refuse(request, if request.is_json() { 400 } else { 403 }, code, &words);
        }
        let mut world = lock(&self.world);
        let answer = world::answer(&mut world, request, &caller, behaviour);
        if let Some(minted) = world.minted.take() {
            lock(&self.keys).insert(minted.id.clone(), minted);
        }
        answer
    }
}
