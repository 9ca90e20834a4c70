//! The core: layouts and sizes.

use super::{check, plain, refused};

#[test]
fn layouts_that_no_dataflow_works_with() {
    check(&[
        plain(
            "word 0",
            &["--set", "core.weight_word=0"],
            "klr: --set: core.weight_word is 0; allowed are 1 to 64",
        ),
        plain(
            "word 3",
            &["--set", "core.weight_word=3"],
            "klr: --set: core.weight_word is 3; it has to divide core.mac_lanes = 16",
        ),
        plain(
            "order",
            &["--set", "core.pattern_order=diagonal"],
            "core.pattern_order is \"diagonal\"; allowed are column, row, both",
        ),
        plain(
            "rows for a sweep",
            &["--set", "core.pattern_order=row"],
            "klr: --set: core.pattern_order is row; sweep reads columns: allowed with it are column and both",
        ),
        plain(
            "rows for spikes",
            &[
                "--set",
                "core.pattern_order=row",
                "--set",
                "core.incremental=true",
                "--set",
                "retrieval.dataflows=['synchronous']",
            ],
            "core.incremental is true; it reads columns, and core.pattern_order is row: allowed are false, or",
        ),
        plain(
            "rows for elimination",
            &[
                "--set",
                "core.pattern_order=row",
                "--set",
                "core.candidates=9",
                "--set",
                "core.partial_distance=true",
                "--set",
                "retrieval.dataflows=['synchronous']",
            ],
            "core.partial_distance is true; it reads columns, and core.pattern_order is row: allowed are false",
        ),
        plain(
            "signs without rows",
            &["--set", "core.sign_sharing=true", "--set", "retrieval.dataflows=['synchronous']"],
            "core.pattern_order is column; with core.sign_sharing = true synchronous reads the signs of weights by row: \
             allowed with it are row and both",
        ),
        plain(
            "signs without rows for delta",
            &["--set", "core.sign_sharing=true", "--set", "retrieval.dataflows=['delta']"],
            "with core.sign_sharing = true delta reads the signs of weights by row: allowed with it is both",
        ),
        plain(
            "both orders in one order's memory",
            &[
                "--set",
                "core.pattern_order=both",
                "--set",
                "patterns.n=100",
                "--set",
                "patterns.p=3000",
                "--set",
                "core.pattern_bytes=65536",
            ],
            "klr: the pattern memory has 65536 bytes and needs 85600: core.pattern_bytes=85600 would do, and so would auto",
        ),
    ]);
}

/// The memories of the small plan are of 1 KB, and fast; these are larger, and all that are too slow are named at once.
#[test]
fn memories_that_do_not_keep_up_with_the_clock() {
    check(&[
        plain(
            "a large pattern memory",
            &["--set", "core.pattern_bytes=1048576"],
            "klr: a bank of the pattern memory (1048576 bytes in words of 64 bits) has its data after 2.447 ns, and \
             core.sram_latency = 1 at 500 MHz is 2 ns, and takes an access every 2.015 ns, and a cycle at 500 MHz is 2 ns: \
             core.clock_mhz=408 would do; core.clock_mhz=auto takes the fastest that they all keep up with",
        ),
        plain(
            "large banks of weights",
            &["--set", "core.weight_bytes=16777216"],
            "klr: a bank of the weight memory (1048576 bytes in words of 8 bits) has its data after 2.675 ns, and \
             core.sram_latency = 1 at 500 MHz is 2 ns: core.sram_latency=2 or core.clock_mhz=373 would do; core.clock_mhz=auto takes the fastest that they all keep up with",
        ),
        plain(
            "a fast clock",
            &["--set", "core.clock_mhz=2500", "--set", "core.sram_latency=2"],
            "has its data after 0.427 ns, and core.table_latency = 1 at 2500 MHz is 0.4 ns: core.table_latency=2 or \
             core.clock_mhz=2341 would do; core.clock_mhz=auto takes the fastest that they all keep up with",
        ),
        plain(
            "a clock that nothing says",
            &["--set", "core.clock_mhz=auto", "--set", "energy.preset=generic-7nm"],
            "klr: --set: core.clock_mhz is \"auto\"; the price table generic-7nm does not say how long an access to the \
             pattern memory takes: allowed are 1 to 1000000",
        ),
    ]);
}

#[test]
fn sizes_that_no_core_has() {
    check(&[
        plain(
            "a terabit of patterns",
            &["--set", "patterns.n=1048575", "--set", "patterns.p=1048576"],
            "klr: the pattern memory needs 137438822400 bytes and the largest has 68719476736; the weight \
             memory needs 1099511627776 bytes in 16 banks and the largest has 68719476736",
        ),
        plain(
            "a terabit of patterns in the largest memories",
            &[
                "--set",
                "patterns.n=1048575",
                "--set",
                "patterns.p=1048576",
                "--set",
                "core.pattern_bytes=68719476736",
                "--set",
                "core.weight_bytes=68719476736",
            ],
            "klr: the pattern memory needs 137438822400 bytes and the largest has 68719476736; the weight \
             memory needs 1099511627776 bytes in 16 banks and the largest has 68719476736",
        ),
        plain(
            "a small weight memory",
            &["--set", "core.weight_bytes=64"],
            "klr: the weight memory has 64 bytes and needs 96 in 16 banks: core.weight_bytes=96 would do, and so would auto",
        ),
        plain(
            "more weights than a memory takes by itself",
            &["--set", "patterns.n=10000", "--set", "patterns.p=200000", "--set", "quantize.weight_bits=8"],
            "klr: the weight memory needs 2000000000 bytes in 16 banks and one that sizes itself takes at most 1073741824: \
             core.weight_bytes=2000000000 would do",
        ),
        plain(
            "memories, and a table that is to be judged later",
            &[
                "--set",
                "core.counter_bytes=1",
                "--set",
                "core.pattern_bytes=1",
                "--set",
                "core.table_bytes=1",
                "--set",
                "model.gamma=auto",
            ],
            "klr: the pattern memory has 1 bytes and needs 128: core.pattern_bytes=128 would do; the counter memory has 1 \
             bytes and needs 40: core.counter_bytes=40 would do, and so would auto for each; what the table needs is known \
             once gamma is chosen",
        ),
        plain(
            "a small table",
            &["--set", "core.table_bytes=4"],
            "the table memory has 4 bytes and needs 16: core.table_bytes=16 would do, and so would auto",
        ),
        plain(
            "a memory of nothing",
            &["--set", "core.counter_bytes=0"],
            "klr: --set: core.counter_bytes is 0; allowed are 1 to 68719476736",
        ),
        plain(
            "a memory beyond all",
            &["--set", "core.table_bytes=9223372036854775807"],
            "core.table_bytes is ",
        ),
        plain(
            "narrow accumulators",
            &["--set", "core.accumulator_bits=10"],
            "bits; core.accumulator_bits is 10",
        ),
        plain(
            "accumulators of 64 bits",
            &["--set", "core.accumulator_bits=64"],
            "klr: --set: core.accumulator_bits is 64; allowed are 2 to 63",
        ),
        plain(
            "no distance lanes",
            &["--set", "core.distance_lanes=0"],
            "klr: --set: core.distance_lanes is 0; allowed are 1 to 64",
        ),
        plain(
            "no MAC lanes",
            &["--set", "core.mac_lanes=0"],
            "klr: --set: core.mac_lanes is 0; allowed are 1 to 1024",
        ),
        plain(
            "MAC lanes without equal banks",
            &["--set", "core.mac_lanes=3", "--set", "core.weight_bytes=524288"],
            "core.weight_bytes is 524288; a multiple of core.mac_lanes = 3",
        ),
        plain(
            "no queue",
            &["--set", "core.spike_queue=0"],
            "klr: --set: core.spike_queue is 0; allowed are 1 to 65536",
        ),
        plain(
            "a queue too deep",
            &["--set", "core.activation_queue=65537"],
            "core.activation_queue is 65537; allowed are 1 to 65536",
        ),
        plain(
            "latency 0",
            &["--set", "core.sram_latency=0"],
            "klr: --set: core.sram_latency is 0; allowed are 1 to 16",
        ),
        plain(
            "latency 17",
            &["--set", "core.mac_latency=17"],
            "klr: --set: core.mac_latency is 17; allowed are 1 to 16",
        ),
        plain(
            "latency -1",
            &["--set", "core.table_latency=-1"],
            "core.table_latency is -1; allowed are 1 to 16",
        ),
        plain(
            "three ports",
            &["--set", "core.counter_ports=3"],
            "core.counter_ports is 3; allowed are 1 to 2",
        ),
        plain(
            "clock 0",
            &["--set", "core.clock_mhz=0"],
            "klr: --set: core.clock_mhz is 0; allowed are 1 to 1000000",
        ),
        plain("clock -1", &["--set", "core.clock_mhz=-1"], "core.clock_mhz is -1; allowed are 1 to 1000000"),
    ]);
}

#[test]
fn faults_are_refused_by_whatever_runs_a_sound_core_alone() {
    let out = tempfile::tempdir().expect("a temporary folder");
    let out = out.path().join("export");
    let out = out.to_str().expect("a plain name");
    for command in [&["levers"][..], &["compare"], &["trace", "--out", "-"], &["rtl", "export", out]] {
        for key in ["faults.weights", "faults.patterns", "faults.table"] {
            let setting = format!("{key}=0.01");
            let message = refused(&[command, &["--set", &setting]].concat());
            let expected = format!(
                "klr: --set: {key} is 0.01; this command runs a core whose memories read what was written"
            );
            assert!(message.starts_with(&expected), "{command:?}: {message}");
        }
    }
}
