//! One retrieval as files that people can open: what is traced, in which formats, under which names.

use crate::error::WaveError;
use crate::observer::{Observer, Recording};
use crate::{fst, gtkw, perfetto};
use klr_energy::{Cost, Ledger, PriceTable, price};
use klr_image::CoreImage;
use klr_sim::confirmed::NOT_CONFIRMED;
use klr_sim::trace::TextHeader;
use klr_sim::{BinaryTrace, Core, CoreConfig, CoreRun, Hardware, Schedule, Sink, TextTrace, unconfirmed};
use klr_units::text::{joules, number};
use klr_units::{ClockMhz, Cycles, RunId, State};
use std::fmt::Write;

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

/// One retrieval, ready to be watched as often as need be.
#[derive(Clone, Copy, Debug)]
pub struct Traced<'a> {
    /// What is loaded into the core.
    pub image: &'a CoreImage,
    /// The knobs of the core.
    pub config: &'a CoreConfig,
    /// Dataflow and order.
    pub schedule: Schedule,
    /// The cue.
    pub cue: &'a State,
    /// Which cue it is, counted from 0; for the names of files.
    pub index: usize,
    /// What things cost.
    pub prices: &'a PriceTable,
    /// The clock, which turns cycles into time.
    pub clock: ClockMhz,
    /// Plan, seed and version, which every file names.
    pub run: &'a RunId,
}

impl Traced<'_> {
    /// Runs the retrieval before an observer.
    ///
    /// # Errors
    /// [`WaveError::Cue`] if the cue has another size than the image.
    pub fn watched_by<S: Sink>(&self, sink: &mut S) -> Result<CoreRun, WaveError> {
        Ok(Core::new(self.image, *self.config).retrieve(self.cue, self.schedule, sink)?)
    }

    /// What a retrieval cost.
    #[must_use]
    pub fn ledger(&self, retrieval: &CoreRun) -> Ledger {
        let hardware = Hardware::of(self.image, self.config);
        price(self.prices, &retrieval.activity, &hardware, self.clock)
    }

    /// The retrieval with its recording.
    ///
    /// # Errors
    /// As [`Self::watched_by`].
    pub fn record(&self) -> Result<(CoreRun, Recording), WaveError> {
        let mut observer = Observer::new(self.image, self.config, self.schedule.dataflow, self.cue);
        let retrieval = self.watched_by(&mut observer)?;
        let recording = observer.finish(&retrieval, &self.ledger(&retrieval), self.clock);
        Ok((retrieval, recording))
    }

    /// The events as text, one per line.
    ///
    /// # Errors
    /// As [`Self::watched_by`].
    pub fn events(&self) -> Result<String, WaveError> {
        Ok(self.text_trace()?.text().to_owned())
    }

    /// The text trace as a file: its header, and [`Self::events`].
    ///
    /// # Errors
    /// As [`Self::watched_by`].
    pub fn text(&self) -> Result<String, WaveError> {
        let Schedule { dataflow, .. } = self.schedule;
        let unconfirmed = &unconfirmed(self.image, self.config.spec(), dataflow);
        let header = TextHeader { run: self.run, dataflow, cue: self.index, clock: self.clock, unconfirmed };
        Ok(self.text_trace()?.file(&header))
    }

    fn text_trace(&self) -> Result<TextTrace, WaveError> {
        let mut trace = TextTrace::default();
        self.watched_by(&mut trace)?;
        Ok(trace)
    }

    /// The files of `formats`, in the order of [`Format::ALL`], and a few lines about the retrieval.
    ///
    /// # Errors
    /// As [`Self::watched_by`].
    pub fn files(&self, formats: &[Format]) -> Result<(Vec<TraceFile>, String), WaveError> {
        let (retrieval, recording) = self.record()?;
        let mut files = Vec::new();
        for format in Format::ALL.into_iter().filter(|format| formats.contains(format)) {
            files.extend(self.format(format, &recording)?);
        }
        let summary = self.summary(&retrieval, &recording, &files);
        Ok((files, summary))
    }

    fn format(&self, format: Format, recording: &Recording) -> Result<Vec<TraceFile>, WaveError> {
        let file = |ending: &str, bytes: Vec<u8>| TraceFile { name: self.file_name(ending), bytes };
        Ok(match format {
            Format::Text => {
                vec![file("txt", self.text()?.into_bytes())]
            }
            Format::Fst => {
                let view = gtkw::write(recording, &self.file_name("fst"), self.run);
                vec![file("fst", fst::write(recording, self.run)?), file("gtkw", view.into_bytes())]
            }
            Format::Perfetto => {
                vec![file("perfetto.json", perfetto::write(recording, self.run).into_bytes())]
            }
            Format::Binary => {
                let mut trace = BinaryTrace::default();
                self.watched_by(&mut trace)?;
                vec![file("bin", trace.bytes().to_vec())]
            }
        })
    }

    fn file_name(&self, ending: &str) -> String {
        format!("trace.{}.cue{}.{ending}", self.schedule.dataflow.name(), self.index)
    }

    fn summary(&self, retrieval: &CoreRun, recording: &Recording, files: &[TraceFile]) -> String {
        let nanoseconds = self.clock.duration(Cycles::new(recording.cycles)).as_nanoseconds();
        let ledger = self.ledger(retrieval);
        let energy = ledger.total().map(|band| band.nominal().as_picojoules());
        let outcome = retrieval.outcome.map_or("stuck", klr_image::Outcome::name);
        let mut text = format!(
            "{}, cue {}: {outcome} after {} flips in {} cycles, {} ns, {}; {} faults\n",
            self.schedule.dataflow.name(),
            self.index,
            retrieval.activity.flips,
            recording.cycles,
            number(nanoseconds, 6),
            energy.shown(joules),
            retrieval.fault_count,
        );
        // Writing to a string cannot fail.
        let _ = match energy {
            Cost::Known(_) => Ok(()),
            Cost::AtLeast(_) => writeln!(text, "  a lower bound: no price for {}", ledger.unpriced_terms()),
            Cost::Unknown => writeln!(text, "  energy unknown: no price for {}", ledger.unpriced_terms()),
        };
        for one in &recording.unconfirmed {
            let _ = writeln!(text, "  {NOT_CONFIRMED}: core.{one}");
        }
        for file in files {
            let _ = writeln!(text, "  {:<36} {:>10} bytes", file.name, file.bytes.len());
        }
        text
    }
}
