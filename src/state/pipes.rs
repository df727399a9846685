//! What goes into a captured program and comes out of it, without waiting for either.

use rustix::event::{PollFd, PollFlags, poll};
use std::io::Write as _;
use std::os::fd::AsFd;
use std::process::Child;
use std::time::Duration;

/// The pipes to a child and from it.
pub(super) struct Pipes<'a> {
    stdin: Option<std::process::ChildStdin>,
    left: &'a [u8],
    out: Pipe<std::process::ChildStdout>,
    err: Pipe<std::process::ChildStderr>,
    most: usize,
    cut: bool,
}

struct Pipe<R> {
    from: Option<R>,
    kept: Vec<u8>,
}

impl<'a> Pipes<'a> {
    /// Those of `child`, which is fed `stdin`; of each that it writes to, `most` bytes are kept.
    pub(super) fn new(child: &mut Child, stdin: &'a [u8], most: usize) -> Self {
        let mut pipes = Self {
            stdin: child.stdin.take().filter(|_| !stdin.is_empty()),
            left: stdin,
            out: Pipe { from: child.stdout.take(), kept: Vec::new() },
            err: Pipe { from: child.stderr.take(), kept: Vec::new() },
            most,
            cut: false,
        };
        let quiet = |fd: Option<std::os::fd::BorrowedFd<'_>>| {
            if let Some(fd) = fd {
                let _ = rustix::io::ioctl_fionbio(fd, true);
            }
        };
        quiet(pipes.stdin.as_ref().map(AsFd::as_fd));
        quiet(pipes.out.from.as_ref().map(AsFd::as_fd));
        quiet(pipes.err.from.as_ref().map(AsFd::as_fd));
        if pipes.left.is_empty() {
            pipes.stdin = None;
        }
        pipes
    }

    /// Whether nothing can come any more.
    pub(super) const fn closed(&self) -> bool {
        self.out.from.is_none() && self.err.from.is_none()
    }

    /// Waits until something can move, or `wait` is over, and moves it.
    pub(super) fn turn(&mut self, wait: Duration) {
        {
            let mut fds = Vec::new();
            fds.extend(self.stdin.as_ref().map(|p| PollFd::new(p, PollFlags::OUT)));
            fds.extend(self.out.from.as_ref().map(|p| PollFd::new(p, PollFlags::IN)));
            fds.extend(self.err.from.as_ref().map(|p| PollFd::new(p, PollFlags::IN)));
            if fds.is_empty() {
                return;
            }
            let limit = rustix::time::Timespec::try_from(wait).ok();
            let _ = poll(&mut fds, limit.as_ref());
        }
        self.feed();
        self.cut |= drain(&mut self.out, self.most);
        self.cut |= drain(&mut self.err, self.most);
    }

    /// What was kept of both, and whether something was thrown away.
    pub(super) fn kept(self) -> (Vec<u8>, Vec<u8>, bool) {
        (self.out.kept, self.err.kept, self.cut)
    }

    fn feed(&mut self) {
        let Some(pipe) = &mut self.stdin else { return };
        match pipe.write(self.left) {
            Ok(n) => self.left = self.left.get(n..).unwrap_or_default(),
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return,
            Err(_) => self.left = &[],
        }
        if self.left.is_empty() {
            self.stdin = None;
        }
    }
}

/// Reads what is there; true if something had to be thrown away.
fn drain<R: std::io::Read>(pipe: &mut Pipe<R>, most: usize) -> bool {
    let mut cut = false;
    // Not on the stack: inlined into who calls it, it would be touched page by page by every command.
    let mut buffer = vec![0; 65536];
    while let Some(from) = &mut pipe.from {
        match from.read(&mut buffer) {
            Ok(0) => pipe.from = None,
            Ok(n) => {
                let room = most.saturating_sub(pipe.kept.len());
                pipe.kept.extend(buffer.iter().take(n.min(room)));
                cut |= n > room;
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => return cut,
            Err(_) => pipe.from = None,
        }
    }
    cut
}
