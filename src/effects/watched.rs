//! Reading that ends: at its time, and when the kill switch is set.

use super::{CALLER, Hand};
use std::io::{self, Read};
use std::time::Instant;

/// Says when to give up.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    hand: &'a Hand<'a>,
    until: Instant,
}

impl<'a> Watch<'a> {
    pub const fn new(hand: &'a Hand<'a>, until: Instant) -> Self {
        Self { hand, until }
    }

    /// Why to stop now, if there is a reason.
    pub fn over(&self) -> Option<&'static str> {
        if Instant::now() >= self.until {
            Some("its time was over")
        } else {
            self.hand.stopping().map(|by| match by {
                CALLER => "its caller stopped it",
                _ => "the kill switch was set",
            })
        }
    }
}

/// A reader that gives up when its watch says so.
pub struct Watched<'a, R> {
    from: R,
    watch: Watch<'a>,
}

impl<'a, R> Watched<'a, R> {
    pub const fn new(from: R, watch: Watch<'a>) -> Self {
        Self { from, watch }
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.watch.over() {
            Some(why) => Err(io::Error::other(why)),
            None => self.from.read(buffer),
        }
    }
}
