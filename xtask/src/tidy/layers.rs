//! Which crate may use which: the data flow of the project, held still.

use std::collections::BTreeSet;

use super::Finding;
use super::manifest::{self, Kind, Mention};
use crate::tree::Tree;

/// The folder of the program, whose package has the program's name.
pub(super) const PROGRAM: &str = "klr";

/// Crates by their folder, each with the crates it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("statistics", &[]),
    ("figure", &["units"]),
    ("model", &["units", "statistics"]),
    ("image", &["units"]),
    ("quantize", &["units", "model", "image"]),
    // Not the model and not the quantiser: the simulator sees only bits.
    ("sim", &["units", "image"]),
    ("analysis", &["units", "statistics", "model"]),
    // Of the simulator only the words that both cores share: counters, faults, what a full queue does.
    ("crossbar", &["units", "image", "sim"]),
    // Of the simulator the words alone, as the crossbar.
    ("machines", &["units", "image", "sim"]),
    // Published results derived again: mathematics alone, no image, simulator or price.
    ("repro", &["units", "statistics", "model", "analysis", "figure"]),
    // The same core as hardware, and the lockstep between the two.
    ("rtl", &["units", "image", "sim"]),
    ("energy", &["units", "sim", "crossbar", "machines"]),
    ("waves", &["units", "image", "sim", "energy"]),
    (
        "experiments",
        &[
            "units",
            "statistics",
            "model",
            "image",
            "quantize",
            "sim",
            "analysis",
            "crossbar",
            "machines",
            "energy",
        ],
    ),
    // Many plans; what one of them gives, it asks of the pipeline.
    ("sweep", &["units", "energy", "experiments"]),
    (
        PROGRAM,
        &[
            "units",
            "statistics",
            "figure",
            "model",
            "image",
            "quantize",
            "sim",
            "analysis",
            "crossbar",
            "repro",
            "energy",
            "waves",
            "rtl",
            "experiments",
            "sweep",
        ],
    ),
];

/// What the tests of a crate may use beyond that.
const DEV_LAYERS: &[(&str, &[&str])] = &[
    // A ledger is tested on the activity of a real run, and a run starts from an image.
    ("energy", &["image"]),
    // A benchmark sets the simulator beside its RTL.
    ("experiments", &["rtl"]),
];

/// Every edge between workspace crates is in the table, and `xtask` uses nothing at all.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let crates: BTreeSet<&str> = tree.crates().collect();
    let mut findings = Vec::new();
    for &name in &crates {
        let path = format!("crates/{name}/Cargo.toml");
        let text = tree.text(&path).unwrap_or_default();
        let package = package_of(name);
        if manifest::package_name(&text).as_ref() != Some(&package) {
            let message = format!("the package in `crates/{name}` must be named `{package}`");
            findings.push(Finding::in_file(&path, message));
        }
        if allowed(LAYERS, name).is_none() {
            findings.push(Finding::in_file(&path, format!("`{name}` is not in the layer table of xtask")));
            continue;
        }
        findings.extend(forbidden_edges(name, &path, &text, &crates));
    }
    if let Some(text) = tree.text("xtask/Cargo.toml") {
        for mention in manifest::dependencies(&text) {
            let message = "xtask uses no crate: it must build when nothing else does";
            findings.push(Finding::at("xtask/Cargo.toml", mention.line, message));
        }
    }
    for line in manifest::workspace_renames(&tree.text("Cargo.toml").unwrap_or_default()) {
        let message = "a renamed workspace dependency hides an edge from the layer table";
        findings.push(Finding::at("Cargo.toml", line, message));
    }
    findings
}

fn package_of(folder: &str) -> String {
    if folder == PROGRAM { PROGRAM.to_owned() } else { format!("klr-{folder}") }
}

fn forbidden_edges(name: &str, path: &str, manifest: &str, crates: &BTreeSet<&str>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for mention in manifest::dependencies(manifest) {
        let Some(key) = &mention.name else {
            let message = format!("write `[{}]` as a table, one line for each crate", mention.kind.table());
            findings.push(Finding::at(path, mention.line, message));
            continue;
        };
        let Some(used) = workspace_crate(key, &mention, crates) else { continue };
        if !may_use(name, &used, mention.kind) && seen.insert((mention.kind, used.clone())) {
            let message = format!("`{name}` may not use `{used}` ({})", mention.kind.table());
            findings.push(Finding::at(path, mention.line, message));
        }
    }
    findings
}

/// The workspace crate that a dependency means, by its package, its key or its folder; `None` for crates from elsewhere.
fn workspace_crate(key: &str, mention: &Mention, crates: &BTreeSet<&str>) -> Option<String> {
    if let Some(path) = &mention.path {
        let folder = path.trim_end_matches('/').rsplit('/').next()?;
        if crates.contains(folder) || folder == "xtask" {
            return Some(folder.to_owned());
        }
    }
    let package = mention.package.as_deref().unwrap_or(key);
    let folder = package.strip_prefix("klr-").unwrap_or(package);
    let has_our_name = package != folder || package == PROGRAM;
    let is_ours = (has_our_name && crates.contains(folder)) || package == "xtask";
    is_ours.then(|| folder.to_owned())
}

fn may_use(name: &str, used: &str, kind: Kind) -> bool {
    let in_table = |table| allowed(table, name).is_some_and(|names| names.contains(&used));
    in_table(LAYERS) || (kind == Kind::Dev && in_table(DEV_LAYERS))
}

fn allowed(table: &[(&str, &'static [&'static str])], name: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(crate_name, _)| *crate_name == name).map(|(_, names)| *names)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_fires, assert_quiet};
    use super::*;

    /// A `sim` crate with this text after its package, beside the crates it might name.
    fn sim_with(dependencies: &str) -> Vec<String> {
        let sim = format!("[package]\nname = \"klr-sim\"\n{dependencies}");
        super::super::testing::findings(
            check,
            &[
                ("crates/units/Cargo.toml", "[package]\nname = \"klr-units\"\n"),
                ("crates/image/Cargo.toml", "[package]\nname = \"klr-image\"\n"),
                ("crates/model/Cargo.toml", "[package]\nname = \"klr-model\"\n"),
                ("crates/sim/Cargo.toml", &sim),
            ],
        )
    }

    #[test]
    fn edges_in_the_table_and_crates_from_elsewhere_are_quiet() {
        let dependencies =
            "[dependencies]\nklr-units.workspace = true\nklr-image.workspace = true\nmodel = \"1\"\n";
        assert_eq!(sim_with(dependencies), Vec::<String>::new());
    }

    #[test]
    fn an_edge_outside_the_table_is_found_however_it_is_written() {
        for (dependencies, line, table) in [
            ("[dependencies]\nklr-model.workspace = true\n", 4, "dependencies"),
            ("[dependencies.klr-model]\nworkspace = true\n", 3, "dependencies"),
            ("[dependencies.m]\npackage = \"klr-model\"\n", 4, "dependencies"),
            ("[dependencies]\nm = { path = \"../model\" }\n", 4, "dependencies"),
            ("[target.'cfg(unix)'.dependencies]\nklr-model.workspace = true\n", 4, "dependencies"),
            ("[dev-dependencies]\nklr-model.workspace = true\n", 4, "dev-dependencies"),
            ("[build-dependencies]\nklr-model.workspace = true\n", 4, "build-dependencies"),
        ] {
            let expected = format!("crates/sim/Cargo.toml:{line}: `sim` may not use `model` ({table})");
            assert_eq!(sim_with(dependencies), [expected], "{dependencies}");
        }
    }

    #[test]
    fn a_dependency_table_on_one_line_is_refused_because_it_is_not_read() {
        let expected = "crates/sim/Cargo.toml:1: write `[dependencies]` as a table, one line for each crate";
        let manifest = "dependencies = { klr-model = \"1\" }\n[package]\nname = \"klr-sim\"\n";
        assert_fires(check, &[("crates/sim/Cargo.toml", manifest)], &[expected]);
    }

    #[test]
    fn energy_may_use_image_in_its_tests_only() {
        let image = ("crates/image/Cargo.toml", "[package]\nname = \"klr-image\"\n");
        let dev = "[package]\nname = \"klr-energy\"\n[dev-dependencies]\nklr-image.workspace = true\n";
        assert_quiet(check, &[image, ("crates/energy/Cargo.toml", dev)]);
        let normal = "[package]\nname = \"klr-energy\"\n[dependencies]\nklr-image.workspace = true\n";
        let expected = "crates/energy/Cargo.toml:4: `energy` may not use `image` (dependencies)";
        assert_fires(check, &[image, ("crates/energy/Cargo.toml", normal)], &[expected]);
    }

    #[test]
    fn a_crate_outside_the_table_or_with_another_name_is_found() {
        assert_fires(
            check,
            &[("crates/plots/Cargo.toml", "[package]\nname = \"plots\"\n")],
            &[
                "crates/plots/Cargo.toml: the package in `crates/plots` must be named `klr-plots`",
                "crates/plots/Cargo.toml: `plots` is not in the layer table of xtask",
            ],
        );
    }

    #[test]
    fn the_program_has_a_package_of_its_own_name_that_nobody_uses() {
        let program = ("crates/klr/Cargo.toml", "[package]\nname = \"klr\"\n");
        assert_quiet(check, &[program]);
        let sim = "[package]\nname = \"klr-sim\"\n[dependencies]\nklr.workspace = true\n";
        assert_fires(
            check,
            &[program, ("crates/sim/Cargo.toml", sim)],
            &["crates/sim/Cargo.toml:4: `sim` may not use `klr` (dependencies)"],
        );
        assert_fires(
            check,
            &[("crates/klr/Cargo.toml", "[package]\nname = \"klr-klr\"\n")],
            &["crates/klr/Cargo.toml: the package in `crates/klr` must be named `klr`"],
        );
    }

    #[test]
    fn xtask_uses_nothing() {
        assert_quiet(check, &[("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n\n[dependencies]\n")]);
        assert_fires(
            check,
            &[("xtask/Cargo.toml", "[dependencies]\nclap = \"4\"\n")],
            &["xtask/Cargo.toml:2: xtask uses no crate: it must build when nothing else does"],
        );
    }

    #[test]
    fn a_workspace_dependency_keeps_its_name() {
        assert_quiet(
            check,
            &[("Cargo.toml", "[workspace.dependencies]\nklr-sim = { path = \"crates/sim\" }\n")],
        );
        assert_fires(
            check,
            &[(
                "Cargo.toml",
                "[workspace.dependencies]\nm = { path = \"crates/model\", package = \"klr-model\" }\n",
            )],
            &["Cargo.toml:2: a renamed workspace dependency hides an edge from the layer table"],
        );
    }
}
