//! Retrievals of one core, folded as they come: what the kernel core and the crossbar cores have in common.

use klr_image::Outcome;
use klr_sim::Fault;

/// Faults of a run that a report lists.
const FAULTS_LISTED: usize = 8;

/// How a retrieval may end, in the order of reports.
const OUTCOMES: [Outcome; 4] =
    [Outcome::Converged, Outcome::TwoCycle, Outcome::StepLimit, Outcome::DeadField];

/// One retrieval, beside its target and the untimed reference.
pub(super) struct Judged<A> {
    pub(super) hit: bool,
    pub(super) agrees: bool,
    /// `None` if the core is stuck.
    pub(super) outcome: Option<Outcome>,
    pub(super) faults: Vec<Fault>,
    pub(super) fault_count: u64,
    pub(super) cycles: u64,
    pub(super) activity: A,
}

/// The retrievals so far, with counts of the kind `A`.
pub(super) struct Tally<A> {
    pub(super) hits: u64,
    pub(super) agrees: u64,
    /// By outcome, as [`OUTCOMES`] has them.
    ended: [u64; OUTCOMES.len()],
    /// Those that ended in none.
    stuck: u64,
    /// The first faults, with the cue they belong to.
    pub(super) faults: Vec<(usize, Fault)>,
    pub(super) fault_count: u64,
    /// The longest retrieval.
    pub(super) cycles_max: u64,
    pub(super) activity: A,
    plus: fn(&A, &A) -> A,
}

impl<A: Default> Tally<A> {
    /// No retrieval yet; `plus` gives the counts of two together.
    pub(super) fn new(plus: fn(&A, &A) -> A) -> Self {
        Self {
            hits: 0,
            agrees: 0,
            ended: [0; OUTCOMES.len()],
            stuck: 0,
            faults: Vec::new(),
            fault_count: 0,
            cycles_max: 0,
            activity: A::default(),
            plus,
        }
    }

    pub(super) fn add(&mut self, cue: usize, one: Judged<A>) {
        self.hits += u64::from(one.hit);
        self.agrees += u64::from(one.agrees);
        match OUTCOMES.iter().position(|&outcome| one.outcome == Some(outcome)) {
            Some(outcome) => self.ended[outcome] += 1,
            None => self.stuck += 1,
        }
        let room = FAULTS_LISTED.saturating_sub(self.faults.len());
        self.faults.extend(one.faults.into_iter().take(room).map(|fault| (cue, fault)));
        self.fault_count += one.fault_count;
        self.cycles_max = self.cycles_max.max(one.cycles);
        self.activity = (self.plus)(&self.activity, &one.activity);
    }

    /// Retrievals that ended in `outcome`.
    pub(super) fn ended_in(&self, outcome: Outcome) -> u64 {
        OUTCOMES.iter().zip(self.ended).filter(|(known, _)| **known == outcome).map(|(_, count)| count).sum()
    }

    /// How the retrievals ended, by name: those outcomes that `may_be`, and `stuck`.
    pub(super) fn outcomes(&self, may_be: impl Fn(Outcome) -> bool) -> Vec<(&'static str, u64)> {
        let ended = OUTCOMES.iter().zip(self.ended).filter(|(outcome, _)| may_be(**outcome));
        ended.map(|(outcome, count)| (outcome.name(), count)).chain([("stuck", self.stuck)]).collect()
    }
}
