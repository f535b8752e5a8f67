//! The stand-in service by its wire: every scenario's first reply, both shapes, the result files, and what it
//! tells a test. The client here is a bare one, so that no room of ours takes part.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails its test")]

mod cancels;
mod polls;
mod requests;
mod results;
mod scenarios;

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::{Value, json};
use taxiway::stand_in::{Options, Scenario, Service};

/// A service and a bare client for it.
struct Bench {
    service: Service,
    client: Client,
}

impl Bench {
    async fn new(scenario: Scenario) -> Self {
        let service = Service::start(Options { scenario, ..Options::default() }).await.unwrap();
        // A client wants one though none of its requests is by TLS; whoever comes first installs it for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { service, client }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.service.base_url())
    }

    fn post_json(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(self.url("/runwayml/v1/image_to_video"))
            .bearer_auth("sk-test-1234")
            .header("X-Runway-Version", "2024-11-06")
            .json(body)
    }

    fn post(&self) -> RequestBuilder {
        self.post_json(&good())
    }

    fn post_prompt(&self, prompt: &str) -> RequestBuilder {
        let mut body = good();
        body["promptText"] = json!(prompt);
        self.post_json(&body)
    }

    async fn create(&self, prompt: &str) -> String {
        let reply = json_of(self.post_prompt(prompt).send().await.unwrap()).await;
        reply["id"].as_str().unwrap().to_owned()
    }

    async fn poll(&self, id: &str) -> Response {
        self.try_poll(id).await.unwrap()
    }

    async fn try_poll(&self, id: &str) -> reqwest::Result<Response> {
        let url = self.url(&format!("/runwayml/v1/tasks/{id}"));
        self.client.get(url).bearer_auth("sk-test-1234").send().await
    }

    /// Polls until the task has ended; every state on the way, as (shape, status), and the last reply.
    async fn follow(&self, id: &str) -> (Vec<(&'static str, String)>, Value) {
        let mut way = Vec::new();
        for _ in 0..40 {
            let value = json_of(self.poll(id).await).await;
            if value.to_string().contains("task_not_exist") {
                way.push(("-", "task_not_exist".into()));
                continue;
            }
            let shape = if value["data"].is_object() { "wrapped" } else { "bare" };
            let status = record(&value)["status"].as_str().unwrap().to_owned();
            let ended = ["SUCCEEDED", "FAILED", "CANCELLED"].contains(&status.as_str());
            way.push((shape, status));
            if ended {
                return (way, value);
            }
        }
        panic!("the task did not end: {way:?}");
    }

    /// A URL for the result of a task that has succeeded.
    async fn result_url(&self) -> String {
        let id = self.create("lights").await;
        url_of(&self.follow(&id).await.1)
    }

    async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.client.get(url);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap()
    }
}

fn good() -> Value {
    json!({"promptImage": "https://example.com/cat.jpg", "model": "gen3a_turbo", "promptText": "yawns"})
}

/// Runway's own part of a reply of either shape.
fn record(value: &Value) -> &Value {
    if value["data"].is_object() { &value["data"]["data"] } else { value }
}

fn url_of(end: &Value) -> String {
    record(end)["output"][0].as_str().unwrap().to_owned()
}

fn statuses(way: &[(&'static str, String)]) -> Vec<String> {
    way.iter().map(|(_, status)| status.clone()).collect()
}

async fn json_of(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
