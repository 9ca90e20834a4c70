//! No crate and no module is called `core`: in its crate, `use core::fmt` would no longer compile.

use super::{Finding, manifest};
use crate::tree::Tree;

const MESSAGE: &str = "the name `core` hides the standard library's";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in tree.paths() {
        let is_module = path.ends_with("/core.rs") || path.ends_with("/core/mod.rs") || path == "core.rs";
        let is_crate = path.ends_with("/core/Cargo.toml") || path == "core/Cargo.toml";
        if is_module || is_crate {
            findings.push(Finding::in_file(path, MESSAGE));
        }
    }
    for (path, text) in tree.texts("toml").filter(|(path, _)| path.ends_with("Cargo.toml")) {
        if manifest::package_name(&text).as_deref() == Some("core") {
            findings.push(Finding::in_file(path, MESSAGE));
        }
    }
    for (path, text) in tree.texts("rs") {
        for (index, line) in text.lines().enumerate() {
            if declares_core(line) {
                findings.push(Finding::at(path, index + 1, MESSAGE));
            }
        }
    }
    findings
}

/// `mod core`, whatever its visibility.
fn declares_core(line: &str) -> bool {
    let code = line.trim_start();
    let declaration = match code.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')').map_or("", |(_, rest)| rest),
        Some(rest) => rest,
        None => code,
    };
    let name = declaration.trim_start().strip_prefix("mod core").map(str::trim_start);
    name.is_some_and(|rest| rest.starts_with([';', '{']))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_quiet, findings};
    use super::*;

    #[test]
    fn a_crate_or_module_named_core_is_found() {
        for (path, text, place) in [
            ("crates/sim/src/core.rs", "", ""),
            ("crates/sim/src/core/mod.rs", "", ""),
            ("crates/core/Cargo.toml", "[package]\nname = \"klr-core\"\n", ""),
            ("crates/heart/Cargo.toml", "[package]\nname = \"core\"\n", ""),
            ("crates/sim/src/lib.rs", "\npub mod core;\n", ":2"),
            ("crates/sim/src/lib.rs", "    pub(crate) mod core {\n", ":1"),
        ] {
            assert_eq!(findings(check, &[(path, text)]), [format!("{path}{place}: {MESSAGE}")]);
        }
    }

    #[test]
    fn other_names_and_uses_of_core_are_quiet() {
        let code = "mod core_image;\nuse core::fmt;\n// mod core;\n";
        assert_quiet(check, &[("crates/sim/src/lib.rs", code), ("crates/sim/src/score.rs", "")]);
    }
}
