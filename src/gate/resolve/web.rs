//! Addresses of the web: read the way browsers read them (WHATWG), after stricter checks wherever
//! programs are known to disagree. What is dialled is what was judged.

use crate::call::{Header, Malformed, Web, WebWanted};
use crate::canon::sha256;
use unicode_normalization::UnicodeNormalization as _;
use url::{Host, Url};

/// Longest address.
const LONGEST: usize = 8 * 1024;
/// Most bytes of all headers together.
const HEADERS: usize = 16 * 1024;

/// Headers that say how a message is framed or routed: fleet's own connection sets them.
const OWN: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "content-encoding",
    "accept-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "http2-settings",
    "via",
];

/// An address, read.
struct Read {
    scheme: String,
    host: String,
    reads: Option<String>,
    port: u16,
    target: String,
    userinfo: bool,
    doubts: Vec<&'static str>,
}

/// The effect of a request.
///
/// # Errors
/// [`Malformed`] for what no program should send.
pub fn resolve(wanted: WebWanted) -> Result<Web, Malformed> {
    let WebWanted { method, url, headers, body, secret, max_bytes, timeout_s } = wanted;
    let Read { scheme, host, reads, port, target, userinfo, doubts } = read(&url)?;
    let headers = headers_of(headers)?;
    let body = crate::call::Bulk { sha256: sha256(&body), bytes: body };
    Ok(Web {
        method,
        scheme,
        host,
        reads,
        port,
        target,
        userinfo,
        doubts,
        headers,
        body,
        secret,
        max_bytes,
        timeout_s,
    })
}

/// What becomes of an answer that points elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redirect {
    /// The same host: it may be asked once it was judged like the first.
    Again(Box<Web>),
    /// Another host or port, or a step down to `http`: returned as data, never followed.
    Data(String),
}

/// Reads where `location` leads from `from`. The step up from `http` to `https` stays at the host.
///
/// # Errors
/// [`Malformed`] if it leads nowhere.
pub fn judge_redirect(from: &Web, location: &str) -> Result<Redirect, Malformed> {
    strict(location)?;
    let base = Url::parse(&from.address()).map_err(|e| Malformed::new("address", location, e.to_string()))?;
    let joined = base.join(location).map_err(|e| Malformed::new("address", location, e.to_string()))?;
    // What is absolute is read as written, so that its doubts are seen.
    let absolute = location.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    let to = read(if absolute { location } else { joined.as_str() })?;
    let place = |scheme: &str, port: u16| to.scheme == scheme && to.port == port;
    let upgraded = from.scheme == "http" && from.port == 80 && place("https", 443);
    let same = to.host == from.host && (place(&from.scheme, from.port) || upgraded);
    if !same || to.userinfo || !to.doubts.is_empty() {
        return Ok(Redirect::Data(joined.into()));
    }
    let Read { scheme, port, target, .. } = to;
    Ok(Redirect::Again(Box::new(Web { scheme, port, target, ..from.clone() })))
}

/// A host name or IP address as it is compared: lower case, punycode, without a trailing dot.
///
/// # Errors
/// [`Malformed`] for what names no host.
pub fn host_name(text: &str) -> Result<String, Malformed> {
    let bad = |why: &str| Malformed::new("host", text, why);
    let inner = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    if let Ok(v6) = inner.parse::<std::net::Ipv6Addr>() {
        return Ok(v6.to_string());
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || "/:@?#\\%*".contains(c)) {
        return Err(bad("is not a host name: write `example.com`"));
    }
    match Host::parse(text).map_err(|e| bad(&e.to_string()))? {
        Host::Domain(name) => domain(&name).map_err(bad),
        Host::Ipv4(v4) => Ok(v4.to_string()),
        Host::Ipv6(v6) => Ok(v6.to_string()),
    }
}

/// The name without its trailing dot, if DNS could hold it.
fn domain(name: &str) -> Result<String, &'static str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |l: &str| !l.is_empty() && l.len() <= 63;
    if name.len() <= 253 && name.split('.').all(label) {
        Ok(name.to_owned())
    } else {
        Err("is not a name that DNS could hold")
    }
}

/// The host as people read it, where punycode hides that.
pub fn readable(host: &str) -> Option<String> {
    let (reads, _) = idna::domain_to_unicode(host);
    (reads != host).then_some(reads)
}

/// What no address may hold, whoever reads it.
fn strict(text: &str) -> Result<(), Malformed> {
    let bad = |why: &str| Err(Malformed::new("address", text, why));
    if text.len() > LONGEST {
        return bad("is longer than 8 KiB");
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return bad("contains a space or a control character: write them as `%20` and the like");
    }
    if text.contains('\\') {
        return bad("contains a backslash, which some programs read as `/`: write it as `%5C`");
    }
    Ok(())
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn read(text: &str) -> Result<Read, Malformed> {
    strict(text)?;
    let bad = |why: &str| Malformed::new("address", text, why);
    let (scheme, rest) = text
        .split_once(':')
        .filter(|(s, _)| is_scheme(s))
        .ok_or_else(|| bad("is not one: begin with `https://`"))?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Ok(foreign(scheme, text));
    }
    let mut doubts = Vec::new();
    let after = rest.trim_start_matches('/');
    if rest.len() - after.len() != 2 {
        doubts.push("it has not exactly two slashes, and programs differ about where its host is");
    }
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    let userinfo = authority.contains('@');
    let raw = authority.rsplit('@').next().unwrap_or_default();
    let (raw_host, zone) = host_part(raw);
    let mut plain = text.to_owned();
    if let Some(zone) = zone {
        doubts.push("it names an interface of this machine");
        plain = plain.replacen(zone, "", 1);
    }
    let url = Url::parse(&plain).map_err(|e| bad(&format!("cannot be read: {e}")))?;
    let port = url.port_or_known_default().unwrap_or_default();
    let target = url.query().map_or_else(|| url.path().to_owned(), |q| format!("{}?{q}", url.path()));
    let (host, reads) = match url.host() {
        Some(Host::Domain(name)) => {
            let host = domain(name).map_err(bad)?;
            if name.ends_with('.') {
                doubts.push("its host ends in a dot, which some programs take for another host");
            }
            (host.clone(), readable(&host))
        }
        Some(Host::Ipv4(v4)) => (v4.to_string(), None),
        Some(Host::Ipv6(v6)) => (v6.to_string(), None),
        None => return Err(bad("names no host")),
    };
    if !host.contains(':') && !spelled(raw_host, &host, reads.as_deref()) {
        doubts.push("its host is not written as it is dialled");
    }
    // `https:///a`: only some programs see a host there at all.
    let nowhere = rest.len() - after.len() > 2 && !host.contains(['.', ':']) && host != "localhost";
    let host = if nowhere { String::new() } else { host };
    Ok(Read { scheme, host, reads, port, target, userinfo, doubts })
}

/// The host in `host:port`, and the zone of an IPv6 address with its percent sign.
fn host_part(raw: &str) -> (&str, Option<&str>) {
    match raw.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, _)) => (inner, inner.find('%').and_then(|at| inner.get(at..))),
        None => (raw.split(':').next().unwrap_or_default(), None),
    }
}

/// Whether the host is written as itself, but for case: not with escapes, or letters of other
/// widths that only become it.
fn spelled(raw: &str, host: &str, reads: Option<&str>) -> bool {
    let plain: String = raw.trim_end_matches('.').to_lowercase().nfc().collect();
    plain == host || Some(plain.as_str()) == reads
}

/// An address of another scheme: a rule refuses it, and its parts are shown as far as they can be.
fn foreign(scheme: String, text: &str) -> Read {
    let url = Url::parse(text).ok();
    let part = |of: fn(&Url) -> String| url.as_ref().map(of).unwrap_or_default();
    Read {
        scheme,
        host: part(|url| url.host_str().unwrap_or_default().to_owned()),
        reads: None,
        port: url.as_ref().and_then(Url::port).unwrap_or_default(),
        target: part(|url| url.path().to_owned()),
        userinfo: url.as_ref().is_some_and(|url| !url.username().is_empty() || url.password().is_some()),
        doubts: Vec::new(),
    }
}

fn headers_of(wanted: Vec<(String, String)>) -> Result<Vec<Header>, Malformed> {
    let token = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    let mut headers: Vec<Header> = Vec::new();
    for (name, value) in wanted {
        let bad = |why: &str| Err(Malformed::new("header", &name, why));
        let lower = name.to_ascii_lowercase();
        if !token(&name) || name.len() > 100 {
            return bad("is not a header's name");
        }
        if OWN.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            return bad("is set by fleet itself, from the address and the body");
        }
        if value.chars().any(|c| !(c == '\t' || c == ' ' || c.is_ascii_graphic())) {
            return bad("has a value with a control character, or one that is not ASCII");
        }
        let before: usize = headers.iter().map(|h| h.name.len() + h.value.len()).sum();
        if before + name.len() + value.len() > HEADERS {
            return bad("is too much: 16 KiB are the most for all of them");
        }
        if headers.iter().any(|h| h.name == lower) {
            return bad("is given twice");
        }
        headers.push(Header { name: lower, value });
    }
    headers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Method;

    fn web(url: &str) -> Result<Web, Malformed> {
        let url = url.to_owned();
        let (headers, body) = (Vec::new(), Vec::new());
        let secret = None;
        resolve(WebWanted { method: Method::Get, url, headers, body, secret, max_bytes: 1, timeout_s: 1 })
    }

    #[test]
    fn a_host_is_what_is_dialled_in_one_spelling() {
        for (url, host, port, target, sure) in [
            ("https://example.com/a?q=1#f", "example.com", 443, "/a?q=1", true),
            ("HtTpS://EXAMPLE.com", "example.com", 443, "/", true),
            ("https://example.com:8443/", "example.com", 8443, "/", true),
            ("https://b\u{fc}cher.example/", "xn--bcher-kva.example", 443, "/", true),
            ("https://ex\u{430}mple.com/", "xn--exmple-4nf.com", 443, "/", true),
            ("https://example\u{3002}com/", "example.com", 443, "/", false),
            ("https://example%2ecom/", "example.com", 443, "/", false),
            ("https://\u{ff45}xample.com/", "example.com", 443, "/", false),
            ("https://exam\u{ad}ple.com/", "example.com", 443, "/", false),
            ("https://example.com./", "example.com", 443, "/", false),
            ("https:example.com/", "example.com", 443, "/", false),
            ("https:///a", "", 443, "/", false),
            ("http://2130706433/", "127.0.0.1", 80, "/", false),
            ("http://0177.1/", "127.0.0.1", 80, "/", false),
            ("http://\u{2460}\u{2461}\u{2466}.0.0.1/", "127.0.0.1", 80, "/", false),
            ("http://127.0.0.1/", "127.0.0.1", 80, "/", true),
            ("http://[::FFFF:7f00:1]/", "::ffff:127.0.0.1", 80, "/", true),
            ("http://[fe80::1%25en0]/", "fe80::1", 80, "/", false),
        ] {
            let read = web(url).unwrap_or_else(|e| panic!("{url}: {e}"));
            let found = (read.host.as_str(), read.port, read.target.as_str(), read.doubts.is_empty());
            assert_eq!(found, (host, port, target, sure), "{url}");
        }
        assert_eq!(web("https://xn--exmple-4nf.com/").unwrap().reads.as_deref(), Some("ex\u{430}mple.com"));
    }

    #[test]
    fn what_no_program_should_send_is_malformed() {
        for bad in [
            "",
            "example.com",
            "//example.com/",
            "https://",
            "https://example.com\\@evil.example/",
            "https://example.com/a b",
            " https://example.com/",
            "https://example.com/\r\nX: y",
            "https://exam\tple.com/",
            "https://[::1/",
            "https://example..com/",
            "https://example.com:99999/",
        ] {
            assert!(web(bad).is_err(), "{bad:?}");
        }
        assert!(web(&format!("https://example.com/{}", "a".repeat(LONGEST))).is_err());
    }

    #[test]
    fn users_and_other_schemes_are_told_to_the_rules() {
        assert!(web("https://example.com@evil.example/").unwrap().userinfo);
        assert!(web("https://@example.com/").unwrap().userinfo);
        assert!(!web("https://example.com/@x").unwrap().userinfo);
        for scheme in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://h/x", "jar:x"]
        {
            assert_eq!(web(scheme).unwrap().scheme, scheme.split_once(':').unwrap().0);
        }
    }

    #[test]
    fn a_redirect_stays_where_it_was_or_is_data() {
        let from = web("https://example.com/a/b").unwrap();
        let target = |location: &str| match judge_redirect(&from, location) {
            Ok(Redirect::Again(web)) => web.target,
            Ok(Redirect::Data(address)) => address,
            Err(_) => "malformed".into(),
        };
        for (location, expected) in [
            ("/c", "/c"),
            ("c?x=1", "/a/c?x=1"),
            ("https://example.com/s", "/s"),
            ("http://example.com/s", "http://example.com/s"),
            ("https://example.com:444/s", "https://example.com:444/s"),
            ("//evil.example/", "https://evil.example/"),
            ("https://evil.example/", "https://evil.example/"),
            ("http://169.254.169.254/", "http://169.254.169.254/"),
            ("https://u@example.com/", "https://u@example.com/"),
            ("/a\r\nb", "malformed"),
            ("\\\\evil.example", "malformed"),
        ] {
            assert_eq!(target(location), expected, "{location:?}");
        }
        let plain = web("http://example.com/a").unwrap();
        let up = judge_redirect(&plain, "https://example.com/b").unwrap();
        assert_eq!(up, Redirect::Again(Box::new(web("https://example.com/b").unwrap())));
    }

    #[test]
    fn headers_that_frame_a_message_are_not_the_callers() {
        let of = |name: &str, value: &str| headers_of(vec![(name.into(), value.into())]);
        for bad in
            ["Host", "CONTENT-LENGTH", "Transfer-Encoding", "Proxy-Authorization", "te", "a b", "", "x:"]
        {
            assert!(of(bad, "x").is_err(), "{bad}");
        }
        for bad in ["a\r\nb", "a\0", "\u{fc}", "a\nb"] {
            assert!(of("accept", bad).is_err(), "{bad:?}");
        }
        assert_eq!(of("Accept", "text/html").unwrap()[0].name, "accept");
        assert!(headers_of(vec![("A".into(), String::new()), ("a".into(), String::new())]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn an_address_that_is_sure_is_read_again_as_itself(
            text in "https?:/{1,3}(\\PC|[a-z0-9.]|%2e|@|:80|\\[::1\\]|xn--|/|#){0,30}"
        ) {
            if let Ok(read) = web(&text) && read.doubts.is_empty() && !read.userinfo {
                let again = web(&read.address());
                proptest::prop_assert_eq!(again.map(|w| (w.host, w.port, w.target)), Ok((read.host, read.port, read.target)));
            }
        }
    }
}
