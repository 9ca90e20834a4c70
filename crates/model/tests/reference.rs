//! Does it compute what the NumPy reference computes? Stored results, made once; see `fixtures/model/README.md`.

use klr_model::dynamics::{RetrievalConfig, RetrievalOutcome, UpdateRule, VisitOrder, retrieve};
use klr_model::{
    Kernel, KlrModel, PatternSet, Penalty, Precision, State, Stream, Streams, TrainConfig, npy, train,
};
use std::path::PathBuf;

struct Case {
    name: &'static str,
    gamma: f64,
    penalty: Penalty,
    iterations: u32,
}

const CASES: [Case; 4] = [
    Case { name: "n16_kernel_norm", gamma: 0.1, penalty: Penalty::KernelNorm, iterations: 500 },
    Case { name: "n16_l2", gamma: 0.1, penalty: Penalty::L2, iterations: 500 },
    Case { name: "n50_kernel_norm", gamma: 0.1, penalty: Penalty::KernelNorm, iterations: 500 },
    Case { name: "n70_wide", gamma: 0.03, penalty: Penalty::KernelNorm, iterations: 300 },
];

/// The two programs add in another order, so that each update rounds another way; the errors shrink again with every
/// update, because the step size is below 2 / curvature in all cases and descent contracts. Measured: 1.4e-15, half a
/// unit in the last place of dual variables of about 3. Another instruction set may round more often.
const ALPHA_TOLERANCE: f64 = 1e-12;

impl Case {
    fn path(&self, part: &str) -> PathBuf {
        fixture(&format!("{}.{part}.npy", self.name))
    }

    fn patterns(&self) -> PatternSet {
        npy::read_patterns(&self.path("patterns")).unwrap()
    }

    fn kernel(&self) -> Kernel {
        Kernel::rbf(self.gamma).unwrap()
    }

    fn numbers(&self, part: &str) -> Vec<f64> {
        npy::read_duals(&self.path(part)).unwrap().values
    }

    fn states(&self, part: &str) -> Vec<State> {
        npy::read_cues(&self.path(part)).unwrap()
    }

    fn config(&self) -> TrainConfig {
        TrainConfig {
            penalty: self.penalty,
            iterations: self.iterations,
            precision: Precision::Double,
            tolerance: 0.0,
            ..TrainConfig::literature()
        }
    }

    /// The model with NumPy's own dual variables.
    fn model(&self) -> KlrModel {
        KlrModel::from_duals(self.patterns(), self.kernel(), &self.numbers("alpha")).unwrap()
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/model").join(name)
}

#[test]
fn training_gives_the_dual_variables_and_the_objective_of_numpy() {
    for case in &CASES {
        let (model, report) = train(&case.patterns(), case.kernel(), &case.config(), &mut |_| {}).unwrap();
        let worst =
            model.duals().iter().zip(case.numbers("alpha")).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst < ALPHA_TOLERANCE, "{}: a dual variable is off by {worst:e}", case.name);
        let objective = case.numbers("scalars")[0];
        let error = (report.objective - objective).abs() / objective;
        assert!(error < 1e-12, "{}: objective {} against {objective}", case.name, report.objective);
    }
}

#[test]
fn synchronous_retrieval_ends_where_numpy_does() {
    for case in &CASES {
        let (model, mut evaluations) = (case.model(), 0);
        let config = RetrievalConfig { update: UpdateRule::Synchronous, max_steps: 30 };
        for (row, (cue, expected)) in case.states("cues").iter().zip(case.states("sync")).enumerate() {
            let got = retrieve(&model, cue, config, &mut Streams::new(0).stream(Stream::Order)).unwrap();
            assert_eq!(got.state, expected, "{}: cue {row}", case.name);
            assert_eq!(got.outcome, RetrievalOutcome::Converged, "{}: cue {row}", case.name);
            assert_eq!(got.ties, 0, "{}: cue {row} would depend on how a tie is broken", case.name);
            evaluations += got.evaluations;
        }
        assert_eq!(evaluations as f64, case.numbers("scalars")[1], "{}: field evaluations", case.name);
    }
}

#[test]
fn asynchronous_retrieval_makes_the_flips_and_evaluations_of_numpy() {
    let config = RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Sequential), max_steps: 30 };
    for case in &CASES {
        let model = case.model();
        let (cues, states, counts) = (case.states("cues"), case.states("async"), case.numbers("counts"));
        for (row, (cue, expected)) in cues.iter().zip(states).enumerate() {
            let got = retrieve(&model, cue, config, &mut Streams::new(0).stream(Stream::Order)).unwrap();
            assert_eq!(got.state, expected, "{}: cue {row}", case.name);
            let found = [got.flips as f64, got.evaluations as f64];
            assert_eq!(found, counts[2 * row..2 * row + 2], "{}: flips, evaluations of cue {row}", case.name);
            assert_eq!(got.ties, 0, "{}: cue {row} would depend on how a tie is broken", case.name);
        }
    }
}

#[test]
fn every_format_numpy_writes_is_read_alike() {
    let patterns = CASES[1].patterns();
    for name in ["fortran.npy", "bool.npy", "uint8.npy"] {
        assert_eq!(npy::read_patterns(&fixture(name)).unwrap(), patterns, "{name}");
    }
    let double = CASES[1].numbers("alpha");
    let single = npy::read_duals(&fixture("alpha_float32.npy")).unwrap();
    assert_eq!(
        (single.p, single.n),
        (patterns.p(), patterns.n()),
        "shape of the Fortran-ordered float32 array"
    );
    for (at, (a, b)) in single.values.iter().zip(double).enumerate() {
        assert!((a - b).abs() <= b.abs() * f64::from(f32::EPSILON), "value {at}: {a} against {b}");
    }
}
