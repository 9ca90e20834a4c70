//! Cues of one's own: what counts as recalled does not depend on the order of rows, and the oracle says nothing without
//! targets.

use klr_experiments::pipeline::{self, HardwareRun, NoProgress, Run};
use klr_experiments::plan::{Plan, PlanSource, resolve};
use klr_experiments::{report, screen};
use klr_model::{PatternSet, State, Stream, Streams, npy};
use serde_json::Value;
use std::fs;
use std::path::Path;

const N: usize = 32;
const P: usize = 20;

fn patterns() -> PatternSet {
    PatternSet::random(N, P, &mut Streams::new(3).stream(Stream::Patterns)).expect("patterns")
}

/// The rows of `patterns` in another order: row `order[k]` becomes row k.
fn in_order(patterns: &PatternSet, order: &[usize]) -> PatternSet {
    let signs: Vec<i8> =
        order.iter().flat_map(|&mu| patterns.state(mu).signs().collect::<Vec<_>>()).collect();
    PatternSet::from_signs(patterns.n(), &signs).expect("the same patterns")
}

/// States in the middle between two patterns, as near to one as to the other and to no third one, with those two.
fn middles(patterns: &PatternSet) -> Vec<(State, [usize; 2])> {
    let pairs = (0..P).flat_map(|a| (a + 1..P).map(move |b| [a, b]));
    let middle = |[a, b]: [usize; 2]| {
        let (mut state, other) = (patterns.state(a), patterns.state(b));
        let differing: Vec<usize> = (0..N).filter(|&i| state.get(i) != other.get(i)).collect();
        differing.iter().skip(differing.len() / 2).for_each(|&i| state.flip(i));
        (patterns.nearest(&state).rows == [a, b]).then_some((state, [a, b]))
    };
    pairs.filter_map(middle).collect()
}

fn write_targets(path: &Path, rows: &[usize]) {
    let header = format!("{{'descr': '<u4', 'fortran_order': False, 'shape': ({},), }}\n", rows.len());
    let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    let data: Vec<u8> =
        rows.iter().flat_map(|&row| u32::try_from(row).expect("a row").to_le_bytes()).collect();
    let bytes = [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), &data].concat();
    fs::write(path, bytes).expect("the folder is writable");
}

/// A run on files of patterns, cues and, if there are any, targets.
fn run(
    patterns: &PatternSet,
    cues: &[State],
    targets: Option<&[usize]>,
    more: &[&str],
) -> (Plan, Run, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    npy::write_patterns(&at("p.npy"), patterns).expect("the folder is writable");
    npy::write_states(&at("c.npy"), cues).expect("the folder is writable");
    let mut settings = vec![
        "patterns.source=file".to_owned(),
        format!("patterns.file={}", at("p.npy").display()),
        format!("retrieval.cue_file={}", at("c.npy").display()),
        "retrieval.baselines=[\"nearest-pattern\", \"crossbar-tiny-odin\"]".to_owned(),
        "retrieval.flow=4".to_owned(),
    ];
    if let Some(rows) = targets {
        write_targets(&at("t.npy"), rows);
        settings.push(format!("retrieval.target_file={}", at("t.npy").display()));
    }
    let mut source = PlanSource::default_plan();
    for setting in settings.iter().map(String::as_str).chain(more.iter().copied()) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).expect("a plan");
    let run = pipeline::run(&plan, 2, &NoProgress).expect("a run");
    let report = report::report(&source, &plan, &run).expect("a report");
    (plan, run, report)
}

/// Everything that counts hits.
fn hits(run: &Run) -> Vec<u64> {
    let recall = &run.recall;
    let float = [recall.ties, recall.float_sync, recall.float_async, recall.untrained];
    let hardware = run.hardware.iter().map(|h| h.hits);
    let classical = run.classical.iter().flat_map(|c| [c.hits, c.float_hits]);
    let flow = run.flow.iter().map(|flow| flow.recalled as u64);
    float.into_iter().chain(hardware).chain(classical).chain(flow).collect()
}

#[test]
fn a_cue_between_two_patterns_is_recalled_in_either_whatever_the_order_of_rows() {
    let patterns = patterns();
    let cues: Vec<State> = middles(&patterns).into_iter().map(|(cue, _)| cue).collect();
    assert!(cues.len() >= 5, "{} cues have two nearest patterns", cues.len());
    let forward: Vec<usize> = (0..P).collect();
    let backward: Vec<usize> = (0..P).rev().collect();
    let [one, other] = [forward, backward].map(|order| run(&in_order(&patterns, &order), &cues, None, &[]).1);
    assert_eq!(hits(&one), hits(&other), "the same patterns, the last row first");
    assert_eq!(one.recall.ties, cues.len() as u64, "every cue is a tie");
    assert!(one.recall.float_async > 0, "some of them end in a pattern: {:?}", one.recall);
    assert_eq!(one.recall.cue_flips_mean, other.recall.cue_flips_mean, "and the distance to it");
}

/// A set of patterns or cues with the bits of `mask` turned over, neuron `k` being what neuron `neurons[k]` was.
fn moved(states: &[State], mask: &State, neurons: &[usize]) -> Vec<State> {
    let one = |state: &State| {
        let signs: Vec<i8> = neurons.iter().map(|&i| state.sign(i) * mask.sign(i)).collect();
        State::from_signs(&signs).expect("signs")
    };
    states.iter().map(one).collect()
}

/// Noisy patterns in a network that fails for some of them, with `alpha = xi`, whose weights are exact in integers.
fn symmetric(rows: &[usize], mask: &State, neurons: &[usize]) -> Run {
    let patterns = patterns();
    let stored: Vec<State> = rows.iter().map(|&mu| patterns.state(mu)).collect();
    let cues: Vec<State> = middles(&patterns).into_iter().map(|(cue, _)| cue).collect();
    let signs: Vec<i8> =
        moved(&stored, mask, neurons).iter().flat_map(|s| s.signs().collect::<Vec<_>>()).collect();
    let patterns = PatternSet::from_signs(N, &signs).expect("as many bits");
    run(&patterns, &moved(&cues, mask, neurons), None, &["model.training=none"]).1
}

/// What was done, whenever it was done: flips, fields, products, distances and bits.
fn work(h: &HardwareRun) -> [u64; 5] {
    let a = &h.activity;
    [a.flips, a.evaluations, a.macs, a.distance_updates, a.sram_bits_read()]
}

/// Symmetries of `h_i = sum_mu w_mu,i K(d_mu)` with `w = xi`. Another order of rows only reorders a sum of integers. A mask
/// on patterns, cues and so on weights leaves all distances and turns over field and state of a neuron together. Both leave
/// every flip and all work of every dataflow. Of the time, cycles and stalls, the mask leaves all; the order of rows leaves
/// that of `synchronous` and `sweep`, which read every row, but in `delta` the changes of a flip reach the MAC lanes in the
/// order of rows, so that it matters where in a block the rows lie that change. Other numbers for the neurons leave distances and fields too, but a
/// sequential visit comes in another order: only the synchronous dataflow has no order to change.
#[test]
fn symmetries_of_a_network_leave_recall_flips_and_counters() {
    let (rows, neurons): (Vec<usize>, Vec<usize>) = ((0..P).collect(), (0..N).collect());
    let plain = State::from_signs(&[1; N]).expect("signs");
    let mask = patterns().state(7);
    let plain_run = symmetric(&rows, &plain, &neurons);
    assert!(plain_run.hardware.iter().all(|h| h.activity.flips > 0 && h.agrees == plain_run.recall.cues));
    let reversed: Vec<usize> = rows.iter().rev().copied().collect();
    let shifted: Vec<usize> = (0..N).map(|i| (5 * i + 3) % N).collect();
    for (what, other) in [
        ("rows", symmetric(&reversed, &plain, &neurons)),
        ("mask", symmetric(&rows, &mask, &neurons)),
        ("rows and mask", symmetric(&reversed, &mask, &neurons)),
    ] {
        for (h, same) in plain_run.hardware.iter().zip(&other.hardware) {
            let name = h.dataflow.name();
            assert_eq!((h.hits, h.agrees), (same.hits, same.agrees), "{what}: {name}");
            assert_eq!((work(h), &h.outcomes), (work(same), &same.outcomes), "{what}: {name}");
            if what == "mask" || name != "delta" {
                assert_eq!(h.activity, same.activity, "{what}: {name}, time included");
            }
        }
        assert_eq!(plain_run.recall.float_async, other.recall.float_async, "{what}: in floating point");
        assert_eq!(plain_run.recall.ties, other.recall.ties, "{what}");
    }
    let other = symmetric(&rows, &plain, &shifted);
    let (h, same) = (&plain_run.hardware[0], &other.hardware[0]);
    assert_eq!(h.dataflow.name(), "synchronous");
    assert_eq!((h.hits, &h.activity, &h.outcomes), (same.hits, &same.activity, &same.outcomes), "neurons");
    assert_eq!(plain_run.recall.float_sync, other.recall.float_sync, "neurons: in floating point");
}

#[test]
fn the_longest_name_of_a_baseline_has_a_space_behind_it() {
    let more = ["retrieval.baselines=[\"dense-exponential\", \"hebbian\"]"];
    let (plan, run, _) = run(&patterns(), &[patterns().state(0)], None, &more);
    let table = screen::table(&plan, &run);
    assert!(table.contains("dense-exponential 1.000"), "{table}");
    assert!(table.contains("at the plan's width (gamma: given)\n"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
}

#[test]
fn without_targets_the_oracle_says_nothing_and_why() {
    let patterns = patterns();
    let cues: Vec<State> = middles(&patterns).into_iter().map(|(cue, _)| cue).collect();
    let (plan, run, report) = run(&patterns, &cues, None, &[]);
    assert_eq!(run.recall.oracle, None);
    let recall = &report["recall"];
    assert_eq!(recall["target"], "nearest-pattern");
    assert_eq!(recall["oracle"], Value::Null, "not 1 by construction");
    assert_eq!(recall["ties"], 1.0);
    let reason =
        "without targets the nearest pattern is what counts as recalled, so that its own recall says nothing";
    assert_eq!(recall["oracle_refused"], reason);
    let baseline = &recall["baselines"][0];
    assert_eq!((&baseline["recall"], &baseline["refused"]), (&Value::Null, &reason.into()));
    let table = screen::table(&plan, &run);
    let line = |start: &str| table.lines().any(|line| line.trim_start().starts_with(start));
    assert!(table.contains("nearest pattern -\n"), "{table}");
    assert_eq!(table.matches("without targets").count(), 1, "said once: {table}");
    assert!(line("ties 1.000: equally near to several patterns, recalled in any of them"), "{table}");
    assert!(line("nearest pattern: without targets the nearest pattern is what counts"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
}

#[test]
fn targets_say_what_counts_and_measure_the_oracle() {
    let patterns = patterns();
    let middles = middles(&patterns);
    let mut cues: Vec<State> = middles.iter().map(|(cue, _)| cue.clone()).collect();
    // A cue that lies at row 4 and is said to belong to row 5.
    cues.push(patterns.state(4));
    let shares = |pick: usize| {
        let rows: Vec<usize> = middles.iter().map(|(_, pair)| pair[pick]).chain([5]).collect();
        let (plan, run, report) = run(&patterns, &cues, Some(&rows), &[]);
        assert_eq!(report["recall"]["target"], "given-pattern");
        assert_eq!(run.recall.ties, middles.len() as u64, "all but the last");
        assert_eq!(run.recall.oracle, Some(middles.len() as u64), "a tie is a hit, the last cue is none");
        let counts = run.baselines[0].tuned.counts.as_ref().expect("with targets it is measured");
        assert_eq!(Some(counts.hits), run.recall.oracle, "the same oracle among the baselines");
        assert!(
            screen::table(&plan, &run)
                .contains("another is as near, counted as recalled by the nearest pattern")
        );
        run.recall.float_async
    };
    let (first, second) = (shares(0), shares(1));
    let either = run(&patterns, &cues, None, &[]).1.recall.float_async;
    assert_eq!(either, first + second + 1, "each ends in one of the two, and the last in the one it is");
}

#[test]
fn targets_count_the_rows_of_the_file_where_repeated_ones_are_dropped() {
    let distinct = patterns();
    let rows: Vec<usize> = [0, 1, 0].into_iter().chain(2..P).collect();
    let repeated = in_order(&distinct, &rows);
    // Rows 2 and 0 are one pattern; row 7 of the file is row 6 of those that are stored.
    let cues = [distinct.state(0), distinct.state(0), distinct.state(6)];
    let drop = ["patterns.duplicates=drop"];
    let recall = run(&repeated, &cues, Some(&[2, 0, 7]), &drop).1.recall;
    assert_eq!((recall.oracle, recall.float_async, recall.ties), (Some(3), 3, 0));
    let wrong = run(&repeated, &cues, Some(&[1, 3, 6]), &drop).1.recall;
    assert_eq!((wrong.oracle, wrong.float_async), (Some(0), 0), "other rows are other patterns");
}
