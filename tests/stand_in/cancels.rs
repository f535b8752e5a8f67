//! What becomes of a wish to stop a task.

use reqwest::StatusCode;
use taxiway::stand_in::Scenario;

use crate::{Bench, json_of, statuses};

async fn delete(bench: &Bench, id: &str, key: &str) -> StatusCode {
    let url = bench.url(&format!("/runwayml/v1/tasks/{id}"));
    bench.client.delete(url).bearer_auth(key).send().await.unwrap().status()
}

#[tokio::test]
async fn a_task_under_way_is_stopped_and_says_so_from_then_on() {
    for polls in 0..4 {
        let bench = Bench::new(Scenario::Quick).await;
        let id = bench.create("lights").await;
        for _ in 0..polls {
            bench.poll(&id).await;
        }
        assert_eq!(delete(&bench, &id, "sk-wrong").await, StatusCode::UNAUTHORIZED);
        assert_eq!(delete(&bench, &id, "sk-test-1234").await, StatusCode::NO_CONTENT);
        assert_eq!(statuses(&bench.follow(&id).await.0), ["CANCELLED"], "after {polls} polls");
    }
}

/// As at Runway: who asks too late loses the video.
#[tokio::test]
async fn a_task_that_has_ended_is_deleted() {
    let bench = Bench::new(Scenario::Quick).await;
    let id = bench.create("lights").await;
    bench.follow(&id).await;
    assert_eq!(delete(&bench, &id, "sk-test-1234").await, StatusCode::NO_CONTENT);
    assert!(json_of(bench.poll(&id).await).await.to_string().contains("task_not_exist"));
    assert_eq!(
        delete(&bench, &id, "sk-test-1234").await,
        StatusCode::BAD_REQUEST,
        "it is not known any more"
    );
}

#[tokio::test]
async fn where_there_is_no_such_call_the_task_goes_on() {
    for (scenario, status) in [
        (Scenario::NoCancel, StatusCode::NOT_FOUND),
        (Scenario::CancelNotAllowed, StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let bench = Bench::new(scenario).await;
        let id = bench.create("lights").await;
        assert_eq!(delete(&bench, &id, "sk-test-1234").await, status);
        assert_eq!(bench.follow(&id).await.0.last().unwrap().1, "SUCCEEDED");
    }
}
