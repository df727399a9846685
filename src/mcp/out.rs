//! Lines on their way to the client: a thread writes them, so that a client that does not read holds up
//! nobody; and only so many wait.

use super::word::Word;
use std::io::{self, Write};
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
}

impl Out {
    /// Writes to `to` until that fails, which says `broken`.
    pub(super) fn to(mut to: impl Write + Send + 'static, broken: Word) -> io::Result<Self> {
        let (queue, lines) = mpsc::channel::<(Vec<u8>, OwnedSemaphorePermit)>();
        let write = move || {
            for (line, _room) in lines {
                if to.write_all(&line).and_then(|()| to.flush()).is_err() {
                    return broken.say();
                }
            }
        };
        std::thread::Builder::new().name("out".into()).stack_size(128 << 10).spawn(write)?;
        Ok(Self { queue, room: Arc::new(Semaphore::new(ROOM as usize)) })
    }

    /// Puts one line, with its line feed, behind the others, once there is room for it.
    pub(super) async fn put(&self, line: Vec<u8>) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let cost = u32::try_from(line.len() / 1024 + 1).unwrap_or(ROOM).min(ROOM);
        let room = Arc::clone(&self.room).acquire_many_owned(cost).await.map_err(|_| gone())?;
        self.queue.send((line, room)).map_err(|_| gone())
    }

    /// Returns once all lines are written.
    pub(super) async fn drained(&self) {
        let _ = self.room.acquire_many(ROOM).await;
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
            out.put(b"nobody\n".to_vec()).await.unwrap();
            tokio::time::timeout(Duration::from_secs(2), broken.said())
                .await
                .expect("the writer saw that the reader is gone");
        });
    }
}
