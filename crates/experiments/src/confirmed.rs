//! The mark on what no RTL confirms, on screens and in reports; what there is to mark stands in `klr_sim::confirmed`.

use klr_sim::Unconfirmed;
use klr_sim::confirmed::NOT_CONFIRMED;
use klr_units::text::wrap;
use serde_json::{Value, json};

/// The settings, each with its rules, as a paragraph that begins with `of`; empty if there is none.
pub(crate) fn remark(of: &str, unconfirmed: &[&Unconfirmed]) -> String {
    if unconfirmed.is_empty() {
        return String::new();
    }
    let settings: Vec<String> = unconfirmed.iter().map(|one| format!("core.{one}")).collect();
    wrap(&format!("{of}{NOT_CONFIRMED}: "), 2, &settings.join("; "))
}

/// The settings with their rules, one entry each.
pub(crate) fn list(unconfirmed: &[&Unconfirmed]) -> Value {
    let part = |&(rule, part): &(&str, &str)| json!({ "rule": rule, "part": part });
    let entry = |one: &&Unconfirmed| {
        json!({
            "setting": format!("core.{}", one.setting),
            "rules": one.rules,
            "parts": one.parts.iter().map(part).collect::<Vec<_>>(),
        })
    };
    unconfirmed.iter().map(entry).collect()
}
