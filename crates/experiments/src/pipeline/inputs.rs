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
        const ALPHA_FILE: &str = "model.alpha_file";
        let read = |is_read: bool, key| is_read.then_some(key);
        let training = &plan.model.training;
        let patterns = npy::encode_patterns(Path::new("patterns.npy"), model.patterns())?;
        let duals = npy::encode_duals(Path::new("alpha.npy"), model.n(), &model.duals())?;
        let mut copies = vec![
            InputCopy::new(
                "patterns.npy",
                read(matches!(plan.patterns, PatternSource::File(_)), "patterns.file"),
                patterns,
            ),
            InputCopy::new("alpha.npy", read(matches!(training, Training::File(_)), ALPHA_FILE), duals),
        ];
        if matches!(training, Training::Saved(_)) {
            let path = Path::new("saved.model");
            let bytes = codec::encode(model)
                .map_err(|source| ModelFileError::Content { path: path.to_owned(), source })?;
            copies.push(InputCopy::new("saved.model", Some(ALPHA_FILE), bytes));
        }
        let prices = plan.hardware.prices.text().as_bytes().to_vec();
        copies.push(InputCopy::new("prices.toml", Some("energy.file"), prices));
        Ok(Self { copies })
    }

    /// The inputs of retrievals from `cues`.
    ///
    /// # Errors
    /// As [`Self::of_model`].
    pub(super) fn of(plan: &Plan, model: &KlrModel, cues: &PlanCues) -> Result<Self, Error> {
        let mut inputs = Self::of_model(plan, model)?;
        let (rule, path) = (plan.retrieval.target_rule(), Path::new("cues.npy"));
        let states = cues
            .states(model.patterns())
            .map_err(|source| Error::Patterns { origin: path.display().to_string(), source })?;
        let key = (rule != TargetRule::Source).then_some("retrieval.cue_file");
        inputs.copies.push(InputCopy::new("cues.npy", key, npy::encode_patterns(path, &states)?));
        if let Some(rows) = cues.target_rows(model.patterns()) {
            let key = (rule == TargetRule::Given).then_some("retrieval.target_file");
            let bytes = npy::encode_indices(Path::new("targets.npy"), &rows)?;
            inputs.copies.push(InputCopy::new("targets.npy", key, bytes));
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
