//! Does `klr train` save a model that runs as if it had just been trained, and is one that does not fit refused?

mod common;
#[path = "common/said.rs"]
mod said;

use common::{klr, small};
use std::fs;
use std::path::Path;

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain name")
}

/// Trains a small plan with `more` settings.
fn train(model: &Path, more: &[&str]) {
    let output = klr(&small("train", &[more, &["--out", text(model)]].concat()));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        said.contains("N = 16 neurons, P = 6 patterns") && said.contains(" iterations, objective "),
        "{said}"
    );
}

/// The report of a small plan with `more`.
fn report(more: &[&str]) -> serde_json::Value {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = klr(&small("sim", &[more, &["--out", text(folder.path())]].concat()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = fs::read(folder.path().join("report.json")).expect("the report");
    serde_json::from_slice(&report).expect("JSON")
}

fn refused(arguments: &[String]) -> String {
    let output = klr(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert_eq!(output.stdout, b"", "{arguments:?}: nothing on standard output");
    said::said(&output)
}

#[test]
fn a_saved_model_runs_as_if_it_had_just_been_trained() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, more) in [
        ("plain", &[][..]),
        ("chosen", &["--set", "model.gamma=auto"]),
        ("noise-aware", &["--set", "model.training=noise-aware"]),
    ] {
        let (model, again) = (folder.path().join(name), folder.path().join(format!("new/{name}")));
        train(&model, more);
        train(&again, &[more, &["--threads", "1"]].concat());
        assert!(
            fs::read(&model).expect("saved") == fs::read(&again).expect("saved"),
            "{name}: the same bytes"
        );
        // The option of the saved model stands above the training of the settings before it.
        let settings: Vec<&str> = if name == "noise-aware" { Vec::new() } else { more.to_vec() };
        let mut saved = report(&[&settings[..], &["--model", text(&model)]].concat());
        let mut trained = report(more);
        // A saved model does not say how its gamma was come by.
        for report in [&mut saved, &mut trained] {
            report["recall"]["own_width"]["origin"].take();
        }
        for section in ["patterns", "quantized", "recall", "hardware", "energy"] {
            assert_eq!(saved[section], trained[section], "{name}: {section}");
        }
        assert_eq!(saved["plan"]["model"]["training"], "saved", "{name}: the plan says so");
        assert_eq!(saved["model"]["outcome"], "untrained", "{name}: nothing was trained here");
        assert_eq!(saved["model"]["min_margin"], trained["model"]["min_margin"], "{name}: it fits as well");
    }
}

#[test]
fn a_model_that_does_not_fit_the_plan_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let model = folder.path().join("m");
    train(&model, &[]);
    let name = text(&model);
    let cases: [(&str, &[&str]); 4] = [
        ("a model of other patterns: the plan has another in row 0", &["--set", "seed=2"]),
        ("a model of 6 patterns of 16 neurons; the plan has 7 of 16", &["--set", "patterns.p=7"]),
        ("a model with the kernel ", &["--set", "model.gamma=0.2"]),
        ("a model with the kernel ", &["--set", "model.kernel=exponential", "--set", "model.beta=0.3"]),
    ];
    for (expected, more) in cases {
        let message = refused(&small("sim", &[more, &["--model", name]].concat()));
        assert!(message.starts_with(&format!("klr: {name}: {expected}")), "{more:?}: {message}");
    }
    fs::write(&model, b"no model").expect("the folder is writable");
    let message = refused(&small("levers", &["--model", name]));
    assert!(message.starts_with(&format!("klr: {name}: ")), "{message}");
    let message = refused(&small("trace", &["--model", "no-such-file", "--out", text(folder.path())]));
    assert!(message.starts_with("klr: no-such-file: failed to read: "), "{message}");
    let message = refused(&small("sim", &["--set", "model.training=saved"]));
    assert_eq!(
        message,
        "klr: the default plan: model.alpha_file is \"\"; model.training = \"saved\" needs a path\n"
    );
}
