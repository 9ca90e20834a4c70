//! Row 23: is it the signal-to-noise ratio of the fields that decides what is recalled (arXiv:2605.00366)?

use super::{EVERY_ONE, Judged, ResultRow, cluster, scale_words};
use crate::check::{Bounds, Check};
use crate::error::ReproError;
use crate::estimate::Estimate;
use crate::work::{Crosstalk, CrosstalkFound, Results, tasks};
use crate::{Config, Scale};
use klr_figure::{Axis, Content, Figure, Look, Series};
use klr_statistics::{Cluster, first_fall};

/// Shares of bits turned in the cues.
const LEVELS: [f64; 12] = [0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36, 0.4, 0.44, 0.48];

/// Cues of a memory at each level.
const CUES: u32 = 50;

/// The published words, which name no number.
const STABILITY: &str = "the limit is a loss of stability against crosstalk noise";
const SEPARABLE: &str = "the limit is not separability";

pub(super) fn rows() -> Vec<ResultRow> {
    vec![ResultRow {
        number: 23,
        what: "What limits recall is the crosstalk in the fields, not separability",
        source: "arXiv:2605.00366 (abstract; the formula of its ratio is not published)",
        work: |config| tasks(settings(config.scale).iter().flat_map(|setting| sets(config, *setting))),
        judge,
    }]
}

/// N, P/N and gamma.
type Setting = (usize, usize, f64);

fn settings(scale: Scale) -> &'static [Setting] {
    scale.pick(
        &[(50, 3, 0.1), (50, 10, 0.1), (100, 3, 0.05)][..],
        &[
            (50, 3, 0.1),
            (50, 10, 0.1),
            (50, 10, 0.2),
            (50, 20, 0.1),
            (50, 20, 0.2),
            (100, 3, 0.05),
            (100, 3, 0.1),
        ],
    )
}

fn sets(config: &Config, (n, load, gamma): Setting) -> Vec<Crosstalk> {
    let memory =
        |set| Crosstalk { seed: config.seed + set, n, p: n * load, gamma, noise: &LEVELS, cues: CUES };
    (0..config.scale.pick(2, 6)).map(memory).collect()
}

/// Recall at a level.
fn recall(found: &[CrosstalkFound], level: usize) -> Result<Estimate, ReproError> {
    let of_set = |set: &CrosstalkFound| Cluster { successes: set.levels[level].hits, trials: CUES.into() };
    Estimate::share(&found.iter().map(of_set).collect::<Vec<_>>(), "cues")
}

/// The mean signal-to-noise ratio at a level.
fn ratio(found: &[CrosstalkFound], level: usize) -> f64 {
    let known: Vec<f64> = found.iter().filter_map(|set| set.levels[level].snr).collect();
    known.iter().sum::<f64>() / known.len() as f64
}

/// Largest over smallest.
fn span(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest / values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn judge(config: &Config, results: &Results) -> Result<Judged, ReproError> {
    let (mut at_half, mut of_settings, mut series) = (Vec::new(), Vec::new(), Vec::new());
    let mut kept: Vec<Cluster> = Vec::new();
    for &setting in settings(config.scale) {
        let found = results.all(&sets(config, setting))?;
        let (n, load, gamma) = setting;
        let words = format!("N={n}, P/N={load}, gamma={gamma}");
        let mut points = Vec::new();
        for level in 0..LEVELS.len() {
            points.push((ratio(&found, level), recall(&found, level)?));
        }
        let sample = format!("{} sets of {CUES} cues per level", found.len());
        // Recall falls as noise grows, and the ratio with it: over its inverse the curve falls.
        let falling: Vec<(f64, f64)> = points.iter().map(|(snr, share)| (1.0 / snr, share.value)).collect();
        let ratio_at_half = first_fall(&falling, 0.5).map_or(f64::NAN, |inverse| 1.0 / inverse);
        let by_noise: Vec<(f64, f64)> =
            LEVELS.iter().zip(&points).map(|(noise, (_, share))| (*noise, share.value)).collect();
        let noise_at_half = first_fall(&by_noise, 0.5).unwrap_or(f64::NAN);
        at_half.push(ratio_at_half);
        of_settings.push(Check::new(
            format!("signal-to-noise ratio at which half the cues are recalled, {words}"),
            Estimate::exact(ratio_at_half, &sample),
        ));
        of_settings.push(Check::new(
            format!("noise at which half the cues are recalled, {words}"),
            Estimate::exact(noise_at_half, &sample),
        ));
        kept.extend(found.iter().map(|set| cluster(set.kept.iter().copied())));
        let look = Look::Marked;
        let points = points.iter().map(|(snr, share)| share.at(*snr)).collect();
        series.push(Series { label: format!("N = {n}, P/N = {load}, γ = {gamma}"), look, points });
    }
    let loads: Vec<f64> = settings(config.scale).iter().map(|&(_, load, _)| load as f64).collect();
    let sample = format!("{} settings", at_half.len());
    let mut checks = vec![
        Check::new(
            "ratio at which half the cues are recalled: largest over smallest of all settings",
            Estimate::exact(span(&at_half), &sample),
        )
        .in_words_read_as(STABILITY, Bounds::at_most(2.0))
        .because("recall is lost at ratios that are more than a factor of 2 apart"),
        Check::new("load P/N of the same: largest over smallest", Estimate::exact(span(&loads), &sample)),
        Check::new(
            "stored patterns that are fixed points in all these memories",
            Estimate::share(&kept, "patterns")?,
        )
        .in_words_read_as(SEPARABLE, EVERY_ONE)
        .because("some stored patterns are no fixed points"),
    ];
    checks.extend(of_settings);
    let figure = figure(config, series);
    Ok(Judged::of(checks).with_figure(figure).remark(
        "The ratio is the mean over the spread of the fields at the cue, turned so that above 0 is towards the target; the paper's own formula is not published. \
         The words are read so: memories whose loads differ widely lose half their cues at the same ratio within a factor of 2, while all their patterns are still fixed points.",
    ))
}

/// Ratios from that of the noisiest cues, near 0, to those of almost clean ones, above 100: a logarithmic axis with all.
fn ratios(series: &[Series]) -> Axis {
    let ratios = || series.iter().flat_map(|one| one.points.iter().map(|point| point.x)).filter(|x| *x > 0.0);
    let (least, most) = (ratios().fold(1.0, f64::min), ratios().fold(1.0, f64::max));
    Axis::logarithmic("mean over spread of the fields towards the target", least * 0.9, most * 1.1)
}

fn figure(config: &Config, series: Vec<Series>) -> Figure {
    Figure {
        name: "recall-by-signal-to-noise",
        title: "Recall against the signal-to-noise ratio of the fields at the cue".to_owned(),
        setting: format!(
            "KLR, asynchronous; each point is one level of noise, 4 to 48 % of the bits flipped exactly, {} sets of {CUES} cues. \
             Whiskers: 95 % Wilson intervals, by sets.{}",
            sets(config, settings(config.scale)[0]).len(),
            scale_words(config.scale)
        ),
        x: ratios(&series),
        y: Axis::linear("share of cues recalled exactly", 0.0, 1.02),
        content: Content::Curves { series, guides: Vec::new() },
    }
}
