//! The model: kernels, training, dual variables of a file.

use super::{case, check, npy, plain, write};

const ALPHA: &[&str] = &["--set", "model.training=file", "--set", "model.alpha_file={dir}/a.npy"];

#[test]
fn dual_variables_that_do_not_fit() {
    check(&[
        plain(
            "no path",
            &["--set", "model.training=file"],
            "model.alpha_file is \"\"; model.training = \"file\" needs",
        ),
        plain("missing", ALPHA, "{dir}/a.npy: failed to read: No such file"),
        case("wrong type", |d| write(d, "a.npy", &npy("|i1", "(1, 2)", &[1, 0])), ALPHA, "{dir}/a.npy: "),
        case(
            "wrong size",
            |d| write(d, "a.npy", &npy("<f4", "(1, 2)", &[0; 8])),
            ALPHA,
            "{dir}/a.npy: 1 x 2 dual variables do not fit",
        ),
        case(
            "not finite",
            |d| write(d, "a.npy", &npy("<f4", "(1, 2)", &[0, 0, 0, 0, 0, 0, 0xC0, 0x7F])),
            ALPHA,
            "{dir}/a.npy: ",
        ),
    ]);
}

#[test]
fn numbers_out_of_range() {
    const POSITIVE: &str = "allowed is a finite number above 0";
    check(&[
        plain(
            "gamma 0",
            &["--set", "model.gamma=0"],
            "klr: --set: model.gamma is 0.0; allowed is a finite number above 0",
        ),
        plain("gamma -1", &["--set", "model.gamma=-1"], POSITIVE),
        plain(
            "gamma nan",
            &["--set", "model.gamma=nan"],
            "model.gamma is nan; allowed is a finite number above 0",
        ),
        plain(
            "gamma inf",
            &["--set", "model.gamma=inf"],
            "model.gamma is inf; allowed is a finite number above 0",
        ),
        plain("gamma 1e308", &["--set", "model.gamma=1e308"], "allowed are numbers above 0, at most 1e300"),
        plain("beta 0", &["--set", "model.kernel=exponential", "--set", "model.beta=0"], POSITIVE),
        plain(
            "degree 0",
            &["--set", "model.kernel=polynomial", "--set", "model.degree=0"],
            "klr: --set: model.degree is 0; allowed are 1 to 10000",
        ),
        plain(
            "offset -1",
            &["--set", "model.kernel=polynomial", "--set", "model.offset=-1"],
            "klr: --set: model.offset is -1.0; allowed is a finite number, 0 or above",
        ),
        plain(
            "a kernel table too short",
            &["--set", "model.kernel=table", "--set", "model.kernel_values=[1, 0.5]"],
            "klr: --set: model.kernel_values is [1, 0.5]; a kernel table of 2 entries does not fit 16 neurons: \
             it needs 17 entries, one per distance",
        ),
        plain(
            "a text in a kernel table",
            &["--set", "model.kernel=table", "--set", "model.kernel_values=[1, \"x\"]"],
            "entry 1 is \"x\"; allowed is a list of numbers",
        ),
        plain(
            "an endless kernel value",
            &["--set", "model.kernel=table", "--set", "model.kernel_values=[1, inf]"],
            "the kernel table is inf at distance 1; it must be finite",
        ),
        plain("eta 0", &["--set", "model.eta=0"], POSITIVE),
        plain(
            "lambda -1",
            &["--set", "model.lambda=-1"],
            "model.lambda is -1.0; allowed is a finite number, 0 or above",
        ),
        plain("tolerance nan", &["--set", "model.tolerance=nan"], "model.tolerance is nan; "),
        plain(
            "iterations -5",
            &["--set", "model.iterations=-5"],
            "model.iterations is -5; allowed are 0 to 4294967295",
        ),
    ]);
}

#[test]
fn choices_that_exclude_each_other() {
    check(&[
        plain(
            "newton with l2",
            &["--set", "model.penalty=l2"],
            "klr: --set: model.penalty is \"l2\"; model.solver = \"newton\" has kernel-norm only",
        ),
        plain(
            "newton without a penalty",
            &["--set", "model.lambda=0"],
            "model.lambda is 0.0; allowed is a finite number above 0",
        ),
        plain("newton without a tolerance", &["--set", "model.tolerance=0"], "model.tolerance is 0.0; "),
        plain(
            "noise that leaves nothing",
            &["--set", "model.training=noise-aware", "--set", "retrieval.noise=0.7"],
            "klr: --set: retrieval.noise is 0.7; model.training = \"noise-aware\" needs 0 to 0.5",
        ),
        plain(
            "no copies",
            &["--set", "model.training=noise-aware", "--set", "model.noise_copies=0"],
            "klr: --set: model.noise_copies is 0; allowed are 1 to 4096",
        ),
        plain(
            "gamma for dual variables of a file",
            &["--set", "model.gamma=auto", "--set", "model.training=file", "--set", "model.alpha_file=a.npy"],
            "model.training is \"file\"; dual variables of a file belong to the gamma they were trained for",
        ),
        plain(
            "gamma for noise that leaves nothing",
            &["--set", "model.gamma=auto", "--set", "retrieval.noise=0.5"],
            "klr: --set: retrieval.noise is 0.5; model.gamma = \"auto\" needs 0 or above, below 0.5",
        ),
        plain(
            "gamma for other cues",
            &["--set", "model.gamma=auto", "--set", "retrieval.cue=mixture:0.2"],
            "model.gamma = \"auto\" chooses for flips only",
        ),
        plain(
            "auto elsewhere",
            &["--set", "model.beta=auto"],
            "model.beta is \"auto\", a text; expected a number",
        ),
    ]);
}
