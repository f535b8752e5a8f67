//! What a process and its descendants use of the machine, as /proc tells it.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    time::Instant,
};

/// The length of the ticks in /proc/PID/stat; it is the same on every Linux that is in use.
const TICK_NS: u64 = 10_000_000;
/// So far the two clocks of /proc may lie apart without a thread having ended between.
const APART_NS: u64 = 2 * TICK_NS;

/// All that was used until one moment.
pub struct Usage {
    at: Instant,
    threads: BTreeMap<u32, Thread>,
    /// By the coarser clock, which knows threads that have ended, too.
    ticks_ns: u64,
}

struct Thread {
    cpu_ns: u64,
    wakeups: u64,
}

/// What was used between two moments.
pub struct Used {
    pub seconds: f64,
    pub cpu_ms: f64,
    /// Voluntary context switches.
    pub wakeups: u64,
}

impl Usage {
    pub fn of(root: u32) -> Self {
        let (mut threads, mut ticks_ns) = (BTreeMap::new(), 0);
        for pid in tree(root) {
            let fields = stat(pid);
            // utime, stime, and those of children that were waited for: fields 14 to 17.
            ticks_ns += (11..15).filter_map(|at| number(&fields, at)).sum::<u64>() * TICK_NS;
            let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
            let ids = tasks.flatten().filter_map(|task| task.file_name().to_str()?.parse::<u32>().ok());
            for thread in ids {
                let folder = format!("/proc/{pid}/task/{thread}");
                let schedule = read(&format!("{folder}/schedstat"));
                let cpu_ns =
                    schedule.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default();
                let wakeups = named(&read(&format!("{folder}/status")), "voluntary_ctxt_switches");
                threads.insert(thread, Thread { cpu_ns, wakeups });
            }
        }
        Self { at: Instant::now(), threads, ticks_ns }
    }

    pub fn since(&self, before: &Self) -> Used {
        let grown = |of: fn(&Thread) -> u64| -> u64 {
            let grown =
                |(id, now): (&u32, &Thread)| of(now).saturating_sub(before.threads.get(id).map_or(0, of));
            self.threads.iter().map(grown).sum()
        };
        let (fine, coarse) = (grown(|thread| thread.cpu_ns), self.ticks_ns.saturating_sub(before.ticks_ns));
        let cpu_ns = if coarse > fine + APART_NS { coarse } else { fine };
        Used {
            seconds: self.at.duration_since(before.at).as_secs_f64(),
            cpu_ms: cpu_ns as f64 / 1e6,
            wakeups: grown(|thread| thread.wakeups),
        }
    }

    /// Until now, in milliseconds.
    pub fn cpu_ms(&self) -> f64 {
        self.threads.values().map(|thread| thread.cpu_ns).sum::<u64>() as f64 / 1e6
    }

    pub fn threads(&self) -> usize {
        self.threads.len()
    }
}

/// The pages of the whole tree, in KiB: shared ones counted in proportion, and those that nobody shares.
pub fn memory(root: u32) -> (u64, u64) {
    let (mut shared, mut own) = (0, 0);
    for pid in tree(root) {
        let rollup = read(&format!("/proc/{pid}/smaps_rollup"));
        shared += named(&rollup, "Pss");
        own += named(&rollup, "Private_Clean") + named(&rollup, "Private_Dirty");
    }
    (shared, own)
}

/// Whether one of its standard streams is this terminal still.
pub fn holds(pid: u32, terminal: &std::path::Path) -> bool {
    (0..3)
        .any(|stream| fs::read_link(format!("/proc/{pid}/fd/{stream}")).is_ok_and(|found| found == terminal))
}

fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if let Some(parent) = number(&stat(pid), 1).and_then(|parent| u32::try_from(parent).ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(pid) = open.pop() {
        found.push(pid);
        open.extend(children.remove(&pid).unwrap_or_default());
    }
    found
}

/// The fields behind the program's name, which may hold anything: the first is the state.
fn stat(pid: u32) -> String {
    read(&format!("/proc/{pid}/stat")).rsplit(')').next().unwrap_or_default().trim().to_owned()
}

fn number(fields: &str, at: usize) -> Option<u64> {
    fields.split(' ').nth(at)?.parse().ok()
}

fn named(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// What cannot be read belongs to a process that has just ended.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
