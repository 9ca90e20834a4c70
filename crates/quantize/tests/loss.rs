//! What is lost between a model and its image, and does the loss report say so?

use klr_image::geometry::{GeometrySpec, MAX_NEURONS};
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, TableForm};
use klr_model::npy::read_patterns;
use klr_model::{Kernel, KlrModel, PatternSet, Stream, Streams, TrainConfig, train};
use klr_quantize::{LossReport, QuantizeConfig, QuantizeError, quantize};
use klr_units::{Bits, PatternIdx, SignedFormat, State, UnsignedFormat};
use rand::RngExt;
use std::path::Path;

const FORMS: [TableForm; 2] = [TableForm::Absolute, TableForm::NearestRelative];

/// The relative error that a few operations in double precision can add.
const ULPS: f64 = 1e-12;

fn bits(width: u8) -> Bits {
    Bits::new(width).expect("a width of 1 to 16")
}

fn config(weight: u8, kernel: u8, form: TableForm, clip: f64) -> QuantizeConfig {
    QuantizeConfig::new(bits(weight), bits(kernel), form, clip).expect("a clip above 0, at most 1")
}

/// Room for everything here.
fn roomy() -> GeometrySpec {
    GeometrySpec {
        pattern_bytes: 1 << 20,
        weight_bytes: 1 << 20,
        counter_bytes: 1 << 16,
        table_bytes: 1 << 10,
        distance_lanes: 64,
        mac_lanes: 8,
        accumulator_bits: 48,
    }
}

fn core_of(spec: GeometrySpec) -> Geometry {
    Geometry::new(spec).expect("within range")
}

fn quantized(model: &KlrModel, config: &QuantizeConfig) -> (CoreImage, LossReport) {
    quantize(model, core_of(roomy()), config).expect("a model that has an image")
}

fn patterns(n: usize, p: usize, seed: u64) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(seed).stream(Stream::Patterns)).expect("enough states")
}

fn rbf(gamma: f64) -> Kernel {
    Kernel::rbf(gamma).expect("above 0")
}

fn with_duals(patterns: &PatternSet, gamma: f64, duals: &[f64]) -> KlrModel {
    KlrModel::from_duals(patterns.clone(), rbf(gamma), duals).expect("finite, and P x N of them")
}

/// Random patterns, and dual variables of both signs that follow nothing.
fn noise(n: usize, p: usize, seed: u64) -> KlrModel {
    let mut rng = Streams::new(seed).stream(Stream::Cues);
    let duals: Vec<f64> = (0..n * p).map(|_| rng.random_range(-3.0..3.0)).collect();
    with_duals(&patterns(n, p, seed), 0.05, &duals)
}

fn trained(n: usize, p: usize, gamma: f64) -> KlrModel {
    let config = TrainConfig { iterations: 60, ..TrainConfig::literature() };
    train(&patterns(n, p, 5), rbf(gamma), &config, &mut |_| {}).expect("a small problem").0
}

fn states(model: &KlrModel) -> Vec<State> {
    (0..model.p()).map(|mu| model.patterns().state(mu)).collect()
}

fn weight(image: &CoreImage, mu: usize, i: usize) -> i16 {
    image.weight_row(PatternIdx::from_usize(mu))[i]
}

fn largest_dual(model: &KlrModel, i: usize) -> f64 {
    model.duals_of(i).iter().fold(0.0, |max: f64, alpha| max.max(alpha.abs()))
}

/// Every weight is the integer nearest to its dual variable in units of the neuron's scale, or the end of the format;
/// the report counts the latter and sums the errors.
#[test]
fn weights_are_half_a_step_off_at_most() {
    for (width, clip) in [(2, 1.0), (3, 1.0), (4, 0.6), (8, 1.0), (8, 0.9), (12, 0.25), (16, 1.0)] {
        let model = noise(20, 60, u64::from(width));
        let (image, loss) = quantized(&model, &config(width, 8, TableForm::NearestRelative, clip));
        let max = f64::from(SignedFormat::new(bits(width)).max());
        let (mut saturated, mut error, mut power) = (0, 0.0, 0.0);
        for i in 0..model.n() {
            let step = clip * largest_dual(&model, i) / max;
            for mu in 0..model.p() {
                let (alpha, weight) = (model.alpha(mu, i), f64::from(weight(&image, mu, i)));
                let off = alpha - step * weight;
                if alpha.abs() >= step * (max + 0.5) {
                    saturated += 1;
                    assert_eq!(weight, max.copysign(alpha), "{width} bits: held at the end");
                } else {
                    assert!(
                        off.abs() <= step * (0.5 + ULPS),
                        "{width} bits: {alpha} became {weight} x {step}"
                    );
                }
                error += off * off;
                power += alpha * alpha;
            }
        }
        assert_eq!(loss.saturated_weights, Some(saturated), "{width} bits, clip {clip}: saturated");
        assert_eq!(saturated > 0, clip < 1.0, "{width} bits, clip {clip}: {saturated} saturate");
        let expected: f64 = (error / power).sqrt();
        assert!((loss.weight_error - expected).abs() <= ULPS * expected.max(1.0), "{width} bits: error");
    }
}

/// One bit keeps every sign, and its scale is the mean magnitude: no other scale has a smaller error.
#[test]
fn one_bit_is_the_sign_times_the_mean() {
    let model = noise(10, 40, 3);
    let (image, loss) = quantized(&model, &config(1, 8, TableForm::NearestRelative, 1.0));
    let error_with = |stretch: f64| -> f64 {
        let of_neuron = |i: usize| -> f64 {
            let duals = model.duals_of(i);
            let mean = duals.iter().map(|alpha| alpha.abs()).sum::<f64>() / duals.len() as f64;
            let off = |mu: usize| duals[mu] - stretch * mean * f64::from(weight(&image, mu, i));
            (0..duals.len()).map(|mu| off(mu).powi(2)).sum()
        };
        let power: f64 = model.duals().iter().map(|alpha| alpha * alpha).sum();
        ((0..model.n()).map(of_neuron).sum::<f64>() / power).sqrt()
    };
    assert!(model.duals().iter().zip(image.weights()).all(|(a, &w)| a.signum() == f64::from(w)), "signs");
    assert!((loss.weight_error - error_with(1.0)).abs() < ULPS, "the error of the mean magnitude");
    assert!(
        error_with(0.99) > loss.weight_error && error_with(1.01) > loss.weight_error,
        "the smallest error"
    );
    assert_eq!(loss.saturated_weights, Some(0), "a sign cannot saturate");
}

/// How far the integer field can be from the float field of neuron `i`, both in integer units.
///
/// With alpha = step (w + e) and K = (k + f) / max, where e and f are at most one half, each term is
/// `alpha K max / step = w k + w f + k e + e f`: off by at most `|w| / 2 + k / 2 + 1 / 4`.
fn field_error(image: &CoreImage, words: &[u16], i: usize) -> f64 {
    let term =
        |(mu, &k): (usize, &u16)| 0.5 * f64::from(weight(image, mu, i).abs()) + 0.5 * f64::from(k) + 0.25;
    words.iter().enumerate().map(term).sum()
}

/// Wide formats keep the sign of every field that is larger than the rounding errors can add up to.
#[test]
fn sixteen_bits_keep_the_signs_of_fields_beyond_the_bound() {
    let model = trained(40, 120, 0.05);
    let max = f64::from(UnsignedFormat::new(bits(16)).max());
    let weight_max = f64::from(SignedFormat::new(bits(16)).max());
    for form in FORMS {
        let (image, _) = quantized(&model, &config(16, 16, form, 1.0));
        let reference = Reference::new(&image);
        let (mut beyond, mut fields) = (0u32, 0u32);
        for mut state in states(&model).into_iter().take(40) {
            (0..6).for_each(|i| state.flip(i));
            let distances = reference.distances(&state);
            let nearest = distances.iter().copied().min().expect("a pattern");
            let words: Vec<u16> = distances.iter().map(|&d| image.table().lookup(d, nearest)).collect();
            // The words of the nearest-relative form stand for K / K(nearest).
            let origin = model.table()[image.table().origin(nearest) as usize];
            let integers = reference.fields(&state);
            for (i, h) in model.fields(&state).into_iter().enumerate() {
                let step = largest_dual(&model, i) / weight_max;
                let (exact, integer) = (h * max / (step * origin), integers[i] as f64);
                let bound = field_error(&image, &words, i) * (1.0 + ULPS);
                assert!((exact - integer).abs() <= bound, "{form:?}: {integer} for {exact}, bound {bound}");
                if exact.abs() > bound {
                    beyond += 1;
                    assert_eq!(exact.signum(), integer.signum(), "{form:?}: sign of {integer} for {exact}");
                }
                fields += 1;
            }
        }
        assert!(beyond * 10 > fields * 9, "{form:?}: the bound decides {beyond} of {fields} fields only");
    }
}

#[test]
fn positive_scales_of_neurons_change_nothing() {
    let model = noise(16, 50, 9);
    let scales: Vec<f64> = (0..16).map(|i| 1.7f64.powi(i - 8) * 1e-3).collect();
    let duals: Vec<f64> =
        model.duals().iter().enumerate().map(|(at, alpha)| alpha * scales[at % 16]).collect();
    let scaled = with_duals(model.patterns(), 0.05, &duals);
    for width in 1..=16 {
        let config = config(width, 6, TableForm::NearestRelative, 0.8);
        let ((image, loss), (other, scaled_loss)) = (quantized(&model, &config), quantized(&scaled, &config));
        assert_eq!(image, other, "{width} bits");
        assert_eq!(loss.saturated_weights, scaled_loss.saturated_weights, "{width} bits: saturated");
    }
}

/// The bound is proved, so random states stay below it; one bit less is refused, and the bound can be reached.
#[test]
fn accumulators_are_as_wide_as_they_have_to_be() {
    for seed in 0..20u8 {
        let model = noise(12, 30, seed.into());
        let config = config(1 + seed % 16, 16 - seed % 16, FORMS[usize::from(seed % 2)], 1.0);
        let (image, loss) = quantized(&model, &config);
        let (worst, required) = (image.worst_case_field(), loss.required_accumulator_bits);
        assert!(worst < 1 << (required - 1) && worst >= 1 << (required - 2), "{worst} in {required} bits");
        assert_fields_within(&image, worst, seed.into());
        let with = |accumulator_bits| core_of(GeometrySpec { accumulator_bits, ..roomy() });
        assert!(quantize(&model, with(required), &config).is_ok(), "{required} bits are enough");
        let message =
            quantize(&model, with(required - 1), &config).expect_err("a bit too narrow").to_string();
        let expected = format!(
            "a field can reach {worst} and needs an accumulator of {required} bits; the core has {}",
            required - 1
        );
        assert_eq!(message, expected, "seed {seed}");
    }
}

fn assert_fields_within(image: &CoreImage, worst: u64, seed: u64) {
    let mut rng = Streams::new(seed).stream(Stream::Cues);
    let reference = Reference::new(image);
    for _ in 0..50 {
        let signs: Vec<i8> = (0..image.n()).map(|_| if rng.random() { 1 } else { -1 }).collect();
        let fields = reference.fields(&State::from_signs(&signs).expect("signs only"));
        let largest = fields.iter().map(|h| h.unsigned_abs()).max().expect("a neuron");
        assert!(largest <= worst, "seed {seed}: a field of {largest} beyond {worst}");
    }
}

#[test]
fn the_worst_case_is_reached_by_a_single_pattern() {
    let model = KlrModel::untrained(patterns(8, 1, 1), rbf(0.1));
    let (image, loss) = quantized(&model, &config(8, 8, TableForm::NearestRelative, 1.0));
    assert_eq!(image.worst_case_field(), 127 * 255, "the largest weight times the largest word");
    assert_eq!(loss.min_margin(), Some(127 * 255), "and the field at the pattern");
    assert_eq!(loss.required_accumulator_bits, 16, "32385 with a sign");
}

#[test]
fn what_does_not_fit_is_refused_in_bytes() {
    let model = noise(20, 60, 1);
    let config = config(8, 8, TableForm::NearestRelative, 1.0);
    let refused = |spec| quantize(&model, core_of(spec), &config).expect_err("too small").to_string();
    assert_eq!(
        refused(GeometrySpec { weight_bytes: 1400, ..roomy() }),
        "the weight memory has 1400 bytes and needs 1440 in 8 banks: weight_bytes=1440 would do",
        "weights"
    );
    assert_eq!(
        refused(GeometrySpec { pattern_bytes: 100, ..roomy() }),
        "the pattern memory has 100 bytes and needs 160: pattern_bytes=160 would do",
        "patterns"
    );
}

/// The largest core is asked for by its number of neurons first; one neuron less is a question of memory.
#[test]
fn a_model_of_more_neurons_than_a_core_can_have_is_refused() {
    let refused = |n: usize| {
        let model = KlrModel::untrained(patterns(n, 1, 1), rbf(1e-9));
        quantize(&model, core_of(roomy()), &config(4, 4, TableForm::Absolute, 1.0)).expect_err("too large")
    };
    let most = MAX_NEURONS as usize;
    for n in [most + 1, most + 2] {
        assert_eq!(refused(n), QuantizeError::TooManyNeurons(n));
        let message = format!("the model has {n} neurons; a core has at most 1048575");
        assert_eq!(refused(n).to_string(), message);
    }
    assert!(matches!(refused(most), QuantizeError::Image(_)), "as many as there can be");
}

#[test]
fn clips_outside_their_range_are_refused() {
    for clip in [0.0, -0.0, -1.0, 1.000_001, f64::INFINITY, f64::NAN] {
        let error =
            QuantizeConfig::new(bits(4), bits(4), TableForm::Absolute, clip).expect_err("not a share");
        let expected = format!("weight_clip is {clip}; it must be a number above 0, at most 1");
        assert_eq!(error.to_string(), expected, "clip {clip}");
    }
}

/// On random patterns the magnitudes are nearly equal, so signs alone store all of them.
#[test]
fn one_bit_stores_all_random_patterns() {
    let model = trained(50, 200, 0.1);
    for form in FORMS {
        let (_, loss) = quantized(&model, &config(1, 8, form, 1.0));
        assert_eq!(loss.stored_patterns_fixed(), Some(1.0), "{form:?}");
        let margin = loss.min_margin().expect("all were looked at");
        assert!(margin > 0, "{form:?}: margin {margin}");
        assert!(loss.weight_error < 0.05, "{form:?}: magnitudes differ by {}", loss.weight_error);
    }
}

/// On structured data signs alone store next to nothing: of the 1,750 digits, 113 at gamma = 0.1 and 7 at 0.05, in
/// floating point as in integers.
#[test]
fn one_bit_does_not_store_the_digits() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/digits64/digits64.npy");
    let digits = read_patterns(&path).expect("the fixture is there");
    for (gamma, expected) in [(0.1, 113), (0.05, 7)] {
        let model = KlrModel::untrained(digits.clone(), rbf(gamma));
        let is_fixed = |s: &&State| model.margins(s).iter().all(|&margin| margin > 0.0);
        let fixed = states(&model).iter().filter(is_fixed).count();
        assert_eq!(fixed, expected, "gamma {gamma}: in floating point");
        let (_, loss) = quantized(&model, &config(1, 16, TableForm::Absolute, 1.0));
        assert_eq!(
            loss.stored_patterns_fixed().map(|share| share * 1750.0),
            Some(expected as f64),
            "gamma {gamma}: in integers"
        );
    }
}

#[test]
fn every_width_gives_an_image() {
    let model = trained(20, 40, 0.1);
    for weight in 1..=16 {
        for kernel in 1..=16 {
            for form in FORMS {
                let (image, loss) = quantized(&model, &config(weight, kernel, form, 1.0));
                let what = format!("weights of {weight} bits, kernel of {kernel} bits, {form:?}");
                let max = UnsignedFormat::new(bits(kernel)).max();
                assert_eq!(image.table().entries()[0], max, "{what}: the largest word");
                assert!(image.table().entries().is_sorted_by(|a, b| a >= b), "{what}: the kernel falls");
                assert_eq!(image.weight_format().bits(), bits(weight), "{what}: format");
                assert!(loss.weight_error.is_finite() && loss.weight_error < 1.0, "{what}: {loss:?}");
                assert_eq!(loss.saturated_weights, Some(0), "{what}: nothing is clipped");
                let bytes = klr_image::codec::encode(&image).expect("it fits a file");
                let decoded = klr_image::codec::decode(&bytes).expect("its own bytes");
                assert_eq!(decoded, image, "{what}: the image passes every check again");
            }
        }
    }
}

#[test]
fn the_report_counts_every_bit_with_its_padding() {
    let (_, loss) = quantized(&noise(20, 70, 2), &config(5, 1, TableForm::Absolute, 1.0));
    // 2 blocks x 20 columns x 64 lanes; 70 x 3 groups x 8 banks x 5 bits; 2 x 64 counters of 5 bits; exp(-0.2 d)
    // rounds to 1 down to d = 3.
    assert_eq!(
        (loss.sram_bits.columns, loss.sram_bits.weights, loss.sram_bits.counters, loss.sram_bits.table),
        (2560, 8400, 640, 4),
        "bits"
    );
    assert_eq!(loss.sram_bits.total(), 11_604, "all four");
}

#[test]
fn a_neuron_without_weights_stays_as_it_is_or_takes_the_stored_bits() {
    let model = noise(6, 10, 4);
    let silent = |at: usize, alpha: f64| if at % 6 == 2 { 0.0f64.copysign(alpha) } else { alpha };
    let duals: Vec<f64> = model.duals().iter().enumerate().map(|(at, &alpha)| silent(at, alpha)).collect();
    let model = with_duals(model.patterns(), 0.05, &duals);
    let (wide, _) = quantized(&model, &config(4, 4, TableForm::Absolute, 1.0));
    let (one, _) = quantized(&model, &config(1, 4, TableForm::Absolute, 1.0));
    for mu in 0..10 {
        assert_eq!(weight(&wide, mu, 2), 0, "4 bits, pattern {mu}");
        assert_eq!(weight(&one, mu, 2), i16::from(model.patterns().sign(mu, 2)), "1 bit, pattern {mu}");
    }
}

/// A neuron without weights has no error to report, in whatever unit the others are.
#[test]
fn neurons_without_weights_do_not_count_as_errors() {
    let set = patterns(4, 8, 6);
    for unit in [1e-9, 1.0, 1e9] {
        let alpha =
            |at: usize| if at.is_multiple_of(4) { 0.0 } else { unit * f64::from(set.sign(at / 4, at % 4)) };
        let model = with_duals(&set, 0.1, &(0..32).map(alpha).collect::<Vec<_>>());
        for width in [1, 2, 16] {
            let (_, loss) = quantized(&model, &config(width, 4, TableForm::Absolute, 1.0));
            assert!(loss.weight_error < ULPS, "unit {unit}, {width} bits: {}", loss.weight_error);
        }
    }
}

#[test]
fn a_model_of_zeros_has_an_image() {
    let set = patterns(5, 7, 8);
    for zero in [0.0, -0.0] {
        let model = with_duals(&set, 0.1, &[zero; 35]);
        let (image, loss) = quantized(&model, &config(3, 4, TableForm::NearestRelative, 1.0));
        assert!(image.weights().iter().all(|&w| w == 0), "no weight");
        assert_eq!(
            (loss.stored_patterns_fixed(), loss.min_margin(), loss.weight_error),
            (Some(0.0), Some(0), 0.0),
            "3 bits"
        );
        assert_eq!(loss.required_accumulator_bits, 2, "a zero and its sign");
        let (image, loss) = quantized(&model, &config(1, 4, TableForm::NearestRelative, 1.0));
        let untrained = KlrModel::untrained(set.clone(), rbf(0.1));
        let (expected, _) = quantized(&untrained, &config(1, 4, TableForm::NearestRelative, 1.0));
        assert_eq!((image, loss.weight_error), (expected, 0.0), "1 bit: the stored bits");
    }
}

#[test]
fn single_zeros_become_the_stored_bit_at_one_bit() {
    let set = patterns(3, 4, 2);
    let duals = vec![0.0, -0.0, 0.5, -0.0, 0.0, -0.5, 1.0, 1.0, 0.0, -1.0, -1.0, -0.0];
    let model = with_duals(&set, 0.1, &duals);
    let (image, _) = quantized(&model, &config(1, 4, TableForm::Absolute, 1.0));
    for (at, alpha) in duals.into_iter().enumerate() {
        let stored = f64::from(set.sign(at / 3, at % 3));
        let expected = if alpha == 0.0 { stored } else { alpha.signum() };
        assert_eq!(f64::from(image.weights()[at]), expected, "weight {at} of {alpha}");
    }
}

/// Integers times any unit a double can hold give the image of the integers, down to the smallest subnormal number.
#[test]
fn magnitudes_do_not_matter() {
    let set = patterns(6, 20, 7);
    let mut rng = Streams::new(7).stream(Stream::Cues);
    let integers: Vec<f64> = (0..120).map(|_| f64::from(rng.random_range(-1000..=1000))).collect();
    let plain = with_duals(&set, 0.05, &integers);
    for unit in [5e-324, 2f64.powi(-1070), 1e-300, 1e300, f64::MAX / 1000.0] {
        let duals: Vec<f64> =
            integers.iter().map(|alpha| (alpha * unit).clamp(-f64::MAX, f64::MAX)).collect();
        let model = with_duals(&set, 0.05, &duals);
        for (width, clip) in [(1, 1.0), (2, 1.0), (5, 0.7), (12, 1.0), (16, 0.3)] {
            let config = config(width, 8, TableForm::NearestRelative, clip);
            let ((image, loss), (expected, plain_loss)) =
                (quantized(&model, &config), quantized(&plain, &config));
            assert_eq!(image, expected, "unit {unit:e}, {width} bits");
            assert_eq!(loss.saturated_weights, plain_loss.saturated_weights, "unit {unit:e}, {width} bits");
            let apart = (loss.weight_error - plain_loss.weight_error).abs();
            assert!(apart < 1e-9, "unit {unit:e}, {width} bits: {} is off by {apart}", loss.weight_error);
        }
    }
}

/// One neuron may hold the largest and the smallest numbers there are: no sign is lost, nothing is infinite.
#[test]
fn extremes_side_by_side_keep_their_signs() {
    let set = patterns(2, 4, 3);
    let duals = vec![f64::MAX, 1.0, -5e-324, -1e-300, -f64::MAX, 1e300, 1e-300, -1e-310];
    let model = with_duals(&set, 0.1, &duals);
    let (image, loss) = quantized(&model, &config(1, 8, TableForm::Absolute, 1.0));
    for (alpha, &w) in duals.iter().zip(image.weights()) {
        assert_eq!(f64::from(w), alpha.signum(), "the sign of {alpha:e}");
    }
    assert!(loss.weight_error.is_finite(), "1 bit: {loss:?}");
    for clip in [1.0, 1e-300, f64::MIN_POSITIVE, 5e-324] {
        let (image, loss) = quantized(&model, &config(8, 8, TableForm::Absolute, clip));
        assert_eq!([image.weights()[0], image.weights()[4]], [127, -127], "clip {clip:e}: the largest");
        assert!(loss.weight_error.is_finite(), "clip {clip:e}: {loss:?}");
    }
}

#[test]
fn kernels_of_any_width_have_a_table() {
    let set = patterns(9, 12, 4);
    for gamma in [1e-300, 1e-12, 0.1, 50.0, 1e300] {
        let model = KlrModel::untrained(set.clone(), rbf(gamma));
        for form in FORMS {
            let (image, _) = quantized(&model, &config(1, 4, form, 1.0));
            let expected = if gamma < 1e-3 { 10 } else { image.table().window() };
            assert_eq!(image.table().window(), expected, "gamma {gamma:e}: a flat kernel keeps its length");
            assert_eq!(image.table().entries()[0], 15, "gamma {gamma:e}: the largest word");
        }
    }
}

#[test]
fn errors_of_placement_are_those_of_the_image() {
    let spec = GeometrySpec { table_bytes: 1, ..roomy() };
    let error = quantize(&noise(20, 5, 1), core_of(spec), &config(4, 4, TableForm::Absolute, 1.0));
    assert!(matches!(error, Err(QuantizeError::Image(_))), "{error:?}");
}
