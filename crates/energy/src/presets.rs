//! The price tables that come with the crate, as the text a user would write.

use crate::error::TableError;
use crate::table::PriceTable;
use klr_units::suggest::nearest;

struct Preset {
    name: &'static str,
    text: &'static str,
}

macro_rules! preset {
    ($name:literal) => {
        Preset { name: $name, text: include_str!(concat!("../presets/", $name, ".toml")) }
    };
    // Memories of one device each, with the logic of the node.
    ($name:literal, $logic:literal) => {
        Preset {
            name: $name,
            text: concat!(
                include_str!(concat!("../presets/generic/", $name, ".toml")),
                include_str!(concat!("../presets/generic/", $logic, ".toml"))
            ),
        }
    };
}

/// Chips first, generic technologies after them from coarse to fine, then cell libraries, whose logic alone is known.
const PRESETS: [Preset; 14] = [
    preset!("loihi"),
    preset!("truenorth"),
    preset!("odin"),
    preset!("rram"),
    preset!("generic-45nm", "generic-45nm-logic"),
    preset!("generic-45nm-hp", "generic-45nm-logic"),
    preset!("generic-28nm", "generic-28nm-logic"),
    preset!("generic-28nm-hp", "generic-28nm-logic"),
    preset!("generic-22nm", "generic-22nm-logic"),
    preset!("generic-22nm-hp", "generic-22nm-logic"),
    preset!("generic-7nm"),
    preset!("sky130"),
    preset!("sg13g2"),
    preset!("asap7"),
];

impl PriceTable {
    /// The names of the tables that come with the crate.
    #[must_use]
    pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
        PRESETS.iter().map(|preset| preset.name)
    }

    /// The table called `name` among those that come with the crate.
    ///
    /// # Errors
    /// [`TableError::UnknownPreset`] if there is none, with the nearest name.
    pub fn preset(name: &str) -> Result<Self, TableError> {
        let text = Self::preset_text(name).ok_or_else(|| TableError::UnknownPreset {
            found: name.to_owned(),
            nearest: nearest(name, Self::names()).map(str::to_owned),
            known: Self::names().collect(),
        })?;
        let table = Self::from_toml(text, &format!("{name}.toml"))?;
        Ok(Self { name: table.own_name.clone(), file: None, ..table })
    }

    /// The text of the table called `name`: an example to start one's own from. `None` if there is none.
    #[must_use]
    pub fn preset_text(name: &str) -> Option<&'static str> {
        PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.text)
    }
}
