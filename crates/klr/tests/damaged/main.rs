//! Whatever is in a file, reading it ends: no panic, no more memory or time than a file of its size deserves.
//!
//! Each reader is given damaged copies of valid files (`damage.rs`) and has to keep what `readers.rs` asks of it. The same
//! number damages in the same way, so a failure names all that is needed to see it again; the file is kept too.
//! `cargo xtask fuzz` runs as many as one likes and prints what they took.

#[path = "../common/mod.rs"]
mod common;
mod damage;
mod program;
mod readers;
#[path = "../common/said.rs"]
mod said;

use peak_alloc::PeakAlloc;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that reading and using one file may take beyond the file; valid files of these sizes take a tenth.
const MOST_BYTES: usize = 64 << 20;
/// The longest that one file may take: a thousand times what the slowest takes, for a machine that does other work too.
const LONGEST: Duration = Duration::from_secs(10);

/// A kind of file.
struct Reader {
    name: &'static str,
    /// Folders of valid files, or files, from the root of the repository.
    seeds: &'static [&'static str],
    /// The ends of their names.
    extension: &'static str,
    damage: fn(&mut Pcg64Mcg, &mut Vec<u8>, &[u8]),
    /// Whether the bytes are taken; the folder is for what is written again.
    check: fn(&[u8], &Path) -> bool,
}

const READERS: [Reader; 7] = [
    Reader {
        name: "image",
        seeds: &["fixtures/images"],
        extension: "img",
        damage: damage::framed,
        check: |bytes, _| readers::image(bytes),
    },
    Reader {
        name: "model",
        seeds: &["fixtures/model", "fixtures/seeds/model"],
        extension: "model",
        damage: damage::framed,
        check: |bytes, _| readers::model(bytes),
    },
    Reader {
        name: "array",
        seeds: &["fixtures/model"],
        extension: "npy",
        damage: damage::array,
        check: readers::array,
    },
    Reader {
        name: "plan",
        seeds: &["crates/experiments/plans"],
        extension: "toml",
        damage: damage::toml,
        check: |bytes, _| readers::plan(bytes),
    },
    Reader {
        name: "prices",
        seeds: &["crates/energy/presets"],
        extension: "toml",
        damage: damage::toml,
        check: |bytes, _| readers::prices(bytes),
    },
    Reader {
        name: "trace",
        seeds: &["fixtures/seeds/trace"],
        extension: "bin",
        damage: damage::bytes,
        check: |bytes, _| readers::trace(bytes),
    },
    Reader {
        name: "golden",
        seeds: &["fixtures/seeds/golden"],
        extension: "txt",
        damage: damage::events,
        check: |bytes, _| readers::golden(bytes),
    },
];

/// What damaged files led to.
#[derive(Debug, Default)]
struct Figures {
    taken: u64,
    /// The longest that one file took, and its number.
    slowest: (Duration, u64),
    /// The most memory that one file took.
    peak: usize,
}

/// Memory is counted for the whole program, so one reader runs at a time.
static TURN: Mutex<()> = Mutex::new(());

impl Reader {
    fn named(name: &str) -> &'static Self {
        READERS.iter().find(|reader| reader.name == name).expect("there is a reader of this name")
    }

    /// The valid files, by name.
    fn valid_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let entries = self.seeds.iter().flat_map(|folder| fs::read_dir(root.join(folder)).expect("a folder"));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
        paths.retain(|path| path.extension().is_some_and(|found| found == self.extension));
        paths.sort();
        paths.into_iter().map(|path| (path.clone(), fs::read(path).expect("readable"))).collect()
    }

    /// The damaged file of this number.
    fn damaged(&self, valid: &[(PathBuf, Vec<u8>)], number: u64) -> Vec<u8> {
        let mut rng = Pcg64Mcg::new(u128::from(number) << 1 | 1);
        let mut pick = || &valid[rng.random_range(0..valid.len())].1;
        let (mut file, other) = (pick().clone(), pick());
        (self.damage)(&mut rng, &mut file, other);
        file
    }

    /// Reads the damaged files of these numbers.
    fn run(&self, numbers: Range<u64>) -> Figures {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let valid = self.valid_files();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut figures = Figures::default();
        for number in numbers {
            let file = self.damaged(&valid, number);
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            #[expect(clippy::disallowed_methods, reason = "a limit that nothing comes near, not a result")]
            let start = Instant::now();
            let taken = catch_unwind(AssertUnwindSafe(|| (self.check)(&file, folder.path())));
            let (time, bytes) = (start.elapsed(), MEMORY.peak_usage().saturating_sub(before));
            let whole = taken.is_ok() && time <= LONGEST && bytes <= MOST_BYTES;
            assert!(whole, "{}: {taken:?}, {time:?}, {bytes} bytes", self.kept(number, &file));
            figures.taken += u64::from(taken.is_ok_and(|taken| taken));
            figures.slowest = figures.slowest.max((time, number));
            figures.peak = figures.peak.max(bytes);
        }
        figures
    }

    /// Keeps a file that broke a property, and says where.
    fn kept(&self, number: u64, file: &[u8]) -> String {
        let name = format!("{}-{number}.{}", self.name, self.extension);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let kept = fs::write(&path, file).map_or_else(|e| format!("not kept: {e}"), |()| "kept".to_owned());
        format!("{} number {number} ({}, {kept})", self.name, path.display())
    }
}

/// Reads `count` damaged files: some of them are still files of their kind, and some are not.
fn bounded(name: &str, count: u64) {
    let figures = Reader::named(name).run(0..count);
    let share = figures.taken as f64 / count as f64;
    assert!((0.01..0.99).contains(&share), "{name}: {share} are taken, so that a side is hardly tried");
}

#[test]
fn valid_files_are_taken() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for reader in &READERS {
        let valid = reader.valid_files();
        assert!(valid.len() > 2, "{}: seeds in {:?}", reader.name, reader.seeds);
        for (path, bytes) in valid {
            assert!((reader.check)(&bytes, folder.path()), "{}", path.display());
        }
    }
}

#[test]
fn damaged_images_are_read_or_refused() {
    bounded("image", 4_000);
}

#[test]
fn damaged_models_are_read_or_refused() {
    bounded("model", 4_000);
}

#[test]
fn damaged_arrays_are_read_or_refused() {
    bounded("array", 4_000);
}

#[test]
fn damaged_plans_are_read_or_refused() {
    bounded("plan", 2_000);
}

#[test]
fn damaged_price_tables_are_read_or_refused() {
    bounded("prices", 2_000);
}

#[test]
fn damaged_traces_are_read_or_refused() {
    bounded("trace", 4_000);
}

#[test]
fn damaged_golden_traces_are_read_or_refused() {
    bounded("golden", 4_000);
}

/// What `cargo xtask fuzz` asks for, `KLR_FUZZ=READER:COUNT:FROM`: the reader, and the numbers of the files.
fn wanted() -> (String, Range<u64>) {
    let wanted =
        std::env::var("KLR_FUZZ").expect("KLR_FUZZ says which reader, how many files, and from which on");
    let [name, count, from] = wanted.split(':').collect::<Vec<_>>()[..] else { panic!("READER:COUNT:FROM") };
    let [count, from] = [count, from].map(|number| number.parse::<u64>().expect("a number"));
    (name.to_owned(), from..from.saturating_add(count))
}

#[test]
#[ignore = "as long as one likes: cargo xtask fuzz READER COUNT [FROM]"]
fn long_run() {
    let (name, numbers) = wanted();
    let count = numbers.end - numbers.start;
    let Figures { taken, slowest, peak } = Reader::named(&name).run(numbers);
    #[expect(clippy::print_stdout, reason = "what somebody who waits for a long run came for")]
    {
        println!(
            "{name}: {count} damaged files, {taken} taken, {} refused, the slowest {:.1} ms (number {}), the most \
             memory {} KiB",
            count - taken,
            slowest.0.as_secs_f64() * 1e3,
            slowest.1,
            peak >> 10
        );
    }
}
