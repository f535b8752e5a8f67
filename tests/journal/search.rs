//! What a filter finds, window by window, against what looking at every job tells.

use taxiway::{
    job::{Change, Filter, JobId, NewJob, Order, OrderBy, Request},
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
    assert_eq!(reader.successes(3).unwrap(), []);
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
