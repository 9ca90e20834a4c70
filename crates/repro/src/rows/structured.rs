//! Row 22: patterns that resemble each other, near P/N=20 and beyond (arXiv:2605.00366).

use super::{EVERY_ONE, Judged, ResultRow, cluster, mean_of_sets};
use crate::check::Check;
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{Results, Solver, Structure, Structured, StructuredFound, tasks};
use crate::{Config, Scale};
use klr_statistics::Cluster;

pub(super) fn rows() -> Vec<ResultRow> {
    vec![ResultRow {
        number: 22,
        what: "Structured patterns are kept at loads near P/N=20",
        source: "arXiv:2605.00366 (abstract; images, embedding, N, gamma and noise are not published)",
        work: |config| tasks(memories(config.scale).iter().flat_map(|memory| sets(config, *memory))),
        judge,
    }]
}

/// One memory of the row.
#[derive(Clone, Copy)]
struct Memory {
    structure: Structure,
    n: usize,
    p: usize,
    gamma: f64,
    solver: Solver,
}

fn memories(scale: Scale) -> Vec<Memory> {
    let at = |structure, n, p, gamma| Memory { structure, n, p, gamma, solver: Solver::Descent };
    let quick = [at(Structure::Digits, 64, 1280, WIDTH), at(Structure::Embeddings, 32, 640, WIDTH)];
    let full = [
        at(Structure::Digits, 64, 1280, WIDTH),
        at(Structure::Digits, 64, 1750, WIDTH),
        at(Structure::Embeddings, 64, 1500, WIDTH),
        at(Structure::Embeddings, 32, 1600, WIDTH),
        at(Structure::Clusters, 64, 1280, WIDTH),
        at(Structure::Digits, 64, 1280, WIDE),
    ];
    scale.pick(&quick[..], &full[..]).to_vec()
}

/// A kernel narrow enough for patterns a few bits apart, and the literature's.
const WIDTH: f64 = 0.3;
const WIDE: f64 = 0.02;

/// What had to be guessed of the setting.
const GUESSED: &str =
    "gamma = 0.3, narrow enough for patterns a few bits apart; the paper's patterns, N and gamma are unknown";

/// Bits turned in each cue.
const FLIPS: usize = 3;

fn sets(config: &Config, memory: Memory) -> Vec<Structured> {
    let Memory { structure, n, p, gamma, solver } = memory;
    let (seed, cues) = (config.seed, 100);
    let set = |set| Structured { seed, structure, n, p, gamma, solver, flips: FLIPS, cues, set };
    (0..config.scale.pick(1, 2)).map(set).collect()
}

fn share(
    found: &[StructuredFound],
    of: fn(&StructuredFound) -> &[bool],
    unit: &str,
) -> Result<Estimate, ReproError> {
    let clusters: Vec<Cluster> = found.iter().map(|set| cluster(of(set).iter().copied())).collect();
    Estimate::share(&clusters, unit)
}

/// A memory in words.
fn words(Memory { structure, n, p, gamma, .. }: Memory) -> String {
    let patterns = match structure {
        Structure::Digits => "digits",
        Structure::Embeddings => "embeddings of digits",
        Structure::Clusters => "clusters of 20",
    };
    format!("{patterns}, N={n}, P/N={:.1}, gamma={gamma}", p as f64 / n as f64)
}

fn judge(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let mut checks = Vec::new();
    for memory in memories(config.scale) {
        let found = results.all(&sets(config, memory))?;
        let setting = words(memory);
        let kept = Check::new(
            format!("stored patterns that are fixed points: {setting}"),
            share(&found, |set| &set.kept, "patterns")?,
        )
        .published("stable near P/N of 20", EVERY_ONE)
        .because(
            "at this width gradient descent at the published step size oscillates on patterns so much alike; \
             narrower kernels keep them all",
        );
        checks.push(if memory.gamma == WIDTH { kept.chosen(GUESSED) } else { kept });
        for (what, of) in [
            ("recall from", (|set| &set.recalled) as fn(&StructuredFound) -> &[bool]),
            ("cues whose nearest pattern is theirs, at", |set| &set.nearest),
        ] {
            checks.push(Check::new(
                format!("{what} {FLIPS} wrong bits: {setting}"),
                share(&found, of, "cues")?,
            ));
        }
        let gaps: Vec<f64> = found.iter().map(|set| set.gap).collect();
        checks.push(Check::new(
            format!("bits between a pattern and its nearest: {setting}"),
            mean_of_sets(&gaps, "memories", config)?,
        ));
        let diverged: Vec<f64> = found.iter().map(|set| set.diverged.into()).collect();
        checks.push(Check::new(
            format!("share of trainings that ended oscillating or diverged: {setting}"),
            mean_of_sets(&diverged, "memories", config)?,
        ));
    }
    Ok(Judged::of(checks).remark(
        "About 20 is the highest load that was published for structured patterns, not a limit: at a kernel narrow enough for the gaps between them, patterns at higher loads are kept too. What noise they tolerate is another question, which their gaps decide.",
    ))
}
