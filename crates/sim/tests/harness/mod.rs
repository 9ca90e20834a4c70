//! What the suites share: random small cores, and a way to run one.

#![allow(dead_code, reason = "every suite uses a part of it")]

use klr_image::geometry::GeometrySpec;
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, KernelTable, Memory, Order, PatternOrder, Signs, Storage, TableForm};
use klr_sim::config::ConfigSpec;
use klr_sim::{Core, CoreConfig, CoreRun, Dataflow, Machine, QueuePolicy, Schedule, Sink};
use klr_units::{Bits, SignedFormat, State, WeightCoding};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

/// Everything one retrieval needs.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) image: CoreImage,
    pub(crate) config: CoreConfig,
    pub(crate) order: Order,
    pub(crate) cue: State,
}

impl Case {
    pub(crate) fn schedule(&self, dataflow: Dataflow) -> Schedule {
        Schedule { dataflow, order: self.order }
    }

    pub(crate) fn run<S: Sink>(&self, dataflow: Dataflow, sink: &mut S) -> CoreRun {
        Core::new(&self.image, self.config)
            .retrieve(&self.cue, self.schedule(dataflow), sink)
            .expect("the cue has the size of the image")
    }

    /// The same event by event, whatever has a known course.
    pub(crate) fn step<S: Sink>(&self, dataflow: Dataflow, sink: &mut S) -> CoreRun {
        let core = Core::new(&self.image, self.config);
        let mut machine = Machine::new(&core, &self.cue, self.schedule(dataflow), sink)
            .expect("the cue has the size of the image");
        while machine.step().is_some() {}
        machine.finish()
    }

    /// The case with its bits laid out in another way; where the patterns hold the signs, every weight takes the sign of
    /// its stored bit.
    pub(crate) fn stored(&self, storage: Storage) -> Self {
        let image = &self.image;
        let signs = image.patterns().iter().flat_map(|s| s.signs().collect::<Vec<_>>());
        let follow =
            |(&w, sign): (&i16, i8)| if storage.shares_signs() { w.abs() * i16::from(sign) } else { w };
        let weights = image.weights().iter().zip(signs).map(follow).collect();
        let geometry = image.geometry().storing(storage);
        let format = image.weight_format();
        let image = CoreImage::new(geometry, image.patterns(), format, weights, image.table().clone())
            .expect("it fits");
        Self { image, ..self.clone() }
    }

    /// The case with its weights in another coding, drawn from `seed`, of a width that this one has; odd weights take the
    /// place of even ones beside them.
    pub(crate) fn coded(&self, seed: u64) -> Self {
        let image = &self.image;
        let coding = WeightCoding::ALL[usize::try_from(seed % 4).expect("one of four")];
        let bits = match coding {
            WeightCoding::Ternary => 2,
            WeightCoding::Odd => image.weight_format().bits().get().min(15),
            _ => image.weight_format().bits().get(),
        };
        let format = SignedFormat::coded(Bits::new(bits).expect("1 to 16"), coding).expect("a width it has");
        let max = i16::try_from(format.max()).expect("within 16 bits");
        let held = |&weight: &i16| match weight.clamp(-max, max) {
            0 if format.step() == 2 => 1,
            even if format.step() == 2 && even % 2 == 0 => even - even.signum(),
            weight => weight,
        };
        let weights = image.weights().iter().map(held).collect();
        let image =
            CoreImage::new(*image.geometry(), image.patterns(), format, weights, image.table().clone())
                .expect("it fits");
        Self { image, ..self.clone() }
    }

    /// The case with some layout and width of weight words that the core can run `dataflow` with, drawn from `seed`; a
    /// knob that the layout rules out is off.
    pub(crate) fn stored_for(&self, dataflow: Dataflow, seed: u64) -> Self {
        let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1 | 1 << 101);
        let lanes = self.image.geometry().mac_lanes();
        let words: Vec<u32> =
            (1..=9).filter(|&word| lanes.is_multiple_of(word as usize) && word as usize <= lanes).collect();
        let mut spec = *self.config.spec();
        spec.weight_word = words[rng.random_range(0..words.len())];
        loop {
            let storage = Storage {
                signs: Signs::ALL[rng.random_range(0..2usize)],
                patterns: PatternOrder::ALL[rng.random_range(0..3usize)],
            };
            if storage.patterns == PatternOrder::Row {
                (spec.incremental, spec.partial_distance) = (false, false);
            }
            let config = CoreConfig::new(spec).expect("within range");
            let case = Self { config, ..self.stored(storage) };
            if config.check_storage(*case.image.geometry(), dataflow).is_ok() {
                return case;
            }
            (spec.incremental, spec.partial_distance) =
                (self.config.spec().incremental, self.config.spec().partial_distance);
        }
    }

    pub(crate) fn reference(&self, dataflow: Dataflow) -> klr_image::reference::ReferenceRun {
        let spec = self.config.spec();
        let max_steps = spec.max_steps.into();
        Reference::new(&self.image)
            .knowing(spec.fixed_point_test(self.schedule(dataflow)))
            .retrieve(&self.cue, self.schedule(dataflow).update(), max_steps)
            .expect("the cue has the size of the image")
    }
}

/// What a core reads of `image` where one bit in four is stuck at 0, and one in four at 1; patterns that are stored twice
/// are left alone, since their copies would differ.
pub(crate) fn stuck(image: &CoreImage, seed: u64) -> CoreImage {
    let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1 | 1 << 102);
    let twice = image.geometry().storage().patterns == PatternOrder::Both;
    let read = |memory, stored, _| match memory {
        Memory::Columns | Memory::Rows if twice => stored,
        _ => {
            let (stuck, at) = (rng.random::<u16>(), rng.random::<u16>());
            stored & !stuck | at & stuck
        }
    };
    image.as_read(read).expect("copies were left alone")
}

pub(crate) fn random_state(n: u32, rng: &mut Pcg64Mcg) -> State {
    let signs: Vec<i8> = (0..n).map(|_| if rng.random::<bool>() { 1 } else { -1 }).collect();
    State::from_signs(&signs).expect("signs only")
}

/// A core of random sizes, widths, knobs, weights and table: nothing about it is well-behaved.
pub(crate) fn random_case(seed: u64) -> Case {
    let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1);
    let n = rng.random_range(1..=20u32);
    let p = rng.random_range(1..=40u32);
    let mac_lanes = rng.random_range(1..=9u32);
    let geometry = Geometry::new(GeometrySpec {
        pattern_bytes: 4096,
        weight_bytes: 4096 * u64::from(mac_lanes),
        counter_bytes: 4096,
        table_bytes: 256,
        distance_lanes: rng.random_range(1..=64u32),
        mac_lanes,
        accumulator_bits: 40,
    })
    .expect("within range");
    let patterns: Vec<State> = (0..p).map(|_| random_state(n, &mut rng)).collect();
    let weight_bits = Bits::new(rng.random_range(1..=16)).expect("within range");
    let cue = random_state(n, &mut rng);
    let table = random_table(n, &mut rng);
    // Half of the memories are sensible (weights follow the patterns), half are noise.
    let follow = rng.random::<bool>();
    let max = SignedFormat::new(weight_bits).max();
    let weights = patterns
        .iter()
        .flat_map(|s| (0..n as usize).map(|i| s.sign(i)).collect::<Vec<_>>())
        .map(|sign| {
            let magnitude = if max == 1 && weight_bits.get() == 1 { 1 } else { rng.random_range(0..=max) };
            let sign = if follow || rng.random::<bool>() { i32::from(sign) } else { -i32::from(sign) };
            i16::try_from(sign * magnitude).expect("within 16 bits")
        })
        .collect();
    let image = CoreImage::new(geometry, &patterns, weight_bits, weights, table).expect("it fits");
    Case { image, config: random_config(&mut rng), order: random_order(&mut rng), cue }
}

/// A core that remembers: weights follow the patterns, the kernel falls with distance, the cue is a noisy pattern.
pub(crate) fn memory_case(seed: u64) -> Case {
    let mut rng = Pcg64Mcg::new(u128::from(seed) << 1 | 1 | 1 << 100);
    let n = rng.random_range(24..=72u32);
    let p = rng.random_range(20..=160u32);
    let geometry = Geometry::new(GeometrySpec {
        pattern_bytes: 65_536,
        weight_bytes: 4 << 16,
        counter_bytes: 65_536,
        table_bytes: 256,
        distance_lanes: *[8, 16, 64].get(rng.random_range(0..3)).expect("three sizes"),
        mac_lanes: 4,
        accumulator_bits: 40,
    })
    .expect("within range");
    let patterns: Vec<State> = (0..p).map(|_| random_state(n, &mut rng)).collect();
    let weights = patterns.iter().flat_map(|s| s.signs().collect::<Vec<_>>());
    let weights = weights.map(|sign| i16::from(sign) * rng.random_range(90..=127)).collect();
    let bits = Bits::new(8).expect("within range");
    let entries = [255, 171, 115, 77, 51, 35, 23, 16, 10, 7, 5, 3, 2, 1];
    let length = rng.random_range(2..=entries.len());
    let table = KernelTable::nearest_relative(bits, &entries[..length]).expect("a table that works");
    let mut cue = patterns[rng.random_range(0..p) as usize].clone();
    for i in 0..n as usize {
        if rng.random_range(0..5) == 0 {
            cue.flip(i);
        }
    }
    let image = CoreImage::new(geometry, &patterns, bits, weights, table).expect("it fits");
    Case { image, config: random_config(&mut rng), order: random_order(&mut rng), cue }
}

fn random_table(n: u32, rng: &mut Pcg64Mcg) -> KernelTable {
    let bits = Bits::new(rng.random_range(1..=16)).expect("within range");
    let max = klr_units::UnsignedFormat::new(bits).max();
    let form = if rng.random::<bool>() { TableForm::Absolute } else { TableForm::NearestRelative };
    let mut entries: Vec<u16> = (0..rng.random_range(1..=n + 1)).map(|_| rng.random_range(0..=max)).collect();
    entries[0] = max;
    if rng.random::<bool>() {
        entries.sort_unstable_by(|a, b| b.cmp(a));
    }
    KernelTable::new(form, bits, &entries).expect("it is not zero at index 0")
}

fn random_config(rng: &mut Pcg64Mcg) -> CoreConfig {
    CoreConfig::new(ConfigSpec {
        sram_latency: rng.random_range(1..=5),
        table_latency: rng.random_range(1..=5),
        mac_latency: rng.random_range(1..=5),
        counter_ports: rng.random_range(1..=2),
        spike_queue: rng.random_range(1..=4),
        activation_queue: rng.random_range(1..=6),
        queue_policy: QueuePolicy::Stall,
        distance_slices: rng.random_range(1..=4),
        table_ports: rng.random_range(1..=4),
        weight_banks: rng.random_range(1..=10),
        weight_word: 1,
        pipelined: false,
        zero_skip: rng.random(),
        candidates: if rng.random() { rng.random_range(1..=12) } else { 0 },
        candidate_margin: rng.random_range(0..=3),
        partial_distance: rng.random(),
        probe_columns: rng.random_range(0..=5),
        bitmap: false,
        tree_latency: 0,
        early_stop: false,
        incremental: rng.random(),
        max_steps: rng.random_range(1..=6),
    })
    .expect("within range")
}

fn random_order(rng: &mut Pcg64Mcg) -> Order {
    match rng.random_range(0..3) {
        0 => Order::Sequential,
        1 => Order::Random(rng.random()),
        _ => Order::MostViolated,
    }
}

/// A state written as signs: `"+-+"`.
pub(crate) fn state(signs: &str) -> State {
    let signs: Vec<i8> = signs.chars().map(|c| if c == '+' { 1 } else { -1 }).collect();
    State::from_signs(&signs).expect("signs only")
}

/// A small case written out: patterns as signs, weights equal to the signs unless given, a core of 4 distance lanes and
/// 2 MAC lanes, every latency one cycle.
#[derive(Clone)]
pub(crate) struct Situation<'a> {
    pub(crate) patterns: &'a [&'a str],
    pub(crate) weights: Option<Vec<i16>>,
    pub(crate) form: TableForm,
    pub(crate) table: &'a [u16],
    pub(crate) cue: &'a str,
    pub(crate) order: Order,
    pub(crate) config: ConfigSpec,
    pub(crate) accumulator_bits: u32,
    pub(crate) storage: Storage,
    pub(crate) mac_lanes: u32,
}

impl Situation<'_> {
    pub(crate) fn case(&self) -> Case {
        let patterns: Vec<State> = self.patterns.iter().map(|signs| state(signs)).collect();
        let n = patterns[0].n();
        let signs = || patterns.iter().flat_map(|s| (0..n).map(|i| i16::from(s.sign(i)))).collect();
        let weights = self.weights.clone().unwrap_or_else(signs);
        let bits = Bits::new(8).expect("within range");
        let table = KernelTable::new(self.form, bits, self.table).expect("a table that works");
        let spec = GeometrySpec {
            accumulator_bits: self.accumulator_bits,
            mac_lanes: self.mac_lanes,
            weight_bytes: 512 * u64::from(self.mac_lanes),
            ..Geometry::tiny().spec()
        };
        let geometry = Geometry::new(spec).expect("within range").storing(self.storage);
        Case {
            image: CoreImage::new(geometry, &patterns, bits, weights, table).expect("it fits"),
            config: CoreConfig::new(self.config).expect("within range"),
            order: self.order,
            cue: state(self.cue),
        }
    }
}

/// The situation most traces start from: one or two patterns, the cue one bit off.
pub(crate) fn situation<'a>(patterns: &'a [&'a str], cue: &'a str) -> Situation<'a> {
    Situation {
        patterns,
        weights: None,
        form: TableForm::NearestRelative,
        table: &[9, 3, 1],
        cue,
        order: Order::Sequential,
        config: *CoreConfig::tiny().spec(),
        accumulator_bits: 24,
        storage: Storage::default(),
        mac_lanes: 2,
    }
}

/// Signs in the patterns, which lie in `patterns` order.
pub(crate) const fn shared(patterns: PatternOrder) -> Storage {
    Storage { signs: Signs::InPatterns, patterns }
}
