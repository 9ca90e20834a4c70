//! Events as numbers: a code, two small operands and a large one, as `docs/timing.md` lists them.

use super::{Target, TraceEvent};
use crate::fault::FaultCode;
use klr_image::Outcome;
use klr_units::{NeuronIdx, PatternIdx};

/// The number of each event in binary traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum EventCode {
    Cue = 0,
    Step = 1,
    ReadPattern = 2,
    ReadCounters = 3,
    WriteCounters = 4,
    PortConflict = 5,
    LookUp = 6,
    StallActivationQueue = 7,
    EnterActivationQueue = 8,
    Take = 9,
    Field = 10,
    Skip = 11,
    Flip = 12,
    StallSpikeQueue = 13,
    EnterSpikeQueue = 14,
    TakeSpike = 15,
    Fault = 16,
    End = 17,
    Insert = 18,
    Eliminate = 19,
    UpdateList = 20,
    Refresh = 21,
    ListOverflow = 22,
    ReadPatternRow = 23,
    ReadSignsMacArray = 24,
    ReadSignsDistanceUnit = 25,
}

impl EventCode {
    /// Every code, in order.
    pub(super) const ALL: [Self; 26] = [
        Self::Cue,
        Self::Step,
        Self::ReadPattern,
        Self::ReadCounters,
        Self::WriteCounters,
        Self::PortConflict,
        Self::LookUp,
        Self::StallActivationQueue,
        Self::EnterActivationQueue,
        Self::Take,
        Self::Field,
        Self::Skip,
        Self::Flip,
        Self::StallSpikeQueue,
        Self::EnterSpikeQueue,
        Self::TakeSpike,
        Self::Fault,
        Self::End,
        Self::Insert,
        Self::Eliminate,
        Self::UpdateList,
        Self::Refresh,
        Self::ListOverflow,
        Self::ReadPatternRow,
        Self::ReadSignsMacArray,
        Self::ReadSignsDistanceUnit,
    ];
}

/// An event as numbers. An operand that an event has no use for is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coded {
    pub(super) code: u8,
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) c: i64,
}

const fn coded(code: EventCode, a: u32, b: u32, c: i64) -> Coded {
    Coded { code: code as u8, a, b, c }
}

fn small(x: usize) -> u32 {
    u32::try_from(x).unwrap_or(u32::MAX)
}

/// A flag in the lowest bit, a count in the others.
fn flag_and_count(flag: bool, count: u64) -> u32 {
    u32::from(flag) | u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX >> 1) << 1
}

fn target_number(target: Target) -> i64 {
    match target {
        Target::Group(group) => i64::from(small(group)) * 4,
        Target::Neuron(neuron) => i64::from(small(neuron.get())) * 4 + 1,
        Target::AllFields => 2,
    }
}

fn target(number: i64) -> Option<Target> {
    let index = u32::try_from(number / 4).ok()?;
    match number % 4 {
        0 => Some(Target::Group(index as usize)),
        1 => Some(Target::Neuron(NeuronIdx::new(index))),
        2 => Some(Target::AllFields),
        _ => None,
    }
}

impl From<&TraceEvent> for Coded {
    fn from(event: &TraceEvent) -> Self {
        use EventCode as Code;
        match *event {
            TraceEvent::Cue { n } => coded(Code::Cue, n, 0, 0),
            TraceEvent::Step { number } => coded(Code::Step, 0, 0, i64::try_from(number).unwrap_or(i64::MAX)),
            TraceEvent::PatternRead { block, neuron } => {
                coded(Code::ReadPattern, small(block), small(neuron.get()), 0)
            }
            TraceEvent::CounterRead { block } => coded(Code::ReadCounters, small(block), 0, 0),
            TraceEvent::CounterWrite { block } => coded(Code::WriteCounters, small(block), 0, 0),
            TraceEvent::PortConflict => coded(Code::PortConflict, 0, 0, 0),
            TraceEvent::Lookup { first, words, last } => {
                let first = first.map_or(-1, |mu| i64::from(small(mu.get())));
                coded(Code::LookUp, small(words), last.into(), first)
            }
            TraceEvent::ActivationStall => coded(Code::StallActivationQueue, 0, 0, 0),
            TraceEvent::ActivationEnters { depth } => coded(Code::EnterActivationQueue, small(depth), 0, 0),
            TraceEvent::MacTakes { words, target, last, cycles } => {
                coded(Code::Take, small(words), flag_and_count(last, cycles), target_number(target))
            }
            TraceEvent::Field { neuron, field } => coded(Code::Field, small(neuron.get()), 0, field),
            TraceEvent::Skip => coded(Code::Skip, 0, 0, 0),
            TraceEvent::Flip { neuron, up } => coded(Code::Flip, small(neuron.get()), up.into(), 0),
            TraceEvent::SpikeStall => coded(Code::StallSpikeQueue, 0, 0, 0),
            TraceEvent::SpikeEnters { neuron, depth } => {
                coded(Code::EnterSpikeQueue, small(neuron.get()), small(depth), 0)
            }
            TraceEvent::SpikeTaken { neuron } => coded(Code::TakeSpike, small(neuron.get()), 0, 0),
            TraceEvent::Fault { code } => coded(Code::Fault, code as u32, 0, 0),
            TraceEvent::End { outcome } => coded(Code::End, outcome as u32, 0, 0),
            TraceEvent::Insert { entries } => coded(Code::Insert, small(entries), 0, 0),
            TraceEvent::Eliminated { block } => coded(Code::Eliminate, small(block), 0, 0),
            TraceEvent::ListUpdate { entries, d_min } => coded(Code::UpdateList, small(entries), d_min, 0),
            TraceEvent::Refresh => coded(Code::Refresh, 0, 0, 0),
            TraceEvent::ListOverflow => coded(Code::ListOverflow, 0, 0, 0),
            TraceEvent::RowRead { pattern, word } => {
                coded(Code::ReadPatternRow, small(pattern.get()), small(word), 0)
            }
            TraceEvent::RowSigns { pattern, words } => {
                let words = u32::try_from(words).unwrap_or(u32::MAX);
                coded(Code::ReadSignsMacArray, small(pattern.get()), words, 0)
            }
            TraceEvent::ColumnSigns { block, neuron } => {
                coded(Code::ReadSignsDistanceUnit, small(block), small(neuron.get()), 0)
            }
        }
    }
}

impl Coded {
    /// The event that these numbers stand for; `None` if there is no such event, or if an operand that it has no use for is
    /// not zero: an event has one record only.
    pub(super) fn event(self) -> Option<TraceEvent> {
        self.meant().filter(|event| Self::from(event) == self)
    }

    /// The event that the numbers it has a use for stand for.
    fn meant(self) -> Option<TraceEvent> {
        use EventCode as Code;
        let Self { code, a, b, c } = self;
        let (at, then) = (a as usize, b as usize);
        let neuron = NeuronIdx::new;
        let code = Code::ALL.into_iter().find(|known| *known as u8 == code)?;
        Some(match code {
            Code::Cue => TraceEvent::Cue { n: a },
            Code::Step => TraceEvent::Step { number: u64::try_from(c).ok()? },
            Code::ReadPattern => TraceEvent::PatternRead { block: at, neuron: neuron(b) },
            Code::ReadCounters => TraceEvent::CounterRead { block: at },
            Code::WriteCounters => TraceEvent::CounterWrite { block: at },
            Code::PortConflict => TraceEvent::PortConflict,
            Code::LookUp => {
                let first = if c < 0 { None } else { Some(PatternIdx::new(u32::try_from(c).ok()?)) };
                TraceEvent::Lookup { first, words: at, last: b & 1 == 1 }
            }
            Code::StallActivationQueue => TraceEvent::ActivationStall,
            Code::EnterActivationQueue => TraceEvent::ActivationEnters { depth: at },
            Code::Take => {
                let cycles = u64::from(b >> 1);
                TraceEvent::MacTakes { words: at, target: target(c)?, last: b & 1 == 1, cycles }
            }
            Code::Field => TraceEvent::Field { neuron: neuron(a), field: c },
            Code::Skip => TraceEvent::Skip,
            Code::Flip => TraceEvent::Flip { neuron: neuron(a), up: b == 1 },
            Code::StallSpikeQueue => TraceEvent::SpikeStall,
            Code::EnterSpikeQueue => TraceEvent::SpikeEnters { neuron: neuron(a), depth: then },
            Code::TakeSpike => TraceEvent::SpikeTaken { neuron: neuron(a) },
            Code::Fault => {
                TraceEvent::Fault { code: FaultCode::ALL.into_iter().find(|known| *known as u32 == a)? }
            }
            Code::End => {
                TraceEvent::End { outcome: Outcome::ALL.into_iter().find(|known| *known as u32 == a)? }
            }
            Code::Insert => TraceEvent::Insert { entries: at },
            Code::Eliminate => TraceEvent::Eliminated { block: at },
            Code::UpdateList => TraceEvent::ListUpdate { entries: at, d_min: b },
            Code::Refresh => TraceEvent::Refresh,
            Code::ListOverflow => TraceEvent::ListOverflow,
            Code::ReadPatternRow => TraceEvent::RowRead { pattern: PatternIdx::new(a), word: then },
            Code::ReadSignsMacArray => TraceEvent::RowSigns { pattern: PatternIdx::new(a), words: b.into() },
            Code::ReadSignsDistanceUnit => TraceEvent::ColumnSigns { block: at, neuron: neuron(b) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(event: TraceEvent) -> Option<TraceEvent> {
        Coded::from(&event).event()
    }

    #[test]
    fn every_code_is_the_code_of_its_own_event() {
        for code in EventCode::ALL {
            let event = Coded { code: code as u8, a: 0, b: 0, c: 0 }.event().unwrap();
            assert_eq!(Coded::from(&event).code, code as u8, "{event:?}");
        }
    }

    #[test]
    fn a_fault_of_each_kind_is_told_by_its_code() {
        for (number, code) in FaultCode::ALL.into_iter().enumerate() {
            let event = TraceEvent::Fault { code };
            assert_eq!(Coded::from(&event).a as usize, number, "{}", code.name());
            assert_eq!(back(event), Some(event), "{}", code.name());
        }
        assert_eq!(Coded { code: 16, a: 4, b: 0, c: 0 }.event(), None, "no such fault");
    }

    #[test]
    fn operands_come_back() {
        let neuron = NeuronIdx::new(7);
        for target in [Target::Group(3), Target::Neuron(neuron), Target::AllFields] {
            for last in [false, true] {
                let event = TraceEvent::MacTakes { words: 5, target, last, cycles: 9 };
                assert_eq!(back(event), Some(event), "{event}");
            }
        }
        for first in [None, Some(PatternIdx::new(0)), Some(PatternIdx::new(4))] {
            let event = TraceEvent::Lookup { first, words: 2, last: true };
            assert_eq!(back(event), Some(event), "{event}");
        }
        for outcome in Outcome::ALL {
            assert_eq!(back(TraceEvent::End { outcome }), Some(TraceEvent::End { outcome }), "{outcome:?}");
        }
        let field = TraceEvent::Field { neuron, field: -12 };
        assert_eq!(back(field), Some(field), "{field}");
    }

    #[test]
    fn numbers_that_stand_for_nothing_are_no_event() {
        let none = |code: EventCode, a, c| Coded { code: code as u8, a, b: 0, c }.event();
        assert_eq!(Coded { code: 26, a: 0, b: 0, c: 0 }.event(), None, "no such code");
        assert_eq!(none(EventCode::End, 4, 0), None, "no such outcome");
        assert_eq!(none(EventCode::Take, 1, 3), None, "no such target");
        assert_eq!(none(EventCode::Take, 1, i64::MAX - 3), None, "a group beyond any");
        assert_eq!(none(EventCode::Step, 0, -1), None, "steps are counted from 1");
        assert_eq!(none(EventCode::Skip, 1, 0), None, "an operand that a skip has no use for");
        let flip = Coded { code: EventCode::Flip as u8, a: 0, b: 2, c: 0 };
        assert_eq!(flip.event(), None, "neither to -1 nor to +1");
    }
}
