//! Keys that somebody has set and that have no effect, because of what another key is.
//!
//! What a plan file says is laid over by options, `--set` by the options that name a file of one's own (`--patterns`,
//! `--cues`, `--model`). So a key that a later layer leaves without effect is said, and one that never had any is
//! refused. A plan file may repeat the default plan, every key of it.

use crate::plan::effect::{self, Condition};
use crate::plan::error::{Place, PlanError, Void};
use crate::plan::source::PlanSource;

/// What lies over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// The default plan, the core it names, and what a plan file repeats of them.
    Default,
    /// A plan file.
    File,
    /// `--set`.
    Setting,
    /// An option that stands for keys.
    Option,
}

/// The keys that a later layer of `source` leaves without effect, in the order of the default plan.
///
/// # Errors
/// [`PlanError::Void`] for the first key that was without effect in the layer that sets it.
pub(super) fn check(source: &PlanSource) -> Result<Vec<Void>, PlanError> {
    let mut said = Vec::new();
    let keys = source.entries().map(|(key, _)| key);
    for key in keys.filter(|key| source.is_set(key) && !source.has_effect(key)) {
        if source.is_repeated(key) && !source.has_effect_unset(key) {
            continue;
        }
        let missing = effect::of(key).missing(&|key| source.value(key)).into_iter();
        let Some(by) = missing.min_by_key(|condition| layer(source, condition.key())) else { continue };
        let void = void(source, key, by);
        if layer(source, by.key()) <= layer(source, key) {
            return Err(PlanError::Void(Box::new(void)));
        }
        said.push(void);
    }
    Ok(said)
}

fn layer(source: &PlanSource, key: &str) -> Layer {
    match source.place(key) {
        Place::Default | Place::Preset(_) => Layer::Default,
        Place::Line { .. } if source.is_repeated(key) => Layer::Default,
        Place::Line { .. } => Layer::File,
        Place::Option(option) if option == PlanSource::SET => Layer::Setting,
        Place::Option(_) | Place::Lever(_) => Layer::Option,
    }
}

fn void(source: &PlanSource, key: &str, by: Condition) -> Void {
    let by = by.key();
    Void {
        place: source.place(key),
        key: key.to_owned(),
        found: source.found(key),
        by: by.to_owned(),
        by_found: source.found(by),
        by_place: source.place(by),
        needed: effect::of(key).to_string(),
    }
}
