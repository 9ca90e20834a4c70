//! Are the tables that come with the crate whole, and do they say where every figure is from?

use klr_crossbar::CrossbarCounter;
use klr_energy::{
    Charge, Charges, Evidence, Grade, NoMacro, PriceTable, PricedAs, Quantity, Scope, TableError, Term,
    Treatment, Width, charges, crossbar_charges, rram_charges,
};
use klr_machines::RramCounter;
use klr_sim::{Counter, Memory, MemoryMacro};
use klr_units::macros::MACRO_BYTES;

fn presets() -> Vec<PriceTable> {
    PriceTable::names().map(|name| PriceTable::preset(name).expect("presets are price tables")).collect()
}

/// Every piece of evidence of a table, with the place where it stands.
fn evidence(table: &PriceTable) -> Vec<(String, &Evidence)> {
    let sram = table.sram().map(|sram| ("sram".to_owned(), sram.evidence()));
    let terms = Term::ALL.iter().filter_map(|&term| match table.treatment(term) {
        Treatment::Priced(price) => Some((term.key().to_owned(), &*price.evidence)),
        Treatment::Drawn(power) => Some((term.key().to_owned(), &*power.evidence)),
        _ => None,
    });
    sram.into_iter().chain(terms).collect()
}

#[test]
fn every_preset_is_a_table_under_its_own_name() {
    let names: Vec<_> = presets().iter().map(|table| table.name().to_owned()).collect();
    assert_eq!(names, PriceTable::names().collect::<Vec<_>>(), "file name and name inside");
    assert_eq!(
        names,
        [
            "loihi",
            "truenorth",
            "odin",
            "rram",
            "generic-45nm",
            "generic-45nm-hp",
            "generic-28nm",
            "generic-28nm-hp",
            "generic-22nm",
            "generic-22nm-hp",
            "generic-7nm",
            "sky130",
            "sg13g2",
            "asap7"
        ],
        "reports and plans name them"
    );
}

#[test]
fn a_preset_read_as_a_users_file_is_the_same_table() {
    for table in presets() {
        let text = PriceTable::preset_text(table.name()).expect("the text of a preset");
        let own = PriceTable::from_toml(text, "mine.toml").expect("the text of a preset is a table");
        assert_eq!(own.name(), "file mine.toml", "it is not taken for the one that comes with the crate");
        assert_eq!(own.own_name(), table.name());
        let all = |table: &PriceTable| {
            Term::ALL.iter().map(|&term| table.treatment(term).clone()).collect::<Vec<_>>()
        };
        assert_eq!((all(&own), own.sram(), own.about()), (all(&table), table.sram(), table.about()));
    }
}

#[test]
fn figures_rise_and_none_is_nothing() {
    for table in presets() {
        for &term in Term::ALL {
            let figures = match table.treatment(term) {
                Treatment::Priced(price) => {
                    [price.band.low(), price.band.nominal(), price.band.high()].map(|e| e.as_picojoules())
                }
                Treatment::Drawn(power) => {
                    [power.band.low(), power.band.nominal(), power.band.high()].map(|p| p.as_microwatts())
                }
                _ => continue,
            };
            let place = format!("{}, {}", table.name(), term.key());
            assert!(figures.is_sorted() && figures[1] > 0.0, "{place}: {figures:?}");
        }
    }
}

/// A memory that sizes itself takes banks of these capacities; what it takes has to have its price.
#[test]
fn every_capacity_that_memories_are_built_in_has_a_price() {
    let mut with_macros = 0;
    for table in presets() {
        if table.sram().is_none() {
            continue;
        }
        with_macros += 1;
        for bytes in MACRO_BYTES {
            for word in [1, 8, 64, 448] {
                let priced = table.priced_as(Memory::Table, MemoryMacro::of_one_port(bytes, 1, word));
                let PricedAs::Built(bank) = priced else { panic!("{}, {bytes}: {priced:?}", table.name()) };
                assert!(bank.bytes * u64::from(bank.beside) >= bytes, "{}, {bytes}: {bank:?}", table.name());
            }
        }
    }
    assert_eq!(with_macros, 9, "generic ones, ODIN, and what stands beside memristors");
    let none = MemoryMacro::NONE;
    let priced_as = |name, memory| PriceTable::preset(name).expect("a preset").priced_as(memory, none);
    assert_eq!(priced_as("truenorth", Memory::Rows), PricedAs::AnySize, "no macros");
    assert_eq!(priced_as("odin", Memory::Weights), PricedAs::AnySize, "part of a synaptic operation");
    assert_eq!(priced_as("generic-22nm", Memory::Weights), PricedAs::NoMacro(NoMacro::NotBuilt));
}

/// A table of a node says of everything but memories the same with either kind of device.
#[test]
fn devices_of_a_node_share_their_logic() {
    for node in ["45", "28", "22"] {
        let [low_power, fast] = ["", "-hp"]
            .map(|device| PriceTable::preset(&format!("generic-{node}nm{device}")).expect("a preset"));
        for &term in Term::ALL {
            assert_eq!(low_power.treatment(term), fast.treatment(term), "{node} nm, {}", term.key());
        }
        assert_ne!(low_power.sram(), fast.sram(), "{node} nm");
    }
}

#[test]
fn every_preset_has_a_version() {
    let versions: Vec<_> = presets().iter().map(|table| (table.name().to_owned(), table.version())).collect();
    assert!(versions.iter().all(|(_, version)| version.is_some()), "{versions:?}");
}

/// A derived figure is not the most that a quantity can be.
#[test]
fn the_derived_figures_of_generic_cores_may_be_higher() {
    for table in presets().iter().filter(|table| table.name().starts_with("generic")) {
        for &term in Term::ALL {
            let (grade, is_open) = match table.treatment(term) {
                Treatment::Priced(price) => (price.evidence.grade, price.band.nominal() < price.band.high()),
                Treatment::Drawn(power) => (power.evidence.grade, power.band.nominal() < power.band.high()),
                _ => continue,
            };
            assert!(is_open || grade != Grade::Derived, "{}, {}", table.name(), term.key());
        }
    }
}

/// Nominal read and write energy of an access in pJ, as an earlier run of the same build of CACTI printed them, to three
/// digits: bytes, bits of a word, then 45 nm, then 22 nm (low-standby-power devices).
const CACTI: [(u64, u32, [&str; 2], [&str; 2]); 6] = [
    (1024, 32, ["1.32", "2.07"], ["0.304", "0.451"]),
    (8192, 64, ["6.14", "7.88"], ["1.59", "1.77"]),
    (32_768, 64, ["17.0", "15.4"], ["3.79", "3.10"]),
    (65_536, 64, ["25.9", "19.6"], ["5.67", "4.43"]),
    (131_072, 64, ["32.3", "26.1"], ["7.40", "6.16"]),
    (1_048_576, 64, ["93.5", "76.2"], ["23.5", "17.5"]),
];

#[test]
fn memories_cost_what_the_cited_run_printed() {
    for (name, at) in [("generic-45nm", 0), ("generic-22nm", 1)] {
        let table = PriceTable::preset(name).expect("a preset");
        let sram = table.sram().expect("a generic table prices memories by their geometry");
        for (bytes, word, at_45, at_22) in CACTI {
            let bank = sram.bank(MemoryMacro::of_one_port(bytes, 1, word)).expect("a macro of that size");
            let printed = [at_45, at_22][at];
            for (band, printed) in [bank.read, bank.write].into_iter().zip(printed) {
                let (whole, fraction) = printed.split_once('.').expect("a fraction");
                let unit = 10u128.pow(12 - u32::try_from(fraction.len()).expect("a few digits"));
                let expected = format!("{whole}{fraction}").parse::<u128>().expect("digits") * unit;
                let nominal = band.nominal().times(1).get();
                assert!(
                    nominal.abs_diff(expected) <= unit / 2,
                    "{name}, {bytes} bytes: {nominal} yJ, {printed} pJ"
                );
            }
        }
    }
}

#[test]
fn every_figure_names_its_source_and_derived_ones_show_their_arithmetic() {
    for table in presets() {
        for (place, evidence) in evidence(&table) {
            let place = format!("{}, {place}", table.name());
            assert!(evidence.source.len() > 20, "{place} cites {:?}", evidence.source);
            assert!(
                evidence.grade != Grade::Derived || evidence.note.len() > 20,
                "{place} shows no arithmetic"
            );
            assert!(
                !evidence.source.contains('\n') && !evidence.note.contains('\n'),
                "{place} keeps line ends"
            );
        }
    }
}

#[test]
fn figures_that_were_never_measured_are_not_called_so() {
    for table in presets() {
        let measured: Vec<_> = evidence(&table)
            .into_iter()
            .filter(|(_, evidence)| evidence.grade == Grade::Silicon)
            .map(|(place, _)| place)
            .collect();
        let expected: &[&str] = match table.name() {
            "odin" => &["synaptic_operation", "clock_cycle", "static_power"],
            _ => &[],
        };
        assert_eq!(measured, expected, "{}", table.name());
        for (place, evidence) in evidence(&table) {
            let davies = evidence.source.contains("Davies");
            assert!(!davies || evidence.secondary, "{place}: Davies' table was read where others quote it");
        }
    }
}

#[test]
fn only_tables_with_published_leakage_price_it() {
    for table in presets() {
        let unpriced: Vec<_> = Term::ALL
            .iter()
            .filter(|&&term| term.quantity() == Quantity::Time)
            .filter(|&&term| matches!(table.treatment(term), Treatment::Unpriced(_)))
            .map(|term| term.key())
            .collect();
        let expected: &[&str] = match table.name() {
            "generic-7nm" | "sky130" | "sg13g2" | "asap7" => &["static_power", "memory_leakage"],
            "rram" => &["static_power"],
            _ => &[],
        };
        assert_eq!(unpriced, expected, "{}", table.name());
    }
}

#[test]
fn an_unknown_preset_is_refused_with_the_nearest_name() {
    let message = |name| PriceTable::preset(name).map_err(|error| error.to_string()).unwrap_err();
    assert_eq!(
        message("generic-22"),
        "no price table is called \"generic-22\" (did you mean \"generic-22nm\"?); there are loihi, truenorth, odin, rram, \
         generic-45nm, generic-45nm-hp, generic-28nm, generic-28nm-hp, generic-22nm, generic-22nm-hp, generic-7nm, \
         sky130, sg13g2, asap7",
        "a slip"
    );
    assert_eq!(
        message("xyz"),
        "no price table is called \"xyz\"; there are loihi, truenorth, odin, rram, generic-45nm, \
         generic-45nm-hp, generic-28nm, generic-28nm-hp, generic-22nm, generic-22nm-hp, generic-7nm, \
         sky130, sg13g2, asap7",
        "a stranger"
    );
    assert!(PriceTable::preset_text("xyz").is_none(), "nor has it a text");
    assert!(matches!(PriceTable::preset(""), Err(TableError::UnknownPreset { .. })), "no name at all");
}

/// One cell of the table in the documentation.
fn cell(table: &PriceTable, term: Term) -> String {
    match table.treatment(term) {
        Treatment::Priced(price) => {
            let bound = if price.leaves_out.is_some() { ">" } else { "" };
            format!("{bound}{} {}", price.band.nominal().as_picojoules(), price.evidence.mark())
        }
        Treatment::Drawn(power) => {
            format!("{} uW {}", power.band.nominal().as_microwatts(), power.evidence.mark())
        }
        Treatment::Ladder => "ladder".to_owned(),
        Treatment::Free(_) => "free".to_owned(),
        Treatment::Included { .. } => "included".to_owned(),
        Treatment::Unpriced(_) => "unpriced".to_owned(),
    }
}

/// The counters that pay a term, as the documentation names them: those of the kernel core, or if it pays none those of
/// the crossbar core or of memristor crossbars.
fn counted_by(term: Term) -> String {
    let pays = |charges: Charges| {
        let paid = |list: &[Charge]| list.iter().any(|charge| charge.term == term);
        matches!(charges, Charges::Paid(list) if paid(list))
    };
    let kernel = Counter::ALL.iter().filter(|c| pays(charges(**c))).map(|c| c.name());
    let crossbar = CrossbarCounter::ALL.iter().filter(|c| pays(crossbar_charges(**c))).map(|c| c.name());
    let memristors = RramCounter::ALL.iter().filter(|c| pays(rram_charges(**c))).map(|c| c.name());
    let names: Vec<_> = match (term.is_of_crossbar(), term.is_of_memristors()) {
        (true, _) => crossbar.collect(),
        (_, true) => memristors.collect(),
        _ => kernel.collect(),
    };
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "time".to_owned() } else { names.join(", ") }
}

/// What a counter of the crossbar core pays, as the documentation shows it.
fn paid_by(counter: CrossbarCounter) -> String {
    match crossbar_charges(counter) {
        Charges::Paid(list) => {
            let charge = |charge: &Charge| format!("{}: `{}`", charge.component.name(), charge.term.key());
            list.iter().map(charge).collect::<Vec<_>>().join(", ")
        }
        Charges::NotPaidFor(why) => format!("not paid for: {why}"),
    }
}

#[test]
fn the_documentation_says_what_grades_and_scopes_mean() {
    let docs = include_str!("../../../docs/energy.md");
    for grade in Grade::ALL {
        let row = format!("| {} | {} |", grade.letter(), grade.meaning());
        assert!(docs.lines().any(|line| line == row), "docs/energy.md lacks this row:\n{row}");
    }
    let scopes = [Scope::PerTerm, Scope::AllIn].map(|scope| format!("`{}`: ", scope.name()));
    let row = docs.lines().find(|line| line.starts_with("| scope | ")).expect("the key of price tables");
    assert!(scopes.iter().all(|scope| row.contains(scope)) && scopes[0] != scopes[1], "{row}");
}

/// The documentation shows what the tables say.
#[test]
fn the_documentation_shows_these_figures() {
    let docs = include_str!("../../../docs/energy.md");
    let tables = presets();
    for &term in Term::ALL {
        let cells: Vec<_> = tables.iter().map(|table| cell(table, term)).collect();
        let row = format!("| `{}` | {} |", term.key(), cells.join(" | "));
        assert!(docs.lines().any(|line| line == row), "docs/energy.md lacks this row:\n{row}");
        let width = if term.width() == Width::Fixed { "-" } else { term.width().name() };
        let row = format!("| `{}` | {} | {} | {width} |", term.key(), term.description(), counted_by(term));
        assert!(docs.lines().any(|line| line == row), "docs/energy.md lacks this row:\n{row}");
    }
    for &counter in CrossbarCounter::ALL {
        let row = format!("| `{}` | {} |", counter.name(), paid_by(counter));
        assert!(docs.lines().any(|line| line == row), "docs/energy.md lacks this row:\n{row}");
    }
}

#[test]
fn every_price_has_a_source_that_says_what_would_shrink_its_band() {
    for table in presets() {
        for &term in Term::ALL {
            let is_paid = matches!(
                table.treatment(term),
                Treatment::Priced(_) | Treatment::Drawn(_) | Treatment::Ladder
            );
            let place = format!("{}: no section of sources lists {}", table.name(), term.key());
            assert_eq!(table.sources().is_declared(term), is_paid, "{place}");
        }
    }
}
