//! What the suites share: small memories that need no training, and retrievals from them under every knob.

#![allow(dead_code, reason = "every suite uses a part of it")]

pub(crate) mod readback;

use klr_energy::PriceTable;
use klr_image::geometry::GeometrySpec;
use klr_image::{
    CoreImage, Geometry, KernelTable, Order, PatternOrder, Placement, Signs, Storage, TableForm,
};
use klr_sim::config::ConfigSpec;
use klr_sim::{CoreConfig, CoreRun, Dataflow, QueuePolicy, Schedule, Sink, TraceEvent};
use klr_units::{Bits, ClockMhz, Cycle, Digest, RunId, SignedFormat, State, UnsignedFormat};
use klr_waves::{Recording, Traced};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

/// A memory and its core as a few numbers: random patterns, weights that follow them, and a kernel that falls with distance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) n: u32,
    pub(crate) p: u32,
    /// The share of a cue's bits that differ from its pattern's.
    pub(crate) noise: f64,
    /// A kernel word is exp(-decay) times that of the distance before.
    pub(crate) decay: f64,
    pub(crate) form: TableForm,
    pub(crate) kernel_bits: u8,
    pub(crate) weight_bits: u8,
    pub(crate) order: Order,
    pub(crate) geometry: GeometrySpec,
    pub(crate) storage: Storage,
    pub(crate) config: ConfigSpec,
}

/// A change of a setup.
pub(crate) type Knob = fn(&mut Setup);

/// Signs in the patterns, which are stored in both orders.
pub(crate) const SHARED: Storage = Storage { signs: Signs::InPatterns, patterns: PatternOrder::Both };

/// Knobs under which the core works differently, one per line.
const KNOBS: &[Knob] = &[
    |_| (),
    |s| (s.config.zero_skip, s.kernel_bits) = (true, 4),
    |s| (s.config.counter_ports, s.config.sram_latency, s.config.table_latency) = (2, 3, 2),
    |s| s.config.incremental = true,
    |s| (s.config.incremental, s.config.spike_queue, s.noise) = (true, 1, 0.4),
    |s| s.config.activation_queue = 1,
    |s| s.order = Order::Random(77),
    |s| s.order = Order::MostViolated,
    |s| s.form = TableForm::Absolute,
    |s| s.config.bitmap = true,
    |s| (s.config.tree_latency, s.order) = (2, Order::MostViolated),
    |s| s.config.distance_slices = 2,
    |s| (s.config.weight_banks, s.config.table_ports) = (2, 1),
    |s| s.config.early_stop = true,
    |s| (s.config.early_stop, s.form) = (true, TableForm::Absolute),
    |s| s.storage = SHARED,
    |s| (s.storage, s.config.zero_skip, s.weight_bits) = (SHARED, true, 1),
    |s| (s.storage.patterns, s.config.weight_word, s.config.weight_banks) = (PatternOrder::Both, 2, 1),
    |s| (s.config.candidates, s.config.weight_banks) = (30, 2),
    |s| {
        (s.config.candidates, s.config.weight_banks) = (30, 1);
        (s.config.queue_policy, s.config.activation_queue) = (QueuePolicy::Drop, 1);
    },
    |s| (s.config.weight_word, s.storage, s.config.incremental) = (4, SHARED, true),
];

impl Setup {
    /// The sizes and knobs of the default plan. What training would add to a trace is other numbers, not other events.
    pub(crate) fn default_size() -> Self {
        Self {
            n: 100,
            p: 3000,
            noise: 0.2,
            decay: 0.4,
            form: TableForm::NearestRelative,
            kernel_bits: 8,
            weight_bits: 8,
            order: Order::Sequential,
            geometry: GeometrySpec {
                pattern_bytes: 65_536,
                weight_bytes: 524_288,
                counter_bytes: 8192,
                table_bytes: 1024,
                distance_lanes: 64,
                mac_lanes: 16,
                accumulator_bits: 32,
            },
            storage: Storage::default(),
            config: ConfigSpec {
                mac_latency: 2,
                table_ports: 16,
                weight_banks: 16,
                spike_queue: 8,
                activation_queue: 8,
                ..*CoreConfig::tiny().spec()
            },
        }
    }

    /// Twenty neurons and thirty patterns, four blocks of them.
    pub(crate) fn tiny() -> Self {
        let default = Self::default_size();
        let geometry = GeometrySpec { distance_lanes: 8, mac_lanes: 4, ..default.geometry };
        Self { n: 20, p: 30, decay: 0.8, geometry, ..default }
    }

    /// With these knobs, one after the other.
    pub(crate) fn with(mut self, knobs: &[Knob]) -> Self {
        knobs.iter().for_each(|knob| knob(&mut self));
        self
    }

    /// Builds memory and core; the same numbers give the same bits.
    pub(crate) fn build(&self) -> Built {
        let mut rng = Pcg64Mcg::new(0x6b6c_7221);
        let patterns: Vec<State> = (0..self.p).map(|_| random_state(self.n, &mut rng)).collect();
        let bits = Bits::new(self.weight_bits).unwrap();
        let largest = i16::try_from(SignedFormat::new(bits).max()).unwrap();
        let weights = patterns.iter().flat_map(|s| s.signs().map(|sign| i16::from(sign) * largest)).collect();
        let geometry = Geometry::new(self.geometry).unwrap().storing(self.storage);
        let image = CoreImage::new(geometry, &patterns, bits, weights, self.table()).unwrap();
        let cues = patterns.iter().take(4).map(|pattern| self.cue(pattern, &mut rng)).collect();
        Built {
            image,
            config: CoreConfig::new(self.config).unwrap(),
            order: self.order,
            cues,
            prices: PriceTable::preset("generic-22nm").unwrap(),
            clock: ClockMhz::new(500).unwrap(),
            run: run_id(),
        }
    }

    fn table(&self) -> KernelTable {
        let bits = Bits::new(self.kernel_bits).unwrap();
        let largest = f64::from(UnsignedFormat::new(bits).max());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the largest word"
        )]
        let word = |d: u32| (largest * (-self.decay * f64::from(d)).exp()).round() as u16;
        let words: Vec<u16> = (0..=self.n).map(word).collect();
        KernelTable::new(self.form, bits, &words).unwrap()
    }

    fn cue(&self, pattern: &State, rng: &mut Pcg64Mcg) -> State {
        let mut cue = pattern.clone();
        let wrong: Vec<usize> = (0..cue.n()).filter(|_| rng.random::<f64>() < self.noise).collect();
        wrong.into_iter().for_each(|neuron| cue.flip(neuron));
        cue
    }
}

fn random_state(n: u32, rng: &mut Pcg64Mcg) -> State {
    let signs: Vec<i8> = (0..n).map(|_| if rng.random::<bool>() { 1 } else { -1 }).collect();
    State::from_signs(&signs).unwrap()
}

/// A memory in its core, with four cues.
pub(crate) struct Built {
    pub(crate) image: CoreImage,
    pub(crate) config: CoreConfig,
    pub(crate) order: Order,
    pub(crate) cues: Vec<State>,
    pub(crate) prices: PriceTable,
    pub(crate) clock: ClockMhz,
    pub(crate) run: RunId,
}

impl Built {
    /// The retrieval from cue number `index`; the core must be able to run `dataflow`.
    pub(crate) fn traced(&self, dataflow: Dataflow, index: usize) -> Traced<'_> {
        self.config.check_storage(*self.image.geometry(), dataflow).unwrap();
        let banking = self.config.spec().banking(self.image.geometry().mac_lanes());
        Placement::new(&self.image, banking).check().unwrap();
        Traced {
            image: &self.image,
            config: &self.config,
            schedule: Schedule { dataflow, order: self.order },
            cue: &self.cues[index],
            index,
            prices: &self.prices,
            clock: self.clock,
            run: &self.run,
        }
    }
}

/// A run, for the files that name theirs.
pub(crate) fn run_id() -> RunId {
    RunId::new(Digest::of(b"a plan"), 7)
}

/// Calls `check` with the recording of every dataflow on tiny and default sizes.
pub(crate) fn each(check: impl Fn(&Traced<'_>, &CoreRun, &Recording)) {
    for setup in [Setup::tiny(), Setup::default_size()] {
        let built = setup.build();
        for dataflow in Dataflow::ALL {
            let traced = built.traced(dataflow, 1);
            let (retrieval, recording) = traced.record().unwrap();
            check(&traced, &retrieval, &recording);
        }
    }
}

/// Calls `check` with the recordings of tiny cores of every knob and dataflow.
pub(crate) fn each_knob(check: impl Fn(&Traced<'_>, &CoreRun, &Recording, &str)) {
    for knob in KNOBS {
        let setup = Setup::tiny().with(&[*knob]);
        let built = setup.build();
        for cue in 0..built.cues.len() {
            for dataflow in Dataflow::ALL {
                let traced = built.traced(dataflow, cue);
                let (retrieval, recording) = traced.record().unwrap();
                check(&traced, &retrieval, &recording, &format!("{} cue {cue} {setup:?}", dataflow.name()));
            }
        }
    }
}

/// The events as they are.
#[derive(Default)]
struct Events(Vec<(u64, TraceEvent)>);

impl Sink for Events {
    fn event(&mut self, cycle: Cycle, event: &TraceEvent) {
        self.0.push((cycle.get(), *event));
    }
}

pub(crate) fn events(traced: &Traced<'_>) -> Vec<(u64, TraceEvent)> {
    let mut events = Events::default();
    traced.watched_by(&mut events).unwrap();
    events.0
}

/// The depth of a queue at the end of every cycle in which it is not what it was.
pub(crate) fn depths(
    events: &[(u64, TraceEvent)],
    depth: impl Fn(&TraceEvent, u64) -> u64,
) -> Vec<(u64, u64)> {
    let mut course = vec![(0, 0)];
    let mut now = 0;
    for of_cycle in events.chunk_by(|a, b| a.0 == b.0) {
        now = of_cycle.iter().fold(now, |now, (_, event)| depth(event, now));
        if course.last().unwrap().1 != now {
            course.push((of_cycle[0].0, now));
        }
    }
    course
}

pub(crate) fn activation_depth(event: &TraceEvent, now: u64) -> u64 {
    match event {
        TraceEvent::ActivationEnters { depth } => *depth as u64,
        TraceEvent::MacTakes { .. } => now - 1,
        _ => now,
    }
}

pub(crate) fn spike_depth(event: &TraceEvent, now: u64) -> u64 {
    match event {
        TraceEvent::SpikeEnters { depth, .. } => *depth as u64,
        TraceEvent::SpikeTaken { .. } => now - 1,
        _ => now,
    }
}
