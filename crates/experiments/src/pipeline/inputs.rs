//! What the retrievals of a run were derived from, as files: with the plan, all that somebody else needs to derive them
//! again.

use crate::error::Error;
use crate::pipeline::draw::PlanCues;
use crate::plan::{PatternSource, Plan, PlanSource, TargetRule, Training};
use klr_model::codec::{self, ModelFileError};
use klr_model::{KlrModel, npy};
use klr_units::{Digest, RunId};
use std::path::Path;

/// A file that a run was derived from, as the run used it.
#[derive(Clone, Debug)]
struct InputCopy {
    /// Its name in the folder of a run.
    name: &'static str,
    /// The key of the plan that it was read for; none if the run drew or trained it.
    key: Option<&'static str>,
    bytes: Vec<u8>,
    digest: Digest,
}

/// Which files are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    /// Those that the plan names.
    Named,
}

impl InputCopy {
    fn new(name: &'static str, key: Option<&'static str>, bytes: Vec<u8>) -> Self {
        Self { name, key, digest: Digest::of(&bytes), bytes }
    }
}

/// What the retrievals of a run were derived from, as it used them, whether they were drawn, trained or read: repeated
/// rows dropped, signs as -1 and +1, targets as rows of the patterns here. A file that is read again gives the same bytes.
#[derive(Clone, Debug)]
pub struct Inputs {
    copies: Vec<InputCopy>,
}

impl Inputs {
    /// Patterns, dual variables and prices: the inputs of what makes cues of its own.
    ///
    /// # Errors
    /// [`Error`] if a serializer refuses, which it does for no model.
    pub fn of_model(plan: &Plan, model: &KlrModel) -> Result<Self, Error> {
        Self::made_of(plan, model, Wanted::All)
    }

    fn made_of(plan: &Plan, model: &KlrModel, wanted: Wanted) -> Result<Self, Error> {
        const ALPHA_FILE: &str = "model.alpha_file";
        let training = &plan.model.training;
        let mut inputs = Self { copies: Vec::new() };
        let is_read = matches!(plan.patterns, PatternSource::File(_));
        inputs.add("patterns.npy", is_read.then_some("patterns.file"), wanted, |path| {
            Ok(npy::encode_patterns(path, model.patterns())?)
        })?;
        let is_read = matches!(training, Training::File(_));
        inputs.add("alpha.npy", is_read.then_some(ALPHA_FILE), wanted, |path| {
            Ok(npy::encode_duals(path, model.n(), &model.duals())?)
        })?;
        if matches!(training, Training::Saved(_)) {
            inputs.add("saved.model", Some(ALPHA_FILE), wanted, |path| {
                let path = path.to_owned();
                Ok(codec::encode(model).map_err(|source| ModelFileError::Content { path, source })?)
            })?;
        }
        inputs.add("prices.toml", Some("energy.file"), wanted, |_| {
            Ok(plan.hardware.prices.text().as_bytes().to_vec())
        })?;
        Ok(inputs)
    }

    /// Adds the file `name`, unless it is not wanted: encoding and digesting a large one takes time and room.
    fn add(
        &mut self,
        name: &'static str,
        key: Option<&'static str>,
        wanted: Wanted,
        bytes: impl FnOnce(&Path) -> Result<Vec<u8>, Error>,
    ) -> Result<(), Error> {
        if wanted == Wanted::All || key.is_some() {
            self.copies.push(InputCopy::new(name, key, bytes(Path::new(name))?));
        }
        Ok(())
    }

    /// The inputs of retrievals from `cues`.
    ///
    /// # Errors
    /// As [`Self::of_model`].
    pub(super) fn of(plan: &Plan, model: &KlrModel, cues: &PlanCues) -> Result<Self, Error> {
        Self::of_retrievals(plan, model, cues, Wanted::All)
    }

    /// Those of the inputs of retrievals from `cues` that the plan names: all that [`Self::run_id`] asks for.
    ///
    /// # Errors
    /// As [`Self::of_model`].
    pub(super) fn named(plan: &Plan, model: &KlrModel, cues: &PlanCues) -> Result<Self, Error> {
        Self::of_retrievals(plan, model, cues, Wanted::Named)
    }

    fn of_retrievals(plan: &Plan, model: &KlrModel, cues: &PlanCues, wanted: Wanted) -> Result<Self, Error> {
        let mut inputs = Self::made_of(plan, model, wanted)?;
        let rule = plan.retrieval.target_rule();
        let key = (rule != TargetRule::Source).then_some("retrieval.cue_file");
        inputs.add("cues.npy", key, wanted, |path| {
            let states = cues
                .states(model.patterns())
                .map_err(|source| Error::Patterns { origin: path.display().to_string(), source })?;
            Ok(npy::encode_patterns(path, &states)?)
        })?;
        if let Some(rows) = cues.target_rows(model.patterns()) {
            let key = (rule == TargetRule::Given).then_some("retrieval.target_file");
            inputs.add("targets.npy", key, wanted, |path| Ok(npy::encode_indices(path, &rows)?))?;
        }
        Ok(inputs)
    }

    /// The files, by name and content.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.copies.iter().map(|copy| (copy.name, &copy.bytes[..]))
    }

    /// Their digests, by name.
    pub fn digests(&self) -> impl Iterator<Item = (&'static str, Digest)> {
        self.copies.iter().map(|copy| (copy.name, copy.digest))
    }

    /// The copy that stands for the file that the plan names under `key`.
    fn copy_of(&self, key: &str) -> Option<&InputCopy> {
        self.copies.iter().find(|copy| copy.key == Some(key))
    }

    /// `source` with the names of these files in the place of the paths they were read from, and no path that was not
    /// read: a plan that lies beside them gives the same run, wherever that is.
    #[must_use]
    pub fn plan_beside(&self, source: &PlanSource) -> PlanSource {
        source.naming(|key| self.copy_of(key).map_or("", |copy| copy.name))
    }

    /// The run that `source` and these files are: two with the same text, the same files that it names, the same seed and
    /// version give the same results. Where the files came from makes no difference.
    ///
    /// Its digest is that of the text of [`Self::plan_beside`], followed by one line for each file that it names, as
    /// `sha256sum` prints it.
    #[must_use]
    pub fn run_id(&self, source: &PlanSource, plan: &Plan) -> RunId {
        let mut text = self.plan_beside(source).to_toml();
        for copy in source.named_files().filter_map(|key| self.copy_of(key)) {
            text.push_str(&format!("{}  {}\n", copy.digest, copy.name));
        }
        RunId::new(Digest::of(text.as_bytes()), plan.seed)
    }
}
