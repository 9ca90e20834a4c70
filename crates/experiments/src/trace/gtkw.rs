//! A view for GTKWave beside the waveform: which signals, in which groups, in which radix.

use super::fst::{TOP, file_name};
use super::signals::{Form, Signal};
use super::watch::Recording;
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

/// Groups that a reader opens when they want them.
const FOLDED: [&str; 1] = ["state"];

/// The text of a save file for the waveform named `waveform`.
#[must_use]
pub fn write(recording: &Recording, waveform: &str) -> String {
    let mut text = format!("[dumpfile] \"{waveform}\"\n[timestart] 0\n[size] 1600 1000\n[sst_expanded] 0\n");
    for unit in recording.signals.chunk_by(|a, b| a.scope == b.scope) {
        let folded = if FOLDED.contains(&unit[0].scope) { flag::CLOSED } else { 0 };
        flags(&mut text, flag::GROUP | flag::BLANK | folded);
        line(&mut text, format_args!("-{}", unit[0].scope));
        for signal in unit {
            show(&mut text, signal);
        }
        flags(&mut text, flag::GROUP_END | flag::BLANK | folded);
        line(&mut text, format_args!("-{}", unit[0].scope));
    }
    text
}

fn show(text: &mut String, signal: &Signal) {
    let radix = match signal.form {
        Form::Flag => flag::BINARY | flag::RIGHT,
        Form::Number => flag::DECIMAL | flag::RIGHT,
        Form::Curve => flag::DECIMAL | flag::RIGHT | flag::STEPS,
        Form::Signed => flag::SIGNED | flag::RIGHT,
        Form::Bits(_) => flag::HEX | flag::RIGHT,
        Form::Text => flag::ASCII | flag::RIGHT,
    };
    flags(text, radix);
    line(text, format_args!("{TOP}.{}.{}", signal.scope, file_name(signal)));
    if signal.form == Form::Curve {
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
