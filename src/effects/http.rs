//! One request and its answer, by HTTP/1.1. The connection is made before the library sees it, to an
//! address that was judged: it resolves nothing, dials nothing, follows nothing and knows no proxy.

use super::Trouble;
use super::net::tls::{self, Stream};
use super::net::{Ended, Until, Wire};
use crate::call::{Answered, Endpoint, Method, Web, visible_line};
use crate::state::{Home, Secret};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::config::Config;
use ureq::http::{HeaderMap, Request, Response, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Agent, Body, Error};

/// Most bytes of an answer's headers.
const HEADERS: usize = 64 * 1024;
/// Longest value of a header that is reported.
const VALUE: usize = 2048;
/// Bytes that may come beyond those that are kept: headers, frames, what compression adds.
const BESIDES: u64 = 1 << 20;
/// How fleet calls itself.
pub const AGENT: &str = concat!("fleet/", env!("CARGO_PKG_VERSION"));

/// A request that goes to addresses that were judged.
pub struct Exchange<'a> {
    /// What is asked.
    pub web: &'a Web,
    /// Where its host is.
    pub addresses: &'a [IpAddr],
    /// The credential that goes with it.
    pub secret: Option<&'a Secret>,
    /// Until when.
    pub until: &'a Until,
}

/// Why there is no answer.
pub enum Failed {
    /// Nothing of the request was sent.
    Before(Trouble),
    /// It was sent, or a part of it.
    After(String),
}

impl Exchange<'_> {
    /// Sends it, and takes the answer up to what was agreed.
    ///
    /// # Errors
    /// [`Failed`] tells whether anything was sent.
    pub fn make(&self, home: &Home) -> Result<Answered, Failed> {
        let web = self.web;
        let room = web.max_bytes.saturating_add(BESIDES);
        let wire = Wire::dial(home, self.addresses, web.port, self.until, room).map_err(Failed::Before)?;
        let line = if web.scheme == "https" {
            let config = tls::trusting(home).map_err(|e| Failed::Before(Trouble::Not(e)))?;
            let stream = tls::greet(&web.host, wire, config).map_err(|e| {
                let host = visible_line(&web.host, 200);
                Failed::Before(
                    self.until.not(format!("no safe connection to `{host}`: {}", tls::refused(&e))),
                )
            })?;
            Line::Safe(Box::new(stream))
        } else {
            Line::Plain(Box::new(wire))
        };
        let sent = Arc::new(AtomicBool::new(false));
        let fail = |e: &dyn std::error::Error| {
            let said = self.until.ended().map_or_else(|| words(e), |ended| ended.to_string());
            if sent.load(Ordering::SeqCst) {
                Failed::After(said)
            } else {
                Failed::Before(self.until.not(said))
            }
        };
        let answer = self.run(&by(line, &sent)).map_err(|e| fail(&e))?;
        let (parts, body) = answer.into_parts();
        let reads_body = web.method != Method::Head;
        let mut reader = body.into_with_config().limit(u64::MAX).reader();
        let (body, truncated) = if reads_body {
            taken(&mut reader, web.max_bytes).map_err(|e| fail(&e))?
        } else {
            (Vec::new(), false)
        };
        let header = |name: &str| value(&parts.headers, name);
        Ok(Answered {
            status: parts.status.as_u16(),
            final_url: usual(web),
            etag: header("etag"),
            content_type: header("content-type"),
            location: header("location"),
            retry_after: header("retry-after"),
            reset_after: header("x-ratelimit-reset-after"),
            last_modified: header("last-modified"),
            length: header("content-length").and_then(|n| n.parse().ok()),
            not_followed: None,
            hops: 0,
            body,
            truncated,
        })
    }

    fn run(&self, agent: &Agent) -> Result<Response<Body>, Error> {
        let bytes = self.web.body.bytes.as_slice();
        let request = self.headed()?;
        if bytes.is_empty() && !matches!(self.web.method, Method::Post | Method::Put | Method::Patch) {
            return agent.run(request);
        }
        // The library would leave out what a DELETE carries.
        let (parts, ()) = request.into_parts();
        let mut sending = match self.web.method {
            Method::Delete => agent.delete(parts.uri).force_send_body(),
            Method::Put => agent.put(parts.uri),
            Method::Patch => agent.patch(parts.uri),
            Method::Get | Method::Head | Method::Post => agent.post(parts.uri),
        };
        for (name, value) in &parts.headers {
            sending = sending.header(name, value);
        }
        sending.send(bytes)
    }

    fn headed(&self) -> Result<Request<()>, ureq::http::Error> {
        let web = self.web;
        let method = match web.method {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let mut request = Request::builder().method(method).uri(usual(web));
        for header in &web.headers {
            request = request.header(&header.name, &header.value);
        }
        if !web.headers.iter().any(|h| h.name == "user-agent") {
            request = request.header("user-agent", AGENT);
        }
        if let Some(secret) = self.secret {
            request = request.header("authorization", authorization(secret.reveal()));
        }
        request.body(())
    }
}

/// A request to a server on this machine.
pub struct Nearby<'a> {
    /// Where it is.
    pub endpoint: &'a Endpoint,
    /// The path that is asked for.
    pub path: &'a str,
    /// What is sent, as JSON; without it, it is a question alone.
    pub body: Option<&'a str>,
    /// Until when.
    pub until: &'a Until,
    /// Most bytes of the answer.
    pub most: u64,
}

/// An answer that is still coming in.
pub struct Coming {
    /// Its status.
    pub status: u16,
    /// The address that was dialled.
    pub peer: String,
    /// What comes, as it comes. To let go of it is to break off.
    pub body: Box<dyn Read>,
}

impl Nearby<'_> {
    /// Sends it, and waits for the beginning of the answer.
    ///
    /// # Errors
    /// What went wrong, in a line.
    pub fn ask(&self) -> Result<Coming, String> {
        let said = |e: &dyn std::error::Error| self.until.ended().map_or_else(|| words(e), |e| e.to_string());
        let (wire, peer) = Wire::within(self.endpoint, self.until, self.most.saturating_add(BESIDES))
            .map_err(|e| format!("cannot connect: {}", said(&e)))?;
        let agent = by(Line::Plain(Box::new(wire)), &Arc::default());
        let address = format!("http://{}{}", self.endpoint.host(), self.path);
        // Packed, an answer comes in lumps.
        let answer = match self.body {
            None => {
                agent.get(address).header("accept-encoding", "identity").header("user-agent", AGENT).call()
            }
            Some(body) => agent
                .post(address)
                .header("accept-encoding", "identity")
                .header("user-agent", AGENT)
                .header("content-type", "application/json")
                .send(body.as_bytes()),
        };
        let (parts, body) = answer.map_err(|e| said(&e))?.into_parts();
        let status = parts.status.as_u16();
        if (300..400).contains(&status) {
            return Err(format!("it answers {status}, which leads elsewhere: nothing is followed"));
        }
        let body = body.into_with_config().limit(self.most).reader();
        Ok(Coming { status, peer, body: Box::new(body) })
    }
}

/// An agent that has this one connection, and knows no other.
fn by(line: Line, sent: &Arc<AtomicBool>) -> Agent {
    let carrier = Carrier { line, buffers: LazyBuffers::new(2 * HEADERS, HEADERS), sent: Arc::clone(sent) };
    Agent::with_parts(config(), Made(Arc::new(Mutex::new(Some(carrier)))), Nowhere)
}

/// A credential that names its scheme goes as it is; any other is a bearer's.
fn authorization(secret: &str) -> String {
    if secret.contains(' ') { secret.to_owned() } else { format!("Bearer {secret}") }
}

/// The address as it is dialled, without a port that says nothing.
fn usual(web: &Web) -> String {
    let said = if web.scheme == "http" { ":80" } else { ":443" };
    let address = web.address();
    let end = address.len() - web.target.len();
    match address.get(..end).and_then(|before| before.strip_suffix(said)) {
        Some(before) => format!("{before}{}", web.target),
        None => address,
    }
}

fn config() -> Config {
    Config::builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(HEADERS)
        .max_idle_connections(0)
        .timeout_await_100(None)
        .build()
}

/// Up to `most` bytes, and whether there were more.
fn taken(reader: &mut dyn Read, most: u64) -> io::Result<(Vec<u8>, bool)> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let (mut kept, mut chunk) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let n = match reader.read(&mut chunk) {
            Ok(0) => return Ok((kept, false)),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let fits = n.min(most - kept.len());
        kept.extend_from_slice(chunk.get(..fits).unwrap_or_default());
        if fits < n {
            return Ok((kept, true));
        }
    }
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    (text.len() <= VALUE && !text.chars().any(char::is_control)).then_some(text)
}

/// An error in words, without the names of the library's types.
fn words(e: &dyn std::error::Error) -> String {
    let text = e.to_string();
    let text = ["io: ", "protocol: ", "http: "].iter().fold(text.as_str(), |t, p| t.trim_start_matches(p));
    visible_line(text, 300)
}

/// The connection: plain, or within TLS.
#[derive(Debug)]
enum Line {
    Plain(Box<Wire>),
    Safe(Box<Stream>),
}

/// The connection as the library drives it.
#[derive(Debug)]
struct Carrier {
    line: Line,
    buffers: LazyBuffers,
    sent: Arc<AtomicBool>,
}

impl Transport for Carrier {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        self.sent.store(true, Ordering::SeqCst);
        let bytes = self.buffers.output().get(..amount).unwrap_or_default();
        match &mut self.line {
            Line::Plain(wire) => wire.write_all(bytes)?,
            Line::Safe(stream) => {
                stream.write_all(bytes)?;
                stream.flush()?;
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let into = self.buffers.input_append_buf();
        let n = match &mut self.line {
            Line::Plain(wire) => wire.read(into)?,
            Line::Safe(stream) => stream.read(into)?,
        };
        self.buffers.input_appended(n);
        Ok(n > 0)
    }

    fn is_open(&mut self) -> bool {
        // One connection, one request.
        false
    }

    fn is_tls(&self) -> bool {
        matches!(self.line, Line::Safe(_))
    }
}

/// Gives the one connection that was made, once.
#[derive(Debug)]
struct Made(Arc<Mutex<Option<Carrier>>>);

impl Connector for Made {
    type Out = Carrier;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Carrier>, Error> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).take())
    }
}

/// Resolves nothing: there is a connection already.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut none = self.empty();
        none.push(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        Ok(none)
    }
}

impl Failed {
    /// What becomes of a step that only looks, or of one whose sending cannot be told.
    pub fn trouble(self, reads: bool, host: &str, until: &Until) -> Trouble {
        let host = visible_line(host, 200);
        match self {
            Self::Before(trouble) => trouble,
            Self::After(said) if reads => match until.ended() {
                Some(Ended::Stopped(by)) => Trouble::Braked(format!("{by} ended the request to `{host}`")),
                Some(Ended::Time | Ended::Silence(_)) | None => {
                    Trouble::Not(format!("no whole answer from `{host}`: {said}"))
                }
            },
            Self::After(said) => Trouble::Unknown(format!(
                "it was sent to `{host}`, and there is no whole answer: {said}; look there before you close \
                 this with `fleet audit resolve`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_without_a_scheme_is_a_bearers() {
        assert_eq!(authorization("abc"), "Bearer abc");
        assert_eq!(authorization("Basic YTpi"), "Basic YTpi");
    }

    #[test]
    fn no_more_is_kept_than_was_agreed() {
        let all = |most| taken(&mut &b"0123456789"[..], most).unwrap();
        assert_eq!(all(10), (b"0123456789".to_vec(), false));
        assert_eq!(all(9), (b"012345678".to_vec(), true));
        assert_eq!(taken(&mut io::repeat(7), 100_000).unwrap().0.len(), 100_000);
    }
}
