//! What the operations of a retrieval work on, clock by clock, in the order in which a lane of the core meets it.
//!
//! Taken from an image and a retrieval of the simulator, never drawn: the state before each flip, its distances and fields,
//! and from them the words that stand at the pins of each operation.

use crate::case::Case;
use crate::simulated;
use klr_image::CoreImage;
use klr_image::reference::Reference;
use klr_sim::Dataflow;
use klr_units::{NeuronIdx, PatternIdx, State};

/// The values of a module's inputs in one clock, bit 0 first, and the operations that this clock performs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// For each port that the stream drives its bits.
    pub ports: Vec<Vec<bool>>,
    /// Operations.
    pub events: u64,
}

/// Clocks, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Where it is from.
    pub name: &'static str,
    /// The ports it drives.
    pub ports: Vec<&'static str>,
    /// Its clocks.
    pub steps: Vec<Step>,
}

/// Bits of `value`, two's complement, bit 0 first.
#[must_use]
pub fn bits(value: i64, width: usize) -> Vec<bool> {
    (0..width).map(|bit| value >> bit.min(63) & 1 == 1).collect()
}

/// An index or a number of entries as a word's value.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A moment of the retrieval: what holds before a flip.
struct Moment {
    state: State,
    flips: NeuronIdx,
    distances: Vec<u32>,
    fields: Vec<i64>,
}

/// Widths and lanes of the core that the operands are cut for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    /// Bits of a weight.
    pub weight: usize,
    /// Bits of a kernel word, and one for the sign of a change.
    pub word: usize,
    /// Bits of an accumulator.
    pub accumulator: usize,
    /// Bits of a distance.
    pub counter: usize,
    /// Lanes of the MAC array.
    pub lanes: usize,
    /// Neurons.
    pub n: usize,
}

/// A retrieval, as its operations meet it.
pub struct Operands<'a> {
    image: &'a CoreImage,
    moments: Vec<Moment>,
    /// Clocks of a stream at most.
    clocks: usize,
}

impl std::fmt::Debug for Operands<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operands of {} flips", self.moments.len())
    }
}

/// The pattern at `place` of an image, which has no more than an index can name.
fn index_of(place: usize) -> PatternIdx {
    PatternIdx::new(u32::try_from(place).unwrap_or(u32::MAX))
}

/// Lanes of a word in the operations on distances.
pub const SPAN: usize = 16;
/// Lanes of a word among which a look-up is chosen.
pub const PICKED: usize = 64;

impl<'a> Operands<'a> {
    /// The retrieval of `case` in `delta`, whose states those of every dataflow in this order are; streams of at most
    /// `clocks` clocks.
    #[must_use]
    pub fn record(case: &'a Case, clocks: usize) -> Self {
        let mut case_in_delta = case.clone();
        case_in_delta.schedule.dataflow = Dataflow::Delta;
        let flips = simulated::flips(&case_in_delta);
        let reference = Reference::new(&case.image);
        let mut state = case.cue.clone();
        let mut moments = Vec::new();
        for neuron in flips {
            let (distances, fields) = (reference.distances(&state), reference.fields(&state));
            moments.push(Moment { state: state.clone(), flips: neuron, distances, fields });
            state.flip(neuron.get());
        }
        Self { image: &case.image, moments, clocks }
    }

    /// Flips of the retrieval.
    #[must_use]
    pub fn flips(&self) -> usize {
        self.moments.len()
    }

    /// Widths of the core.
    #[must_use]
    pub fn widths(&self) -> Widths {
        let image = self.image;
        Widths {
            weight: image.weight_format().value_bits() as usize,
            word: usize::from(image.table().format().bits().get()) + 1,
            accumulator: image.geometry().accumulator_bits() as usize,
            counter: image.counter_bits() as usize,
            lanes: image.geometry().mac_lanes(),
            n: image.n() as usize,
        }
    }

    fn p(&self) -> usize {
        self.image.p() as usize
    }

    fn weight(&self, pattern: usize, neuron: usize) -> i64 {
        let weights = self.image.weight_row(index_of(pattern));
        weights[neuron].into()
    }

    fn bit(&self, pattern: usize, neuron: usize) -> bool {
        self.image.pattern(index_of(pattern)).get(neuron)
    }

    fn nearest(distances: &[u32]) -> u32 {
        distances.iter().copied().min().unwrap_or(0)
    }

    fn kernel(&self, distances: &[u32], pattern: usize) -> i64 {
        self.image.table().lookup(distances[pattern], Self::nearest(distances)).into()
    }

    /// Distances after a moment's flip.
    fn after(&self, moment: &Moment) -> Vec<u32> {
        let up = !moment.state.get(moment.flips.get());
        let moved = |(pattern, &distance): (usize, &u32)| {
            if self.bit(pattern, moment.flips.get()) == up { distance - 1 } else { distance + 1 }
        };
        moment.distances.iter().enumerate().map(moved).collect()
    }

    fn stream(&self, name: &'static str, ports: &[&'static str], mut steps: Vec<Step>) -> Stream {
        steps.truncate(self.clocks);
        Stream { name, ports: ports.to_vec(), steps }
    }

    /// Weight, kernel word and the sum before the product, of lane 0 in `synchronous`: all patterns for the first neuron of a
    /// group, then those for the next.
    fn dense(&self, widths: Widths) -> Vec<(i64, i64, i64)> {
        let Some(moment) = self.moments.first() else { return Vec::new() };
        let mut found = Vec::new();
        for neuron in (0..widths.n).step_by(widths.lanes) {
            let mut sum = 0;
            for pattern in 0..self.p() {
                let (weight, word) = (self.weight(pattern, neuron), self.kernel(&moment.distances, pattern));
                found.push((weight, word, sum));
                sum += weight * word;
            }
        }
        found
    }

    /// The same of lane 0 in `delta`: each kernel word that changes meets the first neurons of all groups in turn, and the
    /// sum is a field register.
    fn changes(&self, widths: Widths) -> Vec<(i64, i64, i64)> {
        let mut found = Vec::new();
        for moment in &self.moments {
            let after = self.after(moment);
            let mut fields = moment.fields.clone();
            for pattern in 0..self.p() {
                let change = self.kernel(&after, pattern) - self.kernel(&moment.distances, pattern);
                for neuron in (0..widths.n).step_by(widths.lanes).filter(|_| change != 0) {
                    let weight = self.weight(pattern, neuron);
                    found.push((weight, change, fields[neuron]));
                    fields[neuron] += weight * change;
                }
            }
        }
        found
    }

    /// `weight`, `word` of a multiplication.
    #[must_use]
    pub fn multiply(&self, widths: Widths) -> [Stream; 2] {
        let stream = |name, of: Vec<(i64, i64, i64)>| {
            let step = |(weight, word, _): (i64, i64, i64)| Step {
                ports: vec![bits(weight, widths.weight), bits(word, widths.word)],
                events: 1,
            };
            self.stream(name, &["weight", "word"], of.into_iter().map(step).collect())
        };
        [stream("synchronous", self.dense(widths)), stream("delta", self.changes(widths))]
    }

    /// `sum`, `product` of an addition.
    #[must_use]
    pub fn add(&self, widths: Widths) -> [Stream; 2] {
        let product_bits = widths.weight + widths.word;
        let stream = |name, of: Vec<(i64, i64, i64)>| {
            let step = |(weight, word, sum): (i64, i64, i64)| Step {
                ports: vec![bits(sum, widths.accumulator), bits(weight * word, product_bits)],
                events: 1,
            };
            self.stream(name, &["sum", "product"], of.into_iter().map(step).collect())
        };
        [stream("synchronous", self.dense(widths)), stream("delta", self.changes(widths))]
    }

    /// `addends` of the adder tree in `sweep`: the products of so many patterns that follow each other, of one neuron.
    #[must_use]
    pub fn tree(&self, widths: Widths) -> Stream {
        let mut steps = Vec::new();
        for moment in &self.moments {
            let neuron = moment.flips.get();
            for first in (0..self.p().saturating_sub(widths.lanes - 1)).step_by(widths.lanes) {
                let product = |pattern: usize| {
                    let product = self.weight(pattern, neuron) * self.kernel(&moment.distances, pattern);
                    bits(product, widths.weight + widths.word)
                };
                let addends = (first..first + widths.lanes).flat_map(product).collect();
                steps.push(Step { ports: vec![addends], events: widths.lanes as u64 - 1 });
            }
        }
        self.stream("sweep", &["addends"], steps)
    }

    /// `first_column`, `column_up`, `pattern_word` of a first pass.
    #[must_use]
    pub fn first_pass(&self, widths: Widths) -> Stream {
        let mut steps = Vec::new();
        if let Some(moment) = self.moments.first() {
            for first in (0..self.p().saturating_sub(SPAN - 1)).step_by(SPAN) {
                for neuron in 0..widths.n {
                    let word = (first..first + SPAN).map(|pattern| self.bit(pattern, neuron)).collect();
                    let ports = vec![vec![neuron == 0], vec![moment.state.get(neuron)], word];
                    steps.push(Step { ports, events: SPAN as u64 });
                }
            }
        }
        self.stream("first-pass", &["first_column", "column_up", "pattern_word"], steps)
    }

    /// Every word of an update of every flip.
    fn updates(&self, lanes: usize) -> impl Iterator<Item = (&Moment, usize)> {
        let spans = move || (0..self.p().saturating_sub(lanes - 1)).step_by(lanes);
        self.moments.iter().flat_map(move |moment| spans().map(move |first| (moment, first)))
    }

    fn counters(distances: &[u32], first: usize, lanes: usize, width: usize) -> Vec<bool> {
        distances[first..first + lanes].iter().flat_map(|&distance| bits(distance.into(), width)).collect()
    }

    /// `moving_up`, `pattern_word`, `counter_word` of an update, and with `compares` the window: `origin`, `origin_before`,
    /// `window`.
    #[must_use]
    pub fn update(&self, widths: Widths, compares: bool) -> Stream {
        let window = whole(self.image.table().window().min(widths.n + 1));
        let (mut steps, mut last) = (Vec::new(), None);
        for (moment, first) in self.updates(SPAN).take(self.clocks) {
            let neuron = moment.flips.get();
            let after = match last.take() {
                Some((known, after)) if std::ptr::eq(known, moment) => after,
                _ => self.after(moment),
            };
            let word = (first..first + SPAN).map(|pattern| self.bit(pattern, neuron)).collect();
            let mut ports = vec![
                vec![!moment.state.get(neuron)],
                word,
                Self::counters(&moment.distances, first, SPAN, widths.counter),
            ];
            if compares {
                for (value, width) in [
                    (self.origin(&after), widths.counter),
                    (self.origin(&moment.distances), widths.counter),
                    (window, widths.counter + 1),
                ] {
                    ports.push(bits(value, width));
                }
            }
            steps.push(Step { ports, events: SPAN as u64 });
            last = Some((moment, after));
        }
        let ports = ["moving_up", "pattern_word", "counter_word", "origin", "origin_before", "window"];
        self.stream("delta", if compares { &ports } else { &ports[..3] }, steps)
    }

    fn origin(&self, distances: &[u32]) -> i64 {
        self.image.table().origin(Self::nearest(distances)).into()
    }

    /// `counter_word`, `origin`, `window` of a stream.
    #[must_use]
    pub fn window(&self, widths: Widths) -> Stream {
        let window = whole(self.image.table().window().min(widths.n + 1));
        let step = |(moment, first): (&Moment, usize)| Step {
            ports: vec![
                Self::counters(&moment.distances, first, SPAN, widths.counter),
                bits(self.origin(&moment.distances), widths.counter),
                bits(window, widths.counter + 1),
            ],
            events: SPAN as u64,
        };
        let steps = self.updates(SPAN).take(self.clocks).map(step).collect();
        self.stream("stream", &["counter_word", "origin", "window"], steps)
    }

    /// `job_ends`, `distances` of the smallest distance.
    #[must_use]
    pub fn minimum(&self, widths: Widths) -> Stream {
        let step = |(moment, first): (&Moment, usize)| Step {
            ports: vec![
                vec![first + 2 * SPAN > self.p()],
                Self::counters(&moment.distances, first, SPAN, widths.counter),
            ],
            events: SPAN as u64,
        };
        let steps = self.updates(SPAN).take(self.clocks).map(step).collect();
        self.stream("delta", &["job_ends", "distances"], steps)
    }

    /// The look-ups of updates: with `picks` the whole word with its pending lanes, otherwise the lane that is looked up.
    #[must_use]
    pub fn lookups(&self, widths: Widths, picks: bool) -> Stream {
        let window = whole(self.image.table().window().min(widths.n + 1));
        let mut steps = Vec::new();
        'moments: for moment in &self.moments {
            let (after, neuron) = (self.after(moment), moment.flips.get());
            let up = !moment.state.get(neuron);
            let (origin, before) = (self.origin(&after), self.origin(&moment.distances));
            let settings = [
                bits(origin, widths.counter),
                bits(before, widths.counter),
                bits(window, widths.counter + 1),
            ];
            for first in (0..self.p().saturating_sub(PICKED - 1)).step_by(PICKED) {
                let lanes = first..first + PICKED;
                let index = |pattern: usize| i64::from(after[pattern]) - origin;
                let index_before = |pattern: usize| i64::from(moment.distances[pattern]) - before;
                let looked_up = |pattern: usize| {
                    u64::from(index(pattern) < window) + u64::from(index_before(pattern) < window)
                };
                let mut pending: Vec<bool> = lanes
                    .clone()
                    .map(|pattern| index(pattern) != index_before(pattern) && looked_up(pattern) > 0)
                    .collect();
                while let Some(lane) = pending.iter().position(|&waits| waits) {
                    let pattern = first + lane;
                    let ports = if picks {
                        vec![
                            pending.clone(),
                            Self::counters(&after, first, PICKED, widths.counter),
                            lanes.clone().map(|pattern| self.bit(pattern, neuron) == up).collect(),
                        ]
                    } else {
                        vec![
                            vec![self.bit(pattern, neuron) == up],
                            bits(after[pattern].into(), widths.counter),
                        ]
                    };
                    let ports = ports.into_iter().chain(settings.clone()).collect();
                    steps.push(Step { ports, events: looked_up(pattern) });
                    pending[lane] = false;
                }
                if steps.len() >= self.clocks {
                    break 'moments;
                }
            }
        }
        let tail = ["origin", "origin_before", "window"];
        let ports: Vec<&str> = if picks {
            ["pending", "distances", "agrees"].into_iter().chain(tail).collect()
        } else {
            ["agrees", "distance"].into_iter().chain(tail).collect()
        };
        self.stream("delta", &ports, steps)
    }

    /// The look-ups of a stream: `pending`, `distances`, `by_chunk`, `origin` while a word stands and its lanes are taken, in
    /// `synchronous` one after the other, in `sweep` as many at once as a packet has places.
    #[must_use]
    pub fn stream_lookups(&self, widths: Widths) -> [Stream; 2] {
        let stream = |name, at_once: usize, by_chunk: bool| {
            let mut steps = Vec::new();
            for (moment, first) in self.updates(PICKED).take(self.clocks) {
                let word = Self::counters(&moment.distances, first, PICKED, widths.counter);
                let origin = bits(self.origin(&moment.distances), widths.counter);
                for taken in (0..PICKED).step_by(at_once) {
                    let pending = (0..PICKED).map(|lane| lane >= taken).collect();
                    let ports = vec![pending, word.clone(), vec![by_chunk], origin.clone()];
                    steps.push(Step { ports, events: at_once.min(PICKED - taken) as u64 });
                }
                if steps.len() >= self.clocks {
                    break;
                }
            }
            self.stream(name, &["pending", "distances", "by_chunk", "origin"], steps)
        };
        [stream("synchronous", 1, false), stream("sweep", widths.lanes.min(PICKED), true)]
    }

    /// `field`, `up` of the neurons in turn, at the state before each flip.
    #[must_use]
    pub fn evaluations(&self, widths: Widths) -> Stream {
        let mut steps = Vec::new();
        for moment in self.moments.iter().take(self.clocks.div_ceil(widths.n.max(1))) {
            for (neuron, &field) in moment.fields.iter().enumerate() {
                let ports = vec![bits(field, widths.accumulator), vec![moment.state.get(neuron)]];
                steps.push(Step { ports, events: 1 });
            }
        }
        self.stream("delta", &["field", "up"], steps)
    }

    /// `write`, `new_sum` of one field register of lane 0: the sums of all groups pass by, and those of its own are written.
    #[must_use]
    pub fn writes(&self, widths: Widths) -> Stream {
        let groups = widths.n.div_ceil(widths.lanes);
        let step = |(turn, (weight, word, sum)): (usize, (i64, i64, i64))| {
            let own = turn % groups == 0;
            let ports = vec![vec![own], bits(sum + weight * word, widths.accumulator)];
            Step { ports, events: if own { widths.accumulator as u64 } else { 0 } }
        };
        let steps = self.changes(widths).into_iter().take(self.clocks).enumerate().map(step).collect();
        self.stream("delta", &["write", "new_sum"], steps)
    }

    /// `write`, `new_sum` of an accumulator that is no field register: in `synchronous` that of lane 0, in `sweep` that behind
    /// the adder tree, which is written once for the products of a packet.
    #[must_use]
    pub fn sums(&self, widths: Widths) -> [Stream; 2] {
        let step = |sum: i64| Step {
            ports: vec![vec![true], bits(sum, widths.accumulator)],
            events: widths.accumulator as u64,
        };
        let dense = self.dense(widths).into_iter().map(|(weight, word, sum)| step(sum + weight * word));
        let mut sweep = Vec::new();
        for moment in &self.moments {
            let mut sum = 0;
            for first in (0..self.p()).step_by(widths.lanes) {
                let packet = first..(first + widths.lanes).min(self.p());
                let product = |pattern: usize| {
                    self.weight(pattern, moment.flips.get()) * self.kernel(&moment.distances, pattern)
                };
                sum += packet.map(product).sum::<i64>();
                sweep.push(step(sum));
            }
        }
        let ports = ["write", "new_sum"];
        [self.stream("synchronous", &ports, dense.collect()), self.stream("sweep", &ports, sweep)]
    }

    /// `fields`, `field_neuron`: every field is read in turn, at the state before each flip.
    #[must_use]
    pub fn reads(&self, widths: Widths) -> Stream {
        let mut steps = Vec::new();
        for moment in self.moments.iter().take(self.clocks.div_ceil(widths.n.max(1))) {
            let fields: Vec<bool> =
                moment.fields.iter().flat_map(|&field| bits(field, widths.accumulator)).collect();
            for neuron in 0..widths.n {
                let ports = vec![fields.clone(), bits(whole(neuron), widths.counter)];
                steps.push(Step { ports, events: widths.accumulator as u64 });
            }
        }
        self.stream("delta", &["fields", "field_neuron"], steps)
    }

    /// `first_bank`, `bank_word`: the weights of a group of a pattern, bank by bank. An operation is a bit of a lane.
    #[must_use]
    pub fn turns(&self, widths: Widths) -> Stream {
        let mut steps = Vec::new();
        'patterns: for pattern in 0..self.p() {
            for first in (0..widths.n.saturating_sub(widths.lanes - 1)).step_by(widths.lanes) {
                let bank_of_first = (pattern + first) % widths.lanes;
                let mut word = vec![false; widths.lanes * widths.weight];
                for lane in 0..widths.lanes {
                    let bank = (bank_of_first + lane) % widths.lanes;
                    let weight = bits(self.weight(pattern, first + lane), widths.weight);
                    word[bank * widths.weight..(bank + 1) * widths.weight].copy_from_slice(&weight);
                }
                let width = widths.lanes.next_power_of_two().trailing_zeros().max(1) as usize;
                let ports = vec![bits(whole(bank_of_first), width), word];
                steps.push(Step { ports, events: widths.lanes as u64 });
                if steps.len() >= self.clocks {
                    break 'patterns;
                }
            }
        }
        self.stream("delta", &["first_bank", "bank_word"], steps)
    }

    /// `violated`, `position`: the neurons whose fields are against them, sought from the neuron that flipped last on.
    #[must_use]
    pub fn searches(&self, widths: Widths) -> Stream {
        let (mut steps, mut position) = (Vec::new(), 0);
        for moment in &self.moments {
            let violated = |(neuron, &field): (usize, &i64)| {
                if moment.state.get(neuron) { field < 0 } else { field > 0 }
            };
            let violated: Vec<bool> = moment.fields.iter().enumerate().map(violated).collect();
            steps.push(Step { ports: vec![violated, bits(position, widths.counter)], events: 1 });
            position = whole(moment.flips.get());
        }
        self.stream("delta", &["violated", "position"], steps)
    }

    /// `reset`, `push`, `push_data`, `pop`: words with their patterns, sent in each clock and taken when the lanes have met all
    /// groups with the one before. An operation is a bit that goes in and comes out.
    #[must_use]
    pub fn queue(&self, widths: Widths) -> Stream {
        let groups = widths.n.div_ceil(widths.lanes);
        let pattern_bits = (usize::BITS - self.p().leading_zeros()) as usize;
        let mut words = Vec::new();
        for moment in &self.moments {
            let after = self.after(moment);
            for pattern in 0..self.p() {
                let change = self.kernel(&after, pattern) - self.kernel(&moment.distances, pattern);
                if change != 0 {
                    words.push([bits(change, widths.word), bits(whole(pattern), pattern_bits)].concat());
                }
            }
        }
        let width = widths.word + pattern_bits;
        let mut steps =
            vec![Step { ports: vec![vec![true], vec![false], vec![false; width], vec![false]], events: 0 }];
        let mut words = words.into_iter();
        let (mut held, mut at_hand) = (0, vec![false; width]);
        while steps.len() < self.clocks {
            let pops = steps.len() % groups == 0 && held > 0;
            let pushes = held < 4;
            if pushes {
                let Some(word) = words.next() else { break };
                at_hand = word;
            }
            held = held + usize::from(pushes) - usize::from(pops);
            let ports = vec![vec![false], vec![pushes], at_hand.clone(), vec![pops]];
            steps.push(Step { ports, events: if pops { width as u64 } else { 0 } });
        }
        self.stream("delta", &["reset", "push", "push_data", "pop"], steps)
    }

    /// Bits of a queue entry in [`queue`](Self::queue).
    #[must_use]
    pub fn queue_bits(&self, widths: Widths) -> usize {
        widths.word + (usize::BITS - self.p().leading_zeros()) as usize
    }

    /// `d`: nothing ever changes.
    #[must_use]
    pub fn still(&self, width: usize) -> Stream {
        let step = Step { ports: vec![vec![false; width]], events: width as u64 };
        self.stream("still", &["d"], vec![step; self.clocks.min(16)])
    }
}
