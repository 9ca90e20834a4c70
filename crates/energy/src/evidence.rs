//! How well a figure is known, and who says so.

use std::fmt;

/// How a figure came about, from the strongest evidence to the weakest.
///
/// The order is by distance from silicon: a measurement; the vendor's simulation of that very silicon; a netlist of
/// this project's own design, simulated in a public cell library; a public model that anyone can run again; a statement without its method; arithmetic on other figures; a figure nobody has confirmed.
/// Arithmetic on an unconfirmed figure is itself [`Grade::Unconfirmed`], never [`Grade::Derived`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// `S`: measured on silicon.
    Silicon,
    /// `P`: simulated by the vendor before silicon.
    PreSilicon,
    /// `G`: simulated on the project's own netlist in a public cell library.
    Gates,
    /// `R`: reproduced by running the cited public source.
    Reproduced,
    /// `V`: stated by a vendor or an author in a brief or keynote, without the method behind it.
    Brief,
    /// `D`: derived; the note shows the arithmetic.
    Derived,
    /// `M`: unconfirmed; check it before quoting.
    Unconfirmed,
}

impl Grade {
    /// Every grade, strongest first.
    pub const ALL: [Self; 7] = [
        Self::Silicon,
        Self::PreSilicon,
        Self::Gates,
        Self::Reproduced,
        Self::Brief,
        Self::Derived,
        Self::Unconfirmed,
    ];

    /// The letter in price tables and reports.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Silicon => 'S',
            Self::PreSilicon => 'P',
            Self::Gates => 'G',
            Self::Reproduced => 'R',
            Self::Brief => 'V',
            Self::Derived => 'D',
            Self::Unconfirmed => 'M',
        }
    }

    /// What the grade says of a figure, in a few words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Silicon => "measured on silicon",
            Self::PreSilicon => "simulated by the vendor before silicon",
            Self::Gates => "simulated on our own netlist in a public library",
            Self::Reproduced => "reproduced by running the cited public source",
            Self::Brief => "stated without the method behind it",
            Self::Derived => "derived, arithmetic in the note",
            Self::Unconfirmed => "unconfirmed, check before quoting",
        }
    }

    pub(crate) fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| letter.chars().eq([grade.letter()]))
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letter())
    }
}

/// What a figure pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The operation alone; what it reads and writes is priced apart.
    PerTerm,
    /// The operation with everything the chip does around it, whatever the width: fetches, registers, control.
    AllIn,
}

impl Scope {
    /// The scope as a word in price tables and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerTerm => "per-term",
            Self::AllIn => "all-in",
        }
    }
}

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// How it came about.
    pub grade: Grade,
    /// Whether it was read through a secondary source that quotes the original.
    pub secondary: bool,
    /// The citation.
    pub source: String,
    /// The arithmetic of a derived figure, the origin of the band, or what to beware of; empty if there is nothing to add.
    pub note: String,
}

impl Evidence {
    /// The grade's letter, followed by `,2` for a secondary source: `P,2`.
    #[must_use]
    pub fn mark(&self) -> String {
        if self.secondary { format!("{},2", self.grade) } else { self.grade.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weaker_of_two_grades_is_the_greater() {
        assert!(Grade::Silicon < Grade::PreSilicon, "measured is stronger than simulated");
        assert!(
            Grade::PreSilicon < Grade::Gates && Grade::Gates < Grade::Reproduced,
            "a netlist of this very core"
        );
        assert!(Grade::Reproduced < Grade::Derived, "a model that ran is stronger than arithmetic");
        assert_eq!(Grade::ALL.iter().max(), Some(&Grade::Unconfirmed), "unconfirmed is the weakest");
        assert!(Grade::ALL.is_sorted(), "strongest first");
    }

    #[test]
    fn letters_lead_back_to_their_grades() {
        for grade in Grade::ALL {
            assert_eq!(Grade::from_letter(&grade.to_string()), Some(grade), "{grade:?}");
        }
        assert_eq!(Grade::from_letter("s"), None, "capitals only");
        assert_eq!(Grade::from_letter("SP"), None, "one letter");
    }

    #[test]
    fn a_secondary_source_shows_in_the_mark() {
        let mut evidence = Evidence {
            grade: Grade::PreSilicon,
            secondary: true,
            source: String::new(),
            note: String::new(),
        };
        assert_eq!(evidence.mark(), "P,2", "read in a paper that quotes the original");
        evidence.secondary = false;
        assert_eq!(evidence.mark(), "P", "read in the original");
    }
}
