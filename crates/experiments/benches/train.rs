//! How fast the optimum of training is found and cues are recalled, beside NumPy: `cargo xtask bench train`.
//!
//! What is measured and how to read it stands in `docs/benchmarks.md`.
#![expect(clippy::print_stdout, reason = "a benchmark is read on a terminal")]

#[path = "common/clock.rs"]
#[expect(dead_code, reason = "CPU time by thread is for the simulator, which has one")]
mod clock;
#[path = "common/machine.rs"]
mod machine;
#[path = "train/numpy.rs"]
mod numpy;

use clap::Parser;
use clock::{Samples, wall_seconds};
use klr_model::noise::corrupt;
use klr_model::{
    FitReport, GramStorage, Kernel, KlrModel, NoiseModel, PatternSet, Precision, RetrievalConfig,
    SolveConfig, Stream, Streams, UpdateRule, VisitOrder, npy, retrieve, solve,
};
use klr_units::threads::map_in_order;
use nalgebra::DMatrix;
use numpy::{NumPy, Yardstick};
use std::error::Error;
use std::hint::black_box;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Speed of training and of retrieval.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask bench train")]
struct Arguments {
    /// Repeats of every measurement; figures are medians
    #[arg(long, default_value = "3")]
    repeats: NonZeroU32,
    /// The script that trains and recalls with NumPy; by default `yardstick.py` of this repository
    #[arg(long, value_name = "FILE")]
    numpy: Option<PathBuf>,
    /// The Python that has NumPy installed
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: PathBuf,
    /// Leave the comparison with NumPy out
    #[arg(long)]
    no_numpy: bool,
    /// Recall alone: no growth and no memory of training. Each case is still trained, once a program and repeat
    #[arg(long)]
    recall: bool,
    /// What cargo adds when it runs a benchmark, and leaves out when it runs tests
    #[arg(long, hide = true)]
    bench: bool,
    /// The child process of the memory measurement: gamma
    #[arg(long, hide = true)]
    measure_memory: Option<f64>,
}

/// Cues of a recall, and their noise: what the yardstick takes by default.
const CUES: u64 = 100;
const NOISE: f64 = 0.2;
/// Times the cues are recalled for one sample: one round is a few milliseconds.
const ROUNDS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    if let Some(gamma) = arguments.measure_memory {
        return measure_memory_here(gamma);
    }
    if !arguments.bench {
        println!("not measured: `cargo xtask bench train` does");
        return Ok(());
    }
    let threads = NonZeroUsize::new(machine::cpus()).expect("at least one CPU");
    let repeats = arguments.repeats.get();
    let load = machine::load().map_or_else(String::new, |load| format!("; load {load}"));
    println!("{}; {}{load}", machine::describe(), machine::toolchain());
    println!(
        "medians of {repeats} repeats by turns, wall time, {threads} threads; spread: (slowest - fastest) / median"
    );
    let peak = peak(threads, repeats);
    println!(
        "\npeak: {peak:.0} GFlop/s, the best product of two 2048 x 2048 matrices per thread in single precision"
    );

    let yardstick = yardstick(&arguments);
    if let Err(reason) = &yardstick {
        println!("\nNumPy {reason}");
    }
    for case in cases()? {
        compare(&case, yardstick.as_ref().ok(), repeats, threads, peak)?;
    }
    if !arguments.recall {
        grow(repeats, threads)?;
        println!("\nmemory and time of N = 512, P = 15360, Gram matrix in memory");
        for gamma in [0.02, 0.05] {
            print!("  gamma {gamma}: {}", measure_memory(gamma)?);
        }
    }
    if let Some(load) = machine::load() {
        println!("\nload at the end {load}; this program alone gives about {threads}");
    }
    Ok(())
}

/// Billions of operations per second of the machine's single-precision matrix product, all threads at once: the best of
/// some rounds.
fn peak(threads: NonZeroUsize, repeats: u32) -> f64 {
    const SIZE: usize = 2048;
    let pairs: Vec<DMatrix<f32>> =
        (0..threads.get()).map(|t| DMatrix::from_fn(SIZE, SIZE, |i, j| ((i * j + t) % 7) as f32)).collect();
    let best = (0..repeats.max(3)).map(|_| {
        wall_seconds(|| {
            std::thread::scope(|scope| {
                for matrix in &pairs {
                    scope.spawn(move || black_box(matrix * matrix));
                }
            });
        })
    });
    let best = best.fold(f64::INFINITY, f64::min);
    2.0 * (SIZE as f64).powi(3) * threads.get() as f64 / best * 1e-9
}

struct Case {
    name: &'static str,
    patterns: PatternSet,
    gamma: f64,
}

fn random(n: usize, p: usize) -> Result<PatternSet, Box<dyn Error>> {
    Ok(PatternSet::random(n, p, &mut Streams::new(1).stream(Stream::Patterns))?)
}

fn cases() -> Result<Vec<Case>, Box<dyn Error>> {
    let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/digits64/digits64.npy");
    let digits = npy::read_patterns(&digits)?;
    Ok(vec![
        Case { name: "random", patterns: random(100, 3000)?, gamma: 0.05 },
        Case { name: "digits64", patterns: digits.clone(), gamma: 0.1 },
        Case { name: "digits64", patterns: digits.clone(), gamma: 0.05 },
        Case { name: "digits64", patterns: digits, gamma: 0.02 },
    ])
}

fn config(threads: NonZeroUsize) -> SolveConfig {
    SolveConfig { threads, storage: GramStorage::Whole, ..SolveConfig::literature() }
}

/// A training run: model, report, products made.
fn train(case: &Case, config: &SolveConfig) -> Result<(KlrModel, FitReport, u32), Box<dyn Error>> {
    let mut products = 0;
    let (model, report) =
        solve(&case.patterns, Kernel::rbf(case.gamma)?, config, &mut |at| products = at.products)?;
    Ok((model, report, products))
}

/// Where NumPy is, or why it is left out.
fn yardstick(arguments: &Arguments) -> Result<NumPy, String> {
    if arguments.no_numpy {
        return Err("left out, as asked".to_owned());
    }
    let script = arguments.numpy.as_deref().map_or_else(numpy::default_script, from_callers_folder);
    // A bare name is looked up in PATH; anything longer is a path from where the command was given.
    let is_bare = arguments.python.components().count() == 1;
    let python = if is_bare { arguments.python.clone() } else { from_callers_folder(&arguments.python) };
    NumPy::find(python, script)
}

/// Cargo starts a benchmark in the folder of its package; paths are meant from where the command was given, which
/// `cargo xtask bench` hands on.
fn from_callers_folder(path: &Path) -> PathBuf {
    std::env::var_os("KLR_BENCH_DIR").map_or_else(|| path.to_owned(), |folder| Path::new(&folder).join(path))
}

fn compare(
    case: &Case,
    numpy: Option<&NumPy>,
    repeats: u32,
    threads: NonZeroUsize,
    peak: f64,
) -> Result<(), Box<dyn Error>> {
    let (n, p) = (case.patterns.n(), case.patterns.p());
    println!("\n{}, N = {n}, P = {p}, gamma = {}", case.name, case.gamma);
    let config = config(threads);
    // A warm-up, and a lower bound of the minimum that no figure below took part in.
    let (model, report, products) = train(case, &config)?;
    let tight = SolveConfig { precision: Precision::Double, tolerance: 1e-12, ..config };
    let (_, tightest, _) = train(case, &tight)?;
    let minimum = tightest.objective * (1.0 - tightest.gap.unwrap_or(1.0));
    let excess = |objective: f64| (objective - minimum) / minimum;
    let (mut ours, mut recall) = (Samples::default(), Samples::default());
    let (mut theirs, mut their_recall) = (Samples::default(), Samples::default());
    let mut found: Option<Yardstick> = None;
    for _ in 0..repeats {
        if let Some(numpy) = numpy {
            let run = numpy.run(&case.patterns, case.gamma, CUES, NOISE, threads)?;
            theirs.0.push(run.train_seconds);
            their_recall.0.push(run.recall_seconds);
            found = Some(run);
        }
        ours.0.push(wall_seconds(|| drop(black_box(train(case, &config)))));
        recall.0.push(recall_seconds(&model, threads)?);
    }
    let flops = 2.0 * (p as f64).powi(2) * n as f64 * f64::from(products);
    let rate = flops / ours.median() * 1e-9;
    println!(
        "  solver  {:9.4} s, spread {:3.0} %; {} steps, {products} products, {:.2} GFlop: {rate:.0} GFlop/s, {:.0} % of peak",
        ours.median(),
        100.0 * ours.spread(),
        report.iterations,
        flops * 1e-9,
        100.0 * rate / peak
    );
    println!(
        "          objective {:.4}, certified gap {:.1e}, above the minimum {:.1e}",
        report.objective,
        report.gap.unwrap_or(f64::NAN),
        excess(report.objective)
    );
    println!("  recall  {:9.6} s per cue, spread {:3.0} %", recall.median(), 100.0 * recall.spread());
    let Some(found) = found else { return Ok(()) };
    println!(
        "  NumPy   {:9.4} s, spread {:3.0} %; 500 updates, step size {}; objective {:.4}, above the minimum {:.1e}",
        theirs.median(),
        100.0 * theirs.spread(),
        found.step_size,
        found.objective,
        excess(found.objective)
    );
    println!(
        "          {:9.6} s per cue, spread {:3.0} %",
        their_recall.median(),
        100.0 * their_recall.spread()
    );
    let verdict = |x: f64| if x >= 50.0 { "pass" } else { "MISS" };
    let (faster, recalls) = (theirs.over(&ours), their_recall.over(&recall));
    println!(
        "  training x {faster:.0} {}, recall x {recalls:.0} {} (targets: 50)",
        verdict(faster),
        verdict(recalls)
    );
    let no_worse = report.objective <= found.objective && excess(report.objective) <= 1e-6;
    println!(
        "  objective no worse, and within 1e-6 of the minimum: {}",
        if no_worse { "pass" } else { "MISS" }
    );
    Ok(())
}

/// Seconds per cue, asynchronous in sequence, cues spread over the threads.
fn recall_seconds(model: &KlrModel, threads: NonZeroUsize) -> Result<f64, Box<dyn Error>> {
    let streams = Streams::new(1);
    let cues: Vec<_> = (0..CUES)
        .map(|index| {
            let mu = usize::try_from(index * 7919).expect("small") % model.p();
            corrupt(
                &model.patterns().state(mu),
                NOISE,
                NoiseModel::Bernoulli,
                &mut streams.indexed(Stream::Noise, index),
            )
        })
        .collect();
    let config = RetrievalConfig { update: UpdateRule::Asynchronous(VisitOrder::Sequential), max_steps: 30 };
    let job = |index: usize| {
        let end = retrieve(model, &cues[index % cues.len()], config, &mut streams.stream(Stream::Order));
        end.expect("cues of the model's size").flips
    };
    let jobs = cues.len() * ROUNDS;
    let seconds = wall_seconds(|| {
        black_box(map_in_order((0..jobs).collect(), threads, job));
    });
    Ok(seconds / jobs as f64)
}

/// Time against P, and the exponent of the straight line through the logarithms.
fn grow(repeats: u32, threads: NonZeroUsize) -> Result<(), Box<dyn Error>> {
    println!("\ngrowth, random, N = 100, gamma = 0.05\n      P   seconds  spread  products");
    let mut points = Vec::new();
    for p in [1000, 2000, 4000, 8000, 16_000] {
        let case = Case { name: "random", patterns: random(100, p)?, gamma: 0.05 };
        let mut samples = Samples::default();
        let mut products = 0;
        for _ in 0..repeats {
            let mut result = None;
            samples.0.push(wall_seconds(|| result = Some(train(&case, &config(threads)))));
            products = result.expect("it ran")?.2;
        }
        println!("  {p:5} {:9.4} {:5.0} %  {products:8}", samples.median(), 100.0 * samples.spread());
        points.push(((p as f64).ln(), samples.median().ln()));
    }
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / count, b + y / count));
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>()
        / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
    println!("  time grows as P^{slope:.2} (least squares)");
    Ok(())
}

fn measure_memory_here(gamma: f64) -> Result<(), Box<dyn Error>> {
    let threads = NonZeroUsize::new(machine::cpus()).expect("at least one CPU");
    let case = Case { name: "large", patterns: random(512, 15_360)?, gamma };
    let mut report = None;
    let seconds = wall_seconds(|| report = Some(train(&case, &config(threads))));
    let (_, report, products) = report.expect("it ran")?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: Option<f64> = peak.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let memory = peak.map_or_else(
        || "peak RSS unknown on this system".to_owned(),
        |kib| {
            let gb = kib * 1024.0 * 1e-9;
            format!("peak RSS {gb:.2} GB (target: below 2.5) {}", if gb < 2.5 { "pass" } else { "MISS" })
        },
    );
    let gap = report.gap.unwrap_or(f64::NAN);
    println!("{memory}, {seconds:.1} s, {products} products, {:?}, gap {gap:.1e}", report.outcome);
    Ok(())
}

/// In a process of its own, so that nothing measured before is in it.
fn measure_memory(gamma: f64) -> Result<String, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args(["--measure-memory", &gamma.to_string()]).output()?;
    if !output.status.success() {
        return Err(format!("memory: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
