//! Does the crossbar core do what its rules say in every cycle of 250 random event streams? Expected is what
//! `crates/crossbar/tests/fixtures/streams.py` has added up from the rules: it steps through nothing, and shares nothing
//! with the simulator but `docs/crossbar.md`.

mod harness;

use harness::{bits, changed, neuron};
use klr_crossbar::{
    CrossbarConfig, CrossbarCore, CrossbarEvent, CrossbarImage, CrossbarRun, CrossbarSink, CrossbarTrace,
};
use klr_units::Cycle;
use std::collections::BTreeMap;
use std::str::FromStr;

const STREAMS: &str = include_str!("fixtures/streams.txt");

/// The words of the digests, as `streams.py` numbers them: states of the controller, and edges of the ports.
const PUSH: u64 = 1;
const ACKNOWLEDGE: u64 = 2;
const SCAN: u64 = 3;
const POP: u64 = 4;

/// One stream as it is stored.
struct Stream {
    name: &'static str,
    image: CrossbarImage,
    config: CrossbarConfig,
    events: Vec<CrossbarEvent>,
    expected: Timing,
}

/// When everything happened.
#[derive(Debug, Default, PartialEq, Eq)]
struct Timing {
    starts: Vec<u64>,
    bodies: Vec<u64>,
    waits: Vec<u64>,
    /// Cycles, spikes, spikes dropped, active cycles.
    counts: [u64; 4],
    active: u64,
    edges: u64,
}

fn number<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// `key=value` pairs of a line.
fn pairs(line: &'static str) -> BTreeMap<&'static str, &'static str> {
    line.split(' ').filter_map(|word| word.split_once('=')).collect()
}

/// The numbers after the first word of a line.
fn list(line: &str, name: &str) -> Vec<u64> {
    let rest = line.strip_prefix(name).unwrap_or_else(|| panic!("{line} is no list of {name}"));
    rest.split_whitespace().map(number).collect()
}

/// The weight from row `j` to neuron `i`: the formula that `streams.py` states.
fn weight(knob: &str, j: i64, i: i64) -> i16 {
    if knob == "once" {
        return i16::from(j == 0 && i != 0);
    }
    let [a, b, c, d, m] = knob.split(',').map(number::<i64>).collect::<Vec<_>>()[..] else {
        panic!("{knob} are not five numbers")
    };
    i16::try_from((a * j + b * i + c * j * i + d) % m - m / 2).expect("m is small")
}

fn event(text: &str) -> CrossbarEvent {
    let (kind, rest) = text.split_at(1);
    match kind {
        "S" => CrossbarEvent::Spike(neuron(number(rest))),
        "L" if rest.is_empty() => CrossbarEvent::LeakAll,
        "L" => CrossbarEvent::LeakOne(neuron(number(rest))),
        "V" => {
            let (at, weight) = rest.split_once(':').expect("a neuron and a weight");
            CrossbarEvent::Virtual(neuron(number(at)), number(weight))
        }
        _ => panic!("{text} is no event"),
    }
}

fn streams() -> Vec<Stream> {
    let lines: Vec<&'static str> = STREAMS.lines().filter(|line| !line.starts_with('#')).collect();
    lines.chunks(6).map(stream).collect()
}

fn stream(lines: &[&'static str]) -> Stream {
    let knobs = pairs(lines[0]);
    let n: u32 = number(knobs["n"]);
    let all = (0..i64::from(n)).flat_map(|j| (0..i64::from(n)).map(move |i| (j, i)));
    let weights = all.map(|(j, i)| weight(knobs["weights"], j, i)).collect();
    let config = changed(CrossbarConfig::tiny_odin(), |c| {
        c.ack_cycles = number(knobs["ack"]);
        c.host_cycles = number(knobs["host"]);
        c.threshold = number(knobs["threshold"]);
        c.leak = number(knobs["leak"]);
        c.closed_loop = knobs["closed"] == "1";
    });
    let result = pairs(lines[5]);
    let digest = |key: &str| u64::from_str_radix(result[key], 16).expect("16 digits");
    Stream {
        name: lines[0],
        image: CrossbarImage::new(n, bits(4), weights).expect("weights of 4 bits"),
        config,
        events: lines[1].split(' ').skip(1).map(event).collect(),
        expected: Timing {
            starts: list(lines[2], "starts"),
            bodies: list(lines[3], "bodies"),
            waits: list(lines[4], "waits"),
            counts: ["cycles", "spikes", "dropped", "active"].map(|key| number(result[key])),
            active: digest("digest"),
            edges: digest("edges"),
        },
    }
}

/// FNV-1a over 64-bit words.
fn digest<const WORDS: usize>(records: &[[u64; WORDS]]) -> u64 {
    let fold = |hash: u64, word: &u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
    records.iter().flatten().fold(0xcbf2_9ce4_8422_2325, fold)
}

/// Every cycle in which the controller does not wait, and every edge, put together from the events of a trace: a wait is
/// told once, when it begins.
struct Record {
    n: u64,
    words_per_row: u64,
    /// Cycle, state, enables (neuron memory selected, written, weight memory selected, fires), neuron, word, written.
    active: Vec<[u64; 6]>,
    /// Cycle, which, neuron.
    edges: Vec<[u64; 3]>,
    /// When the wait began that the next read or pop ends.
    waiting: Option<u64>,
    acknowledged: u64,
    /// The word of weight memory whose row is at work, in the cycles of its first neuron.
    word: Option<u64>,
    /// Neurons that the event at work has yet to write.
    left: u64,
    /// What is at work, if it is not a leak.
    pushed: Option<CrossbarEvent>,
    events: std::vec::IntoIter<CrossbarEvent>,
    timing: Timing,
}

impl Record {
    fn of(stream: &Stream) -> (Self, CrossbarRun) {
        let n = stream.image.n();
        let mut record = Self {
            n: n.into(),
            words_per_row: stream.config.words_per_row(n).into(),
            active: Vec::new(),
            edges: Vec::new(),
            waiting: None,
            acknowledged: 0,
            word: None,
            left: 0,
            pushed: None,
            events: stream.events.clone().into_iter(),
            timing: Timing::default(),
        };
        let core = CrossbarCore::new(&stream.image, stream.config).expect("it fits");
        let run = core.run(&stream.events, &mut record).expect("the neurons exist");
        let a = &run.activity;
        record.active.sort_unstable();
        record.edges.sort_unstable();
        record.timing.counts = [a.cycles, a.spikes, a.looped_dropped, record.active.len() as u64];
        record.timing.active = digest(&record.active);
        record.timing.edges = digest(&record.edges);
        (record, run)
    }

    /// The first cycle of a scan: of what was pushed or taken from the event queue, or of a leak.
    fn begin(&mut self, now: u64) {
        let event = self.pushed.take().unwrap_or_else(|| {
            self.timing.starts.push(now);
            self.events.next().expect("a leak of the stream")
        });
        self.timing.bodies.push(now);
        self.left = match event {
            CrossbarEvent::Spike(_) | CrossbarEvent::LeakAll => self.n,
            CrossbarEvent::LeakOne(_) | CrossbarEvent::Virtual(..) => 1,
        };
        if matches!(event, CrossbarEvent::Virtual(..)) {
            self.timing.waits.push(0);
        }
    }

    fn hold(&mut self, now: u64, record: impl Fn(u64) -> [u64; 6]) {
        let since = self.waiting.take().unwrap_or(now);
        self.active.extend((since..=now).map(record));
    }
}

impl CrossbarSink for Record {
    fn event(&mut self, cycle: Cycle, event: &CrossbarTrace) {
        let now = cycle.get();
        let wide = |index: usize| index as u64;
        let mut edge = |which, neuron| self.edges.push([now, which, neuron]);
        match *event {
            CrossbarTrace::HostRequestUp => edge(1, 0),
            CrossbarTrace::HostAckUp => {
                edge(2, 0);
                self.acknowledged = now;
            }
            CrossbarTrace::HostRequestDown => edge(3, 0),
            CrossbarTrace::HostAckDown => {
                edge(4, 0);
                self.active.extend((self.acknowledged..now).map(|at| [at, ACKNOWLEDGE, 0, 0, 0, 0]));
                // A pushed event is acknowledged before its scan, a leak after it.
                if self.pushed.is_none() {
                    self.timing.waits.push(now);
                }
            }
            CrossbarTrace::RequestUp { neuron } => edge(5, wide(neuron.get())),
            CrossbarTrace::AckUp => edge(6, 0),
            CrossbarTrace::RequestDown => edge(7, 0),
            CrossbarTrace::AckDown => edge(8, 0),
            CrossbarTrace::Push => {
                self.active.push([now, PUSH, 0, 0, 0, 0]);
                self.timing.starts.push(now);
                self.pushed = self.events.next();
            }
            CrossbarTrace::Take { neuron } => self.pushed = Some(CrossbarEvent::Spike(neuron)),
            CrossbarTrace::StallOutput | CrossbarTrace::WaitOutput => self.waiting = Some(now),
            CrossbarTrace::ReadRow { row, word } => {
                self.word = Some(wide(row.get()) * self.words_per_row + wide(word));
            }
            CrossbarTrace::Read { neuron } => {
                if self.left == 0 {
                    self.begin(now);
                }
                let (enables, word) = (1 | u64::from(self.word.is_some()) << 2, self.word.unwrap_or(0));
                self.hold(now, |at| [at, SCAN, enables, wide(neuron.get()), word, 0]);
            }
            CrossbarTrace::Write { neuron, membrane } => {
                let enables = 3 | u64::from(self.word.is_some()) << 2;
                let word = self.word.take().unwrap_or(0);
                let written = membrane.cast_unsigned();
                self.active.push([now, SCAN, enables, wide(neuron.get()), word, written]);
                self.left -= 1;
                if let Some(wait) = self.timing.waits.last_mut().filter(|wait| **wait == 0) {
                    *wait = now + 1;
                }
            }
            CrossbarTrace::Fire { .. } => self.active.last_mut().expect("its write")[2] |= 8,
            CrossbarTrace::Pop => {
                self.hold(now, |at| [at, POP, 0, 0, 0, 0]);
                self.timing.waits.push(now + 1);
            }
            CrossbarTrace::Flip { .. }
            | CrossbarTrace::StallEvent
            | CrossbarTrace::WaitQuiet
            | CrossbarTrace::Enter { .. }
            | CrossbarTrace::Free { .. }
            | CrossbarTrace::Fault { .. }
            | CrossbarTrace::End { .. } => {}
        }
    }
}

/// X1 to X12: the absolute cycle of every active cycle, with state, enables, addresses and what is written, and of every
/// edge of both ports.
#[test]
fn every_active_cycle_of_250_streams_is_the_one_predicted() {
    let streams = streams();
    for stream in &streams {
        let (record, run) = Record::of(stream);
        assert_eq!(record.timing, stream.expected, "{}", stream.name);
        assert!(run.finished, "{}", stream.name);
    }
    assert_eq!(streams.len(), 250, "every stream was compared");
}

/// The counts of a run are those of its cycles, one by one.
#[test]
fn counts_are_those_of_the_cycles() {
    for stream in &streams() {
        let (record, run) = Record::of(stream);
        let (a, active) = (&run.activity, &record.active);
        let count = |is: &dyn Fn(&[u64; 6]) -> bool| active.iter().filter(|one| is(one)).count() as u64;
        let state = |which: u64| count(&|one| one[1] == which);
        let states = [PUSH, ACKNOWLEDGE, SCAN, POP].map(state);
        let counted = [a.push_cycles, a.acknowledge_cycles, a.scan_cycles, a.pop_cycles];
        assert_eq!(counted, states, "{}: states", stream.name);
        assert_eq!(a.wait_cycles, a.cycles - active.len() as u64, "{}: the rest is waiting", stream.name);
        let accesses = [a.neuron_read_cycles, a.neuron_write_cycles, a.weight_select_cycles];
        let seen =
            [count(&|one| one[2] & 3 == 1), count(&|one| one[2] & 3 == 3), count(&|one| one[2] & 4 != 0)];
        assert_eq!(accesses, seen, "{}: accesses", stream.name);
        assert_eq!((a.spikes, a.outputs_sent), (count(&|one| one[2] & 8 != 0), a.spikes), "{}", stream.name);
    }
}

/// A table that exercises little proves little.
#[test]
fn the_streams_are_worth_having() {
    let streams = streams();
    let with = |is: &dyn Fn(&Stream) -> bool| streams.iter().filter(|stream| is(stream)).count();
    let spec = |stream: &Stream| *stream.config.spec();
    assert!(with(&|s| s.image.n() > 120) >= 40 && with(&|s| s.image.n() < 9) >= 40, "large and small");
    assert!(with(&|s| s.expected.counts[1] > 0) >= 100, "neurons fire");
    assert!(with(&|s| spec(s).closed_loop) >= 25, "spikes come back");
    assert!(with(&|s| s.expected.counts[2] > 0) >= 1, "the event queue overflows");
    assert!(with(&|s| spec(s).threshold == 0) >= 5, "leaks fire");
    let fires = |s: &Stream| s.expected.counts[1] > 0;
    let holds = |s: &Stream| fires(s) && s.events.iter().any(|e| matches!(e, CrossbarEvent::Virtual(..)));
    assert!(with(&holds) >= 40, "spikes among virtual events");
    for ack in 0..=6 {
        assert!(with(&|s| fires(s) && spec(s).ack_cycles == ack) >= 5, "receivers that take {ack} cycles");
    }
    for host in 0..=3 {
        assert!(with(&|s| spec(s).host_cycles == host) >= 40, "hosts that take {host} cycles");
    }
    let active: u64 = streams.iter().map(|stream| stream.expected.counts[3]).sum();
    assert!(active > 200_000, "{active} active cycles");
}
