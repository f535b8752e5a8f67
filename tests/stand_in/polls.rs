//! What a poll answers: both shapes, every ending, and what spoils it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use taxiway::stand_in::{Fate, Scenario, Seed};

use crate::{Bench, header, json_of, record, statuses, url_of};

#[tokio::test]
async fn quick_goes_through_every_phase_with_both_shapes_by_turns() {
    let bench = Bench::new(Scenario::Quick).await;
    let mut ends = BTreeSet::new();
    for _ in 0..2 {
        let id = bench.create("lights").await;
        let (way, end) = bench.follow(&id).await;
        assert_eq!(statuses(&way), ["task_not_exist", "PENDING", "RUNNING", "RUNNING", "SUCCEEDED"]);
        let shapes: Vec<_> = way.iter().skip(1).map(|(shape, _)| *shape).collect();
        assert!(shapes.windows(2).all(|two| two[0] != two[1]), "{shapes:?}");
        ends.insert(shapes[3]);
        assert!(url_of(&end).contains(&id));
    }
    assert_eq!(ends.len(), 2, "both shapes end a task");
}

#[tokio::test]
async fn the_bare_shape_is_the_documented_one() {
    let bench = Bench::new(Scenario::Bare).await;
    let id = bench.create("lights").await;
    bench.poll(&id).await;
    let mut queued = json_of(bench.poll(&id).await).await;
    let created = queued["createdAt"].take();
    let digits_as_nines = |c: char| if c.is_ascii_digit() { '9' } else { c };
    let form: String = created.as_str().unwrap().chars().map(digits_as_nines).collect();
    assert_eq!(form, "9999-99-99T99:99:99.999Z");
    assert_eq!(queued, json!({"id": id, "status": "PENDING", "createdAt": null}));
    let mut running = json_of(bench.poll(&id).await).await;
    assert_eq!(running["createdAt"].take(), created);
    assert_eq!(running, json!({"id": id, "status": "RUNNING", "createdAt": null, "progress": 0.333}));
    bench.poll(&id).await;
    let mut end = json_of(bench.poll(&id).await).await;
    assert!(end["output"].take()[0].as_str().unwrap().contains(".mp4?_jwt="));
    end["createdAt"].take();
    assert_eq!(end, json!({"id": id, "status": "SUCCEEDED", "createdAt": null, "output": null}));
}

#[tokio::test]
async fn the_wrapped_shape_is_the_documented_one() {
    let bench = Bench::new(Scenario::Wrapped).await;
    let id = bench.create("lights").await;
    bench.poll(&id).await;
    let mut queued = json_of(bench.poll(&id).await).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let submitted = queued["data"]["submit_time"].take().as_u64().unwrap();
    assert!((now - 60..=now).contains(&submitted));
    assert!(queued["data"]["data"]["createdAt"].take().as_str().unwrap().ends_with("+08:00"));
    queued["data"].as_object_mut().unwrap().remove("properties");
    let expected = json!({"code": "success", "message": "", "data": {
        "task_id": id, "action": "IMAGE_TO_VIDEO", "status": "QUEUED", "fail_reason": "", "submit_time": null,
        "start_time": 0, "finish_time": 0, "progress": "0%",
        "data": {"id": id, "status": "PENDING", "createdAt": null}}});
    assert_eq!(queued, expected);
    let running = json_of(bench.poll(&id).await).await;
    assert_eq!(running["data"]["status"], "IN_PROGRESS");
    assert_eq!(running["data"]["progress"], "30%");
    assert_ne!(running["data"]["start_time"], 0);
    bench.poll(&id).await;
    let end = json_of(bench.poll(&id).await).await;
    assert_eq!((&end["data"]["status"], &end["data"]["progress"]), (&json!("SUCCESS"), &json!("100%")));
    assert_ne!(end["data"]["finish_time"], 0);
    assert!(url_of(&end).starts_with(&bench.service.base_url()));
}

#[tokio::test]
async fn a_hidden_task_is_told_in_many_ways_and_goes_on_when_it_is_shown() {
    let bench = Bench::new(Scenario::Hidden).await;
    let id = bench.create("lights").await;
    let mut ways = BTreeSet::new();
    for _ in 0..8 {
        let reply = bench.poll(&id).await;
        let status = reply.status().as_u16();
        assert!([200, 400].contains(&status));
        let value = json_of(reply).await;
        assert!(value.to_string().contains("task_not_exist"), "{value}");
        ways.insert((status, value["code"].is_string(), value["error"].is_object()));
    }
    assert_eq!(ways.len(), 4, "{ways:?}");
    assert!(json_of(bench.poll("no-such-task").await).await.to_string().contains("task_not_exist"));
    bench.service.set_scenario(Scenario::Quick);
    assert_eq!(bench.follow(&id).await.0.len(), 5);
}

#[tokio::test]
async fn tasks_end_as_the_scenario_says_in_both_shapes() {
    let cases = [
        (Scenario::FailInternal, "FAILURE", "FAILED", json!("INTERNAL")),
        (Scenario::Moderated, "FAILURE", "FAILED", json!("SAFETY.INPUT.TEXT")),
        (Scenario::Cancelled, "CANCELLED", "CANCELLED", Value::Null),
        (Scenario::NoUrl, "SUCCESS", "SUCCEEDED", Value::Null),
    ];
    for (scenario, outer, inner, code) in cases {
        let bench = Bench::new(scenario).await;
        for _ in 0..2 {
            let id = bench.create("lights").await;
            let (_, end) = bench.follow(&id).await;
            if end["data"].is_object() {
                assert_eq!(end["data"]["status"], outer);
                assert_eq!(end["data"]["fail_reason"], code.as_str().unwrap_or_default());
            }
            let record = record(&end);
            assert_eq!((&record["status"], &record["failureCode"]), (&json!(inner), &code));
            assert!(record.get("output").is_none());
        }
    }
}

#[tokio::test]
async fn an_odd_word_stands_where_running_stood() {
    let bench = Bench::new(Scenario::OddWord).await;
    let id = bench.create("lights").await;
    let (way, _) = bench.follow(&id).await;
    assert_eq!(statuses(&way), ["task_not_exist", "PENDING", "WARMING_UP", "WARMING_UP", "SUCCEEDED"]);
}

#[tokio::test]
async fn spoiled_polls_come_first_and_then_the_task_goes_on() {
    let cases: [(Scenario, &[u16]); 4] = [
        (Scenario::Poll5xx, &[500, 502, 503]),
        (Scenario::Poll429, &[429, 429]),
        (Scenario::Garbage, &[200, 200, 200, 200, 200]),
        (Scenario::HugeReply, &[200, 200]),
    ];
    for (scenario, spoiled) in cases {
        let bench = Bench::new(scenario).await;
        let id = bench.create("lights").await;
        for &status in spoiled {
            let reply = bench.poll(&id).await;
            assert_eq!(reply.status(), status);
            if status == 429 {
                assert_eq!(header(&reply, "retry-after"), "1");
            }
            let bytes = reply.bytes().await.unwrap();
            let read = serde_json::from_slice::<Value>(&bytes);
            match scenario {
                Scenario::Garbage => assert!(read.is_err() || read.unwrap().is_array()),
                Scenario::HugeReply => {
                    assert!(bytes.len() > 2 * 1024 * 1024);
                    assert_eq!(read.unwrap()["status"], "PENDING");
                }
                _ => {}
            }
        }
        assert_eq!(bench.follow(&id).await.0.last().unwrap().1, "SUCCEEDED");
    }
}

#[tokio::test]
async fn polls_are_dropped_or_left_without_an_answer() {
    let bench = Bench::new(Scenario::PollDrop).await;
    let id = bench.create("lights").await;
    for _ in 0..2 {
        assert!(bench.try_poll(&id).await.unwrap_err().is_request());
    }
    assert_eq!(bench.follow(&id).await.0.len(), 5);

    bench.service.set_scenario(Scenario::PollSilent);
    let id = bench.create("lights").await;
    let polls = bench.service.seen().iter().filter(|seen| seen.method == "GET").count();
    let url = bench.url(&format!("/runwayml/v1/tasks/{id}"));
    let silent = tokio::spawn(bench.client.get(url).bearer_auth("k").send());
    bench.service.wait_for(polls + 1, |seen| seen.method == "GET").await;
    assert_eq!(bench.follow(&id).await.0.len(), 5);
    assert!(!silent.is_finished());
    silent.abort();
}

#[tokio::test]
async fn polls_may_be_refused_where_requests_are_not() {
    let bench = Bench::new(Scenario::PollUnauthorized).await;
    let id = bench.create("lights").await;
    assert_eq!(bench.poll(&id).await.status(), 401);
    bench.service.set_scenario(Scenario::Quick);
    assert_eq!(bench.follow(&id).await.0.len(), 5);
}

#[tokio::test]
async fn the_default_scenario_hides_a_new_task_and_shows_those_under_way() {
    let bench = Bench::new(Scenario::Default).await;
    let id = bench.create("lights").await;
    assert!(json_of(bench.poll(&id).await).await.to_string().contains("task_not_exist"));

    let hour = Duration::from_secs(3_600);
    let seed = |age, fate| Seed {
        prompt: "a seed".into(),
        model: "gen4_turbo".into(),
        age,
        queue: hour,
        run: hour,
        fate,
    };
    let fail = Fate::Fail { code: "ASSET.INVALID".into(), text: "The image cannot be read.".into() };
    let under_way = [
        (seed(Duration::ZERO, Fate::Succeed), "PENDING"),
        (seed(hour + hour / 2, Fate::Succeed), "RUNNING"),
        (seed(3 * hour, Fate::Succeed), "SUCCEEDED"),
        (seed(3 * hour, Fate::Cancel), "CANCELLED"),
        (seed(3 * hour, fail), "FAILED"),
    ];
    for (seed, status) in under_way {
        let id = bench.service.add_task(seed);
        let mut shapes = BTreeSet::new();
        for _ in 0..2 {
            let value = json_of(bench.poll(&id).await).await;
            assert_eq!(record(&value)["status"], status, "{value}");
            shapes.insert(value["data"].is_object());
            if status == "RUNNING" {
                assert!((record(&value)["progress"].as_f64().unwrap() - 0.5).abs() < 0.01);
            }
        }
        assert_eq!(shapes.len(), 2);
    }
    assert_eq!(bench.service.tasks_created(), 1, "seeds are not billed");
}

#[tokio::test]
async fn a_canned_reply_is_given_byte_for_byte_to_whoever_has_a_key() {
    let bench = Bench::new(Scenario::Quick).await;
    let mine = bench.create("lights").await;
    let body = "{ \"status\" : \"FAILED\",  \"failureCode\":\"\\u0049NTERNAL\" }";
    bench.service.set_reply("elsewhere", 200, body);
    bench.service.set_reply(&mine, 502, "<html>away</html>");
    for _ in 0..2 {
        let told = bench.poll("elsewhere").await;
        assert_eq!((told.status().as_u16(), header(&told, "content-type")), (200, "application/json"));
        assert_eq!(told.text().await.unwrap(), body);
    }
    let told = bench.poll(&mine).await;
    assert_eq!((told.status().as_u16(), header(&told, "content-type")), (502, "text/html"));
    bench.service.set_reply(&mine, 7, "");
    assert_eq!(bench.poll(&mine).await.status().as_u16(), 502);
    bench.service.set_scenario(Scenario::Unauthorized);
    assert_eq!(bench.poll("elsewhere").await.status().as_u16(), 401);
}
