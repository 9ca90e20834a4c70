//! Examples below the help of each command; a test runs the quick ones.

pub(crate) const KLR: &str = "\
Examples:
  klr sim                                the default plan: 100 neurons, 3,000 patterns, 200 cues
  klr sim --help                         how a plan is changed, with examples
  klr plan > mine.toml                   a plan to start your own from

Exit codes: 0 as asked for, 1 something that was compared and differs, 2 an error, in one line.
KLR_LOG=info, or KLR_LOG=klr_model=debug, logs to standard error.";

pub(crate) const TRAIN: &str = "\
Examples:
  klr train --plan digits --out digits.model
  klr sim --plan digits --model digits.model";

pub(crate) const SIM: &str = "\
Examples:
  klr sim --plan digits --set model.gamma=auto
  klr sim --patterns mine.npy --cues queries.npy --out out
  klr sim --set core.candidates=256 --set core.distance_slices=4
  klr sim --json | jq .recall";

pub(crate) const TRACE: &str = "\
Examples:
  klr trace --out traces
  klr trace --dataflow sweep --cue 3 --format fst --out traces
  klr trace --out - > golden.txt
  klr trace --check golden.txt --set core.sram_latency=2";

pub(crate) const ANALYSE: &str = "\
Examples:
  klr analyse --only basins,fields
  klr analyse --patterns mine.npy --out out
  klr analyse --only overlap --json";

pub(crate) const PLAN: &str = "\
Examples:
  klr plan > mine.toml
  klr plan --plan digits --set quantize.weight_bits=4";

pub(crate) const LISTING: &str = "\
Examples:
  klr sim --out out
  klr listing out/image.klr | less";

pub(crate) const VERIFY: &str = "\
Examples:
  klr sim --out out
  klr verify out/image.klr
  klr verify out/image.klr --flips 3";

pub(crate) const PRICES: &str = "\
Examples:
  klr prices
  klr prices generic-22nm > mine.toml
  klr prices mine.toml
  klr prices loihi --json";

pub(crate) const LEVERS: &str = "\
Examples:
  klr levers
  klr levers --markdown > levers.md
  klr levers --json > levers.json
  klr levers --plan digits --set energy.preset=generic-28nm";

pub(crate) const CROSSBAR: &str = "\
Examples:
  klr crossbar --set patterns.p=10
  klr crossbar --set patterns.p=10 --set energy.preset=loihi";

pub(crate) const SWEEP: &str = "\
Examples:
  klr sweep sweep.toml --out out
  klr sweep sweep.toml --out out --retry failed
  klr sweep sweep.toml --out part --shard 2/8
  klr sweep sweep.toml --out out --merge part1 --merge part2";

pub(crate) const QUANTIZE: &str = "\
Examples:
  klr quantize --plan digits --set quantize.weight_bits=2
  klr quantize --plan digits --weight-bits 1,2 --kernel-bits 1,8
  klr quantize --plan digits --search
  klr quantize --search --weight-bits 1,2,3 --kernel-bits 1,8 --gammas 0.05,0.1
  klr quantize --patterns mine.npy --search --set retrieval.noise=0.1
  klr quantize --plan digits --search --json > formats.json";

pub(crate) const COMPARE: &str = "\
Examples:
  klr compare
  klr compare --set patterns.p=14 --set retrieval.cues=50
  klr compare --plan digits --json
  klr compare --csv > machines.csv";

pub(crate) const RTL: &str = "\
Examples:
  klr rtl check --first 20
  klr rtl export core";

pub(crate) const RTL_CHECK: &str = "\
Examples:
  klr rtl check
  klr rtl check --plan digits --first 20
  klr rtl check --cue 7 --set core.sram_latency=2";

pub(crate) const RTL_EXPORT: &str = "\
Examples:
  klr rtl export core
  klr rtl export core --plan digits --dataflow sweep --cue 3";

pub(crate) const RTL_GATES: &str = "\
Examples:
  klr rtl gates --liberty sky130hd_tt.lib.gz
  klr rtl gates --liberty sky130hd_tt.lib.gz asap7_tt.lib.gz --plan digits --cue 3";

pub(crate) const AREA: &str = "\
Examples:
  klr area
  klr area --plan digits --set core.distance_slices=8
  klr area --json";

pub(crate) const ANCHORS: &str = "\
Examples:
  klr anchors
  klr anchors --json";

pub(crate) const REPRO: &str = "\
Examples:
  klr repro --quick
  klr repro --quick --row 3 --row 4 --out rows";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  klr completions bash > ~/.local/share/bash-completion/completions/klr
  klr completions zsh > ~/.zfunc/_klr
  klr completions fish > ~/.config/fish/completions/klr.fish";
