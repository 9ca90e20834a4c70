//! Every choice that a plan offers runs to the end, and whatever the choice, the core equals the integer reference.

use klr_analysis::sequence::WalkEnd;
use klr_experiments::pipeline::{self, NoProgress, Progress, Run, train_model};
use klr_experiments::plan::{PlanSource, resolve};
use klr_experiments::{report, screen};
use serde_json::Value;
use std::sync::Mutex;

const SMALL: [&str; 3] = ["patterns.n=24", "patterns.p=30", "retrieval.cues=12"];

fn run(settings: &[&str]) -> Run {
    let mut source = PlanSource::default_plan();
    for setting in SMALL.iter().chain(settings) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).expect("a plan");
    pipeline::run(&plan, 2, &NoProgress).unwrap_or_else(|error| panic!("{settings:?}: {error}"))
}

fn agrees(settings: &[&str]) -> Run {
    let run = run(settings);
    for hardware in &run.hardware {
        assert_eq!(hardware.agrees, 12, "{settings:?}, {}: equal to the reference", hardware.dataflow.name());
    }
    run
}

#[test]
fn every_kernel_runs_on_the_core() {
    let absolute = "quantize.kernel_table=absolute";
    // exp(-0.3 d) as a list, one number for each distance from 0 to 24.
    let values: Vec<String> = (0..=24).map(|d| format!("{}", (-0.3 * f64::from(d)).exp())).collect();
    let listed = format!("model.kernel_values=[{}]", values.join(", "));
    agrees(&["model.kernel=exponential", "model.beta=0.2"]);
    agrees(&["model.kernel=exponential", "model.beta=0.2", absolute]);
    agrees(&["model.kernel=polynomial", "model.degree=6", absolute]);
    agrees(&["model.kernel=table", &listed, absolute]);
}

#[test]
fn the_same_kernel_under_two_names_is_the_same_memory() {
    let (rbf, exponential) = (agrees(&["model.gamma=0.1"]), agrees(&["model.kernel=exponential"]));
    assert_eq!(rbf.image, exponential.image, "gamma = 0.1 is beta = 0.2");
}

#[test]
fn every_training_gives_a_memory() {
    let fixed = |settings: &[&str]| agrees(settings).loss.stored_patterns_fixed();
    for training in ["klr", "noise-aware", "kernel-ridge", "none"] {
        let setting = format!("model.training={training}");
        assert_eq!(fixed(&[&setting]), Some(1.0), "{training}: 30 patterns of 24 neurons at gamma = 0.1");
    }
    let newton = agrees(&["model.tolerance=1e-9", "model.precision=double"]);
    assert!(newton.fit.gap().is_some_and(|gap| gap <= 1e-9), "Newton's method certifies the gap asked for");
    let descent = agrees(&["model.solver=gradient-descent"]);
    assert_eq!(descent.fit.gap(), None, "descent certifies nothing");
    let objective = |run: &Run| run.fit.report().expect("of all patterns").objective;
    assert!(objective(&descent) >= objective(&newton), "and does not end below the minimum");
}

/// The stages of a run, each with the steps it has and the steps that were done.
#[derive(Default)]
struct Stages(Mutex<Vec<(String, u64, u64)>>);

impl Progress for Stages {
    fn stage(&self, name: &str, steps: u64) {
        self.0.lock().expect("nobody panicked").push((name.to_owned(), steps, 0));
    }

    fn step(&self, done: u64) {
        self.0.lock().expect("nobody panicked").last_mut().expect("a stage").2 = done;
    }
}

#[test]
fn the_progress_of_newtons_method_ends_where_it_was_to_end() {
    let mut source = PlanSource::default_plan();
    SMALL.iter().for_each(|setting| source.set(setting).expect("a setting"));
    let stages = Stages::default();
    let learned = train_model(&resolve(&source).expect("a plan"), 1, &stages).expect("a model");
    let stages = stages.0.into_inner().expect("nobody panicked");
    let (name, steps, done) = stages.first().expect("a stage");
    assert_eq!((name.as_str(), *steps), ("training", 100), "percent of the way to the gap");
    assert!(*done >= 50, "{:?}: the last began at {done} %", learned.fit);
}

#[test]
fn the_screen_says_where_the_dual_variables_come_from() {
    let said = |settings: &[&str]| {
        let mut source = PlanSource::default_plan();
        SMALL.iter().chain(settings).for_each(|setting| source.set(setting).expect("a setting"));
        let plan = resolve(&source).expect("a plan");
        let run = pipeline::run(&plan, 2, &NoProgress).expect("a run");
        let learned = train_model(&plan, 2, &NoProgress).expect("a model");
        screen::table(&plan, &run) + &screen::training(&plan, &learned)
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let duals = folder.path().join("a.npy");
    klr_model::npy::write_duals(&duals, 24, &[0.5; 30 * 24]).expect("written");
    let file = format!("model.alpha_file={}", duals.display());
    let cases: [(&[&str], &str); 5] = [
        (&["model.training=none"], "alpha = xi, not trained"),
        (&["model.training=kernel-ridge"], "solved in closed form"),
        (&["model.training=file", &file], "a.npy, not trained here"),
        (
            &["model.solver=gradient-descent", "model.eta=1e-20", "model.iterations=3"],
            "iteration-limit after 3 iterations",
        ),
        (&[], "converged after "),
    ];
    for (settings, expected) in cases {
        let text = said(settings);
        assert_eq!(
            text.matches(expected).count(),
            2,
            "{settings:?}: in the table and after training: {text}"
        );
        let trained = expected.contains("after");
        assert_eq!(text.contains(" iterations"), trained, "{settings:?}: {text}");
        assert!(!text.contains("diverged") && !text.contains("untrained after"), "{settings:?}: {text}");
    }
}

#[test]
fn levers_that_know_fixed_points_agree_at_the_step_limit_too() {
    let orders = ["retrieval.order=sequential", "retrieval.order=random", "retrieval.order=most-violated"];
    let levers: [&[&str]; 3] =
        [&["core.bitmap=true"], &["core.early_stop=true"], &["core.bitmap=true", "core.early_stop=true"]];
    let mut told = 0;
    for order in orders {
        for steps in ["retrieval.max_steps=1", "retrieval.max_steps=2"] {
            for lever in levers {
                let run = agrees(&[&[order, steps, "retrieval.noise=0.1"], lever].concat());
                told += run.hardware.iter().map(|h| h.outcomes[0].1).sum::<u64>();
            }
        }
    }
    assert!(told > 100, "some retrievals end converged: {told}");
}

#[test]
fn every_source_of_patterns_is_drawn() {
    for (source, settings) in [
        ("biased", &["patterns.activity=0.3"][..]),
        ("clusters", &["patterns.members=6", "patterns.flip=0.2"]),
        ("field", &["patterns.width=6", "patterns.length=1.0"]),
    ] {
        let named = format!("patterns.source={source}");
        let settings: Vec<&str> = std::iter::once(named.as_str()).chain(settings.iter().copied()).collect();
        let run = agrees(&settings);
        assert_eq!((run.patterns.n(), run.patterns.p()), (24, 30), "{source}");
        assert!(run.patterns.duplicates().is_empty(), "{source}: rows are distinct");
    }
}

#[test]
fn every_kind_of_cue_is_made() {
    let bits_off = |cue: &str| agrees(&[&format!("retrieval.cue={cue}")]).recall.cue_flips_mean;
    assert_eq!(bits_off("flips:exact:0.25"), 6.0, "exactly a quarter of 24");
    // At most the 6 erased bits can be wrong, and of 72 about half are: 36 with a standard deviation of 4.2.
    for cue in ["erasures:exact:0.25:random", "run:0.25:minus", "rectangle:6x4:3x2+1+1:plus"] {
        let off = bits_off(cue) * 12.0;
        assert!((15.0..=57.0).contains(&off), "{cue}: {off} bits off in 12 cues");
    }
    assert!(bits_off("mixture:0.1") > 0.0, "a tenth of the bits of another pattern");
}

#[test]
fn baselines_stand_beside_the_memory_on_its_cues() {
    let names = ["hebbian", "untrained", "max-margin", "nearest-pattern"];
    let list = format!("retrieval.baselines={names:?}");
    let run = agrees(&[&list]);
    let found: Vec<&str> = run.baselines.iter().map(|result| result.name).collect();
    assert_eq!(found, names, "in the order asked for");
    let hits = |at: usize| run.baselines[at].given.counts.as_ref().expect("it can be built").hits;
    assert_eq!(hits(1), run.recall.untrained, "the untrained memory, counted twice");
    assert_eq!(Some(hits(3)), run.recall.oracle, "the nearest pattern, counted twice");
}

#[test]
fn gamma_is_chosen_where_the_plan_leaves_it_open() {
    let run = agrees(&["model.gamma=auto", "retrieval.noise=0.1"]);
    let choice = run.choice.expect("a choice");
    assert_eq!(run.model.kernel().gamma(), Some(choice.gamma), "the memory has the gamma that was chosen");
    assert!(choice.flat_from <= choice.gamma && choice.gamma <= choice.flat_to, "inside its own range");
    assert!(choice.recall.value() <= choice.oracle.value() + 0.02, "no better than the oracle");
    assert!(choice.oracle.value() - choice.recall.value() < 0.1, "30 random patterns of 24 bits leave room");
}

/// The width of the plan's kernel is its own affair: at one that is far too wide for the noise, the other memories are
/// tuned, and what they give at that width stands beside.
#[test]
fn baselines_are_tuned_and_the_figure_at_the_plans_width_stands_beside() {
    let list = "retrieval.baselines=[\"modern-hopfield\", \"hebbian\"]";
    let settings = [list, "model.gamma=0.005", "retrieval.noise=0.1", "patterns.p=60", "retrieval.cues=40"];
    let mut source = PlanSource::default_plan();
    for setting in settings.iter().chain(&["patterns.n=40", "model.training=none"]) {
        source.set(setting).expect("a setting");
    }
    let plan = resolve(&source).expect("a plan");
    let run = pipeline::run(&plan, 2, &NoProgress).expect("a run");
    let report = report::report(&source, &plan, &run).expect("a report");
    let entry = &report["recall"]["baselines"][0];
    let share = |value: &Value| value.as_f64().expect("a share");
    assert!(share(&entry["at_plan"]["recall"]) < 0.1, "{entry}");
    assert!(share(&entry["recall"]) > 0.9, "{entry}");
    assert_eq!(entry["at_plan"]["settings"]["beta"], 0.01, "beta = 2 gamma");
    assert!(share(&entry["settings"]["beta"]) > 0.05, "{entry}");
    assert_eq!(entry["tuning"]["cues"], 300);
    assert!(entry["tuning"]["tried"].as_array().is_some_and(|tried| tried.len() > 8), "{entry}");
    assert_eq!(report["recall"]["own_width"], serde_json::json!({ "gamma": 0.005, "origin": "given" }));
    let hebbian = &report["recall"]["baselines"][1];
    assert_eq!((&hebbian["at_plan"], &hebbian["tuning"]), (&Value::Null, &Value::Null), "nothing to tune");
    let table = screen::table(&plan, &run);
    let line = |name: &str| table.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    let title = line("others").expect("a title");
    assert!(title.contains("tuned on 300 cues of their own"), "{title}");
    assert!(title.ends_with("at the plan's width (gamma: given)"), "{title}");
    let modern = line("  modern-hopfield").expect("a line");
    assert!(modern.contains(" beta 0.") && modern.ends_with("beta 0.01"), "{modern}");
}

/// Far below its capacity the classical network recalls on both cores, and far above it on none.
#[test]
fn the_classical_network_recalls_below_its_capacity_alone() {
    let cores = "retrieval.baselines=[\"crossbar-tiny-odin\", \"crossbar-loihi\"]";
    let few = agrees(&[cores, "patterns.n=100", "patterns.p=4", "retrieval.noise=0.1"]);
    let many = agrees(&[cores, "patterns.n=100", "patterns.p=60", "retrieval.noise=0.1"]);
    let names: Vec<&str> = few.classical.iter().map(|run| run.core.name()).collect();
    assert_eq!(names, ["crossbar-tiny-odin", "crossbar-loihi"], "in the order asked for");
    for run in few.classical.iter().chain(&many.classical) {
        let name = run.core.name();
        assert_eq!((run.agrees, run.fault_count), (12, 0), "{name}: equal to the reference");
        assert_eq!(run.outcomes[0], ("converged", 12), "{name}: symmetric weights come to rest");
        let (n, flips) = (100, run.activity.spikes);
        // X10 to X12 of docs/crossbar.md: N rows of the cue, then a cycle of waiting, a row and a handshake for each flip.
        let cycles = 12 * (n * (2 * n + 7) + 2) + flips * (2 * n + 2 + 8);
        assert_eq!(run.activity.cycles, cycles, "{name}: the cycles that the rules add up to");
        assert_eq!(run.activity.synaptic_operations, (12 * n + flips) * n, "{name}: a row each");
    }
    for run in &few.classical {
        assert_eq!(
            (run.hits, run.float_hits, run.clipped_weights),
            (12, 12, 0),
            "{}: P/N = 0.04",
            run.core.name()
        );
        assert_eq!(run.stored_patterns_fixed, 1.0, "{}: every pattern rests", run.core.name());
    }
    for run in &many.classical {
        assert_eq!((run.hits, run.float_hits), (0, 0), "{}: P/N = 0.6", run.core.name());
        assert!(run.stored_patterns_fixed < 0.1, "{}: almost none rests", run.core.name());
    }
    assert!(many.classical[0].clipped_weights > 0, "60 correlated signs do not fit 4 bits");
    assert_eq!(many.classical[1].clipped_weights, 0, "but fit 8");
    assert_eq!(many.recall.float_async, 12, "where the kernel memory recalls");
}

#[test]
fn a_limit_of_steps_stops_the_classical_network_too() {
    let run =
        agrees(&["retrieval.baselines=[\"crossbar-tiny-odin\"]", "patterns.n=100", "retrieval.max_steps=1"]);
    let classical = &run.classical[0];
    assert!(classical.activity.spikes <= 12 * 101, "one sweep is N chances to flip");
    assert_eq!(classical.agrees, 12, "stopped where the reference is");
}

/// A narrow kernel makes every step certain, in discrete time along the patterns and in continuous time to the cue's own.
#[test]
fn a_memory_flows_to_its_patterns_and_a_network_walks_along_them() {
    let run =
        run(&["model.gamma=1.0", "retrieval.noise=0.05", "retrieval.flow=8", "retrieval.sequence=true"]);
    let flow = run.flow.expect("the plan asks for it");
    assert_eq!((flow.cues, flow.recalled, flow.settled), (12, 12, 12), "every flow ends in its pattern");
    let sequence = run.sequence.expect("the plan asks for it");
    assert_eq!(
        (sequence.transitions.exact, sequence.recall.in_time),
        (1.0, 1.0),
        "every step is the next pattern"
    );
    let end = sequence.recall.walks[0].end;
    assert_eq!(end, WalkEnd::Cycle { entered: 0, period: 30, stored: true }, "round and round, 30 patterns");
}

/// The literature's descent and Newton's method both train the network that walks; a wide kernel at a high load leaves
/// both short of the cycle, and the plan's own memory is what it would be without the walk.
#[test]
fn a_walk_is_trained_as_the_plan_says_and_changes_nothing_else() {
    let walks = |solver: &str, walk: &str| {
        let settings = [solver, walk, "model.gamma=0.02", "model.iterations=40", "patterns.p=60"];
        run(&settings)
    };
    let plain = walks("model.solver=gradient-descent", "retrieval.sequence=false");
    let walked = walks("model.solver=gradient-descent", "retrieval.sequence=true");
    assert!(plain.sequence.is_none() && plain.flow.is_none(), "nothing is there unless it is asked for");
    assert_eq!(plain.image, walked.image, "the memory is the same");
    let descent = walked.sequence.expect("the plan asks for it");
    assert_eq!(descent.fit.iterations, 40, "as many updates as the plan allows");
    let newton =
        walks("model.solver=newton", "retrieval.sequence=true").sequence.expect("the plan asks for it");
    assert!(newton.fit.gap.is_some() && descent.fit.gap.is_none(), "only Newton's method is certified");
}
