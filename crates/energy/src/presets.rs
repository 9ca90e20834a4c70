//! The price tables that come with the crate, as the text a user would write.

use crate::error::TableError;
use crate::parse;
use crate::suggest::nearest;
use crate::table::PriceTable;

pub(crate) struct Preset {
    pub(crate) name: &'static str,
    text: &'static str,
}

macro_rules! preset {
    ($name:literal) => {
        Preset { name: $name, text: include_str!(concat!("../presets/", $name, ".toml")) }
    };
}

/// Chips first, generic technologies after them from coarse to fine.
pub(crate) const PRESETS: [Preset; 7] = [
    preset!("loihi"),
    preset!("truenorth"),
    preset!("odin"),
    preset!("generic-45nm"),
    preset!("generic-28nm"),
    preset!("generic-22nm"),
    preset!("generic-7nm"),
];

pub(crate) fn text(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.text)
}

pub(crate) fn load(name: &str) -> Result<PriceTable, TableError> {
    let text = text(name).ok_or_else(|| TableError::UnknownPreset {
        found: name.to_owned(),
        nearest: nearest(name, PriceTable::names()).map(str::to_owned),
    })?;
    parse::table(text, &format!("{name}.toml"))
}
