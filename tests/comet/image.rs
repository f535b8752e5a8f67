//! What servers say of a picture.

use taxiway::comet::{WebImage, look_at_image};

use super::server::{Act, Server, header};

/// The answer to a HEAD: no body, whatever its headers say.
async fn saying(status: u16, headers: &str) -> Server {
    Server::doing(Act::Send(format!("HTTP/1.1 {status} X\r\n{headers}\r\n").into_bytes())).await
}

async fn look(server: &Server, path: &str) -> WebImage {
    look_at_image(&format!("{}{path}", server.url())).await.unwrap()
}

/// Those that a test on loopback cannot be without.
fn without_those_of_loopback(image: &WebImage) -> Vec<&str> {
    let [scheme, number, rest @ ..] = image.warnings.as_slice() else { panic!("{image:?}") };
    assert!(scheme.contains("no https://") && number.contains("in place of a host"), "{image:?}");
    rest.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn one_head_without_a_key_tells_type_and_size() {
    let server = saying(200, "content-type: IMAGE/PNG; x=1\r\ncontent-length: 16000000\r\n").await;
    let image = look(&server, "/cat?a=b").await;
    assert_eq!((image.media_type.as_deref(), image.bytes), (Some("image/png"), Some(16_000_000)));
    assert_eq!(without_those_of_loopback(&image), [""; 0]);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("HEAD /cat?a=b HTTP/1.1"), "{}", requests[0]);
    for name in ["authorization", "cookie", "x-runway-version", "referer"] {
        assert_eq!(header(&requests[0], name), None, "{name}");
    }
}

#[tokio::test]
async fn what_the_service_may_dislike_is_warned_of() {
    let jpeg = "content-type: image/jpeg\r\n";
    for (headers, words) in [
        (jpeg.into(), vec!["does not say how large"]),
        (format!("{jpeg}content-length: 16000001\r\n"), vec!["16000001 bytes"]),
        ("content-length: 5\r\n".into(), vec!["does not say what it is"]),
        ("content-type: text/html\r\ncontent-length: 5\r\n".into(), vec!["text/html"]),
        (String::new(), vec!["what it is", "how large"]),
    ] {
        let server = saying(200, &headers).await;
        let image = look(&server, "/").await;
        let told = without_those_of_loopback(&image);
        assert_eq!(told.len(), words.len(), "{told:?}");
        assert!(told.iter().zip(words).all(|(told, word)| told.contains(word)), "{told:?}");
    }
    let server = saying(200, &format!("{jpeg}content-length: 5\r\n")).await;
    let image = look(&server, &format!("/{}", "x".repeat(2048))).await;
    let told = without_those_of_loopback(&image);
    assert!(told.len() == 1 && told[0].contains("up to 2048"), "{told:?}");
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let elsewhere = saying(200, "").await;
    let server = saying(302, &format!("location: {}/x?_jwt=a.b\r\n", elsewhere.url())).await;
    let image = look(&server, "/").await;
    assert_eq!(image.redirect, Some(format!("{}/x?_jwt=a.b", elsewhere.url())));
    assert!(without_those_of_loopback(&image)[0].contains("the service follows none"));
    let server = saying(301, "location: /there\r\n").await;
    assert_eq!(look(&server, "/here").await.redirect, Some(format!("{}/there", server.url())));
    let server = saying(307, "").await;
    let image = look(&server, "/").await;
    assert_eq!((image.redirect.as_deref(), without_those_of_loopback(&image).len()), (None, 1));
    assert_eq!((server.connections(), elsewhere.connections()), (1, 0));
}

#[tokio::test]
async fn a_server_without_head_or_picture_is_told_as_such() {
    for status in [405, 501] {
        let server = saying(status, "").await;
        let image = look(&server, "/").await;
        let told = without_those_of_loopback(&image);
        assert!(told[0].contains(&format!("does not answer HEAD (HTTP {status})")), "{told:?}");
        assert_eq!((image.media_type, image.bytes), (None, None));
    }
    for status in [401, 404, 500] {
        let server = saying(status, "").await;
        let problem = look_at_image(&server.url()).await.unwrap_err();
        assert_eq!(problem.code, "no_image");
        assert!(problem.message.contains(&format!("HTTP {status} from 127.0.0.1")), "{problem:?}");
    }
}

#[tokio::test]
async fn no_answer_and_no_address_are_told_without_the_address() {
    let server = Server::doing(Act::Slam).await;
    let problem = look_at_image(&format!("{}/?_jwt=secret", server.url())).await.unwrap_err();
    assert_eq!(problem.code, "network");
    assert!(problem.message.contains("127.0.0.1") && !problem.message.contains("secret"), "{problem:?}");
    for address in ["", "cat.png", "ftp://h/secret", "file:///secret", "data:image/png;base64,secret"] {
        let problem = look_at_image(address).await.unwrap_err();
        assert_eq!(problem.code, "bad_input", "{address}");
        assert!(!problem.message.contains("secret"), "{problem:?}");
    }
}
