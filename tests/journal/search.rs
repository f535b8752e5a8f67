//! What a filter finds, window by window, against what looking at every job tells.

use proptest::{prelude::*, sample::select};
use rusqlite::Connection;
use taxiway::{
    job::{
        Account, Change, Failure, Filter, Job, JobId, Money, NewJob, Order, OrderBy, Phase, Problem, Report,
        Request, SavedFile,
    },
    journal::{Entry, Journal, Reader, Search},
};

use crate::help::*;

fn all(reader: &Reader, filter: &str, order: Order) -> Vec<i64> {
    let mut search = Search::new(Filter::parse(filter).unwrap(), order, at(100));
    let mut found = Vec::new();
    while !search.is_done() {
        found.extend(reader.search(&mut search).unwrap().iter().map(|id| id.0));
    }
    found
}

async fn three_hundred(journal: &Journal) {
    let of = |number: u32| {
        let prompt_text = Some(format!("cat {}", number % 7));
        let request = Request { prompt_text, ..new_job().request };
        let group = number.is_multiple_of(2).then(|| "even".to_owned());
        NewJob { request, group, parent: (number > 290).then_some(JobId(3)), ..new_job() }
    };
    journal.create((1..=300).map(of).collect(), at(0)).await.unwrap();
    let change = |id, change| Entry::new(JobId(id), change, at(1));
    let changes =
        vec![change(8, Change::Dropped), change(8, Change::Archived(true)), change(9, Change::Dropped)];
    journal.apply_whole(changes).await.unwrap();
}

#[tokio::test]
async fn a_search_finds_what_the_filter_wants_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    three_hundred(&journal).await;
    let reader = journal.browser().unwrap();
    let newest: Vec<_> = (1..=300).rev().filter(|id| *id != 8).collect();
    assert_eq!(all(&reader, "", Order::default()), newest);
    assert_eq!(all(&reader, "state:cancelled", Order::default()), [9]);
    assert_eq!(all(&reader, "archived:yes cat", Order::default()), [8]);
    let rising = Order { by: OrderBy::Prompt, falling: false };
    assert_eq!(all(&reader, "id:1..9 archived:any", rising), [7, 8, 1, 9, 2, 3, 4, 5, 6]);
    let mut search = Search::new(Filter::default(), Order::default(), at(100));
    assert!(reader.search(&mut search).unwrap().len() >= 100);

    assert_eq!(reader.total().unwrap(), (299, JobId(300)));
    let told: Vec<_> = reader.jobs(&[JobId(5), JobId(999), JobId(2)]).unwrap();
    assert_eq!(told.iter().map(|job| job.id.0).collect::<Vec<_>>(), [5, 2]);
    let kin = reader.kin(JobId(300)).unwrap();
    assert_eq!((kin.parent.map(|job| job.id), kin.clones, kin.sweep.len()), (Some(JobId(3)), vec![], 149));
    assert_eq!(reader.kin(JobId(3)).unwrap().clones, (291..=300).map(JobId).collect::<Vec<_>>());
    assert_eq!(reader.of_group("even").unwrap()[..2], [JobId(300), JobId(298)]);
    assert_eq!(format!("{:?}", reader.usual(3).unwrap()), format!("{:?}", taxiway::job::History::default()));
}

#[tokio::test]
async fn who_only_looks_searches_too() {
    let dir = tempfile::tempdir().unwrap();
    let look = Journal::open_read_only(dir.path()).unwrap();
    let reader = look.browser().unwrap();
    assert_eq!(all(&reader, "cat", Order::default()), [] as [i64; 0]);
    three_hundred(&Journal::open(dir.path()).unwrap()).await;
    assert_eq!(all(&reader, "prompt:\"cat 1\" id:..20", Order::default()), [15, 1]);
}

/// Texts of which one is often found in another, with letters whose lower case is longer or ASCII.
const TEXTS: [&str; 14] = [
    "a cat yawns",
    "CATERPILLAR",
    "un \u{e9}t\u{e9} \u{c0} Paris",
    "\u{130}stanbul stra\u{df}e STRA\u{1e9e}E",
    "\u{212a}elvin kelvin",
    "say \"cat\" and 'dog' 100%",
    "\u{9ed2}\u{732b}\u{304c}\u{5bdd}\u{308b}",
    "ab",
    "",
    "saved by the bell, failed by the cat",
    "emoji \u{1f469}\u{200d}\u{1f469} \u{1f431}",
    "a\0cat\0b",
    "1",
    "cat\ncat",
];
const WORDS: [&str; 26] = [
    "cat",
    "CAT",
    "!cat",
    "~ct",
    "~\"cat yw\"",
    "\u{c9}T\u{c9}",
    "i\u{307}st",
    "stra\u{df}e",
    "kelvin",
    "\"\\\"cat\"",
    "\u{732b}\u{304c}\u{5bdd}",
    "\u{732b}",
    "ab",
    "1",
    "#3",
    "saved",
    "fail",
    "ave",
    "t-",
    "task",
    "100%",
    "!~yw",
    "turbo",
    "\"by the\"",
    "\u{1f431}",
    "x",
];
const KEYED: [&str; 53] = [
    "state:failed",
    "!state:held",
    "state:live",
    "state:ended",
    "state:moderated,saved",
    "state:not-saved",
    "state:live,failed",
    "state:succ",
    "model:gen4",
    "model:GEN",
    "prompt:\"a cat\"",
    "prompt:cat",
    "!prompt:cat",
    "prompt:\u{e9}t",
    "prompt:i\u{307}",
    "id:3",
    "id:2..4",
    "id:1,5..",
    "id:task-2",
    "id:3,task",
    "tag:cli",
    "tag:CLIENT",
    "tag:l",
    "ratio:720",
    "duration:5",
    "duration:>5",
    "!duration:5",
    "seed:42",
    "seed:>41",
    "seed:18446744073709551615",
    "seed:<9223372036854775808",
    "cost:>0.1",
    "cost:<0.3",
    "age:<20s",
    "age:>30s",
    "age:15s",
    "!age:<20s",
    "saved:yes",
    "saved:no",
    "archived:any",
    "archived:yes",
    "archived:no",
    "!archived:no",
    "group:sw",
    "group:SWEEP-1",
    "parent:1",
    "parent:2..3",
    "!parent:1",
    "profile:wor",
    "error:no",
    "error:SAFETY",
    "!error:no",
    "error:room",
];
const ORDERS: [OrderBy; 14] = [
    OrderBy::Id,
    OrderBy::State,
    OrderBy::Progress,
    OrderBy::Age,
    OrderBy::News,
    OrderBy::Model,
    OrderBy::Seconds,
    OrderBy::Prompt,
    OrderBy::File,
    OrderBy::Ratio,
    OrderBy::Seed,
    OrderBy::Cost,
    OrderBy::Tags,
    OrderBy::Task,
];

fn any_new() -> impl Strategy<Value = NewJob> {
    let prompt = prop_oneof![select(&TEXTS[..]).prop_map(|text| Some(text.to_owned())), Just(None)];
    let seed = select(vec![None, Some(0), Some(42), Some(i64::MAX as u64 + 1), Some(u64::MAX)]);
    let kin = (0i64..4, 0u8..4);
    (prompt, seed, select(vec![None, Some(5), Some(10)]), kin, any::<bool>()).prop_map(
        |(prompt_text, seed, duration, (parent, group), other)| NewJob {
            request: Request {
                prompt_text,
                seed,
                duration,
                model: if other { "gen4_turbo" } else { "Gen3a" }.into(),
                ratio: other.then(|| "1280:720".into()),
                ..new_job().request
            },
            account: Account { profile: if other { "Work" } else { "" }.into(), ..new_job().account },
            parent: (parent > 0).then_some(JobId(parent)),
            group: (group > 0).then(|| format!("Sweep-{group}")),
            estimate: duration.map(|seconds| Money::from_micros(u64::from(seconds) * 50_000)),
            ..new_job()
        },
    )
}

/// Something that may happen to a job; most of it cannot happen to most.
fn any_change() -> impl Strategy<Value = Change> {
    let failed = |code: &str| {
        let failure = Some(Failure { code: code.into(), message: "No\0luck".into() });
        Change::Reported(Report { failure, ..report(Phase::Failed, None) })
    };
    let file = |path: &str| SavedFile { path: path.into(), bytes: 1, sha256: String::new() };
    let tagged = |add: &[&str], remove: &[&str]| Change::Tagged {
        add: add.iter().copied().map(String::from).collect(),
        remove: remove.iter().copied().map(String::from).collect(),
    };
    select(vec![
        Change::Intent,
        Change::Intent,
        accepted("Task-"),
        accepted("Task-"),
        running(0.5),
        running(0.75),
        succeeded(),
        succeeded(),
        failed("SAFETY.INPUT"),
        failed("INTERNAL"),
        lost(),
        Change::Adopted { task_id: "Adopted-".into(), evidence: String::new() },
        Change::Fetching,
        Change::Saved(vec![file("/v/a.b/1.mp4")]),
        Change::Saved(vec![file("/v/a/2.mp4"), file("/w")]),
        Change::GivenUp("no room on the disk".into()),
        Change::NotSent(Problem::new("x", "no connection")),
        Change::Charged(Money::from_micros(320_000)),
        Change::Dropped,
        Change::Archived(true),
        Change::Archived(false),
        tagged(&["client", "Late!"], &[]),
        tagged(&["l\u{e9}a"], &["client"]),
    ])
}

/// What looking at every job tells.
fn expected(jobs: &[Job], filter: &Filter, order: Order) -> Vec<i64> {
    let mut wanted: Vec<_> = jobs.iter().filter(|job| filter.matches(job, at(100))).collect();
    wanted.sort_by(|one, two| order.compare(one, two));
    wanted.iter().map(|job| job.id.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_search_tells_what_looking_at_every_job_tells(
        new in prop::collection::vec(any_new(), 1..12),
        changes in prop::collection::vec((1i64..12, any_change()), 0..80),
        adopts in any::<bool>(),
        filters in prop::collection::vec(
            prop::collection::vec(prop_oneof![select(&WORDS[..]), select(&KEYED[..])], 0..4), 24),
        by in select(&ORDERS[..]),
        falling in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let jobs = runtime.block_on(async {
            for (second, new) in (60..).step_by(5).zip(new) {
                journal.create(vec![new], at(second)).await.unwrap();
            }
            if adopts {
                journal.adopt(new_job().account, "task-of-old".into(), at(90)).await.unwrap();
            }
            for (second, (id, change)) in (61..).zip(changes) {
                let own = |task_id: &str| format!("{task_id}{id}-{second}");
                let change = match change {
                    Change::Accepted { task_id, request_id } => Change::Accepted { task_id: own(&task_id), request_id },
                    Change::Adopted { task_id, evidence } => Change::Adopted { task_id: own(&task_id), evidence },
                    change => change,
                };
                // What cannot be is left out.
                journal.apply_all(vec![Entry::new(JobId(id), change, at(second))]).await.unwrap();
            }
            journal.page(None, 1000).await.unwrap()
        });
        let reader = journal.browser().unwrap();
        for words in filters {
            let text = words.join(" ");
            let filter = Filter::parse(&text).unwrap();
            for order in [Order::default(), Order { by, falling }] {
                prop_assert_eq!(all(&reader, &text, order), expected(&jobs, &filter, order), "{} {:?}", text, order);
            }
        }
    }
}

#[tokio::test]
async fn jobs_of_an_older_journal_are_found_and_odd_rows_do_not_stop_that() {
    let dir = tempfile::tempdir().unwrap();
    three_hundred(&Journal::open(dir.path()).unwrap()).await;
    let conn = Connection::open(dir.path().join("journal.db")).unwrap();
    conn.execute_batch(
        "DROP TABLE cards; DROP TABLE card_words; PRAGMA user_version = 5;
         UPDATE jobs SET record = 'no json' WHERE id = 15;
         UPDATE jobs SET state = 'transcended' WHERE id = 22;
         UPDATE jobs SET record = '{}' WHERE id = 29;",
    )
    .unwrap();
    drop(conn);
    assert_eq!(Journal::open_read_only(dir.path()).map(drop).unwrap_err().code(), "journal_older");
    let journal = Journal::open(dir.path()).unwrap();
    let reader = journal.browser().unwrap();
    assert_eq!(all(&reader, "\"cat 1\" id:..40", Order::default()), [36, 1]);
    assert_eq!(all(&reader, "\"cat 1\" archived:yes", Order::default()), [8]);
    assert_eq!(all(&reader, "", Order::default()).len(), 296);
    let ids: Vec<_> = (14..=16).map(JobId).collect();
    assert_eq!(reader.jobs(&ids).unwrap().len(), 2, "a row that cannot be read is left out");
}

/// The index is asked only where a screen is not filled by the newest: here it is.
#[tokio::test]
async fn what_is_rare_among_many_is_found_by_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let of = |number: u32| {
        let prompt_text =
            Some(if number == 7 { "Un ZEBRAFINK d\u{e9}j\u{e0}".into() } else { format!("cat {number}") });
        NewJob { request: Request { prompt_text, ..new_job().request }, ..new_job() }
    };
    journal.create((1..=5000).map(of).collect(), at(0)).await.unwrap();
    journal.apply(Entry::new(JobId(9), Change::Dropped, at(1))).await.unwrap();
    let tag = Change::Tagged { add: vec!["client".into()], remove: vec![] };
    journal.apply(Entry::new(JobId(9), tag, at(1))).await.unwrap();
    let reader = journal.browser().unwrap();
    for (filter, expected) in [
        ("zebraf", vec![7]),
        ("D\u{c9}J\u{c0}", vec![7]),
        ("~zbrf", vec![7]),
        ("prompt:finK cat", vec![]),
        ("4999", vec![4999]),
        ("777", vec![4777, 3777, 2777, 1777, 777]),
        ("cancelled", vec![9]),
        ("state:cancelled", vec![9]),
        ("tag:cl", vec![9]),
        ("tag:client", vec![9]),
        ("client cancelled !zebra", vec![9]),
        ("parent:1", vec![]),
        ("id:8..10", vec![10, 9, 8]),
    ] {
        assert_eq!(all(&reader, filter, Order::default()), expected, "{filter}");
    }
    let whole = all(&reader, "cat", Order::default());
    assert_eq!((whole.len(), whole[0], whole[4998]), (4999, 5000, 1));
    let by_prompt = all(&reader, "", Order { by: OrderBy::Prompt, falling: true });
    assert_eq!(by_prompt[..3], [7, 999, 998]);
}
