//! The kernel tables that are worth fitting weights to: of each form and width the two through which the trained model recalls
//! most, if that is nearly as much as through the best of all.

use super::{Gammas, Space};
use crate::error::Error;
use crate::pipeline::{Progress, model_at, quantizing};
use crate::plan::{KernelPlan, Plan, Training};
use klr_image::TableForm;
use klr_model::form::{FormModel, KernelForm, recall};
use klr_model::tune::default_bracket;
use klr_model::{Kernel, KlrModel, PatternSet, TrainError};
use klr_quantize::Conditions;
use klr_units::{Bits, State};
use std::rc::Rc;

/// Gammas around the best for random patterns.
const GRID: u32 = 9;

/// How much less may be recalled through a table than through the best, with the weights of training in double precision:
/// fitting weights to a table of one bit has won back 0.04 on digits at gamma 0.1 (`docs/results/2026-11-28-quantizers.md`).
const NEAR: f64 = 0.05;

/// Tables of one form and width that have weights fitted, at most.
const OF_EACH: usize = 2;

/// The share of the objective up to which training goes where gammas are compared: recall is the same as at a millionth of it
/// (`docs/decisions/0008-choosing-gamma.md`), and weights that are fitted only begin at it.
const ROUGHLY: f64 = 1e-3;

/// A kernel table, with the model that it is of.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) model: Rc<KlrModel>,
    pub(super) form: TableForm,
    pub(super) bits: Bits,
    /// The words that are stored: the window.
    pub(super) words: Vec<u16>,
}

impl Table {
    pub(super) fn gamma(&self) -> Option<f64> {
        self.model.kernel().gamma()
    }
}

/// A table that no weights were fitted to.
#[derive(Debug)]
pub(super) struct LeftOut {
    pub(super) gamma: Option<f64>,
    pub(super) form: TableForm,
    pub(super) bits: Bits,
    /// The cues that are recalled through it, or why there is none.
    pub(super) recalled: Result<usize, String>,
}

pub(super) struct Found {
    pub(super) gammas: Vec<Option<f64>>,
    pub(super) tables: Vec<Table>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) float: (usize, Option<f64>),
}

/// The tables of `space`, screened on the cues.
///
/// # Errors
/// As training.
pub(super) fn find(
    plan: &Plan,
    patterns: &PatternSet,
    space: &Space,
    (cues, targets): (&[State], &[usize]),
    conditions: &Conditions,
    progress: &dyn Progress,
) -> Result<Found, Error> {
    let models = models(plan, patterns, &space.gammas, conditions, progress)?;
    let gammas = models.iter().map(|model| model.kernel().gamma()).collect();
    let hits = |model: &FormModel<'_>| {
        let ends = recall(model, cues, targets, plan.retrieval.max_steps, conditions.threads);
        ends.iter().filter(|end| end.exact).count()
    };
    let (mut tables, mut left_out, mut float) = (Vec::new(), Vec::new(), (0, None));
    for model in models {
        let model = Rc::new(model);
        let gamma = model.kernel().gamma();
        let in_double = FormModel::new(&model, KernelForm::Float, None).expect("a float table has no words");
        let recalled = hits(&in_double);
        if float.1.is_none() || recalled > float.0 {
            float = (recalled, gamma);
        }
        for (form, bits) in space.forms.iter().flat_map(|&f| space.kernel_bits.iter().map(move |&b| (f, b))) {
            let words = KernelForm::Words { bits, table: form, window: plan.quantize.kernel_window() };
            let through = match FormModel::new(&model, words, None) {
                Ok(through) => through,
                Err(refused) => {
                    left_out.push(LeftOut { gamma, form, bits, recalled: Err(refused.to_string()) });
                    continue;
                }
            };
            let words = stored(through.table());
            let is_new = |table: &(Table, usize)| (table.0.form, &table.0.words) != (form, &words);
            if tables.iter().all(is_new) {
                let recalled = hits(&through);
                tables.push((Table { model: Rc::clone(&model), form, bits, words }, recalled));
            }
        }
    }
    let most = tables.iter().map(|table| table.1).max().unwrap_or(0);
    let least = most as f64 - NEAR * cues.len() as f64;
    let mut fitted: Vec<Table> = Vec::new();
    // The best first; of equals the one with the fewest words, whose fields are the least work.
    tables.sort_by_key(|(table, recalled)| (std::cmp::Reverse(*recalled), table.words.len()));
    for (table, recalled) in tables {
        let same = fitted.iter().filter(|other| (other.form, other.bits) == (table.form, table.bits)).count();
        if recalled as f64 >= least && same < OF_EACH {
            fitted.push(table);
        } else {
            let (gamma, form, bits) = (table.gamma(), table.form, table.bits);
            left_out.push(LeftOut { gamma, form, bits, recalled: Ok(recalled) });
        }
    }
    Ok(Found { gammas, tables: fitted, left_out, float })
}

/// The words up to the last that is not zero.
fn stored(table: &[f64]) -> Vec<u16> {
    let window = table.iter().rposition(|&word| word != 0.0).map_or(0, |last| last + 1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers of 16 bits")]
    table[..window].iter().map(|&word| word as u16).collect()
}

/// The models of the plan, one for each gamma, ascending.
fn models(
    plan: &Plan,
    patterns: &PatternSet,
    gammas: &Gammas,
    conditions: &Conditions,
    progress: &dyn Progress,
) -> Result<Vec<KlrModel>, Error> {
    let own = || Ok(vec![quantizing(plan, conditions.threads.get(), progress)?.0]);
    let is_fixed = matches!(plan.model.training, Training::File(_) | Training::Saved(_));
    let given = match &plan.model.kernel {
        KernelPlan::Given(kernel) if kernel.name() != "rbf" => None,
        KernelPlan::Given(kernel) => Some(kernel.gamma()),
        KernelPlan::ChosenGamma => Some(None),
    };
    let mut values = match (gammas, given) {
        (Gammas::Plan, _) | (Gammas::Auto, None) => return own(),
        (Gammas::Auto, Some(_)) if is_fixed => return own(),
        (Gammas::Given(values), _) => values.clone(),
        (Gammas::Auto, Some(gamma)) => {
            let (from, to) = default_bracket(plan.retrieval.noise, patterns.n());
            let share = |at| f64::from(at) / f64::from(GRID - 1);
            (0..GRID).map(|at| three_digits(from * (to / from).powf(share(at)))).chain(gamma).collect()
        }
    };
    values.sort_by(f64::total_cmp);
    values.dedup();
    let mut plan = plan.clone();
    plan.model.descent.tolerance = plan.model.descent.tolerance.max(ROUGHLY);
    let train = |gamma: f64| {
        let kernel = Kernel::rbf(gamma).map_err(TrainError::from)?;
        model_at(&plan, patterns, kernel, conditions.threads, progress)
    };
    values.into_iter().map(train).collect()
}

/// A number that a plan can say in short.
fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().expect("a number that was written")
}
