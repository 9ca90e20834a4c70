//! A view for GTKWave beside the waveform: which signals, in which groups, in which radix.

use crate::fst::TOP;
use crate::observer::Recording;
use crate::signals::{BY_COMPONENT, STATE, Signal, SignalKind};
use klr_units::RunId;
use std::fmt::Write;

/// Flags of GTKWave's save file, as its `analyzer.h` numbers them.
mod flag {
    pub(super) const HEX: u32 = 0x2;
    pub(super) const DECIMAL: u32 = 0x4;
    pub(super) const BINARY: u32 = 0x8;
    pub(super) const RIGHT: u32 = 0x20;
    pub(super) const BLANK: u32 = 0x200;
    pub(super) const SIGNED: u32 = 0x400;
    pub(super) const ASCII: u32 = 0x800;
    pub(super) const STEPS: u32 = 0x8000;
    pub(super) const TALLER: u32 = 0x20000;
    pub(super) const GROUP: u32 = 0x80_0000;
    pub(super) const GROUP_END: u32 = 0x100_0000;
    pub(super) const CLOSED: u32 = 0x40_0000;
}

/// Pixels of the window, and those of them that show waves.
const WINDOW: (u32, u32) = (1600, 1200);
const WAVES: f64 = 1280.0;

/// Pixels from one mark of GTKWave's time axis to the next, which are one unit of time apart at zoom 0.
const MARK: f64 = 200.0;

/// The text of a save file for the waveform named `waveform`; its first line, a comment, names the `run`.
pub(crate) fn write(recording: &Recording, waveform: &str, run: &RunId) -> String {
    let (width, height) = WINDOW;
    let mut text = format!(
        "[*] {run}\n[dumpfile] \"{waveform}\"\n[timestart] 0\n[size] {width} {height}\n*{:.2} -1\n[sst_expanded] 0\n",
        zoom(recording)
    );
    let moves = moving(recording);
    for unit in recording.signals.chunk_by(|a, b| a.scope == b.scope) {
        let folded = if [BY_COMPONENT, STATE].contains(&unit[0].scope) { flag::CLOSED } else { 0 };
        flags(&mut text, flag::GROUP | flag::BLANK | folded);
        line(&mut text, format_args!("-{}", unit[0].scope));
        for signal in unit.iter().filter(|signal| moves.contains(signal)) {
            show(&mut text, signal);
        }
        flags(&mut text, flag::GROUP_END | flag::BLANK | folded);
        line(&mut text, format_args!("-{}", unit[0].scope));
    }
    text
}

/// The zoom at which the whole retrieval is in view: the power of two by which a mark is longer, with a minus sign.
fn zoom(recording: &Recording) -> f64 {
    let picoseconds = recording.picoseconds(recording.cycles).max(1) as f64;
    // Rounded to the side of more room.
    -(picoseconds * MARK / WAVES).log2().mul_add(100.0, 1.0).ceil() / 100.0
}

/// Signals that change after the start; the others are in the waveform, but there is nothing to see.
fn moving(recording: &Recording) -> Vec<&Signal> {
    let mut moves = vec![false; recording.signals.len()];
    for change in recording.changes.iter().filter(|change| change.cycle > 0) {
        moves[change.signal] = true;
    }
    recording.signals.iter().zip(moves).filter(|(_, moves)| *moves).map(|(signal, _)| signal).collect()
}

fn show(text: &mut String, signal: &Signal) {
    let radix = match signal.kind {
        SignalKind::Flag => flag::BINARY | flag::RIGHT,
        SignalKind::Number => flag::DECIMAL | flag::RIGHT,
        SignalKind::Curve => flag::DECIMAL | flag::RIGHT | flag::STEPS,
        SignalKind::Signed => flag::SIGNED | flag::RIGHT,
        SignalKind::Bits(_) => flag::HEX | flag::RIGHT,
        SignalKind::Text => flag::ASCII | flag::RIGHT,
    };
    flags(text, radix);
    let (scope, name, bits) = (signal.scope, &signal.name, signal.kind.bits());
    if bits == 1 {
        line(text, format_args!("{TOP}.{scope}.{name}"));
    } else {
        // GTKWave adds the range of bits to the name; the alias leaves it out.
        line(text, format_args!("+{{{name}}} {TOP}.{scope}.{name}[{}:0]", bits - 1));
    }
    if signal.kind == SignalKind::Curve {
        flags(text, flag::TALLER);
        line(text, format_args!("-"));
    }
}

fn flags(text: &mut String, flags: u32) {
    line(text, format_args!("@{flags:x}"));
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
