//! The recording as a waveform in FST, the format of GTKWave, which Surfer reads too.
//!
//! Times are picoseconds. Texts are ASCII, eight bits per character; numbers are binary. A signal nothing has been said of
//! is `x`.

use super::signals::Signal;
use super::watch::Recording;
use crate::error::Error;
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType,
    FstVarDirection, FstVarType, FstWriteError,
};
use std::io::{Cursor, Seek, Write};

/// The scope that holds all others.
pub(super) const TOP: &str = "klr";

/// Bytes collected before they are compressed: far below the 4 GB that the writer can address.
const SECTION_BYTES: usize = 64 << 20;

/// The exponent of the time unit: picoseconds.
const PICOSECONDS: i8 = -12;

/// The bytes of an FST file.
///
/// # Errors
/// [`Error::Plan`] if the writer refuses a value, which would be a bug of either.
pub fn write(recording: &Recording) -> Result<Vec<u8>, Error> {
    encode(recording, SECTION_BYTES).map_err(|error| Error::Plan(format!("fst: failed to write: {error}")))
}

fn encode(recording: &Recording, section_bytes: usize) -> Result<Vec<u8>, FstWriteError> {
    let info = FstInfo {
        start_time: 0,
        timescale_exponent: PICOSECONDS,
        version: format!("klr {}", env!("CARGO_PKG_VERSION")),
        // The date of writing would make two files of the same run differ.
        date: String::new(),
        file_type: FstFileType::Verilog,
    };
    let mut header = FstHeaderWriter::new(Cursor::new(Vec::new()), &info)?;
    let ids = declare(&mut header, &recording.signals)?;
    let mut body = header.finish()?;
    write_changes(&mut body, recording, &ids, section_bytes)?;
    Ok(body.finish()?.into_inner())
}

/// One scope per unit, in the order of the signals.
fn declare<W: Write + Seek>(
    header: &mut FstHeaderWriter<W>,
    signals: &[Signal],
) -> Result<Vec<FstSignalId>, FstWriteError> {
    header.scope(TOP, "", FstScopeType::Module)?;
    let mut ids = Vec::with_capacity(signals.len());
    for unit in signals.chunk_by(|a, b| a.scope == b.scope) {
        header.scope(unit[0].scope, "", FstScopeType::Module)?;
        for signal in unit {
            let kind = FstSignalType::bit_vec(signal.form.bits());
            let direction = FstVarDirection::Implicit;
            ids.push(header.var(&signal.name, kind, FstVarType::Wire, direction, None)?);
        }
        header.up_scope()?;
    }
    header.up_scope()?;
    Ok(ids)
}

fn write_changes<W: Write + Seek>(
    body: &mut FstBodyWriter<W>,
    recording: &Recording,
    ids: &[FstSignalId],
    section_bytes: usize,
) -> Result<(), FstWriteError> {
    for changes in recording.changes.chunk_by(|a, b| a.cycle == b.cycle) {
        // A section can only end before a new time, and the first values of all are not part of one.
        if body.size() > section_bytes {
            body.flush()?;
        }
        body.time_change(recording.picoseconds(changes[0].cycle))?;
        for change in changes {
            let form = recording.signals[change.signal].form;
            body.signal_change(ids[change.signal], &change.value.to_bits(form))?;
        }
    }
    body.time_change(recording.picoseconds(recording.cycles))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{self, NoProgress};
    use crate::plan::PlanSource;
    use crate::trace::Traced;
    use klr_sim::Dataflow;

    /// Every change of every signal, as wellen reads them.
    fn read(bytes: Vec<u8>) -> Vec<Vec<(u64, String)>> {
        let mut wave = wellen::simple::read_from_reader(Cursor::new(bytes)).unwrap();
        let signals: Vec<_> = wave.hierarchy().signals().collect();
        wave.load_signals(&signals);
        let changes = |signal: &wellen::SignalRef| {
            let changes = wave.get_signal(*signal).unwrap().iter_changes();
            let bits = changes.map(|(at, value)| (wave.time_table()[at as usize], value.to_bit_string()));
            bits.map(|(time, bits)| (time, bits.unwrap())).collect()
        };
        signals.iter().map(changes).collect()
    }

    #[test]
    fn a_waveform_in_many_sections_is_that_in_one() {
        let mut source = PlanSource::default_plan();
        for setting in ["patterns.n=20", "patterns.p=30", "model.training=none", "retrieval.cues=1"] {
            source.set(setting).unwrap();
        }
        let plan = source.resolve().unwrap();
        let subject = pipeline::subject(&plan, 0, 1, &NoProgress).unwrap();
        let traced = Traced { plan: &plan, subject: &subject, dataflow: Dataflow::Delta };
        let (_, recording) = traced.record().unwrap();
        let (one, many) = (encode(&recording, SECTION_BYTES).unwrap(), encode(&recording, 500).unwrap());
        assert!(many.len() > one.len() + 1000, "{} bytes in sections, {} in one", many.len(), one.len());
        let (one, many) = (read(one), read(many));
        assert_eq!(one, many, "signal by signal, time by time");
    }
}
