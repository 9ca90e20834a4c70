//! Keys, types and plan files.

use super::{case, check, plain, write};
use std::fs;

#[test]
fn keys_and_types_that_do_not_exist() {
    check(&[
        plain(
            "a typo in the section",
            &["--set", "quantise.weight_bits=4"],
            "klr: --set: there is no key quantise.weight_bits; the nearest is quantize.weight_bits",
        ),
        plain(
            "a typo in the key",
            &["--set", "model.gama=1"],
            "klr: --set: there is no key model.gama; the nearest is model.gamma",
        ),
        plain(
            "a bare key",
            &["--set", "weight_bits=4"],
            "klr: --set: there is no key weight_bits; the nearest is quantize.weight_bits",
        ),
        plain("the wrong section", &["--set", "model.noise=0"], "the nearest is retrieval.noise"),
        plain("a stranger", &["--set", "voltage=1"], "klr: --set: there is no key voltage"),
        plain("no =", &["--set", "model.gamma"], "klr: --set model.gamma: expected KEY=VALUE"),
        plain("nothing", &["--set", ""], "klr: --set : expected KEY=VALUE"),
        plain(
            "a text for a number",
            &["--set", "model.gamma=wide"],
            "klr: --set: model.gamma is \"wide\", a text; expected a number, or auto",
        ),
        plain(
            "a fraction for a whole number",
            &["--set", "patterns.n=1.5"],
            "klr: --set: patterns.n is 1.5, a number; expected a whole number",
        ),
        plain(
            "a number for a flag",
            &["--set", "core.zero_skip=1"],
            "klr: --set: core.zero_skip is 1, a whole number; expected true or false",
        ),
        plain(
            "a text for a list",
            &["--set", "retrieval.dataflows=delta"],
            "klr: --set: retrieval.dataflows is \"delta\", a text; expected a list",
        ),
        plain("line breaks", &["--set", "model.kernel=a\nb"], "model.kernel is "),
        plain("a key smuggled in", &["--set", "seed=2\nother = 3"], "expected a whole number"),
        plain(
            "an unknown choice",
            &["--set", "model.kernel=sigmoid"],
            "klr: --set: model.kernel is \"sigmoid\"; allowed are rbf, exponential, polynomial, linear, table",
        ),
        plain(
            "an unknown order",
            &["--set", "retrieval.order=backwards"],
            "allowed are sequential, random, most-violated",
        ),
        plain(
            "an unknown dataflow",
            &["--set", "retrieval.dataflows=[\"async\"]"],
            "allowed is a list of synchronous, sweep, delta, each at most once",
        ),
        plain(
            "a dataflow twice",
            &["--set", "retrieval.dataflows=[\"delta\", \"delta\"]"],
            "each at most once",
        ),
        plain(
            "no dataflow",
            &["--set", "retrieval.dataflows=[]"],
            "klr: --set: retrieval.dataflows is []; allowed is a list of synchronous, sweep, delta, each at most once",
        ),
        plain(
            "a number as a dataflow",
            &["--set", "retrieval.dataflows=[1]"],
            "retrieval.dataflows is [1]; ",
        ),
    ]);
}

#[test]
fn plan_files() {
    const PLAN: &[&str] = &["--plan", "{dir}/p.toml"];
    check(&[
        plain(
            "missing",
            &["--plan", "digit"],
            "klr: --plan digit: there is no such file, and the plans that come with klr are default, digits",
        ),
        case(
            "a folder",
            |d| fs::create_dir(d.join("p.toml")).expect("a folder"),
            PLAN,
            "{dir}/p.toml: failed to read: ",
        ),
        case(
            "not TOML",
            |d| write(d, "p.toml", b"seed = 1\nmodel gamma 3\n"),
            PLAN,
            "{dir}/p.toml:2: not TOML: ",
        ),
        case(
            "not text",
            |d| write(d, "p.toml", b"seed = \xff\xfe"),
            PLAN,
            "klr: {dir}/p.toml: not a text file",
        ),
        case(
            "a key twice",
            |d| write(d, "p.toml", b"seed = 1\nseed = 2\n"),
            PLAN,
            "{dir}/p.toml:2: not TOML: ",
        ),
        case(
            "an unknown section",
            |d| write(d, "p.toml", b"[modle]\ngamma = 0.2\n"),
            PLAN,
            "klr: {dir}/p.toml:2: there is no key modle.gamma; the nearest is model.gamma",
        ),
        case(
            "an unknown section without keys",
            |d| write(d, "p.toml", b"[modle]\n"),
            PLAN,
            "klr: {dir}/p.toml:1: there is no key modle",
        ),
        case(
            "a section for a key",
            |d| write(d, "p.toml", b"[seed]\n"),
            PLAN,
            "klr: {dir}/p.toml:1: seed is {}, a section; expected a whole number",
        ),
        case(
            "a section below a key",
            |d| write(d, "p.toml", b"[model.gamma]\nx = 1\n"),
            PLAN,
            "{dir}/p.toml:2: there is no key model.gamma.x; the nearest is model.gamma",
        ),
        case(
            "a key for a section",
            |d| write(d, "p.toml", b"model = 3\n"),
            PLAN,
            "klr: {dir}/p.toml:1: there is no key model",
        ),
        case(
            "a wrong type",
            |d| write(d, "p.toml", b"[core]\nclock_mhz = 2020-01-01\n"),
            PLAN,
            "{dir}/p.toml:2: core.clock_mhz is 2020-01-01, a date; expected a whole number, or auto",
        ),
        case(
            "a value out of range",
            |d| write(d, "p.toml", b"[core]\nclock_mhz = 0\n"),
            PLAN,
            "klr: {dir}/p.toml:2: core.clock_mhz is 0; allowed are 1 to 1000000",
        ),
    ]);
}

#[test]
fn seeds_out_of_range() {
    check(&[
        plain(
            "seed -1",
            &["--set", "seed=-1"],
            "klr: --set: seed is -1; allowed is a whole number, 0 or above",
        ),
        plain("seed 10^20", &["--set", "seed=100000000000000000000"], "expected a whole number"),
    ]);
}
