//! What prices have in common: a source that is wrong is wrong for every price that rests on it.

use crate::error::TableError;
use crate::reader::Section;
use crate::sram::Sram;
use crate::table::Treatment;
use crate::term::Term;
use std::sync::Arc;

/// The word in a list of terms that stands for every term with `ladder = true`.
const SRAM: &str = "sram";

/// Prices that are wrong together: those that rest on one model, one measurement or one assumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceGroup {
    /// Its name in reports: that of its section in the table, or the citation of prices that no section lists.
    pub name: String,
    /// What evidence would shrink the bands of its prices, in a sentence; empty if the table does not say.
    pub shrinks: String,
}

/// The source of every price of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// In the order of [`Term::ALL`]; `None` for a term without a price of its own.
    of: Vec<Option<Arc<SourceGroup>>>,
}

impl Sources {
    /// The source of the price of `term`; `None` for a term without a price of its own.
    #[must_use]
    pub fn of(&self, term: Term) -> Option<&Arc<SourceGroup>> {
        self.of.get(term as usize)?.as_ref()
    }

    /// Whether a section of the table lists `term`; else its price is grouped by its citation.
    #[must_use]
    pub fn is_declared(&self, term: Term) -> bool {
        self.of(term).is_some_and(|group| !group.shrinks.is_empty())
    }

    /// Reads the section `sources` of the table `root`, whose terms are treated as `treatments` say, in the order of
    /// [`Term::ALL`]. Prices that no section lists are grouped by their citation.
    pub(crate) fn read(
        root: &Section<'_>,
        treatments: &[Treatment],
        sram: Option<&Sram>,
    ) -> Result<Self, TableError> {
        let mut sources = Self { of: vec![None; Term::ALL.len()] };
        if let Some(entry) = root.get("sources") {
            for (name, entry) in entry.section()?.entries() {
                sources.declare(name, &entry.section()?, treatments)?;
            }
        }
        for &term in Term::ALL {
            let citation = match &treatments[term as usize] {
                Treatment::Priced(price) => Some(&price.evidence.source),
                Treatment::Drawn(power) => Some(&power.evidence.source),
                Treatment::Ladder => sram.map(|sram| &sram.evidence.source),
                Treatment::Free(_) | Treatment::Included { .. } | Treatment::Unpriced(_) => None,
            };
            let place = &mut sources.of[term as usize];
            if let (None, Some(name)) = (&place, citation) {
                *place = Some(Arc::new(SourceGroup { name: name.clone(), shrinks: String::new() }));
            }
        }
        Ok(sources)
    }

    fn declare(
        &mut self,
        name: &str,
        section: &Section<'_>,
        treatments: &[Treatment],
    ) -> Result<(), TableError> {
        section.only(&["terms", "shrinks"])?;
        let shrinks = section.require("shrinks", "what evidence would shrink the bands of its prices")?;
        let shrinks = shrinks.text("a sentence")?;
        let group = Arc::new(SourceGroup { name: name.to_owned(), shrinks });
        let allowed = "a list of terms, or \"sram\" for all that have the price of a memory macro";
        for item in section.require("terms", allowed)?.list(allowed)? {
            let key = item.text(allowed)?;
            let is_known = key == SRAM || Term::from_key(&key).is_some();
            if !is_known {
                return Err(item.refuse(format!("found {key:?}, allowed: {allowed}")));
            }
            // A term that the table does not price has no source, and may stand in a list all the same.
            let is_meant = |term: Term| match &treatments[term as usize] {
                Treatment::Priced(_) | Treatment::Drawn(_) => term.key() == key,
                Treatment::Ladder => key == SRAM || term.key() == key,
                Treatment::Free(_) | Treatment::Included { .. } | Treatment::Unpriced(_) => false,
            };
            let terms: Vec<Term> = Term::ALL.iter().copied().filter(|&term| is_meant(term)).collect();
            for term in terms {
                if let Some(other) = self.of[term as usize].replace(Arc::clone(&group)) {
                    let problem =
                        format!("found {key:?}, which {} has too, allowed: one source a term", other.name);
                    return Err(item.refuse(problem));
                }
            }
        }
        Ok(())
    }
}
