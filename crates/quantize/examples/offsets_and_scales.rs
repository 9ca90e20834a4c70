//! What an offset of each neuron and a scale of each pattern would buy: the table of `docs/formats.md`.
//!
//! ```text
//! cargo run --release -p klr-quantize --example offsets_and_scales -- fixtures/digits64/digits64.npy 0.1 1 2
//! cargo run --release -p klr-quantize --example offsets_and_scales -- random 0.1 1 2
//! cargo run --release -p klr-quantize --example offsets_and_scales -- biased 0.1 1 2
//! ```
//!
//! The patterns are a NumPy file, `random` or `biased` (N = 64, P = 1,750; of the biased ones a fifth of the bits is +1); then
//! gamma, and the bits of odd weights with signs of their own. Weights are found by coordinate descent on the squared hinge of
//! integer margins, through a table of 8 bits relative to the nearest pattern, at the patterns and at a copy of each with
//! three bits flipped. An offset is added to the field of its neuron whatever the state; it may be any integer. A scale doubles
//! the kernel word of its pattern or leaves it. Recall is that of 2,000 other cues with three bits flipped.
#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use klr_image::geometry::GeometrySpec;
use klr_image::{Geometry, Sizing, TableForm};
use klr_model::noise::corrupt;
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams};
use klr_quantize::{QuantizeConfig, quantize};
use klr_units::{Bits, State};
use std::error::Error;
use std::path::Path;

const SEED: u64 = 1;
const COPIES: usize = 1;
const CUES: usize = 2000;
const FLIPS: f64 = 3.0;
const SWEEPS: usize = 8;
/// Margins that are asked for, in units of the margin that the largest weight gives its own pattern.
const TARGETS: [f32; 2] = [0.5, 1.0];
/// A stored pattern counts as much as so many copies.
const STORED: f32 = 4.0;

/// A memory whose kernel words are scaled by pattern and whose fields have offsets.
struct Memory<'a> {
    patterns: &'a PatternSet,
    /// Kernel words by distance minus the smallest.
    table: &'a [u16],
    /// Row-major P x N.
    weights: Vec<f32>,
    offsets: Vec<f32>,
    scales: Vec<f32>,
}

impl Memory<'_> {
    /// Patterns whose word is not zero at `state`, with the words as the table has them.
    fn words(&self, state: &State) -> Vec<(usize, f32)> {
        let distances = self.patterns.distances(state);
        let nearest = distances.iter().copied().min().unwrap_or(0);
        let word = |d: u32| self.table.get((d - nearest) as usize).copied().unwrap_or(0);
        let words = distances.iter().map(|&d| f32::from(word(d))).enumerate();
        words.filter(|&(_, word)| word > 0.0).collect()
    }

    fn fields(&self, words: &[(usize, f32)]) -> Vec<f32> {
        let n = self.patterns.n();
        let mut fields = self.offsets.clone();
        for &(mu, word) in words {
            let word = word * self.scales[mu];
            fields.iter_mut().zip(&self.weights[mu * n..][..n]).for_each(|(h, w)| *h += w * word);
        }
        fields
    }

    /// The state after at most 30 synchronous steps; a field of 0 leaves its neuron as it is.
    fn retrieved(&self, cue: &State) -> State {
        let mut state = cue.clone();
        for _ in 0..30 {
            let fields = self.fields(&self.words(&state));
            let against: Vec<usize> =
                (0..state.n()).filter(|&i| fields[i] * f32::from(state.sign(i)) < 0.0).collect();
            if against.is_empty() {
                break;
            }
            against.into_iter().for_each(|i| state.flip(i));
        }
        state
    }
}

/// What weights are fitted on: states, where each leads and how much it counts, and their words centre by centre.
struct Examples {
    targets: Vec<usize>,
    weights: Vec<f32>,
    by_centre: Vec<Vec<(usize, f32)>>,
}

/// A memory under way: `theta` minus the margin at each state and neuron.
struct Fit<'a> {
    memory: Memory<'a>,
    examples: &'a Examples,
    errors: Vec<Vec<f32>>,
    signs: Vec<Vec<f32>>,
}

impl Fit<'_> {
    /// By how much the loss changes, neuron by neuron, where `words` grow by `by` times the value in `of`.
    fn change(&self, words: &[(usize, f32)], of: &[f32], by: f32) -> Vec<f32> {
        let mut sums = vec![0.0; of.len()];
        for &(e, word) in words {
            let weight = self.examples.weights[e];
            let (errors, signs) = (&self.errors[e], &self.signs[e]);
            for i in 0..of.len() {
                let (now, then) = (errors[i].max(0.0), (errors[i] - by * of[i] * word * signs[i]).max(0.0));
                sums[i] += weight * (then * then - now * now);
            }
        }
        sums
    }

    fn shift(&mut self, words: &[(usize, f32)], by: &[f32]) {
        for &(e, word) in words {
            let errors = self.errors[e].iter_mut().zip(&self.signs[e]);
            errors.zip(by).for_each(|((error, sign), by)| *error -= by * word * sign);
        }
    }

    fn visit_weights(&mut self, mu: usize, largest: f32) {
        let n = self.memory.patterns.n();
        let words: Vec<(usize, f32)> =
            self.examples.by_centre[mu].iter().map(|&(e, word)| (e, word * self.memory.scales[mu])).collect();
        let ones = vec![2.0; n];
        let [up, down] = [1.0, -1.0].map(|by| self.change(&words, &ones, by));
        let own = &mut self.memory.weights[mu * n..][..n];
        let mut moves = vec![0.0; n];
        for i in 0..n {
            if up[i] < 0.0 && own[i] < largest {
                moves[i] = 2.0;
            } else if down[i] < 0.0 && own[i] > -largest {
                moves[i] = -2.0;
            }
            own[i] += moves[i];
        }
        self.shift(&words, &moves);
    }

    fn visit_scale(&mut self, mu: usize) {
        let n = self.memory.patterns.n();
        let by = if self.memory.scales[mu] > 1.0 { -1.0 } else { 1.0 };
        let own = self.memory.weights[mu * n..][..n].to_vec();
        let examples = self.examples;
        let words = &examples.by_centre[mu];
        if self.change(words, &own, by).iter().sum::<f32>() < 0.0 {
            self.memory.scales[mu] += by;
            self.shift(words, &own.iter().map(|w| w * by).collect::<Vec<_>>());
        }
    }

    fn visit_offsets(&mut self, word: f32) {
        let n = self.memory.patterns.n();
        let everywhere: Vec<(usize, f32)> = (0..self.errors.len()).map(|e| (e, 1.0)).collect();
        for step in [8.0, 2.0, 0.5, 0.125].map(|share| (share * word).round()) {
            let [up, down] = [step, -step].map(|by| self.change(&everywhere, &vec![1.0; n], by));
            let moves: Vec<f32> = (0..n)
                .map(|i| {
                    if up[i] < 0.0 {
                        step
                    } else if down[i] < 0.0 {
                        -step
                    } else {
                        0.0
                    }
                })
                .collect();
            self.memory.offsets.iter_mut().zip(&moves).for_each(|(offset, by)| *offset += by);
            self.shift(&everywhere, &moves);
        }
    }
}

fn fitted<'a>(
    patterns: &'a PatternSet,
    table: &'a [u16],
    examples: &'a Examples,
    (largest, target): (f32, f32),
    (offsets, scales): (bool, bool),
) -> Memory<'a> {
    let (n, p) = (patterns.n(), patterns.p());
    let word = f32::from(table[0]);
    let theta = (target * largest * word).round();
    // From the levels next to zero, with the signs of the bits.
    let weights: Vec<f32> = (0..p).flat_map(|mu| patterns.signs(mu)).map(f32::from).collect();
    let signs: Vec<Vec<f32>> =
        examples.targets.iter().map(|&mu| patterns.signs(mu).map(f32::from).collect()).collect();
    let memory = Memory { patterns, table, weights, offsets: vec![0.0; n], scales: vec![1.0; p] };
    let mut fit = Fit { memory, examples, errors: vec![vec![theta; n]; signs.len()], signs };
    for mu in 0..p {
        let own = fit.memory.weights[mu * n..][..n].to_vec();
        fit.shift(&examples.by_centre[mu], &own);
    }
    for _ in 0..SWEEPS {
        (0..p).for_each(|mu| fit.visit_weights(mu, largest));
        if offsets {
            fit.visit_offsets(word);
        }
        if scales {
            (0..p).for_each(|mu| fit.visit_scale(mu));
        }
    }
    fit.memory
}

fn cue(patterns: &PatternSet, mu: usize, stream: Stream, index: usize) -> State {
    let noise = FLIPS / patterns.n() as f64;
    corrupt(
        &patterns.state(mu),
        noise,
        NoiseModel::Exact,
        &mut Streams::new(SEED).indexed(stream, index as u64),
    )
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, gamma, widths @ ..] = arguments.as_slice() else {
        return Err("wanted: a NumPy file of patterns, random or biased, gamma, and widths of weights".into());
    };
    let mut rng = Streams::new(SEED).stream(Stream::Patterns);
    let patterns = match path.as_str() {
        "random" => PatternSet::random(64, 1750, &mut rng)?,
        "biased" => klr_model::generate::biased(64, 1750, 0.2, &mut rng)?,
        path => klr_model::npy::read_patterns(Path::new(path))?.without_duplicates(),
    };
    let eight = Bits::new(8).ok_or("8 bits")?;
    let config = QuantizeConfig::new(eight, eight, TableForm::NearestRelative, 1.0)?;
    let model = KlrModel::untrained(patterns.clone(), Kernel::rbf(gamma.parse()?)?);
    let spec = GeometrySpec { accumulator_bits: 40, ..Geometry::tiny().spec() };
    let core = Sizing::new(spec, &GeometrySpec::CAPACITIES.map(|field| field.name))?;
    let (image, _) = quantize(&model, core, &config)?;
    let table = image.table().entries();

    let bare = Memory { patterns: &patterns, table, weights: vec![], offsets: vec![], scales: vec![] };
    let states: Vec<(usize, State, f32)> = (0..=COPIES)
        .flat_map(|copy| (0..patterns.p()).map(move |mu| (copy, mu)))
        .map(|(copy, mu)| match copy {
            0 => (mu, patterns.state(mu), STORED),
            _ => (mu, cue(&patterns, mu, Stream::QuantizerNoise, copy * patterns.p() + mu), 1.0),
        })
        .collect();
    let mut by_centre = vec![vec![]; patterns.p()];
    for (e, (_, state, _)) in states.iter().enumerate() {
        bare.words(state).into_iter().for_each(|(mu, word)| by_centre[mu].push((e, word)));
    }
    let examples = Examples {
        targets: states.iter().map(|state| state.0).collect(),
        weights: states.iter().map(|state| state.2).collect(),
        by_centre,
    };
    println!("| patterns | weight bits | margin | | kept | recall at 3 flips |\n|---|---|---|---|---|---|");
    for bits in widths {
        let largest = ((1 << bits.parse::<u32>()?) - 1) as f32;
        for target in TARGETS {
            for (name, with) in [("", (false, false)), ("offsets", (true, false)), ("scales", (false, true))]
            {
                let memory = fitted(&patterns, table, &examples, (largest, target), with);
                let keeps = |&mu: &usize| {
                    let fields = memory.fields(&memory.words(&patterns.state(mu)));
                    fields.iter().zip(patterns.signs(mu)).all(|(h, sign)| h * f32::from(sign) >= 0.0)
                };
                let kept = (0..patterns.p()).filter(keeps).count();
                let hit = |&at: &usize| {
                    let mu = at % patterns.p();
                    memory.retrieved(&cue(&patterns, mu, Stream::Noise, at)) == patterns.state(mu)
                };
                let hits = (0..CUES).filter(hit).count();
                println!(
                    "| {path} | {bits} | {target} | {name} | {kept} of {} | {:.3} |",
                    patterns.p(),
                    hits as f64 / CUES as f64
                );
            }
        }
    }
    Ok(())
}
