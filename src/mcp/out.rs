//! Lines on their way to the client. A short one that finds the pipe free goes at once; a thread writes
//! the others, so that a client that does not read holds up nobody; and only so many wait.

use super::word::Word;
use crate::state::Platform;
use rustix::event::{PollFd, PollFlags, poll};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// KiB that may wait for the client.
const ROOM: u32 = 8 * 1024;

/// Takes lines.
#[derive(Debug, Clone)]
pub(super) struct Out {
    queue: mpsc::Sender<(Vec<u8>, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    /// The same pipe, for who writes at once.
    pipe: Arc<File>,
}

impl Out {
    /// Writes to `to` until that fails, which says `broken`.
    pub(super) fn to(mut to: impl Write + AsFd + Send + 'static, broken: Word) -> io::Result<Self> {
        let pipe = Arc::new(File::from(to.as_fd().try_clone_to_owned()?));
        let (queue, lines) = mpsc::channel::<(Vec<u8>, OwnedSemaphorePermit)>();
        let write = move || {
            for (line, _room) in lines {
                if to.write_all(&line).and_then(|()| to.flush()).is_err() {
                    return broken.say();
                }
            }
        };
        std::thread::Builder::new().name("out".into()).stack_size(128 << 10).spawn(write)?;
        Ok(Self { queue, room: Arc::new(Semaphore::new(ROOM as usize)), pipe })
    }

    /// Puts one line, with its line feed, behind the others, once there is room for it.
    pub(super) async fn put(&self, line: Vec<u8>) -> io::Result<()> {
        if line.len() <= whole() && self.free() {
            return (&*self.pipe).write_all(&line);
        }
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let cost = u32::try_from(line.len() / 1024 + 1).unwrap_or(ROOM).min(ROOM);
        let room = Arc::clone(&self.room).acquire_many_owned(cost).await.map_err(|_| gone())?;
        self.queue.send((line, room)).map_err(|_| gone())
    }

    /// Whether nothing waits, and the pipe takes a short line without blocking. Only the runtime's thread
    /// puts lines, so nothing comes in between.
    fn free(&self) -> bool {
        let mut fds = [PollFd::new(&*self.pipe, PollFlags::OUT)];
        let now = rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 };
        self.room.available_permits() == ROOM as usize
            && poll(&mut fds, Some(&now)).is_ok_and(|ready| ready == 1)
            && fds.iter().all(|fd| fd.revents() == PollFlags::OUT)
    }

    /// Returns once all lines are written.
    pub(super) async fn drained(&self) {
        let _ = self.room.acquire_many(ROOM).await;
    }
}

/// Bytes that a pipe takes whole if it takes any.
fn whole() -> usize {
    match Platform::here() {
        Platform::Linux => 4096,
        Platform::Macos => 512,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_client_that_does_not_read_holds_up_only_what_finds_no_room() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let broken = Word::unsaid();
        runtime.block_on(async {
            let out = Out::to(writer, broken.clone()).unwrap();
            let line = || vec![b'x'; 1 << 20];
            let soon = |what| tokio::time::timeout(Duration::from_millis(200), what);
            for _ in 0..7 {
                soon(out.put(line())).await.expect("room").unwrap();
            }
            assert!(soon(out.put(line())).await.is_err(), "eight MiB and more wait");
            let read = std::thread::spawn(move || {
                let mut all = vec![0; 7 << 20];
                io::Read::read_exact(&mut reader, &mut all).unwrap();
                reader
            });
            out.drained().await;
            drop(read.join().unwrap());
            // Nobody reads: what is written at once fails, or the writer finds out.
            let _ = out.put(b"nobody\n".to_vec()).await;
            let _ = out.put(line()).await;
            tokio::time::timeout(Duration::from_secs(2), broken.said())
                .await
                .expect("the writer saw that the reader is gone");
        });
    }
}
