//! One retrieval as files that people can open: text, FST for GTKWave and Surfer, JSON for Perfetto and Chrome, and bytes.
//!
//! The simulator tells a [`klr_sim::Sink`] what happens, event by event. Text and bytes are its events as they are. For the
//! other two, [`Watch`] makes a [`Recording`] of them: signals, spans and marks over cycles, with energy. `docs/traces.md`
//! says what each signal and track means.

pub mod fst;
pub mod gtkw;
mod landscape;
mod meter;
pub mod perfetto;
mod signals;
mod spans;
mod watch;

pub use meter::{EnergyCourse, EnergySample};
pub use signals::{Change, Form, Signal, Value};
pub use spans::Span;
pub use watch::{Mark, Recording, Unit, Watch};

use crate::error::Error;
use crate::pipeline::Subject;
use crate::plan::Plan;
use klr_energy::{Ledger, price};
use klr_sim::{BinaryTrace, Core, CoreRun, Dataflow, Hardware, Schedule, Sink, TextTrace};
use klr_units::file;
use std::fmt::Write;
use std::path::Path;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One line per event.
    Text,
    /// A waveform, with a view for GTKWave.
    Fst,
    /// A timeline.
    Perfetto,
    /// One record per event.
    Binary,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Text, Self::Fst, Self::Perfetto, Self::Binary];

    /// The format's name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Fst => "fst",
            Self::Perfetto => "perfetto",
            Self::Binary => "binary",
        }
    }
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// One retrieval of a plan, ready to be watched as often as need be.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// Knobs, prices and clock.
    pub plan: &'a Plan,
    /// Image, cue and order.
    pub subject: &'a Subject,
    /// The dataflow.
    pub dataflow: Dataflow,
}

impl Traced<'_> {
    const fn schedule(&self) -> Schedule {
        Schedule { dataflow: self.dataflow, order: self.subject.order }
    }

    /// Runs the retrieval before an observer.
    ///
    /// # Errors
    /// [`Error::Cue`] if the cue has another size than the image.
    pub fn watched_by<S: Sink>(&self, sink: &mut S) -> Result<CoreRun, Error> {
        let core = Core::new(&self.subject.image, self.plan.core);
        Ok(core.retrieve(&self.subject.cue, self.schedule(), sink)?)
    }

    /// What a retrieval cost.
    #[must_use]
    pub fn ledger(&self, retrieval: &CoreRun) -> Ledger {
        let hardware = Hardware::of(&self.subject.image, &self.plan.core);
        price(&self.plan.energy.table, &retrieval.activity, &hardware, self.plan.clock)
    }

    /// The retrieval with its recording.
    ///
    /// # Errors
    /// As [`Self::watched_by`].
    pub fn record(&self) -> Result<(CoreRun, Recording), Error> {
        let subject = self.subject;
        let mut watch = Watch::new(&subject.image, &self.plan.core, self.schedule(), &subject.cue);
        let retrieval = self.watched_by(&mut watch)?;
        let recording = watch.finish(&retrieval, &self.ledger(&retrieval), self.plan.clock);
        Ok((retrieval, recording))
    }

    /// The files of `formats`, in the order of [`Format::ALL`], and a few lines about the retrieval.
    ///
    /// # Errors
    /// As [`Self::watched_by`].
    pub fn files(&self, formats: &[Format]) -> Result<(Vec<TraceFile>, String), Error> {
        let (retrieval, recording) = self.record()?;
        let mut files = Vec::new();
        for format in Format::ALL.into_iter().filter(|format| formats.contains(format)) {
            files.extend(self.format(format, &recording)?);
        }
        let summary = self.summary(&retrieval, &recording, &files);
        Ok((files, summary))
    }

    fn format(&self, format: Format, recording: &Recording) -> Result<Vec<TraceFile>, Error> {
        let file = |ending: &str, bytes: Vec<u8>| TraceFile { name: self.file_name(ending), bytes };
        Ok(match format {
            Format::Text => {
                let mut trace = TextTrace::default();
                self.watched_by(&mut trace)?;
                vec![file("txt", trace.text().as_bytes().to_vec())]
            }
            Format::Fst => {
                let view = gtkw::write(recording, &self.file_name("fst"));
                vec![file("fst", fst::write(recording)?), file("gtkw", view.into_bytes())]
            }
            Format::Perfetto => vec![file("perfetto.json", perfetto::write(recording).into_bytes())],
            Format::Binary => {
                let mut trace = BinaryTrace::default();
                self.watched_by(&mut trace)?;
                vec![file("bin", trace.bytes().to_vec())]
            }
        })
    }

    fn file_name(&self, ending: &str) -> String {
        format!("trace.{}.cue{}.{ending}", self.dataflow.name(), self.subject.index)
    }

    fn summary(&self, retrieval: &CoreRun, recording: &Recording, files: &[TraceFile]) -> String {
        let nanoseconds = recording.picoseconds(recording.cycles) as f64 / 1e3;
        let picojoules = self.ledger(retrieval).total().nominal().as_picojoules();
        let outcome = retrieval.outcome.map_or("stuck", klr_image::Outcome::name);
        let mut text = format!(
            "{}, cue {}: {outcome} after {} flips in {} cycles, {} ns, {}; {} faults\n",
            self.dataflow.name(),
            self.subject.index,
            retrieval.activity.flips,
            recording.cycles,
            crate::text::number(nanoseconds, 6),
            crate::text::joules(picojoules),
            retrieval.fault_count,
        );
        for file in files {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {:<36} {:>10} bytes", file.name, file.bytes.len());
        }
        text
    }
}

/// Writes every file into `folder`, each whole or not at all.
///
/// # Errors
/// [`Error::File`] naming the file that could not be written.
pub fn save(folder: &Path, files: &[TraceFile]) -> Result<(), Error> {
    for one in files {
        file::write_atomically(&folder.join(&one.name), &one.bytes)?;
    }
    Ok(())
}
