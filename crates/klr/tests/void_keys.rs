//! Is a key that has no effect ever taken without a word, and a price table of a file for one that comes with klr?

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use said::said;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;

fn sim(more: &[&str]) -> Output {
    klr(&small("sim", more))
}

/// Standard output of a request that was met.
fn printed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[test]
fn keys_without_effect_are_refused_by_every_command_that_takes_a_plan() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a plain name");
    let commands = [
        ("sim", vec!["--out", out]),
        ("trace", vec!["--out", out]),
        ("train", vec!["--out", out]),
        ("analyse", vec!["--out", out]),
        ("levers", vec![]),
        ("crossbar", vec![]),
        ("plan", vec![]),
    ];
    for (command, more) in commands {
        let output = klr(&small(command, &[&["--set", "model.beta=0.5"][..], &more].concat()));
        assert_eq!(output.status.code(), Some(2), "{command}");
        let expected = "klr: --set: model.beta = 0.5 has no effect with model.kernel = \"rbf\"; it needs model.kernel = exponential\n";
        assert_eq!(said(&output), expected, "{command}");
        assert!(output.stdout.is_empty() && !Path::new(out).exists(), "{command}: nothing is written");
    }
    let impossible = ["model.beta=-5", "model.degree=0", "patterns.activity=9", "model.noise_copies=0"];
    for setting in impossible {
        let key = setting.split('=').next().unwrap_or_default();
        let output = sim(&["--set", setting]);
        assert_eq!(output.status.code(), Some(2), "{setting}");
        assert!(said(&output).starts_with(&format!("klr: --set: {key} is ")), "{}", said(&output));
    }
}

#[test]
fn what_an_option_leaves_without_effect_is_said_once_the_request_is_met() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plan = folder.path().join("mine.toml");
    let plan = plan.to_str().expect("a plain name");
    fs::write(plan, "[model]\ngamma = 0.3\n").expect("the folder is writable");
    let with = ["--plan", plan, "--set", "model.kernel=exponential"];
    let output = sim(&with);
    printed(&output);
    let note = format!(
        "klr: note: {plan}:2: model.gamma = 0.3 has no effect with model.kernel = \"exponential\" (--set); it needs \
         model.kernel = rbf\n"
    );
    assert_eq!(said(&output), note);
    let json: Value = serde_json::from_str(&printed(&sim(&[&with[..], &["--json"]].concat()))).expect("JSON");
    assert_eq!(json["plan"]["model"]["gamma"], Value::Null, "it has no effect");
    assert_eq!(json["plan"]["model"]["beta"], 0.2);
    let output = sim(&[&with[..], &["--set", "core.accumulator_bits=9"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(!said(&output).contains("note"), "one sentence: {}", said(&output));
}

#[test]
fn the_plan_of_a_run_runs_again_whatever_had_no_effect() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("a plain name").to_owned();
    fs::write(at("mine.toml"), "[model]\ngamma = 0.3\n").expect("the folder is writable");
    let (plan, first) = (at("mine.toml"), at("first"));
    let mut all = vec!["--plan", &plan, "--out", &first];
    for setting in ["model.kernel=exponential", "core.preset=edge", "core.candidates=8"] {
        all.extend(["--set", setting]);
    }
    printed(&sim(&all));
    let again = klr(&["sim", "--plan", &at("first/plan.toml"), "--out", &at("again")].map(str::to_owned));
    printed(&again);
    assert_eq!(said(&again), "", "nothing of it is without effect");
    let report = |run: &str| -> Value {
        serde_json::from_slice(&fs::read(at(run) + "/report.json").expect("a report")).expect("JSON")
    };
    for section in ["plan", "recall", "hardware", "energy", "model"] {
        assert_eq!(report("first")[section], report("again")[section], "{section}");
    }
}

#[test]
fn a_price_table_of_a_file_is_called_by_its_file_in_every_output() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("a plain name").to_owned();
    // A file that has the name of a table within, and one that has it without.
    let text = printed(&klr(&["prices", "generic-22nm"].map(str::to_owned)));
    for (file, own) in
        [(at("mine.toml"), "generic-22nm"), (at("generic-22nm"), "mine"), (at("x"), "\\u001b[31mred")]
    {
        fs::write(&file, text.replace("name = \"generic-22nm\"", &format!("name = \"{own}\"")))
            .expect("the folder is writable");
        let setting = format!("energy.file={file}");
        let out = at("out");
        let screen = printed(&sim(&["--set", &setting, "--out", &out]));
        assert!(screen.contains("\nprices of the file "), "{screen}");
        assert!(!screen.contains("prices generic-22nm") && !screen.contains('\u{1b}'), "{screen}");
        let report: Value =
            serde_json::from_slice(&fs::read(at("out/report.json")).expect("a report")).expect("JSON");
        assert_eq!(report["energy"]["prices"], format!("file {file}"));
        assert_eq!(report["plan"]["energy"]["preset"], Value::Null, "no price is of it");
        let crossbar = printed(&klr(&small("crossbar", &["--set", &setting])));
        assert!(crossbar.contains("\nprices of the file "), "{crossbar}");
        let json: Value =
            serde_json::from_str(&printed(&klr(&["prices", &file, "--json"].map(str::to_owned))))
                .expect("JSON");
        assert_eq!(json["name"], format!("file {file}"));
    }
    let setting = format!("energy.file={}", at("mine.toml"));
    for preset in ["loihi", "generic-22nm"] {
        let output = sim(&["--set", &format!("energy.preset={preset}"), "--set", &setting]);
        assert_eq!(output.status.code(), Some(2), "{preset}");
        let message = said(&output);
        assert!(
            message.starts_with(&format!(
                "klr: --set: energy.preset = \"{preset}\" has no effect with energy.file = "
            )) && message.ends_with("; it needs an empty energy.file\n"),
            "{message}"
        );
    }
}

#[test]
fn a_named_core_acts_on_the_default_plan_and_under_what_is_set() {
    let bits = |more: &[&str]| -> Vec<Value> {
        let report: Value =
            serde_json::from_str(&printed(&sim(&[more, &["--json"]].concat()))).expect("JSON");
        ["mac_lanes", "clock_mhz", "pattern_bytes"].map(|key| report["plan"]["core"][key].clone()).to_vec()
    };
    assert_eq!(bits(&[]), [json!(16), json!(500), json!("auto")]);
    assert_eq!(bits(&["--set", "core.preset=edge"]), [8, 75, 8_192]);
    assert_eq!(bits(&["--set", "core.preset=edge", "--set", "core.clock_mhz=90"]), [8, 90, 8_192]);
    let recall = |more: &[&str]| printed(&sim(more));
    assert_ne!(recall(&[]), recall(&["--set", "core.preset=edge"]), "it shows");
}

#[test]
fn one_look_without_its_main_price_gives_no_ratio_at_4096_neurons() {
    let sizes = ["patterns.n=4096", "patterns.p=256", "retrieval.cues=1", "model.training=none"];
    let memories = [
        "pattern_bytes=8388608",
        "weight_bytes=16777216",
        "counter_bytes=65536",
        "table_bytes=65536",
        "clock_mhz=300",
    ];
    let memories = memories.map(|memory| format!("core.{memory}"));
    let one = "retrieval.dataflows=['delta']".to_owned();
    let settings = sizes.map(str::to_owned).into_iter().chain(memories).chain([one]);
    let arguments = ["sim".to_owned(), "--json".to_owned()].into_iter();
    let all: Vec<String> = arguments.chain(settings.flat_map(|one| ["--set".to_owned(), one])).collect();
    let report: Value = serde_json::from_str(&printed(&klr(&all))).expect("JSON");
    assert_eq!(report["energy"]["one_look"]["status"], "lower-bound");
    assert_eq!(report["energy"]["one_look_pj"], Value::Null);
    assert_eq!(report["energy"]["delta"]["x_one_look"], Value::Null);
    let text: Vec<String> = all.into_iter().filter(|one| one != "--json").collect();
    let screen = printed(&klr(&text));
    let row = screen.lines().find(|line| line.starts_with("  delta ")).expect("a row");
    assert!(row.contains(" >") && row.ends_with(" -"), "{row}");
}
