//! Bringing results home.

use taxiway::comet::{FetchError, Resume, Video};

use crate::{
    KEY, client, hasty,
    server::{Act, Server, header, reply},
};

const FILE: &[u8] = b"0123456789";
const TAG: &str = "\"v1\"";

/// Serves [`FILE`] as a good server does: ranges, and `If-Range` against `tag`.
async fn good(tag: &'static str) -> Server {
    Server::answering(move |request| {
        let headers = format!("etag: {tag}\r\ncontent-type: video/mp4\r\n");
        let whole = || Act::Send(reply(200, &headers, FILE));
        let Some(range) = header(request, "range") else { return whole() };
        if header(request, "if-range").is_some_and(|known| known != tag) {
            return whole();
        }
        let start: usize = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap();
        if start >= FILE.len() {
            return Act::Send(reply(
                416,
                &format!("{headers}content-range: bytes */{}\r\n", FILE.len()),
                b"",
            ));
        }
        let range = format!("content-range: bytes {start}-{}/{}\r\n", FILE.len() - 1, FILE.len());
        Act::Send(reply(206, &(headers.clone() + &range), &FILE[start..]))
    })
    .await
}

fn from(start: u64) -> Resume {
    Resume { start, validator: TAG.into(), total: None }
}

/// Opens `path` at the server, which is not the API.
async fn open(server: &Server, from: Option<&Resume>) -> Result<Video, FetchError> {
    let url = format!("{}/v.mp4?_jwt=a.secret.c", server.url());
    let opened = client("http://127.0.0.1:1").open(&url, from).await;
    for request in server.requests() {
        assert_eq!(header(&request, "authorization"), None, "the key left: {request}");
        assert_eq!(header(&request, "x-runway-version"), None);
    }
    if let Err(error) = &opened {
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    opened
}

async fn bytes(video: &mut Video) -> Result<Vec<u8>, FetchError> {
    let mut all = Vec::new();
    while let Some(chunk) = video.chunk().await? {
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

#[tokio::test]
async fn a_video_comes_whole() {
    let server = good(TAG).await;
    let mut video = open(&server, None).await.unwrap();
    assert_eq!((video.start, video.total), (0, Some(10)));
    assert_eq!(video.validator.as_deref(), Some(TAG));
    assert_eq!(video.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(bytes(&mut video).await.unwrap(), FILE);
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("GET /v.mp4?_jwt=a.secret.c HTTP/1.1\r\n"), "{sent}");
    assert_eq!(header(&sent, "range"), None);
}

#[tokio::test]
async fn a_video_goes_on_where_it_broke_off() {
    let server = good(TAG).await;
    let mut video = open(&server, Some(&from(4))).await.unwrap();
    assert_eq!((video.start, video.total), (4, Some(10)));
    assert_eq!(bytes(&mut video).await.unwrap(), b"456789");
    let sent = server.requests().remove(0);
    assert_eq!(header(&sent, "range").as_deref(), Some("bytes=4-"));
    assert_eq!(header(&sent, "if-range").as_deref(), Some(TAG));
    assert_eq!(open(&server, Some(&from(10))).await.unwrap_err(), FetchError::Complete);
}

/// What is not provably the rest of the kept part is fetched from the start.
#[tokio::test]
async fn another_file_is_fetched_from_its_start() {
    let changed = good("\"v2\"").await;
    let ignores_range = Server::saying(200, "", "0123456789").await;
    let part = |headers: &'static str, status| {
        Server::answering(move |request| match header(request, "range") {
            Some(_) => Act::Send(reply(status, headers, b"??????")),
            None => Act::Send(reply(200, "", FILE)),
        })
    };
    for server in [
        changed,
        ignores_range,
        part("etag: \"v2\"\r\ncontent-range: bytes 4-9/10\r\n", 206).await,
        part("content-range: bytes 3-9/10\r\n", 206).await,
        part("content-range: bytes\r\n", 206).await,
        part("", 206).await,
        part("content-range: bytes */3\r\n", 416).await,
        part("etag: \"v2\"\r\ncontent-range: bytes */4\r\n", 416).await,
        part("", 416).await,
    ] {
        let mut video = open(&server, Some(&from(4))).await.unwrap();
        assert_eq!((video.start, video.total), (0, Some(10)));
        assert_eq!(bytes(&mut video).await.unwrap(), FILE);
    }
}

#[tokio::test]
async fn refusals_say_what_to_do_next() {
    for status in [401, 403, 404, 410] {
        let error = open(&Server::saying(status, "", "").await, None).await.unwrap_err();
        assert!(matches!(&error, FetchError::Gone(why) if why.contains(&status.to_string())), "{error:?}");
    }
    for status in [206, 204, 304, 400, 408, 416, 429, 500, 503] {
        let error = open(&Server::saying(status, "", "").await, None).await.unwrap_err();
        assert!(matches!(&error, FetchError::Passing(why) if why.contains(&status.to_string())), "{error:?}");
    }
    let client = client("http://127.0.0.1:1");
    for url in ["", "v.mp4", "file:///etc/passwd", "ftp://h/v.mp4", "data:,x", "http://"] {
        let error = client.open(url, None).await.unwrap_err();
        assert!(matches!(error, FetchError::Refused(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_or_stalls_is_passing() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123".to_vec();
    for (act, words) in [(Act::Send(half.clone()), "the connection broke"), (Act::Hang(half), "fell silent")]
    {
        let server = Server::doing(act).await;
        let mut video = hasty("http://127.0.0.1:1").open(&server.url(), None).await.unwrap();
        assert_eq!(video.total, Some(10));
        let error = bytes(&mut video).await.unwrap_err();
        assert!(matches!(&error, FetchError::Passing(why) if why.contains(words)), "{error:?}");
    }
    let slam = Server::doing(Act::Slam).await;
    assert!(matches!(open(&slam, None).await.unwrap_err(), FetchError::Passing(_)));
}

#[tokio::test]
async fn the_key_goes_to_the_apis_own_content_path_only() {
    let api = good(TAG).await;
    let client = client(&api.url());
    for (path, carried) in [
        ("/v1/videos/task_1/content", true),
        ("/v1/videos/task_1/content?variant=hd", true),
        ("/v1/videos/task_1/content/", false),
        ("/v1/videos/a/b/content", false),
        ("/v1/videos/../content", false),
        ("/v.mp4", false),
    ] {
        client.open(&format!("{}{path}", api.url()), None).await.unwrap();
        let sent = api.requests().pop().unwrap();
        assert_eq!(header(&sent, "authorization"), carried.then(|| format!("Bearer {KEY}")), "{path}");
    }
    let other = good(TAG).await;
    client.open(&format!("{}/v1/videos/task_1/content", other.url()), None).await.unwrap();
    assert_eq!(header(&other.requests()[0], "authorization"), None, "another port is another origin");
}

#[tokio::test]
async fn no_redirect_carries_the_key() {
    let other = good(TAG).await;
    for target in [other.url(), "/elsewhere".to_owned(), "/v1/videos/task_2/content".to_owned()] {
        let location = format!("location: {target}\r\n");
        let api = Server::answering(move |request| {
            if request.starts_with("GET /v1/videos/task_1/content ") {
                return Act::Send(reply(302, &location, b""));
            }
            Act::Send(reply(200, "", FILE))
        })
        .await;
        let url = format!("{}/v1/videos/task_1/content", api.url());
        let mut video = client(&api.url()).open(&url, None).await.unwrap();
        assert_eq!(bytes(&mut video).await.unwrap(), FILE);
        let (first, mut later) = (api.requests().remove(0), api.requests().split_off(1));
        assert!(header(&first, "authorization").is_some());
        later.extend(other.requests());
        assert_eq!(other.requests().len(), 1, "only the first target is there");
        for request in later {
            assert_eq!(header(&request, "authorization"), None, "{request}");
            assert_eq!(header(&request, "referer"), None, "{request}");
        }
    }
}

#[tokio::test]
async fn redirects_end() {
    let round = Server::answering(|_| Act::Send(reply(302, "location: /again\r\n", b""))).await;
    let error = open(&round, None).await.unwrap_err();
    assert!(matches!(&error, FetchError::Passing(why) if why.contains("redirects")), "{error:?}");
    assert_eq!(round.requests().len(), 6);
    let away = Server::saying(302, "location: file:///etc/passwd\r\n", "").await;
    assert!(matches!(open(&away, None).await.unwrap_err(), FetchError::Refused(_)));
    let nowhere = Server::saying(302, "", "").await;
    assert!(matches!(open(&nowhere, None).await.unwrap_err(), FetchError::Passing(_)));
}
