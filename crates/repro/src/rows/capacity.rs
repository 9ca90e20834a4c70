//! Rows 8 to 10: recall against load (arXiv:2605.05978, Figure 2 and Appendix C).

use super::retrieval::cues_at;
use super::{EVERY_ONE, Judged, ResultRow, cluster, scale_words};
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{Results, Retrievals, tasks};
use crate::{Config, Scale};
use klr_figure::{Axis, Content, Figure, Look, Series};

/// The levels of noise at every load.
const LEVELS: [f64; 2] = [0.1, 0.2];

pub(super) fn rows() -> Vec<ResultRow> {
    vec![
        ResultRow {
            number: 8,
            what: "Figure 2: recall against load, N=50, 10 % noise",
            source: "arXiv:2605.05978, Fig. 2",
            work: |config| tasks(all_loads(config)),
            judge: judge_small,
        },
        ResultRow {
            number: 9,
            what: "Figure 2: recall at P/N=30, N=100 and 200, 10 % noise",
            source: "arXiv:2605.05978, Fig. 2",
            work: |config| tasks([100, 200].into_iter().flat_map(|n| sets(config, n, 30))),
            judge: judge_large,
        },
        ResultRow {
            number: 10,
            what: "Appendix C: recall at P/N=3, N=100 and 200, 20 % noise",
            source: "arXiv:2605.05978, Appendix C",
            work: |config| tasks([100, 200].into_iter().flat_map(|n| sets(config, n, 3))),
            judge: judge_appendix,
        },
    ]
}

/// The loads of the figure at each N.
fn loads(n: usize, scale: Scale) -> &'static [usize] {
    match (n, scale) {
        (50, Scale::Full) => &[5, 10, 15, 20, 25, 30],
        (50, Scale::Quick) => &[10, 20, 30],
        (100, Scale::Full) => &[10, 20, 30],
        _ => &[],
    }
}

/// Sets of patterns and cues of each. Training takes P^2 N products per update: fewer sets where P is in the thousands.
const fn sample(n: usize, load: usize, scale: Scale) -> (u64, u64) {
    match (scale, n * load) {
        (Scale::Quick, 0..=1000) => (4, 50),
        (Scale::Quick, 1001..=1500) => (2, 100),
        // 14 trillion multiply-adds twice over are no quick run.
        (Scale::Quick, 6000) => (0, 0),
        (Scale::Quick, _) => (1, 100),
        (Scale::Full, 0..=1500) => (20, 50),
        (Scale::Full, 6000) => (3, 200),
        (Scale::Full, _) => (10, 50),
    }
}

fn sets(config: &Config, n: usize, load: usize) -> Vec<Retrievals> {
    let (sets, cues) = sample(n, load, config.scale);
    let seed = config.seed;
    let set = |set| Retrievals { seed, n, p: n * load, gamma: 0.1, noise: &LEVELS, cues, set };
    (0..sets).map(set).collect()
}

fn all_loads(config: &Config) -> Vec<Retrievals> {
    let at = |n| loads(n, config.scale).iter().flat_map(move |&load| sets(config, n, load));
    [50, 100].into_iter().flat_map(at).collect()
}

/// Success of the asynchronous network, or nothing where the scale has no sets.
fn success(
    config: &Config,
    results: &Results,
    (n, load): (usize, usize),
    noise: f64,
) -> Result<Option<Estimate>, ReproError> {
    let found = results.all(&sets(config, n, load))?;
    let hits = cues_at(&found, &LEVELS, noise).map(|cues| cluster(cues.iter().map(|c| c.asynchronous.hit)));
    let hits: Vec<_> = hits.collect();
    if hits.is_empty() { Ok(None) } else { Estimate::share(&hits, "cues").map(Some) }
}

fn judge_small(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut checks = Vec::new();
    for (load, expected, reach) in [(10, 1.0, 0.01), (20, 0.992, 0.015), (30, 0.979, 0.02)] {
        if let Some(measured) = success(config, results, (50, load), 0.1)? {
            let check = Check::new(format!("success at P/N={load}, 10 %, async"), measured)
                .expected(&expected.to_string())
                .within(Bounds::around(expected, reach), config.scale);
            checks.push(match load {
                10 => check.published("1.0", EVERY_ONE),
                20 => check.in_words("begins to fall around here"),
                _ => check,
            });
        }
    }
    Ok(Judged::of(checks).with_figure(figure(config, results)?))
}

fn figure(config: &Config, results: &Results) -> Result<Figure, ReproError> {
    let mut series = Vec::new();
    for n in [50, 100] {
        for noise in LEVELS {
            let mut points = Vec::new();
            for &load in loads(n, config.scale) {
                if let Some(e) = success(config, results, (n, load), noise)? {
                    points.push(e.at(load as f64));
                }
            }
            if !points.is_empty() {
                let label = format!("N = {n}, noise {:.0} %", noise * 100.0);
                series.push(Series { label, look: Look::Marked, points });
            }
        }
    }
    let (sets, cues) = sample(50, 30, config.scale);
    let larger = match config.scale {
        Scale::Quick => String::new(),
        Scale::Full => format!(" ({} sets where P is above 1,500)", sample(100, 30, config.scale).0),
    };
    Ok(Figure {
        name: "recall-against-load",
        title: "Exact recall against the load".to_owned(),
        setting: format!(
            "KLR, γ = 0.1, asynchronous, Bernoulli noise, {sets} sets of {cues} cues{larger}. Whiskers: 95 % Wilson intervals, by sets.{}",
            scale_words(config.scale)
        ),
        x: Axis::linear("load P/N (patterns per neuron)", 0.0, 31.0),
        y: Axis::linear("share of cues recalled exactly", 0.0, 1.02),
        content: Content::Curves { series, guides: Vec::new() },
    })
}

fn judge_large(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut judged = Judged::default();
    for n in [100, 200] {
        match success(config, results, (n, 30), 0.1)? {
            Some(measured) => {
                let check = Check::new(format!("success at P/N=30, 10 %, N={n}, async"), measured)
                    .published("1.0", EVERY_ONE)
                    .within(Bounds::at_least(0.995), config.scale);
                judged.checks.push(sixty_cues(check, n));
            }
            None => {
                judged = judged
                    .remark(format!("N={n} is not part of a quick run: training takes minutes per set."))
            }
        }
    }
    if let Some(harder) = success(config, results, (100, 30), 0.2)? {
        judged.checks.push(Check::new("success at P/N=30, 20 %, N=100, async", harder).expected("1.000"));
    }
    let (sets, cues) = sample(200, 30, Scale::Full);
    Ok(judged
        .remark(format!(
            "A full run has {sets} sets of {cues} cues at N=200, for the time of training on P=6000."
        ))
        .remark("P/N=30 is the highest load that was tested, not a capacity."))
}

/// What an independent simulation gave; it had no N=200.
fn sixty_cues(check: Check, n: usize) -> Check {
    if n == 100 { check.expected("1.000 (60 cues)") } else { check }
}

fn judge_appendix(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut checks = Vec::new();
    for n in [100, 200] {
        if let Some(measured) = success(config, results, (n, 3), 0.2)? {
            let check = Check::new(format!("success at P/N=3, 20 %, N={n}, async"), measured)
                .published("about 1.0", Bounds::at_least(0.995))
                .within(Bounds::at_least(0.99), config.scale);
            checks.push(sixty_cues(check, n));
        }
    }
    Ok(Judged::of(checks))
}
