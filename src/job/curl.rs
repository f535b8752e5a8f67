use serde_json::{Map, Value};

use super::{
    Draft, Request,
    shell::{quoted, words},
};

/// The end of the address that a request for a video goes to.
const PATH: &str = "image_to_video";

/// The options of curl that hold a body in the word behind them.
const BODY: [&str; 6] = ["-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--json"];

/// The draft that a pasted curl command to `…/image_to_video` says, or its JSON body alone, and a note for
/// everything that was left out. Headers are not looked at: no key is taken from them.
///
/// # Errors
/// Why there is no request in it, in words that never hold more of it than the name of a field.
pub fn from_curl(text: &str) -> Result<(Draft, Vec<String>), String> {
    let text = text.trim();
    let body = if text.starts_with('{') { text.to_string() } else { body_of_command(text)? };
    let body: Map<String, Value> = serde_json::from_str(&body).map_err(|fault| {
        format!("what is sent is no JSON object: line {}, column {}", fault.line(), fault.column())
    })?;
    let (mut draft, mut notes) = (Draft::default(), Vec::new());
    for (name, value) in body {
        match name.as_str() {
            "promptImage" => draft.image = image(value, &mut notes)?,
            "promptText" => draft.prompt = plain(&name, value)?,
            "model" => draft.model = plain(&name, value)?,
            "ratio" => draft.ratio = plain(&name, value)?,
            "duration" => draft.duration = plain(&name, value)?,
            "seed" => draft.seed = plain(&name, value)?,
            "watermark" => draft.watermark = flag(&name, &value)?,
            _ => notes.push(format!("{name:.40} is not a field here: it was left out")),
        }
    }
    Ok((draft, notes))
}

/// A command for a POSIX shell that sends `request` as we would: to the base URL `service`, with the
/// `X-Runway-Version` header, and with the key from `$COMETAPI_KEY`, which is not in it. A local file stands
/// in it as its reference, which no service can read.
pub fn to_curl(request: &Request, service: &str, version: &str) -> String {
    // A request holds texts, numbers and a flag: that is always JSON.
    let body = serde_json::to_string(request).unwrap_or_default();
    let address = format!("{}/runwayml/v1/{PATH}", service.trim_end_matches('/'));
    [
        format!("curl {}", quoted(&address)),
        r#"-H "Authorization: Bearer $COMETAPI_KEY""#.into(),
        format!("-H {}", quoted(&format!("X-Runway-Version: {version}"))),
        "-H 'Content-Type: application/json'".into(),
        format!("-d {}", quoted(&body)),
    ]
    .join(" \\\n  ")
}

fn body_of_command(text: &str) -> Result<String, String> {
    let words = words(text)?;
    let is_curl = |word: &String| matches!(word.rsplit('/').next(), Some("curl" | "curl.exe"));
    let Some(start) = words.iter().position(is_curl) else {
        return Err("is neither a curl command nor a JSON object".into());
    };
    let mut bodies = Vec::new();
    let mut goes_there = false;
    let mut rest = words.iter().skip(start + 1);
    while let Some(word) = rest.next() {
        if let Some((option, data)) = body_option(word) {
            let data = data.or_else(|| rest.next().map(String::as_str)).unwrap_or_default();
            if data.starts_with('@') && option != "--data-raw" {
                return Err("the command reads what it sends from a file: paste that instead".into());
            }
            bodies.push(data);
        } else {
            goes_there |= is_address(word);
        }
    }
    match bodies.as_slice() {
        _ if !goes_there => Err(format!("the command does not go to an address that ends with /{PATH}")),
        [] => Err("the command sends nothing: it has neither -d nor --data nor --json".into()),
        [body] => Ok((*body).to_string()),
        _ => Err("the command has several -d: only one JSON object can be read".into()),
    }
}

/// The option that holds a body, and the body where it is in the same word.
fn body_option(word: &str) -> Option<(&str, Option<&str>)> {
    if BODY.contains(&word) {
        return Some((word, None));
    }
    let joined = if word.starts_with("--") { word.split_once('=') } else { word.split_at_checked(2) };
    joined.filter(|(option, _)| BODY.contains(option)).map(|(option, data)| (option, Some(data)))
}

fn is_address(word: &str) -> bool {
    let path = word.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit_once('/').is_some_and(|(_, last)| last == PATH)
}

/// A text, or a number as text.
fn plain(name: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(format!("{name} is neither a text nor a number"))
        }
    }
}

fn flag(name: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Null => Ok(false),
        Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
        _ => Err(format!("{name} is neither true nor false")),
    }
}

/// An address, or Runway's list of pictures where it holds a single one.
fn image(value: Value, notes: &mut Vec<String>) -> Result<String, String> {
    let Value::Array(list) = value else { return plain("promptImage", value) };
    let Ok([picture]) = <[Value; 1]>::try_from(list) else {
        return Err("promptImage must hold exactly one picture".into());
    };
    let Value::Object(mut picture) = picture else { return plain("promptImage", picture) };
    let uri = picture.remove("uri").ok_or("promptImage holds no uri")?;
    if picture.remove("position").is_some_and(|position| position != "first") {
        notes.push("position of promptImage was left out: the picture is the first one".into());
    }
    plain("promptImage", uri)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVICE: &str = "https://api.cometapi.com";

    fn read(text: &str) -> (Draft, Vec<String>) {
        from_curl(text).unwrap()
    }

    #[test]
    fn the_documented_command_fills_a_draft() {
        let (draft, notes) = read(
            r#"curl --location --request POST 'https://api.cometapi.com/runwayml/v1/image_to_video' \
--header 'Authorization: Bearer sk-secret' \
--header 'X-Runway-Version: 2024-11-06' \
--header 'Content-Type: application/json' \
--data-raw '{
    "promptImage": "https://example.com/cat.jpg", "model": "gen4_turbo", "promptText": "it'\''s a cat",
    "watermark": true, "duration": 5, "ratio": "1280:720", "seed": 42, "style": "film"
}'"#,
        );
        let expected = Draft {
            image: "https://example.com/cat.jpg".into(),
            prompt: "it's a cat".into(),
            model: "gen4_turbo".into(),
            ratio: "1280:720".into(),
            duration: "5".into(),
            seed: "42".into(),
            watermark: true,
        };
        assert_eq!((draft, notes), (expected, vec!["style is not a field here: it was left out".into()]));
    }

    #[test]
    fn other_ways_to_write_it_are_read() {
        for text in [
            r#"{"model":"m"}"#,
            r#" $ curl -sS -XPOST https://h/v1/image_to_video/?a=b -d"{\"model\": \"m\"}" | jq -d: ."#,
            r#"KEY=x /usr/bin/curl "$BASE/image_to_video" --json='{"model":"m"}'"#,
            r#"curl -d $'{"model":\n"m"}' --url https://h/image_to_video"#,
        ] {
            assert_eq!(read(text).0, Draft { model: "m".into(), ..Draft::default() }, "{text}");
        }
        for image in [r#""u""#, r#"["u"]"#, r#"[{"uri":"u","position":"first"}]"#] {
            let (draft, notes) = read(&format!(r#"{{"promptImage":{image},"seed":null,"duration":"5"}}"#));
            assert_eq!((draft.image.as_str(), draft.duration.as_str(), notes.len()), ("u", "5", 0));
        }
        assert_eq!(read(r#"{"promptImage":[{"uri":"u","position":"last"}]}"#).1.len(), 1);
    }

    #[test]
    fn what_is_no_request_is_said_without_its_secrets() {
        for (text, word) in [
            ("", "neither a curl command"),
            ("wget sk-secret", "neither a curl command"),
            ("curl -H 'Authorization: Bearer sk-secret' https://h/tasks/5", "/image_to_video"),
            ("curl https://h/image_to_video -H 'Authorization: sk-secret'", "sends nothing"),
            ("curl https://h/image_to_video -d @sk-secret.json", "from a file"),
            ("curl https://h/image_to_video --json @-", "from a file"),
            ("curl https://h/image_to_video -d a=1 -d b=2", "several -d"),
            ("curl https://h/image_to_video -d sk-secret", "no JSON object: line 1"),
            ("curl https://h/image_to_video -d '{\"model\":\"sk-secret\"'", "no JSON object"),
            ("curl https://h/image_to_video -d", "no JSON object"),
            ("curl 'https://h/image_to_video", "not closed"),
            ("[1]", "neither a curl command"),
            (r#"{"model":["sk-secret"]}"#, "model is neither"),
            (r#"{"watermark":"sk-secret"}"#, "watermark is neither"),
            (r#"{"promptImage":["a","b"]}"#, "exactly one picture"),
            (r#"{"promptImage":[{"url":"sk-secret"}]}"#, "no uri"),
        ] {
            let fault = from_curl(text).unwrap_err();
            assert!(fault.contains(word) && !fault.contains("sk-secret"), "{text}: {fault}");
        }
    }

    #[test]
    fn a_command_holds_an_option_a_line_and_no_key() {
        let request = Request {
            prompt_image: "https://h/cat.jpg".into(),
            model: "m".into(),
            prompt_text: Some("it's $HOME".into()),
            ..Request::default()
        };
        let expected = r#"curl 'https://api.cometapi.com/runwayml/v1/image_to_video' \
  -H "Authorization: Bearer $COMETAPI_KEY" \
  -H 'X-Runway-Version: 2024-11-06' \
  -H 'Content-Type: application/json' \
  -d '{"promptImage":"https://h/cat.jpg","model":"m","promptText":"it'\''s $HOME"}'"#;
        assert_eq!(to_curl(&request, &format!("{SERVICE}/"), "2024-11-06"), expected);
    }

    proptest! {
        #[test]
        fn a_request_comes_back(
            prompt_image in any::<String>(), model in any::<String>(), prompt_text in any::<Option<String>>(),
            ratio in any::<Option<String>>(), duration in any::<Option<u32>>(), seed in any::<Option<u64>>(),
            watermark in any::<Option<bool>>(), version in any::<String>(),
        ) {
            let request = Request { prompt_image, model, prompt_text, ratio, duration, seed, watermark };
            let (draft, notes) = read(&to_curl(&request, SERVICE, &version));
            prop_assert_eq!(draft, Draft::from(&request));
            prop_assert!(notes.is_empty());
        }
    }
}
