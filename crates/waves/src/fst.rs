//! The recording as a waveform in FST, the format of GTKWave, which Surfer reads too.
//!
//! Times are picoseconds. Texts are ASCII, eight bits per character; numbers are binary. A signal nothing has been said of
//! is `x`.

use crate::error::WaveError;
use crate::observer::Recording;
use crate::signals::Signal;
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType,
    FstVarDirection, FstVarType, FstWriteError,
};
use klr_units::RunId;
use std::io::{Cursor, Seek, Write};

/// The scope that holds all others.
pub(crate) const TOP: &str = "klr";

/// Bytes collected before they are compressed: far below the 4 GB that the writer can address.
const SECTION_BYTES: usize = 64 << 20;

/// The exponent of the time unit: picoseconds.
const PICOSECONDS: i8 = -12;

/// The bytes of an FST file, which names the `run` as the program that wrote it.
///
/// # Errors
/// [`WaveError::Waveform`] if the writer refuses a value, which would be a bug of either.
pub fn write(recording: &Recording, run: &RunId) -> Result<Vec<u8>, WaveError> {
    encode(recording, &run.to_string(), SECTION_BYTES).map_err(|error| WaveError::Waveform(error.to_string()))
}

fn encode(recording: &Recording, run: &str, section_bytes: usize) -> Result<Vec<u8>, FstWriteError> {
    let info = FstInfo {
        start_time: 0,
        timescale_exponent: PICOSECONDS,
        // The format has no place for the plan but this one, of 128 bytes: its digest, the seed, and no date.
        version: run.to_owned(),
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
            let kind = FstSignalType::bit_vec(signal.kind.bits());
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
            let kind = recording.signals[change.signal].kind;
            body.signal_change(ids[change.signal], &change.value.to_bits(kind))?;
        }
    }
    body.time_change(recording.picoseconds(recording.cycles))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Traced;
    use klr_energy::PriceTable;
    use klr_image::{CoreImage, Geometry, KernelTable, Order};
    use klr_sim::{CoreConfig, Dataflow, Schedule};
    use klr_units::{Bits, ClockMhz, Digest, State};

    /// A retrieval among thirty-two patterns of twelve neurons.
    fn recording() -> Recording {
        let state = |seed: u32| {
            let signs: Vec<i8> = (0..12).map(|i| if (seed * 7 + i * 5) % 11 < 5 { 1 } else { -1 }).collect();
            State::from_signs(&signs).unwrap()
        };
        let patterns: Vec<State> = (0..32).map(state).collect();
        let weights = patterns.iter().flat_map(|s| s.signs().map(i16::from)).collect();
        let bits = |b| Bits::new(b).unwrap();
        let table = KernelTable::nearest_relative(bits(4), &[15, 8, 4, 2, 1]).unwrap();
        let image = CoreImage::new(Geometry::tiny(), &patterns, bits(1), weights, table).unwrap();
        let mut cue = state(3);
        [0, 5, 6].into_iter().for_each(|neuron| cue.flip(neuron));
        let traced = Traced {
            image: &image,
            config: &CoreConfig::tiny(),
            schedule: Schedule { dataflow: Dataflow::Delta, order: Order::Sequential },
            cue: &cue,
            index: 0,
            prices: &PriceTable::preset("generic-22nm").unwrap(),
            clock: ClockMhz::new(500).unwrap(),
            run: &RunId::new(Digest::of(b""), 1),
        };
        traced.record().unwrap().1
    }

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
        let recording = recording();
        let (one, many) =
            (encode(&recording, "klr", SECTION_BYTES).unwrap(), encode(&recording, "klr", 500).unwrap());
        assert!(many.len() > one.len() + 1000, "{} bytes in sections, {} in one", many.len(), one.len());
        let (one, many) = (read(one), read(many));
        assert_eq!(one, many, "signal by signal, time by time");
    }
}
