//! A certificate that only a CA of the user's own vouches for.

use taxiway::{
    comet::{AccountClient, Answer, Client, FetchError, Settings, Submission},
    config::CaFile,
    job::Request,
    stand_in::{Options, Scenario, Service},
};

use crate::{
    server::{Act, Server, reply},
    settings,
    tls::Gate,
};

fn with_ca(gate: &Gate) -> Settings {
    let ca = CaFile { path: "/home/u/ca.pem".into(), pem: gate.ca.clone() };
    Settings { ca: Some(ca), ..settings(&gate.url) }
}

fn request() -> Request {
    Request {
        prompt_image: "https://example.com/cat.jpg".into(),
        model: "gen3a_turbo".into(),
        ..Request::default()
    }
}

async fn service_and_gate() -> (Service, Gate) {
    let service = Service::start(Options { scenario: Scenario::Quick, ..Options::default() }).await.unwrap();
    let address = service.base_url().trim_start_matches("http://").parse().unwrap();
    (service, Gate::before(address).await)
}

#[tokio::test]
async fn without_its_ca_nothing_is_sent_and_the_setting_is_named() {
    let (service, gate) = service_and_gate().await;
    let client = Client::new(settings(&gate.url)).unwrap();
    let Submission::NotSent(problem) = client.submit(&request()).await else { panic!("sent") };
    assert_eq!(problem.code, "not_sent");
    let Answer::Passing(passing) = client.task("t").await.answer else { panic!("answered") };
    assert_eq!(passing.code, "network");
    let account = AccountClient::new(&settings(&gate.url), "a-token-0815".to_owned().into()).unwrap();
    let denied = account.balance().await.unwrap_err();
    assert_eq!(denied.code, "network");
    let Err(FetchError::Passing(fetch)) = client.open(&format!("{}/files/x.mp4", gate.url), None).await
    else {
        panic!("opened")
    };
    for told in [problem.message, passing.message, denied.message, fetch] {
        assert!(told.contains("its certificate is not trusted") && told.contains("`ca_file`"), "{told}");
    }
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn with_its_ca_all_calls_and_downloads_go_through() {
    let (service, gate) = service_and_gate().await;
    let client = Client::new(with_ca(&gate)).unwrap();
    let Submission::Accepted { task_id, .. } = client.submit(&request()).await else { panic!("refused") };
    assert!(!matches!(client.task(&task_id).await.answer, Answer::Passing(_)));
    let account = AccountClient::new(&with_ca(&gate), "a-token-0815".to_owned().into()).unwrap();
    assert!(account.balance().await.is_ok());
    assert_eq!(service.seen().len(), 3);

    let server = Server::doing(Act::Send(reply(200, "content-type: video/mp4\r\n", b"video"))).await;
    let gate = Gate::before(server.address).await;
    let client = Client::new(with_ca(&gate)).unwrap();
    let mut video = client.open(&format!("{}/video.mp4", gate.url), None).await.unwrap();
    assert_eq!(video.chunk().await.unwrap().unwrap(), "video".as_bytes());
}

/// What the config lets through and TLS does not.
#[test]
fn a_certificate_that_is_none_is_named_with_its_file() {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIBAA==\n-----END CERTIFICATE-----\n";
    let ca = CaFile { path: "/home/u/ca.pem".into(), pem: pem.into() };
    let problem = Client::new(Settings { ca: Some(ca), ..settings("https://h") }).unwrap_err();
    assert_eq!(problem.code, "client");
    assert!(problem.message.contains("ca_file, /home/u/ca.pem"), "{problem:?}");
}
