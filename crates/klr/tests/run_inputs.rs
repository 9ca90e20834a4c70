//! What `klr sim --out` writes is enough to derive the run again, and says which files it was derived from.

mod common;

use common::{SMALL, klr, small};
use klr_model::npy;
use klr_units::run::Digest;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the binary in `folder`, which has to do what it is asked.
fn run_in(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_klr"));
    let output = command.args(arguments).current_dir(folder).output().expect("the binary runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn report(folder: &Path) -> Value {
    serde_json::from_slice(&read(folder, "report.json")).expect("the report is JSON")
}

/// The report without the names of files.
fn figures(folder: &Path) -> Value {
    let mut report = report(folder);
    for (section, key) in [
        ("patterns", "file"),
        ("model", "alpha_file"),
        ("retrieval", "cue_file"),
        ("retrieval", "target_file"),
        ("energy", "file"),
    ] {
        report["plan"][section][key].take();
    }
    report["patterns"]["source"].take();
    report["energy"]["prices"].take();
    report
}

/// A NumPy array of `dtype`, in the order of rows.
fn array(dtype: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = u16::try_from(header.len()).expect("a short header").to_le_bytes();
    [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
}

/// Five rows of eight neurons as 0 and 1; row 3 repeats row 0. Three cues, and the rows that they should end in.
fn write_inputs(folder: &Path) {
    let rows = ["11110000", "10101010", "11001100", "11110000", "10010110"];
    let bits = |rows: &[&str]| -> Vec<u8> { rows.concat().bytes().map(|digit| digit - b'0').collect() };
    let cues = ["11110001", "10101011", "10010111"];
    let floats: Vec<u8> =
        (0..32).flat_map(|i| (if i % 3 == 0 { -0.7_f32 } else { 0.3 }).to_le_bytes()).collect();
    let table = klr_energy::PriceTable::preset_text("generic-28nm").expect("it comes with klr");
    let table = table.replacen("name = \"generic-28nm\"", "name = \"mine\" # my own", 1);
    for (name, bytes) in [
        ("mine.npy", array("|u1", "(5, 8)", &bits(&rows))),
        ("asked.npy", array("|b1", "(3, 8)", &bits(&cues))),
        ("wanted.npy", array("|i1", "(3,)", &[3, 1, 2])),
        ("duals.npy", array("<f4", "(4, 8)", &floats)),
        ("costs.toml", table.into_bytes()),
    ] {
        fs::write(folder.join(name), bytes).expect("the folder is writable");
    }
}

const OWN: [&str; 8] = [
    "--patterns",
    "mine.npy",
    "--cues",
    "asked.npy",
    "--set",
    "patterns.duplicates=drop",
    "--set",
    "energy.file=costs.toml",
];

/// The ways to name files, with the files that a run leaves for them.
fn cases() -> [(&'static str, Vec<&'static str>, &'static [&'static str]); 4] {
    let with = |more: &[&'static str]| [&OWN[..], more].concat();
    [
        ("nearest patterns", with(&[]), &["patterns.npy", "cues.npy", "prices.toml"]),
        (
            "targets",
            with(&["--targets", "wanted.npy"]),
            &["patterns.npy", "cues.npy", "targets.npy", "prices.toml"],
        ),
        (
            "dual variables",
            with(&["--set", "model.training=file", "--set", "model.alpha_file=duals.npy"]),
            &["patterns.npy", "alpha.npy", "cues.npy", "prices.toml"],
        ),
        (
            "a saved model",
            with(&["--model", "saved.klr", "--set", "model.gamma=auto"]),
            &["patterns.npy", "saved.model", "cues.npy", "prices.toml"],
        ),
    ]
}

#[test]
fn the_folder_alone_gives_the_run_again_wherever_it_lies_and_whatever_became_of_the_inputs() {
    for (case, options, named) in cases() {
        let here = tempfile::tempdir().expect("a temporary folder");
        write_inputs(here.path());
        let train = ["train", "--patterns", "mine.npy", "--set", "patterns.duplicates=drop"];
        run_in(here.path(), &[&train[..], &["--set", "model.gamma=0.2", "--out", "saved.klr"]].concat());
        run_in(here.path(), &[&["sim", "--out", "one"], &options[..]].concat());

        // Another machine: the folder is elsewhere, the originals are gone.
        let elsewhere = tempfile::tempdir().expect("another folder");
        let one = elsewhere.path().join("kept");
        fs::rename(here.path().join("one"), &one).expect("the folder is moved");
        drop(here);
        run_in(elsewhere.path(), &["sim", "--plan", "kept/plan.toml", "--out", "two"]);
        let two = elsewhere.path().join("two");
        assert_eq!(figures(&one), figures(&two), "{case}");
        let mut names: Vec<&str> =
            vec!["plan.toml", "image.klr", "image.certificates", "alpha.npy", "trace.delta.txt"];
        names.extend(named);
        for name in names {
            assert!(read(&one, name) == read(&two, name), "{case}: {name} differs");
        }

        // The run is the digest of the plan, and of the files that it names, as `sha256sum` prints them.
        let plan = String::from_utf8(read(&one, "plan.toml")).expect("a plan is text");
        let (comment, keys) = plan.split_once('\n').expect("the run, and the keys");
        let digest = |name: &&str| format!("{}  {name}\n", Digest::of(&read(&one, name)));
        let whole = keys.to_owned() + &named.iter().map(digest).collect::<String>();
        let expected = Digest::of(whole.as_bytes()).to_string();
        let report = report(&one);
        assert_eq!(report["run"]["plan"], expected, "{case}");
        assert!(comment.contains(&expected), "{case}: {comment}");
        let trace = String::from_utf8(read(&one, "trace.delta.txt")).expect("a trace is text");
        assert!(trace.contains(&format!("\n# run: {}\n", &comment[2..])), "{case}: {trace}");
        let record: Value = serde_json::from_slice(&read(&one, "run.json")).expect("the record is JSON");
        assert_eq!(record["runs"][0]["plan"], expected, "{case}");
        for (input, digest) in report["inputs"].as_object().expect("inputs") {
            let files = record["runs"][0]["files"].as_object().expect("files");
            let file = files.iter().find(|file| file.0.split('.').next() == Some(input));
            assert_eq!(Some(digest), file.map(|file| file.1), "{case}: {input} is a file of the folder");
        }
        for name in named.iter().filter(|name| **name != "prices.toml") {
            assert!(plan.contains(&format!("file = \"{name}\"\n")), "{case}: {name}: {plan}");
        }
    }
}

#[test]
fn what_a_run_used_reads_as_what_it_was_given() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_inputs(folder.path());
    run_in(folder.path(), &[&["sim", "--targets", "wanted.npy", "--out", "out"], &OWN[..]].concat());
    let out = folder.path().join("out");
    let given = npy::read_patterns(&folder.path().join("mine.npy")).expect("patterns");
    let used = npy::read_patterns(&out.join("patterns.npy")).expect("patterns");
    assert_eq!(used, given.without_duplicates());
    let cues = npy::read_cues(&out.join("cues.npy")).expect("cues");
    assert_eq!(cues, npy::read_cues(&folder.path().join("asked.npy")).expect("cues"));
    let targets = npy::read_indices(&out.join("targets.npy")).expect("targets");
    assert_eq!(targets, [0, 1, 2], "rows of the patterns that are stored");
    assert_eq!(read(&out, "prices.toml"), read(folder.path(), "costs.toml"), "to the byte");
    let header = String::from_utf8_lossy(&read(&out, "cues.npy")[..128]).into_owned();
    assert!(header.contains("'|i1'") && header.contains("(3, 8"), "{header}");
}

#[test]
fn cues_that_were_drawn_can_be_retrieved_from_their_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    run_in(folder.path(), &[&["sim", "--out", "drawn"], &SMALL[..]].concat());
    let drawn = folder.path().join("drawn");
    let patterns = npy::read_patterns(&drawn.join("patterns.npy")).expect("patterns");
    let cues = npy::read_cues(&drawn.join("cues.npy")).expect("cues");
    let targets = npy::read_indices(&drawn.join("targets.npy")).expect("targets");
    assert_eq!((patterns.p(), cues.len(), targets.len()), (6, 4, 4));
    let flips = cues.iter().zip(&targets).map(|(cue, &row)| {
        let pattern = patterns.state(usize::try_from(row).expect("a row"));
        (0..16).filter(|&i| cue.get(i) != pattern.get(i)).count()
    });
    let mean = flips.sum::<usize>() as f64 / 4.0;
    assert_eq!(report(&drawn)["recall"]["cue_flips_mean"], mean, "each cue lies near its pattern");

    let mut given = vec!["sim", "--out", "given", "--patterns", "drawn/patterns.npy"];
    given.extend(["--cues", "drawn/cues.npy", "--targets", "drawn/targets.npy"]);
    given.extend(["--set", "model.iterations=20"]);
    run_in(folder.path(), &given);
    let (drawn, given) = (report(&drawn), report(&folder.path().join("given")));
    for key in ["hardware", "energy", "model", "quantized"] {
        assert_eq!(drawn[key], given[key], "{key}");
    }
    for key in ["oracle", "float_sync", "float_async", "untrained", "cue_flips_mean", "ties"] {
        assert_eq!(drawn["recall"][key], given["recall"][key], "recall.{key}");
    }
    assert_eq!(drawn["inputs"], given["inputs"], "the same files");
    assert_ne!(drawn["run"], given["run"], "of another plan");
}

#[test]
fn one_plan_on_other_files_is_another_run_and_on_the_same_files_elsewhere_the_same() {
    let run = |change: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_inputs(folder.path());
        if !change.is_empty() {
            let path = folder.path().join(change);
            let mut bytes = fs::read(&path).expect("an input");
            match change {
                "costs.toml" => bytes.push(b'\n'),
                // The last bit of the last row, 0 or 1.
                _ => *bytes.last_mut().expect("an array") ^= 1,
            }
            fs::write(&path, bytes).expect("the folder is writable");
        }
        let options = [&["--targets", "wanted.npy", "--out", "out"], &OWN[..]].concat();
        run_in(folder.path(), &[&["sim"], &options[..]].concat());
        let sim = report(&folder.path().join("out"))["run"]["plan"].as_str().expect("a digest").to_owned();
        run_in(folder.path(), &[&["trace", "--format", "text,fst,perfetto"], &options[..]].concat());
        let traced = String::from_utf8(read(&folder.path().join("out"), "trace.delta.cue0.txt"));
        assert!(traced.expect("text").contains(&sim), "{change}: klr trace says the same run");
        let timeline = String::from_utf8(read(&folder.path().join("out"), "trace.delta.cue0.perfetto.json"));
        assert!(timeline.expect("text").contains(&sim), "{change}: and so does the timeline");
        let waveform = read(&folder.path().join("out"), "trace.delta.cue0.fst");
        let says_it = waveform.windows(sim.len()).any(|bytes| bytes == sim.as_bytes());
        assert!(says_it, "{change}: and the waveform");
        sim
    };
    let plain = run("");
    assert_eq!(plain, run(""), "in another folder");
    let mut all = vec![plain];
    for change in ["mine.npy", "asked.npy", "wanted.npy", "costs.toml"] {
        let other = run(change);
        assert!(!all.contains(&other), "{change} makes no difference");
        all.push(other);
    }
}

/// A pipe can be read once only; what repeats in it is dropped, and its rows are counted, all the same.
#[cfg(unix)]
#[test]
fn patterns_may_come_from_a_pipe() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_inputs(folder.path());
    let script = "cat mine.npy | \"$0\" sim --patterns /dev/stdin --cues asked.npy --targets wanted.npy \
                  --set patterns.duplicates=drop --json";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_klr")]).current_dir(folder.path());
    let output = shell.output().expect("the shell runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let piped: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let named =
        "sim --patterns mine.npy --cues asked.npy --targets wanted.npy --set patterns.duplicates=drop --json";
    let named = run_in(folder.path(), &named.split(' ').collect::<Vec<_>>());
    let named: Value = serde_json::from_str(&named).expect("the report is JSON");
    assert_eq!((&piped["run"], &piped["hardware"]), (&named["run"], &named["hardware"]));
}

#[test]
fn a_plan_names_its_files_from_where_it_lies() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inside = folder.path().join("d");
    fs::create_dir(&inside).expect("a folder");
    write_inputs(&inside);
    let plan = "patterns.source = \"file\"\npatterns.file = \"mine.npy\"\npatterns.duplicates = \"drop\"\n";
    fs::write(inside.join("mine.toml"), plan).expect("a plan");
    let from = |place: &Path, plan: &str| run_in(place, &["sim", "--plan", plan, "--json"]);
    let report = |text: String| serde_json::from_str::<Value>(&text).expect("the report is JSON");
    let (above, beside) = (report(from(folder.path(), "d/mine.toml")), report(from(&inside, "mine.toml")));
    assert_eq!((&above["run"], &above["recall"]), (&beside["run"], &beside["recall"]));
    let elsewhere = klr(&small("sim", &["--cues", "mine.npy"]));
    assert_eq!(elsewhere.status.code(), Some(2), "a path in an option leads from the working folder");
}
