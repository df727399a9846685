//! The transport between the pipe and the SDK. It hands on what [`hear`] let through, and nothing before
//! a session began; it bounds what is under way; and it knows when the client is gone.

use super::bytes::{self, Heard, LONGEST, hear};
use super::lines::{self, Line};
use super::out::Out;
use super::word::Word;
use rmcp::RoleServer;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, ErrorCode, GetMeta as _, JsonRpcMessage,
    ProtocolVersion, RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::Transport;
use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Bytes of lines that are read ahead of their turn.
const AHEAD: usize = 4 << 20;
/// What one line costs besides its bytes.
const LINE: usize = 256;
/// KiB of requests and answers that may be under way.
const ROOM: u32 = 8 * 1024;
/// KiB that an answer takes, about: the list of tools, and anything else.
const LIST: u32 = 128;
const ANSWER: u32 = 48;

/// Requests under way, and the room that each takes.
type UnderWay = Arc<Mutex<HashMap<RequestId, OwnedSemaphorePermit>>>;

/// The transport.
pub(super) struct Wire {
    lines: mpsc::UnboundedReceiver<Line>,
    ahead: Arc<AtomicUsize>,
    /// A message that was read and waits for room.
    message: Option<(ClientJsonRpcMessage, u32)>,
    /// An answer of this transport's own that waits for room.
    answer: Option<ServerJsonRpcMessage>,
    /// Whether a session began.
    open: bool,
    room: Arc<Semaphore>,
    under_way: UnderWay,
    out: Out,
    gone: Word,
}

impl Wire {
    /// Reads `from` to its end, which says `ended`. Once `gone` is said nothing more is handed on.
    pub(super) fn new(
        from: impl Read + Send + 'static,
        out: Out,
        ended: Word,
        gone: Word,
    ) -> io::Result<Self> {
        let (hand, lines) = mpsc::unbounded_channel();
        let ahead = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ahead);
        let read = move || {
            let mut from = BufReader::with_capacity(64 << 10, from);
            while let Ok(Some(line)) = lines::next(&mut from, LONGEST) {
                count.fetch_add(cost(&line), Ordering::AcqRel);
                if hand.send(line).is_err() {
                    break;
                }
                while count.load(Ordering::Acquire) > AHEAD {
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
            ended.say();
        };
        std::thread::Builder::new().name("in".into()).stack_size(128 << 10).spawn(read)?;
        Ok(Self {
            lines,
            ahead,
            message: None,
            answer: None,
            open: false,
            room: Arc::new(Semaphore::new(ROOM as usize)),
            under_way: UnderWay::default(),
            out,
            gone,
        })
    }

    /// Judges the next line; what comes of it lies in `message` or `answer`.
    fn take(&mut self, line: Line) {
        self.ahead.fetch_sub(cost(&line), Ordering::AcqRel);
        let (heard, bytes) = match &line {
            Line::Whole(line) => (hear(line), line.len()),
            Line::TooLong => (Heard::Wrong(Box::new(bytes::too_long())), 0),
        };
        let message = match heard {
            Heard::Message(message) => *message,
            Heard::Wrong(answer) => return self.answer = Some(*answer),
            Heard::Nothing => return,
        };
        let room = match &message {
            JsonRpcMessage::Request(request) => {
                if held(&self.under_way).contains_key(&request.id) {
                    let why = format!("the id {} is that of a request under way", request.id);
                    let id = Some(request.id.clone());
                    return self.answer = Some(bytes::error(ErrorCode::INVALID_REQUEST, why, id));
                }
                self.open |= opens(&request.request);
                let list = matches!(request.request, ClientRequest::ListToolsRequest(_));
                let answer = if list { LIST } else { ANSWER };
                answer + u32::try_from(bytes / 1024).unwrap_or(ROOM).min(ROOM - LIST)
            }
            JsonRpcMessage::Notification(notification) => {
                // The SDK drops the answer to a call that was taken back.
                if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                    && let Some(id) = &cancelled.params.request_id
                {
                    held(&self.under_way).remove(id);
                }
                // Before a session the SDK takes a notification for the end of the world.
                if !self.open {
                    return;
                }
                0
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => return,
        };
        self.message = Some((message, room));
    }
}

/// Whether a request begins a session.
fn opens(request: &ClientRequest) -> bool {
    if matches!(request, ClientRequest::InitializeRequest(_)) {
        return true;
    }
    let meta = request.get_meta();
    !matches!(request, ClientRequest::DiscoverRequest(_) | ClientRequest::PingRequest(_))
        && meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
        && meta.protocol_version().is_some_and(|v| ProtocolVersion::KNOWN_VERSIONS.contains(&v))
}

fn cost(line: &Line) -> usize {
    match line {
        Line::Whole(line) => LINE + line.len(),
        Line::TooLong => LINE,
    }
}

fn held(under_way: &UnderWay) -> MutexGuard<'_, HashMap<RequestId, OwnedSemaphorePermit>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport<RoleServer> for Wire {
    type Error = io::Error;

    fn send(
        &mut self,
        item: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (out, under_way) = (self.out.clone(), Arc::clone(&self.under_way));
        async move {
            let answered = match &item {
                JsonRpcMessage::Response(response) => Some(response.id.clone()),
                JsonRpcMessage::Error(error) => error.id.clone(),
                JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
            };
            let sent = out.put(line(&item)?).await;
            if let Some(id) = answered {
                held(&under_way).remove(&id);
            }
            sent
        }
    }

    /// The SDK drops this future and calls anew whenever it has something else to do: whatever was read
    /// lies in `self` before anything is waited for.
    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let gone = self.gone.clone();
        loop {
            if self.message.is_none() && self.answer.is_none() {
                let line = tokio::select! {
                    biased;
                    () = gone.said() => return None,
                    line = self.lines.recv() => line?,
                };
                self.take(line);
            }
            if let Some(answer) = &self.answer {
                let line = line(answer).ok()?;
                let put = tokio::select! {
                    () = gone.said() => return None,
                    put = self.out.put(line) => put,
                };
                self.answer = None;
                put.ok()?;
            }
            let Some((message, room)) = &self.message else { continue };
            if let JsonRpcMessage::Request(request) = message {
                let id = request.id.clone();
                let room = tokio::select! {
                    () = gone.said() => return None,
                    room = Arc::clone(&self.room).acquire_many_owned(*room) => room.ok()?,
                };
                held(&self.under_way).insert(id, room);
            }
            if let Some((message, _)) = self.message.take() {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.out.drained().await;
        Ok(())
    }
}

fn line(message: &ServerJsonRpcMessage) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}
