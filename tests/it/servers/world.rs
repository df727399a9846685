//! A scratch machine whose wires lead to servers of the test. Everything is judged as on any machine:
//! names answer with public addresses, and only where one of those would be dialled is there a wire.

use super::tls::{self, Authority, Kind};
use super::{Handler, Server};
use crate::harness::{FLEET, World};
use fleet::call::{Call, Caller, Watch};
use fleet::gate::{self, Person};
use fleet::state::{Home, Platform, Wiring, call_id};
use fleet::submit::{self, Reply, Status};
use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Makes the content of an answer.
pub type Make = fn() -> String;

/// Feeds that the site makes up.
pub const FEEDS: &[(&str, Make)] = &[
    ("/feed-deep", || format!("<rss version=\"2.0\"><channel>{}", "<a>".repeat(300_000))),
    ("/feed-endless", || format!("<rss version=\"2.0\"><channel><title>{}", "x".repeat(9 << 20))),
    ("/feed-many", || {
        let item = |n: u32| {
            format!("<item><guid>{n}</guid><title>Entry {n}</title><link>https://a.example/{n}</link></item>")
        };
        let items: String = (0..20_000).map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>Many</title>{items}</channel></rss>")
    }),
    ("/feed-long", || {
        let text = "&lt;p&gt;word &amp;amp; word&lt;/p&gt;".repeat(100_000);
        let title = "&lt;script&gt;x&lt;/script&gt;&lt;b&gt;T&lt;/b&gt;";
        format!(
            "<rss version=\"2.0\"><channel><item><title>{title}</title><description>{text}</description></item></channel></rss>"
        )
    }),
];

/// A public address that nobody but the tests' wires answers at.
pub fn public(last: u8) -> IpAddr {
    IpAddr::from([93, 184, 216, last])
}

/// A machine, its wires and the servers at their ends.
pub struct Net {
    pub world: World,
    pub home: Home,
    pub wiring: Wiring,
    pub servers: Vec<Server>,
}

/// Lays the wires.
pub struct Builder {
    wiring: Wiring,
    servers: Vec<Server>,
    authority: Authority,
    allow: Vec<String>,
    next: u8,
}

impl Builder {
    pub fn new() -> Self {
        let authority = Authority::new();
        let wiring = Wiring::default().root(&authority.der);
        Self { wiring, servers: Vec::new(), authority, allow: Vec::new(), next: 10 }
    }

    /// A name with a server at each of these ports; it is on the policy's list.
    pub fn host(mut self, name: &str, ports: &[u16], handler: &std::sync::Arc<Handler>) -> Self {
        let address = public(self.next);
        self.next += 1;
        self.wiring = self.wiring.name(name, &[&[address]]);
        self.allow.push(name.to_owned());
        for port in ports {
            let handler = std::sync::Arc::clone(handler);
            let handler = match port {
                443 => tls::within(self.authority.server(name, Kind::Good), handler),
                _ => handler,
            };
            self = self.served(SocketAddr::new(address, *port), handler);
        }
        self
    }

    /// A server where `at` would be dialled.
    pub fn served(mut self, at: SocketAddr, handler: std::sync::Arc<Handler>) -> Self {
        let server = Server::start(handler);
        self.wiring = self.wiring.line(at, server.at);
        self.servers.push(server);
        self
    }

    /// A server of `name` with a certificate of this kind, for the name `for_name`.
    pub fn certified(
        mut self,
        name: &str,
        for_name: &str,
        kind: Kind,
        handler: &std::sync::Arc<Handler>,
    ) -> Self {
        let address = public(self.next);
        self.next += 1;
        self.wiring = self.wiring.name(name, &[&[address]]);
        self.allow.push(name.to_owned());
        let config = self.authority.server(for_name, kind);
        self.served(SocketAddr::new(address, 443), tls::within(config, std::sync::Arc::clone(handler)))
    }

    /// Whatever else the wiring can.
    pub fn wire(mut self, lay: impl FnOnce(Wiring) -> Wiring) -> Self {
        self.wiring = lay(self.wiring);
        self
    }

    /// A host of the policy's list.
    pub fn allow(mut self, name: &str) -> Self {
        self.allow.push(name.to_owned());
        self
    }

    pub fn build(self) -> Net {
        let world = World::new();
        let policy = world.config().join("policy.toml");
        let list: Vec<String> = self.allow.iter().map(|n| format!("{n:?}")).collect();
        let roots = format!("[workspace]\nroots = [{:?}]\n", world.w());
        let table = format!("[network]\nallow = [{}]\n", list.join(", "));
        std::fs::write(&policy, roots + &table).unwrap();
        let folders = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from).to_vec();
        let folders = [vec![world.root().join("programs")], folders].concat();
        let home = Home::scratch(&world.root().join("fleet")).unwrap();
        let home = home.seen_as(Platform::here(), folders, PathBuf::from(FLEET)).wired(self.wiring.clone());
        Net { world, home, wiring: self.wiring, servers: self.servers }
    }
}

impl Net {
    /// A machine that reaches `site.example`, by http and https.
    pub fn site() -> Self {
        Builder::new().host("site.example", &[80, 443], &super::site::handler()).build()
    }

    /// Calls a tool.
    pub fn call(&self, tool: &str, args: Value) -> Reply {
        let call = Call {
            id: call_id().unwrap(),
            caller: Caller::Cli,
            tool: tool.into(),
            args,
            run: None,
            why: None,
        };
        submit::submit(&self.home, call).unwrap()
    }

    /// Calls a tool, and does not want it any more half a second later; what it said, and when.
    pub fn stopped(&self, tool: &str, args: Value) -> (Reply, Duration) {
        let id = call_id().unwrap();
        let call = Call { id, caller: Caller::Cli, tool: tool.into(), args, run: None, why: None };
        let (watch, started) = (Watch::default(), Instant::now());
        let reply = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(500));
                watch.stop();
            });
            submit::submit_watched(&self.home, call, &watch).unwrap()
        });
        (reply, started.elapsed())
    }

    /// Calls a tool that must be done.
    pub fn done(&self, tool: &str, args: Value) -> Value {
        let reply = self.call(tool, args);
        assert_eq!(reply.status, Status::Done, "{reply:?}");
        reply.result.unwrap()
    }

    /// Calls a tool that must not be; what it said.
    pub fn fails(&self, tool: &str, args: Value) -> String {
        let reply = self.call(tool, args);
        assert_eq!(reply.status, Status::Failed, "{reply:?}");
        reply.error.unwrap()
    }

    /// Calls a tool that waits, and says yes to it.
    pub fn approved(&self, tool: &str, args: Value) -> Reply {
        let reply = self.call(tool, args);
        assert_eq!(reply.status, Status::Waiting, "{reply:?}");
        let shown = gate::get(&self.home, &reply.approval.unwrap()).unwrap();
        submit::approve(&self.home, &shown, &Person::of_scratch(&self.home).unwrap()).unwrap().0
    }

    /// What arrived at the servers.
    pub fn asked(&self) -> Vec<super::Asked> {
        self.servers.iter().flat_map(|s| s.life.asked()).collect()
    }
}
