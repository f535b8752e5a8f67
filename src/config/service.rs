use url::{Host, Url};

use super::sources::is_broken;

/// The service that is asked unless someone names another.
pub const DEFAULT_SERVICE: &str = "https://api.cometapi.com";

/// Whether a base URL means this machine: 127.0.0.0/8, `::1` or `localhost`. There `http://` and fast
/// polls are allowed, and no proxy is asked.
pub fn is_loopback(service: &str) -> bool {
    Url::parse(service).is_ok_and(|url| host_is_loopback(&url))
}

fn host_is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Reads a base URL: without a trailing slash or `/v1`, which the vendor's own clients have in it.
///
/// # Errors
/// What is wrong with it, for people; never with a password that it may hold.
pub(super) fn read_service(text: &str) -> Result<String, String> {
    if is_broken(text) {
        return Err("holds bytes that are no text".into());
    }
    let Some(mut url) = Url::parse(text.trim()).ok().filter(Url::has_host) else {
        // What is no address may be a key in the wrong place, or hold a password.
        let is_address = text.contains('.') && !text.contains('@');
        let found = if is_address { format!(", found \"{text}\"") } else { String::new() };
        return Err(format!("expected the address of the service, such as \"{DEFAULT_SERVICE}\"{found}"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or a password: give the address alone, and the key as a key".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("holds a `?` or a `#`: give the address alone".into());
    }
    match url.scheme() {
        "https" => {}
        "http" if host_is_loopback(&url) => {}
        "http" => {
            return Err(format!(
                "http:// would show the key to everyone on the way to {}: use https:// (http:// is only for this machine's own addresses)",
                url.host_str().unwrap_or_default()
            ));
        }
        other => return Err(format!("expected an https:// address, found {other}://")),
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/').to_string();
    url.set_path(&path);
    Ok(url.as_str().trim_end_matches('/').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_v1_are_dropped() {
        for (text, service) in [
            ("https://api.cometapi.com", DEFAULT_SERVICE),
            ("https://API.cometapi.com:443/", DEFAULT_SERVICE),
            ("https://api.cometapi.com/v1", DEFAULT_SERVICE),
            (" https://api.cometapi.com/v1/ ", DEFAULT_SERVICE),
            ("https://gate.example/comet/v1/", "https://gate.example/comet"),
            ("https://gate.example/v10", "https://gate.example/v10"),
            ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080"),
            ("http://127.8.9.1:1", "http://127.8.9.1:1"),
            ("http://localhost:1/", "http://localhost:1"),
            ("http://[::1]:1/", "http://[::1]:1"),
        ] {
            assert_eq!(read_service(text).as_deref(), Ok(service), "{text}");
        }
    }

    #[test]
    fn what_would_leak_or_is_no_address_is_refused() {
        for (text, word) in [
            ("http://api.cometapi.com", "api.cometapi.com"),
            ("http://10.0.0.1", "10.0.0.1"),
            ("http://localhost.example.com", "localhost.example.com"),
            ("http://[::2]", "[::2]"),
            ("api.cometapi.com", "expected the address"),
            ("localhost:8080", "expected the address"),
            ("ftp://example.com", "ftp://"),
            ("https://", "expected the address"),
            ("https://example.com/?key=1", "`?`"),
        ] {
            let fault = read_service(text).unwrap_err();
            assert!(fault.contains(word), "{text}: {fault}");
        }
        let fault = read_service("https://me:geheim@example.com").unwrap_err();
        assert!(fault.contains("password") && !fault.contains("geheim"), "{fault}");
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for service in ["http://127.0.0.1:1", "https://localhost", "http://[::1]:2"] {
            assert!(is_loopback(service), "{service}");
        }
        for service in
            ["https://api.cometapi.com", "http://10.0.0.1", "no url", "https://127.0.0.1.example.com"]
        {
            assert!(!is_loopback(service), "{service}");
        }
    }
}
