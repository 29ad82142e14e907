//! One direction between two stations, and what it does to frames.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::log::Loss;
use crate::random::Stream;
use crate::scenario::LinkSpec;
use crate::scenario::units::Share;

/// One direction between two stations.
#[derive(Clone, Debug)]
pub struct Link {
    /// Nothing passes.
    pub cut: bool,
    /// How long a frame takes.
    pub spec: LinkSpec,
    /// How many frames are lost, each by itself.
    pub loss: Share,
    /// How frames are lost in bursts.
    pub burst: Option<Burst>,
    /// How many adverts are still to be lost.
    pub lose_next: u32,
    /// Which of the next adverts are to be lost; the first letter is for the next one.
    pub lose_pattern: VecDeque<bool>,
    /// Whether the next resignation is to be lost.
    pub lose_resignation: bool,
    /// How many frames arrive twice.
    pub duplicate: Share,
    /// How many frames are held back.
    pub reorder: Share,
    /// How long those are held back.
    pub held_back: Duration,
    /// How many adverts arrive with one bit flipped.
    pub corrupt: Share,
    stream: Stream,
}

/// A Gilbert-Elliott channel that loses everything while it is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Chance to become bad before a frame.
    pub enter: Share,
    /// Chance to become good before a frame.
    pub leave: Share,
    /// Whether it is bad now.
    pub bad: bool,
}

/// What a frame is, as far as a link cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An advert of this priority.
    Advert {
        /// Whether it resigns.
        resigns: bool,
    },
    /// Anything else.
    Other,
}

/// What becomes of a frame: when it arrives, once or twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// How long the frame takes.
    pub delay: Duration,
    /// How long its copy takes, if there is one.
    pub copy: Option<Duration>,
    /// The bit to flip, counted modulo the length of the payload in bits.
    pub flip: Option<u32>,
}

impl Link {
    /// A link on which all is well.
    #[must_use]
    pub const fn new(spec: LinkSpec, stream: Stream) -> Self {
        Self {
            cut: false,
            spec,
            loss: Share::NONE,
            burst: None,
            lose_next: 0,
            lose_pattern: VecDeque::new(),
            lose_resignation: false,
            duplicate: Share::NONE,
            reorder: Share::NONE,
            held_back: Duration::ZERO,
            corrupt: Share::NONE,
            stream,
        }
    }

    /// Makes it as it was at first. Its stream goes on.
    pub fn heal(&mut self, spec: LinkSpec) {
        let stream = self.stream.clone();
        *self = Self::new(spec, stream);
    }

    /// Decides what becomes of a frame.
    ///
    /// # Errors
    ///
    /// Why the frame is lost.
    pub fn carry(&mut self, kind: Kind) -> Result<Passage, Loss> {
        if self.cut {
            return Err(Loss::Cut);
        }
        if self.is_ordered_to_lose(kind) || self.burst_loses() || self.stream.happens(self.loss) {
            return Err(Loss::Random);
        }
        let delay = self.delay();
        let held_back = if self.stream.happens(self.reorder) {
            self.held_back
        } else {
            Duration::ZERO
        };
        let is_advert = matches!(kind, Kind::Advert { .. });
        let flip =
            (is_advert && self.stream.happens(self.corrupt)).then(|| self.stream.below(u32::MAX));
        let copy = self.stream.happens(self.duplicate).then(|| self.delay());
        Ok(Passage {
            delay: delay.saturating_add(held_back),
            copy,
            flip,
        })
    }

    /// Whether frames arrive in order, once, and all after the same time.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        self.spec.jitter.is_zero()
            && self.reorder == Share::NONE
            && self.duplicate == Share::NONE
            && self.corrupt == Share::NONE
    }

    /// Whether it loses and damages nothing.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !self.cut
            && self.loss == Share::NONE
            && self.burst.is_none()
            && self.lose_next == 0
            && self.lose_pattern.is_empty()
            && self.corrupt == Share::NONE
    }

    fn is_ordered_to_lose(&mut self, kind: Kind) -> bool {
        let Kind::Advert { resigns } = kind else {
            return false;
        };
        if resigns && core::mem::take(&mut self.lose_resignation) {
            return true;
        }
        if self.lose_next > 0 {
            self.lose_next -= 1;
            return true;
        }
        self.lose_pattern.pop_front().unwrap_or(false)
    }

    fn burst_loses(&mut self) -> bool {
        let Some(mut burst) = self.burst else {
            return false;
        };
        let turn = if burst.bad { burst.leave } else { burst.enter };
        if self.stream.happens(turn) {
            burst.bad = !burst.bad;
        }
        self.burst = Some(burst);
        burst.bad
    }

    fn delay(&mut self) -> Duration {
        let jitter = self.stream.span(self.spec.jitter);
        self.spec.delay.saturating_add(jitter)
    }
}

/// `payload` with one bit flipped.
#[must_use]
pub fn flipped(payload: &[u8], bit: u32) -> Arc<[u8]> {
    let mut bytes = payload.to_vec();
    let bit = usize::try_from(bit).unwrap_or_default();
    let place = (bit / 8).checked_rem(bytes.len()).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << (bit % 8);
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVERT: Kind = Kind::Advert { resigns: false };

    fn link() -> Link {
        Link::new(LinkSpec::default(), Stream::new(1, &["a", "b"]))
    }

    #[test]
    fn exactly_the_next_adverts_are_lost_and_no_arp() {
        let mut link = link();
        link.lose_next = 2;
        assert!(link.carry(Kind::Other).is_ok());
        assert_eq!(link.carry(ADVERT), Err(Loss::Random));
        assert_eq!(link.carry(ADVERT), Err(Loss::Random));
        assert!(link.carry(ADVERT).is_ok());
    }

    #[test]
    fn a_pattern_says_which_adverts_are_lost_and_then_all_arrive() {
        let mut link = link();
        link.lose_pattern = [false, true, true].into();
        let lost: Vec<bool> = (0..5).map(|_| link.carry(ADVERT).is_err()).collect();
        assert_eq!(lost, [false, true, true, false, false]);
    }

    #[test]
    fn only_a_resignation_is_lost_when_a_resignation_is_to_be() {
        let mut link = link();
        link.lose_resignation = true;
        assert!(link.carry(ADVERT).is_ok());
        assert!(link.carry(Kind::Advert { resigns: true }).is_err());
        assert!(link.carry(Kind::Advert { resigns: true }).is_ok());
    }

    #[test]
    fn bursts_are_longer_than_chance_would_make_them() {
        let mut link = link();
        link.burst = Some(Burst {
            enter: Share::percent(5),
            leave: Share::percent(25),
            bad: false,
        });
        let lost: Vec<bool> = (0..4000).map(|_| link.carry(ADVERT).is_err()).collect();
        let bursts = lost.chunk_by(|a, b| a == b).filter(|run| run[0]).count();
        let total = lost.iter().filter(|lost| **lost).count();
        // The mean burst is 1 / 25% = 4 frames.
        assert!(
            (3 * bursts..5 * bursts).contains(&total),
            "{total}/{bursts}"
        );
    }

    #[test]
    fn a_flip_changes_one_bit() {
        assert_eq!(flipped(&[0, 0], 9)[..], [0, 2]);
        assert!(flipped(&[], 9).is_empty());
    }
}
