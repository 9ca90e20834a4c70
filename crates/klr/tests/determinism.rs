//! The same plan gives the same bytes: twice, at any number of threads, and from the plan a run has written down.

mod common;

use common::{klr, small};
use klr_image::Provenance;
use klr_image::codec::decode;
use std::fs;
use std::path::Path;

/// Files that are a function of plan and seed; `timing.json` is not.
const FILES: [&str; 14] = [
    "report.json",
    "alpha.npy",
    "image.klr",
    "image.certificates",
    "plan.toml",
    "run.json",
    "trace.delta.txt",
    "patterns.npy",
    "cues.npy",
    "targets.npy",
    "prices.toml",
    "tornado.delta.svg",
    "tornado.delta.png",
    "tornado.delta.csv",
];

/// The trace among them.
const TRACE: &str = "trace.delta.txt";

/// The names of the files of a run of `dataflows` that draws its patterns and cues, in order.
fn files_of(dataflows: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = FILES.map(str::to_owned).into();
    names.retain(|name| !name.starts_with("trace.") && !name.starts_with("tornado."));
    let last = dataflows.last().expect("a dataflow");
    names.extend(["timing.json".to_owned(), format!("trace.{last}.txt")]);
    for dataflow in dataflows {
        names.extend(["svg", "png", "csv"].map(|ending| format!("tornado.{dataflow}.{ending}")));
    }
    names.sort();
    names
}

/// Enough patterns and noise for retrievals of different lengths, so that threads finish out of turn.
const UNEVEN: [&str; 8] = [
    "--set",
    "patterns.n=40",
    "--set",
    "patterns.p=90",
    "--set",
    "retrieval.cues=24",
    "--set",
    "retrieval.noise=0.3",
];

/// Runs `klr sim` and returns the bytes of [`FILES`].
fn run(arguments: &[String]) -> [Vec<u8>; FILES.len()] {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name").to_owned();
    let mut arguments = arguments.to_vec();
    arguments.extend(["--out".to_owned(), out]);
    let output = klr(&arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(names(folder.path()), files_of(&["synchronous", "sweep", "delta"]));
    FILES.map(|file| fs::read(folder.path().join(file)).expect("the run wrote it"))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder of the run");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The bytes of `file` among those of a run.
fn of<'a>(run: &'a [Vec<u8>; FILES.len()], file: &str) -> &'a [u8] {
    let at = FILES.iter().position(|&name| name == file);
    &run[at.expect("a file of every run")]
}

fn assert_same(what: &str, one: &[Vec<u8>; FILES.len()], other: &[Vec<u8>; FILES.len()]) {
    for (file, (a, b)) in FILES.iter().zip(one.iter().zip(other)) {
        assert!(!a.is_empty(), "{what}: {file} is empty");
        assert!(a == b, "{what}: {file} differs");
    }
}

/// The lines of a text trace that are no header.
fn events(trace: &[u8]) -> Vec<&[u8]> {
    trace.split(|&byte| byte == b'\n').filter(|line| !line.starts_with(b"#")).collect()
}

/// Arguments of an uneven run with more settings and a number of threads.
fn uneven(settings: &[&str], threads: &str) -> Vec<String> {
    let mut more = UNEVEN.to_vec();
    for setting in settings {
        more.extend(["--set", setting]);
    }
    more.extend(["--threads", threads]);
    small("sim", &more)
}

#[test]
fn two_runs_and_any_number_of_threads_give_the_same_bytes() {
    for settings in [
        &["retrieval.order=sequential"][..],
        &["retrieval.order=random", "quantize.kernel_table=absolute"],
        &["retrieval.order=random", "retrieval.baselines=[\"crossbar-tiny-odin\", \"crossbar-loihi\"]"],
        &["retrieval.order=most-violated", "core.queue_policy=drop", "core.activation_queue=1"],
    ] {
        let once = run(&uneven(settings, "1"));
        assert_same(&format!("{settings:?}, again"), &once, &run(&uneven(settings, "1")));
        for threads in ["2", "5"] {
            assert_same(&format!("{settings:?}, {threads} threads"), &once, &run(&uneven(settings, threads)));
        }
    }
}

#[test]
fn another_seed_gives_another_report() {
    let one = run(&uneven(&["seed=1"], "2"));
    let other = run(&uneven(&["seed=2"], "2"));
    for (file, (a, b)) in FILES.iter().zip(one.iter().zip(&other)) {
        assert_eq!(a != b, *file != "prices.toml", "{file}: only prices do not depend on the seed");
    }
}

#[test]
fn the_plan_a_run_wrote_down_gives_the_same_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for settings in [&["retrieval.order=random"][..], &["model.gamma=0.37", "core.zero_skip=true", "seed=77"]]
    {
        let once = run(&uneven(settings, "2"));
        let plan = folder.path().join("plan.toml");
        fs::write(&plan, of(&once, "plan.toml")).expect("the temporary folder is writable");
        let plan = plan.to_str().expect("a plain name");
        let again = run(&["sim", "--plan", plan].map(str::to_owned));
        assert_same(&format!("{settings:?}, from plan.toml"), &once, &again);
        let printed = klr(&["plan", "--plan", plan].map(str::to_owned));
        let written = String::from_utf8(of(&once, "plan.toml").to_vec()).expect("a plan is text");
        let (run, keys) = written.split_once('\n').expect("the run, and its keys");
        assert!(run.starts_with("# klr "), "{run}");
        assert!(printed.stdout == keys.as_bytes(), "{settings:?}: klr plan prints what a run writes");
    }
}

#[test]
fn a_run_into_the_folder_of_another_leaves_nothing_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().to_str().expect("a plain name");
    for dataflow in ["delta", "sweep"] {
        let dataflows = format!("retrieval.dataflows=[\"{dataflow}\"]");
        let output = klr(&small("sim", &["--set", &dataflows, "--out", out]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(names(folder.path()), files_of(&[dataflow]), "{dataflow}: the files of one run");
    }
}

/// The dual variables a run has written down are the model it used: read back, they give the same image.
#[test]
fn dual_variables_that_were_written_can_be_read_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let once = run(&uneven(&[], "1"));
    let alpha = of(&once, "alpha.npy");
    let path = folder.path().join("alpha.npy");
    fs::write(&path, alpha).expect("the temporary folder is writable");
    let file = format!("model.alpha_file={}", path.display());
    let again = run(&uneven(&["model.training=file", &file], "1"));
    assert!(of(&again, "alpha.npy") == alpha, "dual variables");
    // They were made by different plans, and say so.
    let image = |files: &[Vec<u8>; FILES.len()]| {
        decode(of(files, "image.klr")).expect("an image").made_with(Provenance::default())
    };
    assert!(image(&again) == image(&once), "image");
    assert!(
        events(of(&again, TRACE)) == events(of(&once, TRACE)),
        "trace, but for the plan that its header names"
    );
}
