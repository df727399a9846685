//! Posting to the owner's channels by webhook, and taking a message back.

use super::http::{Exchange, Failed};
use super::net::{self, Until};
use super::{Hand, Step, Trouble};
use crate::call::{Answered, Bulk, Discord, Happened, Header, Method, Web, Withdraw, visible_line};
use crate::canon::sha256;
use crate::notify::discord::{self, Heard, Webhook};
use std::time::{Duration, Instant};

/// All of it, with what is waited for room.
const SECONDS: u32 = 20;
/// Most times that a message is offered to a channel that has no room for it.
const ATTEMPTS: u32 = 4;
/// Bytes kept of an answer.
const ANSWER: u64 = 64 * 1024;

pub fn send(hand: &Hand<'_>, effect: &Discord) -> Step {
    let webhook = webhook(hand, &effect.channel, effect.webhook.as_deref())?;
    let until = Until::within(hand, SECONDS);
    let started = Instant::now();
    let web = request(Method::Post, webhook.posts(), discord::body(&effect.text));
    let mut said = String::new();
    for attempts in 1..=ATTEMPTS {
        let answer = exchange(hand, &web, &webhook, &until)?;
        let (after, reset) = (answer.retry_after.as_deref(), answer.reset_after.as_deref());
        match discord::heard(answer.status, after, reset, &answer.body) {
            Heard::Kept(message) => {
                let waited_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                return Ok(Happened::Posted {
                    channel: effect.channel.clone(),
                    webhook: webhook.id().to_owned(),
                    message,
                    attempts,
                    waited_ms,
                });
            }
            // It was refused for now and not kept: to offer it again repeats nothing.
            Heard::Later(ms) => {
                said = format!("there is no room for {} s more", ms.div_ceil(1000));
                let wait = Duration::from_millis(ms);
                if attempts == ATTEMPTS || wait >= until.left() {
                    break;
                }
                until.pause(wait).map_err(|_| until.not(format!("not posted: {said}")))?;
            }
            Heard::Refused(why) => {
                return Err(Trouble::Not(format!(
                    "not posted to `{}`: {}",
                    effect.channel,
                    clean(&webhook, &why)
                )));
            }
            Heard::Unclear(why) => {
                return Err(Trouble::Unknown(format!(
                    "whether it is in `{}` cannot be told: {}; look there before you close this with \
                     `fleet audit resolve`",
                    effect.channel,
                    clean(&webhook, &why)
                )));
            }
        }
    }
    Err(Trouble::Not(format!("not posted to `{}`: {said}", effect.channel)))
}

pub fn withdraw(hand: &Hand<'_>, effect: &Withdraw) -> Step {
    let webhook = webhook(hand, &effect.channel, Some(&effect.webhook))?;
    let until = Until::within(hand, SECONDS);
    let web = request(Method::Delete, webhook.message(&effect.message), Vec::new());
    let answer = exchange(hand, &web, &webhook, &until)?;
    match answer.status {
        200..=299 => {
            Ok(Happened::Withdrawn { channel: effect.channel.clone(), message: effect.message.clone() })
        }
        status @ 500..=599 => Err(Trouble::Unknown(format!(
            "whether it is still in `{}` cannot be told: status {status}; look there before you close this with \
             `fleet audit resolve`",
            effect.channel
        ))),
        404 => Err(Trouble::Not("the message, or the webhook that posted it, is gone already".into())),
        status => Err(Trouble::Not(format!("Discord did not take it back: status {status}"))),
    }
}

/// The webhook that was judged: the one of this number, and no other.
fn webhook(hand: &Hand<'_>, channel: &str, judged: Option<&str>) -> Result<Webhook, Trouble> {
    let Some(judged) = judged else {
        return Err(Trouble::Not(format!(
            "`{channel}` is not set up: name it in `[discord] channels` of fleet.toml, and store the address of \
             its webhook as the secret `discord:{channel}`"
        )));
    };
    let now = discord::of_channel(hand.home, channel).filter(|webhook| webhook.id() == judged);
    now.ok_or_else(|| Trouble::changed(format!("the webhook of {channel}")))
}

fn request(method: Method, target: String, body: Vec<u8>) -> Web {
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
    let mut headers = vec![header("user-agent", discord::AGENT)];
    if !body.is_empty() {
        headers.push(header("content-type", "application/json"));
    }
    Web {
        method,
        scheme: "https".to_owned(),
        host: discord::HOST.to_owned(),
        reads: None,
        port: 443,
        target,
        userinfo: false,
        doubts: Vec::new(),
        headers,
        body: Bulk { sha256: sha256(&body), bytes: body },
        secret: None,
        max_bytes: ANSWER,
        timeout_s: SECONDS,
    }
}

fn exchange(hand: &Hand<'_>, web: &Web, webhook: &Webhook, until: &Until) -> Result<Answered, Trouble> {
    let addresses = net::judged(hand, &web.host, until)?;
    let exchange = Exchange { web, addresses: &addresses, secret: None, until };
    exchange.make(hand).map_err(|failed: Failed| match failed.trouble(false, &web.host, until) {
        Trouble::Not(text) => Trouble::Not(clean(webhook, &text)),
        Trouble::Unknown(text) => Trouble::Unknown(clean(webhook, &text)),
        Trouble::Braked(text) => Trouble::Braked(text),
    })
}

fn clean(webhook: &Webhook, text: &str) -> String {
    visible_line(&webhook.hide(text), 400)
}
