//! What a request must hold, and that each is kept as it came.

use serde_json::{Value, json};
use taxiway::stand_in::Scenario;

use crate::{Bench, good, header, json_of};

#[tokio::test]
async fn a_wrong_key_is_told_in_the_gateways_words() {
    let bench = Bench::new(Scenario::Quick).await;
    let asides = ["/v1/models", "/v1/dashboard/billing/subscription", "/v1/dashboard/billing/usage"];
    for path in ["/runwayml/v1/image_to_video", "/runwayml/v1/tasks/x"].into_iter().chain(asides) {
        for key in [None, Some("Bearer "), Some("Bearer sk-wrong-1"), Some("Basic abc")] {
            let url = bench.url(path);
            let request =
                if path.ends_with("video") { bench.client.post(url) } else { bench.client.get(url) };
            let request = request.header("X-Runway-Version", "2024-11-06");
            let request = match key {
                Some(key) => request.header("Authorization", key),
                None => request,
            };
            let reply = request.send().await.unwrap();
            assert_eq!(reply.status(), 401, "{path} {key:?}");
            let id = header(&reply, "x-cometapi-request-id").to_owned();
            let value = json_of(reply).await;
            assert_eq!(value["error"]["type"], "comet_api_error");
            assert!(!id.is_empty() && value["error"]["message"].as_str().unwrap().contains(&id));
        }
    }
    assert_eq!(bench.service.tasks_created(), 0);
}

#[tokio::test]
async fn a_missing_version_and_an_unknown_path_are_told_and_a_key_can_be_checked() {
    let bench = Bench::new(Scenario::Quick).await;
    let creating = bench.url("/runwayml/v1/image_to_video");
    let reply = bench.client.post(&creating).bearer_auth("k").json(&good()).send().await.unwrap();
    assert_eq!(reply.status(), 400);
    assert!(json_of(reply).await["error"].as_str().unwrap().contains("X-Runway-Version"));
    let models = bench.client.get(bench.url("/v1/models")).bearer_auth("k").send().await.unwrap();
    assert!(json_of(models).await["data"].to_string().contains("gen4_turbo"));
    let head = bench.client.head(bench.url("/v1/models")).bearer_auth("k").send().await.unwrap();
    assert_eq!(head.status(), 200);
    let nowhere = bench.get(&bench.url("/nothing/here"), &[]).await;
    assert_eq!(nowhere.status(), 404);
    assert!(!header(&nowhere, "x-cometapi-request-id").is_empty());
    assert_eq!(bench.service.tasks_created(), 0);
}

#[tokio::test]
async fn bad_bodies_are_refused_with_the_field_and_create_nothing() {
    let bench = Bench::new(Scenario::Quick).await;
    let cases = [
        ("promptImage", Value::Null, "Expected string, received null"),
        ("promptImage", json!(["https://example.com/a.jpg"]), "received array"),
        ("promptImage", json!("http://example.com/a.jpg"), "HTTPS URL"),
        ("promptImage", json!("https://127.0.0.1/a.jpg"), "host name"),
        ("promptImage", json!("cat.jpg"), "Invalid url"),
        ("promptImage", json!(format!("https://example.com/{}", "a".repeat(2048))), "at most 2048"),
        ("model", json!(4), "received number"),
        ("promptText", json!(""), "at least 1"),
        ("promptText", json!("x".repeat(513)), "at most 512 character(s), received 513"),
        ("promptText", json!("🛫".repeat(257)), "received 514"),
        ("seed", json!(-1), "from 0 to 999999999"),
        ("seed", json!(1_000_000_000), "from 0 to 999999999"),
        ("seed", json!(1.5), "integer"),
        ("seed", json!("42"), "received string"),
        ("duration", json!(7), "expected one of [5, 10]"),
        ("duration", json!("5"), "received string"),
        ("ratio", json!("16:9"), "Invalid enum value"),
        ("ratio", json!(1), "received number"),
        ("watermark", json!("no"), "Expected boolean"),
        ("prompt_text", json!("x"), "Unrecognized key"),
    ];
    for (field, value, words) in cases {
        let mut body = good();
        body[field] = value;
        let reply = bench.post_json(&body).send().await.unwrap();
        assert_eq!(reply.status(), 400, "{field}");
        let value = json_of(reply).await;
        assert_eq!(value["error"], "Validation of body failed");
        assert_eq!(value["issues"].as_array().unwrap().len(), 1, "{value}");
        assert_eq!(value["issues"][0]["path"], json!([field]));
        assert!(value["issues"][0]["message"].as_str().unwrap().contains(words), "{value}");
    }
    assert_eq!(bench.service.tasks_created(), 0);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_and_once_as_text_in_a_message() {
    let bench = Bench::new(Scenario::Quick).await;
    let bad = json!({"duration": 11});
    let paths = |value: &Value| -> Vec<Value> {
        value["issues"].as_array().unwrap().iter().map(|issue| issue["path"][0].clone()).collect()
    };
    let plain = json_of(bench.post_json(&bad).send().await.unwrap()).await;
    assert_eq!(paths(&plain), ["promptImage", "model", "duration"]);
    bench.service.set_scenario(Scenario::NestedRefusal);
    let nested = json_of(bench.post_json(&bad).send().await.unwrap()).await;
    let inner = serde_json::from_str(nested["message"].as_str().unwrap()).unwrap();
    assert_eq!(paths(&inner), ["promptImage", "model", "duration"]);

    let malformed = bench.post().body("{\"model\":").send().await.unwrap();
    assert_eq!(malformed.status(), 500);
    assert_eq!(json_of(malformed).await["code"], "invalid_request");
    assert_eq!(bench.service.tasks_created(), 0);
}

#[tokio::test]
async fn bodies_at_the_limits_are_taken() {
    let bench = Bench::new(Scenario::Quick).await;
    let image = "https://example.com/cat.jpg";
    let long = "🛫".repeat(256);
    let data_uri = format!("data:image/png;base64,{}", "A".repeat(5_000_000));
    let bodies = [
        json!({"promptImage": image, "model": "gen3a_turbo"}),
        json!({"promptImage": image, "model": "gen3a_turbo", "promptText": long, "seed": 999_999_999,
            "duration": 10, "ratio": "768:1280", "watermark": true}),
        json!({"promptImage": image, "model": "gen4_turbo", "promptText": "x".repeat(1000), "duration": 2}),
        json!({"promptImage": image, "model": "veo3.1", "duration": 8, "ratio": "1080:1920", "seed": 0}),
        json!({"promptImage": image, "model": "a_model_of_tomorrow", "duration": 5}),
        json!({"promptImage": data_uri, "model": "gen4_turbo"}),
    ];
    for (count, body) in bodies.iter().enumerate() {
        let reply = bench.post_json(body).send().await.unwrap();
        assert_eq!(reply.status(), 200, "{}", reply.text().await.unwrap());
        assert_eq!(bench.service.tasks_created(), count + 1);
    }
    let mute = json!({"promptImage": image, "model": "gen4.5"});
    assert_eq!(bench.post_json(&mute).send().await.unwrap().status(), 400, "gen4.5 wants a prompt");
}

#[tokio::test]
async fn a_model_that_cannot_be_had_is_refused_as_documented() {
    let bench = Bench::new(Scenario::Quick).await;
    let cases = [
        ("refused", 503, "model_not_found"),
        ("unknown-x", 503, "No available channel for model unknown-x"),
        ("gen9_forbidden", 403, "Model variant gen9_forbidden is not available"),
    ];
    for (model, status, words) in cases {
        let mut body = good();
        body["model"] = json!(model);
        let reply = bench.post_json(&body).send().await.unwrap();
        assert_eq!(reply.status(), status);
        assert!(json_of(reply).await.to_string().contains(words));
    }
    assert_eq!(bench.service.tasks_created(), 0);
}

#[tokio::test]
async fn every_request_is_kept_as_it_came() {
    let bench = Bench::new(Scenario::Quick).await;
    let body = json!({"model": "x", "nonsense": true});
    bench.post_json(&body).send().await.unwrap();
    bench.get(&bench.url("/nowhere?a=b"), &[("X-Own", "1")]).await;
    bench.service.wait_for(2, |_| true).await;
    let seen = bench.service.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("POST", "/runwayml/v1/image_to_video"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer sk-test-1234"));
    assert_eq!(serde_json::from_slice::<Value>(&seen[0].body).unwrap(), body);
    assert_eq!((seen[1].path.as_str(), seen[1].query.as_deref()), ("/nowhere", Some("a=b")));
    assert_eq!(seen[1].header("x-own"), Some("1"));
    assert!(seen[0].at <= seen[1].at);
}
