//! The front door for MCP clients: one process, one client, stdin and stdout. It translates, and takes
//! every call down the path; it judges nothing but whether a client gets to see a tool.

mod bytes;
mod claimed;
mod desk;
mod expose;
mod lines;
mod out;
mod reply;
mod schema;
mod server;
#[cfg(test)]
mod tests;
mod wire;
mod word;

use crate::call::Caller;
use crate::gate::GateError;
use crate::state::Home;
use desk::{Desk, Front};
use out::Out;
use rmcp::service::ServerInitializeError;
use server::Server;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;
use wire::Wire;
use word::Word;

/// How long calls may go on after the end of input.
const GRACE: Duration = Duration::from_secs(1);
/// When the process ends after that, whatever is still under way.
const END: Duration = Duration::from_millis(800);

/// Why a client could not be served.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// The profile, the settings or the policy do not read.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// No thread or runtime could be had.
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
    /// The protocol broke down.
    #[error("the session ended: {0}")]
    Session(String),
}

/// Serves one client on these pipes until its input ends, as `mcp:NAME`.
///
/// # Errors
/// [`NotServed`].
pub fn serve(
    home: &Home,
    name: &str,
    caller: Caller,
    allow_high: bool,
    pipes: (impl Read + Send + 'static, impl Write + AsFd + Send + 'static),
) -> Result<(), NotServed> {
    let profile = expose::profile(home, name)?;
    let exposure = expose::Exposure::of(home, allow_high, profile)?;
    let front = Arc::new(Front::new(home.clone(), exposure));
    // The list is made while the client says who it is.
    let early = Arc::clone(&front);
    std::thread::Builder::new().name("list".into()).spawn(move || drop(early.tools()))?;
    session(front, caller, pipes)
}

fn session(
    desk: Arc<dyn Desk>,
    caller: Caller,
    (input, output): (impl Read + Send + 'static, impl Write + AsFd + Send + 'static),
) -> Result<(), NotServed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .thread_stack_size(2 << 20)
        .thread_keep_alive(Duration::from_secs(30))
        .build()?;
    let (ended, gone) = (Word::unsaid(), Word::unsaid());
    let served = runtime.block_on(async {
        let out = Out::to(output, ended.clone())?;
        let wire = Wire::new(input, out, ended.clone(), gone.clone())?;
        let server = Server::new(desk, caller, ended.clone(), gone.clone());
        let session = async {
            match rmcp::serve_server(server, wire).await {
                Ok(running) => {
                    running.waiting().await.map_err(|e| NotServed::Session(e.to_string())).map(drop)
                }
                // It ended before it began.
                Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
                Err(e) => Err(NotServed::Session(e.to_string())),
            }
        };
        let end = async {
            ended.said().await;
            tokio::time::sleep(GRACE).await;
            gone.say();
            tokio::time::sleep(END).await;
        };
        tokio::select! {
            served = session => served,
            () = end => Ok(()),
        }
    });
    // A reader that still waits for input, or a call that does not end, must not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(50));
    served
}
