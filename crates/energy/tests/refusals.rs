//! Is everything that is not a price table refused, with the file, the line, the key, what was found and what is allowed?

use klr_energy::{Macros, PriceTable, Term, Treatment};

/// A whole table in few lines.
const TABLE: &str = r#"name = "small"
about = "A table to break."

[sram]
grade = "R"
source = "a model"
rung = [
  { bytes = 1024, word_bits = 32, read_pj = [1.0, 2.0, 3.0], write_pj = [1, 2, 3], leakage_uw = [1, 1, 1] },
  { bytes = 4096, word_bits = 64, read_pj = [4.0, 5.0, 6.0], write_pj = [4, 5, 6], leakage_uw = [2, 2, 2] },
]

[multiply]
pj = [0.1, 0.2, 0.3]
at_bits = 64
grade = "S"
source = "a chip"

[static_power]
uw = [1, 2, 3]
grade = "P"
source = "a vendor"

[synaptic_operation]
included = ["multiply"]
why = "it is the multiplication"

[pattern_read]
ladder = true

[weight_read]
ladder = true

[memory_leakage]
ladder = true

[spike]
free = "a wire"

[activation]
unpriced = "nobody published it"
"#;

/// The table with every term it lacks made free at its end, so that the lines above keep their numbers.
fn whole(text: &str) -> String {
    let mut text = text.to_owned();
    for term in Term::ALL {
        let key = term.key();
        if !TABLE.contains(&format!("[{key}]")) {
            text.push_str(&format!("[{key}]\nfree = \"not part of this table\"\n"));
        }
    }
    text
}

/// What a reader says of the table after `found` was replaced by `with`.
fn refusal(found: &str, with: &str) -> String {
    assert_eq!(TABLE.matches(found).count(), 1, "{found:?} must name one place of the table");
    let text = whole(&TABLE.replace(found, with));
    match PriceTable::from_toml(&text, "mine.toml") {
        Ok(_) => format!("{with:?} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_table_itself_is_accepted() {
    let table = PriceTable::from_toml(&whole(TABLE), "mine.toml").expect("nothing is wrong with it");
    assert_eq!((table.own_name(), table.about()), ("small", "A table to break."), "as written");
    assert_eq!(table.treatment(Term::Spike), &Treatment::Free("a wire".to_owned()), "with its reason");
    let macros = table.sram().map(|sram| sram.macros());
    assert!(matches!(macros, Some(Macros::Rungs(rungs)) if rungs.len() == 2), "two macros: {macros:?}");
    assert_eq!(table.version(), None, "it says none");
}

#[test]
fn figures_must_be_figures() {
    let pj = "pj = [0.1, 0.2, 0.3]";
    for (with, message) in [
        ("pj = [0.1, 0.3, 0.2]", "found [0.1, 0.3, 0.2], allowed: low <= nominal <= high"),
        ("pj = [0.25, 0.2, 0.3]", "found [0.25, 0.2, 0.3], allowed: low <= nominal <= high"),
        ("pj = [-0.1, 0.2, 0.3]", "found [-0.1, 0.2, 0.3], allowed: figures from 0 to 1e9 picojoules"),
        ("pj = [0.1, nan, 0.3]", "found [0.1, nan, 0.3], allowed: figures from 0 to 1e9 picojoules"),
        ("pj = [0.1, 0.2, inf]", "found [0.1, 0.2, inf], allowed: figures from 0 to 1e9 picojoules"),
        ("pj = [0.1, 0.2, 2e9]", "found [0.1, 0.2, 2e9], allowed: figures from 0 to 1e9 picojoules"),
        (
            "pj = [0, 0, 0.3]",
            "found [0, 0, 0.3], allowed: a nominal above 0; what costs nothing says free = \"why\"",
        ),
        (
            "pj = [0, 1e-13, 1]",
            "found [0, 1e-13, 1], allowed: 0, or figures from 1e-12 picojoules, the resolution of prices",
        ),
        (
            "pj = [1e-400, 1, 1]",
            "found [1e-400, 1, 1], allowed: 0, or figures from 1e-12 picojoules, the resolution of prices",
        ),
        ("pj = [0.2, 0.3]", "found [0.2, 0.3], allowed: [low, nominal, high] in picojoules"),
        ("pj = 0.2", "found 0.2, allowed: [low, nominal, high] in picojoules"),
        // The digits alone would say 10 pJ, and mean 16; the message shows what the file has.
        ("pj = [1, 0x10, 0x20]", "found [1, 0x10, 0x20], allowed: [low, nominal, high] in picojoules"),
        (
            "pj = [0.1, \"0.2\", 0.3]",
            "found [0.1, \"0.2\", 0.3], allowed: [low, nominal, high] in picojoules",
        ),
    ] {
        assert_eq!(refusal(pj, with), format!("mine.toml:13: multiply.pj: {message}"), "{with}");
    }
    assert_eq!(
        refusal("uw = [1, 2, 3]", "uw = [1, 2, -3]"),
        "mine.toml:19: static_power.uw: found [1, 2, -3], allowed: figures from 0 to 1e9 microwatts",
        "powers too"
    );
    assert_eq!(
        refusal("uw = [1, 2, 3]", "uw = [0, 1e-15, 3]"),
        "mine.toml:19: static_power.uw: found [0, 1e-15, 3], allowed: 0, or figures from 1e-12 microwatts, the \
         resolution of prices",
        "and theirs"
    );
}

#[test]
fn unknown_keys_are_named_with_the_nearest_known_one() {
    assert_eq!(
        refusal("at_bits = 64", "at_bit = 64"),
        "mine.toml:14: multiply.at_bit: unknown key (did you mean \"at_bits\"?), allowed: pj, at_bits, leaves_out, scope, grade, \
         secondary, source, note",
        "in a term"
    );
    let message = refusal("[spike]", "[spikes]");
    assert!(
        message.starts_with(
            "mine.toml:36: spikes: unknown key (did you mean \"spike\"?), allowed: name, about, "
        ),
        "a term: {message}"
    );
    assert_eq!(
        refusal("[sram]", "[sram]\nnode = 22"),
        "mine.toml:5: sram.node: unknown key (did you mean \"note\"?), allowed: grade, secondary, source, note, rung, \
         grid",
        "in the ladder"
    );
    assert_eq!(
        refusal("bytes = 1024", "byte = 1024"),
        "mine.toml:8: sram.rung[0].byte: unknown key (did you mean \"bytes\"?), allowed: bytes, word_bits, ports, \
         read_pj, write_pj, leakage_uw, area_um2, access_ns, cycle_ns",
        "in a rung"
    );
    assert_eq!(
        refusal("free = \"a wire\"", "free = \"a wire\"\nsource = \"me\""),
        "mine.toml:38: spike.source: unknown key, allowed: free",
        "beside a word that needs no source"
    );
}

#[test]
fn a_figure_needs_a_source_and_a_grade() {
    assert_eq!(
        refusal("grade = \"S\"\n", ""),
        "mine.toml:12: multiply.grade: missing, one of S, P, G, R, V, D, M",
        "no grade"
    );
    assert_eq!(
        refusal("grade = \"S\"", "grade = \"A\""),
        "mine.toml:15: multiply.grade: found \"A\", allowed: S, P, G, R, V, D, M",
        "no such grade"
    );
    assert_eq!(
        refusal("source = \"a chip\"", ""),
        "mine.toml:12: multiply.source: missing, who says so",
        "no source"
    );
    assert_eq!(
        refusal("source = \"a chip\"", "source = \"  \""),
        "mine.toml:16: multiply.source: found \"  \", allowed: a citation",
        "a blank source"
    );
    assert_eq!(
        refusal("grade = \"S\"", "grade = \"D\""),
        "mine.toml:12: multiply.note: missing, a derived figure shows its arithmetic",
        "a derived figure without arithmetic"
    );
    assert_eq!(
        refusal("grade = \"S\"", "grade = \"S\"\nsecondary = \"yes\""),
        "mine.toml:16: multiply.secondary: found \"yes\", allowed: true or false",
        "a word for a flag"
    );
}

#[test]
fn a_price_says_for_which_width_it_is() {
    assert_eq!(
        refusal("at_bits = 64\n", ""),
        "mine.toml:12: multiply.at_bits: missing, the width the figure was published for (weight bits x kernel bits)",
        "a datapath has a width"
    );
    assert_eq!(
        refusal("at_bits = 64", "at_bits = 64\nscope = \"all-in\""),
        "mine.toml:14: multiply.at_bits: an all-in price does not grow with a width",
        "a chip as it is has not"
    );
    assert_eq!(
        refusal("at_bits = 64", "at_bits = 0"),
        "mine.toml:14: multiply.at_bits: found 0, allowed: a whole number from 1 to 65536",
        "nor has anything zero"
    );
    assert_eq!(
        refusal("at_bits = 64", "at_bits = 64\nscope = \"everything\""),
        "mine.toml:15: multiply.scope: found \"everything\", allowed: \"per-term\" or \"all-in\"",
        "two scopes"
    );
    assert_eq!(
        refusal(
            "[spike]\nfree = \"a wire\"",
            "[spike]\npj = [1, 1, 1]\nat_bits = 8\ngrade = \"S\"\nsource = \"a chip\""
        ),
        "mine.toml:38: spike.at_bits: the price of this term does not grow with a width",
        "a spike is as wide as it is"
    );
}

#[test]
fn a_term_is_treated_in_exactly_one_way() {
    let ways = "pj, uw, ladder, free, included, unpriced";
    assert_eq!(
        refusal("free = \"a wire\"", ""),
        format!("mine.toml:36: spike: found none, allowed: exactly one of {ways}"),
        "none"
    );
    assert_eq!(
        refusal("free = \"a wire\"", "free = \"a wire\"\nunpriced = \"unknown\""),
        format!("mine.toml:36: spike: found free and unpriced, allowed: exactly one of {ways}"),
        "two"
    );
    assert_eq!(
        refusal("free = \"a wire\"", "free = true"),
        "mine.toml:37: spike.free: found true, allowed: the reason, in a sentence",
        "free is a written reason"
    );
    assert_eq!(
        refusal("[spike]\nfree = \"a wire\"\n", ""),
        "mine.toml:1: spike: missing, every term says what it costs: pj (or uw), ladder, free, included or unpriced",
        "left out"
    );
    assert_eq!(
        refusal("free = \"a wire\"", "uw = [1, 2, 3]"),
        "mine.toml:37: spike.uw: found a power, allowed: pj, an energy in picojoules",
        "a power per spike"
    );
    assert_eq!(
        refusal("uw = [1, 2, 3]", "pj = [1, 2, 3]"),
        "mine.toml:19: static_power.pj: found an energy, allowed: uw, a power in microwatts",
        "an energy all the time"
    );
    assert_eq!(
        refusal("[spike]", "[[spike]]"),
        "mine.toml:36: spike: found [a section], allowed: a section",
        "a list of sections"
    );
}

#[test]
fn references_lead_somewhere() {
    let included = "included = [\"multiply\"]";
    for (with, message) in [
        (
            "included = [\"spike\"]",
            "included: spike has no price that could contain it, allowed: a term with pj, uw or ladder",
        ),
        (
            "included = [\"activation\"]",
            "included: activation has no price that could contain it, allowed: a term with pj, uw or ladder",
        ),
        (
            "included = [\"multiplier\"]",
            "included[0]: found \"multiplier\", allowed: the key of another term",
        ),
        (
            "included = [\"synaptic_operation\"]",
            "included[0]: found \"synaptic_operation\", allowed: the key of another term",
        ),
        ("included = []", "included: found [], allowed: a list of the terms whose prices contain this one"),
        (
            "included = \"multiply\"",
            "included: found \"multiply\", allowed: a list of the terms whose prices contain this one",
        ),
    ] {
        assert_eq!(refusal(included, with), format!("mine.toml:24: synaptic_operation.{message}"), "{with}");
    }
    assert_eq!(
        refusal("why = \"it is the multiplication\"\n", ""),
        "mine.toml:23: synaptic_operation.why: missing, why the other price contains this one",
        "a reason"
    );
    assert_eq!(
        refusal("free = \"a wire\"", "ladder = true"),
        "mine.toml:37: spike.ladder: only accesses to a memory and memory_leakage have a size to look up",
        "a spike has no size"
    );
    assert_eq!(
        refusal("[weight_read]\nladder = true", "[weight_read]\nladder = false"),
        "mine.toml:31: weight_read.ladder: found false, allowed: true, or another way to say what the term costs",
        "and no is no price"
    );
}

#[test]
fn a_ladder_rises_and_is_whole() {
    assert_eq!(
        refusal("bytes = 4096, word_bits = 64", "bytes = 1024, word_bits = 32"),
        "mine.toml:9: sram.rung[1].bytes: found 1024 after 1024, allowed: sizes that rise, of equal ones words that do",
        "no macro twice"
    );
    assert_eq!(
        refusal("bytes = 4096", "bytes = -4096"),
        "mine.toml:9: sram.rung[1].bytes: found -4096, allowed: a whole number from 1 to 1099511627776",
        "no size below 1"
    );
    assert_eq!(
        refusal("word_bits = 64, ", ""),
        "mine.toml:9: sram.rung[1].word_bits: missing, the bits one access moves",
        "a price per bit needs a word"
    );
    assert_eq!(
        refusal(", leakage_uw = [2, 2, 2]", ""),
        "mine.toml:34: memory_leakage.ladder: a rung has no leakage_uw, allowed: when every rung has one",
        "leakage for every size or for none"
    );
    let without = whole(&TABLE.replace("[sram]", "[sram_of_old]")).replace("[sram_of_old]", "[sram]");
    assert!(PriceTable::from_toml(&without, "mine.toml").is_ok(), "the table is whole again");
    let (head, tail) = TABLE.split_once("[sram]").expect("a ladder");
    let (_, tail) = tail.split_once("]\n\n").expect("its end");
    let text = whole(&format!("{head}{tail}"));
    let message = PriceTable::from_toml(&text, "mine.toml").map_err(|error| error.to_string()).unwrap_err();
    assert_eq!(
        message, "mine.toml:20: pattern_read.ladder: there is no section [sram], allowed: with one",
        "a ladder that is not there"
    );
}

#[test]
fn text_that_is_not_toml_is_refused_where_it_breaks() {
    let message = |text: &str| PriceTable::from_toml(text, "mine.toml").unwrap_err().to_string();
    let broken = message("name = \"x\"\nabout = = 3\n");
    assert!(broken.starts_with("mine.toml:2: TOML: "), "{broken}");
    let twice = message("name = \"x\"\nname = \"y\"\n");
    assert!(twice.starts_with("mine.toml:2: TOML: "), "{twice}");
    let deep = message(&format!("x = {}", "[".repeat(100_000)));
    assert!(deep.starts_with("mine.toml:1: TOML: "), "{deep}");
    assert_eq!(message(""), "mine.toml:1: name: missing, the table's name in reports", "nothing at all");
    assert_eq!(message("name = 3"), "mine.toml:1: name: found 3, allowed: a name", "a number");
}

/// Whatever a file holds, the answer is a table or a refusal.
#[test]
fn no_prefix_of_a_table_and_no_lost_line_brings_the_reader_down() {
    let text = whole(TABLE);
    for end in 0..text.len() {
        assert!(
            end > text.len() - 3 || PriceTable::from_toml(&text[..end], "part.toml").is_err(),
            "the first {end} bytes are no table"
        );
    }
    let lines: Vec<&str> = text.lines().collect();
    for lost in 0..lines.len() {
        let kept: Vec<_> =
            lines.iter().enumerate().filter(|(i, _)| *i != lost).map(|(_, line)| *line).collect();
        // Blank lines may go; the point is that the reader returns.
        let _ = PriceTable::from_toml(&kept.join("\n"), "part.toml");
    }
}

#[test]
fn a_source_lists_terms_once_and_says_what_would_shrink_it() {
    let with = |sections: &str| {
        let sources = format!("{sections}\n[pattern_read]");
        refusal("[pattern_read]", &sources)
    };
    for (sections, message) in [
        (
            "[sources.chip]\nterms = [\"multiply\"]",
            "sources.chip.shrinks: missing, what evidence would shrink the bands of its prices",
        ),
        ("[sources.chip]\nshrinks = \"a chip\"", "sources.chip.terms: missing, a list of terms"),
        (
            "[sources.chip]\nshrinks = \"a chip\"\nterms = [\"multiplication\"]",
            "sources.chip.terms[0]: found \"multiplication\", allowed: a list of terms",
        ),
        (
            "[sources.chip]\nshrinks = \"a chip\"\nterms = [\"sram\", \"pattern_read\"]",
            "sources.chip.terms[1]: found \"pattern_read\", which chip has too, allowed: one source a term",
        ),
        ("[sources.chip]\nshrinks = \"a chip\"\nterms = []\nwhy = \"\"", "sources.chip.why: unknown key"),
    ] {
        let said = with(sections);
        assert!(said.contains(message), "{sections}: {said}");
    }
    let text = whole(&TABLE.replace(
        "[pattern_read]",
        "[sources.chip]\nshrinks = \"a chip\"\nterms = [\"sram\", \"spike\"]\n[pattern_read]",
    ));
    let table = PriceTable::from_toml(&text, "mine.toml").expect("a free term may stand in a list");
    let name = |term| table.sources().of(term).map(|group| group.name.as_str());
    assert_eq!(name(Term::WeightRead), Some("chip"), "every term by the macros");
    assert_eq!(name(Term::Multiply), Some("a chip"), "by its citation, since no section lists it");
    assert_eq!(name(Term::Spike), None, "free");
}
