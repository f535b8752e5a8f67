//! The result files: whole, in parts, cut, gone; and the clip itself.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use taxiway::stand_in::{Scenario, clip};

use crate::{Bench, header, json_of, record, url_of};

#[tokio::test]
async fn a_result_comes_whole_with_what_a_resume_needs() {
    let bench = Bench::new(Scenario::Quick).await;
    let url = bench.result_url().await;
    for method in ["HEAD", "GET"] {
        let request = bench.client.request(method.parse().unwrap(), &url);
        // HEAD knows no ranges.
        let request = if method == "HEAD" { request.header("range", "bytes=5-") } else { request };
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), 200);
        assert_eq!(header(&reply, "content-length"), clip().len().to_string());
        assert_eq!(header(&reply, "content-type"), "video/mp4");
        assert_eq!(header(&reply, "accept-ranges"), "bytes");
        assert!(header(&reply, "etag").starts_with('"'), "a strong one");
        assert!(header(&reply, "last-modified").ends_with(" GMT"));
        assert!(!header(&reply, "x-cometapi-request-id").is_empty());
        let bytes = reply.bytes().await.unwrap();
        let expected: &[u8] = if method == "HEAD" { b"" } else { clip() };
        assert_eq!(Sha256::digest(&bytes), Sha256::digest(expected));
    }
}

#[tokio::test]
async fn ranges_are_kept_to_the_byte() {
    let bench = Bench::new(Scenario::Quick).await;
    let url = bench.result_url().await;
    let end = clip().len();
    let whole = bench.get(&url, &[]).await;
    let (etag, modified) = (header(&whole, "etag").to_owned(), header(&whole, "last-modified").to_owned());
    let parts = [
        ("bytes=0-0".into(), 0..1),
        ("bytes=10-19".into(), 10..20),
        ("bytes=1000-".into(), 1000..end),
        ("bytes=-500".into(), end - 500..end),
        (format!("bytes=-{}", end * 2), 0..end),
        (format!("bytes=5-{}", end * 2), 5..end),
        (format!("bytes={}-", end - 1), end - 1..end),
    ];
    for (asked, range) in parts {
        for if_range in [None, Some(&etag), Some(&modified)] {
            let mut headers = vec![("range", asked.as_str())];
            headers.extend(if_range.map(|value| ("if-range", value.as_str())));
            let reply = bench.get(&url, &headers).await;
            assert_eq!(reply.status(), 206, "{asked}");
            let place = format!("bytes {}-{}/{end}", range.start, range.end - 1);
            assert_eq!(header(&reply, "content-range"), place);
            assert_eq!(header(&reply, "content-length"), range.len().to_string());
            assert_eq!(reply.bytes().await.unwrap(), clip()[range.clone()]);
        }
    }
}

#[tokio::test]
async fn a_range_outside_is_416_and_one_that_cannot_be_kept_gives_the_whole() {
    let bench = Bench::new(Scenario::Quick).await;
    let url = bench.result_url().await;
    let end = clip().len();
    for asked in [format!("bytes={end}-"), format!("bytes={}-{}", end + 5, end + 9), "bytes=-0".into()] {
        let reply = bench.get(&url, &[("range", &asked)]).await;
        assert_eq!(reply.status(), 416, "{asked}");
        assert_eq!(header(&reply, "content-range"), format!("bytes */{end}"));
    }
    for asked in ["bytes=0-1,5-6", "bytes=9-3", "lines=1-2", "bytes=a-b", "bytes=-", "nonsense"] {
        assert_eq!(bench.get(&url, &[("range", asked)]).await.status(), 200, "{asked}");
    }
    for validator in ["\"another\"", "W/\"another\"", "Thu, 01 Jan 2015 12:00:00 GMT"] {
        let reply = bench.get(&url, &[("range", "bytes=10-"), ("if-range", validator)]).await;
        assert_eq!((reply.status().as_u16(), header(&reply, "content-range")), (200, ""));
        assert_eq!(reply.bytes().await.unwrap().len(), end);
    }
}

#[tokio::test]
async fn a_key_at_a_result_url_is_a_leak_and_is_remembered() {
    let bench = Bench::new(Scenario::Quick).await;
    let url = bench.result_url().await;
    assert_eq!(bench.service.leaked_keys(), 0);
    assert_eq!(bench.get(&url, &[("authorization", "Bearer sk-test")]).await.status(), 400);
    assert_eq!(bench.service.leaked_keys(), 1);
    assert_eq!(bench.get(&url, &[]).await.status(), 200);
    assert_eq!(bench.service.leaked_keys(), 1);
}

#[tokio::test]
async fn a_result_url_carries_its_own_authority_for_a_day() {
    let bench = Bench::new(Scenario::Quick).await;
    let url = bench.result_url().await;
    let (path, token) = url.split_once("?_jwt=").unwrap();
    let parts: Vec<_> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let payload = BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let left = payload["exp"].as_u64().unwrap() - now;
    assert!((86_000..=86_400).contains(&left), "{left}");
    assert_eq!(bench.get(path, &[]).await.status(), 403);
    assert_eq!(bench.get(&format!("{path}?_jwt=a.b.c"), &[]).await.status(), 403);
    assert_eq!(bench.get(&bench.url("/files/nothing-1.mp4?_jwt=a.b.c"), &[]).await.status(), 404);
}

#[tokio::test]
async fn a_short_video_breaks_once_and_the_rest_comes_by_range() {
    let bench = Bench::new(Scenario::ShortVideo).await;
    let url = bench.result_url().await;
    let mut reply = bench.get(&url, &[]).await;
    assert_eq!(header(&reply, "content-length"), clip().len().to_string());
    let mut got = Vec::new();
    let error = loop {
        match reply.chunk().await {
            Ok(Some(chunk)) => got.extend_from_slice(&chunk),
            Ok(None) => panic!("it came whole"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(got.len(), clip().len() / 2);
    let rest = bench.get(&url, &[("range", &format!("bytes={}-", got.len()))]).await;
    assert_eq!(rest.status(), 206);
    got.extend_from_slice(&rest.bytes().await.unwrap());
    assert_eq!(got, clip());
}

#[tokio::test]
async fn a_result_may_be_gone_or_no_video() {
    let bench = Bench::new(Scenario::GoneVideo).await;
    let id = bench.create("lights").await;
    let first = url_of(&bench.follow(&id).await.1);
    let second = url_of(&json_of(bench.poll(&id).await).await);
    assert_ne!(first, second);
    assert_eq!(bench.get(&first, &[]).await.status(), 403);
    assert_eq!(bench.get(&second, &[]).await.status(), 200);
    bench.service.set_scenario(Scenario::ExpiredVideo);
    assert_eq!(bench.get(&second, &[]).await.status(), 403);
    bench.service.set_scenario(Scenario::HtmlVideo);
    let html = bench.get(&second, &[]).await;
    assert_eq!(html.status(), 200);
    assert!(header(&html, "content-type").starts_with("text/html"));
    bench.service.set_scenario(Scenario::NotMp4);
    let noise = bench.get(&second, &[]).await;
    assert_eq!((noise.status().as_u16(), header(&noise, "content-type")), (200, "video/mp4"));
    assert_ne!(&noise.bytes().await.unwrap()[4..8], b"ftyp");
}

#[tokio::test]
async fn a_task_may_give_two_videos() {
    let bench = Bench::new(Scenario::TwoVideos).await;
    let id = bench.create("lights").await;
    let (_, end) = bench.follow(&id).await;
    let urls: Vec<_> = record(&end)["output"].as_array().unwrap().iter().collect();
    assert_eq!(urls.len(), 2);
    assert_ne!(urls[0], urls[1]);
    for url in urls {
        assert_eq!(bench.get(url.as_str().unwrap(), &[]).await.bytes().await.unwrap(), clip());
    }
}

#[test]
fn the_clip_is_a_small_mp4_with_its_index_in_front() {
    let bytes = clip();
    assert!(bytes.len() <= 200 * 1024);
    assert_eq!(&bytes[4..8], b"ftyp");
    let place = |name: &[u8]| bytes.windows(4).position(|four| four == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"));
}

#[test]
fn the_clip_plays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    std::fs::write(&path, clip()).unwrap();
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_entries"])
        .args(["stream=codec_name,profile,pix_fmt,nb_read_frames:format=duration", "-of", "json"])
        .arg(&path)
        .output();
    let Ok(output) = probe else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "ffprobe is needed under CI");
        println!("not run: no ffprobe");
        return;
    };
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stream = &seen["streams"][0];
    assert_eq!((&stream["codec_name"], &stream["pix_fmt"]), (&json!("h264"), &json!("yuv420p")));
    assert_eq!(stream["nb_read_frames"], "120");
    assert_eq!(seen["format"]["duration"], "5.000000");
}
