//! Are the files of a retrieval whole, of a reasonable size and the same every time?

mod harness;

use harness::{Setup, each, run_id};
use klr_sim::trace::GoldenTrace;
use klr_sim::{BinaryTrace, Dataflow, TextTrace};
use klr_waves::{Format, TraceFile, Traced};

fn files(traced: &Traced<'_>) -> Vec<TraceFile> {
    traced.files(&Format::ALL).unwrap().0
}

#[test]
fn text_and_bytes_are_the_events_of_the_simulator() {
    each(|traced, _, _| {
        let (mut text, mut bytes) = (TextTrace::default(), BinaryTrace::default());
        traced.watched_by(&mut text).unwrap();
        traced.watched_by(&mut bytes).unwrap();
        let files = traced.files(&[Format::Binary, Format::Text]).unwrap().0;
        let name = traced.schedule.dataflow.name();
        assert_eq!(files[0].name, format!("trace.{name}.cue1.txt"), "the cue is in the name");
        let written = std::str::from_utf8(&files[0].bytes).unwrap();
        assert!(written.ends_with(text.text()), "the events as they are, {name}");
        let golden = GoldenTrace::parse(written).unwrap();
        assert_eq!(golden.run(), Some(run_id().to_string().as_str()), "which run it is of, {name}");
        assert_eq!(golden.check(traced.schedule.dataflow, 1), Ok(()), "{name}");
        assert_eq!(golden.first_difference(text.text(), traced.schedule.dataflow), None, "{name}");
        assert_eq!(files[1].bytes, bytes.bytes(), "bytes, {name}");
    });
}

#[test]
fn the_same_retrieval_gives_the_same_bytes() {
    for dataflow in Dataflow::ALL {
        let once = || {
            let built = Setup::tiny().build();
            files(&built.traced(dataflow, 3))
        };
        assert_eq!(once(), once(), "{}", dataflow.name());
    }
}

#[test]
fn a_default_size_retrieval_makes_files_of_a_reasonable_size() {
    let built = Setup::default_size().build();
    let traced = built.traced(Dataflow::Delta, 0);
    for file in files(&traced) {
        let size = file.bytes.len();
        assert!((500..5_000_000).contains(&size), "{} has {size} bytes", file.name);
    }
}

#[test]
fn a_waveform_and_its_view_say_which_run_they_are_of() {
    let built = Setup::tiny().build();
    let files = files(&built.traced(Dataflow::Delta, 0));
    let of = |ending: &str| files.iter().find(|file| file.name.ends_with(ending)).unwrap().bytes.clone();
    let wave = wellen::simple::read_from_reader(std::io::Cursor::new(of(".fst"))).unwrap();
    assert_eq!(wave.hierarchy().version().trim_end_matches('\0'), run_id().to_string());
    assert_eq!(
        wave.hierarchy().date().trim_end_matches('\0'),
        "",
        "the date of writing would change the bytes"
    );
    let view = String::from_utf8(of(".gtkw")).unwrap();
    assert!(view.starts_with(&format!("[*] {}\n", run_id())), "{view}");
}
