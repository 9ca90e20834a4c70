//! Retrieval: cue files, noise, steps, baselines.

use super::{case, check, npy, pattern_file, plain, write};
use std::path::Path;

#[test]
fn cue_files_that_do_not_fit() {
    const CUES: &[&str] = &["--cues", "{dir}/p.npy"];
    check(&[
        plain("missing", CUES, "{dir}/p.npy: failed to read: No such file"),
        case("empty", |d| write(d, "p.npy", b""), CUES, "{dir}/p.npy: not a NumPy array: "),
        case(
            "no cues",
            |d| pattern_file(d, "|i1", "(0, 16)", b""),
            CUES,
            "klr: {dir}/p.npy: at least one row and one column are needed, found 0 x 16",
        ),
        case(
            "another number of neurons",
            |d| pattern_file(d, "|i1", "(2, 15)", &[1; 30]),
            CUES,
            "klr: {dir}/p.npy: row 0: a cue of 15 neurons does not fit patterns of 16",
        ),
    ]);
}

#[test]
fn targets_that_name_no_pattern() {
    const TARGETS: &[&str] = &["--cues", "{dir}/p.npy", "--targets", "{dir}/t.npy"];
    fn targets(dir: &Path, descr: &str, shape: &str, data: &[u8]) {
        pattern_file(dir, "|i1", "(2, 16)", &[1; 32]);
        write(dir, "t.npy", &npy(descr, shape, data));
    }
    check(&[
        plain(
            "without cues of one's own",
            &["--targets", "{dir}/t.npy"],
            "klr: --targets: retrieval.target_file is \"{dir}/t.npy\"; targets belong to cues of your own: it needs \
             retrieval.cue_file (--cues)",
        ),
        case(
            "missing",
            |d| pattern_file(d, "|i1", "(2, 16)", &[1; 32]),
            TARGETS,
            "{dir}/t.npy: failed to read: No such file",
        ),
        case(
            "another number of them",
            |d| targets(d, "|i1", "(3,)", &[0, 1, 2]),
            TARGETS,
            "klr: {dir}/t.npy: 3 targets; there are 2 cues, and each has one",
        ),
        case(
            "a row too far",
            |d| targets(d, "<i2", "(2,)", &[5, 0, 6, 0]),
            TARGETS,
            "klr: {dir}/t.npy: entry 1 is 6; allowed are 0 to 5, the rows of the patterns",
        ),
        case(
            "a row from the end",
            |d| targets(d, "|i1", "(2,)", &[0xff, 0]),
            TARGETS,
            "klr: {dir}/t.npy: entry 0 is -1; allowed are 0 to 5, the rows of the patterns",
        ),
        case(
            "a huge row",
            |d| targets(d, "<u8", "(2,)", &[0xff; 16]),
            TARGETS,
            "klr: {dir}/t.npy: entry 0 is 18446744073709551615; allowed are 0 to 5, the rows of the patterns",
        ),
        case(
            "fractions",
            |d| targets(d, "<f4", "(2,)", &[0; 8]),
            TARGETS,
            "klr: {dir}/t.npy: the dtype is '<f4' and the shape (2); allowed are whole numbers in one dimension, a row \
             index for each cue",
        ),
        case(
            "a table",
            |d| targets(d, "|i1", "(2, 1)", &[0, 1]),
            TARGETS,
            "the shape (2, 1); allowed are whole numbers in one dimension, a row index for each cue",
        ),
    ]);
}

#[test]
fn numbers_out_of_range() {
    check(&[
        plain(
            "noise 1.5",
            &["--set", "retrieval.noise=1.5"],
            "klr: --set: retrieval.noise is 1.5; allowed are 0 to 1",
        ),
        plain("noise nan", &["--set", "retrieval.noise=nan"], "retrieval.noise is nan; allowed are 0 to 1"),
        plain(
            "cues 0",
            &["--set", "retrieval.cues=0"],
            "klr: --set: retrieval.cues is 0; allowed are 1 to 1048576",
        ),
        plain("cues 2^32", &["--set", "retrieval.cues=4294967296"], "allowed are 1 to 1048576"),
        plain("cues 2^32 - 1", &["--set", "retrieval.cues=4294967295"], "allowed are 1 to 1048576"),
        plain(
            "steps 0",
            &["--set", "retrieval.max_steps=0"],
            "retrieval.max_steps is 0; allowed are 1 to 4294967295",
        ),
    ]);
}

#[test]
fn cues_and_baselines_that_cannot_be_made() {
    check(&[
        plain("a cue of no kind", &["--set", "retrieval.cue=blur:0.2"], "retrieval.cue is \"blur:0.2\"; "),
        plain(
            "a cue without some bits",
            &["--set", "retrieval.cue=run:0.2:excluded"],
            "a core has no state for a missing bit: allowed fills are minus, plus, random",
        ),
        plain(
            "an image of another size",
            &["--set", "retrieval.cue=half:8x8:left:minus"],
            "an image of 8 x 8 pixels does not fit 16 neurons",
        ),
        plain(
            "an unknown baseline",
            &["--set", "retrieval.baselines=[\"hebb\"]"],
            "allowed is a list of hebbian, pseudo-inverse, ",
        ),
        plain("continuous time that is not steep", &["--set", "retrieval.flow=-1"], "retrieval.flow is -1"),
        plain(
            "continuous time between the distances of a polynomial",
            &["--set", "retrieval.flow=4", "--set", "model.kernel=polynomial"],
            "klr: --set: retrieval.flow is 4.0; continuous states need a kernel between the corners: allowed is 0, or \
             model.kernel = rbf or exponential",
        ),
        plain(
            "a walk of a network that is not trained for it",
            &["--set", "retrieval.sequence=true", "--set", "model.training=none"],
            "klr: --set: retrieval.sequence is true; the network of a sequence is trained for it: allowed is false, or \
             model.training = klr",
        ),
        plain(
            "a crossbar core named twice",
            &["--set", "retrieval.baselines=[\"crossbar-tiny-odin\", \"crossbar-tiny-odin\"]"],
            "max-margin, nearest-pattern, crossbar-tiny-odin, crossbar-loihi, each at most once",
        ),
        plain(
            "the name that a crossbar core had before",
            &["--set", "retrieval.baselines=[\"hebbian\", \"crossbar-odin\"]"],
            "klr: --set: retrieval.baselines is [\"hebbian\", \"crossbar-odin\"]; crossbar-odin is called \
             crossbar-tiny-odin now, after the RTL whose cycles it has: allowed is crossbar-tiny-odin",
        ),
        plain(
            "a crossbar core of a chip that is none",
            &["--set", "retrieval.baselines=[\"crossbar-truenorth\"]"],
            "nearest-pattern, crossbar-tiny-odin, crossbar-loihi, each at most once",
        ),
    ]);
}

/// Found before anything is drawn or trained: nobody could wait for a million neurons.
#[test]
fn networks_that_a_crossbar_core_has_no_room_for() {
    check(&[
        plain(
            "one neuron more than tinyODIN has",
            &["--set", "patterns.n=257", "--set", "retrieval.baselines=[\"crossbar-tiny-odin\"]"],
            "klr: --set: retrieval.baselines is [\"crossbar-tiny-odin\"]; crossbar-tiny-odin has room for 1 to 256 neurons, the \
             patterns have 257",
        ),
        plain(
            "more weights than a Loihi core holds",
            &["--set", "patterns.n=361", "--set", "retrieval.baselines=[\"hebbian\", \"crossbar-loihi\"]"],
            "crossbar-loihi has room for 1 to 360 neurons, the patterns have 361",
        ),
        case(
            "a file of patterns that are too wide",
            |dir| pattern_file(dir, "|i1", "(1, 300)", &[1; 300]),
            &["--patterns", "{dir}/p.npy", "--set", "retrieval.baselines=[\"crossbar-tiny-odin\"]"],
            "crossbar-tiny-odin has room for 1 to 256 neurons, the patterns have 300",
        ),
    ]);
}
