//! Writes the files of `fixtures/seeds` that are not there yet: `cargo run -p klr --example write_seeds`.
//!
//! They are small valid files for `crates/klr/tests/damaged` to damage. A file that exists is left as it is, so that one
//! written by an earlier version stays a seed.

use klr_image::{Order, codec};
use klr_model::{Kernel, KlrModel, PatternSet};
use klr_sim::trace::TextHeader;
use klr_sim::{BinaryTrace, Core, CoreConfig, Dataflow, Schedule, TextTrace};
use klr_units::{ClockMhz, Digest, RunId, State};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let write = |name: String, bytes: &[u8]| -> Result<(), Box<dyn Error>> {
        let path = fixtures.join("seeds").join(name);
        if !path.exists() {
            fs::write(path, bytes)?;
        }
        Ok(())
    };
    for kernel in [
        Kernel::rbf(0.1)?,
        Kernel::exponential(0.2)?,
        Kernel::polynomial(3, 1.0)?,
        Kernel::linear(),
        Kernel::from_table((0..=9).map(|d| 0.5f64.powi(d)).collect())?,
    ] {
        let name = format!("model/{}.model", kernel.name());
        write(name, &klr_model::codec::encode(&model(kernel)?)?)?;
    }
    let image = codec::load(&fixtures.join("images/v2-tiny.img"))?;
    let run = RunId::new(Digest::of(b"seeds"), 1);
    let clock = ClockMhz::new(500).ok_or("a clock that runs")?;
    for dataflow in Dataflow::ALL {
        let (mut trace, mut text) = (BinaryTrace::default(), TextTrace::default());
        let schedule = Schedule { dataflow, order: Order::Sequential };
        let cue = State::from_signs(&[-1, 1, -1, -1, 1])?;
        Core::new(&image, CoreConfig::tiny()).retrieve(&cue, schedule, &mut (&mut trace, &mut text))?;
        write(format!("trace/{}.bin", dataflow.name()), trace.bytes())?;
        let header = TextHeader { run: &run, dataflow, cue: 0, clock, unconfirmed: &[] };
        write(format!("golden/{}.txt", dataflow.name()), format!("{header}{}", text.text()).as_bytes())?;
        if dataflow == Dataflow::Delta {
            let events = text.text().replace('\n', "\r\n");
            write("golden/events.txt".to_owned(), events.as_bytes())?;
        }
    }
    Ok(())
}

/// Four patterns of nine neurons; dual variables along them.
fn model(kernel: Kernel) -> Result<KlrModel, Box<dyn Error>> {
    let signs: Vec<i8> = (0..36u32).map(|at| if at * at % 7 < 3 { 1 } else { -1 }).collect();
    let duals: Vec<f64> =
        (0u32..).zip(&signs).map(|(at, &sign)| f64::from(sign) * f64::from(at % 5 + 1) / 8.0).collect();
    Ok(KlrModel::from_duals(PatternSet::from_signs(9, &signs)?, kernel, &duals)?)
}
