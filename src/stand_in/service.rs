//! The service itself: its socket, its connections, and what a test may ask of it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::chaos::Dice;
use super::house::{House, State};
use super::reply::{Late, NoReply};
use super::{Scenario, Seed, routes};

/// How a [`Service`] starts.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A loopback address; port 0 takes a free one. Default: `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// What it does wrong, if anything.
    pub scenario: Scenario,
}

impl Default for Options {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), scenario: Scenario::default() }
    }
}

/// A request as it reached the service.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As `POST`; compares with a `&str`.
    pub method: Method,
    /// Without the query.
    pub path: String,
    /// What stood behind the question mark.
    pub query: Option<String>,
    /// As they came, the key included.
    pub headers: HeaderMap,
    /// The whole body; empty if it broke off or was over 8 MiB.
    pub body: Bytes,
    /// When its head was read.
    pub at: Instant,
}

impl Seen {
    /// A header as text; `None` if it was not sent or is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A good request for a task that was not turned away: the truth of what was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What it asked for.
    pub prompt: String,
    /// The task that it created; none where the connection was dropped before that.
    pub task: Option<String>,
}

/// The service, serving on the tokio runtime it was started on until it is stopped or dropped.
pub struct Service {
    house: Arc<House>,
    serving: JoinHandle<()>,
}

impl Service {
    /// Binds the address and serves.
    ///
    /// # Errors
    /// The address is no loopback address (`InvalidInput`), or cannot be bound.
    pub async fn start(options: Options) -> io::Result<Self> {
        let Options { listen, scenario } = options;
        if !listen.ip().is_loopback() {
            let text = format!(
                "the stand-in service listens on loopback addresses only, as 127.0.0.1:0 or [::1]:0, not on {listen}"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {listen}: {error}")))?;
        let house = Arc::new(House::new(format!("http://{}", listener.local_addr()?), scenario));
        let serving = tokio::spawn(serve(listener, routes::router(Arc::clone(&house))));
        Ok(Self { house, serving })
    }

    /// As `http://127.0.0.1:40123`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.house.base_url.clone()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.house.state()
    }

    /// Puts a task here that is already under way, visible at once, and returns its id. It is not billed.
    pub fn add_task(&self, task: Seed) -> String {
        self.house.state().put(task)
    }

    /// Every request that reached it, oldest first; of more than 10,000 the newest.
    pub fn seen(&self) -> Vec<Seen> {
        self.house.seen().iter().cloned().collect()
    }

    /// Waits until `n` matching requests were seen, those before the call included; for ever if need be.
    /// What they did has been done by then: [`tasks_created`](Self::tasks_created) counts their tasks.
    pub async fn wait_for(&self, n: usize, pred: impl Fn(&Seen) -> bool) {
        let mut arrivals = self.house.arrivals.subscribe();
        loop {
            arrivals.mark_unchanged();
            let count = self.house.seen().iter().filter(|seen| pred(seen)).count();
            // The sender lives as long as `self`, so a closed channel is not met.
            if count >= n || arrivals.changed().await.is_err() {
                return;
            }
        }
    }

    /// How many tasks were created by requests: what would have been billed.
    pub fn tasks_created(&self) -> usize {
        self.house.state().billed
    }

    /// Every good request for a task that was not turned away, oldest first; all of them.
    pub fn ledger(&self) -> Vec<Taken> {
        self.house.state().ledger.clone()
    }

    /// What the faults of [`Scenario::Chaos`] are drawn from; 0 at the start.
    pub fn set_seed(&self, seed: u64) {
        self.house.state().dice = Dice::new(seed);
    }

    /// How many requests to result URLs carried an Authorization header: keys given away.
    pub fn leaked_keys(&self) -> usize {
        self.house.state().leaked_keys
    }

    /// Switches what it does wrong. A task keeps the schedule and the fate it was created with; everything
    /// else follows the new scenario from the next request on, and what a fault counts starts again.
    pub fn set_scenario(&self, scenario: Scenario) {
        self.house.state().set_scenario(scenario);
    }

    /// Cuts every connection and frees the port.
    pub async fn stop(mut self) {
        self.serving.abort();
        // The only outcome is the cancellation just asked for.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Accepts until aborted; the connections end with it.
async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(connection(stream, router.clone())); }
                // Out of file descriptors, as a rule: it passes when a connection ends.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// One connection. It has a loop of its own because only there a request can be left without a reply.
async fn connection(stream: TcpStream, router: Router) {
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        let answer = router.call(request);
        async move {
            let Ok(response) = answer.await;
            if let Some(Late(pause)) = response.extensions().get() {
                tokio::time::sleep(*pause).await;
            }
            match response.extensions().get::<NoReply>() {
                None => Ok(response),
                Some(NoReply::Drop) => Err(io::Error::other("dropped on purpose")),
                Some(NoReply::Silence) => std::future::pending().await,
            }
        }
    });
    // An error here is the client gone, or a connection dropped on purpose.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
