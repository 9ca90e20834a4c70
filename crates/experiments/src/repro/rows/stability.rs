//! Row 12: does the pseudo-energy fall, and do synchronous updates alternate?

use super::retrieval::letter_sets;
use super::{Judged, Row, boxed};
use crate::error::Error;
use crate::repro::Config;
use crate::repro::check::Check;
use crate::repro::estimate::Estimate;
use crate::repro::work::{EnergyDescent, Results, Work, level};

pub(super) fn rows() -> Vec<Row> {
    vec![Row {
        number: 12,
        what: "The pseudo-energy falls at every flip; synchronous updates do not alternate",
        source: "arXiv:2605.05978, Section 3 and Appendix A",
        work: |config| {
            let mut units: Vec<Box<dyn Work>> = boxed(descents(config));
            units.extend(boxed(letter_sets(config)));
            units
        },
        judge,
    }]
}

fn descents(config: &Config) -> Vec<EnergyDescent> {
    let (cues, seed) = (config.scale.pick(25, 50), config.seed);
    let descent = |set| EnergyDescent { seed, n: 50, p: 150, gamma: 0.1, noise: 0.2, cues, set };
    (0..config.scale.pick(4, 20)).map(descent).collect()
}

fn judge(config: &Config, results: &Results) -> Result<Judged, Error> {
    let (mut flips, mut raised) = (0.0, 0.0);
    for unit in &descents(config) {
        let record = results.of(unit)?;
        flips += record.one("flips")?;
        raised += record.one("raised")?;
    }
    let mut checks = vec![
        Check::new(
            "asynchronous flips that raised V, 20 % noise",
            Estimate::exact(raised, &format!("{flips} flips")),
        )
        .published("V is not strictly a Lyapunov function")
        .expected("0 of 3936"),
    ];
    let units = letter_sets(config);
    for noise in [0.2, 0.4] {
        for (what, name) in [("2-cycles", "two_cycle"), ("runs out of steps", "step_limit")] {
            let (mut count, mut runs) = (0.0, 0);
            for unit in &units {
                let flags = results.of(unit)?.get(&level(noise, &format!("sync/{name}")))?;
                count += flags.iter().sum::<f64>();
                runs += flags.len();
            }
            let what = format!("synchronous retrievals, {:.0} % noise: {what}", noise * 100.0);
            let check = Check::new(what, Estimate::exact(count, &format!("{runs} retrievals")));
            checks.push(check.published("no oscillation").expected(if noise < 0.3 { "0 of 400" } else { "-" }));
        }
    }
    Ok(Judged::of(checks).remark("Counts are reported, not judged: nothing says they must be 0."))
}
