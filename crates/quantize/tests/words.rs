//! Do training for noise and the choice of gamma see the words that a core holds?

use klr_image::geometry::GeometrySpec;
use klr_image::{CoreImage, Geometry};
use klr_model::form::{FormModel, WordsError};
use klr_model::noise_aware::{NoiseAwareConfig, train_noise_aware};
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams, TrainError};
use klr_quantize::{QuantizeConfig, QuantizeError, kernel_window, quantize};
use klr_units::{Bits, TableForm};
use rand::RngExt;

const N: usize = 8;
const P: usize = 12;

/// No clip, and two that saturate.
const CLIPS: [f64; 3] = [1.0, 0.7, 0.25];

fn bits(width: u8) -> Bits {
    Bits::new(width).expect("a width of 1 to 16")
}

/// Room for everything here.
fn roomy() -> Geometry {
    Geometry::new(GeometrySpec {
        pattern_bytes: 1 << 20,
        weight_bytes: 1 << 20,
        counter_bytes: 1 << 16,
        table_bytes: 1 << 10,
        distance_lanes: 64,
        mac_lanes: 8,
        accumulator_bits: 48,
    })
    .expect("within range")
}

/// Dual variables of both signs that follow nothing, some of them zero.
fn model(kernel: Kernel) -> KlrModel {
    let patterns = PatternSet::random(N, P, &mut Streams::new(3).stream(Stream::Patterns)).expect("enough");
    let mut rng = Streams::new(3).stream(Stream::Cues);
    let dual = |at: usize, x: f64| if at % 7 == 3 { 0.0 } else { x };
    let duals: Vec<f64> = (0..N * P).map(|at| dual(at, rng.random_range(-3.0..3.0))).collect();
    KlrModel::from_duals(patterns, kernel, &duals).expect("finite, and P x N of them")
}

fn table(values: [f64; N + 1]) -> Kernel {
    Kernel::from_table(values.to_vec()).expect("finite")
}

/// Every kind of kernel that has words; tables and an even polynomial may have their largest value anywhere, and zeros
/// inside and at distance 0.
fn kernels() -> Vec<(&'static str, Kernel)> {
    vec![
        ("rbf", Kernel::rbf(0.1).expect("above 0")),
        ("flat rbf", Kernel::rbf(1e-12).expect("above 0")),
        ("narrow rbf", Kernel::rbf(50.0).expect("above 0")),
        ("exponential", Kernel::exponential(0.3).expect("above 0")),
        ("polynomial", Kernel::polynomial(3, 1.0).expect("in range")),
        ("even polynomial", Kernel::polynomial(2, 0.0).expect("in range")),
        ("table, largest inside", table([1.0, 2.0, 8.0, 4.0, 0.5, 0.3, 0.2, 0.1, 0.05])),
        ("table, zero at 0", table([0.0, 2.0, 7.5, 4.0, 3.0, 2.0, 1.0, 0.5, 0.0])),
        ("table, zeros inside", table([5.0, 0.0, 3.0, 0.0, -0.0, 2.0, 0.0, 0.0, 9.0])),
    ]
}

fn config(weight: u8, kernel: u8, form: TableForm, clip: f64) -> QuantizeConfig {
    QuantizeConfig::new(bits(weight), bits(kernel), form, clip).expect("a clip above 0, at most 1")
}

/// The words of a table at index 0 to N, those beyond its end included.
fn words(image: &CoreImage) -> Vec<f64> {
    let origin = image.table().origin(5);
    (0..=8).map(|index| f64::from(image.table().lookup(index + origin, origin))).collect()
}

#[test]
fn a_form_holds_the_words_of_the_image() {
    let mut compared = 0;
    for (name, kernel) in kernels() {
        let model = model(kernel);
        for (form, clip) in TableForm::ALL.into_iter().flat_map(|form| CLIPS.map(|clip| (form, clip))) {
            for width in 1..=16 {
                let config = config(width, 17 - width, form, clip);
                let what = format!("{name}, {form}, weights of {width} bits, clip {clip}");
                let emulated = FormModel::new(&model, config.kernel_form(), Some(config.weights()));
                let (emulated, (image, _)) = match (emulated, quantize(&model, roomy(), &config)) {
                    (Ok(emulated), Ok(image)) => (emulated, image),
                    (Err(refused), Err(error)) => {
                        assert_eq!(QuantizeError::from(refused), error, "{what}: one reason");
                        assert!(form == TableForm::NearestRelative, "{what}: {error}");
                        continue;
                    }
                    (emulated, image) => panic!("{what}: {emulated:?}, but {image:?}"),
                };
                assert_eq!(emulated.table(), words(&image), "{what}: kernel words");
                let weights: Vec<f64> = image.weights().iter().map(|&w| w.into()).collect();
                assert_eq!(emulated.weights(), weights, "{what}: weights");
                compared += 1;
            }
        }
    }
    assert_eq!(
        compared,
        9 * 48 + 4 * 48,
        "all kernels absolute, the exponentials of the distance relative too"
    );
}

#[test]
fn kernels_without_words_are_refused_alike_by_quantizer_form_and_training() {
    let negative = [
        ("linear", Kernel::linear(), 5, -0.25),
        ("polynomial", Kernel::polynomial(3, 0.0).expect("in range"), 5, -0.015_625),
        ("table", table([0.0, 1.0, 0.5, -0.5, -1.0, 0.0, 0.0, 0.0, 0.0]), 3, -0.5),
    ];
    for (name, kernel, distance, value) in negative {
        let refused = WordsError::Negative { kernel: name, distance, value };
        assert_refused(kernel, TableForm::Absolute, refused);
    }
    let polynomial = Kernel::polynomial(3, 1.0).expect("in range");
    let refused = WordsError::NotScaleInvariant { kernel: "polynomial" };
    assert_refused(polynomial, TableForm::NearestRelative, refused);
}

fn assert_refused(kernel: Kernel, form: TableForm, refused: WordsError) {
    let model = model(kernel.clone());
    let config = config(8, 8, form, 1.0);
    let error = quantize(&model, roomy(), &config).expect_err("no words, no image");
    assert_eq!(error, refused.into(), "{kernel}: the quantizer");
    let error = FormModel::new(&model, config.kernel_form(), None).expect_err("no words, no form");
    assert_eq!(error, refused, "{kernel}: the form");
    let noise = NoiseAwareConfig {
        form: config.kernel_form(),
        ..NoiseAwareConfig::new(0.1, NoiseModel::Bernoulli, Streams::new(1))
    };
    let error = train_noise_aware(model.patterns(), kernel, &noise, &mut |_| {}).expect_err("no training");
    assert_eq!(error, TrainError::Words(refused), "training for noise");
}

/// A table that is zero at distance 0 is rounded by its largest value: training for noise sees numbers, not 0 / 0.
#[test]
fn training_for_noise_sees_words_where_the_kernel_is_zero_at_the_pattern() {
    let kernel = table([0.0, 2.0, 7.5, 4.0, 3.0, 2.0, 1.0, 0.5, 0.0]);
    let model = model(kernel.clone());
    let noise = NoiseAwareConfig {
        form: config(8, 4, TableForm::Absolute, 1.0).kernel_form(),
        iterations: 3,
        validation_cues: 20,
        ..NoiseAwareConfig::new(0.1, NoiseModel::Bernoulli, Streams::new(1))
    };
    let (_, report) = train_noise_aware(model.patterns(), kernel, &noise, &mut |_| {}).expect("it runs");
    let finite = report.history.iter().all(|at| at.objective.is_finite() && at.relative_gradient.is_finite());
    assert!(finite && report.history.len() > 1, "{:?}", report.history);
}

/// As many words as are not zero, before there is a model: those of the image that a model gets.
#[test]
fn a_window_ends_with_the_last_word_that_is_not_zero() {
    let window =
        |kernel: &Kernel, kernel_bits, form| kernel_window(kernel, N, &config(8, kernel_bits, form, 1.0));
    // exp(-0.4 d): in 4 bits it is 15, 10.05, 6.74, ..., 0.61; of one bit 1, 0.67, 0.45.
    let rbf = Kernel::rbf(0.1).expect("above 0");
    assert_eq!(window(&rbf, 4, TableForm::NearestRelative), Some(9), "all distances of 8 neurons");
    assert_eq!(window(&rbf, 1, TableForm::Absolute), Some(2), "1 and 0.67");
    let one = table([0.0, 0.0, 0.0, 5.0, 0.0, 2.0, 0.0, 0.1, 0.0]);
    assert_eq!(window(&one, 4, TableForm::Absolute), Some(6), "0.1 / 5 of 15 is no word");
    assert_eq!(window(&one, 4, TableForm::NearestRelative), None, "a table is no exponential");
    assert_eq!(
        window(&Kernel::linear(), 8, TableForm::Absolute),
        None,
        "negative beyond half of the neurons"
    );
    let model = model(rbf.clone());
    let (image, _) =
        quantize(&model, roomy(), &config(8, 4, TableForm::NearestRelative, 1.0)).expect("it fits");
    assert_eq!(window(&rbf, 4, TableForm::NearestRelative), Some(image.table().window() as u64));
}
