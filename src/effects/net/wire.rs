//! One connection. It reads and writes like a stream, never waits deaf, and takes no more than agreed.
#![expect(clippy::disallowed_methods, reason = "hands reach the network")]

use super::{LOOK, Until};
use crate::call::Endpoint;
use crate::effects::Trouble;
use crate::state::{Home, Wiring};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Longest that one address of several is waited for.
const ONE: Duration = Duration::from_secs(8);
/// Longest that a server on this machine may take to accept.
const CLOSE_BY: Duration = Duration::from_secs(2);

/// What a connection is made of.
#[derive(Debug)]
enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A connection to an address that was judged, or within this machine.
#[derive(Debug)]
pub struct Wire {
    stream: Socket,
    until: Until,
    /// Bytes that may still come in.
    room: u64,
}

impl Wire {
    /// Dials one of `addresses`, which were judged, in their order. At most `room` bytes come in.
    ///
    /// # Errors
    /// [`Trouble::Not`] with what the last one said: nothing was sent.
    pub fn dial(
        home: &Home,
        addresses: &[IpAddr],
        port: u16,
        until: &Until,
        room: u64,
    ) -> Result<Self, Trouble> {
        let mut said = "there is no address".to_owned();
        for (nth, address) in addresses.iter().take(4).enumerate() {
            let last = nth + 1 == addresses.len().min(4);
            let share = if last { until.left() } else { ONE.min(until.left() / 2) };
            let to = SocketAddr::new(*address, port);
            match connect(home, to, share, until) {
                Ok(stream) => return Ok(Self { stream: Socket::Tcp(stream), until: until.clone(), room }),
                Err(e) => said = format!("{to}: {e}"),
            }
            if until.ended().is_some() {
                break;
            }
        }
        Err(until.not(format!("cannot connect to {said}")))
    }

    /// Dials a server on this machine, and says what was dialled: the one place in fleet that does. An
    /// endpoint is of this machine or does not read; the very address is looked at once more before it is
    /// dialled, and both ends of the connection after.
    ///
    /// # Errors
    /// The system's: nothing was sent.
    pub fn within(endpoint: &Endpoint, until: &Until, room: u64) -> io::Result<(Self, String)> {
        let inside = |address: &SocketAddr| address.ip().is_loopback();
        let outside =
            || io::Error::new(ErrorKind::PermissionDenied, "that is not an address of this machine");
        let (stream, peer) = match (endpoint.address(), endpoint.path()) {
            (Some(to), _) if inside(&to) => {
                let stream = until.patiently(move || TcpStream::connect_timeout(&to, CLOSE_BY))?;
                let (own, peer) = (stream.local_addr()?, stream.peer_addr()?);
                if !inside(&own) || peer != to {
                    return Err(outside());
                }
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(LOOK))?;
                stream.set_write_timeout(Some(LOOK))?;
                (Socket::Tcp(stream), peer.to_string())
            }
            (None, Some(path)) => {
                let to = path.to_owned();
                let stream = until.patiently(move || UnixStream::connect(to))?;
                stream.set_read_timeout(Some(LOOK))?;
                stream.set_write_timeout(Some(LOOK))?;
                (Socket::Unix(stream), format!("unix:{path}"))
            }
            (Some(_), _) | (None, None) => return Err(outside()),
        };
        Ok((Self { stream, until: until.clone(), room }, peer))
    }

    fn wait(&self, since: Instant) -> io::Result<()> {
        self.until.go_on(since)
    }
}

/// Where `to` is, on this machine's wires.
fn routed(
    home: &Home,
    to: SocketAddr,
    route: fn(&Wiring, SocketAddr) -> Option<SocketAddr>,
) -> io::Result<SocketAddr> {
    let none = || io::Error::new(ErrorKind::HostUnreachable, "no line leads there");
    home.wiring().map_or(Ok(to), |wiring| route(wiring, to).ok_or_else(none))
}

fn connect(home: &Home, to: SocketAddr, share: Duration, until: &Until) -> io::Result<TcpStream> {
    let to = routed(home, to, Wiring::route)?;
    let share = share.max(Duration::from_millis(1));
    let stream = until.patiently(move || TcpStream::connect_timeout(&to, share))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(LOOK))?;
    Ok(stream)
}

fn later(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let since = Instant::now();
        loop {
            self.wait(since)?;
            if self.room == 0 {
                return Err(io::Error::new(ErrorKind::FileTooLarge, "more came than was asked for"));
            }
            let read = match &mut self.stream {
                Socket::Tcp(stream) => stream.read(into),
                Socket::Unix(stream) => stream.read(into),
            };
            match read {
                Ok(n) => {
                    self.room = self.room.saturating_sub(u64::try_from(n).unwrap_or(u64::MAX));
                    return Ok(n);
                }
                Err(e) if later(&e) => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let since = Instant::now();
        loop {
            self.wait(since)?;
            let written = match &mut self.stream {
                Socket::Tcp(stream) => stream.write(bytes),
                Socket::Unix(stream) => stream.write(bytes),
            };
            match written {
                Err(e) if later(&e) => {}
                answer => return answer,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Packets to and from one address; what others send does not arrive.
#[derive(Debug)]
pub struct Packets {
    socket: UdpSocket,
    until: Until,
}

impl Packets {
    /// To `address`, which was judged.
    ///
    /// # Errors
    /// The system's.
    pub fn to(home: &Home, address: IpAddr, port: u16, until: &Until) -> io::Result<Self> {
        let to = routed(home, SocketAddr::new(address, port), Wiring::packets_to)?;
        let any: IpAddr = match to {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        // Port 0: the system picks one that cannot be foretold.
        let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
        socket.connect(to)?;
        socket.set_read_timeout(Some(LOOK))?;
        Ok(Self { socket, until: until.clone() })
    }

    /// Sends one.
    ///
    /// # Errors
    /// The system's.
    pub fn send(&self, packet: &[u8]) -> io::Result<()> {
        self.socket.send(packet).map(|_| ())
    }

    /// The next one.
    ///
    /// # Errors
    /// The system's, or [`super::Ended`].
    pub fn next(&self, into: &mut [u8]) -> io::Result<usize> {
        let since = Instant::now();
        loop {
            self.until.go_on(since)?;
            match self.socket.recv(into) {
                Err(e) if later(&e) => {}
                answer => return answer,
            }
        }
    }
}
