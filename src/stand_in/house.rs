//! What the service knows: its tasks, what reached it, and the scenario it plays.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::canned::Canned;
use super::chaos::Dice;
use super::rules::Wish;
use super::scenario::{self, Plan, Scenario};
use super::task::{self, Making, Seed, Task, Times};
use super::{Seen, Taken};

/// Requests kept; the oldest goes when another comes.
const SEEN_LIMIT: usize = 10_000;

/// Shared by every connection.
pub(super) struct House {
    pub base_url: String,
    state: Mutex<State>,
    seen: Mutex<VecDeque<Seen>>,
    /// How many requests came: wakes those who wait for one.
    pub arrivals: watch::Sender<u64>,
}

/// Locked for the length of one answer.
pub(super) struct State {
    pub scenario: Scenario,
    pub tasks: HashMap<String, Task>,
    /// Tasks created by a request: those that cost money.
    pub billed: usize,
    /// Requests turned away by 429 since the scenario was set.
    pub turned_away: u32,
    /// Attempts so far of each prompt that holds `[busy]`.
    pub busy: HashMap<String, u32>,
    /// Requests to result URLs that carried an Authorization header.
    pub leaked_keys: usize,
    /// Every request for a task that was not turned away, oldest first.
    pub ledger: Vec<Taken>,
    /// What the faults of `chaos` are drawn with.
    pub dice: Dice,
    /// Tasks whose polls are answered with what was recorded elsewhere.
    pub canned: HashMap<String, Canned>,
    made: u64,
}

impl House {
    pub(super) fn new(base_url: String, scenario: Scenario) -> Self {
        Self {
            base_url,
            state: Mutex::new(State {
                scenario,
                tasks: HashMap::new(),
                billed: 0,
                turned_away: 0,
                busy: HashMap::new(),
                leaked_keys: 0,
                ledger: Vec::new(),
                dice: Dice::new(0),
                canned: HashMap::new(),
                made: 0,
            }),
            seen: Mutex::new(VecDeque::new()),
            arrivals: watch::Sender::new(0),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, VecDeque<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a request, and wakes those who wait for one.
    pub(super) fn keep(&self, seen: Seen) {
        let mut all = self.seen();
        if all.len() == SEEN_LIMIT {
            all.pop_front();
        }
        all.push_back(seen);
        drop(all);
        self.arrivals.send_modify(|count| *count += 1);
    }
}

impl State {
    pub(super) fn plan(&self) -> &'static Plan {
        self.scenario.plan()
    }

    /// Another scenario; what a fault counts starts again.
    pub(super) fn set_scenario(&mut self, scenario: Scenario) {
        self.scenario = scenario;
        self.turned_away = 0;
        for task in self.tasks.values_mut() {
            task.spoiled = 0;
            task.cut = 0;
        }
    }

    /// Creates the task of a request, and bills it.
    pub(super) fn create(&mut self, wish: Wish) -> String {
        let plan = self.plan();
        let has = |word: &str| plan.prompt_words && wish.prompt.contains(word);
        let unlucky = plan.prompt_words && wish.seed == Some(task::UNLUCKY);
        let fate = if has(task::FAIL) || unlucky {
            scenario::internal()
        } else if has(task::MODERATED) {
            scenario::moderated()
        } else {
            (plan.fate)()
        };
        let factor = if has(task::SLOW) { 3 } else { 1 };
        self.billed += 1;
        let number = self.next_number();
        self.insert(Task::new(Making {
            number,
            times: plan.times.fixed(number).stretched(factor),
            prompt: wish.prompt,
            model: wish.model,
            fate,
            running: plan.running,
            head_start: Duration::ZERO,
        }))
    }

    /// Puts a task here that no request asked for.
    pub(super) fn put(&mut self, seed: Seed) -> String {
        let hidden = Duration::ZERO;
        let number = self.next_number();
        self.insert(Task::new(Making {
            number,
            times: Times::Clock { hidden, queue: seed.queue, run: seed.run },
            prompt: seed.prompt,
            model: seed.model,
            fate: seed.fate,
            running: None,
            head_start: seed.age,
        }))
    }

    fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn insert(&mut self, task: Task) -> String {
        let id = task.id.clone();
        self.tasks.insert(id.clone(), task);
        id
    }
}
