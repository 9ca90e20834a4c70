//! A waveform read back by `wellen`, the library of Surfer.

use std::collections::BTreeMap;

/// A waveform read back: the changes of each signal by its full name, and all times.
pub(crate) struct Waves {
    pub(crate) times: Vec<u64>,
    changes: BTreeMap<String, Vec<(u64, String)>>,
    pub(crate) picoseconds: bool,
}

pub(crate) fn read_back(bytes: Vec<u8>) -> Waves {
    let mut wave = wellen::simple::read_from_reader(std::io::Cursor::new(bytes)).unwrap();
    let times = wave.time_table().to_vec();
    let vars: Vec<_> = wave
        .hierarchy()
        .all_vars()
        .map(|var| {
            let var = &wave.hierarchy()[var];
            (var.full_name(wave.hierarchy()), var.signal_ref())
        })
        .collect();
    wave.load_signals(&vars.iter().map(|var| var.1).collect::<Vec<_>>());
    let mut changes = BTreeMap::new();
    for (name, signal) in vars {
        let signal = wave.get_signal(signal).unwrap();
        let all = signal.iter_changes();
        let all = all.map(|(at, value)| (times[at as usize], value.to_bit_string().unwrap())).collect();
        changes.insert(name, all);
    }
    let scale = wave.hierarchy().timescale().unwrap();
    let picoseconds = (scale.factor, scale.unit) == (1, wellen::TimescaleUnit::PicoSeconds);
    Waves { times, changes, picoseconds }
}

impl Waves {
    pub(crate) fn bits(&self, name: &str) -> &[(u64, String)] {
        self.changes.get(name).unwrap_or_else(|| panic!("no signal {name}"))
    }

    /// Times and values of a number, from the first that is known.
    pub(crate) fn numbers(&self, name: &str) -> Vec<(u64, u64)> {
        let known = self.bits(name).iter().filter(|change| !change.1.contains('x'));
        known.map(|(time, bits)| (*time, u64::from_str_radix(bits, 2).unwrap())).collect()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<(u64, String)> {
        let text = |bits: &str| -> String {
            let bytes = bits.as_bytes().chunks(8).map(|byte| std::str::from_utf8(byte).unwrap());
            bytes.map(|byte| char::from(u8::from_str_radix(byte, 2).unwrap())).collect()
        };
        self.bits(name).iter().map(|(time, bits)| (*time, text(bits).trim_end().to_owned())).collect()
    }

    /// The flips, from the bits of the state register that change at a time, in order of time and neuron.
    pub(crate) fn flips(&self, n: usize) -> Vec<(u64, usize)> {
        let mut flips = Vec::new();
        for first in (0..n).step_by(64) {
            let name = format!("klr.state.neurons_{first}_to_{}", n.min(first + 64) - 1);
            for pair in self.numbers(&name).windows(2) {
                let changed = pair[0].1 ^ pair[1].1;
                let bits = (0..64).filter(|bit| changed >> bit & 1 == 1);
                flips.extend(bits.map(|bit| (pair[1].0, first + bit)));
            }
        }
        flips.sort_unstable();
        flips
    }
}
