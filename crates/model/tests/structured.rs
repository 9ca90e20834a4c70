//! Are generated patterns correlated as the closed forms say? Every bound is five standard errors, with the error of each
//! measure stated where it is used.

use klr_model::generate::{FieldShape, GenerateError, Level, biased, clusters, field, hierarchy};
use klr_model::measure::overlap;
use klr_model::pattern::PatternError;
use klr_model::{PatternSet, Stream, Streams};
use klr_units::OutOfRange;
use rand_pcg::Pcg64Mcg;

fn rng(seed: u64) -> Pcg64Mcg {
    Streams::new(seed).stream(Stream::Patterns)
}

/// The mean overlap over the pairs of patterns that `wanted` picks.
fn mean_overlap(patterns: &PatternSet, wanted: impl Fn(usize, usize) -> bool) -> f64 {
    let pairs = (0..patterns.p()).flat_map(|mu| (0..mu).map(move |nu| (mu, nu)));
    let picked: Vec<f64> = pairs
        .filter(|&(mu, nu)| wanted(mu, nu))
        .map(|(mu, nu)| overlap(&patterns.state(mu), &patterns.state(nu)))
        .collect();
    picked.iter().sum::<f64>() / picked.len() as f64
}

fn assert_near(found: f64, expected: f64, standard_error: f64, what: &str) {
    let off = (found - expected).abs();
    assert!(off < 5.0 * standard_error, "{what}: {found}, expected {expected} +- {standard_error}");
}

#[test]
fn biased_bits_have_their_activity_and_overlap() {
    let (n, p) = (400, 200);
    for activity in [0.1, 0.25, 0.5, 0.8] {
        let patterns = biased(n, p, activity, &mut rng(1)).unwrap();
        assert_eq!(patterns.require_distinct(), Ok(()), "activity {activity}");
        let set = (0..p).flat_map(|mu| patterns.state(mu).signs().collect::<Vec<_>>());
        let found = set.filter(|&s| s > 0).count() as f64 / (n * p) as f64;
        let variance = activity * (1.0 - activity);
        assert_near(found, activity, (variance / (n * p) as f64).sqrt(), "activity");
        // With c = 2b - 1, the overlap of all pairs is N (S^2 - P) / (P (P - 1)) per neuron for the column sum S, whose
        // relative spread comes from that of the mean bit (2c times its error), and from pairs (1 / (P sqrt N)) beyond.
        let c = 2.0 * activity - 1.0;
        let from_mean = 2.0 * c.abs() * 2.0 * (variance / (n * p) as f64).sqrt();
        let from_pairs = 4.0 * variance * std::f64::consts::SQRT_2 / (p as f64 * (n as f64).sqrt());
        let error = from_mean.hypot(from_pairs);
        assert_near(mean_overlap(&patterns, |_, _| true), c * c, error, "overlap at this activity");
    }
}

#[test]
fn members_of_a_cluster_overlap_and_others_do_not() {
    let (n, prototypes, members) = (500, 20, 10);
    for flip in [0.0625, 0.1, 0.25] {
        let patterns = clusters(n, prototypes, members, flip, &mut rng(2)).unwrap();
        assert_eq!((patterns.n(), patterns.p()), (n, 200), "flip {flip}");
        assert_eq!(patterns.require_distinct(), Ok(()), "flip {flip}");
        let c = 1.0 - 2.0 * flip;
        let same = |mu: usize, nu: usize| mu / members == nu / members;
        // A bit of a member agrees with its prototype with mean c and variance 1 - c^2. The mean over pairs errs by 2c
        // times the error of the mean bit, and by the products of what the two members deviate.
        let bits = (n * prototypes * members) as f64;
        let variance = 1.0 - c * c;
        let pairs = (n * prototypes * members * (members - 1) / 2) as f64;
        let error = (2.0 * c * (variance / bits).sqrt()).hypot(variance / pairs.sqrt());
        assert_near(mean_overlap(&patterns, same), c * c, error, "within");
        // Between clusters: 190 pairs of independent prototypes seen at an overlap of c^2 each, and the noise of members.
        let between = (c * c).max(0.1) / (190.0 * n as f64).sqrt() + 1.0 / (19_000.0 * n as f64).sqrt();
        assert_near(mean_overlap(&patterns, |mu, nu| !same(mu, nu)), 0.0, between, "between");
    }
}

#[test]
fn a_tree_multiplies_the_overlaps_of_its_levels() {
    // 12 families of 5 parents of 4: leaves part at the last level, at the one above, or at the first.
    let n = 600;
    let (far, near) = (0.2, 0.1);
    let levels = [
        Level { children: 12, flip: 0.5 },
        Level { children: 5, flip: far },
        Level { children: 4, flip: near },
    ];
    let patterns = hierarchy(n, &levels, &mut rng(3)).unwrap();
    assert_eq!(patterns.p(), 240);
    assert_eq!(patterns.require_distinct(), Ok(()));
    let (near, far) = ((1.0f64 - 2.0 * near).powi(2), (1.0f64 - 2.0 * far).powi(2));
    // A bound: the least averaged measure is of 12 x 5 groups (siblings), 12 groups (cousins) and 66 pairs of families
    // (strangers), N bits each, with a variance of at most 1 per bit.
    let error = |groups: usize| 1.0 / ((groups * n) as f64).sqrt();
    let siblings = mean_overlap(&patterns, |mu, nu| mu / 4 == nu / 4);
    assert_near(siblings, near, error(60), "siblings");
    let cousins = mean_overlap(&patterns, |mu, nu| mu / 4 != nu / 4 && mu / 20 == nu / 20);
    assert_near(cousins, near * far, error(12), "cousins");
    let strangers = mean_overlap(&patterns, |mu, nu| mu / 20 != nu / 20);
    assert_near(strangers, 0.0, error(66), "strangers");
}

/// The mean product of the bits of a pattern that are (`dx`, `dy`) apart, over all patterns and places, and its standard
/// error from the spread between patterns.
fn bit_correlation(patterns: &PatternSet, shape: FieldShape, dx: usize, dy: usize) -> (f64, f64) {
    let FieldShape { width, height, .. } = shape;
    let of_pattern = |mu| {
        let sign = |x: usize, y: usize| f64::from(patterns.sign(mu, (y % height) * width + x % width));
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        places.map(|(x, y)| sign(x, y) * sign(x + dx, y + dy)).sum::<f64>() / patterns.n() as f64
    };
    let each: Vec<f64> = (0..patterns.p()).map(of_pattern).collect();
    let count = each.len() as f64;
    let mean = each.iter().sum::<f64>() / count;
    let variance = each.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

#[test]
fn neighbours_agree_as_the_arcsine_law_says() {
    let ring = FieldShape { width: 96, height: 1, length: 3.0 };
    let torus = FieldShape { width: 16, height: 12, length: 1.5 };
    for shape in [ring, torus] {
        let patterns = field(shape, 600, &mut rng(4)).unwrap();
        assert_eq!(patterns.require_distinct(), Ok(()), "{shape:?}");
        for (dx, dy) in [(1, 0), (2, 0), (4, 0), (0, 1), (1, 1), (2, 1)] {
            if shape.height == 1 && dy > 0 {
                continue;
            }
            // The correlation of the field far from the ring's size; nothing of the generator's weights is used.
            let squared = (dx * dx + dy * dy) as f64;
            let r = (-squared / (2.0 * shape.length * shape.length)).exp();
            let law = std::f64::consts::FRAC_2_PI * r.asin();
            let (found, error) = bit_correlation(&patterns, shape, dx, dy);
            assert_near(found, law, error, &format!("{shape:?} at ({dx}, {dy})"));
            let stated = shape.bit_correlation(dx, dy);
            assert!(
                (stated - law).abs() < 1e-3,
                "{shape:?} at ({dx}, {dy}): {stated} stated, {law} by the law"
            );
        }
    }
}

#[test]
fn a_field_without_length_is_independent_and_one_that_covers_the_ring_is_uniform() {
    let none = FieldShape { width: 50, height: 1, length: 0.0 };
    assert_eq!((none.bit_correlation(0, 0), none.bit_correlation(1, 0)), (1.0, 0.0));
    let (found, error) = bit_correlation(&field(none, 600, &mut rng(5)).unwrap(), none, 1, 0);
    assert_near(found, 0.0, error, "neighbours at length 0");
    let wide = FieldShape { length: 1e9, ..none };
    assert!((wide.bit_correlation(25, 0) - 1.0).abs() < 1e-6, "all neurons see the same average");
    let refused = field(wide, 3, &mut rng(5));
    assert_eq!(
        refused,
        Err(GenerateError::Repeats { found: 2, wanted: 3, draws: 300 }),
        "only all -1 and all +1 ever come out"
    );
}

#[test]
fn the_same_seed_gives_the_same_patterns() {
    let make = |seed| clusters(40, 3, 4, 0.2, &mut rng(seed)).unwrap();
    assert_eq!(make(1), make(1));
    assert_ne!(make(1), make(2));
}

#[test]
fn what_cannot_be_generated_is_refused() {
    use GenerateError as E;
    let between = "between 0 and 1";
    for bad in [-0.1, 1.1, f64::INFINITY] {
        let expected = E::Parameter(OutOfRange::new("activity", bad, between));
        assert_eq!(biased(4, 2, bad, &mut rng(0)), Err(expected));
        let expected = E::Parameter(OutOfRange::new("flip", bad, between));
        assert_eq!(clusters(4, 2, 2, bad, &mut rng(0)), Err(expected));
    }
    let message = biased(4, 2, f64::NAN, &mut rng(0)).unwrap_err().to_string();
    assert_eq!(message, "activity is NaN; it must be between 0 and 1");
    // All bits +1, always: one distinct row.
    let message = biased(8, 2, 1.0, &mut rng(0)).unwrap_err().to_string();
    assert_eq!(message, "only 1 of 2 distinct patterns were found in 200 draws");
    let same = clusters(8, 2, 2, 0.0, &mut rng(0));
    assert_eq!(
        same,
        Err(E::Repeats { found: 1, wanted: 4, draws: 400 }),
        "a member without noise is its prototype"
    );
    assert_eq!(biased(2, 5, 0.5, &mut rng(0)), Err(E::Pattern(PatternError::TooMany { p: 5, n: 2 })));
    assert_eq!(biased(2, 4, 0.5, &mut rng(0)).map(|p| p.p()), Ok(4), "all there are");
    let empty = |rows, columns| Err(E::Pattern(PatternError::Empty { rows, columns }));
    assert_eq!(biased(0, 2, 0.5, &mut rng(0)), empty(2, 0));
    assert_eq!(biased(2, 0, 0.5, &mut rng(0)), empty(0, 2));
    assert_eq!(hierarchy(4, &[], &mut rng(0)), Err(E::Tree), "no level");
    assert_eq!(clusters(4, 0, 2, 0.1, &mut rng(0)), Err(E::Tree), "no prototype");
    assert_eq!(clusters(4, usize::MAX, 2, 0.1, &mut rng(0)), Err(E::Tree), "more than can be counted");
    let shape = FieldShape { width: 4, height: 0, length: 1.0 };
    assert_eq!(field(shape, 2, &mut rng(0)), empty(0, 4));
    let shape = FieldShape { height: 2, length: -1.0, ..shape };
    let message = field(shape, 2, &mut rng(0)).unwrap_err().to_string();
    assert_eq!(message, "length is -1; it must be finite and at least 0");
}
