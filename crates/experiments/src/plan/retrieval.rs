//! The section `[retrieval]` of a plan: cues, and what is done with them.

use crate::plan::error::PlanError;
use crate::plan::keys::Keys;
use crate::plan::patterns::MAX_ROWS;
use klr_crossbar::CrossbarPreset;
use klr_model::baselines::Baseline;
use klr_model::cue::CueError;
use klr_model::{CueKind, NoiseModel, VisitOrder};
use std::path::PathBuf;

/// What is retrieved.
#[derive(Clone, Debug)]
pub struct RetrievalPlan {
    /// The order in which asynchronous dataflows visit neurons.
    pub order: VisitOrder,
    /// The share of bits flipped in a cue.
    pub noise: f64,
    /// Which bits are flipped.
    pub noise_model: NoiseModel,
    /// How a pattern becomes a cue.
    pub cue: CueKind,
    /// The memories to compare with, on the same cues.
    pub baselines: Vec<Baseline>,
    /// The crossbar cores on which the classical network is compared, on the same cues.
    pub crossbars: Vec<CrossbarPreset>,
    /// Retrievals.
    pub cues: u32,
    /// The steepness of retrieval in continuous time, if it is wanted.
    pub flow: Option<f64>,
    /// Whether a network of its own walks along the patterns.
    pub sequence: bool,
    /// Cues of one's own, instead of noisy patterns.
    pub cue_file: Option<PathBuf>,
    /// The rows of the patterns that cues of one's own should end in.
    pub target_file: Option<PathBuf>,
    /// Steps or sweeps before a retrieval is stopped.
    pub max_steps: u32,
}

const ORDERS: [(&str, VisitOrder); 3] = [
    ("sequential", VisitOrder::Sequential),
    ("random", VisitOrder::Random),
    ("most-violated", VisitOrder::MostViolated),
];

/// `max_steps` is a knob of the core too.
pub(super) fn retrieval(keys: Keys<'_>, max_steps: u32) -> Result<RetrievalPlan, PlanError> {
    let cues = keys.whole("retrieval.cues", 1..=MAX_ROWS)?;
    let noise = keys.share("retrieval.noise")?;
    let models = [("bernoulli", NoiseModel::Bernoulli), ("exact", NoiseModel::Exact)];
    let noise_model = keys.choice("retrieval.noise_model", &models)?;
    let (baselines, crossbars) = baselines(keys)?;
    Ok(RetrievalPlan {
        order: keys.choice("retrieval.order", &ORDERS)?,
        noise,
        noise_model,
        cue: cue(keys, CueKind::Flips { noise, model: noise_model })?,
        baselines,
        crossbars,
        cues,
        flow: Some(keys.not_negative("retrieval.flow")?).filter(|&beta| beta > 0.0),
        sequence: keys.flag("retrieval.sequence"),
        cue_file: keys.path("retrieval.cue_file"),
        target_file: target_file(keys)?,
        max_steps,
    })
}

/// The patterns in which a cue counts as recalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetRule {
    /// The pattern that the cue was made from.
    Source,
    /// The row of a file of targets.
    Given,
    /// Whichever pattern is nearest to the cue, several if they are equally near: nobody has said which.
    Nearest,
}

impl TargetRule {
    /// The rule's name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source-pattern",
            Self::Given => "given-pattern",
            Self::Nearest => "nearest-pattern",
        }
    }
}

impl RetrievalPlan {
    /// What counts as recalled.
    #[must_use]
    pub const fn target_rule(&self) -> TargetRule {
        match (&self.cue_file, &self.target_file) {
            (None, _) => TargetRule::Source,
            (Some(_), Some(_)) => TargetRule::Given,
            (Some(_), None) => TargetRule::Nearest,
        }
    }
}

fn target_file(keys: Keys<'_>) -> Result<Option<PathBuf>, PlanError> {
    let path = keys.path("retrieval.target_file");
    if path.is_some() && keys.path("retrieval.cue_file").is_none() {
        let reason = "targets belong to cues of your own: it needs retrieval.cue_file (--cues)";
        return Err(keys.wrong("retrieval.target_file", reason));
    }
    Ok(path)
}

/// What the memory is compared with: others in floating point, and the classical network on crossbar cores.
fn baselines(keys: Keys<'_>) -> Result<(Vec<Baseline>, Vec<CrossbarPreset>), PlanError> {
    const KEY: &str = "retrieval.baselines";
    let former = |name: &str| CrossbarPreset::FORMER.into_iter().find(|(former, _)| *former == name);
    if let Some((former, core)) = keys.names(KEY).find_map(former) {
        let name = core.name();
        let reason =
            format!("{former} is called {name} now, after the RTL whose cycles it has: allowed is {name}");
        return Err(keys.wrong(KEY, reason));
    }
    let memories = Baseline::ALL.map(|baseline| (baseline.name(), (Some(baseline), None)));
    let cores = CrossbarPreset::ALL.map(|core| (core.name(), (None, Some(core))));
    let chosen = keys.choices(KEY, &[&memories[..], &cores].concat())?;
    Ok((chosen.iter().filter_map(|one| one.0).collect(), chosen.iter().filter_map(|one| one.1).collect()))
}

/// How a pattern becomes a cue; `flips` stands for those of the keys beside it.
fn cue(keys: Keys<'_>, flips: CueKind) -> Result<CueKind, PlanError> {
    const KEY: &str = "retrieval.cue";
    let text = keys.text(KEY);
    if text == "flips" {
        return Ok(flips);
    }
    let kind: CueKind = text.parse().map_err(|error: CueError| keys.wrong(KEY, error.to_string()))?;
    if kind.is_excluded() {
        return Err(
            keys.wrong(KEY, "a core has no state for a missing bit: allowed fills are minus, plus, random")
        );
    }
    Ok(kind)
}
