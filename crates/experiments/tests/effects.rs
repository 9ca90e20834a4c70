//! When does a key have an effect? What the table says is held against what runs give, for every key there is.

use klr_experiments::pipeline::{self, NoProgress};
use klr_experiments::plan::{Condition, EFFECTS, Effect, PlanSource, resolve};
use klr_experiments::report;
use klr_model::{PatternSet, State, Stream, Streams, npy};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A small plan in which flips happen and queues fill, with every dataflow.
const SMALL: [&str; 4] =
    ["retrieval.noise=0.25", "core.distance_lanes=16", "core.mac_lanes=8", "quantize.kernel_bits=4"];
/// Where its patterns are drawn, and its cues made of them.
const SIZES: [&str; 2] = ["patterns.n=24", "patterns.p=20"];
const CUES: &str = "retrieval.cues=6";

/// One key: a plan in which a change of it shows, and one in which it has no effect. `{dir}` is a folder of files.
struct Case {
    key: &'static str,
    /// The plan in which it has an effect, beyond the small one.
    with: &'static [&'static str],
    /// What it is changed to, in both plans.
    to: &'static str,
    /// The plan in which it has none, beyond the small one, and the key that is to blame.
    without: Option<(&'static [&'static str], &'static str)>,
}

const fn acts(key: &'static str, with: &'static [&'static str], to: &'static str) -> Case {
    Case { key, with, to, without: None }
}

const fn void(
    key: &'static str,
    with: &'static [&'static str],
    to: &'static str,
    without: &'static [&'static str],
    blamed: &'static str,
) -> Case {
    Case { key, with, to, without: Some((without, blamed)) }
}

const DIGITS: &[&str] = &["patterns.source=digits64"];
const FILE: &[&str] = &["patterns.source=file", "patterns.file={dir}/p.npy"];
const BIASED: &[&str] = &["patterns.source=biased", "patterns.activity=0.3"];
const CLUSTERS: &[&str] = &["patterns.source=clusters", "patterns.members=5"];
const FIELD: &[&str] = &["patterns.source=field", "patterns.width=6"];
const SAVED: &[&str] = &["model.training=file", "model.alpha_file={dir}/a.npy"];
const DESCENT: &[&str] = &["model.solver=gradient-descent", "model.iterations=20"];
const UNTRAINED: &[&str] = &["model.training=none"];
const NOISE_AWARE: &[&str] = &["model.training=noise-aware", "model.iterations=5"];
const LINEAR: &[&str] = &["model.kernel=linear", "quantize.kernel_table=absolute"];
const OWN_CUES: &[&str] = &["retrieval.cue_file={dir}/c.npy"];
const SWEEP: &[&str] = &["retrieval.dataflows=[\"sweep\"]"];
const DELTA: &[&str] = &["retrieval.dataflows=[\"delta\"]"];
const SYNCHRONOUS: &[&str] = &["retrieval.dataflows=[\"synchronous\"]"];
const LIST: &[&str] = &["core.candidates=64", "core.partial_distance=true"];
const OWN_PRICES: &[&str] = &["energy.file={dir}/prices.toml"];

const CASES: [Case; EFFECTS.len()] = [
    acts("seed", &[], "2"),
    acts("patterns.source", &[], "biased"),
    void("patterns.n", &[], "25", DIGITS, "patterns.source"),
    void("patterns.p", &[], "21", FILE, "patterns.source"),
    void("patterns.activity", BIASED, "0.6", &[], "patterns.source"),
    void("patterns.members", CLUSTERS, "4", BIASED, "patterns.source"),
    void("patterns.flip", CLUSTERS, "0.2", FIELD, "patterns.source"),
    void("patterns.width", FIELD, "12", CLUSTERS, "patterns.source"),
    void("patterns.length", FIELD, "1.0", DIGITS, "patterns.source"),
    void("patterns.file", FILE, "{dir}/q.npy", BIASED, "patterns.source"),
    void(
        "patterns.duplicates",
        &["patterns.source=file", "patterns.file={dir}/twice.npy"],
        "drop",
        DIGITS,
        "patterns.source",
    ),
    acts("model.training", &[], "none"),
    void("model.alpha_file", SAVED, "{dir}/b.npy", &[], "model.training"),
    acts("model.kernel", &["quantize.kernel_table=absolute"], "polynomial"),
    void("model.gamma", &[], "0.2", LINEAR, "model.kernel"),
    void("model.beta", &["model.kernel=exponential"], "0.3", &[], "model.kernel"),
    void(
        "model.degree",
        &["model.kernel=polynomial", "quantize.kernel_table=absolute"],
        "7",
        LINEAR,
        "model.kernel",
    ),
    void(
        "model.offset",
        &["model.kernel=polynomial", "quantize.kernel_table=absolute"],
        "2.0",
        &[],
        "model.kernel",
    ),
    void(
        "model.kernel_values",
        &[
            "model.kernel=table",
            "model.kernel_values=[24,20,18,15,13,11,9,8,7,6,5,4,3,2,1,0,0,0,0,0,0,0,0,0,0]",
            "quantize.kernel_table=absolute",
        ],
        "[25,20,15,12,10,8,6,5,4,3,3,2,2,1,1,0,0,0,0,0,0,0,0,0,0]",
        &[],
        "model.kernel",
    ),
    void("model.solver", &[], "gradient-descent", UNTRAINED, "model.training"),
    void("model.penalty", DESCENT, "l2", &["model.training=kernel-ridge"], "model.training"),
    acts("model.lambda", SAVED, "0.5"),
    void("model.eta", DESCENT, "0.2", &[], "model.solver"),
    void("model.iterations", DESCENT, "3", SAVED, "model.training"),
    void("model.noise_copies", NOISE_AWARE, "2", &[], "model.training"),
    void("model.tolerance", &[], "0.1", NOISE_AWARE, "model.training"),
    void("model.precision", &[], "double", &["model.training=kernel-ridge"], "model.training"),
    acts("quantize.weight_bits", &[], "4"),
    acts("quantize.weight_format", &[], "odd"),
    acts("quantize.kernel_bits", &[], "8"),
    acts("quantize.kernel_table", &[], "absolute"),
    acts("quantize.kernel_window", &[], "2"),
    void("quantize.weight_clip", &[], "0.5", &["quantize.method=clip"], "quantize.method"),
    acts("quantize.method", &["quantize.weight_bits=2"], "margins"),
    acts("core.preset", &[], "edge"),
    acts("core.pattern_bytes", &[], "4096"),
    acts("core.weight_bytes", &[], "65536"),
    acts("core.counter_bytes", &[], "65536"),
    acts("core.table_bytes", &[], "65536"),
    acts("core.distance_lanes", &[], "8"),
    acts("core.mac_lanes", &[], "4"),
    acts("core.accumulator_bits", &[], "24"),
    acts("core.sram_latency", &[], "4"),
    acts("core.table_latency", &[], "5"),
    acts("core.mac_latency", &[], "7"),
    acts("core.counter_ports", &[], "2"),
    acts("core.distance_slices", &[], "2"),
    acts("core.table_ports", &[], "1"),
    acts("core.weight_banks", &[], "2"),
    acts("core.weight_word", &[], "2"),
    acts("core.sign_sharing", &["model.training=none", "core.pattern_order=both"], "true"),
    acts("core.pattern_order", &[], "both"),
    acts("core.spike_queue", &["core.incremental=true"], "1"),
    acts("core.activation_queue", &[], "1"),
    acts("core.queue_policy", &["core.activation_queue=1"], "drop"),
    void("core.overlap", &[], "pipelined", SYNCHRONOUS, "retrieval.dataflows"),
    void("core.zero_skip", &[], "true", DELTA, "retrieval.dataflows"),
    void("core.incremental", &[], "true", SWEEP, "retrieval.dataflows"),
    acts("core.candidates", &[], "64"),
    void("core.candidate_margin", LIST, "0", &[], "core.candidates"),
    void("core.partial_distance", &["core.candidates=64"], "true", &[], "core.candidates"),
    void("core.probe_columns", LIST, "3", &["core.candidates=64"], "core.partial_distance"),
    void("core.bitmap", &[], "true", SYNCHRONOUS, "retrieval.dataflows"),
    void("core.tree_latency", &["retrieval.order=most-violated"], "3", SWEEP, "retrieval.dataflows"),
    acts("core.early_stop", &[], "true"),
    acts("core.clock_mhz", &[], "100"),
    acts("retrieval.dataflows", &[], "[\"delta\"]"),
    acts("retrieval.order", &[], "random"),
    void("retrieval.noise", &[], "0.1", OWN_CUES, "retrieval.cue_file"),
    void("retrieval.noise_model", &[], "exact", &["retrieval.cue=mixture:0.2"], "retrieval.cue"),
    void("retrieval.cues", &[], "5", OWN_CUES, "retrieval.cue_file"),
    void("retrieval.cue", &[], "mixture:0.2", OWN_CUES, "retrieval.cue_file"),
    acts("retrieval.baselines", &[], "[\"hebbian\"]"),
    acts("retrieval.flow", &[], "2.0"),
    acts("retrieval.sequence", &[], "true"),
    acts("retrieval.cue_file", &[], "{dir}/c.npy"),
    void("retrieval.target_file", OWN_CUES, "{dir}/t.npy", &[], "retrieval.cue_file"),
    acts("retrieval.max_steps", &[], "1"),
    void("energy.preset", &[], "loihi", OWN_PRICES, "energy.file"),
    acts("energy.file", &[], "{dir}/prices.toml"),
    acts("faults.weights", &[], "0.1"),
    acts("faults.patterns", &[], "0.1"),
    acts("faults.table", &[], "0.1"),
    void("faults.stuck_at", &["faults.weights=0.1"], "one", &[], "faults.weights"),
    void("faults.cores", &["faults.table=0.1"], "2", &[], "faults.weights"),
];

/// The files that cases name.
fn files(folder: &Path) {
    let drawn = |seed| {
        PatternSet::random(24, 20, &mut Streams::new(seed).stream(Stream::Patterns)).expect("patterns")
    };
    let states = |patterns: &PatternSet| (0..4).map(|mu| patterns.state(mu)).collect::<Vec<State>>();
    let (some, others) = (drawn(1), drawn(2));
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).expect("the folder is writable");
    npy::write_patterns(&folder.join("p.npy"), &some).expect("the folder is writable");
    npy::write_patterns(&folder.join("q.npy"), &others).expect("the folder is writable");
    let twice: Vec<State> = [states(&some), states(&some)].concat();
    npy::write_states(&folder.join("twice.npy"), &twice).expect("the folder is writable");
    npy::write_states(&folder.join("c.npy"), &states(&others)).expect("the folder is writable");
    for (name, scale) in [("a.npy", 1.0), ("b.npy", 0.5)] {
        let duals: Vec<f64> = (0..24 * 20).map(|at| scale * f64::from(at % 7 - 3)).collect();
        write(name, &npy::encode_duals(Path::new(name), 24, &duals).expect("dual variables"));
    }
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n";
    let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    write("t.npy", &[b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), &[0, 1, 2, 3]].concat());
    let odin = klr_energy::PriceTable::preset_text("odin").expect("a table");
    write("prices.toml", odin.as_bytes());
}

/// A plan with these settings over the small one. Sizes and cues of the small one are left out where they would have no
/// effect.
fn source(settings: &[String]) -> PlanSource {
    let is_given = |what: &str| settings.iter().any(|setting| setting.starts_with(what));
    let is_read = is_given("patterns.source=file") || is_given("patterns.source=digits64");
    let mut source = PlanSource::default_plan();
    let sizes = SIZES.iter().filter(|_| !is_read);
    let cues = [CUES, SMALL[0]]
        .into_iter()
        .filter(|_| !is_given("retrieval.cue_file=") && !is_given("retrieval.cue="));
    for setting in sizes.copied().chain(cues).chain(SMALL[1..].iter().copied()) {
        source.set(setting).expect("a setting");
    }
    for setting in settings {
        source.set(setting).unwrap_or_else(|error| panic!("{setting}: {error}"));
    }
    source
}

/// What a plan reports, the plan itself apart, or why it is refused.
fn outcome(settings: &[String]) -> Result<Value, String> {
    let source = source(settings);
    let plan = resolve(&source).map_err(|error| error.to_string())?;
    let run = pipeline::run(&plan, 1, &NoProgress).map_err(|error| error.to_string())?;
    let mut report = report::report(&source, &plan, &run).expect("a report");
    let sections = report.as_object_mut().expect("a section per part");
    ["plan", "run", "inputs"].iter().for_each(|about| {
        sections.remove(*about);
    });
    Ok(report)
}

fn settings(of: &[&str], more: Option<String>, folder: &Path) -> Vec<String> {
    let folder = folder.to_str().expect("a plain name");
    let all = of.iter().map(|one| (*one).to_owned()).chain(more);
    all.map(|setting| setting.replace("{dir}", folder)).collect()
}

#[test]
fn the_table_has_a_row_for_every_key_and_no_other() {
    let plan = PlanSource::default_plan();
    let keys: Vec<&str> = plan.entries().map(|entry| entry.0).collect();
    assert_eq!(EFFECTS.map(|effect| effect.key).to_vec(), keys, "in the order of the default plan");
    assert_eq!(CASES.map(|case| case.key).to_vec(), keys, "and the cases below have all of them");
    let is_key = |key: &str| keys.contains(&key);
    for Effect { key, ways } in EFFECTS {
        assert!(!ways.is_empty(), "{key}: a key that never has an effect is none");
        assert!(ways.iter().flat_map(|way| way.iter()).all(|one| is_key(one.key())), "{key}: {ways:?}");
    }
}

#[test]
fn a_change_shows_where_the_table_says_so_and_is_refused_where_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let dir = folder.path();
    files(dir);
    let mut wrong = Vec::new();
    for (case, effect) in CASES.iter().zip(EFFECTS) {
        let Case { key, with, to, without } = case;
        let change = Some(format!("{key}={to}"));
        let (before, after) =
            (outcome(&settings(with, None, dir)), outcome(&settings(with, change.clone(), dir)));
        if before.is_err() && after.is_err() || before == after {
            wrong.push(format!("{key}: {to} shows nothing: {:?}, {:?}", before.err(), after.err()));
        }
        let always = effect.ways.iter().any(|way| way.is_empty());
        assert_eq!(
            always,
            without.is_none(),
            "{key}: a plan without its effect is needed where there is one"
        );
        let Some((without, blamed)) = without else { continue };
        let all = settings(without, change, dir);
        let message = resolve(&source(&all)).map(|_| ()).map_err(|error| error.to_string());
        let message = message.err().unwrap_or_else(|| "accepted".to_owned());
        // A target without cues and a list of nothing have words of their own.
        let void = message.starts_with(&format!("--set: {key} = "))
            && message.contains(&format!(" has no effect with {blamed} = "));
        let own = message.starts_with(&format!("--set: {key} is "))
            && message.contains("it needs ")
            && message.contains(blamed);
        if !void && !own {
            wrong.push(format!("{key}: {all:?} gives {message}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_words_of_a_condition_are_words_of_its_key() {
    for effect in EFFECTS {
        for condition in effect.ways.iter().flat_map(|way| way.iter()) {
            let Condition::Is(key, words) = condition else { continue };
            for word in *words {
                let value = match *key {
                    "retrieval.dataflows" => format!("[\"{word}\"]"),
                    _ => (*word).to_owned(),
                };
                let mut source = PlanSource::default_plan();
                source
                    .set(&format!("{key}={value}"))
                    .unwrap_or_else(|error| panic!("{}: {error}", effect.key));
                // It may need another key beside it, but it is a word.
                let message = resolve(&source).map(|_| ()).map_err(|error| error.to_string()).err();
                let unknown =
                    message.filter(|message| message.contains(&format!("{key} is \"{word}\"; allowed")));
                assert_eq!(unknown, None, "{}", effect.key);
            }
        }
    }
}

/// What is said of a plan file with options over it, or why it is refused.
fn said(file: &str, options: &[(&'static str, &str)]) -> Result<Vec<String>, String> {
    let mut source = PlanSource::default_plan();
    source.overlay(file, "mine.toml").expect("a plan");
    for (option, setting) in options {
        let (key, value) = setting.split_once('=').expect("a setting");
        match *option {
            "--set" => source.set(setting),
            option => source.set_by(option, key, value),
        }
        .expect("a key");
    }
    let plan = resolve(&source).map_err(|error| error.to_string())?;
    Ok(plan.void.iter().map(ToString::to_string).collect())
}

#[test]
fn a_later_layer_may_leave_a_key_without_effect_and_it_is_said() {
    let gamma = "[model]\ngamma = 0.3\n";
    let sentence = |place: &str, by: &str| {
        format!(
            "{place}: model.gamma = 0.3 has no effect with model.kernel = \"linear\" ({by}); it needs model.kernel = rbf"
        )
    };
    assert_eq!(
        said(gamma, &[("--set", "model.kernel=linear")]),
        Ok(vec![sentence("mine.toml:2", "--set")]),
        "the file is a plan by itself"
    );
    let linear = "[model]\nkernel = \"linear\"\n";
    assert_eq!(said(linear, &[("--set", "model.gamma=0.3")]), Err(sentence("--set", "mine.toml:2")));
    let both = "[model]\nkernel = \"linear\"\ngamma = 0.3\n";
    assert_eq!(said(both, &[]), Err(sentence("mine.toml:3", "mine.toml:2")));
    let patterns = [
        ("--set", "patterns.n=16"),
        ("--patterns", "patterns.source=file"),
        ("--patterns", "patterns.file=p.npy"),
    ];
    let all = said("", &patterns).expect("the option lies over --set");
    assert!(
        all.len() == 1 && all[0].starts_with("--set: patterns.n = 16 has no effect with patterns.source = "),
        "{all:?}"
    );
    let drawn = [("--patterns", "patterns.file=p.npy"), ("--set", "patterns.source=random")];
    let error = said("", &drawn).expect_err("the file of --patterns is not read");
    assert!(
        error.starts_with("--patterns: patterns.file = \"p.npy\" has no effect with patterns.source = "),
        "{error}"
    );
}

#[test]
fn a_plan_may_repeat_the_default_plan() {
    let default = include_str!("../plans/default.toml");
    assert_eq!(said(default, &[]), Ok(Vec::new()), "every key of it");
    let linear = default.replace("kernel = \"rbf\" ", "kernel = \"linear\" ");
    let all = said(&linear, &[]).expect("a plan");
    assert!(all.len() == 1 && all[0].contains(": model.gamma = 0.1 has no effect with "), "{all:?}");
    let own = default
        .replace("[energy]\n", "[energy]\n# mine\n")
        .replace("\nfile = \"\"                    # a", "\nfile = \"p.toml\" # a");
    let message = said(&own, &[]).expect_err("there is no such file");
    assert!(message.starts_with("p.toml: "), "the values of keys come first: {message}");
    assert_eq!(
        said("", &[("--set", "core.incremental=false"), ("--set", "retrieval.dataflows=['delta']")]),
        Ok(Vec::new())
    );
    let error = said("", &[("--set", "model.beta=0.2")]).expect_err("on the command line it is meant");
    assert_eq!(
        error,
        "--set: model.beta = 0.2 has no effect with model.kernel = \"rbf\"; it needs model.kernel = exponential"
    );
}

#[test]
fn impossible_values_are_refused_where_they_have_no_effect_too() {
    let cases = [
        ("model.beta=-5", "model.beta is -5.0; allowed is a finite number above 0"),
        ("model.degree=0", "model.degree is 0; allowed are 1 to 10000"),
        ("model.offset=-1", "model.offset is -1.0; allowed is a finite number, 0 or above"),
        ("model.noise_copies=0", "model.noise_copies is 0; allowed are 1 to 4096"),
        ("patterns.activity=9", "patterns.activity is 9.0; allowed are 0 to 1"),
        ("patterns.flip=2", "patterns.flip is 2.0; allowed are 0 to 1"),
        ("patterns.members=0", "patterns.members is 0; allowed are 1 to 1048576"),
        ("patterns.width=0", "patterns.width is 0; allowed are 1 to 1048575"),
        ("patterns.length=nan", "patterns.length is nan; allowed is a finite number, 0 or above"),
        ("core.probe_columns=-1", "core.probe_columns is -1; allowed are 0 to 1048576"),
    ];
    for (setting, expected) in cases {
        let error = said("", &[("--set", setting)]).expect_err("refused");
        assert_eq!(error, format!("--set: {expected}"));
    }
    let of_file = [("--set", "model.solver=adam"), ("--set", "model.training=none")];
    let error = said("", &of_file).expect_err("refused");
    assert_eq!(error, "--set: model.solver is \"adam\"; allowed are newton, gradient-descent");
    let preset = [("--set", "energy.preset=abacus"), ("--set", "energy.file=mine.toml")];
    assert!(said("", &preset).expect_err("refused").starts_with("--set: energy.preset is \"abacus\"; "));
}

#[test]
fn a_written_plan_runs_again_and_is_the_same() {
    let mut source = PlanSource::default_plan();
    source.overlay("[model]\ngamma = 0.3\n[retrieval]\nnoise = 0.07\n", "mine.toml").expect("a plan");
    source
        .set("model.kernel=linear")
        .and_then(|()| source.set("quantize.kernel_table=absolute"))
        .expect("settings");
    let written = source.to_toml();
    assert!(written.contains("\n# gamma = 0.1  # no effect with this model.kernel\n"), "{written}");
    assert!(written.contains("\nnoise = 0.07\n"), "{written}");
    let mut again = PlanSource::default_plan();
    again.overlay(&written, "plan.toml").expect("a plan");
    assert_eq!(again.to_toml(), written, "whatever had no effect");
    assert_eq!(resolve(&again).expect("a plan").void, Vec::new(), "nothing of it is without effect");
}

#[test]
fn the_documents_have_every_condition() {
    let page = include_str!("../../../docs/plan.md");
    for effect in EFFECTS {
        let row = format!("| `{}` | {effect} |", effect.key);
        let always = effect.ways.iter().any(|way| way.is_empty());
        assert_eq!(page.contains(&row), !always, "docs/plan.md: {row}");
    }
}
