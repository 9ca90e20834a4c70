//! Does a cue hide and change what it says, and nothing else? Against closed forms.

use klr_model::cue::{Cue, CueError, CueKind, Fill, Half, Image, ImagePart, make_cue};
use klr_model::noise::corrupt;
use klr_model::{Kernel, KlrModel, NoiseModel, PatternSet, State, Stream, Streams};

const MODELS: [NoiseModel; 2] = [NoiseModel::Bernoulli, NoiseModel::Exact];
const FILLS: [Fill; 4] = [Fill::Minus, Fill::Plus, Fill::Random, Fill::Excluded];

fn patterns(n: usize, p: usize) -> PatternSet {
    PatternSet::random(n, p, &mut Streams::new(11).stream(Stream::Patterns)).unwrap()
}

/// A cue for pattern 1; the same `index` draws the same numbers.
fn cue(patterns: &PatternSet, kind: CueKind, index: u64) -> Cue {
    make_cue(1, kind, patterns, &mut Streams::new(3).indexed(Stream::Noise, index)).unwrap()
}

fn count(mask: &State) -> usize {
    (0..mask.n()).filter(|&i| mask.get(i)).count()
}

fn is_within(inner: &State, outer: &State) -> bool {
    (0..inner.n()).all(|i| !inner.get(i) || outer.get(i))
}

/// All kinds that hide bits, at level `share`; the rectangle does not know a level.
fn hiding(share: f64, fill: Fill) -> Vec<CueKind> {
    let erasures = MODELS.map(|model| CueKind::Erasures { share, model, fill });
    erasures.into_iter().chain([CueKind::Run { share, fill }]).collect()
}

#[test]
fn only_hidden_bits_change_and_they_take_the_fill() {
    let patterns = patterns(80, 5);
    let target = patterns.state(1);
    let rectangle = |fill| CueKind::Rectangle {
        image: Image { width: 10, height: 8 },
        region: ImagePart { width: 3, height: 4, left: 6, top: 2 },
        fill,
    };
    for fill in FILLS {
        for kind in hiding(0.3, fill).into_iter().chain([rectangle(fill)]) {
            for index in 0..20 {
                let cue = cue(&patterns, kind, index);
                for i in 0..80 {
                    let bit = cue.state.get(i);
                    let right = match (cue.hidden.get(i), fill) {
                        (false, _) => bit == target.get(i),
                        (true, Fill::Minus | Fill::Excluded) => !bit,
                        (true, Fill::Plus) => bit,
                        (true, Fill::Random) => true,
                    };
                    assert!(right, "{kind}, cue {index}, bit {i}");
                }
                assert_eq!((cue.excluded, cue.other), (fill == Fill::Excluded, None), "{kind}");
            }
        }
    }
}

#[test]
fn levels_share_their_random_numbers() {
    let patterns = patterns(60, 4);
    for fill in FILLS {
        for (low, high) in hiding(0.2, fill).into_iter().zip(hiding(0.5, fill)) {
            for index in 0..50 {
                let (low, high) = (cue(&patterns, low, index), cue(&patterns, high, index));
                assert!(is_within(&low.hidden, &high.hidden), "cue {index} of {fill:?}");
                let agree = (0..60).all(|i| !low.hidden.get(i) || low.state.get(i) == high.state.get(i));
                assert!(agree, "cue {index}: what both hide, both fill alike");
            }
        }
    }
}

#[test]
fn erasures_hide_the_bits_that_flips_would_flip() {
    let patterns = patterns(70, 3);
    for model in MODELS {
        for index in 0..50 {
            let erased = cue(&patterns, CueKind::Erasures { share: 0.3, model, fill: Fill::Plus }, index);
            let flipped = cue(&patterns, CueKind::Flips { noise: 0.3, model }, index);
            let differs = |i| flipped.state.get(i) != patterns.bit(1, i);
            assert!((0..70).all(|i| erased.hidden.get(i) == differs(i)), "{model:?}, cue {index}");
            let mut rng = Streams::new(3).indexed(Stream::Noise, index);
            assert_eq!(flipped.state, corrupt(&patterns.state(1), 0.3, model, &mut rng), "as ever");
            assert_eq!(count(&flipped.hidden), 0, "flips hide nothing");
        }
    }
}

#[test]
fn erased_bits_are_as_many_and_as_wrong_as_the_closed_forms_say() {
    let patterns = patterns(50, 3);
    let plus = count(&patterns.state(1)) as f64;
    const CUES: u32 = 4000;
    // The chance that a hidden bit is wrong, over all bits of this pattern.
    for (fill, wrong) in [(Fill::Minus, plus / 50.0), (Fill::Plus, 1.0 - plus / 50.0), (Fill::Random, 0.5)] {
        for (kind, exact) in hiding(0.3, fill).into_iter().zip([false, true, true]) {
            let cues = (0..CUES).map(|index| cue(&patterns, kind, index.into()));
            let (mut hidden, mut distance) = (0, 0);
            for cue in cues {
                assert!(!exact || count(&cue.hidden) == 15, "{kind}: round(0.3 x 50) bits");
                hidden += count(&cue.hidden);
                distance += patterns.hamming(&cue.state, 1);
            }
            // Neighbours share a run, so that its standard error is bounded by all 15 bits being right or wrong at
            // once: 15 x 0.5 / sqrt(4,000) = 0.12. Independent bits have sqrt(50 x 0.25) / sqrt(4,000) = 0.06 at most.
            let error = if matches!(kind, CueKind::Run { .. }) { 0.12 } else { 0.06 };
            let (hidden, distance) = (hidden as f64 / f64::from(CUES), distance as f64 / f64::from(CUES));
            assert!((hidden - 15.0).abs() < 4.0 * 0.06, "{kind}: {hidden} bits hidden, 15 expected");
            let expected = 15.0 * wrong;
            assert!(
                (distance - expected).abs() < 4.0 * error,
                "{kind}: {distance} wrong, {expected} expected"
            );
        }
    }
}

#[test]
fn a_run_is_one_piece_of_a_ring_and_starts_anywhere() {
    let patterns = patterns(20, 2);
    let mut starts = [0; 20];
    for index in 0..4000 {
        let hidden = cue(&patterns, CueKind::Run { share: 0.25, fill: Fill::Minus }, index).hidden;
        let begins: Vec<usize> = (0..20).filter(|&i| hidden.get(i) && !hidden.get((i + 19) % 20)).collect();
        assert_eq!((begins.len(), count(&hidden)), (1, 5), "cue {index}: one run of five");
        starts[begins[0]] += 1;
    }
    // 200 expected at each place, standard deviation 13.8; 5 of them allowed.
    assert!(starts.iter().all(|&times| (131..=269).contains(&times)), "{starts:?}");
}

#[test]
fn a_rectangle_hides_exactly_its_pixels() {
    let patterns = patterns(63, 2);
    let image = Image { width: 9, height: 7 };
    let hidden = |region| cue(&patterns, CueKind::Rectangle { image, region, fill: Fill::Plus }, 0).hidden;
    let region = ImagePart { width: 3, height: 2, left: 5, top: 4 };
    for i in 0..63 {
        let (x, y) = (i % 9, i / 9);
        let inside = (5..8).contains(&x) && (4..6).contains(&y);
        assert_eq!(hidden(region).get(i), inside, "column {x}, row {y}");
        let halves = [(Half::Left, x < 4), (Half::Right, x >= 4), (Half::Top, y < 3), (Half::Bottom, y >= 3)];
        for (half, inside) in halves {
            assert_eq!(hidden(half.of(image)).get(i), inside, "the {half} half at column {x}, row {y}");
        }
    }
}

#[test]
fn a_mixture_lies_between_its_two_patterns() {
    let patterns = patterns(60, 5);
    let mut times = [0; 5];
    let mut error = 0.0;
    const CUES: u32 = 4000;
    for index in 0..CUES {
        let at = |share| cue(&patterns, CueKind::Mixture { share }, index.into());
        let mixed = at(0.3);
        let other = mixed.other.unwrap();
        times[other] += 1;
        let apart = patterns.hamming(&patterns.state(1), other);
        let (own, others) = (patterns.hamming(&mixed.state, 1), patterns.hamming(&mixed.state, other));
        assert_eq!(own + others, apart, "cue {index}: a bit both patterns share is that of both");
        error += own as f64 - 0.3 * apart as f64;
        assert_eq!(at(0.0).state, patterns.state(1), "nothing of the other");
        assert_eq!(at(1.0).state, patterns.state(other), "all of the other, which no level changes");
    }
    // About 30 differing bits: sqrt(30 x 0.21) / sqrt(4,000) = 0.040.
    assert!((error / f64::from(CUES)).abs() < 0.16, "{} bits off", error / f64::from(CUES));
    assert_eq!(times[1], 0, "a pattern is not mixed with itself");
    // 1,000 expected each, standard deviation 27.4.
    assert!([0, 2, 3, 4].into_iter().all(|mu| (863..=1137).contains(&times[mu])), "{times:?}");
}

#[test]
fn excluded_bits_take_the_fields_of_the_known_ones() {
    let patterns = patterns(40, 30);
    let model = KlrModel::untrained(patterns.clone(), Kernel::rbf(0.05).unwrap());
    let kind = CueKind::Erasures { share: 0.5, model: NoiseModel::Exact, fill: Fill::Excluded };
    for index in 0..50 {
        let cue = cue(&patterns, kind, index);
        let start = cue.start(&model);
        for i in 0..40 {
            // The definition: the sum over patterns of alpha K, K over the known neurons only.
            let kernel = |mu| {
                let known = (0..40).filter(|&j| !cue.hidden.get(j));
                let squares = known.map(|j| f64::from(cue.state.sign(j) - patterns.sign(mu, j)).powi(2));
                (-0.05 * squares.sum::<f64>()).exp()
            };
            let field: f64 = (0..30).map(|mu| model.alpha(mu, i) * kernel(mu)).sum();
            let expected = if cue.hidden.get(i) { field > 0.0 } else { patterns.bit(1, i) };
            assert_eq!(start.get(i), expected, "cue {index}, bit {i}, field {field}");
        }
    }
    let plain = cue(&patterns, CueKind::Run { share: 0.5, fill: Fill::Minus }, 0);
    assert_eq!(plain.start(&model), plain.state, "other fills are the start");
}

#[test]
fn what_cannot_be_made_is_refused() {
    let (patterns, one) = (patterns(12, 2), patterns(12, 1));
    let mut rng = Streams::new(0).stream(Stream::Noise);
    let mut refuse = |target, kind, set: &PatternSet| make_cue(target, kind, set, &mut rng).unwrap_err();
    let run = |share| CueKind::Run { share, fill: Fill::Minus };
    assert_eq!(refuse(2, run(0.1), &patterns), CueError::Target { target: 2, p: 2 });
    for bad in [-0.1, 1.1, f64::INFINITY] {
        assert_eq!(refuse(0, run(bad), &patterns), CueError::Level { name: "share", value: bad });
        let flips = CueKind::Flips { noise: bad, model: NoiseModel::Exact };
        assert_eq!(refuse(0, flips, &patterns), CueError::Level { name: "noise", value: bad });
    }
    let message = refuse(0, run(f64::NAN), &patterns).to_string();
    assert_eq!(message, "share is NaN; it must be between 0 and 1");
    assert_eq!(refuse(0, CueKind::Mixture { share: 0.5 }, &one), CueError::OnePattern);
    let rectangle =
        |width, region| CueKind::Rectangle { image: Image { width, height: 3 }, region, fill: Fill::Plus };
    let small = ImagePart { width: 1, height: 1, left: 0, top: 0 };
    let message = refuse(0, rectangle(5, small), &patterns).to_string();
    assert_eq!(message, "an image of 5 x 3 pixels does not fit 12 neurons");
    for region in [
        ImagePart { width: 0, ..small },
        ImagePart { height: 0, ..small },
        ImagePart { left: 4, ..small },
        ImagePart { top: 2, height: 2, ..small },
        ImagePart { left: usize::MAX, width: 2, ..small },
    ] {
        let image = Image { width: 4, height: 3 };
        assert_eq!(refuse(0, rectangle(4, region), &patterns), CueError::ImagePart { region, image });
    }
}
