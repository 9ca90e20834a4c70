//! Does the simulated core retrieve with every kind of kernel exactly as the integers mean?

use klr_image::geometry::GeometrySpec;
use klr_image::reference::Reference;
use klr_image::{CoreImage, Geometry, Order, TableForm};
use klr_model::noise::corrupt;
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, Stream, Streams};
use klr_quantize::{QuantizeConfig, quantize};
use klr_sim::{Core, CoreConfig, Dataflow, NoTrace, Schedule};
use klr_units::{Bits, PatternIdx, State};

const N: usize = 40;
const P: usize = 30;

/// Room for everything here.
fn geometry() -> Geometry {
    Geometry::new(GeometrySpec {
        pattern_bytes: 1 << 16,
        weight_bytes: 1 << 16,
        counter_bytes: 1 << 12,
        table_bytes: 1 << 10,
        distance_lanes: 16,
        mac_lanes: 8,
        accumulator_bits: 40,
    })
    .expect("within range")
}

fn patterns() -> PatternSet {
    PatternSet::random(N, P, &mut Streams::new(11).stream(Stream::Patterns)).expect("enough states")
}

/// `alpha = xi`, quantized: 1-bit weights lose nothing of it.
fn image(kernel: Kernel, form: TableForm) -> CoreImage {
    let bits = |width| Bits::new(width).expect("1 to 16");
    let config = QuantizeConfig::new(bits(1), bits(10), form, 1.0).expect("a clip of 1");
    let model = KlrModel::untrained(patterns(), kernel);
    quantize(&model, geometry(), &config).expect("an image of this model").0
}

fn kernels() -> Vec<(Kernel, TableForm)> {
    use TableForm::{Absolute, NearestRelative};
    // A window with a dent: neither falling nor smooth, and zero from distance 25 on.
    let dented: Vec<f64> =
        (0..=N).map(|d| if d == 3 { 0.5 } else { (1.0 - d as f64 / 25.0).max(0.0) }).collect();
    vec![
        (Kernel::exponential(0.15).unwrap(), Absolute),
        (Kernel::exponential(0.15).unwrap(), NearestRelative),
        (Kernel::polynomial(2, 0.0).unwrap(), Absolute),
        (Kernel::polynomial(5, 1.0).unwrap(), Absolute),
        (Kernel::polynomial(20, 2.0).unwrap(), Absolute),
        (Kernel::from_table(dented).unwrap(), Absolute),
    ]
}

#[test]
fn every_kernel_runs_on_the_core_as_its_integers_mean() {
    for (kernel, form) in kernels() {
        let image = image(kernel.clone(), form);
        let mut flips = 0;
        for mu in 0..P {
            let mut rng = Streams::new(12).indexed(Stream::Noise, mu as u64);
            let cue = corrupt(&patterns().state(mu), 0.2, NoiseModel::Bernoulli, &mut rng);
            for dataflow in [Dataflow::Synchronous, Dataflow::Sweep, Dataflow::Delta] {
                flips += check(&kernel, &image, &cue, dataflow);
            }
        }
        assert!(flips > 100, "{kernel} {form:?}: the runs must do something, made {flips} flips");
    }
}

/// Runs the core and the reference, compares them, and counts flips.
fn check(kernel: &Kernel, image: &CoreImage, cue: &State, dataflow: Dataflow) -> usize {
    let schedule = Schedule { dataflow, order: Order::Sequential };
    let core = Core::new(image, CoreConfig::tiny());
    let run = core.retrieve(cue, schedule, &mut NoTrace).expect("a cue of N neurons");
    let max_steps = CoreConfig::tiny().spec().max_steps.into();
    let reference =
        Reference::new(image).retrieve(cue, schedule.update(), max_steps).expect("a cue of N neurons");
    let order: Vec<_> = run.flips.iter().map(|flip| flip.1).collect();
    assert_eq!(run.faults, [], "{kernel} {dataflow:?}: faults");
    assert_eq!(order, reference.flips, "{kernel} {dataflow:?}: flips");
    assert_eq!(run.state, reference.state, "{kernel} {dataflow:?}: state");
    assert_eq!(run.outcome, Some(reference.outcome), "{kernel} {dataflow:?}: outcome");
    order.len()
}

/// The fields of the image are those of the model within the rounding of its table, so what runs is this kernel.
#[test]
fn integer_fields_follow_the_kernel_of_the_model() {
    for (kernel, form) in kernels() {
        let (image, model) = (image(kernel.clone(), form), KlrModel::untrained(patterns(), kernel.clone()));
        let cue = corrupt(
            &patterns().state(0),
            0.2,
            NoiseModel::Exact,
            &mut Streams::new(13).stream(Stream::Noise),
        );
        let nearest = (0..P).map(|mu| model.patterns().hamming(&cue, mu)).min().unwrap();
        let unit = match form {
            TableForm::Absolute => model.table()[0],
            TableForm::NearestRelative => model.table()[nearest],
        };
        // Each of the P words is within half a unit of 1023 steps.
        let bound = 0.5 * P as f64 / 1023.0;
        let integers = Reference::new(&image).fields(&cue);
        for (i, (h, expected)) in integers.into_iter().zip(model.fields(&cue)).enumerate() {
            let error = (h as f64 / 1023.0 - expected / unit).abs();
            assert!(error <= bound, "{kernel} {form:?}, neuron {i}: {error} above {bound}");
        }
        assert_eq!(*image.pattern(PatternIdx::new(0)), patterns().state(0), "stored as it is");
    }
}
