//! The scenario `chaos`: a fault drawn for each request, the same again for the same seed and order.

use super::scenario::{File, Poll, Post};
use super::task::scatter;

/// Where the draws come from.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    throws: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed: scatter(seed), throws: 0 }
    }

    fn percent(&mut self) -> u64 {
        self.throws += 1;
        scatter(self.seed.wrapping_add(self.throws)) % 100
    }

    /// What becomes of a request that creates a task.
    pub(super) fn post(&mut self) -> Post {
        match self.percent() {
            0..5 => Post::CreateThenDrop,
            5..8 => Post::CreateThenSilence,
            8..10 => Post::CreateThenNoId,
            10..12 => Post::CreateThenGarbage,
            12..14 => Post::CreateThen500,
            14..16 => Post::CreateThen502,
            16..20 => Post::DropUnheard,
            20..25 => Post::TooMany(u32::MAX),
            _ => Post::Accept,
        }
    }

    /// What happens to a poll, and which of its kind it is, from 0.
    pub(super) fn poll(&mut self) -> (Poll, u32) {
        let turn = u32::try_from(self.percent()).unwrap_or_default();
        match self.percent() {
            0..1 => (Poll::TooMany, 0),
            1..2 => (Poll::Silence, 0),
            2..5 => (Poll::Drop, 0),
            5..9 => (Poll::ServerErrors, turn % 3),
            9..13 => (Poll::Garbage, turn % 5),
            13..14 => (Poll::Huge, 0),
            14..18 => (Poll::Hollow, turn % 4),
            18..21 => (Poll::Fickle, turn % 4),
            21..25 => (Poll::Hide, turn),
            _ => (Poll::Answer, 0),
        }
    }

    /// What stands behind a result URL.
    pub(super) fn file(&mut self) -> File {
        match self.percent() {
            0..8 => File::Cut,
            8..14 => File::Slow,
            14..18 => File::Short,
            18..21 => File::AllGone,
            21..23 => File::Html,
            23..25 => File::NotMp4,
            _ => File::Clip,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_seed_draws_the_same_again_and_every_kind() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..1_000)
                .map(|_| format!("{:?} {:?} {:?}", dice.post(), dice.poll(), dice.file()))
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let mut dice = Dice::new(1);
        let kinds = |draws: Vec<String>| draws.into_iter().collect::<HashSet<_>>().len();
        assert_eq!(kinds((0..2_000).map(|_| format!("{:?}", dice.post())).collect()), 9);
        assert_eq!(kinds((0..2_000).map(|_| format!("{:?}", dice.poll().0)).collect()), 10);
        assert_eq!(kinds((0..2_000).map(|_| format!("{:?}", dice.file())).collect()), 7);
    }
}
